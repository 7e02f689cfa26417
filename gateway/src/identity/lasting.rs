//! Whether the guest of a cookie has become an account, or a guest with a session: then the cookie is worth nothing any
//! more, and only signing in opens what is there. Asked of auth-svc and believed for half a minute.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use kit::{ErrorKind, actor::Actor, clock::SharedClock, rpc::RequestId};
use moka::sync::Cache;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{Call, Refusal};
use crate::clients::Clients;

/// How long "still a guest" counts.
const FRESH: TimeDelta = TimeDelta::seconds(30);
/// How long it counts while auth-svc does not answer.
const STALE: TimeDelta = TimeDelta::minutes(15);
const KEPT: Duration = Duration::from_secs(900);
const MOST: u64 = 50_000;

pub(super) struct Lasting {
    clients: Clients,
    clock: SharedClock,
    known: Cache<Uuid, Arc<Mutex<Known>>>,
}

#[derive(Clone, Copy, Default)]
enum Known {
    #[default]
    Unknown,
    GuestSince(DateTime<Utc>),
    /// There is no way back.
    Lasting,
}

impl Lasting {
    pub(super) fn new(clients: Clients, clock: SharedClock) -> Self {
        Self {
            clients,
            clock,
            known: Cache::builder().max_capacity(MOST).time_to_idle(KEPT).build(),
        }
    }

    pub(super) async fn is_lasting(&self, guest: &Actor) -> Result<bool, Refusal> {
        let known = self.known.get_with(guest.user_id, Arc::default);
        let mut known = known.lock().await;
        let now = self.clock.now();
        match *known {
            Known::Lasting => return Ok(true),
            Known::GuestSince(at) if now < at + FRESH => return Ok(false),
            Known::GuestSince(_) | Known::Unknown => {}
        }

        let call = Call::of(guest.clone(), RequestId::random());
        let found = match self.clients.get_me(&call).await {
            Ok(_) => Known::Lasting,
            Err(problem) if matches!(problem.kind, ErrorKind::Unauthenticated | ErrorKind::NotFound) => {
                Known::GuestSince(now)
            }
            Err(problem) => {
                tracing::warn!(%problem, "a guest could not be checked");
                return match *known {
                    Known::GuestSince(at) if now < at + STALE => Ok(false),
                    _ => Err(Refusal::Unavailable),
                };
            }
        };

        *known = found;

        Ok(matches!(found, Known::Lasting))
    }

    pub(super) fn forget(&self, user: Uuid) {
        self.known.invalidate(&user);
    }
}
