//! The server half: verifies who asks, opens the span that all logs of the call hang on, and keeps the deadline.
//! Handlers read the result with [`actor_of`]; they never see an unverified actor.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tokio::time::{Instant, timeout_at};
use tonic::{Status, body::Body, service::Routes};
use tower::{BoxError, Layer, Service};
use tracing::Instrument;

use super::{EPHEMERAL_HEADER, REQUEST_ID_HEADER, RequestId, deadline};
use crate::{
    actor::{ACTOR_HEADER, Actor, ActorKey},
    clock::SharedClock,
    ephemeral::wipe_freed_memory,
};

/// Probes ask before anybody has an identity.
const EXEMPT: &str = "/grpc.health.v1.Health/";

/// `routes` behind an [`ActorLayer`]: what a service hands out, to a local channel and to a socket alike.
#[must_use]
pub fn guard(routes: Routes, key: ActorKey, clock: SharedClock) -> Routes {
    Routes::from(routes.into_axum_router().layer(ActorLayer::new(key, clock)))
}

/// The verified actor of a call. UNAUTHENTICATED when the service was not put behind [`guard`].
pub fn actor_of<T>(request: &tonic::Request<T>) -> Result<Actor, Status> {
    request.extensions().get::<Actor>().cloned().ok_or_else(unsigned)
}

/// The request id of a call; a fresh one when the caller sent none.
pub fn request_id_of<T>(request: &tonic::Request<T>) -> RequestId {
    request
        .extensions()
        .get::<RequestId>()
        .cloned()
        .unwrap_or_else(RequestId::random)
}

fn unsigned() -> Status {
    Status::unauthenticated("this service is called with a signed actor only")
}

/// Puts [`Actor`] and [`RequestId`] into the extensions of every request and refuses requests without a valid actor.
#[derive(Clone)]
pub struct ActorLayer {
    key: ActorKey,
    clock: SharedClock,
}

impl ActorLayer {
    #[must_use]
    pub fn new(key: ActorKey, clock: SharedClock) -> Self {
        Self { key, clock }
    }

    fn verify<B>(&self, request: &Request<B>) -> Result<Option<Actor>, Status> {
        if request.uri().path().starts_with(EXEMPT) {
            return Ok(None);
        }

        let value = request.headers().get(ACTOR_HEADER).ok_or_else(unsigned)?;
        match self
            .key
            .verify(value.as_bytes(), request.uri().path(), self.clock.now())
        {
            Ok(actor) => Ok(Some(actor)),
            Err(err) => {
                tracing::warn!(error = %err, path = request.uri().path(), "refused a call");
                Err(unsigned())
            }
        }
    }
}

impl<S> Layer<S> for ActorLayer {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded {
            inner,
            layer: self.clone(),
        }
    }
}

#[derive(Clone)]
pub struct Guarded<S> {
    inner: S,
    layer: ActorLayer,
}

impl<S, B, R> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>, Response = Response<R>, Error = Infallible>,
    S::Future: Send + 'static,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let actor = match self.layer.verify(&request) {
            Ok(actor) => actor,
            Err(status) => return Box::pin(std::future::ready(Ok(status.into_http()))),
        };
        let headers = request.headers();
        // Before the message is read: what is freed while it is taken from the wire is wiped, too.
        if headers.contains_key(EPHEMERAL_HEADER) {
            wipe_freed_memory();
        }

        let given = headers
            .get(REQUEST_ID_HEADER)
            .and_then(|value| value.to_str().ok())
            .and_then(RequestId::parse);
        let request_id = given.unwrap_or_else(RequestId::random);
        let method = request.uri().path();
        let span = tracing::info_span!(
            "rpc",
            method,
            request_id = request_id.as_str(),
            otel.name = method.trim_start_matches('/'),
            otel.kind = "server",
        );
        crate::telemetry::propagation::continue_trace(&span, headers);

        let until = deadline::granted(headers).map(|granted| Instant::now() + granted);

        request.extensions_mut().insert(request_id);

        if let Some(actor) = actor {
            request.extensions_mut().insert(actor);
        }

        let call = span.in_scope(|| self.inner.call(request));
        Box::pin(bounded(call, until).instrument(span))
    }
}

async fn bounded<F, R>(call: F, until: Option<Instant>) -> Result<Response<Body>, Infallible>
where
    F: Future<Output = Result<Response<R>, Infallible>>,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<BoxError>,
{
    let Some(until) = until else {
        return Ok(call.await?.map(Body::new));
    };
    match timeout_at(until, call).await {
        Ok(response) => Ok(response?.map(|body| Body::new(deadline::Bounded::new(Body::new(body), until)))),
        Err(_) => Ok(deadline::exceeded().into_http()),
    }
}
