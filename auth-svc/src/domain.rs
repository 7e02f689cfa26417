//! The rules of accounts. Makes ids and times; never sees a proto type or SQL.

pub(crate) mod account;
pub(crate) mod api_keys;
pub(crate) mod asking;
pub(crate) mod audit;
pub(crate) mod core;
pub(crate) mod external;
pub(crate) mod names;
pub(crate) mod oauth;
pub(crate) mod operators;
pub(crate) mod page;
pub(crate) mod profile;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod sign_up;
pub(crate) mod throttle;
