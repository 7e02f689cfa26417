//! The rows that count attempts, and the networks that an account is known from.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub(crate) struct AttemptCount {
    pub(crate) count: i32,
    pub(crate) blocked_until: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// Until when a count makes wait, if it does.
pub(crate) async fn find_blocked_until(
    db: &ScopedDb,
    key: &[u8; 32],
) -> Result<Option<DateTime<Utc>>, DbError> {
    let sql = "SELECT blocked_until FROM throttles WHERE key = $1 AND blocked_until > updated_at";
    Ok(on!(db, c => sqlx::query_scalar(sql).bind(key.as_slice()).fetch_optional(c).await)?)
}

/// The count, held until the transaction ends: whoever else counts the same waits. Zero when nothing was counted.
pub(crate) async fn hold_count(
    tx: &mut WriteTx,
    key: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<AttemptCount, DbError> {
    let sql = "INSERT INTO throttles (key, count, blocked_until, updated_at) VALUES ($1, 0, $2, $2) \
               ON CONFLICT (key) DO UPDATE SET count = throttles.count RETURNING count, blocked_until, updated_at";
    Ok(on_tx!(tx, c => sqlx::query_as(sql).bind(key.as_slice()).bind(now).fetch_one(c).await)?)
}

pub(crate) async fn set_count(tx: &mut WriteTx, key: &[u8; 32], count: AttemptCount) -> Result<(), DbError> {
    let sql = "UPDATE throttles SET count = $2, blocked_until = $3, updated_at = $4 WHERE key = $1";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(key.as_slice())
        .bind(count.count)
        .bind(count.blocked_until)
        .bind(count.updated_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// Takes one attempt back, because it was right.
pub(crate) async fn lower_count(tx: &mut WriteTx, key: &[u8; 32]) -> Result<(), DbError> {
    let sql = "UPDATE throttles SET count = count - 1 WHERE key = $1 AND count > 0";
    on_tx!(tx, c => sqlx::query(sql).bind(key.as_slice()).execute(c).await.map(drop))?;
    Ok(())
}

pub(crate) async fn delete_count(tx: &mut WriteTx, key: &[u8; 32]) -> Result<(), DbError> {
    let sql = "DELETE FROM throttles WHERE key = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(key.as_slice()).execute(c).await.map(drop))?;
    Ok(())
}

pub(crate) async fn delete_old_counts(tx: &mut WriteTx, before: DateTime<Utc>) -> Result<(), DbError> {
    let sql = "DELETE FROM throttles WHERE updated_at < $1 AND blocked_until < $1";
    on_tx!(tx, c => sqlx::query(sql).bind(before).execute(c).await.map(drop))?;
    Ok(())
}

pub(crate) async fn is_network_known(
    db: &ScopedDb,
    user: Uuid,
    network: &str,
    since: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "SELECT COUNT(*) FROM known_networks WHERE user_id = $1 AND network = $2 AND seen_at > $3";
    let found: i64 = on!(db, c => sqlx::query_scalar(sql)
        .bind(user)
        .bind(network)
        .bind(since)
        .fetch_one(c)
        .await)?;
    Ok(found > 0)
}

pub(crate) async fn note_network(
    tx: &mut WriteTx,
    user: Uuid,
    network: &str,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO known_networks (user_id, network, seen_at) VALUES ($1, $2, $3) \
               ON CONFLICT (user_id, network) DO UPDATE SET seen_at = excluded.seen_at";
    on_tx!(tx, c => sqlx::query(sql).bind(user).bind(network).bind(at).execute(c).await.map(drop))?;
    Ok(())
}
