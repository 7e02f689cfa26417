//! The rows of a thread's runs.

use chrono::{DateTime, Utc};
use flow::RunId;
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx, on_write};
use serde_json::Value;
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

use super::{read_head, write_head};
use crate::domain::thread::{MultitaskStrategy, RunPart, ThreadHead, ThreadRunRecord, ThreadRunStatus};
use crate::store::workflows::read_json;

/// Outcome of one that was taken from the list.
pub(crate) const DELETED: &str = "deleted";
/// Outcome of one that was taken back, with what it did.
pub(crate) const UNDONE: &str = "undone";

#[derive(FromRow)]
struct ThreadRunRow {
    id: Uuid,
    thread_id: Uuid,
    owner_id: Uuid,
    place: i64,
    assistant_id: Uuid,
    graph: String,
    request: String,
    metadata: String,
    kwargs: String,
    strategy: String,
    actor: String,
    worker_share: Uuid,
    due_at: DateTime<Utc>,
    run_id: Option<Uuid>,
    ordinal: i64,
    first_step: i64,
    step_offset: i64,
    first_event: i64,
    reply: Option<String>,
    outcome: Option<String>,
    error: Option<String>,
    webhook: Option<String>,
    base_run: Option<Uuid>,
    base_step: Option<i64>,
    base_state: Option<Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// Runs of a thread that are looked at.
const RUNS_MAX: i64 = 2_000;

const COLUMNS: &str = "id, thread_id, owner_id, place, assistant_id, graph, request, metadata, kwargs, strategy, actor, \
                       worker_share, due_at, run_id, ordinal, first_step, step_offset, first_event, reply, outcome, \
                       error, webhook, base_run, base_step, base_state, created_at, updated_at";

impl TryFrom<ThreadRunRow> for ThreadRunRecord {
    type Error = DbError;

    fn try_from(row: ThreadRunRow) -> Result<Self, DbError> {
        Ok(Self {
            id: row.id,
            thread_id: row.thread_id,
            owner_id: row.owner_id,
            place: row.place,
            assistant_id: row.assistant_id,
            graph: row.graph,
            request: read_json(&row.request)?,
            metadata: read_json(&row.metadata)?,
            kwargs: read_json(&row.kwargs)?,
            strategy: MultitaskStrategy::parse(&row.strategy),
            actor: read_json(&row.actor)?,
            worker_share: row.worker_share,
            due_at: row.due_at,
            part: RunPart {
                run: row.run_id,
                ordinal: u32::try_from(row.ordinal).unwrap_or_default(),
                first_step: u64::try_from(row.first_step).unwrap_or_default(),
                step_offset: row.step_offset,
                first_event: u64::try_from(row.first_event).unwrap_or_default(),
            },
            reply: row.reply.as_deref().map(read_json).transpose()?,
            undone: row.outcome.as_deref() == Some(UNDONE),
            gone: matches!(row.outcome.as_deref(), Some(UNDONE | DELETED)),
            outcome: row.outcome.as_deref().map(ThreadRunStatus::of_outcome),
            error: row.error,
            webhook: row.webhook,
            base: read_head(row.base_run, row.base_step, row.base_state),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// As the thread's newest; its `place` is made here.
pub(crate) async fn insert_run(tx: &mut WriteTx, run: &ThreadRunRecord) -> Result<(), DbError> {
    let sql = "INSERT INTO thread_runs (id, thread_id, owner_id, place, assistant_id, graph, request, metadata, kwargs, \
               strategy, actor, worker_share, due_at, ordinal, first_step, step_offset, first_event, outcome, error, webhook, \
               webhook_at, created_at, updated_at) \
               SELECT $1, $2, $3, coalesce(max(place), 0) + 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0, 0, 0, $13, $14, \
               $16, CASE WHEN $16 IS NULL THEN NULL ELSE $15 END, $15, $15 FROM thread_runs WHERE thread_id = $2";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(run.id)
        .bind(run.thread_id)
        .bind(run.owner_id)
        .bind(run.assistant_id)
        .bind(&run.graph)
        .bind(serde_json::json!(run.request).to_string())
        .bind(run.metadata.to_string())
        .bind(run.kwargs.to_string())
        .bind(run.strategy.as_str())
        .bind(serde_json::json!(run.actor).to_string())
        .bind(run.worker_share)
        .bind(run.due_at)
        .bind(run.outcome.map(ThreadRunStatus::as_str))
        .bind(&run.error)
        .bind(run.created_at)
        .bind(&run.webhook)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

pub(crate) async fn find_run(
    db: &ScopedDb,
    (thread, owner): (Uuid, Uuid),
    id: Uuid,
) -> Result<Option<ThreadRunRecord>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM thread_runs WHERE id = $1 AND thread_id = $2 AND owner_id = $3");
    let row: Option<ThreadRunRow> = on!(db, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(id)
        .bind(thread)
        .bind(owner)
        .fetch_optional(c)
        .await)?;

    row.map(ThreadRunRecord::try_from).transpose()
}

/// The newest of a thread, newest first; those that are gone, too.
pub(crate) async fn list_runs(
    db: &ScopedDb,
    (thread, owner): (Uuid, Uuid),
) -> Result<Vec<ThreadRunRecord>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM thread_runs WHERE thread_id = $1 AND owner_id = $2 ORDER BY place DESC LIMIT $3"
    );
    let rows: Vec<ThreadRunRow> = on!(db, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(thread)
        .bind(owner)
        .bind(RUNS_MAX)
        .fetch_all(c)
        .await)?;

    rows.into_iter().map(ThreadRunRecord::try_from).collect()
}

/// Those of a thread that have no end yet, in order, as this transaction sees them.
pub(crate) async fn lock_runs(tx: &mut WriteTx, thread: Uuid) -> Result<Vec<ThreadRunRecord>, DbError> {
    let sql =
        format!("SELECT {COLUMNS} FROM thread_runs WHERE thread_id = $1 AND outcome IS NULL ORDER BY place");
    let rows: Vec<ThreadRunRow> = on_tx!(tx, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(thread)
        .fetch_all(c)
        .await)?;

    rows.into_iter().map(ThreadRunRecord::try_from).collect()
}

/// Threads with their owners in which something is to begin or to be answered.
pub(crate) async fn find_waiting(
    db: &ScopedDb,
    now: DateTime<Utc>,
    most: i64,
) -> Result<Vec<(Uuid, Uuid)>, DbError> {
    let sql = "SELECT thread_id, owner_id FROM thread_runs WHERE outcome IS NULL \
               AND (run_id IS NULL OR reply IS NOT NULL) AND due_at <= $1 \
               GROUP BY thread_id, owner_id ORDER BY min(due_at) LIMIT $2";
    Ok(on!(db, c => sqlx::query_as(sql).bind(now).bind(most).fetch_all(c).await)?)
}

/// It has begun. False when another process began it.
pub(crate) async fn write_begun(
    tx: &mut WriteTx,
    id: Uuid,
    part: RunPart,
    reply: Option<&Value>,
    base: ThreadHead,
    at: DateTime<Utc>,
) -> Result<bool, DbError> {
    let (run, step, state) = write_head(base);
    let sql = "UPDATE thread_runs SET run_id = $2, ordinal = $3, first_step = $4, step_offset = $5, first_event = $6, \
               reply = $7, base_run = $8, base_step = $9, base_state = $10, updated_at = $11 \
               WHERE id = $1 AND run_id IS NULL AND outcome IS NULL";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(id)
        .bind(part.run)
        .bind(i64::from(part.ordinal))
        .bind(i64::try_from(part.first_step).unwrap_or(i64::MAX))
        .bind(part.step_offset)
        .bind(i64::try_from(part.first_event).unwrap_or(i64::MAX))
        .bind(reply.map(Value::to_string))
        .bind(run)
        .bind(step)
        .bind(state)
        .bind(at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Which answers it gives, and from where on its events are: or, without a reply, that they are given.
pub(crate) async fn write_reply(
    db: &ScopedDb,
    id: Uuid,
    reply: Option<&Value>,
    part: RunPart,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "UPDATE thread_runs SET reply = $5, first_event = $2, first_step = $3, updated_at = $4 \
               WHERE id = $1 AND outcome IS NULL";
    on_write!(db, c => sqlx::query(sql)
        .bind(id)
        .bind(i64::try_from(part.first_event).unwrap_or(i64::MAX))
        .bind(i64::try_from(part.first_step).unwrap_or(i64::MAX))
        .bind(at)
        .bind(reply.map(Value::to_string))
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// How it ended, where the engine's run does not say.
pub(crate) async fn write_outcome(
    tx: &mut WriteTx,
    id: Uuid,
    outcome: &str,
    error: Option<&str>,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "UPDATE thread_runs SET outcome = $2, error = $3, reply = NULL, updated_at = $4 WHERE id = $1";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(id)
        .bind(outcome)
        .bind(error)
        .bind(at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// What a run's nodes gave, in order.
pub(crate) async fn read_updates(db: &ScopedDb, run: RunId) -> Result<Vec<Value>, DbError> {
    let sql = "SELECT data FROM run_events WHERE run_id = $1 AND kind = 'update' ORDER BY number LIMIT 20000";
    let rows: Vec<String> = on!(db, c => sqlx::query_scalar(sql).bind(run).fetch_all(c).await)?;
    rows.iter().map(|data| read_json(data)).collect()
}
