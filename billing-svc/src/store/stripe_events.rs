//! What Stripe sent, each event once.

use chrono::{DateTime, Utc};
use kit::{
    db::{DbError, ScopedDb},
    on, on_write,
};
use sqlx::FromRow;

use crate::stripe::ReceivedEvent;

#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub(crate) struct StripeEventRow {
    pub(crate) id: String,
    #[sqlx(rename = "type")]
    pub(crate) kind: String,
    pub(crate) subject: String,
    /// `waiting`, `done`, `ignored` or `failed`.
    pub(crate) state: String,
    pub(crate) attempts: i32,
    pub(crate) error: Option<String>,
    pub(crate) received_at: DateTime<Utc>,
    pub(crate) done_at: Option<DateTime<Utc>>,
}

/// True when it was not known.
pub(crate) async fn insert_event(
    db: &ScopedDb,
    event: &ReceivedEvent,
    state: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "INSERT INTO stripe_events (id, type, subject, state, due_at, received_at) VALUES ($1, $2, $3, $4, $5, $5) \
               ON CONFLICT (id) DO NOTHING";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(&event.id)
        .bind(&event.kind)
        .bind(&event.subject)
        .bind(state)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Whom events are about that are due, who has waited longest first.
pub(crate) async fn list_due_subjects(db: &ScopedDb, now: DateTime<Utc>) -> Result<Vec<String>, DbError> {
    let sql = "SELECT subject FROM stripe_events WHERE state = 'waiting' AND due_at <= $1 GROUP BY subject \
               ORDER BY MIN(due_at) LIMIT 100";
    Ok(on!(db, c => sqlx::query_scalar(sql).bind(now).fetch_all(c).await)?)
}

/// Takes on what is due of one subject, until `until`: of any number of workers one gets each event. How many these are.
pub(crate) async fn claim_events(
    db: &ScopedDb,
    subject: &str,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<u64, DbError> {
    let sql = "UPDATE stripe_events SET due_at = $3, attempts = attempts + 1 \
               WHERE subject = $1 AND state = 'waiting' AND due_at <= $2";
    Ok(on_write!(db, c => sqlx::query(sql)
        .bind(subject)
        .bind(now)
        .bind(until)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?)
}

/// Those that were claimed until `until` have ended so.
pub(crate) async fn close_events(
    db: &ScopedDb,
    (subject, until): (&str, DateTime<Utc>),
    state: &str,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "UPDATE stripe_events SET state = $3, error = NULL, done_at = $4 \
               WHERE subject = $1 AND state = 'waiting' AND due_at = $2";

    on_write!(db, c => sqlx::query(sql)
        .bind(subject)
        .bind(until)
        .bind(state)
        .bind(now)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Those that were claimed until `until` are tried again at `due_at`, or given up after `most` attempts.
pub(crate) async fn delay_events(
    db: &ScopedDb,
    (subject, until): (&str, DateTime<Utc>),
    error: &str,
    due_at: DateTime<Utc>,
    most: i32,
) -> Result<(), DbError> {
    let sql = "UPDATE stripe_events SET due_at = $3, error = $4, \
               state = CASE WHEN attempts >= $5 THEN 'failed' ELSE 'waiting' END \
               WHERE subject = $1 AND state = 'waiting' AND due_at = $2";
    on_write!(db, c => sqlx::query(sql)
        .bind(subject)
        .bind(until)
        .bind(due_at)
        .bind(error)
        .bind(most)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// It waits once more, as if it had just come.
pub(crate) async fn reopen_event(db: &ScopedDb, id: &str, now: DateTime<Utc>) -> Result<bool, DbError> {
    let sql = "UPDATE stripe_events SET state = 'waiting', attempts = 0, error = NULL, due_at = $2, done_at = NULL \
               WHERE id = $1";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(id)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(done > 0)
}

pub(crate) async fn find_event(db: &ScopedDb, id: &str) -> Result<Option<StripeEventRow>, DbError> {
    let sql = "SELECT id, type, subject, state, attempts, error, received_at, done_at FROM stripe_events WHERE id = $1";
    Ok(on!(db, c => sqlx::query_as(sql).bind(id).fetch_optional(c).await)?)
}

/// Newest first.
pub(crate) async fn list_events(
    db: &ScopedDb,
    state: Option<&str>,
    most: i64,
) -> Result<Vec<StripeEventRow>, DbError> {
    let sql = "SELECT id, type, subject, state, attempts, error, received_at, done_at FROM stripe_events \
               WHERE $1 = '' OR state = $1 ORDER BY received_at DESC, id LIMIT $2";
    let state = state.unwrap_or_default();
    Ok(on!(db, c => sqlx::query_as(sql).bind(state).bind(most).fetch_all(c).await)?)
}

/// Forgets what was worked off before this time.
pub(crate) async fn delete_old_events(db: &ScopedDb, before: DateTime<Utc>) -> Result<(), DbError> {
    let sql = "DELETE FROM stripe_events WHERE state IN ('done', 'ignored') AND received_at < $1";
    on_write!(db, c => sqlx::query(sql).bind(before).execute(c).await.map(drop))?;
    Ok(())
}
