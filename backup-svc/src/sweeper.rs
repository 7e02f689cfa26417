//! Works behind everybody's back: gives up uploads whose process died, and compares what is stored with what is known.

use std::{sync::Arc, time::Duration};

use kit::error::Chain;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{
        objects::{Comparison, Objects},
        resumable::ResumableUploads,
    },
    error::BackupError,
};

/// Ready to run. Nothing happens before [`BackupSweeper::run`].
pub struct BackupSweeper {
    pub(crate) objects: Objects,
    pub(crate) uploads: Arc<ResumableUploads>,
    pub(crate) sweep_interval: Duration,
    pub(crate) compare_interval: Duration,
}

impl BackupSweeper {
    /// Works until `stop`. What is under way then is done by the next process.
    pub async fn run(self, stop: CancellationToken) {
        let mut sweep = tokio::time::interval(self.sweep_interval);
        let mut compare = tokio::time::interval(self.compare_interval);

        loop {
            let done = tokio::select! {
                () = stop.cancelled() => return,
                _ = sweep.tick() => self.give_up().await,
                _ = compare.tick() => self.objects.compare().await.map(tell),
            };
            if let Err(error) = done {
                tracing::warn!(causes = %Chain(&error), "not all backups were looked after");
            }
        }
    }
}

impl BackupSweeper {
    /// Uploads that can go on first: what they hold is theirs.
    async fn give_up(&self) -> Result<(), BackupError> {
        let given_up = self.uploads.sweep().await? + self.objects.sweep().await?;
        if given_up > 0 {
            tracing::info!(given_up, "uploads that broke off were cleaned up");
        }

        Ok(())
    }
}

fn tell(found: Comparison) {
    let Comparison {
        objects,
        without_row,
        without_object,
    } = found;
    tracing::info!(objects, without_row, without_object, "backups were compared");
}
