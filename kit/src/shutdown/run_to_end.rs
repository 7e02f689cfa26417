//! Work that belongs to whoever waits for it and still comes to its end when they don't: it runs where it is awaited, so that
//! nothing goes from one thread to another for its every step, and goes on in a task of its own once it is dropped.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use tokio::runtime::Handle;
use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};

use super::Shutdown;

impl Shutdown {
    /// Runs `work` where the answer is awaited; when that is dropped before its end, even before its beginning, `work` goes on in a task
    /// of its own. [`finish`](Self::finish) waits for it from now on.
    pub fn run_to_end<F>(&self, work: F) -> RunToEnd<F>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        RunToEnd {
            work: Some(Box::pin(work)),
            _counted: self.tracker.token(),
            tracker: self.tracker.clone(),
        }
    }
}

/// Made by [`Shutdown::run_to_end`].
#[must_use = "it runs where it is awaited"]
pub struct RunToEnd<F>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    /// None once it has ended, and while it is polled: what panics does not go on.
    work: Option<Pin<Box<F>>>,
    tracker: TaskTracker,
    _counted: TaskTrackerToken,
}

impl<F> Future for RunToEnd<F>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Some(mut work) = self.work.take() else {
            return Poll::Pending;
        };

        let polled = work.as_mut().poll(cx);
        if polled.is_pending() {
            self.work = Some(work);
        }
        polled
    }
}

impl<F> Drop for RunToEnd<F>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    fn drop(&mut self) {
        // Without a runtime the process is at its end.
        if let (Some(work), Ok(_)) = (self.work.take(), Handle::try_current()) {
            drop(self.tracker.spawn(work));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::FutureExt;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn it_runs_where_it_is_awaited() {
        let shutdown = Shutdown::new();
        assert_eq!(shutdown.run_to_end(async { 7 }).await, 7);
        assert!(shutdown.tracker.is_empty());
    }

    #[tokio::test]
    async fn it_goes_on_when_nobody_awaits_it_any_more_and_the_end_waits_for_it() {
        for polls in [0, 1] {
            let shutdown = Shutdown::new();
            let (go_on, wait) = oneshot::channel();
            let (tell, told) = oneshot::channel();
            let mut work = shutdown.run_to_end(async move {
                wait.await.unwrap();
                tell.send(7).unwrap();
            });
            for _ in 0..polls {
                assert_eq!((&mut work).now_or_never(), None);
            }
            drop(work);

            shutdown.stop();
            let patience = Duration::from_secs(3_600);
            assert_eq!(shutdown.finish(patience).now_or_never(), None);
            go_on.send(()).unwrap();
            assert_eq!(told.await, Ok(7));
            assert!(shutdown.finish(patience).await);
        }
    }

    #[tokio::test]
    async fn what_has_panicked_does_not_go_on() {
        let shutdown = Shutdown::new();
        let work = shutdown.run_to_end(async { panic!("as a test wants it") });
        let outcome = std::panic::AssertUnwindSafe(work).catch_unwind().await;
        assert!(outcome.is_err());
        assert!(shutdown.tracker.is_empty());
    }
}
