//! Proto to domain and back, who may call. No rules, no SQL.

pub(crate) mod billing;
