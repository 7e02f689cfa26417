//! Proto to domain and back, who may call. No rules, no SQL.

pub(crate) mod billing;
pub(crate) mod operators;
pub(crate) mod owners;
pub(crate) mod spending;
pub(crate) mod subscriptions;
