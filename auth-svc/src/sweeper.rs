//! Forgets what is over: sessions, states and counts that nobody can use any more.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use kit::error::Chain;
use tokio_util::sync::CancellationToken;

use crate::domain::core::Core;
use crate::error::AuthError;
use crate::store::{oauth_states, sessions, throttles};

/// How long an ended session is kept: long enough to recognise its tokens when they come again.
const ENDED: TimeDelta = TimeDelta::days(30);
/// The longest time that any count is remembered for.
const COUNTED: TimeDelta = TimeDelta::days(2);
/// Between two clean-ups.
const CLEAN: Duration = Duration::from_secs(600);

/// Ready to run. Nothing happens before [`AuthSweeper::run`].
pub struct AuthSweeper {
    core: Arc<Core>,
}

impl AuthSweeper {
    pub(crate) const fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Works until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut clean = tokio::time::interval(CLEAN);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = clean.tick() => {
                    if let Err(error) = self.clean().await {
                        tracing::warn!(causes = %Chain(&error), "what is over was not forgotten");
                    }
                }
            }
        }
    }

    pub(crate) async fn clean(&self) -> Result<(), AuthError> {
        let now = self.core.clock.now();
        let mut tx = self.core.db.begin_write().await?;
        sessions::clean(&mut tx, now - ENDED, now).await?;
        oauth_states::clean(&mut tx, now).await?;
        throttles::clean(&mut tx, now - COUNTED).await?;
        Ok(tx.commit().await?)
    }
}
