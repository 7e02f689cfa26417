//! The rows of second factors: the sealed secret of an authenticator, and recovery codes.

use chrono::{DateTime, Utc};
use kit::{
    db::{DbError, ScopedDb, WriteTx},
    on, on_tx,
};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(Clone, Debug, FromRow)]
pub(crate) struct SecondFactor {
    pub(crate) sealed: Vec<u8>,
    pub(crate) confirmed_at: Option<DateTime<Utc>>,
}

pub(crate) async fn find_factor(db: &ScopedDb, user: Uuid) -> Result<Option<SecondFactor>, DbError> {
    let sql = "SELECT sealed, confirmed_at FROM second_factors WHERE user_id = $1";
    Ok(on!(db, c => sqlx::query_as(sql).bind(user).fetch_optional(c).await)?)
}

/// A secret that waits for its first code, in place of another one that does. False when one is on.
pub(crate) async fn put_factor(
    tx: &mut WriteTx,
    user: Uuid,
    sealed: &[u8],
    at: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "INSERT INTO second_factors (user_id, sealed, created_at) VALUES ($1, $2, $3) \
               ON CONFLICT (user_id) DO UPDATE SET sealed = excluded.sealed, created_at = excluded.created_at \
               WHERE second_factors.confirmed_at IS NULL";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(user)
        .bind(sealed)
        .bind(at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Turns the secret on that gave the code of `step`. False when another one waits by now, or one is on.
pub(crate) async fn confirm_factor(
    tx: &mut WriteTx,
    user: Uuid,
    sealed: &[u8],
    step: i64,
    at: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE second_factors SET confirmed_at = $4, last_step = $3 \
               WHERE user_id = $1 AND sealed = $2 AND confirmed_at IS NULL";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(user)
        .bind(sealed)
        .bind(step)
        .bind(at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Uses a code up: of any number that bring it, one is told so, and none that brings an older one.
pub(crate) async fn use_step(tx: &mut WriteTx, user: Uuid, step: i64) -> Result<bool, DbError> {
    let sql = "UPDATE second_factors SET last_step = $2 \
               WHERE user_id = $1 AND last_step < $2 AND confirmed_at IS NOT NULL";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(user)
        .bind(step)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// False when there was none.
pub(crate) async fn delete_factor(tx: &mut WriteTx, user: Uuid) -> Result<bool, DbError> {
    let sql = "DELETE FROM recovery_codes WHERE user_id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(user).execute(c).await.map(drop))?;

    let sql = "DELETE FROM second_factors WHERE user_id = $1";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(user)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Forgets secrets that no code came for.
pub(crate) async fn delete_unconfirmed(tx: &mut WriteTx, before: DateTime<Utc>) -> Result<(), DbError> {
    let sql = "DELETE FROM second_factors WHERE confirmed_at IS NULL AND created_at < $1";
    on_tx!(tx, c => sqlx::query(sql).bind(before).execute(c).await.map(drop))?;
    Ok(())
}

/// These recovery codes, and no others.
pub(crate) async fn replace_recovery_codes(
    tx: &mut WriteTx,
    user: Uuid,
    hashes: &[[u8; 32]],
) -> Result<(), DbError> {
    let sql = "DELETE FROM recovery_codes WHERE user_id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(user).execute(c).await.map(drop))?;

    for hash in hashes {
        let sql = "INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2)";
        on_tx!(tx, c => sqlx::query(sql).bind(user).bind(hash.as_slice()).execute(c).await.map(drop))?;
    }

    Ok(())
}

/// Uses a recovery code up: of any number that bring it, one is told so.
pub(crate) async fn use_recovery_code(
    tx: &mut WriteTx,
    user: Uuid,
    hash: &[u8; 32],
) -> Result<bool, DbError> {
    let sql = "DELETE FROM recovery_codes WHERE user_id = $1 AND hash = $2";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(user)
        .bind(hash.as_slice())
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}
