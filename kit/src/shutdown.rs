//! How the process ends. First signal: take no new work, finish or hand back what is running. Second signal, or no
//! more patience: stop at once.

mod run_to_end;

pub use run_to_end::RunToEnd;

use std::{io, time::Duration};

use futures::{Stream, StreamExt};
use tokio::task::JoinHandle;
use tokio_util::{
    sync::CancellationToken,
    task::{AbortOnDropHandle, TaskTracker},
};

/// Runs `task` for as long as what it returns is kept: for work that serves one value and has nothing to finish when
/// that value goes. What has to be finished before the process ends belongs to [`Shutdown::spawn`].
#[must_use = "dropping it stops the task"]
#[expect(
    clippy::disallowed_methods,
    reason = "this is the way to spawn: the task isn't detached"
)]
pub fn spawn_owned<F>(task: F) -> AbortOnDropHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    AbortOnDropHandle::new(tokio::spawn(task))
}

/// Shared by everything that runs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shutdown {
    /// Cancelled at the first signal: take no new work.
    pub soft: CancellationToken,
    /// Cancelled at the second: stop what is running. Never cancelled without `soft`.
    pub hard: CancellationToken,
    /// Every task that the end has to wait for.
    pub tracker: TaskTracker,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}

impl Shutdown {
    #[must_use]
    pub fn new() -> Self {
        Self {
            soft: CancellationToken::new(),
            hard: CancellationToken::new(),
            tracker: TaskTracker::new(),
        }
    }

    /// Runs `task` so that [`finish`](Self::finish) waits for it.
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.tracker.spawn(task)
    }

    /// What the first signal does.
    pub fn stop(&self) {
        self.soft.cancel();
    }

    /// What the second signal does.
    pub fn stop_now(&self) {
        self.soft.cancel();
        self.hard.cancel();
    }

    /// Listens for SIGINT and SIGTERM (Ctrl-C elsewhere) from now on.
    #[expect(
        clippy::disallowed_methods,
        reason = "it tells the others to stop, so nobody tells it; a signal is heard to the very end"
    )]
    pub fn listen(&self) -> io::Result<()> {
        let signals = signals()?;
        tokio::spawn(self.clone().obey(signals));
        Ok(())
    }

    /// Takes each item as a signal; the seam for tests.
    async fn obey(self, signals: impl Stream<Item = &'static str> + Send) {
        let mut signals = std::pin::pin!(signals);
        while let Some(signal) = signals.next().await {
            if self.soft.is_cancelled() {
                tracing::warn!(signal, "stopping at once");
                return self.stop_now();
            }
            tracing::info!(signal, "stopping: no new work; signal again to stop at once");
            self.stop();
        }
    }

    /// Waits for the first signal, then for every tracked task, at most `patience` long; then stops them hard and
    /// gives them `patience / 4` to let go. True when all of them ended.
    pub async fn finish(&self, patience: Duration) -> bool {
        self.soft.cancelled().await;
        self.tracker.close();
        tokio::select! {
            () = self.tracker.wait() => return true,
            () = self.hard.cancelled() => {}
            () = tokio::time::sleep(patience) => tracing::warn!("work did not end in time; stopping it"),
        }
        self.hard.cancel();

        let ended = tokio::time::timeout(patience / 4, self.tracker.wait())
            .await
            .is_ok();
        if !ended {
            tracing::error!(tasks = self.tracker.len(), "tasks did not let go");
        }

        ended
    }
}

#[cfg(unix)]
fn signals() -> io::Result<impl Stream<Item = &'static str> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    // A file that grows beyond a limit of the process is the failure of one write, and not the end of everybody.
    let mut too_large = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?;
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(futures::stream::poll_fn(move |cx| {
        while let std::task::Poll::Ready(Some(())) = too_large.poll_recv(cx) {}
        if interrupt.poll_recv(cx).is_ready() {
            return std::task::Poll::Ready(Some("SIGINT"));
        }
        terminate.poll_recv(cx).map(|_| Some("SIGTERM"))
    }))
}

#[cfg(not(unix))]
fn signals() -> io::Result<impl Stream<Item = &'static str> + Send> {
    Ok(Box::pin(futures::stream::unfold((), |()| async {
        tokio::signal::ctrl_c().await.ok().map(|()| ("Ctrl-C", ()))
    })))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test ends with its tasks")]
mod tests {
    use tokio_stream::wrappers::UnboundedReceiverStream;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(3_600);

    fn signalled(shutdown: &Shutdown) -> tokio::sync::mpsc::UnboundedSender<&'static str> {
        let (send, receive) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(shutdown.clone().obey(UnboundedReceiverStream::new(receive)));
        send
    }

    #[tokio::test]
    async fn the_first_signal_lets_work_finish() {
        let shutdown = Shutdown::new();
        let signal = signalled(&shutdown);
        let (finish, work) = tokio::sync::oneshot::channel::<()>();
        let job = shutdown.spawn(async move { work.await.is_ok() });

        signal.send("SIGTERM").expect("heard");
        shutdown.soft.cancelled().await;

        assert!(!shutdown.hard.is_cancelled());

        finish.send(()).expect("still at work");
        assert!(shutdown.finish(PATIENCE).await);
        assert!(job.await.expect("no panic"), "the work was done, not cut off");
    }

    #[tokio::test]
    async fn the_second_signal_stops_work_at_once() {
        let shutdown = Shutdown::new();
        let signal = signalled(&shutdown);
        let hard = shutdown.hard.clone();
        shutdown.spawn(async move { hard.cancelled().await });
        signal.send("SIGINT").expect("heard");
        signal.send("SIGINT").expect("heard");
        assert!(shutdown.finish(PATIENCE).await);
    }

    #[tokio::test(start_paused = true)]
    async fn patience_ends() {
        let shutdown = Shutdown::new();
        let hard = shutdown.hard.clone();
        shutdown.spawn(async move { hard.cancelled().await });
        shutdown.stop();
        assert!(shutdown.finish(PATIENCE).await);
        assert!(shutdown.hard.is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_never_lets_go_does_not_hold_the_process() {
        let shutdown = Shutdown::new();
        shutdown.spawn(std::future::pending::<()>());
        shutdown.stop_now();
        assert!(!shutdown.finish(PATIENCE).await);
    }

    #[tokio::test]
    async fn an_owned_task_ends_with_its_owner() {
        let (held, gone) = tokio::sync::oneshot::channel::<()>();
        let owner = spawn_owned(async move {
            let _held = held;
            std::future::pending::<()>().await;
        });

        drop(owner);

        assert!(gone.await.is_err(), "dropped with the task");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn real_signals_are_heard() {
        let shutdown = Shutdown::new();
        shutdown.listen().expect("listens");

        let send = |name: &str| {
            let sent = std::process::Command::new("kill")
                .args([name, &std::process::id().to_string()])
                .status();
            assert!(sent.expect("kill runs").success());
        };

        send("-TERM");
        shutdown.soft.cancelled().await;
        send("-INT");
        shutdown.hard.cancelled().await;
    }
}
