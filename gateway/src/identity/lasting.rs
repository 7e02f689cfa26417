//! Whether the guest of a cookie has become an account, or a guest with a session: then the cookie is worth nothing any
//! more, and only signing in opens what is there. Asked of auth-svc and believed for half a minute.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use kit::{ErrorKind, Problem, actor::Actor, clock::SharedClock, rpc::RequestId};
use moka::sync::Cache;
use proto::v1::GetMeRequest;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::Refusal;
use crate::services::Services;

/// How long "still a guest" counts.
const FRESH: TimeDelta = TimeDelta::seconds(30);
/// How long it counts while auth-svc does not answer.
const STALE: TimeDelta = TimeDelta::minutes(15);
const KEPT: Duration = Duration::from_secs(900);
const MOST: u64 = 50_000;

pub(super) struct Lasting {
    services: Services,
    clock: SharedClock,
    known: Cache<Uuid, Arc<Mutex<CachedGuest>>>,
}

#[derive(Clone, Copy, Default)]
enum CachedGuest {
    #[default]
    Unknown,
    GuestSince(DateTime<Utc>),
    /// There is no way back.
    Lasting,
}

impl Lasting {
    pub(super) fn new(services: Services, clock: SharedClock) -> Self {
        Self {
            services,
            clock,
            known: Cache::builder().max_capacity(MOST).time_to_idle(KEPT).build(),
        }
    }

    pub(super) async fn is_lasting(&self, guest: &Actor) -> Result<bool, Refusal> {
        let known = self.known.get_with(guest.user_id, Arc::default);
        let mut known = known.lock().await;
        let now = self.clock.now();
        match *known {
            CachedGuest::Lasting => return Ok(true),
            CachedGuest::GuestSince(at) if now < at + FRESH => return Ok(false),
            CachedGuest::GuestSince(_) | CachedGuest::Unknown => {}
        }

        let asker = (guest.clone(), RequestId::random());
        let answer = self.services.accounts(&asker).get_me(GetMeRequest {}).await;
        let found = match answer.map_err(|status| Problem::from_status(&status)) {
            Ok(_) => CachedGuest::Lasting,
            Err(problem) if matches!(problem.kind, ErrorKind::Unauthenticated | ErrorKind::NotFound) => {
                CachedGuest::GuestSince(now)
            }
            Err(problem) => {
                tracing::warn!(%problem, "a guest could not be checked");
                return match *known {
                    CachedGuest::GuestSince(at) if now < at + STALE => Ok(false),
                    _ => Err(Refusal::Unavailable),
                };
            }
        };

        *known = found;

        Ok(matches!(found, CachedGuest::Lasting))
    }

    pub(super) fn forget(&self, user: Uuid) {
        self.known.invalidate(&user);
    }
}
