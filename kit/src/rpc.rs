//! Calls between services: one kind of channel whether the service lives in this process or in another one, the client
//! half that attaches who asks and until when, and the server half that refuses a call without it.

mod address;
mod caller;
mod calling;
mod channel;
mod deadline;
mod failure;
mod guard;
mod reachable;
mod replicas;
mod server;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tls;

pub use caller::Caller;
pub use calling::Calling;
pub use channel::{ChannelError, Later, RpcChannel};
pub use failure::CallFailure;
pub use guard::{ActorLayer, actor_of, guard, request_id_of};
pub use reachable::answer_while_reachable;
pub use server::{RpcConfig, serve};
pub use tls::{RpcTls, RpcTlsConfig, RpcTlsError};

use std::fmt;

/// Metadata key of the request id.
pub const REQUEST_ID_HEADER: &str = "saga-request-id";

/// Metadata key of a call of which nothing may stay behind ([`Calling::ephemeral`]): whoever serves it wipes what it frees.
const EPHEMERAL_HEADER: &str = "saga-ephemeral";

/// The id under which everything done for one request is logged, across services.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(String);

impl RequestId {
    /// Longest accepted id.
    pub const MAX: usize = 64;

    /// A fresh random id.
    #[must_use]
    pub fn random() -> Self {
        Self(crate::ids::random_id().simple().to_string())
    }

    /// Takes an id that somebody else chose: letters, digits, `-`, `_` and `.`, at most 64 of them, because it ends up
    /// in logs and headers.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let ok = !text.is_empty() && text.len() <= Self::MAX && text.bytes().all(fine);
        ok.then(|| Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
