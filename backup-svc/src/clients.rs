//! Other services, as this one asks them.

mod billing;

pub(crate) use self::billing::Billing;
