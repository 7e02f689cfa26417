//! Calls that are under way, and what they hold.

use chrono::{DateTime, Utc};
use kit::{
    db::{DbError, ScopedDb, WriteTx},
    on, on_tx,
};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub(crate) struct SpendReservation {
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    /// JSON.
    pub(crate) holds: String,
    pub(crate) cost: i64,
    pub(crate) reserved_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

/// False when there is one with this id.
pub(crate) async fn insert_reservation(tx: &mut WriteTx, row: &SpendReservation) -> Result<bool, DbError> {
    let sql = "INSERT INTO spend_reservations (id, user_id, holds, cost, reserved_at, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(row.id)
        .bind(row.user_id)
        .bind(&row.holds)
        .bind(row.cost)
        .bind(row.reserved_at)
        .bind(row.expires_at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Keeps it for longer, and returns it as it is; none when it is not there. Its row is locked until the transaction ends.
pub(crate) async fn keep_reservation(
    tx: &mut WriteTx,
    id: Uuid,
    until: DateTime<Utc>,
) -> Result<Option<SpendReservation>, DbError> {
    let sql = "UPDATE spend_reservations SET expires_at = $2 WHERE id = $1 \
               RETURNING id, user_id, holds, cost, reserved_at, expires_at";
    Ok(on_tx!(tx, c => sqlx::query_as(sql).bind(id).bind(until).fetch_optional(c).await)?)
}

/// It holds more.
pub(crate) async fn update_holds(tx: &mut WriteTx, row: &SpendReservation) -> Result<(), DbError> {
    let sql = "UPDATE spend_reservations SET holds = $2, cost = $3 WHERE id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(row.id).bind(&row.holds).bind(row.cost).execute(c).await.map(drop))?;
    Ok(())
}

/// The one who deletes it is who gives back what it holds.
pub(crate) async fn take_reservation(
    tx: &mut WriteTx,
    id: Uuid,
) -> Result<Option<SpendReservation>, DbError> {
    let sql = "DELETE FROM spend_reservations WHERE id = $1 \
               RETURNING id, user_id, holds, cost, reserved_at, expires_at";
    Ok(on_tx!(tx, c => sqlx::query_as(sql).bind(id).fetch_optional(c).await)?)
}

/// The same for one whose time is over still.
pub(crate) async fn take_expired(
    tx: &mut WriteTx,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<SpendReservation>, DbError> {
    let sql = "DELETE FROM spend_reservations WHERE id = $1 AND expires_at <= $2 \
               RETURNING id, user_id, holds, cost, reserved_at, expires_at";
    Ok(on_tx!(tx, c => sqlx::query_as(sql).bind(id).bind(now).fetch_optional(c).await)?)
}

pub(crate) async fn list_expired(db: &ScopedDb, now: DateTime<Utc>) -> Result<Vec<Uuid>, DbError> {
    let sql = "SELECT id FROM spend_reservations WHERE expires_at <= $1 ORDER BY expires_at LIMIT 500";
    Ok(on!(db, c => sqlx::query_scalar(sql).bind(now).fetch_all(c).await)?)
}
