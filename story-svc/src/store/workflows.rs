//! The rows of workflows and of their runs.

mod list;
mod rows;
mod shares;

use chrono::{DateTime, Utc};
use flow::RunId;
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx, on_write};
use sqlx::AssertSqlSafe;
use sqlx::types::Json;
use uuid::Uuid;

pub(super) use self::list::pattern;
pub(crate) use self::list::{count, list, list_ids};
use self::rows::WorkflowRow;
pub(super) use self::rows::read_json;
pub(crate) use self::shares::{
    delete_share, delete_shares, find_shared, insert_share, list_sessions, list_shares, note_session,
};
use crate::domain::workflow::{NewWorkflow, WorkflowRecord};
use crate::store::ids;

/// Workflows `w` with their current runs `r`: the oldest one that has not ended, or the newest. `$1` is the time.
macro_rules! select_workflows {
    ($compiled:literal, $start:literal) => {
        concat!(
            "SELECT w.id, w.owner_id, w.workflow_type, w.definition_version, ",
            $compiled,
            " AS compiled, w.name, w.description, w.config, ",
            $start,
            " AS start, w.priority, w.concurrency_key, w.keep_last, w.ttl_seconds, w.fork_from_id, w.created_at, ",
            "w.updated_at, EXISTS (SELECT 1 FROM workflow_shares s WHERE s.workflow_id = w.id ",
            "AND (s.expires_at IS NULL OR s.expires_at > $1)) AS shared, l.run_id, l.ordinal ",
            "FROM workflows w LEFT JOIN workflow_runs l ON l.workflow_id = w.id AND l.run_id = ",
            "(SELECT c.run_id FROM workflow_runs c JOIN runs x ON x.id = c.run_id WHERE c.workflow_id = w.id ",
            "ORDER BY CASE WHEN x.ended_at IS NULL THEN c.ordinal ELSE 2000000000 - c.ordinal END LIMIT 1) ",
            "LEFT JOIN runs r ON r.id = l.run_id "
        )
    };
}
pub(super) use select_workflows;

pub(crate) async fn insert(tx: &mut WriteTx, new: &NewWorkflow) -> Result<(), DbError> {
    let sql = "INSERT INTO workflows (id, owner_id, workflow_type, definition_version, compiled, name, description, \
               search, config, start, priority, concurrency_key, keep_last, ttl_seconds, fork_from_id, created_at, \
               updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)";
    let options = &new.options;
    on_tx!(tx, c => sqlx::query(sql)
        .bind(new.id)
        .bind(new.owner_id)
        .bind(&new.compiled.name)
        .bind(i64::from(new.compiled.version))
        .bind(serde_json::json!(&*new.compiled).to_string())
        .bind(&new.name)
        .bind(&new.description)
        .bind(search_text(&new.name, &new.description))
        .bind(new.config.to_string())
        .bind(new.start.as_ref().map(|start| serde_json::json!(start).to_string()))
        .bind(i64::from(options.priority))
        .bind(&options.concurrency_key)
        .bind(options.keep_last.map(i64::from))
        .bind(options.ttl_seconds.map(i64::from))
        .bind(new.fork_from_id)
        .bind(new.created_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

fn search_text(name: &str, description: &str) -> String {
    format!("{name} {description}").to_lowercase()
}

/// The workflow, when this user owns it.
pub(crate) async fn find(
    db: &ScopedDb,
    id: Uuid,
    owner: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<WorkflowRecord>, DbError> {
    let sql = concat!(
        select_workflows!("w.compiled", "w.start"),
        "WHERE w.id = $2 AND w.owner_id = $3"
    );
    let row: Option<WorkflowRow> = on!(db, c => sqlx::query_as(sql)
        .bind(now)
        .bind(id)
        .bind(owner)
        .fetch_optional(c)
        .await)?;

    row.map(WorkflowRow::into_record).transpose()
}

/// Those of them that this user owns, without their graphs.
pub(crate) async fn find_many(
    db: &ScopedDb,
    wanted: &[Uuid],
    owner: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<WorkflowRecord>, DbError> {
    let sql = format!(
        concat!(
            select_workflows!("NULL", "NULL"),
            "WHERE w.id IN (SELECT i.id FROM {} i) AND w.owner_id = $3"
        ),
        ids::rows(db.db(), "$2")
    );
    let rows: Vec<WorkflowRow> = on!(db, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(now)
        .bind(ids::list(wanted))
        .bind(owner)
        .fetch_all(c)
        .await)?;

    rows.into_iter().map(WorkflowRow::into_record).collect()
}

/// Changes what is given. False when this owner has no such workflow.
pub(crate) async fn update(
    db: &ScopedDb,
    (id, owner): (Uuid, Uuid),
    (name, description): (&str, &str),
    priority: i32,
    at: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE workflows SET name = $3, description = $4, search = $5, priority = $6, updated_at = $7 \
               WHERE id = $1 AND owner_id = $2";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(id)
        .bind(owner)
        .bind(name)
        .bind(description)
        .bind(search_text(name, description))
        .bind(i64::from(priority))
        .bind(at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Holds the workflow until the transaction ends. False when this owner has no such workflow.
pub(crate) async fn lock(
    tx: &mut WriteTx,
    id: Uuid,
    owner: Uuid,
    at: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE workflows SET updated_at = $3 WHERE id = $1 AND owner_id = $2";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(id)
        .bind(owner)
        .bind(at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Runs of the workflow that have not ended.
pub(crate) async fn working(tx: &mut WriteTx, id: Uuid) -> Result<Vec<RunId>, DbError> {
    let sql = "SELECT r.id FROM workflow_runs l JOIN runs r ON r.id = l.run_id \
               WHERE l.workflow_id = $1 AND r.ended_at IS NULL";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql).bind(id).fetch_all(c).await)?)
}

/// Makes the run, which this transaction has written, the workflow's newest; which one it is.
pub(crate) async fn link(
    tx: &mut WriteTx,
    (id, owner): (Uuid, Uuid),
    run: RunId,
    user_input: &serde_json::Value,
    at: DateTime<Utc>,
) -> Result<i64, DbError> {
    let sql = "INSERT INTO workflow_runs (run_id, workflow_id, owner_id, ordinal, user_input, created_at) \
               SELECT $1, $2, $3, coalesce(max(ordinal), 0) + 1, $4, $5 FROM workflow_runs WHERE workflow_id = $2 \
               RETURNING ordinal";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql)
        .bind(run)
        .bind(id)
        .bind(owner)
        .bind(user_input.to_string())
        .bind(at)
        .fetch_one(c)
        .await)?)
}

/// Its runs with their places, the first one first, and what each was executed with.
pub(crate) async fn runs(
    db: &ScopedDb,
    id: Uuid,
    owner: Uuid,
) -> Result<Vec<(RunId, u32, serde_json::Value)>, DbError> {
    let sql = "SELECT run_id, ordinal, user_input FROM workflow_runs WHERE workflow_id = $1 AND owner_id = $2 \
               ORDER BY ordinal";
    let rows: Vec<(RunId, i64, String)> =
        on!(db, c => sqlx::query_as(sql).bind(id).bind(owner).fetch_all(c).await)?;
    let runs = rows.into_iter().map(|(run, ordinal, input)| {
        let input = serde_json::from_str(&input).unwrap_or_default();
        (run, u32::try_from(ordinal).unwrap_or_default(), input)
    });

    Ok(runs.collect())
}

/// The workflow of this owner that the run is one of.
pub(crate) async fn workflow_of_run(db: &ScopedDb, run: RunId, owner: Uuid) -> Result<Option<Uuid>, DbError> {
    let sql = "SELECT workflow_id FROM workflow_runs WHERE run_id = $1 AND owner_id = $2";
    Ok(on!(db, c => sqlx::query_scalar(sql).bind(run).bind(owner).fetch_optional(c).await)?)
}

/// The workflow goes on with another version of its definition.
pub(crate) async fn move_to_version(
    db: &ScopedDb,
    (id, owner): (Uuid, Uuid),
    compiled: &crate::graphs::workflow::definition::Compiled,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "UPDATE workflows SET compiled = $3, definition_version = $4, updated_at = $5 \
               WHERE id = $1 AND owner_id = $2";
    on_write!(db, c => sqlx::query(sql)
        .bind(id)
        .bind(owner)
        .bind(serde_json::json!(compiled).to_string())
        .bind(i64::from(compiled.version))
        .bind(at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// Deletes it with its links, and with its runs where nothing of them is anywhere but here; otherwise these are rows of their own.
/// Answers those that are left. `None` when this owner has no such workflow.
pub(crate) async fn delete(tx: &mut WriteTx, id: Uuid, owner: Uuid) -> Result<Option<Vec<RunId>>, DbError> {
    let sql = "SELECT run_id FROM workflow_runs WHERE workflow_id = $1 AND owner_id = $2";
    let mut runs: Vec<RunId> =
        on_tx!(tx, c => sqlx::query_scalar(sql).bind(id).bind(owner).fetch_all(c).await)?;
    if delete_whole_runs(tx, (id, owner), runs.len()).await? {
        runs.clear();
    }

    let sql = "DELETE FROM workflows WHERE id = $1 AND owner_id = $2";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(id)
        .bind(owner)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok((done > 0).then_some(runs))
}

/// Runs of one workflow that are looked at for whether they can be deleted with it.
const WHOLE_RUNS_MAX: usize = 16;

/// Deletes all runs of a workflow when each has ended, was held by one worker at most (another one's may have left files that no
/// row tells of), and has moved nothing out of the database. False leaves them as they are.
async fn delete_whole_runs(
    tx: &mut WriteTx,
    (id, owner): (Uuid, Uuid),
    count: usize,
) -> Result<bool, DbError> {
    if count > WHOLE_RUNS_MAX {
        return Ok(false);
    }

    let sql = "SELECT r.input FROM workflow_runs l JOIN runs r ON r.id = l.run_id \
               WHERE l.workflow_id = $1 AND l.owner_id = $2 AND r.ended_at IS NOT NULL AND r.fence <= 1 \
               AND NOT EXISTS (SELECT 1 FROM checkpoints c WHERE c.run_id = r.id AND c.spilled IS NOT NULL)";
    let inputs: Vec<Vec<u8>> =
        on_tx!(tx, c => sqlx::query_scalar(sql).bind(id).bind(owner).fetch_all(c).await)?;
    if inputs.len() < count || inputs.iter().any(|input| flow::codec::is_split(input)) {
        return Ok(false);
    }

    let sql = "DELETE FROM runs WHERE id IN (SELECT run_id FROM workflow_runs WHERE workflow_id = $1 AND owner_id = $2)";
    on_tx!(tx, c => sqlx::query(sql).bind(id).bind(owner).execute(c).await.map(drop))?;
    Ok(true)
}

/// Everything of an owner that is no run: workflows, links, sessions and definitions.
pub(crate) async fn delete_of_owner(db: &ScopedDb, owner: Uuid) -> Result<(), DbError> {
    for sql in [
        "DELETE FROM workflows WHERE owner_id = $1",
        "DELETE FROM workflow_definitions WHERE owner_id = $1",
    ] {
        on_write!(db, c => sqlx::query(sql).bind(owner).execute(c).await.map(drop))?;
    }

    Ok(())
}

/// Whether something of the run's questions was closed under this id.
pub(crate) async fn has_asked(db: &ScopedDb, run: RunId, question: Uuid) -> Result<bool, DbError> {
    let sql = "SELECT COUNT(*) FROM run_events WHERE run_id = $1 AND kind = 'question' AND data LIKE $2";
    let found: i64 = on!(db, c => sqlx::query_scalar(sql)
        .bind(run)
        .bind(format!("%\"id\":\"{question}\"%"))
        .fetch_one(c)
        .await)?;

    Ok(found > 0)
}

/// Questions and answers of a run, in order.
pub(crate) async fn dialogue(
    db: &ScopedDb,
    run: RunId,
) -> Result<Vec<(String, Json<serde_json::Value>, DateTime<Utc>)>, DbError> {
    let sql = "SELECT kind, data, at FROM run_events WHERE run_id = $1 AND kind IN ('question', 'answer') \
               ORDER BY number LIMIT 1000";
    let rows: Vec<(String, String, DateTime<Utc>)> =
        on!(db, c => sqlx::query_as(sql).bind(run).fetch_all(c).await)?;
    let rows = rows
        .into_iter()
        .map(|(kind, data, at)| (kind, Json(serde_json::from_str(&data).unwrap_or_default()), at));

    Ok(rows.collect())
}
