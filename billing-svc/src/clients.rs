//! Other services, asked in the name of this one.

mod accounts;

pub(crate) use self::accounts::{Accounts, SERVICE};
