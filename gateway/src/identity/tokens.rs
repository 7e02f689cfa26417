//! Our own access tokens, verified here with the public keys of auth-svc. A token that was verified once is recognised by
//! its digest for a while, which costs a hundredth of checking its signature again.

use std::{sync::Arc, time::Duration};

use kit::{
    clock::SharedClock,
    tokens::{AccessClaims, Algorithm, Unverified},
};
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};

use super::{Refusal, jwks::Jwks};

/// Tokens that are recognised at once.
const KNOWN: u64 = 20_000;
/// A key that was taken back stops counting after this time.
const RECOGNISED: Duration = Duration::from_secs(60);

pub(super) struct TokenReader {
    jwks: Jwks,
    known: Cache<Digest, Arc<AccessClaims>>,
    clock: SharedClock,
}

/// SHA-256 of a credential: what caches know it by, so that none is kept in memory.
pub(super) type Digest = [u8; 32];

pub(super) fn digest(text: &str) -> Digest {
    Sha256::digest(text).into()
}

impl TokenReader {
    pub(super) fn new(jwks: Jwks, clock: SharedClock) -> Self {
        Self {
            jwks,
            known: Cache::builder()
                .max_capacity(KNOWN)
                .time_to_live(RECOGNISED)
                .build(),
            clock,
        }
    }

    /// The claims of a token of ours, verified; `None` for one that only auth-svc can judge: it is of another issuer, or
    /// signed with a secret.
    pub(super) async fn read(&self, text: &str) -> Result<Option<Arc<AccessClaims>>, Refusal> {
        let (digest, now) = (digest(text), self.clock.now());
        if let Some(claims) = self.known.get(&digest) {
            return if claims.expires_at > now {
                Ok(Some(claims))
            } else {
                Err(Refusal::Wrong)
            };
        }

        let token = Unverified::parse(text).map_err(|_| Refusal::Wrong)?;
        let issuer = token.issuer().ok_or(Refusal::Wrong)?;
        if token.algorithm() == Algorithm::HS256 || issuer != self.jwks.read_published().await?.rules.issuer()
        {
            return Ok(None);
        }

        let published = self.jwks.find_key(token.key_id().ok_or(Refusal::Wrong)?).await?;
        let claims = published.rules.read(token, &published.keys, now);
        let claims = Arc::new(claims.map_err(|_| Refusal::Wrong)?);
        self.known.insert(digest, Arc::clone(&claims));

        Ok(Some(claims))
    }
}
