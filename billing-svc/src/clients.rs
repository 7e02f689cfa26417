//! Other services, asked in the name of this one.

mod accounts;
mod webhooks;

pub(crate) use self::{
    accounts::{Accounts, SERVICE},
    webhooks::Webhooks,
};
