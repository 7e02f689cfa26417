//! The rows of alerts that are to be told.

use chrono::{DateTime, Utc};
use kit::{
    db::{DbError, ScopedDb, WriteTx},
    on, on_tx, on_write,
};
use sqlx::FromRow;
use uuid::Uuid;

/// An alert that its owner's webhooks are to be told of.
#[derive(Clone, Debug, FromRow)]
pub(crate) struct BudgetAlert {
    pub(crate) id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) at: DateTime<Utc>,
    /// A JSON object.
    pub(crate) data: String,
}

pub(crate) async fn insert(tx: &mut WriteTx, alert: &BudgetAlert) -> Result<(), DbError> {
    let sql = "INSERT INTO budget_alerts (id, owner_id, at, data) VALUES ($1, $2, $3, $4)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(alert.id)
        .bind(alert.owner_id)
        .bind(alert.at)
        .bind(&alert.data)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// The oldest ones.
pub(crate) async fn list(db: &ScopedDb, most: i64) -> Result<Vec<BudgetAlert>, DbError> {
    let sql = "SELECT id, owner_id, at, data FROM budget_alerts ORDER BY at, id LIMIT $1";
    Ok(on!(db, c => sqlx::query_as(sql).bind(most).fetch_all(c).await)?)
}

pub(crate) async fn delete(db: &ScopedDb, id: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM budget_alerts WHERE id = $1";
    on_write!(db, c => sqlx::query(sql).bind(id).execute(c).await.map(drop))?;
    Ok(())
}

pub(crate) async fn delete_all(tx: &mut WriteTx, owner: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM budget_alerts WHERE owner_id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(owner).execute(c).await.map(drop))?;
    Ok(())
}
