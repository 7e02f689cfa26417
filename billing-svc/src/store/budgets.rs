//! The rows of budgets.

use chrono::{DateTime, Utc};
use kit::{
    db::{DbError, ScopedDb, WriteTx},
    on, on_tx,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::domain::budget::{BudgetPeriod, BudgetScope, BudgetUnit};

#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub(crate) struct Budget {
    pub(crate) id: Uuid,
    /// Who may change it; an operator's when there is none.
    pub(crate) owner_id: Option<Uuid>,
    #[sqlx(try_from = "String")]
    pub(crate) scope: BudgetScope,
    /// All zeros for the installation.
    pub(crate) subject: Uuid,
    pub(crate) model_class: Option<String>,
    #[sqlx(try_from = "String")]
    pub(crate) unit: BudgetUnit,
    pub(crate) amount: i64,
    #[sqlx(try_from = "String")]
    pub(crate) period: BudgetPeriod,
    pub(crate) hard: bool,
    pub(crate) created_at: DateTime<Utc>,
}

macro_rules! select_budgets {
    ($rest:literal) => {
        concat!(
            "SELECT id, owner_id, scope, subject, model_class, unit, amount, period, hard, created_at FROM budgets ",
            $rest
        )
    };
}

/// Of these subjects, in the order of their ids.
pub(crate) async fn list_of_subjects(db: &ScopedDb, subjects: [Uuid; 4]) -> Result<Vec<Budget>, DbError> {
    let sql = select_budgets!("WHERE subject IN ($1, $2, $3, $4) ORDER BY id");
    let [a, b, c, d] = subjects;
    Ok(on!(db, conn => sqlx::query_as(sql).bind(a).bind(b).bind(c).bind(d).fetch_all(conn).await)?)
}

/// The same in a transaction.
pub(crate) async fn list_binding(tx: &mut WriteTx, subjects: [Uuid; 4]) -> Result<Vec<Budget>, DbError> {
    let sql = select_budgets!("WHERE subject IN ($1, $2, $3, $4) ORDER BY id");
    let [a, b, c, d] = subjects;
    Ok(on_tx!(tx, conn => sqlx::query_as(sql).bind(a).bind(b).bind(c).bind(d).fetch_all(conn).await)?)
}

/// Those that somebody may change, and those over all and over the somebody.
pub(crate) async fn list_of_user(db: &ScopedDb, user: Uuid) -> Result<Vec<Budget>, DbError> {
    let sql = select_budgets!(
        "WHERE owner_id = $1 OR subject = $1 OR scope = 'installation' ORDER BY created_at, id"
    );
    Ok(on!(db, c => sqlx::query_as(sql).bind(user).fetch_all(c).await)?)
}

pub(crate) async fn find_budget(tx: &mut WriteTx, id: Uuid) -> Result<Option<Budget>, DbError> {
    let sql = select_budgets!("WHERE id = $1");
    Ok(on_tx!(tx, c => sqlx::query_as(sql).bind(id).fetch_optional(c).await)?)
}

pub(crate) async fn count_of_owner(tx: &mut WriteTx, owner: Uuid) -> Result<i64, DbError> {
    let sql = "SELECT COUNT(*) FROM budgets WHERE owner_id = $1";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql).bind(owner).fetch_one(c).await)?)
}

pub(crate) async fn insert_budget(tx: &mut WriteTx, row: &Budget) -> Result<(), DbError> {
    let sql = "INSERT INTO budgets (id, owner_id, scope, subject, model_class, unit, amount, period, hard, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(row.id)
        .bind(row.owner_id)
        .bind(row.scope.as_str())
        .bind(row.subject)
        .bind(&row.model_class)
        .bind(row.unit.as_str())
        .bind(row.amount)
        .bind(row.period.as_str())
        .bind(row.hard)
        .bind(row.created_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

pub(crate) async fn update_budget(
    tx: &mut WriteTx,
    id: Uuid,
    (amount, hard): (i64, bool),
) -> Result<(), DbError> {
    let sql = "UPDATE budgets SET amount = $2, hard = $3 WHERE id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(id).bind(amount).bind(hard).execute(c).await.map(drop))?;
    Ok(())
}

pub(crate) async fn delete_budget(tx: &mut WriteTx, id: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM budgets WHERE id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(id).execute(c).await.map(drop))?;
    Ok(())
}

/// All that somebody may change or that are over the somebody.
pub(crate) async fn delete_of_user(tx: &mut WriteTx, user: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM budgets WHERE owner_id = $1 OR subject = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(user).execute(c).await.map(drop))?;
    Ok(())
}
