//! Who has bought which version of which tier, and whose customer they are at Stripe.

use chrono::{DateTime, Utc};
use kit::{
    actor::Tier,
    db::{DbError, ScopedDb, WriteTx},
    on, on_tx, on_write,
};
use sqlx::FromRow;
use uuid::Uuid;

/// A tier as a column has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TierColumn(pub(crate) Tier);

impl TryFrom<String> for TierColumn {
    type Error = kit::actor::UnknownTier;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub(crate) struct Customer {
    pub(crate) user_id: Uuid,
    #[sqlx(try_from = "String")]
    pub(crate) tier: TierColumn,
    pub(crate) tier_version: i32,
    pub(crate) seats: i32,
    pub(crate) stripe_customer_id: Option<String>,
    pub(crate) revision: i32,
    pub(crate) updated_at: DateTime<Utc>,
}

pub(crate) async fn find_customer(db: &ScopedDb, user: Uuid) -> Result<Option<Customer>, DbError> {
    let sql = "SELECT user_id, tier, tier_version, seats, stripe_customer_id, revision, updated_at \
               FROM customers WHERE user_id = $1";
    Ok(on!(db, c => sqlx::query_as(sql).bind(user).fetch_optional(c).await)?)
}

/// By the name that Stripe gave.
pub(crate) async fn find_by_stripe(db: &ScopedDb, id: &str) -> Result<Option<Customer>, DbError> {
    let sql = "SELECT user_id, tier, tier_version, seats, stripe_customer_id, revision, updated_at \
               FROM customers WHERE stripe_customer_id = $1";
    Ok(on!(db, c => sqlx::query_as(sql).bind(id).fetch_optional(c).await)?)
}

/// Those whom Stripe knows, after this one, in the order of their ids.
pub(crate) async fn list_of_stripe(
    db: &ScopedDb,
    after: Option<Uuid>,
    most: i64,
) -> Result<Vec<Customer>, DbError> {
    let sql = "SELECT user_id, tier, tier_version, seats, stripe_customer_id, revision, updated_at \
               FROM customers WHERE stripe_customer_id IS NOT NULL AND user_id > $1 ORDER BY user_id LIMIT $2";
    let after = after.unwrap_or(Uuid::nil());
    Ok(on!(db, c => sqlx::query_as(sql).bind(after).bind(most).fetch_all(c).await)?)
}

/// Somebody who is about to buy. One who is here keeps the name that Stripe gave first.
pub(crate) async fn insert_customer(db: &ScopedDb, customer: &Customer) -> Result<(), DbError> {
    let sql = "INSERT INTO customers (user_id, tier, tier_version, seats, stripe_customer_id, updated_at) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id) DO UPDATE SET \
               stripe_customer_id = COALESCE(customers.stripe_customer_id, $5)";
    on_write!(db, c => sqlx::query(sql)
        .bind(customer.user_id)
        .bind(customer.tier.0.as_str())
        .bind(customer.tier_version)
        .bind(customer.seats)
        .bind(&customer.stripe_customer_id)
        .bind(customer.updated_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// Makes the row equal to this, unless somebody wrote it since it had this revision: then false.
pub(crate) async fn update_customer(tx: &mut WriteTx, customer: &Customer) -> Result<bool, DbError> {
    let sql = "UPDATE customers SET tier = $2, tier_version = $3, seats = $4, updated_at = $5, revision = revision + 1 \
               WHERE user_id = $1 AND revision = $6";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(customer.user_id)
        .bind(customer.tier.0.as_str())
        .bind(customer.tier_version)
        .bind(customer.seats)
        .bind(customer.updated_at)
        .bind(customer.revision)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// With the subscriptions.
pub(crate) async fn delete_customer(tx: &mut WriteTx, user: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM customers WHERE user_id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(user).execute(c).await.map(drop))?;
    Ok(())
}
