//! The REST routes: one file per noun. A handler decodes, makes one call and encodes.

pub(crate) mod chat;
pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod media;
pub(crate) mod stories;
