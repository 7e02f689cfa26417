//! Our own access tokens: the claims that auth-svc signs and the gateway reads.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Claims, Invalid, Issuer, KeySet, Rules, Subject, Unverified};
use crate::actor::{Actor, Tier};

/// `typ` of our access tokens (RFC 9068, section 2.1): no other token passes for one.
pub const ACCESS_TYPE: &str = "at+jwt";

/// How far the clocks of our own machines may be apart.
const LEEWAY: TimeDelta = TimeDelta::seconds(5);
/// A development token lives for at most this long, and nothing of ours for longer.
pub const LONGEST_DAYS: i64 = 31;

/// What an access token says about its bearer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    #[serde(rename = "sub")]
    pub user_id: Uuid,
    /// The session that it belongs to; it ends with it. None for a development token.
    #[serde(rename = "sid", default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<Uuid>,
    pub tier: Tier,
    #[serde(rename = "is_anonymous")]
    pub guest: bool,
    /// What the bearer may do; empty means everything that the user may.
    pub scopes: Vec<String>,
    #[serde(rename = "jti")]
    pub id: Uuid,
    #[serde(rename = "exp", with = "chrono::serde::ts_seconds")]
    pub expires_at: DateTime<Utc>,
}

impl AccessClaims {
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor {
            user_id: self.user_id,
            tier: self.tier,
            guest: self.guest,
            scopes: self.scopes.clone(),
            session_id: self.session_id,
            auth_time: None,
            api_key: None,
        }
    }
}

/// How our own access tokens are verified.
#[derive(Clone, Debug)]
pub struct AccessRules {
    issuer: String,
    rules: Rules,
}

impl AccessRules {
    #[must_use]
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        let issuer = issuer.into();
        Self {
            rules: Rules {
                issuer: Issuer::Is(issuer.clone()),
                audience: audience.into(),
                subject: Subject::Uuid,
                token_type: Some(ACCESS_TYPE),
                leeway: LEEWAY,
                longest: TimeDelta::days(LONGEST_DAYS),
            },
            issuer,
        }
    }

    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    #[must_use]
    pub fn audience(&self) -> &str {
        &self.rules.audience
    }

    pub fn verify(&self, token: &str, keys: &KeySet, now: DateTime<Utc>) -> Result<AccessClaims, Invalid> {
        self.read(Unverified::parse(token)?, keys, now)
    }

    /// The same for a token that was parsed already, to see whose it is.
    pub fn read(
        &self,
        token: Unverified<'_>,
        keys: &KeySet,
        now: DateTime<Utc>,
    ) -> Result<AccessClaims, Invalid> {
        let Claims {
            subject,
            expires_at,
            mut rest,
            ..
        } = token.verify(keys, &self.rules, now)?;

        rest.insert("sub".to_owned(), subject.into());
        rest.insert("exp".to_owned(), expires_at.timestamp().into());

        serde_json::from_value(rest.into()).map_err(|_| Invalid)
    }
}
