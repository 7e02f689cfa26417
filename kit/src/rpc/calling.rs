//! The way to a service in somebody's name: a channel that signs who asks and sets request id, deadline and trace on each
//! call, and that doesn't wait for ever. A generated client made from it needs nothing else, so no rpc is written by hand.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use futures::future::BoxFuture;
use http::{HeaderValue, Request, Response};
use tokio::time::{Instant, timeout_at};
use tonic::body::Body;
use tower::{BoxError, Service, ServiceExt};

use super::{
    Caller, EPHEMERAL_HEADER, RequestId, RpcChannel, deadline,
    replicas::{OwnConnection, Streamed},
};
use crate::actor::Actor;

/// Time that a service has to say itself that its time is over, before we stop listening to it.
const GRACE: Duration = Duration::from_secs(1);

/// What the time of a call bounds.
#[derive(Clone, Copy)]
enum Bound {
    /// The call as a whole, a stream that follows included; the service is told.
    Whole(Duration),
    /// Only the wait for the answer to begin; the stream lasts as long as it lasts.
    Beginning(Duration),
}

/// A service as one caller sees it, for one request: `StoriesClient::new(calling)`. Cheap to clone.
///
/// A call that is dropped, or the stream that it answered with, stops the work behind it.
#[derive(Clone)]
pub struct Calling {
    channel: RpcChannel,
    caller: Caller,
    actor: Actor,
    request_id: RequestId,
    bound: Bound,
    streams: bool,
    ephemeral: bool,
}

impl Calling {
    /// Calls over `channel` in the name of `actor`, each of which may take `timeout` in all, streams included.
    #[must_use]
    pub const fn new(
        channel: RpcChannel,
        caller: Caller,
        actor: Actor,
        request_id: RequestId,
        timeout: Duration,
    ) -> Self {
        Self {
            channel,
            caller,
            actor,
            request_id,
            bound: Bound::Whole(timeout),
            streams: false,
            ephemeral: false,
        }
    }

    /// The same with another time for each call.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.bound = Bound::Whole(timeout);
        self
    }

    /// The same for streams that last as long as somebody listens, such as watching a run: what was the time of a call
    /// now bounds its beginning only, and the service is told of no deadline.
    #[must_use]
    pub const fn without_deadline(mut self) -> Self {
        let (Bound::Whole(timeout) | Bound::Beginning(timeout)) = self.bound;
        self.bound = Bound::Beginning(timeout);
        self
    }

    /// The same for calls that stream what they send: it goes on its way piece by piece, and a call is made once.
    #[must_use]
    pub const fn streaming(mut self) -> Self {
        self.streams = true;
        self
    }

    /// The same for calls of which nothing may stay behind. A service of this process keeps nothing of a call but what it frees and
    /// wipes; one of another process is asked over a connection that ends with the answer, because the buffers of a connection keep
    /// the last that went through them, at both of its ends. That costs a connection for each call, with TLS its handshake, too.
    #[must_use]
    pub const fn ephemeral(mut self) -> Self {
        self.ephemeral = true;
        self
    }

    /// Writes into the headers what the service must know of the caller.
    fn sign(&self, request: &mut Request<Body>) {
        let signed = match self.bound {
            Bound::Whole(timeout) => self.caller.request(&self.actor, &self.request_id, timeout, ()),
            Bound::Beginning(_) => self
                .caller
                .request_without_deadline(&self.actor, &self.request_id, ()),
        };
        let (metadata, _, ()) = signed.into_parts();

        request.headers_mut().extend(metadata.into_headers());
        self.caller.sign(&self.actor, request);
    }
}

impl Service<Request<Body>> for Calling {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Body>, BoxError>>;

    /// Always ready: a channel that isn't is waited for within the time of the call.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        self.sign(&mut request);
        if self.streams {
            request.extensions_mut().insert(Streamed);
        }
        if self.ephemeral {
            request.extensions_mut().insert(OwnConnection);
            let headers = request.headers_mut();
            headers.insert(EPHEMERAL_HEADER, HeaderValue::from_static("1"));
        }

        let answer = self.channel.clone().oneshot(request);
        let (bound, began) = (self.bound, Instant::now());

        Box::pin(async move {
            let (Bound::Whole(timeout) | Bound::Beginning(timeout)) = bound;
            let until = began + timeout + GRACE;
            let Ok(answer) = timeout_at(until, answer).await else {
                return Err(deadline::exceeded().into());
            };

            // A service that has answered may still go silent in the middle.
            match bound {
                Bound::Whole(_) => Ok(answer?.map(|body| Body::new(deadline::Bounded::new(body, until)))),
                Bound::Beginning(_) => answer,
            }
        })
    }
}
