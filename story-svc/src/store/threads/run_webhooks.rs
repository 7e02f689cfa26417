//! Runs of threads whose end is to be told to somebody.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb};
use kit::{on, on_write};
use sqlx::FromRow;
use uuid::Uuid;

/// A run that has ended, and who has not been told yet.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct DueWebhook {
    pub(crate) id: Uuid,
    pub(crate) thread_id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) url: String,
    /// Attempts that were made.
    pub(crate) round: i64,
}

/// Of runs that have ended, also by waiting for somebody; the longest due first. Those that were taken back are nobody's to know.
pub(crate) async fn list_due_webhooks(
    db: &ScopedDb,
    now: DateTime<Utc>,
    most: i64,
) -> Result<Vec<DueWebhook>, DbError> {
    let sql = "SELECT t.id, t.thread_id, t.owner_id, t.webhook AS url, t.webhook_round AS round FROM thread_runs t \
               LEFT JOIN runs r ON r.id = t.run_id \
               WHERE t.webhook_at IS NOT NULL AND t.webhook_at <= $1 AND t.webhook IS NOT NULL \
               AND (t.outcome NOT IN ('undone', 'deleted') OR (t.outcome IS NULL AND t.reply IS NULL AND (r.held \
               OR r.status IN ('completed', 'failed', 'cancelled', 'waiting_for_input')))) \
               ORDER BY t.webhook_at, t.id LIMIT $2";
    Ok(on!(db, c => sqlx::query_as(sql).bind(now).bind(most).fetch_all(c).await)?)
}

/// False when somebody else makes this attempt, or made it.
pub(crate) async fn begin_webhook(
    db: &ScopedDb,
    id: Uuid,
    round: i64,
    until: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE thread_runs SET webhook_at = $3, webhook_round = $2 + 1 \
               WHERE id = $1 AND webhook_round = $2 AND webhook_at IS NOT NULL";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(id)
        .bind(round)
        .bind(until)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// It is tried again then; never where no time is given.
pub(crate) async fn end_webhook(
    db: &ScopedDb,
    id: Uuid,
    round: i64,
    next: Option<DateTime<Utc>>,
) -> Result<(), DbError> {
    let sql = "UPDATE thread_runs SET webhook_at = $3 WHERE id = $1 AND webhook_round = $2";
    on_write!(db, c => sqlx::query(sql)
        .bind(id)
        .bind(round)
        .bind(next)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}
