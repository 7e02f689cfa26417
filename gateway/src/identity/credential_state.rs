//! Whether what a caller stands on still holds, for connections that last longer than a question: a session that ended, a
//! key that was revoked or a token that ran out at its issuer ends them within a minute, and at once where it was done
//! through this gateway.

use std::{fmt, sync::Arc, time::Duration};

use kit::tokens::AccessClaims;

use super::{Authenticator, Refusal, RequestContext, exchange::Foreign};

/// How often it is looked at while nothing is heard.
const LOOK: Duration = Duration::from_secs(20);

/// What a caller stands on.
#[derive(Clone)]
pub(crate) enum CredentialState {
    /// Nothing that could end: guests of a cookie or a request.
    Guest,
    /// A session of ours. It outlives the token that showed it.
    Session(Arc<AccessClaims>),
    ApiKey(Arc<str>),
    ForeignToken(Arc<str>),
}

impl fmt::Debug for CredentialState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Guest => "Guest",
            Self::Session(_) => "Session(…)",
            Self::ApiKey(_) => "ApiKey(…)",
            Self::ForeignToken(_) => "ForeignToken(…)",
        })
    }
}

impl Authenticator {
    /// Returns when what the caller stands on has ended; for a guest, never.
    pub(crate) async fn until_ended(self: Arc<Self>, call: RequestContext) {
        if matches!(call.credential, CredentialState::Guest) {
            return std::future::pending().await;
        }

        let mut changes = self.changes.listen();
        loop {
            let heard = tokio::time::timeout(LOOK, changes.changed()).await;
            // Boxed: what it takes to look must not make every idle socket and stream larger.
            if matches!(heard, Ok(Err(_))) || !Box::pin(self.holds(&call)).await {
                return;
            }
        }
    }

    async fn holds(&self, call: &RequestContext) -> bool {
        let found = match &call.credential {
            CredentialState::Guest => return true,
            CredentialState::Session(claims) => self.sessions.actor(claims).await.map(drop),
            CredentialState::ApiKey(key) => self
                .exchange
                .identify(Foreign::ApiKey(key), &call.client)
                .await
                .map(drop),
            CredentialState::ForeignToken(token) => self
                .exchange
                .identify(Foreign::Token(token), &call.client)
                .await
                .map(drop),
        };

        // What cannot be asked now is no reason to hang up.
        found != Err(Refusal::Wrong)
    }
}
