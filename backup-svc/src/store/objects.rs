//! The rows of objects in the blob store.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx, on_write};
use sqlx::FromRow;
use uuid::Uuid;

/// One object, or the room for it.
#[derive(Clone, Debug)]
pub(crate) struct ObjectRow {
    pub(crate) s3_key: String,
    pub(crate) user_id: Uuid,
    pub(crate) size_bytes: i64,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
}

/// An object as a comparison needs it.
#[derive(Clone, Debug, FromRow)]
pub(crate) struct KnownObject {
    pub(crate) s3_key: String,
    pub(crate) user_id: Uuid,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) missing_since: Option<DateTime<Utc>>,
}

pub(crate) async fn insert(tx: &mut WriteTx, row: &ObjectRow) -> Result<(), DbError> {
    let sql = "INSERT INTO backup_objects (s3_key, user_id, size_bytes, expires_at, created_at) VALUES ($1, $2, $3, $4, $5)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(&row.s3_key)
        .bind(row.user_id)
        .bind(row.size_bytes)
        .bind(row.expires_at)
        .bind(row.created_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// False when it is not on its way any more.
pub(crate) async fn resize(
    tx: &mut WriteTx,
    key: &str,
    bytes: i64,
    until: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE backup_objects SET size_bytes = $2, expires_at = $3 WHERE s3_key = $1 AND expires_at IS NOT NULL";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(key)
        .bind(bytes)
        .bind(until)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// False when it is not on its way any more.
pub(crate) async fn renew(db: &ScopedDb, key: &str, until: DateTime<Utc>) -> Result<bool, DbError> {
    let sql = "UPDATE backup_objects SET expires_at = $2 WHERE s3_key = $1 AND expires_at IS NOT NULL";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(key)
        .bind(until)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// It is whole. False when it is not on its way any more.
pub(crate) async fn settle(tx: &mut WriteTx, key: &str, bytes: i64) -> Result<bool, DbError> {
    let sql = "UPDATE backup_objects SET size_bytes = $2, expires_at = NULL WHERE s3_key = $1 AND expires_at IS NOT NULL";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(key)
        .bind(bytes)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// What it counted for; none when there is no such row.
pub(crate) async fn delete(tx: &mut WriteTx, key: &str) -> Result<Option<i64>, DbError> {
    let sql = "DELETE FROM backup_objects WHERE s3_key = $1 RETURNING size_bytes";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql).bind(key).fetch_optional(c).await)?)
}

/// The keys of all that the user had.
pub(crate) async fn delete_all_of(tx: &mut WriteTx, user: Uuid) -> Result<Vec<String>, DbError> {
    let sql = "DELETE FROM backup_objects WHERE user_id = $1 RETURNING s3_key";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql).bind(user).fetch_all(c).await)?)
}

/// Those on their way whose time is over.
pub(crate) async fn list_expired(
    db: &ScopedDb,
    now: DateTime<Utc>,
    most: i64,
) -> Result<Vec<KnownObject>, DbError> {
    let sql = "SELECT s3_key, user_id, expires_at, missing_since FROM backup_objects \
               WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2";
    Ok(on!(db, c => sqlx::query_as(sql).bind(now).bind(most).fetch_all(c).await)?)
}

/// Ends an upload whose time is over for whoever still writes it: it counts as whole, and goes at once. False when somebody has
/// renewed it.
pub(crate) async fn claim_expired(db: &ScopedDb, key: &str, now: DateTime<Utc>) -> Result<bool, DbError> {
    let sql = "UPDATE backup_objects SET expires_at = $2 WHERE s3_key = $1 AND expires_at <= $2";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(key)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Behind the first key and up to the second, in their order.
pub(crate) async fn list_between(db: &ScopedDb, after: &str, to: &str) -> Result<Vec<KnownObject>, DbError> {
    let sql = "SELECT s3_key, user_id, expires_at, missing_since FROM backup_objects \
               WHERE s3_key > $1 AND s3_key <= $2 ORDER BY s3_key";
    Ok(on!(db, c => sqlx::query_as(sql).bind(after).bind(to).fetch_all(c).await)?)
}

/// A whole object, and what its bytes must be.
#[derive(Clone, Debug, FromRow)]
pub(crate) struct CheckedObject {
    pub(crate) s3_key: String,
    pub(crate) user_id: Uuid,
    pub(crate) size_bytes: i64,
    /// SHA-256 in small hexadecimal letters; empty where nobody has said it.
    pub(crate) checksum: String,
}

/// Whole objects behind a key, in the order of their keys.
pub(crate) async fn list_checked(
    db: &ScopedDb,
    after: &str,
    most: i64,
) -> Result<Vec<CheckedObject>, DbError> {
    let sql = "SELECT o.s3_key, o.user_id, o.size_bytes, COALESCE(m.checksum, r.name, '') AS checksum \
               FROM backup_objects o LEFT JOIN backup_metadata m ON m.s3_key = o.s3_key \
               LEFT JOIN restic_objects r ON r.s3_key = o.s3_key \
               WHERE o.expires_at IS NULL AND o.s3_key > $1 ORDER BY o.s3_key LIMIT $2";
    Ok(on!(db, c => sqlx::query_as(sql).bind(after).bind(most).fetch_all(c).await)?)
}

/// The bytes of all whole objects.
pub(crate) async fn sum_bytes(db: &ScopedDb) -> Result<i64, DbError> {
    let sql =
        "SELECT CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) FROM backup_objects WHERE expires_at IS NULL";
    Ok(on!(db, c => sqlx::query_scalar(sql).fetch_one(c).await)?)
}

pub(crate) async fn exists(db: &ScopedDb, key: &str) -> Result<bool, DbError> {
    let sql = "SELECT COUNT(*) FROM backup_objects WHERE s3_key = $1";
    let count: i64 = on!(db, c => sqlx::query_scalar(sql).bind(key).fetch_one(c).await)?;
    Ok(count > 0)
}

pub(crate) async fn note_missing(
    db: &ScopedDb,
    key: &str,
    since: Option<DateTime<Utc>>,
) -> Result<(), DbError> {
    let sql = "UPDATE backup_objects SET missing_since = $2 WHERE s3_key = $1";
    on_write!(db, c => sqlx::query(sql).bind(key).bind(since).execute(c).await.map(drop))?;
    Ok(())
}
