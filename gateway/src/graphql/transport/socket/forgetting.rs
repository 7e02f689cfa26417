//! What a socket owes to a chat that it carried: to close soon after, because its buffers keep the last that went through them for as
//! long as it lives.

use std::time::Duration;

use tokio::time::Instant;

/// How long what else is open on the socket may take to end, before it is ended with it.
const GRACE: Duration = Duration::from_secs(1);

/// Whether a socket has carried a chat, and whether that is over.
#[derive(Default)]
pub(super) enum Forgetting {
    /// It has carried none.
    #[default]
    Nothing,
    /// The operation with this id is one.
    Carrying(String),
    /// Until then it may finish what else it does.
    Over(Instant),
}

impl Forgetting {
    /// Whether it takes no chat any more.
    pub(super) const fn has_carried(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    pub(super) fn begin(&mut self, id: &str) {
        *self = Self::Carrying(id.to_owned());
    }

    /// Something of a chat came in, and nothing follows.
    pub(super) fn end_at_once(&mut self, now: Instant) {
        if matches!(self, Self::Nothing) {
            *self = Self::Over(now + GRACE);
        }
    }

    /// An operation has ended.
    pub(super) fn end(&mut self, id: &str, now: Instant) {
        if matches!(self, Self::Carrying(chat) if chat == id) {
            *self = Self::Over(now + GRACE);
        }
    }

    /// When the socket closes, at the latest.
    pub(super) const fn until(&self) -> Option<Instant> {
        match self {
            Self::Over(until) => Some(*until),
            Self::Nothing | Self::Carrying(_) => None,
        }
    }
}
