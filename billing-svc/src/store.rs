//! SQL and the rows it reads and writes, one file per aggregate. Decides nothing: ids and times come in.

pub(crate) mod customers;
pub(crate) mod stripe_events;
pub(crate) mod subscriptions;
pub(crate) mod tier_changes;

#[cfg(test)]
mod tests;
