//! Changes of books, each with how the book was before it.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx};
use uuid::Uuid;

use super::rows::read_json;
use super::write_json;
use crate::domain::book::{BookBefore, BookChange, BookKey};

/// Changes of one book that can be taken back.
const KEPT: i64 = 20;

/// Notes what a run is about to change, once for each run. The oldest are forgotten.
pub(crate) async fn insert_change(
    tx: &mut WriteTx,
    of: BookKey,
    what: &str,
    before: &BookBefore,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO fiction_changes (story_id, number, owner_id, run_id, what, before, created_at) \
               SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5, $6 FROM fiction_changes WHERE story_id = $1 \
               HAVING COUNT(CASE WHEN run_id = $3 THEN 1 END) = 0";
    let before = write_json(before)?;
    on_tx!(tx, c => sqlx::query(sql)
        .bind(of.story)
        .bind(of.owner)
        .bind(of.run)
        .bind(what)
        .bind(before)
        .bind(at)
        .execute(c)
        .await
        .map(drop))?;

    let sql = "DELETE FROM fiction_changes WHERE story_id = $1 AND number <= \
               (SELECT MAX(number) FROM fiction_changes WHERE story_id = $1) - $2";
    on_tx!(tx, c => sqlx::query(sql).bind(of.story).bind(KEPT).execute(c).await.map(drop))?;

    Ok(())
}

/// The newest first.
pub(crate) async fn list_changes(db: &ScopedDb, story: Uuid) -> Result<Vec<BookChange>, DbError> {
    let sql = "SELECT number, what, created_at FROM fiction_changes WHERE story_id = $1 ORDER BY number DESC";
    let rows: Vec<(i64, String, DateTime<Utc>)> =
        on!(db, c => sqlx::query_as(sql).bind(story).fetch_all(c).await)?;
    let changes = rows.into_iter().map(|(number, what, at)| BookChange {
        number: number.unsigned_abs(),
        what,
        at,
    });

    Ok(changes.collect())
}

/// How the book was before that change; none when it is not kept.
pub(crate) async fn find_change(
    db: &ScopedDb,
    story: Uuid,
    number: u64,
) -> Result<Option<BookBefore>, DbError> {
    let sql = "SELECT before FROM fiction_changes WHERE story_id = $1 AND number = $2";
    let before: Option<String> = on!(db, c => sqlx::query_scalar(sql)
        .bind(story)
        .bind(number.cast_signed())
        .fetch_optional(c)
        .await)?;

    before.as_deref().map(read_json).transpose()
}

pub(crate) async fn delete_change(tx: &mut WriteTx, of: BookKey, number: u64) -> Result<(), DbError> {
    let sql = "DELETE FROM fiction_changes WHERE story_id = $1 AND number = $2";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(of.story)
        .bind(number.cast_signed())
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}
