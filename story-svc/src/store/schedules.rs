//! The rows of schedules.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx, on_write};
use sqlx::FromRow;
use uuid::Uuid;

use super::workflows::read_json;
use crate::domain::schedule::{MissedRuns, WorkflowSchedule};

macro_rules! schedule_columns {
    () => {
        "id, owner_id, name, cron, time_zone, workflow_type, config, user_input, missed_runs, enabled, actor, next_at, \
         last_at, last_workflow_id, last_error, fence, created_at, updated_at, thread_run, ends_at"
    };
}

#[derive(FromRow)]
struct ScheduleRow {
    id: Uuid,
    owner_id: Uuid,
    name: String,
    cron: String,
    time_zone: String,
    workflow_type: String,
    config: String,
    user_input: String,
    missed_runs: String,
    enabled: bool,
    actor: String,
    next_at: Option<DateTime<Utc>>,
    last_at: Option<DateTime<Utc>>,
    last_workflow_id: Option<Uuid>,
    last_error: Option<String>,
    fence: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    thread_run: Option<String>,
    ends_at: Option<DateTime<Utc>>,
}

impl TryFrom<ScheduleRow> for WorkflowSchedule {
    type Error = DbError;

    fn try_from(row: ScheduleRow) -> Result<Self, DbError> {
        Ok(Self {
            actor: read_json(&row.actor)?,
            missed_runs: MissedRuns::parse(&row.missed_runs),
            id: row.id,
            owner_id: row.owner_id,
            name: row.name,
            cron: row.cron,
            time_zone: row.time_zone,
            workflow_type: row.workflow_type,
            config: row.config,
            user_input: row.user_input,
            enabled: row.enabled,
            next_at: row.next_at,
            last_at: row.last_at,
            last_workflow_id: row.last_workflow_id,
            last_error: row.last_error,
            fence: row.fence,
            created_at: row.created_at,
            updated_at: row.updated_at,
            thread_run: row.thread_run.as_deref().map(read_json).transpose()?,
            ends_at: row.ends_at,
        })
    }
}

/// False when its owner has as many as one may.
pub(crate) async fn insert(tx: &mut WriteTx, new: &WorkflowSchedule, most: i64) -> Result<bool, DbError> {
    let sql = concat!(
        "INSERT INTO workflow_schedules (",
        schedule_columns!(),
        ", thread_id, assistant_id) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL, NULL, NULL, 0, $13, \
         $13, $14, $15, $16, $17 WHERE (SELECT COUNT(*) FROM workflow_schedules WHERE owner_id = $2) < $18"
    );
    let run = new.thread_run.as_ref();
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(new.id)
        .bind(new.owner_id)
        .bind(&new.name)
        .bind(&new.cron)
        .bind(&new.time_zone)
        .bind(&new.workflow_type)
        .bind(&new.config)
        .bind(&new.user_input)
        .bind(new.missed_runs.as_str())
        .bind(new.enabled)
        .bind(serde_json::json!(new.actor).to_string())
        .bind(new.next_at)
        .bind(new.created_at)
        .bind(run.map(|run| serde_json::json!(run).to_string()))
        .bind(new.ends_at)
        .bind(run.and_then(|run| run.thread_id))
        .bind(run.map(|run| run.assistant_id))
        .bind(most)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

pub(crate) async fn find(db: &ScopedDb, id: Uuid, owner: Uuid) -> Result<Option<WorkflowSchedule>, DbError> {
    let sql = concat!(
        "SELECT ",
        schedule_columns!(),
        " FROM workflow_schedules WHERE id = $1 AND owner_id = $2"
    );
    let row: Option<ScheduleRow> =
        on!(db, c => sqlx::query_as(sql).bind(id).bind(owner).fetch_optional(c).await)?;

    row.map(WorkflowSchedule::try_from).transpose()
}

/// Oldest first.
pub(crate) async fn list(db: &ScopedDb, owner: Uuid) -> Result<Vec<WorkflowSchedule>, DbError> {
    let sql = concat!(
        "SELECT ",
        schedule_columns!(),
        " FROM workflow_schedules WHERE owner_id = $1 ORDER BY created_at, id"
    );
    let rows: Vec<ScheduleRow> = on!(db, c => sqlx::query_as(sql).bind(owner).fetch_all(c).await)?;

    rows.into_iter().map(WorkflowSchedule::try_from).collect()
}

/// What its owner says of it. False when it is not this one any more.
pub(crate) async fn update(db: &ScopedDb, changed: &WorkflowSchedule, fence: i64) -> Result<bool, DbError> {
    let sql = "UPDATE workflow_schedules SET name = $4, cron = $5, time_zone = $6, config = $7, user_input = $8, \
               missed_runs = $9, enabled = $10, actor = $11, next_at = $12, updated_at = $13, thread_run = $14, \
               ends_at = $15, fence = fence + 1 \
               WHERE id = $1 AND owner_id = $2 AND fence = $3";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(changed.id)
        .bind(changed.owner_id)
        .bind(fence)
        .bind(&changed.name)
        .bind(&changed.cron)
        .bind(&changed.time_zone)
        .bind(&changed.config)
        .bind(&changed.user_input)
        .bind(changed.missed_runs.as_str())
        .bind(changed.enabled)
        .bind(serde_json::json!(changed.actor).to_string())
        .bind(changed.next_at)
        .bind(changed.updated_at)
        .bind(changed.thread_run.as_ref().map(|run| serde_json::json!(run).to_string()))
        .bind(changed.ends_at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// False when this owner has no such schedule.
pub(crate) async fn delete(db: &ScopedDb, id: Uuid, owner: Uuid) -> Result<bool, DbError> {
    let sql = "DELETE FROM workflow_schedules WHERE id = $1 AND owner_id = $2";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(id)
        .bind(owner)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Those that begin runs of a thread.
pub(crate) async fn delete_of_thread(tx: &mut WriteTx, owner: Uuid, thread: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM workflow_schedules WHERE owner_id = $1 AND thread_id = $2";
    on_tx!(tx, c => sqlx::query(sql).bind(owner).bind(thread).execute(c).await.map(drop))?;

    Ok(())
}

/// Those that begin runs of an assistant.
pub(crate) async fn delete_of_assistant(
    tx: &mut WriteTx,
    owner: Uuid,
    assistant: Uuid,
) -> Result<(), DbError> {
    let sql = "DELETE FROM workflow_schedules WHERE owner_id = $1 AND assistant_id = $2";
    on_tx!(tx, c => sqlx::query(sql).bind(owner).bind(assistant).execute(c).await.map(drop))?;

    Ok(())
}

/// Everything of an owner.
pub(crate) async fn delete_of_owner(db: &ScopedDb, owner: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM workflow_schedules WHERE owner_id = $1";
    on_write!(db, c => sqlx::query(sql).bind(owner).execute(c).await.map(drop))?;

    Ok(())
}

/// Some that are due, the longest due first.
pub(crate) async fn list_due(
    db: &ScopedDb,
    now: DateTime<Utc>,
    most: i64,
) -> Result<Vec<WorkflowSchedule>, DbError> {
    let sql = concat!(
        "SELECT ",
        schedule_columns!(),
        " FROM workflow_schedules WHERE next_at IS NOT NULL AND next_at <= $1 ORDER BY next_at, id LIMIT $2"
    );
    let rows: Vec<ScheduleRow> = on!(db, c => sqlx::query_as(sql).bind(now).bind(most).fetch_all(c).await)?;

    rows.into_iter().map(WorkflowSchedule::try_from).collect()
}

/// Writes what it was due for, and when it is due next. False when it is not this one any more.
pub(crate) async fn note_tick(
    tx: &mut WriteTx,
    schedule: &WorkflowSchedule,
    fence: i64,
) -> Result<bool, DbError> {
    let sql = "UPDATE workflow_schedules SET next_at = $3, last_at = $4, last_workflow_id = $5, last_error = $6, \
               fence = fence + 1 WHERE id = $1 AND fence = $2 AND next_at IS NOT NULL";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(schedule.id)
        .bind(fence)
        .bind(schedule.next_at)
        .bind(schedule.last_at)
        .bind(schedule.last_workflow_id)
        .bind(&schedule.last_error)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}
