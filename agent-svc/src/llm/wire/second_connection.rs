//! Patience before a chat makes another connection to its provider: the one that it has is free in a moment, when the last bytes of the
//! answer before are read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use tower::{BoxError, Layer, Service};

/// How long: the end of an answer follows its last event at once, and a handshake with a provider far away takes longer.
const PATIENCE: Duration = Duration::from_millis(20);

/// Of one client. Its first connection is made at once.
#[derive(Clone, Default)]
pub(super) struct PatientLayer {
    has_connected: Arc<AtomicBool>,
}

#[derive(Clone)]
pub(super) struct Patient<S> {
    connector: S,
    has_connected: Arc<AtomicBool>,
}

impl<S> Layer<S> for PatientLayer {
    type Service = Patient<S>;

    fn layer(&self, connector: S) -> Patient<S> {
        Patient {
            connector,
            has_connected: Arc::clone(&self.has_connected),
        }
    }
}

impl<S, R> Service<R> for Patient<S>
where
    S: Service<R, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<S::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, target: R) -> Self::Future {
        let is_first = !self.has_connected.swap(true, Ordering::Relaxed);
        let connecting = self.connector.call(target);

        Box::pin(async move {
            if !is_first {
                let asker = tokio::task::try_id();
                tokio::time::sleep(PATIENCE).await;
                // A call that found its connection meanwhile leaves this to a task of its own, which has nothing to do any more.
                if tokio::task::try_id() != asker {
                    return Err("nobody waits for this connection any more".into());
                }
            }

            connecting.await
        })
    }
}
