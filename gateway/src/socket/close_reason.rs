//! Why the server ends a WebSocket: a code and a reason that a person can read. Holds the reasons of every conversation;
//! a protocol's own codes are beside the protocol.

use std::borrow::Cow;

use axum::extract::ws::{CloseFrame, close_code};
use http::StatusCode;

use crate::error::ApiError;

/// Longest reason that fits into a close frame, in bytes (RFC 6455, 5.5).
const REASON_BYTES: usize = 123;

/// Close codes of the contract, beside those of RFC 6455: the status with 4 in front.
const UNAUTHENTICATED: u16 = 4401;
const FORBIDDEN: u16 = 4403;
const NOT_FOUND: u16 = 4404;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CloseReason {
    code: u16,
    reason: Cow<'static, str>,
}

impl CloseReason {
    pub(crate) const GOING_AWAY: Self =
        Self::new(close_code::AWAY, "the server is restarting; connect again");
    pub(crate) const SIGNED_OUT: Self = Self::new(UNAUTHENTICATED, "Unauthorized: the session has ended");
    pub(crate) const TOO_BIG: Self = Self::new(close_code::SIZE, "the message is too large");
    pub(crate) const TOO_SLOW: Self = Self::new(close_code::AGAIN, "too slow; connect again");
    pub(crate) const UNAVAILABLE: Self =
        Self::new(close_code::AGAIN, "not available now; try again in a moment");
    pub(crate) const NOT_WEBSOCKET: Self = Self::new(close_code::PROTOCOL, "not WebSocket");
    const FAILED: Self = Self::new(close_code::ERROR, "something went wrong");

    pub(crate) const fn new(code: u16, reason: &'static str) -> Self {
        Self {
            code,
            reason: Cow::Borrowed(reason),
        }
    }

    /// With a reason that holds what a client sent; cut where it would not fit.
    pub(crate) fn with_text(code: u16, reason: &str) -> Self {
        let end = reason.floor_char_boundary(REASON_BYTES.min(reason.len()));

        Self {
            code,
            reason: Cow::Owned(reason[..end].to_owned()),
        }
    }

    /// Of a client that may not see the thing it came for; `noun` names the thing.
    pub(crate) fn from_error(error: &ApiError, noun: &str) -> Self {
        match error.status {
            StatusCode::NOT_FOUND => Self::with_text(NOT_FOUND, &format!("there is no such {noun}")),
            StatusCode::UNAUTHORIZED => {
                Self::with_text(UNAUTHENTICATED, &format!("sign in to watch this {noun}"))
            }
            StatusCode::FORBIDDEN => Self::with_text(FORBIDDEN, &format!("this {noun} is not yours")),
            StatusCode::INTERNAL_SERVER_ERROR => Self::FAILED,
            _ => Self::UNAVAILABLE,
        }
    }

    /// Of a failure that was told before, by its status: 4000 and the status where the client is at fault.
    pub(crate) fn from_status(error: &ApiError) -> Self {
        match error.status {
            StatusCode::INTERNAL_SERVER_ERROR => Self::FAILED,
            status if status.is_client_error() => Self::with_text(
                4_000 + status.as_u16(),
                status.canonical_reason().unwrap_or("refused"),
            ),
            _ => Self::UNAVAILABLE,
        }
    }

    pub(super) fn into_frame(self) -> CloseFrame {
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
        for text in ["1", &"é".repeat(128), &"x".repeat(256)] {
            let frame = CloseReason::with_text(4409, text).into_frame();

            assert!(frame.reason.len() <= REASON_BYTES && text.starts_with(frame.reason.as_str()));
        }

        assert_eq!(
            CloseReason::with_text(4409, "id 1").into_frame().reason.as_str(),
            "id 1"
        );
    }
}
