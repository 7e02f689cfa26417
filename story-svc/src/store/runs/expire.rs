//! Deletes history that nobody asked to keep: intermediate checkpoints and left-over effects of runs that ended long
//! ago. What the newest checkpoint is read through stays.

use chrono::{DateTime, Duration, Utc};
use flow::store::{Expired, Retention, StoreError};
use kit::db::ScopedDb;
use kit::{on, on_tx};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::store::ids;

use super::rows::failed;

/// Runs at a time: no transaction holds the writer for long.
const RUNS: i64 = 100;

pub(super) async fn expire(
    db: &ScopedDb,
    retention: Retention,
    now: DateTime<Utc>,
) -> Result<Expired, StoreError> {
    let before = now - retention.max_age;
    let over = find_over(db, now).await?;
    let mut tx = db.begin_write().await.map_err(failed)?;
    let sql = format!(
        "UPDATE runs SET trimmed = TRUE WHERE id IN (SELECT id FROM runs WHERE ended_at < $1 AND NOT trimmed \
         AND ttl_seconds IS NULL ORDER BY ended_at LIMIT $2) \
         OR (NOT trimmed AND id IN (SELECT id FROM {} over)) RETURNING id",
        ids::rows(db.db(), "$3")
    );
    let runs: Vec<Uuid> = on_tx!(&mut tx, c => sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(before).bind(RUNS).bind(ids::list(&over)).fetch_all(c).await)
    .map_err(failed)?;
    let mut expired = Expired {
        more: runs.len() as i64 >= RUNS,
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

/// Some runs that ended longer ago than they themselves say.
async fn find_over(db: &ScopedDb, now: DateTime<Utc>) -> Result<Vec<Uuid>, StoreError> {
    let sql = "SELECT id, ended_at, ttl_seconds FROM runs \
               WHERE ended_at IS NOT NULL AND NOT trimmed AND ttl_seconds IS NOT NULL ORDER BY ended_at LIMIT $1";
    let rows: Vec<(Uuid, DateTime<Utc>, i64)> =
        on!(db, c => sqlx::query_as(sql).bind(10 * RUNS).fetch_all(c).await).map_err(failed)?;
    let over = rows
        .into_iter()
        .filter(|(_, ended, ttl)| *ended + Duration::seconds(*ttl) < now);

    Ok(over.map(|(id, ..)| id).take(RUNS as usize).collect())
}
