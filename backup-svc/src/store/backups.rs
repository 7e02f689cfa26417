//! The rows of backups.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(Clone, Debug, FromRow)]
pub(crate) struct Backup {
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) s3_key: String,
    pub(crate) version: i64,
    pub(crate) timestamp: i64,
    pub(crate) checksum: String,
    pub(crate) size_bytes: i64,
    pub(crate) chunk_count: i64,
    pub(crate) device: String,
    pub(crate) created_at: DateTime<Utc>,
}

/// Some rows of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slice {
    pub(crate) limit: i64,
    pub(crate) offset: i64,
}

macro_rules! select_backups {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, s3_key, version, timestamp, checksum, size_bytes, chunk_count, device, created_at ",
            "FROM backup_metadata WHERE user_id = $1 ",
            $rest
        )
    };
}

pub(crate) async fn insert(tx: &mut WriteTx, backup: &Backup) -> Result<(), DbError> {
    let sql = "INSERT INTO backup_metadata \
               (id, user_id, s3_key, version, timestamp, checksum, size_bytes, chunk_count, device, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(backup.id)
        .bind(backup.user_id)
        .bind(&backup.s3_key)
        .bind(backup.version)
        .bind(backup.timestamp)
        .bind(&backup.checksum)
        .bind(backup.size_bytes)
        .bind(backup.chunk_count)
        .bind(&backup.device)
        .bind(backup.created_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

pub(crate) async fn find(db: &ScopedDb, user: Uuid, id: Uuid) -> Result<Option<Backup>, DbError> {
    let sql = select_backups!("AND id = $2");
    Ok(on!(db, c => sqlx::query_as(sql).bind(user).bind(id).fetch_optional(c).await)?)
}

/// Of several of one second, the one that came last.
pub(crate) async fn find_newest(db: &ScopedDb, user: Uuid) -> Result<Option<Backup>, DbError> {
    let sql = select_backups!("ORDER BY timestamp DESC, created_at DESC, id DESC LIMIT 1");
    Ok(on!(db, c => sqlx::query_as(sql).bind(user).fetch_optional(c).await)?)
}

/// Newest first.
pub(crate) async fn list(db: &ScopedDb, user: Uuid, slice: Slice) -> Result<Vec<Backup>, DbError> {
    let sql = select_backups!("ORDER BY timestamp DESC, created_at DESC, id DESC LIMIT $2 OFFSET $3");
    Ok(on!(db, c => sqlx::query_as(sql)
        .bind(user)
        .bind(slice.limit)
        .bind(slice.offset)
        .fetch_all(c)
        .await)?)
}

/// All of a user's, in no order.
pub(crate) async fn list_all(db: &ScopedDb, user: Uuid) -> Result<Vec<Backup>, DbError> {
    let sql = select_backups!("");
    Ok(on!(db, c => sqlx::query_as(sql).bind(user).fetch_all(c).await)?)
}

pub(crate) async fn list_all_in(tx: &mut WriteTx, user: Uuid) -> Result<Vec<Backup>, DbError> {
    let sql = select_backups!("");
    Ok(on_tx!(tx, c => sqlx::query_as(sql).bind(user).fetch_all(c).await)?)
}

/// Where its object is; none when there is no such backup.
pub(crate) async fn delete(tx: &mut WriteTx, user: Uuid, id: Uuid) -> Result<Option<String>, DbError> {
    let sql = "DELETE FROM backup_metadata WHERE user_id = $1 AND id = $2 RETURNING s3_key";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql).bind(user).bind(id).fetch_optional(c).await)?)
}

/// How many there were.
pub(crate) async fn delete_all(tx: &mut WriteTx, user: Uuid) -> Result<u64, DbError> {
    let sql = "DELETE FROM backup_metadata WHERE user_id = $1";
    Ok(on_tx!(tx, c => sqlx::query(sql).bind(user).execute(c).await.map(|done| done.rows_affected()))?)
}
