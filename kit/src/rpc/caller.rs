//! The client half: every request to a service says who asks, under which request id, until when, and in which trace.

use std::time::Duration;

use tonic::{Request, metadata::MetadataValue};

use super::{REQUEST_ID_HEADER, RequestId};
use crate::{
    actor::{ACTOR_HEADER, Actor, ActorKey},
    clock::SharedClock,
};

/// Who asks, before the channel that a request goes through signs it: only there it is known what is asked for.
#[derive(Clone)]
struct UnsignedActor {
    caller: Caller,
    actor: Actor,
}

/// Signs who asks, as a [`Caller`] has noted it.
pub(super) fn sign_actor<B>(request: &mut http::Request<B>) {
    if let Some(UnsignedActor { caller, actor }) = request.extensions_mut().remove() {
        caller.sign(&actor, request);
    }
}

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

    pub(super) fn sign<B>(&self, actor: &Actor, request: &mut http::Request<B>) {
        let signed = self.key.sign(actor, request.uri().path(), self.clock.now());
        // The same text, as HTTP calls it.
        if let Ok(value) = http::HeaderValue::from_bytes(signed.as_bytes()) {
            request.headers_mut().insert(ACTOR_HEADER, value);
        }
    }

    /// For streams that last as long as somebody listens, such as watching a run.
    pub fn request_without_deadline<T>(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        message: T,
    ) -> Request<T> {
        let mut request = Request::new(message);
        request.extensions_mut().insert(UnsignedActor {
            caller: self.clone(),
            actor: actor.clone(),
        });
        let metadata = request.metadata_mut();
        if let Ok(id) = MetadataValue::try_from(request_id.as_str()) {
            metadata.insert(REQUEST_ID_HEADER, id);
        }
        crate::telemetry::propagation::inject_metadata(metadata);
        request
    }
}
