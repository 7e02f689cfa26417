//! Begins runs of threads whose turn has come. Any number of processes may do so at once.

use std::time::Duration;

use kit::error::Chain;
use tokio_util::sync::CancellationToken;

use super::Threads;
use crate::domain::polling::look_until;
use crate::error::StoryError;
use crate::store::threads as store;

/// Threads looked at in one go.
const WAITING_AT_ONCE: i64 = 500;

/// Looks for threads in which something is to begin until it is told to stop.
#[derive(Clone)]
pub(crate) struct ThreadDispatcher {
    pub(crate) threads: Threads,
    /// Between two looks.
    pub(crate) poll: Duration,
}

impl ThreadDispatcher {
    pub(crate) async fn run(self, stop: CancellationToken) {
        look_until(stop, self.poll, "threads wait for the database", || {
            self.advance_waiting()
        })
        .await;
    }

    async fn advance_waiting(&self) -> Result<(), StoryError> {
        let workflows = &self.threads.workflows;
        let now = workflows.clock.now();
        for (thread, owner) in store::find_waiting(&workflows.db.system(), now, WAITING_AT_ONCE).await? {
            // One that can not go on does not keep the others from it.
            if let Err(error) = self.threads.advance(thread, owner, None).await {
                tracing::warn!(%thread, error = %Chain(&error), "a thread waits for another look");
            }
        }

        Ok(())
    }
}
