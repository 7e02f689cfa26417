//! The rows of sessions and refresh tokens. A session is the family of its refresh tokens.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx};
use sqlx::FromRow;
use uuid::Uuid;

/// Sessions that a list shows at most.
const SHOWN: i64 = 200;

#[derive(Clone, Debug, FromRow)]
pub(crate) struct Session {
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) address: String,
    pub(crate) user_agent: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) last_used_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) revoked_at: Option<DateTime<Utc>>,
    /// Of a token that an operator made: nobody signed in to it.
    pub(crate) minted: bool,
}

impl Session {
    pub(crate) fn stands(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at > now
    }
}

/// A refresh token as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct NewRefreshToken {
    pub(crate) hash: [u8; 32],
    pub(crate) session_id: Uuid,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

/// A refresh token that was found again.
#[derive(Clone, Copy, Debug, FromRow)]
pub(crate) struct RefreshToken {
    pub(crate) session_id: Uuid,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) used_at: Option<DateTime<Utc>>,
}

pub(crate) async fn insert_session(tx: &mut WriteTx, session: &Session) -> Result<(), DbError> {
    let sql = "INSERT INTO sessions (id, user_id, address, user_agent, created_at, last_used_at, expires_at, minted) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(session.id)
        .bind(session.user_id)
        .bind(&session.address)
        .bind(&session.user_agent)
        .bind(session.created_at)
        .bind(session.last_used_at)
        .bind(session.expires_at)
        .bind(session.minted)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

pub(crate) async fn find_session(db: &ScopedDb, id: Uuid) -> Result<Option<Session>, DbError> {
    let sql = "SELECT id, user_id, address, user_agent, created_at, last_used_at, expires_at, revoked_at, minted \
               FROM sessions WHERE id = $1";
    Ok(on!(db, c => sqlx::query_as(sql).bind(id).fetch_optional(c).await)?)
}

/// Those that stand, the one used last first.
pub(crate) async fn list_sessions(
    db: &ScopedDb,
    user: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<Session>, DbError> {
    let sql = "SELECT id, user_id, address, user_agent, created_at, last_used_at, expires_at, revoked_at, minted \
               FROM sessions WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 \
               ORDER BY last_used_at DESC, id LIMIT $3";
    Ok(on!(db, c => sqlx::query_as(sql).bind(user).bind(now).bind(SHOWN).fetch_all(c).await)?)
}

/// A session was used: it lives on until `expires_at`. Its user, when it stands.
pub(crate) async fn prolong_session(
    tx: &mut WriteTx,
    id: Uuid,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<Option<Uuid>, DbError> {
    let sql = "UPDATE sessions SET last_used_at = $2, expires_at = $3 \
               WHERE id = $1 AND revoked_at IS NULL AND expires_at > $2 RETURNING user_id";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql)
        .bind(id)
        .bind(now)
        .bind(expires_at)
        .fetch_optional(c)
        .await)?)
}

/// Ends one session of a user. False when it does not stand.
pub(crate) async fn revoke_session(
    tx: &mut WriteTx,
    user: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE sessions SET revoked_at = $3 \
               WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > $3";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(user)
        .bind(id)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Ends all sessions of a user but `kept`; their ids.
pub(crate) async fn revoke_sessions(
    tx: &mut WriteTx,
    user: Uuid,
    kept: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, DbError> {
    let sql = "UPDATE sessions SET revoked_at = $3 \
               WHERE user_id = $1 AND id <> $2 AND revoked_at IS NULL AND expires_at > $3 RETURNING id";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql)
        .bind(user)
        // No session has the nil id.
        .bind(kept.unwrap_or_default())
        .bind(now)
        .fetch_all(c)
        .await)?)
}

pub(crate) async fn insert_refresh_token(tx: &mut WriteTx, token: &NewRefreshToken) -> Result<(), DbError> {
    let sql = "INSERT INTO refresh_tokens (hash, session_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(token.hash.as_slice())
        .bind(token.session_id)
        .bind(token.created_at)
        .bind(token.expires_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// Uses a token up: of any number that try, one gets its session.
pub(crate) async fn use_refresh_token(
    tx: &mut WriteTx,
    hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<Uuid>, DbError> {
    let sql = "UPDATE refresh_tokens SET used_at = $2 \
               WHERE hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING session_id";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql)
        .bind(hash.as_slice())
        .bind(now)
        .fetch_optional(c)
        .await)?)
}

pub(crate) async fn find_refresh_token(
    db: &ScopedDb,
    hash: &[u8; 32],
) -> Result<Option<RefreshToken>, DbError> {
    let sql = "SELECT session_id, expires_at, used_at FROM refresh_tokens WHERE hash = $1";
    Ok(on!(db, c => sqlx::query_as(sql).bind(hash.as_slice()).fetch_optional(c).await)?)
}

/// Forgets sessions that ended before `before`, and used tokens that could not be used again anyway.
pub(crate) async fn delete_ended_sessions(
    tx: &mut WriteTx,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let tokens = "DELETE FROM refresh_tokens WHERE expires_at < $1";
    on_tx!(tx, c => sqlx::query(tokens).bind(now).execute(c).await.map(drop))?;
    let sessions = "DELETE FROM sessions WHERE expires_at < $1 OR revoked_at < $1";
    on_tx!(tx, c => sqlx::query(sessions).bind(before).execute(c).await.map(drop))?;
    Ok(())
}
