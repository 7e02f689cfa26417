//! What was used, one row for each call. Rows are only ever added; those of a deleted account are nobody's then.

use chrono::{DateTime, Utc};
use kit::{
    db::{DbError, ScopedDb, WriteTx},
    on, on_tx,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::domain::{
    budget::{BudgetScope, SpendCall},
    prices::{Quantities, Spent},
};

/// What was used of one model.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub(crate) struct ModelSum {
    pub(crate) provider: String,
    pub(crate) model: String,
    pub(crate) calls: i64,
    pub(crate) input_tokens: i64,
    pub(crate) cached_input_tokens: i64,
    pub(crate) output_tokens: i64,
    pub(crate) reasoning_tokens: i64,
    pub(crate) audio_tokens: i64,
    pub(crate) characters: i64,
    pub(crate) cost: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub(crate) struct LedgerSum {
    pub(crate) tokens: i64,
    pub(crate) cost: i64,
}

macro_rules! sum_sql {
    ($whose:literal) => {
        concat!(
            "SELECT CAST(COALESCE(SUM(input_tokens + cached_input_tokens + output_tokens + reasoning_tokens + audio_tokens), 0) \
             AS BIGINT) AS tokens, CAST(COALESCE(SUM(cost), 0) AS BIGINT) AS cost FROM spend_ledger WHERE at >= $2 AND ",
            $whose,
            " AND (CAST($3 AS TEXT) IS NULL OR model_class = $3 \
             OR substr(model_class, 1, length(CAST($3 AS TEXT)) + 1) = CAST($3 AS TEXT) || '.')"
        )
    };
}

/// False when the call is there already.
pub(crate) async fn insert_entry(
    tx: &mut WriteTx,
    call: &SpendCall,
    at: DateTime<Utc>,
    (used, spent): (&Quantities, Spent),
) -> Result<bool, DbError> {
    let sql = "INSERT INTO spend_ledger (id, at, user_id, key_id, team_id, provider, model, model_class, input_tokens, \
               cached_input_tokens, output_tokens, reasoning_tokens, audio_tokens, characters, cost) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (id) DO NOTHING";
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(call.id)
        .bind(at)
        .bind(call.user_id)
        .bind(call.key_id)
        .bind(call.team_id)
        .bind(&call.provider)
        .bind(&call.model)
        .bind(&call.model_class)
        .bind(whole(used.input))
        .bind(whole(used.cached_input))
        .bind(whole(used.output))
        .bind(whole(used.reasoning))
        .bind(whole(used.audio))
        .bind(whole(used.characters))
        .bind(spent.cost)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// What the call cost that is there already.
pub(crate) async fn find_cost(tx: &mut WriteTx, id: Uuid) -> Result<Option<i64>, DbError> {
    let sql = "SELECT cost FROM spend_ledger WHERE id = $1";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql).bind(id).fetch_optional(c).await)?)
}

/// Nobody adds to the ledger until the transaction ends, and everybody who was adding has ended. SQLite has one writer anyway.
pub(crate) async fn lock_ledger(tx: &mut WriteTx) -> Result<(), DbError> {
    if let WriteTx::Postgres(tx) = tx {
        sqlx::query("LOCK TABLE spend_ledger IN SHARE MODE")
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// What was used since then of what a budget is over.
pub(crate) async fn sum_since(
    tx: &mut WriteTx,
    (scope, subject): (BudgetScope, Uuid),
    class: Option<&str>,
    since: DateTime<Utc>,
) -> Result<LedgerSum, DbError> {
    let sql = match scope {
        BudgetScope::Key => sum_sql!("key_id = $1"),
        BudgetScope::User => sum_sql!("user_id = $1"),
        BudgetScope::Team => sum_sql!("team_id = $1"),
        // Its subject is all zeros; whatever it is, all rows count.
        BudgetScope::Installation => sum_sql!("$1 = $1"),
    };

    Ok(on_tx!(tx, c => sqlx::query_as(sql)
        .bind(subject)
        .bind(since)
        .bind(class)
        .fetch_one(c)
        .await)?)
}

/// By model, most expensive first.
pub(crate) async fn list_by_model(
    db: &ScopedDb,
    user: Uuid,
    (start, end): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<ModelSum>, DbError> {
    let sql = "SELECT provider, model, COUNT(*) AS calls, CAST(SUM(input_tokens) AS BIGINT) AS input_tokens, \
               CAST(SUM(cached_input_tokens) AS BIGINT) AS cached_input_tokens, \
               CAST(SUM(output_tokens) AS BIGINT) AS output_tokens, \
               CAST(SUM(reasoning_tokens) AS BIGINT) AS reasoning_tokens, \
               CAST(SUM(audio_tokens) AS BIGINT) AS audio_tokens, CAST(SUM(characters) AS BIGINT) AS characters, \
               CAST(SUM(cost) AS BIGINT) AS cost FROM spend_ledger WHERE user_id = $1 AND at >= $2 AND at < $3 \
               GROUP BY provider, model ORDER BY 10 DESC, provider, model";
    Ok(on!(db, c => sqlx::query_as(sql).bind(user).bind(start).bind(end).fetch_all(c).await)?)
}

/// What was used stays, and is nobody's.
pub(crate) async fn disown_entries(tx: &mut WriteTx, user: Uuid) -> Result<(), DbError> {
    let sql = "UPDATE spend_ledger SET user_id = NULL, key_id = NULL WHERE user_id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(user).execute(c).await.map(drop))?;
    Ok(())
}
