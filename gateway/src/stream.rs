//! What lasts: WebSocket and SSE views of one event log.

mod answering;
pub(crate) mod chat;
pub(crate) mod event_buffer;
pub(crate) mod hub;
pub(crate) mod jobs;
pub(crate) mod place;
pub(crate) mod run_events;
pub(crate) mod socket_auth;
pub(crate) mod sse;
pub(crate) mod stories;
pub(crate) mod thinking;
pub(crate) mod watch;
pub(crate) mod workflows;
