//! SQL and the rows it reads and writes, one file per aggregate. Decides nothing: ids and times come in.

pub(crate) mod budget_alerts;
pub(crate) mod budget_counters;
pub(crate) mod budgets;
pub(crate) mod customers;
pub(crate) mod spend_ledger;
pub(crate) mod spend_reservations;
pub(crate) mod stripe_events;
pub(crate) mod subscriptions;
pub(crate) mod tier_changes;

#[cfg(test)]
mod tests;
