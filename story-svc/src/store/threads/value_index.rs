//! The newest values of threads, as far as they are written down to be searched.

use kit::db::{DbError, ScopedDb};
use kit::{on, on_write};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{COLUMNS, ThreadRow, write_head};
use crate::domain::thread::{ThreadHead, ThreadRecord};

/// An owner's threads whose written values are not those where they stand, the newest first.
pub(crate) async fn list_unindexed(
    db: &ScopedDb,
    owner: Uuid,
    most: u32,
) -> Result<Vec<ThreadRecord>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM threads WHERE owner_id = $1 AND (head_run IS NOT NULL OR head_state IS NOT NULL) \
         AND (shown IS NULL OR shown_state IS DISTINCT FROM head_state OR (head_state IS NULL \
         AND (shown_run IS DISTINCT FROM head_run OR shown_step IS DISTINCT FROM coalesce(head_step, \
         (SELECT max(c.step) FROM checkpoints c WHERE c.run_id = head_run), \
         (SELECT r.first_step FROM runs r WHERE r.id = head_run))))) \
         ORDER BY created_at DESC, id DESC LIMIT $2"
    );
    let rows: Vec<ThreadRow> = on!(db, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(owner)
        .bind(i64::from(most))
        .fetch_all(c)
        .await)?;

    rows.into_iter().map(ThreadRecord::try_from).collect()
}

/// Writes down the values of a place where the thread stands, or stood just now.
pub(crate) async fn write_index(
    db: &ScopedDb,
    (id, owner): (Uuid, Uuid),
    place: ThreadHead,
    fields: &str,
) -> Result<(), DbError> {
    let (run, step, state) = write_head(place);
    let sql = "UPDATE threads SET shown = $3, shown_run = $4, shown_step = $5, shown_state = $6 \
               WHERE id = $1 AND owner_id = $2";
    on_write!(db, c => sqlx::query(sql)
        .bind(id)
        .bind(owner)
        .bind(fields)
        .bind(run)
        .bind(step)
        .bind(state)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}
