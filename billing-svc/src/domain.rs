//! The rules: what tiers contain, who has which version of them, what is bought and what follows from what Stripe says. No
//! SQL, no proto types.

pub(crate) mod alerting;
pub(crate) mod budget;
pub(crate) mod budgets;
pub(crate) mod entitlements;
pub(crate) mod in_force;
pub(crate) mod leaving;
pub(crate) mod prices;
pub(crate) mod reconciler;
pub(crate) mod shop;
pub(crate) mod spending;
pub(crate) mod stripe_inbox;
pub(crate) mod tier_telling;
pub(crate) mod tiers;
pub(crate) mod usage;
