//! The subscriptions that Stripe has of a customer, as Stripe said last.

use chrono::{DateTime, Utc};
use kit::{
    db::{DbError, ScopedDb, WriteTx},
    on, on_tx,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::customers::TierColumn;

#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub(crate) struct Subscription {
    /// Stripe's.
    pub(crate) id: String,
    pub(crate) user_id: Uuid,
    pub(crate) item_id: String,
    #[sqlx(try_from = "String")]
    pub(crate) tier: TierColumn,
    pub(crate) tier_version: i32,
    pub(crate) status: String,
    pub(crate) seats: i32,
    pub(crate) current_period_end: Option<DateTime<Utc>>,
    pub(crate) cancel_at_period_end: bool,
    pub(crate) past_due_since: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
}

/// All of one user, the oldest first.
pub(crate) async fn list_subscriptions(db: &ScopedDb, user: Uuid) -> Result<Vec<Subscription>, DbError> {
    let sql = "SELECT id, user_id, item_id, tier, tier_version, status, seats, current_period_end, cancel_at_period_end, \
               past_due_since, created_at FROM subscriptions WHERE user_id = $1 ORDER BY created_at, id";
    Ok(on!(db, c => sqlx::query_as(sql).bind(user).fetch_all(c).await)?)
}

/// Users with a subscription that was past due before this time.
pub(crate) async fn list_past_due(db: &ScopedDb, before: DateTime<Utc>) -> Result<Vec<Uuid>, DbError> {
    let sql = "SELECT DISTINCT subscriptions.user_id FROM subscriptions JOIN customers \
               ON customers.user_id = subscriptions.user_id \
               WHERE past_due_since <= $1 AND customers.tier <> 'free' LIMIT 100";
    Ok(on!(db, c => sqlx::query_scalar(sql).bind(before).fetch_all(c).await)?)
}

/// What Stripe has, in the place of what was known.
pub(crate) async fn replace_subscriptions(
    tx: &mut WriteTx,
    user: Uuid,
    rows: &[Subscription],
) -> Result<(), DbError> {
    let delete = "DELETE FROM subscriptions WHERE user_id = $1";
    on_tx!(tx, c => sqlx::query(delete).bind(user).execute(c).await.map(drop))?;

    let insert = "INSERT INTO subscriptions (id, user_id, item_id, tier, tier_version, status, seats, current_period_end, \
                  cancel_at_period_end, past_due_since, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    for row in rows {
        on_tx!(tx, c => sqlx::query(insert)
            .bind(&row.id)
            .bind(row.user_id)
            .bind(&row.item_id)
            .bind(row.tier.0.as_str())
            .bind(row.tier_version)
            .bind(&row.status)
            .bind(row.seats)
            .bind(row.current_period_end)
            .bind(row.cancel_at_period_end)
            .bind(row.past_due_since)
            .bind(row.created_at)
            .execute(c)
            .await
            .map(drop))?;
    }

    Ok(())
}
