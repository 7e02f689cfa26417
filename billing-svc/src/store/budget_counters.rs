//! How much was used of a budget in one period, and how much is reserved. Whoever changes several takes them in the order of
//! their keys.

use chrono::{DateTime, Utc};
use kit::{
    db::{DbError, ScopedDb, WriteTx},
    on, on_tx,
};
use sqlx::FromRow;
use uuid::Uuid;

/// Which counter: of a budget, or of a user's tokens when the id is the user's; and when its period began.
pub(crate) type CounterKey = (Uuid, DateTime<Utc>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub(crate) struct BudgetCounter {
    pub(crate) used: i64,
    pub(crate) reserved: i64,
    pub(crate) alerted: i64,
}

impl BudgetCounter {
    pub(crate) const fn total(&self) -> i64 {
        self.used.saturating_add(self.reserved)
    }
}

/// Adds to a counter, which is made when it is not there, and returns what it is now. Its row is locked until the transaction ends.
pub(crate) async fn add(
    tx: &mut WriteTx,
    (id, start): CounterKey,
    owner: Option<Uuid>,
    (used, reserved): (i64, i64),
) -> Result<BudgetCounter, DbError> {
    let sql = "INSERT INTO budget_counters (budget_id, period_start, owner_id, used, reserved) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (budget_id, period_start) DO UPDATE SET used = budget_counters.used + excluded.used, \
               reserved = budget_counters.reserved + excluded.reserved RETURNING used, reserved, alerted";
    Ok(on_tx!(tx, c => sqlx::query_as(sql)
        .bind(id)
        .bind(start)
        .bind(owner)
        .bind(used)
        .bind(reserved)
        .fetch_one(c)
        .await)?)
}

/// Gives back what was reserved, unless the budget is gone.
pub(crate) async fn release(tx: &mut WriteTx, (id, start): CounterKey, reserved: i64) -> Result<(), DbError> {
    let sql =
        "UPDATE budget_counters SET reserved = reserved - $3 WHERE budget_id = $1 AND period_start = $2";
    on_tx!(tx, c => sqlx::query(sql).bind(id).bind(start).bind(reserved).execute(c).await.map(drop))?;
    Ok(())
}

/// It was told of this share; false when it was told of it before.
pub(crate) async fn note_alert(
    tx: &mut WriteTx,
    (id, start): CounterKey,
    percent: i64,
) -> Result<bool, DbError> {
    let sql =
        "UPDATE budget_counters SET alerted = $3 WHERE budget_id = $1 AND period_start = $2 AND alerted < $3";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(id)
        .bind(start)
        .bind(percent)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Nothing was told of yet, since the amount is another.
pub(crate) async fn forget_alerts(tx: &mut WriteTx, id: Uuid) -> Result<(), DbError> {
    let sql = "UPDATE budget_counters SET alerted = 0 WHERE budget_id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(id).execute(c).await.map(drop))?;
    Ok(())
}

pub(crate) async fn find_counter(db: &ScopedDb, (id, start): CounterKey) -> Result<BudgetCounter, DbError> {
    let sql =
        "SELECT used, reserved, alerted FROM budget_counters WHERE budget_id = $1 AND period_start = $2";
    let found: Option<BudgetCounter> =
        on!(db, c => sqlx::query_as(sql).bind(id).bind(start).fetch_optional(c).await)?;
    Ok(found.unwrap_or_default())
}

pub(crate) async fn delete_of_budget(tx: &mut WriteTx, id: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM budget_counters WHERE budget_id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(id).execute(c).await.map(drop))?;
    Ok(())
}

pub(crate) async fn delete_of_user(tx: &mut WriteTx, user: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM budget_counters WHERE owner_id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(user).execute(c).await.map(drop))?;
    Ok(())
}
