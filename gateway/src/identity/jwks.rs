//! The public keys that our own access tokens are verified with: fetched from auth-svc, kept, and fetched again when a
//! token names a key that is not among them. A flood of invented key ids causes a fetch every few seconds at most.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use kit::{
    Problem,
    actor::Actor,
    clock::SharedClock,
    rpc::RequestId,
    tokens::{AccessRules, Algorithm, KeySet},
};
use proto::v1::GetJwksRequest;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::Refusal;
use crate::services::Services;

/// Least time between two fetches for keys that we do not know.
pub(crate) const GAP: Duration = Duration::from_secs(5);
/// Known keys are looked at again after this time, so that one that was taken back stops counting.
const REFRESH: Duration = Duration::from_secs(300);

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Jwks(Arc<JwksState>);

struct JwksState {
    services: Services,
    clock: SharedClock,
    current: RwLock<Option<Arc<Published>>>,
    /// Held while keys are fetched, so that one fetch serves all who wait.
    last: Mutex<Option<Attempt>>,
}

/// The keys as auth-svc publishes them, and what its tokens say of themselves.
pub(crate) struct Published {
    pub(crate) json: String,
    pub(super) keys: KeySet,
    pub(super) rules: AccessRules,
    /// As the clock's `elapsed`.
    fetched_at: Duration,
}

struct Attempt {
    at: Duration,
    succeeded: bool,
}

impl Jwks {
    pub(super) fn new(services: Services, clock: SharedClock) -> Self {
        Self(Arc::new(JwksState {
            services,
            clock,
            current: RwLock::default(),
            last: Mutex::default(),
        }))
    }

    /// The newest keys that are known, whatever a token says.
    pub(crate) async fn read_published(&self) -> Result<Arc<Published>, Refusal> {
        match self.current() {
            Some(published) => {
                self.renew(&published);
                Ok(published)
            }
            None => self.fetch(|_| true).await,
        }
    }

    /// Keys among which the one of this id should be; it is not there when nobody has it.
    pub(super) async fn find_key(&self, key_id: &str) -> Result<Arc<Published>, Refusal> {
        let published = self.read_published().await?;
        match published.keys.knows(key_id) {
            true => Ok(published),
            false => self.fetch(|published| published.keys.knows(key_id)).await,
        }
    }

    fn now(&self) -> Duration {
        self.0.clock.elapsed()
    }

    fn current(&self) -> Option<Arc<Published>> {
        self.0
            .current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Fetches old keys anew, behind the back of the request that found them old. While auth-svc is away the old ones
    /// go on serving.
    #[expect(
        clippy::disallowed_methods,
        reason = "it belongs to no request, is bounded by the time of its call, and has nothing to finish"
    )]
    fn renew(&self, published: &Published) {
        if self.now() < published.fetched_at + REFRESH {
            return;
        }

        let (jwks, old) = (self.clone(), published.fetched_at);
        tokio::spawn(async move {
            let newer = move |published: &Published| published.fetched_at > old;
            // A failure is logged where it happens; nobody waits for this.
            let _ = jwks.fetch(newer).await;
        });
    }

    async fn fetch(&self, enough: impl Fn(&Published) -> bool) -> Result<Arc<Published>, Refusal> {
        let mut last = self.0.last.lock().await;
        let current = self.current();
        // Somebody else may have fetched them while we waited for our turn.
        if let Some(published) = current.as_ref().filter(|published| enough(published)) {
            return Ok(Arc::clone(published));
        }

        if let Some(attempt) = last.as_ref().filter(|attempt| self.now() < attempt.at + GAP) {
            return current.filter(|_| attempt.succeeded).ok_or(Refusal::Unavailable);
        }

        let fetched = self.ask().await;
        *last = Some(Attempt {
            at: self.now(),
            succeeded: fetched.is_ok(),
        });

        let published = fetched?;
        *self.0.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&published));

        Ok(published)
    }

    async fn ask(&self) -> Result<Arc<Published>, Refusal> {
        metrics::counter!("gateway_jwks_fetches_total").increment(1);

        let nobody = (Actor::guest(Uuid::nil()), RequestId::random());
        let jwks = self
            .0
            .services
            .auth_checks(&nobody)
            .get_jwks(GetJwksRequest {})
            .await;
        let jwks = jwks.map_err(|status| {
            let problem = Problem::from_status(&status);
            tracing::error!(%problem, "the keys of access tokens could not be fetched");
            Refusal::Unavailable
        })?;
        let jwks = jwks.into_inner();

        let keys = KeySet::from_jwks(&jwks.json, &[Algorithm::ES256]).map_err(|error| {
            tracing::error!(%error, "the keys of access tokens could not be read");
            Refusal::Unavailable
        })?;

        Ok(Arc::new(Published {
            json: jwks.json,
            keys,
            rules: AccessRules::new(jwks.issuer, jwks.audience),
            fetched_at: self.now(),
        }))
    }
}
