//! The rows of restic's repositories and of what is in them.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx, on_write};
use sqlx::FromRow;
use uuid::Uuid;

/// Which object of whose repository.
#[derive(Clone, Debug)]
pub(crate) struct ObjectName {
    pub(crate) user: Uuid,
    pub(crate) repository: String,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
}

#[derive(Clone, Debug, FromRow)]
pub(crate) struct ResticObject {
    pub(crate) name: String,
    pub(crate) s3_key: String,
    pub(crate) size_bytes: i64,
    pub(crate) created_at: DateTime<Utc>,
}

/// One that is there already stays as it is.
pub(crate) async fn create_repository(
    db: &ScopedDb,
    user: Uuid,
    repository: &str,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO restic_repositories (user_id, repository, created_at) VALUES ($1, $2, $3) \
               ON CONFLICT (user_id, repository) DO NOTHING";
    on_write!(db, c => sqlx::query(sql).bind(user).bind(repository).bind(now).execute(c).await.map(drop))?;
    Ok(())
}

pub(crate) async fn repository_exists(db: &ScopedDb, user: Uuid, repository: &str) -> Result<bool, DbError> {
    let sql = "SELECT COUNT(*) FROM restic_repositories WHERE user_id = $1 AND repository = $2";
    let count: i64 = on!(db, c => sqlx::query_scalar(sql).bind(user).bind(repository).fetch_one(c).await)?;
    Ok(count > 0)
}

/// The keys of all objects that were in it.
pub(crate) async fn delete_repository(
    tx: &mut WriteTx,
    user: Uuid,
    repository: &str,
) -> Result<Vec<String>, DbError> {
    let sql = "DELETE FROM restic_objects WHERE user_id = $1 AND repository = $2 RETURNING s3_key";
    let keys = on_tx!(tx, c => sqlx::query_scalar(sql).bind(user).bind(repository).fetch_all(c).await)?;

    let sql = "DELETE FROM restic_repositories WHERE user_id = $1 AND repository = $2";
    on_tx!(tx, c => sqlx::query(sql).bind(user).bind(repository).execute(c).await.map(drop))?;

    Ok(keys)
}

/// Of all repositories of the user.
pub(crate) async fn delete_all(tx: &mut WriteTx, user: Uuid) -> Result<(), DbError> {
    for sql in [
        "DELETE FROM restic_objects WHERE user_id = $1",
        "DELETE FROM restic_repositories WHERE user_id = $1",
    ] {
        on_tx!(tx, c => sqlx::query(sql).bind(user).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// False when there is one of this name: that stays.
pub(crate) async fn insert(
    tx: &mut WriteTx,
    name: &ObjectName,
    object: &ResticObject,
) -> Result<bool, DbError> {
    let sql = "INSERT INTO restic_objects (user_id, repository, kind, name, s3_key, size_bytes, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (user_id, repository, kind, name) DO NOTHING";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(name.user)
        .bind(&name.repository)
        .bind(name.kind)
        .bind(&name.name)
        .bind(&object.s3_key)
        .bind(object.size_bytes)
        .bind(object.created_at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

pub(crate) async fn find(db: &ScopedDb, name: &ObjectName) -> Result<Option<ResticObject>, DbError> {
    let sql = "SELECT name, s3_key, size_bytes, created_at FROM restic_objects \
               WHERE user_id = $1 AND repository = $2 AND kind = $3 AND name = $4";
    Ok(on!(db, c => sqlx::query_as(sql)
        .bind(name.user)
        .bind(&name.repository)
        .bind(name.kind)
        .bind(&name.name)
        .fetch_optional(c)
        .await)?)
}

/// Those behind a name, by name.
pub(crate) async fn list(db: &ScopedDb, after: &ObjectName, most: i64) -> Result<Vec<ResticObject>, DbError> {
    let sql = "SELECT name, s3_key, size_bytes, created_at FROM restic_objects \
               WHERE user_id = $1 AND repository = $2 AND kind = $3 AND name > $4 ORDER BY name LIMIT $5";
    Ok(on!(db, c => sqlx::query_as(sql)
        .bind(after.user)
        .bind(&after.repository)
        .bind(after.kind)
        .bind(&after.name)
        .bind(most)
        .fetch_all(c)
        .await)?)
}

/// Where it is; none when there is none.
pub(crate) async fn delete(tx: &mut WriteTx, name: &ObjectName) -> Result<Option<String>, DbError> {
    let sql = "DELETE FROM restic_objects WHERE user_id = $1 AND repository = $2 AND kind = $3 AND name = $4 \
               RETURNING s3_key";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql)
        .bind(name.user)
        .bind(&name.repository)
        .bind(name.kind)
        .bind(&name.name)
        .fetch_optional(c)
        .await)?)
}
