//! TrustedIssuer issuers: whose tokens are accepted beside our own. Each has a name in the configuration, which is what ties a
//! user to it; keys come from the one address that the configuration names, whatever a token says.

mod jwks;

use chrono::{DateTime, Utc};
use kit::clock::SharedClock;
use kit::tokens::{Issuer, KeySet, Rules, Unverified};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use self::jwks::PublishedKeys;
pub(crate) use self::jwks::{build_client, read_body};
use crate::{config::IssuerConfig, error::AuthError};

/// The clocks of other organisations: RFC 7519 allows "a few minutes" at most.
const LEEWAY: chrono::TimeDelta = chrono::TimeDelta::seconds(30);
const SECOND: chrono::TimeDelta = chrono::TimeDelta::seconds(1);
/// Where a Supabase project signs people in, under its address.
const SUPABASE: &str = "/auth/v1";

/// A verified token of another issuer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExternalIdentity {
    /// Name of the issuer in the configuration.
    pub(crate) issuer: String,
    pub(crate) subject: String,
    /// Whether or not anybody vouches for it.
    pub(crate) email: Option<String>,
    /// Only when the issuer vouches for it.
    pub(crate) verified_email: Option<String>,
    /// Supabase's sign-in without any credentials: nobody in particular.
    pub(crate) anonymous: bool,
    pub(crate) expires_at: DateTime<Utc>,
    /// When they last showed the issuer who they are, where it says so.
    pub(crate) auth_time: Option<DateTime<Utc>>,
}

/// All trusted issuers.
pub(crate) struct Issuers(Vec<TrustedIssuer>);

struct TrustedIssuer {
    name: String,
    rules: Rules,
    secret: Option<SecretString>,
    jwks: Option<PublishedKeys>,
}

impl Issuers {
    pub(crate) fn new<'a>(
        configured: impl IntoIterator<Item = (&'a String, &'a IssuerConfig)>,
        http: &reqwest::Client,
        clock: &SharedClock,
    ) -> Self {
        let trusted = configured
            .into_iter()
            .filter_map(|(name, config)| TrustedIssuer::new(name, config, http, clock));
        Self(trusted.collect())
    }

    /// Names, for the log.
    pub(crate) fn list_names(&self) -> Vec<&str> {
        self.0.iter().map(|one| one.name.as_str()).collect()
    }

    /// Who a token is about, when one of the issuers signed it.
    ///
    /// # Errors
    /// One and the same for every reason not to believe it, but that it was good once; another one when the issuer's keys are needed for that and can
    /// not be had, so that nobody is signed out by a broken connection.
    pub(crate) async fn verify(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<ExternalIdentity, AuthError> {
        let refused = || AuthError::Unauthenticated;
        let token = Unverified::parse(token).map_err(|_| refused())?;
        let issuer = token.issuer().ok_or_else(refused)?.to_owned();
        let trusted = self.0.iter().find(|one| one.rules.issuer.matches(&issuer));
        let trusted = trusted.ok_or_else(refused)?;

        let keys = trusted.find_keys(&token).await?.ok_or_else(refused)?;
        // One that is over is looked at as it was when it was good.
        let over = token.expires_at().filter(|end| *end <= now);
        let at = over.map_or(now, |end| end - SECOND);
        let claims = token.verify(&keys, &trusted.rules, at).map_err(|_| refused())?;
        if over.is_some() {
            return Err(AuthError::Expired);
        }

        Ok(ExternalIdentity {
            issuer: trusted.name.clone(),
            subject: claims.subject,
            email: read_email(&claims.rest),
            verified_email: read_verified_email(&claims.rest),
            anonymous: claims.rest.get("is_anonymous") == Some(&Value::Bool(true)),
            expires_at: claims.expires_at,
            auth_time: read_auth_time(&claims.rest).filter(|at| *at <= now + LEEWAY),
        })
    }
}

impl TrustedIssuer {
    /// `None` for an entry that is not filled in.
    fn new(name: &str, config: &IssuerConfig, http: &reqwest::Client, clock: &SharedClock) -> Option<Self> {
        let project = config.supabase_url.trim_end_matches('/');
        let secret = Some(config.secret.clone()).filter(|secret| !secret.expose_secret().is_empty());
        let issuer = match (config.issuer.as_str(), project) {
            ("", "") if secret.is_some() => Issuer::EndsWith(SUPABASE.to_owned()),
            ("", "") => return None,
            ("", project) => Issuer::Is(format!("{project}{SUPABASE}")),
            (issuer, _) => Issuer::Is(issuer.to_owned()),
        };

        let jwks_url = match (config.jwks_url.as_str(), project) {
            ("", "") => None,
            ("", project) => Some(format!("{project}{SUPABASE}/.well-known/jwks.json")),
            (url, _) => Some(url.to_owned()),
        };

        Some(Self {
            name: name.to_owned(),
            rules: Rules {
                issuer,
                audience: config.audience.clone(),
                subject: config.subject,
                token_type: None,
                leeway: LEEWAY,
                longest: chrono::TimeDelta::seconds(config.longest_seconds.into()),
            },
            secret,
            jwks: jwks_url
                .map(|url| PublishedKeys::new(url, config.algorithms.clone(), http.clone(), clock.clone())),
        })
    }

    /// Keys that may fit: the secret for a token that is signed with one, else the published keys.
    async fn find_keys(&self, token: &Unverified<'_>) -> Result<Option<KeySet>, AuthError> {
        if token.algorithm() == kit::tokens::Algorithm::HS256 {
            return Ok(self.secret.as_ref().map(KeySet::shared_secret));
        }
        let Some(published) = &self.jwks else {
            return Ok(None);
        };

        let keys = published.find_keys(token.key_id()).await;
        keys.map(Some).ok_or_else(|| AuthError::IssuerUnavailable {
            issuer: self.name.clone(),
        })
    }
}

/// OpenID Connect says `email_verified` beside the email; a Supabase project may say it within `app_metadata`, which only
/// the project writes. What is in `user_metadata` its user has written, so it proves nothing.
fn read_verified_email(claims: &serde_json::Map<String, Value>) -> Option<String> {
    let within = claims
        .get("app_metadata")
        .and_then(|data| data.get("email_verified"));
    let verified = claims.get("email_verified").or(within) == Some(&Value::Bool(true));

    read_email(claims).filter(|_| verified)
}

fn read_email(claims: &serde_json::Map<String, Value>) -> Option<String> {
    let email = claims.get("email").and_then(Value::as_str)?;
    (!email.is_empty()).then(|| email.to_owned())
}

/// OpenID Connect says `auth_time`; Supabase lists how somebody signed in, each with its time, in `amr`. When the token was
/// issued says nothing: a stolen refresh token gets new ones.
fn read_auth_time(claims: &serde_json::Map<String, Value>) -> Option<DateTime<Utc>> {
    let of_method = |method: &Value| method.get("timestamp")?.as_i64();
    let methods = claims.get("amr").and_then(Value::as_array);
    let latest = methods.and_then(|methods| methods.iter().filter_map(of_method).max());
    let said = claims.get("auth_time").and_then(Value::as_i64);

    DateTime::from_timestamp(said.or(latest)?, 0)
}

#[cfg(test)]
mod tests;
