//! Why the server ends a conversation over a story's WebSocket: the codes of the contract and of RFC 6455.

use axum::extract::ws::{CloseFrame, close_code};
use http::StatusCode;
use tokio_tungstenite::tungstenite;

use crate::error::ApiError;

/// Close codes of the contract, beside those of RFC 6455.
const UNAUTHENTICATED: u16 = 4401;
const FORBIDDEN: u16 = 4403;
const UNKNOWN: u16 = 4404;

/// Why we end a conversation.
pub(super) struct Bye {
    code: u16,
    reason: &'static str,
}

impl Bye {
    pub(super) const DONE: Self = Self {
        code: close_code::NORMAL,
        reason: "the run has ended",
    };
    pub(super) const GOING_AWAY: Self = Self {
        code: close_code::AWAY,
        reason: "the server is restarting; connect again",
    };
    pub(super) const TOO_SLOW: Self = Self {
        code: close_code::AGAIN,
        reason: "too slow; connect again with ?after=",
    };
    pub(super) const TOO_BIG: Self = Self {
        code: close_code::SIZE,
        reason: "the message is too large",
    };
    pub(super) const PROTOCOL: Self = Self {
        code: close_code::PROTOCOL,
        reason: "not WebSocket",
    };

    pub(super) fn refused(error: &ApiError) -> Self {
        match error.status {
            StatusCode::NOT_FOUND => Self {
                code: UNKNOWN,
                reason: "there is no such story",
            },
            StatusCode::UNAUTHORIZED => Self {
                code: UNAUTHENTICATED,
                reason: "sign in to watch this story",
            },
            StatusCode::FORBIDDEN => Self {
                code: FORBIDDEN,
                reason: "this story is not yours",
            },
            StatusCode::INTERNAL_SERVER_ERROR => Self {
                code: close_code::ERROR,
                reason: "something went wrong",
            },
            _ => Self {
                code: close_code::AGAIN,
                reason: "not available now; try again in a moment",
            },
        }
    }

    /// For what cannot be read; `None` when the client is gone.
    pub(super) fn broken(error: axum::Error) -> Option<Self> {
        match error.into_inner().downcast_ref() {
            Some(tungstenite::Error::Capacity(_)) => Some(Self::TOO_BIG),
            Some(tungstenite::Error::Protocol(_) | tungstenite::Error::Utf8(_)) => Some(Self::PROTOCOL),
            _ => None,
        }
    }

    pub(super) fn frame(self) -> CloseFrame {
        CloseFrame {
            code: self.code,
            reason: self.reason.into(),
        }
    }
}
