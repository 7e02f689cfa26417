//! The gRPC door: proto in, one call, proto out. Only here proto and domain types meet.

pub(crate) mod agents;
pub(crate) mod chats;
pub(crate) mod models;
pub(crate) mod owners;
pub(crate) mod voices;
