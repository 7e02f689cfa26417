//! Whose an email is: the columns of `users` that say what somebody claims, has proven, and keeps others from.

use chrono::{DateTime, Utc};
use kit::{
    db::{DbError, ScopedDb, WriteTx},
    on, on_tx,
};
use uuid::Uuid;

use super::users::{Name, User, WriteOutcome, read_outcome, select_users};

/// Those who claim an email: who has proven it first, then the newest.
pub(crate) async fn list_claimants(db: &ScopedDb, email_key: &str, most: i64) -> Result<Vec<User>, DbError> {
    let sql = select_users!(
        "WHERE u.email_key = $1 AND (u.email_verified \
           OR u.id IN (SELECT id FROM users WHERE email_key = $1 ORDER BY created_at, id LIMIT 1) \
           OR u.id IN (SELECT id FROM users WHERE email_key = $1 ORDER BY created_at DESC, id LIMIT ($2 - 1))) \
         ORDER BY u.email_verified DESC, u.created_at, u.id LIMIT $2"
    );
    Ok(on!(db, c => sqlx::query_as(sql).bind(email_key).bind(most).fetch_all(c).await)?)
}

pub(crate) async fn list_claimants_in(
    tx: &mut WriteTx,
    email_key: &str,
    most: i64,
) -> Result<Vec<User>, DbError> {
    let sql = select_users!(
        "WHERE u.email_key = $1 ORDER BY u.email_verified DESC, u.created_at DESC, u.id LIMIT $2"
    );
    Ok(on_tx!(tx, c => sqlx::query_as(sql).bind(email_key).bind(most).fetch_all(c).await)?)
}

/// What the user signs in with and is written to, as it is compared.
pub(crate) async fn find_email_key(db: &ScopedDb, id: Uuid) -> Result<Option<String>, DbError> {
    let sql = "SELECT email_key FROM users WHERE id = $1";
    let found: Option<Option<String>> =
        on!(db, c => sqlx::query_scalar(sql).bind(id).fetch_optional(c).await)?;
    Ok(found.flatten())
}

/// The user's email from now on. `held`: nobody else may have it.
pub(crate) async fn set_email(
    tx: &mut WriteTx,
    id: Uuid,
    email: &Name,
    (verified, held): (bool, bool),
    at: DateTime<Utc>,
) -> Result<WriteOutcome, DbError> {
    let sql = "UPDATE users SET email = $2, email_key = $3, email_verified = $4, updated_at = $5, email_held = $6 \
               WHERE id = $1";
    read_outcome(on_tx!(tx, c => sqlx::query(sql)
        .bind(id)
        .bind(&email.shown)
        .bind(&email.key)
        .bind(verified)
        .bind(at)
        .bind(held.then_some(&email.key))
        .execute(c)
        .await
        .map(|done| done.rows_affected())))
}

/// Nobody is kept from an email by who has not proven it.
pub(crate) async fn release_unproven(tx: &mut WriteTx, email_key: &str) -> Result<(), DbError> {
    let sql = "UPDATE users SET email_held = NULL WHERE email_held = $1 AND NOT email_verified";
    on_tx!(tx, c => sqlx::query(sql).bind(email_key).execute(c).await.map(drop))?;
    Ok(())
}

/// Whoever claims an email that somebody else has proven has it no more.
pub(crate) async fn drop_unproven(tx: &mut WriteTx, email_key: &str, but: Uuid) -> Result<(), DbError> {
    let sql = "UPDATE users SET email = NULL, email_key = NULL, email_held = NULL \
               WHERE email_key = $1 AND NOT email_verified AND id <> $2";
    on_tx!(tx, c => sqlx::query(sql).bind(email_key).bind(but).execute(c).await.map(drop))?;
    Ok(())
}
