//! Gives back what calls held whose callers did not come back, and tells alerts of budgets.

use std::time::Duration;

use kit::error::Chain;
use tokio_util::sync::CancellationToken;

use crate::domain::{alerting::Alerting, spending::SpendBook};

/// Ready to run. Nothing happens before [`SpendSweeper::run`].
pub struct SpendSweeper {
    pub(crate) spending: SpendBook,
    pub(crate) alerting: Alerting,
    pub(crate) interval: Duration,
}

impl SpendSweeper {
    /// Works until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut look = tokio::time::interval(self.interval);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = look.tick() => {}
            }

            if let Err(error) = self.alerting.run_once().await {
                tracing::warn!(causes = %Chain(&error), "alerts of budgets wait");
            }
            match self.spending.sweep().await {
                Ok(0) => {}
                Ok(calls) => tracing::warn!(calls, "calls were reserved and never settled"),
                Err(error) => tracing::warn!(causes = %Chain(&error), "reservations were not looked through"),
            }
        }
    }
}
