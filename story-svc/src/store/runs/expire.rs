//! Deletes history that nobody asked to keep: intermediate checkpoints and left-over effects of runs that ended long
//! ago. What the newest checkpoint is read through stays.

use chrono::{DateTime, Utc};
use flow::store::{Expired, Retention, StoreError};
use kit::db::ScopedDb;
use kit::on_tx;
use uuid::Uuid;

use super::rows::failed;

/// Runs at a time: no transaction holds the writer for long.
const RUNS: i64 = 100;

pub(super) async fn expire(
    db: &ScopedDb,
    retention: Retention,
    now: DateTime<Utc>,
) -> Result<Expired, StoreError> {
    let before = now - retention.max_age;
    let mut tx = db.begin_write().await.map_err(failed)?;
    let sql = "UPDATE runs SET trimmed = TRUE WHERE id IN (SELECT id FROM runs WHERE ended_at < $1 AND NOT trimmed \
               ORDER BY ended_at LIMIT $2) RETURNING id";
    let runs: Vec<Uuid> =
        on_tx!(&mut tx, c => sqlx::query_scalar(sql).bind(before).bind(RUNS).fetch_all(c).await)
            .map_err(failed)?;
    let mut expired = Expired {
        more: runs.len() as i64 == RUNS,
        ..Expired::default()
    };

    for run in runs {
        let sql = "DELETE FROM checkpoints WHERE run_id = $1 AND step < \
                   (SELECT base FROM checkpoints WHERE run_id = $1 ORDER BY step DESC LIMIT 1) RETURNING spilled";
        let gone: Vec<Option<String>> =
            on_tx!(&mut tx, c => sqlx::query_scalar(sql).bind(run).fetch_all(c).await).map_err(failed)?;
        expired.checkpoints += gone.len() as u64;
        expired.spilled.extend(gone.into_iter().flatten());
        let sql = "DELETE FROM effects WHERE run_id = $1";
        on_tx!(&mut tx, c => sqlx::query(sql).bind(run).execute(c).await.map(drop)).map_err(failed)?;
    }

    tx.commit().await.map_err(failed)?;

    Ok(expired)
}
