//! Other services, as this one asks them.

mod billing;
mod webhooks;

pub(crate) use self::{billing::Billing, webhooks::Webhooks};
