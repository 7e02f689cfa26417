//! Numbers about the queue, for metrics.

use chrono::{DateTime, Utc};
use flow::RunStatus;
use kit::db::Db;
use kit::on;

use crate::error::StoryError;

const ACTIVE: [RunStatus; 4] = [
    RunStatus::Queued,
    RunStatus::Running,
    RunStatus::WaitingForInput,
    RunStatus::Cancelling,
];

pub(crate) struct Gauges {
    db: Db,
}

pub(crate) struct Reading {
    /// Runs that have not ended, by status; every status is named, also with none.
    pub(crate) active: Vec<(RunStatus, f64)>,
    /// How long the oldest run that could be worked on has waited; 0 when none waits.
    pub(crate) oldest_queued_seconds: f64,
}

impl Gauges {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    pub(crate) async fn read(&self, now: DateTime<Utc>) -> Result<Reading, StoryError> {
        let counts = "SELECT status, COUNT(*) FROM runs \
                      WHERE status IN ('queued', 'running', 'waiting_for_input', 'cancelling') GROUP BY status";
        let counts: Vec<(String, i64)> =
            on!(self.db.system(), c => sqlx::query_as(counts).fetch_all(c).await)
                .map_err(|error| StoryError::Database(error.into()))?;
        let oldest = "SELECT MIN(lease_until) FROM runs WHERE status = 'queued' AND lease_until <= $1";
        let oldest: Option<DateTime<Utc>> =
            on!(self.db.system(), c => sqlx::query_scalar(oldest).bind(now).fetch_one(c).await)
                .map_err(|error| StoryError::Database(error.into()))?;
        let count = |status: RunStatus| {
            counts
                .iter()
                .find(|(name, _)| name == status.as_str())
                .map_or(0, |(_, count)| *count)
        };
        #[expect(clippy::cast_precision_loss, reason = "a number of runs, for a gauge")]
        let active = ACTIVE.map(|status| (status, count(status) as f64)).to_vec();
        let waited = oldest
            .and_then(|since| (now - since).to_std().ok())
            .unwrap_or_default();

        Ok(Reading {
            active,
            oldest_queued_seconds: waited.as_secs_f64(),
        })
    }
}
