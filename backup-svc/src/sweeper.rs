//! Works behind everybody's back: gives up uploads whose process died, deletes what no rule of its owner keeps, and compares what is
//! stored with what is known.

use std::{sync::Arc, time::Duration};

use kit::error::Chain;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{
        objects::{Comparison, Objects},
        resumable::ResumableUploads,
        retention::{Retention, RetentionPass},
    },
    error::BackupError,
};

/// Ready to run. Nothing happens before [`BackupSweeper::run`].
pub struct BackupSweeper {
    pub(crate) objects: Objects,
    pub(crate) uploads: Arc<ResumableUploads>,
    pub(crate) retention: Retention,
    pub(crate) sweep_interval: Duration,
    pub(crate) compare_interval: Duration,
    pub(crate) retention_interval: Duration,
}

impl BackupSweeper {
    /// Works until `stop`. What is under way then is done by the next process.
    pub async fn run(self, stop: CancellationToken) {
        let mut sweep = tokio::time::interval(self.sweep_interval);
        let mut compare = tokio::time::interval(self.compare_interval);
        let mut retain = tokio::time::interval(self.retention_interval);

        loop {
            let done = tokio::select! {
                () = stop.cancelled() => return,
                _ = sweep.tick() => self.give_up().await,
                _ = retain.tick() => self.retain().await,
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

    async fn retain(&self) -> Result<(), BackupError> {
        let RetentionPass { deleted, told } = self.retention.run_once().await?;
        if deleted + told > 0 {
            tracing::info!(
                deleted,
                told,
                "backups that no rule keeps were deleted, and devices without one told"
            );
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
