//! The workbench for what keeps a processor busy: at most one piece per processor at a time, on threads of their own,
//! so that everybody else is still answered quickly.

use std::sync::Arc;

use kit::ephemeral::{hush_panics, is_hushed};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::error::AgentError;

/// Cheap to clone; clones share the places.
#[derive(Clone)]
pub(crate) struct BlockingPool(Arc<Semaphore>);

impl BlockingPool {
    /// One place per processor, and at least one.
    pub(crate) fn new() -> Self {
        Self::with(std::thread::available_parallelism().map_or(1, usize::from))
    }

    fn with(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places)))
    }

    /// Does the work when a place is free, hushed where its caller is. When the future is dropped, the token that the work got is cancelled; its
    /// place is free once it has really ended.
    ///
    /// # Errors
    /// [`AgentError::Broken`] when the work panics.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&CancellationToken) -> T + Send + 'static,
    ) -> Result<T, AgentError> {
        let place = Arc::clone(&self.0)
            .acquire_owned()
            .await
            .map_err(|_| AgentError::Broken)?;
        let cancel = CancellationToken::new();
        let _stop = cancel.clone().drop_guard();
        let span = tracing::Span::current();
        let is_hushed = is_hushed();
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            span.in_scope(|| match is_hushed {
                true => hush_panics(|| work(&cancel)),
                false => work(&cancel),
            })
        });

        done.await.map_err(|_| {
            // Why is in the log, by the panic itself; here it would quote what it worked on.
            tracing::error!("work on a thread broke down");
            AgentError::Broken
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn dropping_the_work_cancels_it_and_its_place_is_free_again() {
        let bench = BlockingPool::with(1);
        let (started, begun) = tokio::sync::oneshot::channel();
        let (ended, end) = mpsc::channel();
        let work = bench.run(move |cancel| {
            let _ = started.send(());
            while !cancel.is_cancelled() {
                std::thread::yield_now();
            }
            ended.send(()).expect("the test waits");
        });

        tokio::select! {
            _ = work => panic!("the work ends only when it is cancelled"),
            _ = begun => {}
        }

        assert_eq!(bench.run(|_| 7).await.unwrap(), 7);

        end.recv().unwrap();
    }

    #[tokio::test]
    async fn work_that_panics_is_an_error_and_the_bench_stays_usable() {
        let bench = BlockingPool::with(1);
        let broken = bench.run(|_| -> u8 { panic!("on purpose") }).await;
        assert!(matches!(broken, Err(AgentError::Broken)));
        assert_eq!(bench.run(|_| 7).await.unwrap(), 7);
    }
}
