//! The client half: every request to a service says who asks, under which request id, until when, and in which trace.

use std::time::Duration;

use tonic::{Request, metadata::MetadataValue};

use super::{REQUEST_ID_HEADER, RequestId};
use crate::{
    actor::{ACTOR_HEADER, Actor, ActorKey},
    clock::SharedClock,
};

/// Makes requests to services. One per process; cheap to clone.
#[derive(Clone)]
pub struct Caller {
    key: ActorKey,
    clock: SharedClock,
}

impl Caller {
    #[must_use]
    pub fn new(key: ActorKey, clock: SharedClock) -> Self {
        Self { key, clock }
    }

    /// `message` as a request of `actor`. `timeout` bounds the whole call, streams included; the server keeps it too.
    pub fn request<T>(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        timeout: Duration,
        message: T,
    ) -> Request<T> {
        let mut request = self.request_without_deadline(actor, request_id, message);
        request.set_timeout(timeout);
        request
    }

    /// For streams that last as long as somebody listens, such as watching a run.
    pub fn request_without_deadline<T>(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        message: T,
    ) -> Request<T> {
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        metadata.insert(ACTOR_HEADER, self.key.sign(actor, self.clock.now()));
        if let Ok(id) = MetadataValue::try_from(request_id.as_str()) {
            metadata.insert(REQUEST_ID_HEADER, id);
        }
        crate::telemetry::propagation::inject_metadata(metadata);
        request
    }
}
