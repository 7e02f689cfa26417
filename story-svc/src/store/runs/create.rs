//! New runs: from an input, or from another run's checkpoint.

use flow::store::{Created, NewEvent, NewFork, NewRun, Run, StoreError};
use kit::db::{Db, DbError, WriteTx};
use kit::{on, on_tx};
use uuid::Uuid;

use super::read;
use super::rows::{failed, owner};

const INSERT: &str = "INSERT INTO runs (id, owner, graph, status, phase, progress, first_step, input, lease_until, \
                      idempotency_key, fingerprint, created_at, updated_at) \
                      VALUES ($1, $2, $3, 'queued', $4, 0, 0, $5, $6, $7, $8, $9, $9)";

pub(super) async fn create(db: &Db, run: NewRun) -> Result<Created, StoreError> {
    if let Some(existing) = existing(db, &run).await? {
        return Ok(Created::Existing(existing));
    }
    let mut tx = db.begin_write().await.map_err(failed)?;
    match insert_run(&mut tx, &run).await {
        Ok(()) => tx.commit().await.map_err(failed)?,
        Err(error) if error.is_unique("runs_idempotency_key", &["runs.owner", "runs.idempotency_key"]) => {
            // Someone else was quicker with the same key.
            tx.rollback().await.map_err(failed)?;
            let existing = existing(db, &run).await?;
            return existing.map(Created::Existing).ok_or_else(|| failed(error));
        }
        Err(error) => return Err(failed(error)),
    }
    read::get(db, flow::Access::System, run.id)
        .await
        .map(Created::New)
}

/// Writes the run's row and its first events, together with whatever else the transaction does.
///
/// # Errors
/// The database's; `runs_idempotency_key` when the owner has used the key.
pub async fn insert_run(tx: &mut WriteTx, run: &NewRun) -> Result<(), DbError> {
    let key = run.idempotency.as_ref();
    on_tx!(tx, c => sqlx::query(INSERT)
        .bind(run.id).bind(run.owner).bind(&run.graph).bind(&run.phase).bind(&run.input).bind(run.due_at)
        .bind(key.map(|k| &k.key)).bind(key.map(|k| &k.fingerprint)).bind(run.created_at)
        .execute(c).await.map(drop))?;
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
    at: chrono::DateTime<chrono::Utc>,
) -> Result<i64, DbError> {
    let sql = "INSERT INTO run_events (run_id, number, kind, data, step, at) \
               SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5 FROM run_events WHERE run_id = $1 \
               RETURNING number";
    let step = event.step.map(u64::cast_signed);
    let number = on_tx!(tx, c => sqlx::query_scalar(sql)
        .bind(run).bind(&event.kind).bind(&event.data).bind(step).bind(at).fetch_one(c).await);
    Ok(number?)
}

/// The run that the key has made before.
async fn existing(db: &Db, run: &NewRun) -> Result<Option<Run>, StoreError> {
    let Some(key) = &run.idempotency else {
        return Ok(None);
    };
    let sql = "SELECT id, fingerprint FROM runs WHERE owner = $1 AND idempotency_key = $2";
    let found: Option<(Uuid, Vec<u8>)> =
        on!(db, c => sqlx::query_as(sql).bind(run.owner).bind(&key.key).fetch_optional(c).await)
            .map_err(failed)?;
    match found {
        None => Ok(None),
        Some((_, fingerprint)) if fingerprint != key.fingerprint => Err(StoreError::IdempotencyMismatch),
        Some((id, _)) => read::get(db, flow::Access::System, id).await.map(Some),
    }
}

pub(super) async fn fork(db: &Db, fork: NewFork) -> Result<Run, StoreError> {
    let sql = "INSERT INTO runs (id, owner, graph, status, phase, progress, first_step, input, lease_until, \
               forked_from, created_at, updated_at) \
               SELECT $1, owner, graph, 'queued', '', 0, $4, $5, $6, id, $6, $6 FROM runs \
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
