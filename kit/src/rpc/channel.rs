//! `RpcChannel`: what a generated client is made from. Local calls run the server's own code without a socket and
//! without a task of their own, so that dropping the call drops the work.

use std::{
    convert::Infallible,
    fmt,
    panic::AssertUnwindSafe,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use futures::{FutureExt, TryFutureExt, future::BoxFuture};
use http::{Request, Response};
use tonic::{Status, body::Body, service::Routes};
use tower::{BoxError, Service, ServiceExt, util::BoxCloneSyncService};

use super::{caller::sign_actor, replicas::Replicas, tls::RpcTls};

#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    #[error("`{uri}` is not the address of a service; expected something like http://10.0.0.5:8090")]
    Uri {
        uri: String,
        #[source]
        source: tonic::transport::Error,
    },
    #[error("`{uri}` is not encrypted, but `rpc.tls` is set; expected something like https://10.0.0.5:8090")]
    InClear { uri: String },
    #[error("TLS could not be set up for `{uri}`")]
    Tls {
        uri: String,
        #[source]
        source: tonic::transport::Error,
    },
}

/// A way to a service. Cheap to clone; give each generated client its own clone.
#[derive(Clone)]
pub struct RpcChannel(BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>);

impl fmt::Debug for RpcChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RpcChannel")
    }
}

impl RpcChannel {
    /// A service of this process. Pass guarded routes ([`super::guard`]), the same ones that a socket would serve.
    #[must_use]
    pub fn local(routes: Routes) -> Self {
        Self(BoxCloneSyncService::new(Local(routes.prepare())))
    }

    /// For tests of what a caller does when a service misbehaves: whatever `service` answers.
    #[cfg(test)]
    pub(super) fn through<S>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = BoxError>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        Self(BoxCloneSyncService::new(service))
    }

    /// A service that is built later, for services that call one another: the channel is handed out at once, and
    /// answers UNAVAILABLE until [`Later::is`] says what it leads to.
    #[must_use]
    pub fn later() -> (Self, Later) {
        let later = Later::default();
        (Self(BoxCloneSyncService::new(Deferred(later.clone()))), later)
    }

    /// A service of other processes, at one address or at several, separated by commas; a name may stand for several, too.
    /// Calls go to them in turn. It connects when first used and again when a connection is lost; a call that
    /// reached nobody, or that only reads, is made again (see `replicas`). With `tls` both sides show who they are.
    pub fn remote(addresses: &str, tls: Option<&RpcTls>) -> Result<Self, ChannelError> {
        Ok(Self(BoxCloneSyncService::new(Replicas::reach(addresses, tls)?)))
    }
}

impl Service<Request<Body>> for RpcChannel {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Body>, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        sign_actor(&mut request);
        self.0.call(request)
    }
}

/// The other end of [`RpcChannel::later`].
#[derive(Clone, Debug, Default)]
pub struct Later(Arc<OnceLock<RpcChannel>>);

impl Later {
    /// Where the channel leads from now on. Only the first call counts.
    pub fn is(&self, channel: RpcChannel) {
        // A second call would be a mistake in the wiring; the channel then goes on leading to the first.
        let _ = self.0.set(channel);
    }
}

#[derive(Clone)]
struct Deferred(Later);

impl Service<Request<Body>> for Deferred {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Body>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        match self.0.0.get().cloned() {
            Some(channel) => Box::pin(channel.oneshot(request)),
            None => Box::pin(std::future::ready(Ok(Status::unavailable(
                "the service is not there yet",
            )
            .into_http()))),
        }
    }
}

/// Routes called directly. A panic of a handler stays with its call, as it would behind a socket.
#[derive(Clone)]
struct Local(Routes);

impl Service<Request<Body>> for Local {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Body>, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Service::<Request<Body>>::poll_ready(&mut self.0, cx).map_err(|never: Infallible| match never {})
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let call = self.0.call(request).map_err(|never: Infallible| match never {});
        Box::pin(
            AssertUnwindSafe(call)
                .catch_unwind()
                .map(|outcome| match outcome {
                    Ok(response) => response,
                    Err(_) => {
                        tracing::error!("a handler panicked");
                        Ok(Status::internal("").into_http())
                    }
                }),
        )
    }
}
