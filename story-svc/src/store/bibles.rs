//! The rows of bibles: what was laid down for a book, and for the books of a series.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx, on_write};
use proto::tasks::fiction::bible::Bible;
use uuid::Uuid;

use super::books::read_json;

/// A book's own, with the series that it is of; none when nothing was ever laid down.
pub(crate) async fn find(db: &ScopedDb, story: Uuid) -> Result<Option<(Option<String>, Bible)>, DbError> {
    let sql = "SELECT series, entries FROM fiction_bibles WHERE story_id = $1";
    let row: Option<(Option<String>, String)> =
        on!(db, c => sqlx::query_as(sql).bind(story).fetch_optional(c).await)?;

    row.map(|(series, entries)| Ok((series, read_json(&entries)?)))
        .transpose()
}

pub(crate) async fn find_series(db: &ScopedDb, owner: Uuid, name: &str) -> Result<Bible, DbError> {
    let sql = "SELECT entries FROM fiction_series WHERE owner_id = $1 AND name = $2";
    let entries: Option<String> =
        on!(db, c => sqlx::query_scalar(sql).bind(owner).bind(name).fetch_optional(c).await)?;

    entries.map_or_else(|| Ok(Bible::default()), |entries| read_json(&entries))
}

/// Series that an owner has laid something down for, but for this one.
pub(crate) async fn count_other_series(tx: &mut WriteTx, owner: Uuid, name: &str) -> Result<i64, DbError> {
    let sql = "SELECT COUNT(*) FROM fiction_series WHERE owner_id = $1 AND name <> $2";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql).bind(owner).bind(name).fetch_one(c).await)?)
}

/// In place of what it was.
pub(crate) async fn put(
    tx: &mut WriteTx,
    (story, owner): (Uuid, Uuid),
    series: Option<&str>,
    entries: &Bible,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO fiction_bibles (story_id, owner_id, series, entries, updated_at) \
               VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (story_id) DO UPDATE SET series = excluded.series, entries = excluded.entries, \
               updated_at = excluded.updated_at";
    let entries = write_json(entries)?;
    on_tx!(tx, c => sqlx::query(sql)
        .bind(story)
        .bind(owner)
        .bind(series)
        .bind(entries)
        .bind(at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// In place of what it was; one without entries is none.
pub(crate) async fn put_series(
    tx: &mut WriteTx,
    (owner, name): (Uuid, &str),
    entries: &Bible,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    if entries.is_empty() {
        let sql = "DELETE FROM fiction_series WHERE owner_id = $1 AND name = $2";
        on_tx!(tx, c => sqlx::query(sql).bind(owner).bind(name).execute(c).await.map(drop))?;
        return Ok(());
    }

    let sql = "INSERT INTO fiction_series (owner_id, name, entries, updated_at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (owner_id, name) DO UPDATE SET entries = excluded.entries, updated_at = excluded.updated_at";
    let entries = write_json(entries)?;
    on_tx!(tx, c => sqlx::query(sql)
        .bind(owner)
        .bind(name)
        .bind(entries)
        .bind(at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// All series of an owner. What was laid down for a book goes with its story.
pub(crate) async fn delete_of_owner(db: &ScopedDb, owner: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM fiction_series WHERE owner_id = $1";
    on_write!(db, c => sqlx::query(sql).bind(owner).execute(c).await.map(drop))?;

    Ok(())
}

fn write_json(entries: &Bible) -> Result<String, DbError> {
    serde_json::to_string(entries).map_err(|source| DbError::Query(sqlx::Error::Encode(source.into())))
}
