//! The rows of sign-ins that a provider has not answered yet.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on_tx, on_write};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(Clone, Debug, FromRow)]
pub(crate) struct OauthState {
    pub(crate) provider: String,
    pub(crate) redirect_url: String,
    pub(crate) return_to: String,
    pub(crate) link_user_id: Option<Uuid>,
    pub(crate) expires_at: DateTime<Utc>,
}

pub(crate) async fn insert_state(db: &ScopedDb, hash: &[u8; 32], state: &OauthState) -> Result<(), DbError> {
    let sql = "INSERT INTO oauth_states (hash, provider, redirect_url, return_to, link_user_id, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    on_write!(db, c => sqlx::query(sql)
        .bind(hash.as_slice())
        .bind(&state.provider)
        .bind(&state.redirect_url)
        .bind(&state.return_to)
        .bind(state.link_user_id)
        .bind(state.expires_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// Takes a state out: of any number that bring it back, one gets it.
pub(crate) async fn take_state(db: &ScopedDb, hash: &[u8; 32]) -> Result<Option<OauthState>, DbError> {
    let sql = "DELETE FROM oauth_states WHERE hash = $1 \
               RETURNING provider, redirect_url, return_to, link_user_id, expires_at";
    Ok(on_write!(db, c => sqlx::query_as(sql).bind(hash.as_slice()).fetch_optional(c).await)?)
}

/// Forgets the sign-ins that were to add a provider to this user.
pub(crate) async fn delete_links(tx: &mut WriteTx, user: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM oauth_states WHERE link_user_id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(user).execute(c).await.map(drop))?;
    Ok(())
}

pub(crate) async fn delete_expired_states(tx: &mut WriteTx, now: DateTime<Utc>) -> Result<(), DbError> {
    let sql = "DELETE FROM oauth_states WHERE expires_at < $1";
    on_tx!(tx, c => sqlx::query(sql).bind(now).execute(c).await.map(drop))?;
    Ok(())
}
