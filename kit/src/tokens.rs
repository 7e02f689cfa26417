//! Verifies JSON Web Tokens: our own access tokens and those of trusted issuers. Pure: keys, rules and the time come in,
//! claims or [`Invalid`] come out. It never signs, never fetches a key, and never says which check failed.
//!
//! Written against RFC 7519, RFC 8725 (best practices) and RFC 9068 (access tokens).

mod access;
mod claims;
mod keys;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

use std::str::FromStr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
pub use jsonwebtoken::Algorithm;
use serde::{Deserialize, de::IgnoredAny};

pub use self::access::{ACCESS_TYPE, AccessClaims, AccessRules, LONGEST_DAYS};
pub use self::claims::{Claims, Issuer, Rules, Subject};
pub use self::keys::{JwksError, KeySet};

/// Longest token that is looked at. Header lines of 16 KiB are what most servers take.
pub const MAX_BYTES: usize = 16 * 1024;
/// Longest key id that is looked up.
const MAX_KEY_ID: usize = 256;

/// The token is not one that we trust. Deliberately says nothing more, to callers and to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token is not valid")]
pub struct Invalid;

/// The part of a header that is read. Everything else is ignored, above all the places where a token may offer a key of
/// its own: `jku`, `jwk`, `x5u`, `x5c`.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    /// Extensions that must be understood (RFC 7515, section 4.1.11); we understand none.
    crit: Option<IgnoredAny>,
    /// Compressed payloads belong to encrypted tokens.
    zip: Option<IgnoredAny>,
}

/// A token cut into its parts. Nothing that it says is believed before [`Unverified::verify`].
pub struct Unverified<'a> {
    /// Header and payload, as they were signed.
    message: &'a str,
    signature: &'a str,
    algorithm: Algorithm,
    key_id: Option<String>,
    token_type: Option<String>,
    claims: claims::Raw,
}

impl<'a> Unverified<'a> {
    pub fn parse(token: &'a str) -> Result<Self, Invalid> {
        if token.len() > MAX_BYTES {
            return Err(Invalid);
        }

        let (message, signature) = token.rsplit_once('.').ok_or(Invalid)?;
        let (header, payload) = message.split_once('.').ok_or(Invalid)?;
        if payload.contains('.') || signature.is_empty() {
            return Err(Invalid);
        }

        let header: Header = json(header)?;
        // Exact names of signature algorithms: `none` in any spelling is not one of them.
        let algorithm = Algorithm::from_str(&header.alg).map_err(|_| Invalid)?;
        let long_id = header.kid.as_ref().is_some_and(|kid| kid.len() > MAX_KEY_ID);
        if header.crit.is_some() || header.zip.is_some() || long_id {
            return Err(Invalid);
        }

        Ok(Self {
            message,
            signature,
            algorithm,
            key_id: header.kid,
            token_type: header.typ,
            claims: json(payload)?,
        })
    }

    /// Who claims to have signed it: for choosing the rules to verify it by, nothing else.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.claims.issuer()
    }

    /// Until when it claims to be good: for telling one that was good from one that never was, nothing else.
    #[must_use]
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.claims.expires_at()
    }

    /// The key it claims to be signed with, for deciding whether keys must be fetched.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The claims, when the signature fits one of `keys` and everything in `rules` holds at `now`.
    pub fn verify(self, keys: &KeySet, rules: &Rules, now: DateTime<Utc>) -> Result<Claims, Invalid> {
        if let Some(wanted) = rules.token_type
            && self.token_type.as_deref() != Some(wanted)
        {
            return Err(Invalid);
        }

        let key = keys.find(self.key_id.as_deref(), self.algorithm).ok_or(Invalid)?;
        let fits = jsonwebtoken::crypto::verify(self.signature, self.message.as_bytes(), key, self.algorithm);

        match fits {
            Ok(true) => self.claims.check(rules, now),
            Ok(false) | Err(_) => Err(Invalid),
        }
    }
}

/// [`Unverified::parse`] and [`Unverified::verify`] in one.
pub fn verify(token: &str, keys: &KeySet, rules: &Rules, now: DateTime<Utc>) -> Result<Claims, Invalid> {
    Unverified::parse(token)?.verify(keys, rules, now)
}

fn json<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, Invalid> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Invalid)?;
    serde_json::from_slice(&bytes).map_err(|_| Invalid)
}

#[cfg(test)]
mod tests;
