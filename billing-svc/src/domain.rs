//! The rules: what tiers contain, who has which version of them. No SQL, no proto types.

pub(crate) mod entitlements;
pub(crate) mod tiers;
