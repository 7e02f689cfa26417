//! A story-svc for tests: it takes what is announced, or is away.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use proto::v1::{AnnounceEventRequest, AnnounceEventResponse, webhook_events_server::WebhookEvents};
use tonic::{Request, Response, Status};

use super::SERVICE;
use crate::rpc::actor_of;

/// Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct FakeWebhooks {
    told: Arc<Mutex<Vec<AnnounceEventRequest>>>,
    /// Nothing is taken.
    pub away: Arc<AtomicBool>,
}

impl FakeWebhooks {
    fn lock(&self) -> MutexGuard<'_, Vec<AnnounceEventRequest>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was announced since this was asked last.
    #[must_use]
    pub fn take(&self) -> Vec<AnnounceEventRequest> {
        std::mem::take(&mut *self.lock())
    }
}

#[tonic::async_trait]
impl WebhookEvents for FakeWebhooks {
    async fn announce_event(
        &self,
        request: Request<AnnounceEventRequest>,
    ) -> Result<Response<AnnounceEventResponse>, Status> {
        assert!(actor_of(&request)?.has_scope(SERVICE), "services tell it");
        if self.away.load(Ordering::SeqCst) {
            return Err(Status::unavailable("away"));
        }
        self.lock().push(request.into_inner());

        Ok(Response::new(AnnounceEventResponse { deliveries: 1 }))
    }
}
