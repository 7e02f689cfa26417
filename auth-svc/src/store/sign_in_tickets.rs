//! The rows of sign-ins that wait for a code.

use chrono::{DateTime, Utc};
use kit::{
    db::{DbError, ScopedDb, WriteTx},
    on, on_tx, on_write,
};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(Clone, Debug, FromRow)]
pub(crate) struct SignInTicket {
    pub(crate) user_id: Uuid,
    pub(crate) method: String,
    pub(crate) return_to: String,
    pub(crate) expires_at: DateTime<Utc>,
}

pub(crate) async fn insert_ticket(
    tx: &mut WriteTx,
    hash: &[u8; 32],
    ticket: &SignInTicket,
) -> Result<(), DbError> {
    let sql = "INSERT INTO sign_in_tickets (hash, user_id, method, return_to, expires_at) VALUES ($1, $2, $3, $4, $5)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(hash.as_slice())
        .bind(ticket.user_id)
        .bind(&ticket.method)
        .bind(&ticket.return_to)
        .bind(ticket.expires_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

pub(crate) async fn find_ticket(db: &ScopedDb, hash: &[u8; 32]) -> Result<Option<SignInTicket>, DbError> {
    let sql = "SELECT user_id, method, return_to, expires_at FROM sign_in_tickets WHERE hash = $1";
    Ok(on!(db, c => sqlx::query_as(sql).bind(hash.as_slice()).fetch_optional(c).await)?)
}

/// Notes a wrong code; a ticket that has seen `most` is worth nothing.
pub(crate) async fn note_wrong_code(db: &ScopedDb, hash: &[u8; 32], most: i32) -> Result<(), DbError> {
    let sql = "UPDATE sign_in_tickets SET attempts = attempts + 1 WHERE hash = $1";
    on_write!(db, c => sqlx::query(sql).bind(hash.as_slice()).execute(c).await.map(drop))?;

    let sql = "DELETE FROM sign_in_tickets WHERE hash = $1 AND attempts >= $2";
    on_write!(db, c => sqlx::query(sql).bind(hash.as_slice()).bind(most).execute(c).await.map(drop))?;
    Ok(())
}

/// Uses a ticket up: of any number that bring it, one is told so.
pub(crate) async fn take_ticket(tx: &mut WriteTx, hash: &[u8; 32]) -> Result<bool, DbError> {
    let sql = "DELETE FROM sign_in_tickets WHERE hash = $1";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(hash.as_slice())
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Whatever their first factor was, it is none any more.
pub(crate) async fn delete_tickets(tx: &mut WriteTx, user: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM sign_in_tickets WHERE user_id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(user).execute(c).await.map(drop))?;
    Ok(())
}

pub(crate) async fn delete_expired_tickets(tx: &mut WriteTx, now: DateTime<Utc>) -> Result<(), DbError> {
    let sql = "DELETE FROM sign_in_tickets WHERE expires_at < $1";
    on_tx!(tx, c => sqlx::query(sql).bind(now).execute(c).await.map(drop))?;
    Ok(())
}
