//! Why the server closes a socket: the protocol's codes, and those of RFC 6455. A reason is at most 123 bytes.

use std::borrow::Cow;

use axum::extract::ws::{CloseFrame, close_code};

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Close {
    code: u16,
    reason: Cow<'static, str>,
}

/// Longest reason that fits into a close frame, in bytes (RFC 6455, 5.5).
const REASON_BYTES: usize = 123;

impl Close {
    pub(super) const UNAUTHORIZED: Self = Self::new(4401, "Unauthorized");
    pub(super) const EXPIRED: Self = Self::new(4401, "Unauthorized: the token has run out");
    pub(super) const SIGNED_OUT: Self = Self::new(4401, "Unauthorized: the session has ended");
    pub(super) const FORBIDDEN: Self = Self::new(4403, "Forbidden");
    pub(super) const SUBPROTOCOL: Self = Self::new(4406, "Subprotocol not acceptable");
    pub(super) const INIT_TIMEOUT: Self = Self::new(4408, "Connection initialisation timeout");
    pub(super) const INIT_AGAIN: Self = Self::new(4429, "Too many initialisation requests");
    pub(super) const GOING_AWAY: Self =
        Self::new(close_code::AWAY, "the server is restarting; connect again");
    pub(super) const TOO_BIG: Self = Self::new(close_code::SIZE, "the message is too large");
    pub(super) const TOO_SLOW: Self = Self::new(close_code::AGAIN, "too slow; connect again");
    pub(super) const UNAVAILABLE: Self =
        Self::new(close_code::AGAIN, "not available now; try again in a moment");
    pub(super) const PROTOCOL: Self = Self::new(close_code::PROTOCOL, "not WebSocket");

    const fn new(code: u16, reason: &'static str) -> Self {
        Self {
            code,
            reason: Cow::Borrowed(reason),
        }
    }

    pub(super) fn invalid(reason: &str) -> Self {
        Self::told(4400, &format!("Invalid message: {reason}"))
    }

    pub(super) fn exists(id: &str) -> Self {
        Self::told(4409, &format!("Subscriber for {id} already exists"))
    }

    fn told(code: u16, reason: &str) -> Self {
        let end = reason.floor_char_boundary(REASON_BYTES.min(reason.len()));
        Self {
            code,
            reason: Cow::Owned(reason[..end].to_owned()),
        }
    }

    pub(super) fn frame(self) -> CloseFrame {
        CloseFrame {
            code: self.code,
            reason: self.reason.into_owned().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_cut_to_fit_between_two_letters() {
        for id in ["1", &"é".repeat(128), &"x".repeat(256)] {
            let frame = Close::exists(id).frame();
            assert!(frame.reason.len() <= REASON_BYTES && frame.reason.starts_with("Subscriber for "));
        }
        assert_eq!(
            Close::exists("1").frame().reason.as_str(),
            "Subscriber for 1 already exists"
        );
    }
}
