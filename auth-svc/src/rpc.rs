//! The service's doors. Only here proto and domain meet: a handler decodes, makes one call, and encodes.

mod accounts;
mod auth;
mod convert;
mod operators;

pub(crate) use self::accounts::AccountsRpc;
pub(crate) use self::auth::AuthRpc;
pub(crate) use self::operators::OperatorsRpc;
