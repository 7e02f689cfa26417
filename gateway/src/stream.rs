//! What lasts: WebSocket and SSE views of one event log.

mod bye;
pub(crate) mod entry;
pub(crate) mod goodbye;
pub(crate) mod hub;
pub(crate) mod room;
pub(crate) mod sse;
pub(crate) mod stories;
