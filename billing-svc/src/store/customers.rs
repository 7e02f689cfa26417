//! Who has bought which version of which tier.

use chrono::{DateTime, Utc};
use kit::{
    actor::Tier,
    db::{DbError, ScopedDb},
    on,
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
    pub(crate) updated_at: DateTime<Utc>,
}

pub(crate) async fn find_customer(db: &ScopedDb, user: Uuid) -> Result<Option<Customer>, DbError> {
    let sql = "SELECT user_id, tier, tier_version, seats, updated_at FROM customers WHERE user_id = $1";
    Ok(on!(db, c => sqlx::query_as(sql).bind(user).fetch_optional(c).await)?)
}

/// Makes the row, or makes it equal to this.
#[cfg(test)]
pub(crate) async fn put_customer(tx: &mut kit::db::WriteTx, customer: &Customer) -> Result<(), DbError> {
    let sql = "INSERT INTO customers (user_id, tier, tier_version, seats, updated_at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (user_id) DO UPDATE SET tier = $2, tier_version = $3, seats = $4, updated_at = $5";
    kit::on_tx!(tx, c => sqlx::query(sql)
        .bind(customer.user_id)
        .bind(customer.tier.0.as_str())
        .bind(customer.tier_version)
        .bind(customer.seats)
        .bind(customer.updated_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}
