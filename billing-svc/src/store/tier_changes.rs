//! Tiers that auth-svc is still to be told, one for each user.

use chrono::{DateTime, Utc};
use kit::{
    actor::Tier,
    db::{DbError, ScopedDb, WriteTx},
    on, on_tx, on_write,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::customers::TierColumn;

#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub(crate) struct TierChange {
    pub(crate) user_id: Uuid,
    #[sqlx(try_from = "String")]
    pub(crate) tier: TierColumn,
    pub(crate) change: Uuid,
    pub(crate) attempts: i32,
}

/// In the place of one that was not told yet.
pub(crate) async fn put_change(
    tx: &mut WriteTx,
    (user, change): (Uuid, Uuid),
    tier: Tier,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO tier_changes (user_id, tier, change, due_at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (user_id) DO UPDATE SET tier = $2, change = $3, attempts = 0, due_at = $4";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(user)
        .bind(tier.as_str())
        .bind(change)
        .bind(now)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

pub(crate) async fn list_due_changes(db: &ScopedDb, now: DateTime<Utc>) -> Result<Vec<TierChange>, DbError> {
    let sql = "SELECT user_id, tier, change, attempts FROM tier_changes WHERE due_at <= $1 ORDER BY due_at LIMIT 100";
    Ok(on!(db, c => sqlx::query_as(sql).bind(now).fetch_all(c).await)?)
}

/// It was told; a newer one of the same user stays.
pub(crate) async fn delete_change(db: &ScopedDb, user: Uuid, change: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM tier_changes WHERE user_id = $1 AND change = $2";
    on_write!(db, c => sqlx::query(sql).bind(user).bind(change).execute(c).await.map(drop))?;
    Ok(())
}

pub(crate) async fn delay_change(
    db: &ScopedDb,
    (user, change): (Uuid, Uuid),
    due_at: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql =
        "UPDATE tier_changes SET due_at = $3, attempts = attempts + 1 WHERE user_id = $1 AND change = $2";
    on_write!(db, c => sqlx::query(sql).bind(user).bind(change).bind(due_at).execute(c).await.map(drop))?;
    Ok(())
}

pub(crate) async fn delete_changes(tx: &mut WriteTx, user: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM tier_changes WHERE user_id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(user).execute(c).await.map(drop))?;
    Ok(())
}
