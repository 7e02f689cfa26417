//! The rows of uploads that go on where they broke off, and of the segments that have come of them.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx, on_write};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

#[derive(Clone, Debug, FromRow)]
pub(crate) struct ResumableUpload {
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) s3_key: String,
    pub(crate) length: i64,
    pub(crate) received: i64,
    pub(crate) fence: i64,
    pub(crate) partial: bool,
    pub(crate) finished: bool,
    #[sqlx(json)]
    pub(crate) joins: Vec<Uuid>,
    pub(crate) version: i64,
    pub(crate) timestamp: i64,
    pub(crate) checksum: String,
    pub(crate) chunk_count: i64,
    pub(crate) device: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

#[derive(Clone, Debug, FromRow)]
pub(crate) struct Segment {
    pub(crate) position: i64,
    pub(crate) s3_key: String,
    pub(crate) size_bytes: i64,
}

macro_rules! select_uploads {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, s3_key, length, received, fence, partial, finished, joins, version, timestamp, checksum, ",
            "chunk_count, device, created_at, expires_at FROM resumable_uploads ",
            $rest
        )
    };
}

pub(crate) async fn insert(tx: &mut WriteTx, upload: &ResumableUpload) -> Result<(), DbError> {
    let sql = "INSERT INTO resumable_uploads (id, user_id, s3_key, length, received, fence, partial, finished, joins, \
               version, timestamp, checksum, chunk_count, device, created_at, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(upload.id)
        .bind(upload.user_id)
        .bind(&upload.s3_key)
        .bind(upload.length)
        .bind(upload.received)
        .bind(upload.fence)
        .bind(upload.partial)
        .bind(upload.finished)
        .bind(Json(&upload.joins))
        .bind(upload.version)
        .bind(upload.timestamp)
        .bind(&upload.checksum)
        .bind(upload.chunk_count)
        .bind(&upload.device)
        .bind(upload.created_at)
        .bind(upload.expires_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

pub(crate) async fn find(db: &ScopedDb, user: Uuid, id: Uuid) -> Result<Option<ResumableUpload>, DbError> {
    let sql = select_uploads!("WHERE user_id = $1 AND id = $2");
    Ok(on!(db, c => sqlx::query_as(sql).bind(user).bind(id).fetch_optional(c).await)?)
}

/// Who appends from now on; none when the bytes belong elsewhere.
pub(crate) async fn begin_append(
    db: &ScopedDb,
    id: Uuid,
    offset: i64,
    until: DateTime<Utc>,
) -> Result<Option<i64>, DbError> {
    let sql = "UPDATE resumable_uploads SET fence = fence + 1, expires_at = $3 \
               WHERE id = $1 AND received = $2 AND NOT finished RETURNING fence";
    Ok(on_write!(db, c => sqlx::query_scalar(sql)
        .bind(id)
        .bind(offset)
        .bind(until)
        .fetch_optional(c)
        .await)?)
}

/// These bytes are kept. False when somebody else appends since.
pub(crate) async fn add_segment(
    tx: &mut WriteTx,
    upload: &ResumableUpload,
    segment: &Segment,
    until: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE resumable_uploads SET received = $3 + $4, expires_at = $5 \
               WHERE id = $1 AND fence = $2 AND received = $3 AND NOT finished";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(upload.id)
        .bind(upload.fence)
        .bind(segment.position)
        .bind(segment.size_bytes)
        .bind(until)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    if done == 0 {
        return Ok(false);
    }

    let sql = "INSERT INTO resumable_segments (upload_id, user_id, position, s3_key, size_bytes) VALUES ($1, $2, $3, $4, $5)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(upload.id)
        .bind(upload.user_id)
        .bind(segment.position)
        .bind(&segment.s3_key)
        .bind(segment.size_bytes)
        .execute(c)
        .await
        .map(drop))?;

    Ok(true)
}

/// In order.
pub(crate) async fn list_segments(db: &ScopedDb, id: Uuid) -> Result<Vec<Segment>, DbError> {
    let sql =
        "SELECT position, s3_key, size_bytes FROM resumable_segments WHERE upload_id = $1 ORDER BY position";
    Ok(on!(db, c => sqlx::query_as(sql).bind(id).fetch_all(c).await)?)
}

/// Nobody may finish it but one. False when somebody has.
pub(crate) async fn note_finished(tx: &mut WriteTx, id: Uuid) -> Result<bool, DbError> {
    let sql =
        "UPDATE resumable_uploads SET finished = TRUE WHERE id = $1 AND NOT finished AND received = length";
    let done = on_tx!(tx, c => sqlx::query(sql).bind(id).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(done > 0)
}

/// The keys of the segments that were there.
pub(crate) async fn delete_segments(tx: &mut WriteTx, id: Uuid) -> Result<Vec<String>, DbError> {
    let sql = "DELETE FROM resumable_segments WHERE upload_id = $1 RETURNING s3_key";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql).bind(id).fetch_all(c).await)?)
}

/// After its segments.
pub(crate) async fn delete(tx: &mut WriteTx, id: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM resumable_uploads WHERE id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(id).execute(c).await.map(drop))?;
    Ok(())
}

/// Of a user whose account goes.
pub(crate) async fn delete_all(tx: &mut WriteTx, user: Uuid) -> Result<(), DbError> {
    for sql in [
        "DELETE FROM resumable_segments WHERE user_id = $1",
        "DELETE FROM resumable_uploads WHERE user_id = $1",
    ] {
        on_tx!(tx, c => sqlx::query(sql).bind(user).execute(c).await.map(drop))?;
    }
    Ok(())
}

pub(crate) async fn list_expired(
    db: &ScopedDb,
    now: DateTime<Utc>,
    most: i64,
) -> Result<Vec<ResumableUpload>, DbError> {
    let sql = select_uploads!("WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2");
    Ok(on!(db, c => sqlx::query_as(sql).bind(now).bind(most).fetch_all(c).await)?)
}

/// The segments of a partial upload become another one's, behind `position`, and it is gone. False when it changed in the meantime.
pub(crate) async fn move_segments(
    tx: &mut WriteTx,
    partial: &ResumableUpload,
    to: Uuid,
    position: i64,
) -> Result<bool, DbError> {
    // Nobody appends to it from now on.
    let sql =
        "UPDATE resumable_uploads SET fence = fence + 1 WHERE id = $1 AND received = length AND partial";
    let done =
        on_tx!(tx, c => sqlx::query(sql).bind(partial.id).execute(c).await.map(|done| done.rows_affected()))?;
    if done == 0 {
        return Ok(false);
    }

    let sql = "UPDATE resumable_segments SET upload_id = $2, position = position + $3 WHERE upload_id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(partial.id).bind(to).bind(position).execute(c).await.map(drop))?;
    delete(tx, partial.id).await?;

    Ok(true)
}
