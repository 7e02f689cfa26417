//! `[auth]` of the configuration. Every key has its default and its explanation in `deploy/config/saga.toml`.

mod mail;

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;
use kit::{
    secrets::is_guessable,
    tokens::{AccessRules, Subject},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

pub use self::mail::MailConfig;

/// Tables of the section that take names of the operator's choice.
pub const OPEN_TABLES: [&str; 1] = ["auth.issuers"];

/// Fewest bytes of a secret for HS256 (RFC 7518, section 3.2).
const LEAST_SECRET: usize = 32;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthConfig {
    /// `iss` of our access tokens.
    pub issuer: String,
    /// `aud` of our access tokens.
    pub audience: String,
    /// `ES256` or `HS256`.
    pub jwt_algorithm: SigningAlgorithm,
    /// Only for HS256.
    pub jwt_secret: SecretString,
    /// 900 by contract.
    pub access_token_seconds: u32,
    /// 30 by contract; counted from the last use.
    pub refresh_token_days: u32,
    /// 10 by contract.
    pub refresh_reuse_seconds: u32,
    /// Seconds between two looks for work that nobody announced.
    pub sweep_seconds: u64,
    pub passwords: PasswordsConfig,
    pub throttle: ThrottleConfig,
    pub mail: MailConfig,
    pub oauth: OauthConfig,
    pub issuers: BTreeMap<String, IssuerConfig>,
}

/// What our access tokens are signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum SigningAlgorithm {
    /// A key pair that only this service has; everybody verifies with the public half.
    ES256,
    /// A secret that whoever verifies has too.
    HS256,
}

/// `[auth.passwords]`: what Argon2id costs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordsConfig {
    pub memory_kib: u32,
    pub iterations: u32,
    pub lanes: u32,
    /// Hashes computed at once in this process.
    pub parallel: usize,
}

/// `[auth.throttle]`: attempts that cost nothing, before each further one makes the next wait.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThrottleConfig {
    /// Wrong passwords for one account from one network.
    pub account_in_network: u32,
    /// Wrong passwords from one network.
    pub network: u32,
    /// Wrong passwords for one account from networks that it has never signed in from.
    pub account: u32,
    /// Accounts registered from one network.
    pub registrations: u32,
    /// Guests made from one network.
    pub guests: u32,
    /// Mail asked for to one address.
    pub mails_to_address: u32,
    /// Mail asked for from one network.
    pub mails_from_network: u32,
}

/// A count and the waits that follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AttemptLimits {
    /// Attempts without a wait.
    pub(crate) free: u32,
    /// The wait after the first one beyond; it doubles with each further one.
    pub(crate) first: Duration,
    pub(crate) longest: Duration,
    /// A count that did not rise for this long starts over.
    pub(crate) forget: Duration,
}

impl AttemptLimits {
    const fn new(free: u32, first: Duration, longest: Duration, forget: Duration) -> Self {
        Self {
            free,
            first,
            longest,
            forget,
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

impl ThrottleConfig {
    pub(crate) fn account_in_network(&self) -> AttemptLimits {
        AttemptLimits::new(self.account_in_network, SECOND, 15 * MINUTE, DAY)
    }

    pub(crate) fn network(&self) -> AttemptLimits {
        AttemptLimits::new(self.network, SECOND, 15 * MINUTE, HOUR)
    }

    pub(crate) fn account(&self) -> AttemptLimits {
        AttemptLimits::new(self.account, 30 * SECOND, HOUR, DAY)
    }

    pub(crate) fn registrations(&self) -> AttemptLimits {
        AttemptLimits::new(self.registrations, MINUTE, HOUR, HOUR)
    }

    pub(crate) fn guests(&self) -> AttemptLimits {
        AttemptLimits::new(self.guests, MINUTE, HOUR, HOUR)
    }

    pub(crate) fn mails_to_address(&self) -> AttemptLimits {
        AttemptLimits::new(self.mails_to_address, MINUTE, HOUR, HOUR)
    }

    pub(crate) fn mails_from_network(&self) -> AttemptLimits {
        AttemptLimits::new(self.mails_from_network, MINUTE, HOUR, HOUR)
    }
}

/// `[auth.oauth]`: sign-in with another product's account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OauthConfig {
    pub github: GithubConfig,
    pub google: GoogleConfig,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GithubConfig {
    /// Empty turns it off.
    pub client_id: String,
    pub client_secret: SecretString,
    pub authorize_url: String,
    pub token_url: String,
    /// GitHub's REST API.
    pub api_url: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoogleConfig {
    /// Empty turns it off.
    pub client_id: String,
    pub client_secret: SecretString,
    pub authorize_url: String,
    pub token_url: String,
    pub userinfo_url: String,
}

/// One entry of `[auth.issuers]`: somebody else whose tokens are accepted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerConfig {
    /// A Supabase project; names its issuer and its keys when those are empty.
    pub supabase_url: String,
    /// Exactly this `iss`.
    pub issuer: String,
    pub audience: String,
    pub jwks_url: String,
    /// Shared secret, for HS256.
    pub secret: SecretString,
    /// Of the keys at `jwks_url`.
    pub algorithms: Vec<kit::tokens::Algorithm>,
    /// `uuid` or `text`.
    pub subject: Subject,
    /// A token that is good for longer is refused.
    pub longest_seconds: u32,
}

impl AuthConfig {
    /// How our access tokens are verified, here and in the gateway.
    #[must_use]
    pub fn access_rules(&self) -> AccessRules {
        AccessRules::new(self.issuer.clone(), self.audience.clone())
    }

    /// The secret that our access tokens are signed with; none when they are signed with a key pair.
    #[must_use]
    pub fn shared_secret(&self) -> Option<SecretString> {
        (self.jwt_algorithm == SigningAlgorithm::HS256).then(|| self.jwt_secret.clone())
    }

    pub(crate) fn access_lifetime(&self) -> TimeDelta {
        TimeDelta::seconds(self.access_token_seconds.into())
    }

    pub(crate) fn refresh_lifetime(&self) -> TimeDelta {
        TimeDelta::days(self.refresh_token_days.into())
    }

    pub(crate) fn reuse_window(&self) -> TimeDelta {
        TimeDelta::seconds(self.refresh_reuse_seconds.into())
    }

    pub(crate) fn sweep_interval(&self) -> Duration {
        Duration::from_secs(self.sweep_seconds.max(1))
    }

    /// Everything that is wrong with the section.
    pub(crate) fn find_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut must = |holds: bool, text: &str| {
            if !holds {
                problems.push(text.to_owned());
            }
        };
        must(!self.issuer.is_empty(), "`auth.issuer` is empty");
        must(!self.audience.is_empty(), "`auth.audience` is empty");
        must(
            (1..=86_400).contains(&self.access_token_seconds),
            "`auth.access_token_seconds` is not 1 to 86400",
        );
        must(
            (1..=365).contains(&self.refresh_token_days),
            "`auth.refresh_token_days` is not 1 to 365",
        );
        must(
            self.refresh_reuse_seconds <= 60,
            "`auth.refresh_reuse_seconds` is over 60",
        );

        if let Some(secret) = self.shared_secret() {
            let long = secret.expose_secret().len() >= LEAST_SECRET;
            must(long, "`auth.jwt_secret` needs at least 32 characters for HS256");
            must(
                !long || !is_guessable(&secret),
                "`auth.jwt_secret` can be guessed: it repeats a few characters; take 32 random bytes",
            );
        }

        for (name, issuer) in &self.issuers {
            let secret = issuer.secret.expose_secret();
            if !secret.is_empty() && secret.len() < LEAST_SECRET {
                problems.push(format!(
                    "`auth.issuers.{name}.secret` needs at least 32 characters"
                ));
            }

            if issuer.issuer.is_empty() && issuer.supabase_url.is_empty() && !issuer.jwks_url.is_empty() {
                problems.push(format!("`auth.issuers.{name}.jwks_url` needs `issuer` too"));
            }
        }

        problems.extend(self.mail.find_problems());
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Embedded {
        auth: AuthConfig,
    }

    #[test]
    fn the_embedded_defaults_are_the_contracts() {
        let embedded: Embedded = toml::from_str(include_str!("../../deploy/config/saga.toml")).unwrap();
        let auth = embedded.auth;

        assert_eq!(
            (
                auth.access_token_seconds,
                auth.refresh_token_days,
                auth.refresh_reuse_seconds
            ),
            (900, 30, 10)
        );
        assert_eq!(auth.jwt_algorithm, SigningAlgorithm::ES256);

        // https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
        assert_eq!(
            (
                auth.passwords.memory_kib,
                auth.passwords.iterations,
                auth.passwords.lanes
            ),
            (19_456, 2, 1)
        );
        assert_eq!(auth.find_problems(), Vec::<String>::new());
    }

    #[test]
    fn a_secret_of_a_few_characters_over_and_over_is_refused() {
        let embedded: Embedded = toml::from_str(include_str!("../../deploy/config/saga.toml")).unwrap();
        let mut auth = embedded.auth;
        auth.jwt_algorithm = SigningAlgorithm::HS256;

        for guessable in ["a".repeat(40), "abcabc".repeat(10)] {
            auth.jwt_secret = SecretString::from(guessable);
            let problems = auth.find_problems();
            assert!(problems[0].contains("can be guessed"), "{problems:?}");
        }
        auth.jwt_secret = SecretString::from("4a1f0c9be2d87365a90e4b6c11f8d2e7");
        assert_eq!(auth.find_problems(), Vec::<String>::new());
    }

    #[test]
    fn a_short_secret_and_keys_without_an_issuer_are_named() {
        let embedded: Embedded = toml::from_str(include_str!("../../deploy/config/saga.toml")).unwrap();
        let mut auth = embedded.auth;
        auth.jwt_algorithm = SigningAlgorithm::HS256;
        auth.jwt_secret = SecretString::from("short");

        let supabase = auth.issuers.get_mut("supabase").unwrap();
        supabase.secret = SecretString::from("short");
        supabase.jwks_url = "https://x.example/jwks".to_owned();

        let problems = auth.find_problems();
        for name in [
            "auth.jwt_secret",
            "auth.issuers.supabase.secret",
            "auth.issuers.supabase.jwks_url",
        ] {
            assert!(
                problems.iter().any(|problem| problem.contains(name)),
                "{problems:?}"
            );
        }
    }
}
