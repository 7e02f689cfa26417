//! New runs: from an input, or from another run's checkpoint.

use chrono::{DateTime, Utc};
use flow::store::{Created, Idempotency, NewEvent, NewFork, NewRun, Run, RunId, RunStatus, StoreError};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::Writes;
use super::batch::Batcher;
use super::commit::{Value, bind_all, renumber};
use super::read;
use super::rows::{failed, owner, points_json};

const INSERT: &str = "INSERT INTO runs (id, owner, graph, status, phase, progress, first_step, input, lease_until, \
                      idempotency_key, fingerprint, created_at, updated_at, share, guest, forked_from, priority, \
                      concurrency_key, keep_last, ttl_seconds, trace, pause_points) \
                      VALUES ($1, $2, $3, 'queued', $4, 0, $12, $5, $6, $7, $8, $9, $9, $10, $11, $13, $14, $15, $16, $17, $18, $19)";
const APPEND: &str = "INSERT INTO run_events (run_id, number, kind, data, step, at) \
                      SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5 FROM run_events WHERE run_id = $1 \
                      RETURNING number";

pub(super) async fn create(db: &ScopedDb, writes: &Writes, run: NewRun) -> Result<Created, StoreError> {
    if let Some(existing) = existing(db, &run).await? {
        return Ok(Created::Existing(existing));
    }

    let inserted = match writes {
        Writes::Grouped(batcher) => insert_at_once(batcher, &run).await,
        Writes::Direct(_) => insert_alone(db, &run).await,
    };

    match inserted {
        Ok(()) => Ok(Created::New(fresh(run))),
        Err(error) if is_key_taken(&error) => {
            // Someone else was quicker with the same key.
            let existing = existing(db, &run).await?;
            existing.map(Created::Existing).ok_or_else(|| failed(error))
        }
        Err(error) => Err(failed(error)),
    }
}

async fn insert_alone(db: &ScopedDb, run: &NewRun) -> Result<(), DbError> {
    let mut tx = db.begin_write().await?;
    insert_run(&mut tx, run).await?;
    tx.commit().await
}

/// The same statements in one message.
async fn insert_at_once(batcher: &Batcher, run: &NewRun) -> Result<(), DbError> {
    let mut sql = format!("BEGIN IMMEDIATE; {INSERT}; ");
    let mut values = run_values(run);
    for event in &run.events {
        renumber(APPEND, &mut sql, values.len());
        sql.push_str("; ");
        values.extend(event_values(run.id, event, run.created_at));
    }

    sql.push_str("COMMIT");
    batcher.query(AssertSqlSafe(sql), values).await?;

    Ok(())
}

/// Writes the run's row and its first events, together with whatever else the transaction does.
///
/// # Errors
/// The database's; `runs_idempotency_key` when the owner has used the key.
pub async fn insert_run(tx: &mut WriteTx, run: &NewRun) -> Result<(), DbError> {
    on_tx!(tx, c => bind_all!(sqlx::query(INSERT), run_values(run)).execute(c).await.map(drop))?;
    for event in &run.events {
        append(tx, run.id, event, run.created_at).await?;
    }
    Ok(())
}

/// Numbers one event of a run whose row this transaction has written.
pub(super) async fn append(
    tx: &mut WriteTx,
    run: Uuid,
    event: &NewEvent,
    at: DateTime<Utc>,
) -> Result<i64, DbError> {
    let number = on_tx!(tx, c => bind_all!(sqlx::query_scalar(APPEND), event_values(run, event, at)).fetch_one(c).await);
    Ok(number?)
}

fn run_values(run: &NewRun) -> Vec<Value> {
    let key = run.idempotency.as_ref();

    vec![
        Value::Id(run.id),
        Value::Id(run.owner),
        Value::Text(Some(run.graph.clone())),
        Value::Text(Some(run.phase.clone())),
        Value::Bytes(Some(run.input.clone())),
        run.due_at.into(),
        Value::Text(key.map(|k| k.key.clone())),
        Value::Bytes(key.map(|k| k.fingerprint.clone())),
        run.created_at.into(),
        Value::Id(run.share.key),
        Value::Bool(run.share.guest),
        run.first_step.cast_signed().into(),
        Value::OptionalId(run.forked_from),
        i64::from(run.options.priority).into(),
        Value::Text(run.options.concurrency_key.clone()),
        Value::Int(run.options.keep_last.map(i64::from)),
        Value::Int(run.options.ttl_seconds.map(i64::from)),
        Value::Text(run.trace.clone()),
        Value::Text(points_json(&run.options.pause)),
    ]
}

fn event_values(run: Uuid, event: &NewEvent, at: DateTime<Utc>) -> [Value; 5] {
    [
        Value::Id(run),
        Value::Text(Some(event.kind.clone())),
        Value::Text(Some(event.data.clone())),
        Value::Int(event.step.map(u64::cast_signed)),
        at.into(),
    ]
}

/// The row as it was just written.
fn fresh(new: NewRun) -> Run {
    Run {
        id: new.id,
        owner: new.owner,
        graph: new.graph,
        status: RunStatus::Queued,
        phase: new.phase,
        progress: 0.0,
        step: new.first_step,
        fence: 0,
        worker: None,
        lease_until: new.due_at,
        attempt: 0,
        lost: 0,
        error_message: None,
        error_reason: None,
        failed_node: None,
        paused: false,
        held: false,
        question: None,
        questions: Vec::new(),
        idempotency_key: new.idempotency.map(|key| key.key),
        created_at: new.created_at,
        updated_at: new.created_at,
        started_at: None,
        active_since: None,
        ended_at: None,
        forked_from: new.forked_from,
        last_event: new.events.len() as u64,
        options: new.options,
    }
}

/// Whether a run could not be written because its owner has used the key.
pub(crate) fn is_key_taken(error: &DbError) -> bool {
    error.is_unique("runs_idempotency_key", &["runs.owner", "runs.idempotency_key"])
}

/// The run that the owner's key has made before.
///
/// # Errors
/// `IdempotencyMismatch` when it was used for something else.
pub(crate) async fn find_keyed(
    db: &ScopedDb,
    owner: Uuid,
    key: &Idempotency,
) -> Result<Option<RunId>, StoreError> {
    let sql = "SELECT id, fingerprint FROM runs WHERE owner = $1 AND idempotency_key = $2";
    let found: Option<(Uuid, Vec<u8>)> =
        on!(db, c => sqlx::query_as(sql).bind(owner).bind(&key.key).fetch_optional(c).await)
            .map_err(failed)?;

    match found {
        Some((_, fingerprint)) if fingerprint != key.fingerprint => Err(StoreError::IdempotencyMismatch),
        found => Ok(found.map(|(id, _)| id)),
    }
}

/// The run that the new one's key has made before.
async fn existing(db: &ScopedDb, run: &NewRun) -> Result<Option<Run>, StoreError> {
    let Some(key) = &run.idempotency else {
        return Ok(None);
    };

    match find_keyed(db, run.owner, key).await? {
        Some(id) => read::get(db, flow::Access::System, id).await.map(Some),
        None => Ok(None),
    }
}

pub(super) async fn fork(db: &ScopedDb, fork: NewFork) -> Result<Run, StoreError> {
    let sql = "INSERT INTO runs (id, owner, graph, status, phase, progress, first_step, input, lease_until, \
               forked_from, created_at, updated_at, share, guest) \
               SELECT $1, owner, graph, 'queued', '', 0, $4, $5, $6, id, $6, $6, share, guest FROM runs \
               WHERE id = $2 AND ($3 IS NULL OR owner = $3) RETURNING id";
    let step = fork.checkpoint.step.cast_signed();
    let mut tx = db.begin_write().await.map_err(failed)?;
    let made: Option<Uuid> = on_tx!(&mut tx, c => sqlx::query_scalar(sql)
        .bind(fork.id).bind(fork.source).bind(owner(fork.access)).bind(step).bind(&fork.checkpoint.record).bind(fork.at)
        .fetch_optional(c).await)
    .map_err(failed)?;
    if made.is_none() {
        return Err(StoreError::NotFound);
    }

    for event in &fork.events {
        append(&mut tx, fork.id, event, fork.at).await.map_err(failed)?;
    }

    tx.commit().await.map_err(failed)?;

    read::get(db, flow::Access::System, fork.id).await
}
