//! The rows of threads, and of states that somebody put in place.

mod run_webhooks;
mod runs;
mod storage;
mod sweep;
mod value_index;

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx, on_write};
use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

pub(crate) use self::run_webhooks::{DueWebhook, begin_webhook, end_webhook, list_due_webhooks};
pub(crate) use self::runs::{
    DELETED, UNDONE, find_run, find_waiting, insert_run, list_runs, lock_runs, read_updates, write_begun,
    write_outcome, write_reply,
};
pub(crate) use self::storage::measure_storage;
pub(crate) use self::sweep::{
    TTL_GRACE, delete_older_states, end_sweep, expire_past_runs, has_untold_runs, list_to_sweep,
    put_off_sweep, write_kept_from, write_ttl,
};
pub(crate) use self::value_index::{list_unindexed, write_index};
use super::ids;
use super::workflows::read_json;
use crate::domain::item::write_fields;
use crate::domain::thread::{KeptFrom, PlacedState, ThreadHead, ThreadRecord};

/// What is asked of the list of threads.
#[derive(Debug, Clone, Default)]
pub(crate) struct ThreadQuery {
    /// Each as [`crate::domain::item::write_field`] writes it.
    pub(crate) fields: Vec<String>,
    /// Of the newest values, written alike: only threads whose values were read ([`list_unindexed`]) are found by them.
    pub(crate) values: Vec<String>,
    pub(crate) ids: Vec<Uuid>,
    pub(crate) sort_by: SortThreadsBy,
    pub(crate) ascending: bool,
}

/// The order of a list of threads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum SortThreadsBy {
    #[default]
    CreatedAt,
    UpdatedAt,
    StateUpdatedAt,
    Id,
}

#[derive(FromRow)]
struct ThreadRow {
    id: Uuid,
    owner_id: Uuid,
    metadata: String,
    head_run: Option<Uuid>,
    head_step: Option<i64>,
    head_state: Option<Uuid>,
    fence: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    state_updated_at: DateTime<Utc>,
    ttl_strategy: Option<String>,
    ttl_seconds: Option<i64>,
    expires_at: Option<DateTime<Utc>>,
    kept_from: Option<DateTime<Utc>>,
    kept_step: Option<i64>,
}

const COLUMNS: &str = "id, owner_id, metadata, head_run, head_step, head_state, fence, created_at, updated_at, \
                       state_updated_at, ttl_strategy, ttl_seconds, expires_at, kept_from, kept_step";

impl TryFrom<ThreadRow> for ThreadRecord {
    type Error = DbError;

    fn try_from(row: ThreadRow) -> Result<Self, DbError> {
        Ok(Self {
            id: row.id,
            owner_id: row.owner_id,
            metadata: read_json(&row.metadata)?,
            head: read_head(row.head_run, row.head_step, row.head_state),
            fence: row.fence,
            created_at: row.created_at,
            updated_at: row.updated_at,
            state_updated_at: row.state_updated_at,
            ttl: sweep::read_ttl(row.ttl_strategy.as_deref(), row.ttl_seconds, row.expires_at),
            kept_from: row
                .kept_from
                .zip(row.kept_step)
                .map(|(at, step)| KeptFrom { at, step }),
        })
    }
}

fn read_head(run: Option<Uuid>, step: Option<i64>, state: Option<Uuid>) -> ThreadHead {
    match (run, state) {
        (_, Some(state)) => ThreadHead::State(state),
        (Some(run), None) => ThreadHead::Run(run, step.and_then(|step| u64::try_from(step).ok())),
        (None, None) => ThreadHead::Nowhere,
    }
}

/// Run, step and state, as columns.
fn write_head(head: ThreadHead) -> (Option<Uuid>, Option<i64>, Option<Uuid>) {
    match head {
        ThreadHead::Nowhere => (None, None, None),
        ThreadHead::Run(run, step) => (Some(run), step.and_then(|step| i64::try_from(step).ok()), None),
        ThreadHead::State(state) => (None, None, Some(state)),
    }
}

/// False when the id is taken, by whomever.
pub(crate) async fn insert(tx: &mut WriteTx, thread: &ThreadRecord) -> Result<bool, DbError> {
    let sql = "INSERT INTO threads (id, owner_id, metadata, fields, head_run, head_step, head_state, fence, created_at, \
               updated_at, state_updated_at, ttl_strategy, ttl_seconds, expires_at, sweep_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9, $10, $11, $12, $13) \
               ON CONFLICT (id) DO NOTHING";
    let metadata = Value::Object(thread.metadata.clone());
    let (run, step, state) = write_head(thread.head);
    let ttl = sweep::write_columns(thread.ttl, thread.created_at);
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(thread.id)
        .bind(thread.owner_id)
        .bind(metadata.to_string())
        .bind(write_fields(&metadata))
        .bind(run)
        .bind(step)
        .bind(state)
        .bind(thread.fence)
        .bind(thread.created_at)
        .bind(ttl.strategy)
        .bind(ttl.seconds)
        .bind(ttl.expires_at)
        .bind(ttl.sweep_at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

pub(crate) async fn find(db: &ScopedDb, id: Uuid, owner: Uuid) -> Result<Option<ThreadRecord>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM threads WHERE id = $1 AND owner_id = $2");
    let row: Option<ThreadRow> = on!(db, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(id)
        .bind(owner)
        .fetch_optional(c)
        .await)?;

    row.map(ThreadRecord::try_from).transpose()
}

/// In the order that is asked for, at most so many after the first ones.
pub(crate) async fn search(
    db: &ScopedDb,
    owner: Uuid,
    query: &ThreadQuery,
    (limit, offset): (u32, u32),
) -> Result<Vec<ThreadRecord>, DbError> {
    let order = match query.sort_by {
        SortThreadsBy::CreatedAt => "created_at",
        SortThreadsBy::UpdatedAt => "updated_at",
        SortThreadsBy::StateUpdatedAt => "state_updated_at",
        SortThreadsBy::Id => "id",
    };
    let way = if query.ascending { "ASC" } else { "DESC" };
    let sql = format!(
        "SELECT {COLUMNS} FROM threads WHERE {} ORDER BY {order} {way}, id {way} LIMIT ${} OFFSET ${}",
        condition(db, query),
        FIXED + query.fields.len() + query.values.len() + 1,
        FIXED + query.fields.len() + query.values.len() + 2,
    );
    let rows: Vec<ThreadRow> = on!(db, c => {
        let mut asked = sqlx::query_as(AssertSqlSafe(sql)).bind(owner).bind(ids::list(&query.ids));
        for field in query.fields.iter().chain(&query.values) {
            asked = asked.bind(field);
        }
        asked.bind(i64::from(limit)).bind(i64::from(offset)).fetch_all(c).await
    })?;

    rows.into_iter().map(ThreadRecord::try_from).collect()
}

/// Placeholders before those of the fields.
const FIXED: usize = 2;

fn condition(db: &ScopedDb, query: &ThreadQuery) -> String {
    let mut sql = format!(
        "owner_id = $1 AND ($2 = '[]' OR id IN (SELECT i.id FROM {} i))",
        ids::rows(db.db(), "$2")
    );
    for place in (FIXED + 1..).take(query.fields.len()) {
        sql.push_str(&format!(" AND replace(fields, ${place}, '') <> fields"));
    }
    for place in (FIXED + query.fields.len() + 1..).take(query.values.len()) {
        sql.push_str(&format!(" AND replace(shown, ${place}, '') <> shown"));
    }

    sql
}

/// False when this owner has no such thread.
pub(crate) async fn write_metadata(
    db: &ScopedDb,
    (id, owner): (Uuid, Uuid),
    metadata: &Map<String, Value>,
    at: DateTime<Utc>,
) -> Result<bool, DbError> {
    let metadata = Value::Object(metadata.clone());
    let sql =
        "UPDATE threads SET metadata = $3, fields = $4, updated_at = $5 WHERE id = $1 AND owner_id = $2";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(id)
        .bind(owner)
        .bind(metadata.to_string())
        .bind(write_fields(&metadata))
        .bind(at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Holds the thread until the transaction ends. None when this owner has no such thread.
pub(crate) async fn lock(
    tx: &mut WriteTx,
    (id, owner): (Uuid, Uuid),
    at: DateTime<Utc>,
) -> Result<Option<ThreadRecord>, DbError> {
    let sql =
        format!("UPDATE threads SET updated_at = $3 WHERE id = $1 AND owner_id = $2 RETURNING {COLUMNS}");
    let row: Option<ThreadRow> = on_tx!(tx, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(id)
        .bind(owner)
        .bind(at)
        .fetch_optional(c)
        .await)?;

    row.map(ThreadRecord::try_from).transpose()
}

/// The thread stands there from now on. False when somebody else was quicker than who knows this fence.
pub(crate) async fn move_head(
    tx: &mut WriteTx,
    thread: &ThreadRecord,
    head: ThreadHead,
    at: DateTime<Utc>,
) -> Result<bool, DbError> {
    let (run, step, state) = write_head(head);
    let sql = "UPDATE threads SET head_run = $4, head_step = $5, head_state = $6, fence = fence + 1, updated_at = $7, \
               state_updated_at = $7 WHERE id = $1 AND owner_id = $2 AND fence = $3";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(thread.id)
        .bind(thread.owner_id)
        .bind(thread.fence)
        .bind(run)
        .bind(step)
        .bind(state)
        .bind(at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// False when this owner has no such thread.
pub(crate) async fn delete(tx: &mut WriteTx, id: Uuid, owner: Uuid) -> Result<bool, DbError> {
    let sql = "DELETE FROM threads WHERE id = $1 AND owner_id = $2";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(id)
        .bind(owner)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Everything of an owner.
pub(crate) async fn delete_of_owner(db: &ScopedDb, owner: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM threads WHERE owner_id = $1";
    on_write!(db, c => sqlx::query(sql).bind(owner).execute(c).await.map(drop))?;

    Ok(())
}

#[derive(FromRow)]
struct StateRow {
    id: Uuid,
    thread_id: Uuid,
    owner_id: Uuid,
    graph: String,
    state: String,
    frontier: String,
    next: String,
    step: i64,
    source: String,
    parent: Option<Uuid>,
    created_at: DateTime<Utc>,
}

impl TryFrom<StateRow> for PlacedState {
    type Error = DbError;

    fn try_from(row: StateRow) -> Result<Self, DbError> {
        Ok(Self {
            id: row.id,
            thread_id: row.thread_id,
            owner_id: row.owner_id,
            graph: row.graph,
            state: read_json(&row.state)?,
            frontier: read_json(&row.frontier)?,
            next: read_json(&row.next)?,
            step: row.step,
            source: row.source,
            parent: row.parent,
            created_at: row.created_at,
        })
    }
}

pub(crate) async fn insert_state(tx: &mut WriteTx, placed: &PlacedState) -> Result<(), DbError> {
    let sql = "INSERT INTO thread_states (id, thread_id, owner_id, graph, state, frontier, next, step, source, parent, \
               created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(placed.id)
        .bind(placed.thread_id)
        .bind(placed.owner_id)
        .bind(&placed.graph)
        .bind(serde_json::json!(placed.state).to_string())
        .bind(serde_json::json!(placed.frontier).to_string())
        .bind(serde_json::json!(placed.next).to_string())
        .bind(placed.step)
        .bind(&placed.source)
        .bind(placed.parent)
        .bind(placed.created_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// States that were put in place in a thread, the newest first.
pub(crate) async fn list_states(
    db: &ScopedDb,
    thread: Uuid,
    owner: Uuid,
) -> Result<Vec<PlacedState>, DbError> {
    let sql = "SELECT id, thread_id, owner_id, graph, state, frontier, next, step, source, parent, created_at \
               FROM thread_states WHERE thread_id = $1 AND owner_id = $2 ORDER BY created_at DESC, id DESC LIMIT 1000";
    let rows: Vec<StateRow> = on!(db, c => sqlx::query_as(sql).bind(thread).bind(owner).fetch_all(c).await)?;
    rows.into_iter().map(PlacedState::try_from).collect()
}

pub(crate) async fn find_state(
    db: &ScopedDb,
    (thread, owner): (Uuid, Uuid),
    id: Uuid,
) -> Result<Option<PlacedState>, DbError> {
    let sql = "SELECT id, thread_id, owner_id, graph, state, frontier, next, step, source, parent, created_at \
               FROM thread_states WHERE id = $3 AND thread_id = $1 AND owner_id = $2";
    let row: Option<StateRow> = on!(db, c => sqlx::query_as(sql)
        .bind(thread)
        .bind(owner)
        .bind(id)
        .fetch_optional(c)
        .await)?;

    row.map(PlacedState::try_from).transpose()
}
