//! A story-svc that takes what is announced, or is away.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use proto::v1::{AnnounceEventRequest, AnnounceEventResponse, webhook_events_server::WebhookEvents};
use tonic::{Request, Response, Status};

#[derive(Clone, Default)]
pub(super) struct FakeWebhooks {
    told: Arc<Mutex<Vec<AnnounceEventRequest>>>,
    pub(super) away: Arc<AtomicBool>,
}

impl FakeWebhooks {
    /// What was announced since this was asked last.
    pub(super) fn take(&self) -> Vec<AnnounceEventRequest> {
        std::mem::take(&mut *self.told.lock().unwrap())
    }
}

#[tonic::async_trait]
impl WebhookEvents for FakeWebhooks {
    async fn announce_event(
        &self,
        request: Request<AnnounceEventRequest>,
    ) -> Result<Response<AnnounceEventResponse>, Status> {
        assert!(kit::rpc::actor_of(&request)?.has_scope("service"));
        if self.away.load(Ordering::SeqCst) {
            return Err(Status::unavailable("away"));
        }
        self.told.lock().unwrap().push(request.into_inner());

        Ok(Response::new(AnnounceEventResponse { deliveries: 1 }))
    }
}
