//! Whether the session of an access token still stands: asked of auth-svc, believed for half a minute, and forgotten at
//! once where this gateway itself ended it. While auth-svc is away, the last answer goes on counting: a token lives for
//! minutes only.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use kit::{ErrorKind, Problem, actor::Actor, clock::SharedClock, rpc::RequestId, tokens::AccessClaims};
use moka::sync::Cache;
use proto::v1::CheckSessionRequest;
use tokio::sync::{Mutex, watch};
use uuid::Uuid;

use super::{Refusal, user_actor};
use crate::services::Services;

/// How long an answer counts.
const FRESH: TimeDelta = TimeDelta::seconds(30);
/// How long nobody asks again after auth-svc did not answer.
const PAUSE: TimeDelta = TimeDelta::seconds(2);
/// Longer than the tokens of a session live, so that an end that is known stays known.
const KEPT: Duration = Duration::from_secs(3_600);
const MOST: u64 = 50_000;

pub(super) struct Sessions {
    services: Services,
    clock: SharedClock,
    known: Cache<Uuid, Arc<Mutex<CachedSession>>>,
    ended: Cache<Uuid, ()>,
    changes: AccountChanges,
}

/// What was answered about a session last.
#[derive(Default)]
struct CachedSession {
    asked_at: Option<DateTime<Utc>>,
    answer: SessionState,
}

#[derive(Clone, Default)]
enum SessionState {
    /// Auth-svc has not told yet.
    #[default]
    Unknown,
    Stands(Actor),
    Ended,
}

impl Sessions {
    pub(super) fn new(services: Services, clock: SharedClock, changes: AccountChanges) -> Self {
        Self {
            services,
            clock,
            known: Cache::builder().max_capacity(MOST).time_to_idle(KEPT).build(),
            ended: Cache::builder().max_capacity(MOST).time_to_live(KEPT).build(),
            changes,
        }
    }

    /// The bearer of verified claims, as auth-svc knows it now: tier and guest may have changed since it signed them.
    pub(super) async fn actor(&self, claims: &AccessClaims) -> Result<Actor, Refusal> {
        // A token of an older version may have no session: then only its user is asked for.
        let session = claims.session_id.unwrap_or(claims.user_id);
        if self.ended.contains_key(&session) {
            return Err(Refusal::Wrong);
        }

        let known = self.known.get_with(session, Arc::default);
        let mut known = known.lock().await;
        let now = self.clock.now();
        let changed = self.changes.find_last(claims.user_id);
        let fresh = |at: DateTime<Utc>| now < at + FRESH && changed.is_none_or(|change| change < at);
        if !known.asked_at.is_some_and(fresh) {
            let asked = self.ask(claims).await;
            known.note(asked, now);
        }

        match &known.answer {
            SessionState::Stands(actor) => Ok(Actor {
                scopes: claims.scopes.clone(),
                ..actor.clone()
            }),
            SessionState::Ended => Err(Refusal::Wrong),
            SessionState::Unknown => Ok(claims.actor()),
        }
    }

    async fn ask(&self, claims: &AccessClaims) -> Result<Actor, Problem> {
        let asker = (claims.actor(), RequestId::random());
        let message = CheckSessionRequest {
            session_id: claims.session_id.map(|id| id.to_string()).unwrap_or_default(),
            user_id: claims.user_id.to_string(),
        };
        let answer = self.services.auth_checks(&asker).check_session(message).await;
        let authenticated = answer
            .map_err(|status| Problem::from_status(&status))?
            .into_inner();
        let ended = || Problem::new(ErrorKind::Unauthenticated, "SESSION_ENDED", "");
        let mut actor = authenticated.user.and_then(user_actor).ok_or_else(ended)?;
        if actor.user_id != claims.user_id {
            return Err(ended());
        }

        actor.session_id = claims.session_id;
        Ok(actor)
    }

    /// These sessions have ended, by an act that went through this gateway.
    pub(super) fn end(&self, sessions: impl IntoIterator<Item = Uuid>) {
        for session in sessions {
            self.ended.insert(session, ());
            self.known.invalidate(&session);
        }
    }
}

impl CachedSession {
    fn note(&mut self, asked: Result<Actor, Problem>, now: DateTime<Utc>) {
        self.asked_at = Some(now);
        match asked {
            Ok(actor) => self.answer = SessionState::Stands(actor),
            Err(problem) if says_no(&problem) => self.answer = SessionState::Ended,
            Err(problem) => {
                tracing::warn!(%problem, "a session could not be checked");
                self.asked_at = Some(now + PAUSE - FRESH);
            }
        }
    }
}

/// Whether auth-svc refused a credential, rather than failed to look at it.
pub(super) fn says_no(problem: &Problem) -> bool {
    matches!(
        problem.kind,
        ErrorKind::Unauthenticated
            | ErrorKind::PermissionDenied
            | ErrorKind::NotFound
            | ErrorKind::InvalidArgument
            | ErrorKind::FailedPrecondition
    )
}

/// When an account was last changed through this gateway: what was known of it before is asked again.
#[derive(Clone)]
pub(super) struct AccountChanges {
    at: Cache<Uuid, DateTime<Utc>>,
    /// Tells connections that last that something has changed.
    heard: watch::Sender<()>,
}

impl AccountChanges {
    pub(super) fn new() -> Self {
        // Longer than anything counts without being asked again.
        let kept = Duration::from_secs(120);
        Self {
            at: Cache::builder().max_capacity(MOST).time_to_live(kept).build(),
            heard: watch::Sender::new(()),
        }
    }

    pub(super) fn note(&self, user: Uuid, now: DateTime<Utc>) {
        self.at.insert(user, now);
        self.heard.send_replace(());
    }

    pub(super) fn find_last(&self, user: Uuid) -> Option<DateTime<Utc>> {
        self.at.get(&user)
    }

    pub(super) fn listen(&self) -> watch::Receiver<()> {
        self.heard.subscribe()
    }
}
