//! API keys, tokens of other issuers and tokens that are signed with a secret: auth-svc is asked once whose they are, and the answer counts for seconds. A
//! refusal counts too, so that a client that repeats a wrong key troubles nobody; and one network can be wrong only so
//! often before each further wrong one has to wait.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use kit::{Problem, actor::Actor, clock::SharedClock, rpc::RequestId};
use moka::sync::Cache;
use proto::v1::{AuthenticateRequest, Authenticated, authenticate_request::Credential};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{
    AuthMethod, Refusal,
    address::ClientInfo,
    scopes,
    sessions::{AccountChanges, says_no},
    tokens::{Digest, digest},
    user_actor,
};
use crate::{limits::Limits, services::Services};

/// How long an answer counts.
const FRESH: TimeDelta = TimeDelta::seconds(30);
/// How long a refusal counts: shorter, because a key may be about to be made.
const REFUSED: TimeDelta = TimeDelta::seconds(10);
/// Answers are dropped from memory after this time without use.
const KEPT: Duration = Duration::from_secs(60);
const MOST: u64 = 20_000;
/// Auth-svc's reason to refuse a token that was good once.
const EXPIRED: &str = "EXPIRED_CREDENTIALS";

/// A credential that only auth-svc can judge.
#[derive(Clone, Copy)]
pub(super) enum Foreign<'a> {
    ApiKey(&'a str),
    Token(&'a str),
}

pub(super) struct Exchange {
    services: Services,
    clock: SharedClock,
    limits: Arc<Limits>,
    known: Cache<Digest, Arc<Mutex<Option<CachedLookup>>>>,
    changes: AccountChanges,
}

struct CachedLookup {
    asked_at: DateTime<Utc>,
    until: DateTime<Utc>,
    /// `None` when the credential is wrong.
    found: Option<LookupResult>,
}

/// What auth-svc said of a credential.
#[derive(Default)]
struct Verdict {
    /// `None` when it is wrong.
    found: Option<LookupResult>,
    /// It never was good.
    guessed: bool,
}

/// Whose it is.
#[derive(Clone)]
pub(super) struct LookupResult {
    pub(super) actor: Actor,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) auth_method: AuthMethod,
}

impl Exchange {
    pub(super) fn new(
        services: Services,
        clock: SharedClock,
        limits: Arc<Limits>,
        changes: AccountChanges,
    ) -> Self {
        Self {
            services,
            clock,
            limits,
            known: Cache::builder().max_capacity(MOST).time_to_idle(KEPT).build(),
            changes,
        }
    }

    pub(super) async fn identify(
        &self,
        given: Foreign<'_>,
        client: &ClientInfo,
    ) -> Result<LookupResult, Refusal> {
        let (Foreign::ApiKey(text) | Foreign::Token(text)) = given;
        let known = self.known.get_with(digest(text), Arc::default);

        // Whoever comes with the same credential waits for the one answer.
        let mut known = known.lock().await;
        let now = self.clock.now();
        if let Some(known) = known.as_ref().filter(|known| self.counts(known, now)) {
            return known.found.clone().ok_or(Refusal::Wrong);
        }

        let Verdict { found, guessed } = self.ask(given, client).await?;
        let lasts = if found.is_some() { FRESH } else { REFUSED };
        let ends = found.as_ref().and_then(|found| found.expires_at);
        *known = Some(CachedLookup {
            asked_at: now,
            until: ends.map_or(now + lasts, |ends| ends.min(now + lasts)),
            found: found.clone(),
        });

        if guessed {
            self.slow_down(client).await?;
        }
        found.ok_or(Refusal::Wrong)
    }

    fn counts(&self, known: &CachedLookup, now: DateTime<Utc>) -> bool {
        let owner = known.found.as_ref().map(|found| found.actor.user_id);
        let changed = owner.and_then(|owner| self.changes.find_last(owner));
        now < known.until && changed.is_none_or(|change| change < known.asked_at)
    }

    /// One more wrong one from this network. Only those wait: keys and signatures are not to be guessed, so whoever brings
    /// a good one is let in, however many wrong ones others behind the same address bring.
    async fn slow_down(&self, client: &ClientInfo) -> Result<(), Refusal> {
        let free = self.limits.may_try(client.address).await;
        self.limits.was_wrong(client.address).await;

        free.map_err(Refusal::TooOften)
    }

    async fn ask(&self, given: Foreign<'_>, client: &ClientInfo) -> Result<Verdict, Refusal> {
        let (credential, auth_method) = match given {
            Foreign::ApiKey(key) => (Credential::ApiKey(key.to_owned()), AuthMethod::ApiKey),
            Foreign::Token(token) => (Credential::ExternalToken(token.to_owned()), AuthMethod::External),
        };

        let request = AuthenticateRequest {
            credential: Some(credential),
            client: Some(client.to_proto()),
        };
        let nobody = (Actor::guest(Uuid::nil()), RequestId::random());
        let answer = self.services.auth_checks(&nobody).authenticate(request).await;
        let found = match answer.map_err(|status| Problem::from_status(&status)) {
            Ok(authenticated) => read(authenticated.into_inner(), auth_method),
            Err(problem) if problem.reason == EXPIRED => return Ok(Verdict::default()),
            Err(problem) if says_no(&problem) => None,
            Err(problem) => return Err(unavailable(&problem)),
        };

        Ok(Verdict {
            guessed: found.is_none(),
            found,
        })
    }
}

fn unavailable(problem: &Problem) -> Refusal {
    tracing::warn!(%problem, "a credential could not be checked");
    match problem.retry_after {
        Some(wait) if problem.kind == kit::ErrorKind::ResourceExhausted => Refusal::TooOften(wait),
        _ => Refusal::Unavailable,
    }
}

fn read(authenticated: Authenticated, auth_method: AuthMethod) -> Option<LookupResult> {
    let session_id = Uuid::try_parse(&authenticated.session_id).ok();
    let auth_time = Some(authenticated.auth_time).filter(|at| *at > 0);
    let actor = Actor {
        scopes: scopes::keep_known(authenticated.scopes)?,
        session_id,
        api_key: Uuid::try_parse(&authenticated.api_key_id).ok(),
        auth_time: auth_time.and_then(|at| DateTime::from_timestamp(at, 0)),
        ..user_actor(authenticated.user?)?
    };

    // Only tokens of ours have a session of ours.
    let auth_method = if session_id.is_some() {
        AuthMethod::Token
    } else {
        auth_method
    };
    let expires_at = match authenticated.expires_at {
        0 => None,
        seconds => Some(DateTime::from_timestamp(seconds, 0)?),
    };

    Some(LookupResult {
        actor,
        expires_at,
        auth_method,
    })
}
