//! What was used: one row for each call of a provider, and one for each piece of work done without one. Rows are only
//! ever added, and deleted with their user; they hold names and numbers, never text of a call.

use chrono::{DateTime, Utc};
use kit::db::{Db, DbError};
use kit::{on, on_tx, on_write};
use sqlx::FromRow;
use uuid::Uuid;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct UsageRow {
    pub id: Uuid,
    /// When it ended.
    pub at: DateTime<Utc>,
    pub user_id: Uuid,
    /// The user's tier at that time.
    pub tier: String,
    pub agent: String,
    pub run_id: Option<String>,
    pub provider: String,
    pub model: String,
    /// No outside service was asked.
    pub offline: bool,
    pub input_tokens: i64,
    pub output_tokens: i64,
    /// Millionths of a US dollar.
    pub cost_micro_usd: i64,
    pub duration_ms: i64,
    /// `ok`, `truncated`, `refused`, `failed` or `aborted`.
    pub outcome: String,
}

/// What a user used of one model for one agent.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct UsageTotal {
    pub agent: String,
    pub provider: String,
    pub model: String,
    pub calls: i64,
    pub input_tokens: i64,
    pub output_tokens: i64,
    pub cost_micro_usd: i64,
}

#[derive(Debug, Clone)]
pub struct UsageStore {
    db: Db,
}

impl UsageStore {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Adds rows, all or none. A row that is there already stays as it is, so a batch may be tried again.
    pub(crate) async fn add(&self, rows: &[UsageRow]) -> Result<(), DbError> {
        let mut tx = self.db.system().begin_write().await?;
        for row in rows {
            on_tx!(&mut tx, c => sqlx::query(
                "INSERT INTO usage (id, at, user_id, tier, agent, run_id, provider, model, offline, input_tokens, \
                 output_tokens, cost_micro_usd, duration_ms, outcome) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (id) DO NOTHING"
            )
            .bind(row.id)
            .bind(row.at)
            .bind(row.user_id)
            .bind(&row.tier)
            .bind(&row.agent)
            .bind(&row.run_id)
            .bind(&row.provider)
            .bind(&row.model)
            .bind(row.offline)
            .bind(row.input_tokens)
            .bind(row.output_tokens)
            .bind(row.cost_micro_usd)
            .bind(row.duration_ms)
            .bind(&row.outcome)
            .execute(c)
            .await
            .map(drop))?;
        }

        tx.commit().await
    }

    /// Forgets what the user used; how many rows that were.
    pub(crate) async fn delete(&self, user_id: Uuid) -> Result<u64, DbError> {
        let sql = "DELETE FROM usage WHERE user_id = $1";
        let done = on_write!(self.db.user(user_id), c => sqlx::query(sql)
            .bind(user_id)
            .execute(c)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(done)
    }

    /// What the user used since then, by agent and model, most expensive first.
    ///
    /// # Errors
    /// A database that does not answer.
    pub async fn totals(&self, user_id: Uuid, since: DateTime<Utc>) -> Result<Vec<UsageTotal>, DbError> {
        let totals = on!(self.db.user(user_id), c => sqlx::query_as(
            "SELECT agent, provider, model, COUNT(*) AS calls, \
             CAST(SUM(input_tokens) AS BIGINT) AS input_tokens, \
             CAST(SUM(output_tokens) AS BIGINT) AS output_tokens, \
             CAST(SUM(cost_micro_usd) AS BIGINT) AS cost_micro_usd \
             FROM usage WHERE user_id = $1 AND at >= $2 GROUP BY agent, provider, model \
             ORDER BY 7 DESC, agent, provider, model"
        )
        .bind(user_id)
        .bind(since)
        .fetch_all(c)
        .await)?;

        Ok(totals)
    }

    /// Every row of one run of the user, oldest first.
    ///
    /// # Errors
    /// A database that does not answer.
    pub async fn of_run(&self, user_id: Uuid, run_id: &str) -> Result<Vec<UsageRow>, DbError> {
        let rows = on!(self.db.user(user_id), c => sqlx::query_as(
            "SELECT * FROM usage WHERE user_id = $1 AND run_id = $2 ORDER BY at, id"
        )
        .bind(user_id)
        .bind(run_id)
        .fetch_all(c)
        .await)?;
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use kit::db::{
        assert_same_migrations,
        testing::{assert_rows_are_guarded, each_engine},
    };

    use super::*;
    use crate::MIGRATIONS;

    const USER: Uuid = Uuid::from_u128(7);

    fn row(id: u128, user_id: Uuid, model: &str, second: i64) -> UsageRow {
        UsageRow {
            id: Uuid::from_u128(id),
            at: DateTime::from_timestamp(1_767_268_800 + second, 0).expect("a time"),
            user_id,
            tier: "pro".to_owned(),
            agent: "codestory.architect".to_owned(),
            run_id: Some("run-1".to_owned()),
            provider: "anthropic".to_owned(),
            model: model.to_owned(),
            offline: false,
            input_tokens: 100,
            output_tokens: 5,
            cost_micro_usd: 625,
            duration_ms: 1_500,
            outcome: "ok".to_owned(),
        }
    }

    #[test]
    fn both_engines_have_the_same_migrations() {
        assert_same_migrations(&MIGRATIONS);
    }

    #[tokio::test]
    async fn on_postgresql_a_statement_reaches_the_rows_of_its_scope_alone() {
        assert_rows_are_guarded(&MIGRATIONS, &[]).await;
    }

    #[tokio::test]
    async fn what_is_added_reads_back_equal_and_adding_it_again_changes_nothing() {
        each_engine(&MIGRATIONS, |db| async {
            let store = UsageStore::new(db);
            let rows = [
                row(1, USER, "claude", 0),
                UsageRow {
                    run_id: None,
                    ..row(2, USER, "claude", 1)
                },
            ];

            store.add(&rows).await.unwrap();
            store.add(&rows).await.unwrap();

            assert_eq!(store.of_run(USER, "run-1").await.unwrap(), rows[..1]);
            assert_eq!(store.totals(USER, rows[0].at).await.unwrap()[0].calls, 2);
        })
        .await;
    }

    #[tokio::test]
    async fn totals_are_the_users_own_since_a_time_by_agent_and_model() {
        each_engine(&MIGRATIONS, |db| async {
            let store = UsageStore::new(db);
            let other = Uuid::from_u128(8);
            let rows = [
                row(1, USER, "claude", 0),
                row(2, USER, "claude", 10),
                row(3, USER, "claude", 11),
                UsageRow {
                    cost_micro_usd: 1,
                    ..row(4, USER, "gpt", 12)
                },
                row(5, other, "claude", 12),
            ];

            store.add(&rows).await.unwrap();

            let totals = store.totals(USER, rows[1].at).await.unwrap();
            let told: Vec<_> = totals
                .iter()
                .map(|t| (t.model.as_str(), t.calls, t.input_tokens, t.cost_micro_usd))
                .collect();

            assert_eq!(told, [("claude", 2, 200, 1_250), ("gpt", 1, 100, 1)]);
            assert!(store.of_run(other, "run-2").await.unwrap().is_empty());
        })
        .await;
    }
}
