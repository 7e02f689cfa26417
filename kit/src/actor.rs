//! Who is asking: the identity that travels between services as a short-lived signed header. The gateway signs it,
//! every service verifies it; a client of the platform never sees one.

use std::{fmt, str::FromStr, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tonic::metadata::{Ascii, MetadataValue};
use uuid::Uuid;

use crate::secrets::Key;

/// Metadata key of the signed actor.
pub const ACTOR_HEADER: &str = "saga-actor";

/// A signed actor is good for this long: more than the slowest hop, less than is useful to a thief.
pub const LIFETIME: Duration = Duration::from_secs(60);

/// How far the clocks of two machines may be apart.
const SKEW: Duration = Duration::from_secs(5);

const PURPOSE: &str = "saga actor v2";

/// What an account may do, from least to most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    #[default]
    Free,
    Pro,
    Power,
    Team,
}

impl Tier {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Pro => "pro",
            Self::Power => "power",
            Self::Team => "team",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a tier; expected free, pro, power or team")]
pub struct UnknownTier(String);

impl FromStr for Tier {
    type Err = UnknownTier;

    fn from_str(text: &str) -> Result<Self, UnknownTier> {
        match text {
            "free" => Ok(Self::Free),
            "pro" => Ok(Self::Pro),
            "power" => Ok(Self::Power),
            "team" => Ok(Self::Team),
            _ => Err(UnknownTier(text.to_owned())),
        }
    }
}

/// The user on whose behalf a call is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    pub user_id: Uuid,
    pub tier: Tier,
    /// True for a user without an account, e.g. someone who tries Code Story without signing in.
    pub guest: bool,
    pub scopes: Vec<String>,
    pub session_id: Option<Uuid>,
    /// When they last showed who they are, where their issuer says so. Of a session of ours auth-svc knows it.
    pub auth_time: Option<DateTime<Utc>>,
    /// The API key that they came with: what it may spend may be bounded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<Uuid>,
}

impl Actor {
    /// A user with an account, of the given tier.
    #[must_use]
    pub fn user(user_id: Uuid, tier: Tier) -> Self {
        Self {
            user_id,
            tier,
            guest: false,
            scopes: Vec::new(),
            session_id: None,
            auth_time: None,
            api_key: None,
        }
    }

    /// A user without an account.
    #[must_use]
    pub fn guest(user_id: Uuid) -> Self {
        Self {
            guest: true,
            ..Self::user(user_id, Tier::Free)
        }
    }

    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|own| own == scope)
    }
}

/// Why a signed actor was refused. The caller is told only that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActorError {
    #[error("the signed actor is malformed")]
    Malformed,
    #[error("the signature of the actor does not fit")]
    Forged,
    #[error("the signed actor has expired")]
    Expired,
    #[error("the signed actor is from the future")]
    FromTheFuture,
}

/// The payload on the wire: short names, because it travels with every call.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ActorClaims {
    u: Uuid,
    t: Tier,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    g: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    s: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    i: Option<Uuid>,
    /// In seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    a: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    k: Option<Uuid>,
    /// Signed at, in milliseconds since 1970. It is good for [`LIFETIME`] from then.
    at: i64,
}

/// Signs and verifies actors. All services of one platform share the key.
#[derive(Clone, Debug)]
pub struct ActorKey(Key);

impl ActorKey {
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self(key)
    }

    /// `base64url(claims).base64url(HMAC-SHA256)`, good for one `method` of one service, such as `/saga.v1.Runs/GetRun`: whoever
    /// gets hold of it can do no more than ask the same again for a minute.
    #[must_use]
    pub fn sign(&self, actor: &Actor, method: &str, now: DateTime<Utc>) -> MetadataValue<Ascii> {
        let claims = ActorClaims {
            u: actor.user_id,
            t: actor.tier,
            g: actor.guest,
            s: actor.scopes.clone(),
            i: actor.session_id,
            a: actor.auth_time.map(|at| at.timestamp()),
            k: actor.api_key,
            at: now.timestamp_millis(),
        };
        let json = serde_json::to_vec(&claims).unwrap_or_else(|_| unreachable!("claims are plain JSON"));
        let mac = self.0.mac(PURPOSE, &bind(method, &json));
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(json), URL_SAFE_NO_PAD.encode(mac));

        MetadataValue::try_from(text).unwrap_or_else(|_| unreachable!("base64url is ASCII"))
    }

    /// The actor, when the signature fits and its minute is not over. The signature is checked first, in constant
    /// time, so that nothing unsigned is ever parsed.
    pub fn verify(&self, value: &[u8], method: &str, now: DateTime<Utc>) -> Result<Actor, ActorError> {
        let dot = value
            .iter()
            .position(|byte| *byte == b'.')
            .ok_or(ActorError::Malformed)?;
        let json = URL_SAFE_NO_PAD
            .decode(&value[..dot])
            .map_err(|_| ActorError::Malformed)?;
        let mac = URL_SAFE_NO_PAD
            .decode(&value[dot + 1..])
            .map_err(|_| ActorError::Malformed)?;
        if !self.0.verify(PURPOSE, &bind(method, &json), &mac) {
            return Err(ActorError::Forged);
        }

        let claims: ActorClaims = serde_json::from_slice(&json).map_err(|_| ActorError::Malformed)?;
        let signed_at = DateTime::from_timestamp_millis(claims.at).ok_or(ActorError::Malformed)?;
        if signed_at > now + SKEW {
            return Err(ActorError::FromTheFuture);
        }

        if now >= signed_at + LIFETIME + SKEW {
            return Err(ActorError::Expired);
        }

        Ok(Actor {
            user_id: claims.u,
            tier: claims.t,
            guest: claims.g,
            scopes: claims.s,
            session_id: claims.i,
            auth_time: claims.a.and_then(|at| DateTime::from_timestamp(at, 0)),
            api_key: claims.k,
        })
    }
}

/// What is signed: the claims, for this method. No method contains a NUL.
fn bind(method: &str, json: &[u8]) -> Vec<u8> {
    [method.as_bytes(), &[0], json].concat()
}

#[cfg(test)]
mod tests;
