//! The services that this one calls, in the words of whoever calls them here: the only place besides `rpc/` that knows
//! their messages.

pub(crate) mod accounts;
pub(crate) mod agents;
pub(crate) mod github;
pub(crate) mod models;
pub(crate) mod outgoing;
