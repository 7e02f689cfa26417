//! The rows of API keys.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx, on_write};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

#[derive(Clone, Debug, FromRow)]
pub(crate) struct ApiKey {
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) name: String,
    pub(crate) prefix: String,
    #[sqlx(json)]
    pub(crate) scopes: Vec<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) last_used_at: Option<DateTime<Utc>>,
    pub(crate) revoked_at: Option<DateTime<Utc>>,
}

impl ApiKey {
    pub(crate) fn stands(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| end > now)
    }
}

macro_rules! select_keys {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at ",
            "FROM api_keys ",
            $rest
        )
    };
}

pub(crate) async fn find_key_by_hash(db: &ScopedDb, hash: &[u8; 32]) -> Result<Option<ApiKey>, DbError> {
    let sql = select_keys!("WHERE hash = $1");
    Ok(on!(db, c => sqlx::query_as(sql).bind(hash.as_slice()).fetch_optional(c).await)?)
}

/// All of a user, revoked ones too, newest first.
pub(crate) async fn list_keys(db: &ScopedDb, user: Uuid) -> Result<Vec<ApiKey>, DbError> {
    let sql = select_keys!("WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1000");
    Ok(on!(db, c => sqlx::query_as(sql).bind(user).fetch_all(c).await)?)
}

/// Keys of a user that are not revoked.
pub(crate) async fn count_keys(tx: &mut WriteTx, user: Uuid) -> Result<i64, DbError> {
    let sql = "SELECT COUNT(*) FROM api_keys WHERE user_id = $1 AND revoked_at IS NULL";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql).bind(user).fetch_one(c).await)?)
}

pub(crate) async fn insert_key(tx: &mut WriteTx, key: &ApiKey, hash: &[u8; 32]) -> Result<(), DbError> {
    let sql = "INSERT INTO api_keys (id, user_id, name, prefix, hash, scopes, created_at, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(key.id)
        .bind(key.user_id)
        .bind(&key.name)
        .bind(&key.prefix)
        .bind(hash.as_slice())
        .bind(Json(&key.scopes))
        .bind(key.created_at)
        .bind(key.expires_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// Another secret for a key that is not revoked; the old one is worth nothing at once.
pub(crate) async fn replace_secret(
    tx: &mut WriteTx,
    user: Uuid,
    id: Uuid,
    prefix: &str,
    hash: &[u8; 32],
) -> Result<Option<ApiKey>, DbError> {
    let sql = "UPDATE api_keys SET prefix = $3, hash = $4, last_used_at = NULL \
               WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL \
               RETURNING id, user_id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at";

    Ok(on_tx!(tx, c => sqlx::query_as(sql)
        .bind(user)
        .bind(id)
        .bind(prefix)
        .bind(hash.as_slice())
        .fetch_optional(c)
        .await)?)
}

/// Revokes a key; one that was revoked before keeps its time.
pub(crate) async fn revoke_key(
    tx: &mut WriteTx,
    user: Uuid,
    id: Uuid,
    at: DateTime<Utc>,
) -> Result<Option<ApiKey>, DbError> {
    let sql = "UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $3) WHERE user_id = $1 AND id = $2 \
               RETURNING id, user_id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at";
    Ok(on_tx!(tx, c => sqlx::query_as(sql).bind(user).bind(id).bind(at).fetch_optional(c).await)?)
}

pub(crate) async fn revoke_keys(tx: &mut WriteTx, user: Uuid, at: DateTime<Utc>) -> Result<(), DbError> {
    let sql = "UPDATE api_keys SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL";
    on_tx!(tx, c => sqlx::query(sql).bind(user).bind(at).execute(c).await.map(drop))?;
    Ok(())
}

/// Notes a use, unless one was noted after `unless_after`.
pub(crate) async fn note_use(
    db: &ScopedDb,
    id: Uuid,
    at: DateTime<Utc>,
    unless_after: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "UPDATE api_keys SET last_used_at = $2 \
               WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)";
    on_write!(db, c => sqlx::query(sql).bind(id).bind(at).bind(unless_after).execute(c).await.map(drop))?;
    Ok(())
}
