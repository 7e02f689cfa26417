//! Steering a run from outside: cancelling it, closing its questions, pausing it, and letting it go on after a bad end.

use chrono::{DateTime, Utc};
use flow::status_data;
use flow::store::{
    Access, Committed, EffectKey, Event, NewEvent, OpenQuestion, PausePoints, Reopen, Reply, RunId,
    RunStatus, SavedCheckpoint, StoreError,
};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::commit::next_due;
use super::create::append;
use super::rows::{failed, owner, points_json, questions_json, read_questions, status};
use crate::store::webhooks::note_last_event;

/// A run that nobody holds ends at once; its worker ends any other. One statement, because a worker may let go of it at any moment.
const CANCEL: &str = "UPDATE runs SET status = CASE WHEN worker IS NULL THEN 'cancelled' ELSE 'cancelling' END, \
     ended_at = CASE WHEN worker IS NULL THEN $2 END, question = NULL, question_due = NULL, paused = FALSE, held = FALSE, \
     updated_at = $2 \
     WHERE id = $1 AND ($3 IS NULL OR owner = $3) AND status IN ('queued', 'running', 'waiting_for_input') \
     RETURNING status, phase, CAST(progress AS DOUBLE PRECISION)";

pub(super) async fn cancel(
    db: &ScopedDb,
    access: Access,
    run: RunId,
    at: DateTime<Utc>,
) -> Result<Committed, StoreError> {
    let mut tx = db.begin_write().await.map_err(failed)?;
    if let Some(events) = stop(&mut tx, access, run, at).await.map_err(failed)? {
        tx.commit().await.map_err(failed)?;
        return Ok(Committed {
            events,
            spilled: Vec::new(),
        });
    }

    match status_of(&mut tx, access, run).await? {
        RunStatus::Cancelling => Ok(Committed::default()),
        status => Err(StoreError::WrongStatus { status }),
    }
}

/// Stops a run together with whatever else the transaction does. Answers what was said of it: nothing where it has ended or is being
/// stopped. Who commits tells `flow::Runs::cancelled`.
pub(crate) async fn stop_run(
    tx: &mut WriteTx,
    run: RunId,
    at: DateTime<Utc>,
) -> Result<Option<Vec<Event>>, DbError> {
    stop(tx, Access::System, run, at).await
}

async fn stop(
    tx: &mut WriteTx,
    access: Access,
    run: RunId,
    at: DateTime<Utc>,
) -> Result<Option<Vec<Event>>, DbError> {
    let stopped: Option<(String, String, f64)> = on_tx!(tx, c => sqlx::query_as(CANCEL)
        .bind(run).bind(at).bind(owner(access)).fetch_optional(c).await)?;
    let Some((name, phase, progress)) = stopped else {
        return Ok(None);
    };

    let status = match name == RunStatus::Cancelled.as_str() {
        true => RunStatus::Cancelled,
        false => RunStatus::Cancelling,
    };
    let event = write_status(tx, run, status, &phase, progress, at).await?;

    Ok(Some(vec![event]))
}

/// From now on a run that nobody holds stops by itself at these.
pub(crate) async fn write_pause_points(
    tx: &mut WriteTx,
    run: RunId,
    points: &PausePoints,
) -> Result<(), DbError> {
    let sql = "UPDATE runs SET pause_points = $2 WHERE id = $1 AND worker IS NULL";
    on_tx!(tx, c => sqlx::query(sql).bind(run).bind(points_json(points)).execute(c).await.map(drop))?;

    Ok(())
}

/// Phase, progress, the oldest question and all of them.
type AskedRow = (String, f64, Option<Json<Value>>, Option<Json<Value>>);

pub(super) async fn answer(
    db: &ScopedDb,
    access: Access,
    run: RunId,
    question: Option<Uuid>,
    reply: &Reply,
    at: DateTime<Utc>,
) -> Result<Committed, StoreError> {
    // The update holds the row, so that of two answers the second reads what the first has left.
    let sql = "UPDATE runs SET updated_at = $2 \
               WHERE id = $1 AND ($3 IS NULL OR owner = $3) AND status = 'waiting_for_input' \
               RETURNING phase, CAST(progress AS DOUBLE PRECISION), question, answer_to";
    let mut tx = db.begin_write().await.map_err(failed)?;
    let asked: Option<AskedRow> = on_tx!(&mut tx, c => sqlx::query_as(sql)
            .bind(run).bind(at).bind(owner(access)).fetch_optional(c).await)
    .map_err(failed)?;
    let Some((phase, progress, oldest, answer_to)) = asked else {
        let status = status_of(&mut tx, access, run).await?;
        return Err(StoreError::WrongStatus { status });
    };

    let oldest = oldest.map_or(Value::Null, |json| json.0);
    let mut open = read_questions(run, answer_to, &oldest, at)?;
    let place = match question {
        Some(id) => open.iter().position(|open| open.id == id),
        None => (!open.is_empty()).then_some(0),
    };
    let closed = open.remove(place.ok_or(StoreError::NoQuestion)?);
    write_reply(&mut tx, run, &closed.at, reply)
        .await
        .map_err(failed)?;
    leave_open(&mut tx, run, &open, at).await.map_err(failed)?;

    let event = reply.event(closed.id);
    let number = append(&mut tx, run, &event, at).await.map_err(failed)?;
    let answered = numbered(event, number, at);
    if !open.is_empty() {
        tx.commit().await.map_err(failed)?;
        return Ok(Committed {
            events: vec![answered],
            spilled: Vec::new(),
        });
    }

    let mut committed = say(tx, run, RunStatus::Queued, &phase, progress, at).await?;
    committed.events.insert(0, answered);
    Ok(committed)
}

/// Where the node that asked will read it.
async fn write_reply(tx: &mut WriteTx, run: RunId, key: &EffectKey, reply: &Reply) -> Result<(), DbError> {
    let sql = "INSERT INTO effects (run_id, step, node, item, key, value) VALUES ($1, $2, $3, $4, $5, $6)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(run)
        .bind(key.step.cast_signed())
        .bind(&key.node)
        .bind(key.item)
        .bind(&key.key)
        .bind(reply.journalled().to_string())
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// The questions that are left; with none the run is queued.
async fn leave_open(
    tx: &mut WriteTx,
    run: RunId,
    open: &[OpenQuestion],
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "UPDATE runs SET question = $2, answer_to = $3, question_due = $4, \
               status = CASE WHEN $5 THEN 'queued' ELSE status END, \
               lease_until = CASE WHEN $5 THEN $6 ELSE lease_until END WHERE id = $1";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(run)
        .bind(open.first().map(|open| Json(open.question.clone())))
        .bind(Json(questions_json(open)))
        .bind(next_due(open))
        .bind(open.is_empty())
        .bind(at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// A run, its oldest question and all of them, and when it last changed.
type OverdueRow = (RunId, Option<Json<Value>>, Option<Json<Value>>, DateTime<Utc>);

pub(super) async fn overdue(db: &ScopedDb, now: DateTime<Utc>) -> Result<Vec<(RunId, Uuid)>, StoreError> {
    let sql = "SELECT id, question, answer_to, updated_at FROM runs WHERE question_due <= $1 \
               AND status = 'waiting_for_input' ORDER BY question_due LIMIT 100";
    let rows: Vec<OverdueRow> =
        on!(db, c => sqlx::query_as(sql).bind(now).fetch_all(c).await).map_err(failed)?;

    let mut overdue = Vec::new();
    for (run, oldest, answer_to, at) in rows {
        let oldest = oldest.map_or(Value::Null, |json| json.0);
        let open = read_questions(run, answer_to, &oldest, at)?;
        let over = open
            .iter()
            .filter(|open| open.expires_at.is_some_and(|at| at <= now));
        overdue.extend(over.map(|open| (run, open.id)));
    }

    Ok(overdue)
}

pub(super) async fn pause(
    db: &ScopedDb,
    access: Access,
    run: RunId,
    paused: bool,
    at: DateTime<Utc>,
) -> Result<Committed, StoreError> {
    let sql = "UPDATE runs SET paused = $4, held = (held AND $4), updated_at = $2 WHERE id = $1 AND ($3 IS NULL OR owner = $3) \
               AND status IN ('queued', 'running', 'waiting_for_input', 'cancelling') RETURNING paused";
    let mut tx = db.begin_write().await.map_err(failed)?;
    let found: Option<bool> = on_tx!(&mut tx, c => sqlx::query_scalar(sql)
        .bind(run).bind(at).bind(owner(access)).bind(paused).fetch_optional(c).await)
    .map_err(failed)?;
    if found.is_none() {
        let status = status_of(&mut tx, access, run).await?;
        return Err(StoreError::WrongStatus { status });
    }

    let event = NewEvent {
        kind: "pause".to_owned(),
        data: serde_json::json!({ "paused": paused }).to_string(),
        step: None,
    };
    let number = append(&mut tx, run, &event, at).await.map_err(failed)?;
    tx.commit().await.map_err(failed)?;

    Ok(Committed {
        events: vec![numbered(event, number, at)],
        spilled: Vec::new(),
    })
}

/// A run that failed or was cancelled is queued once more.
const REOPEN: &str = "UPDATE runs SET status = 'queued', ended_at = NULL, error_message = NULL, error_reason = NULL, \
     failed_node = NULL, active_since = NULL, trimmed = FALSE, attempt = 0, lost = 0, worker = NULL, paused = FALSE, held = FALSE, question = NULL, \
     question_due = NULL, lease_until = $2, updated_at = $2 \
     WHERE id = $1 AND ($3 IS NULL OR owner = $3) AND status IN ('failed', 'cancelled') \
     RETURNING phase, CAST(progress AS DOUBLE PRECISION), first_step, \
     (SELECT max(c.step) FROM checkpoints c WHERE c.run_id = runs.id)";

pub(super) async fn reopen(db: &ScopedDb, reopen: Reopen) -> Result<Committed, StoreError> {
    let Reopen {
        access,
        run,
        checkpoint,
        at,
    } = reopen;
    let mut tx = db.begin_write().await.map_err(failed)?;
    let found: Option<(String, f64, i64, Option<i64>)> = on_tx!(&mut tx, c => sqlx::query_as(REOPEN)
        .bind(run).bind(at).bind(owner(access)).fetch_optional(c).await)
    .map_err(failed)?;
    let Some((phase, progress, first, newest)) = found else {
        let status = status_of(&mut tx, access, run).await?;
        return Err(StoreError::WrongStatus { status });
    };

    if let Some(saved) = checkpoint {
        if saved.step.cast_signed() != newest.unwrap_or(first) {
            return Err(StoreError::NoCheckpoint);
        }
        replace(&mut tx, run, saved, newest.is_some())
            .await
            .map_err(failed)?;
    }

    say(tx, run, RunStatus::Queued, &phase, progress, at).await
}

/// The newest checkpoint; that is the run's input while no step was committed.
async fn replace(
    tx: &mut WriteTx,
    run: RunId,
    saved: SavedCheckpoint,
    committed: bool,
) -> Result<(), DbError> {
    let sql = match committed {
        true => {
            "UPDATE checkpoints SET base = step, record = $3, spilled = $4 WHERE run_id = $1 AND step = $2"
        }
        false => {
            "UPDATE runs SET input = $3 WHERE id = $1 AND first_step = $2 AND (CAST($4 AS TEXT) IS NULL OR TRUE)"
        }
    };
    on_tx!(tx, c => sqlx::query(sql)
        .bind(run)
        .bind(saved.step.cast_signed())
        .bind(saved.record)
        .bind(saved.spilled)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

fn numbered(event: NewEvent, number: i64, at: DateTime<Utc>) -> Event {
    Event {
        number: number.cast_unsigned(),
        kind: event.kind,
        data: event.data,
        at,
    }
}

/// Appends the `status` event and commits.
async fn say(
    mut tx: WriteTx,
    run: RunId,
    status: RunStatus,
    phase: &str,
    progress: f64,
    at: DateTime<Utc>,
) -> Result<Committed, StoreError> {
    let event = write_status(&mut tx, run, status, phase, progress, at)
        .await
        .map_err(failed)?;
    tx.commit().await.map_err(failed)?;

    Ok(Committed {
        events: vec![event],
        spilled: Vec::new(),
    })
}

async fn write_status(
    tx: &mut WriteTx,
    run: RunId,
    status: RunStatus,
    phase: &str,
    progress: f64,
    at: DateTime<Utc>,
) -> Result<Event, DbError> {
    let event = NewEvent {
        kind: "status".to_owned(),
        data: status_data(status, phase, progress).to_string(),
        step: None,
    };
    let number = append(tx, run, &event, at).await?;
    if status == RunStatus::Cancelled {
        note_last_event(tx, run, at).await?;
    }

    Ok(numbered(event, number, at))
}

async fn status_of(tx: &mut WriteTx, access: Access, run: RunId) -> Result<RunStatus, StoreError> {
    let sql = "SELECT status FROM runs WHERE id = $1 AND ($2 IS NULL OR owner = $2)";
    let name: Option<String> =
        on_tx!(tx, c => sqlx::query_scalar(sql).bind(run).bind(owner(access)).fetch_optional(c).await)
            .map_err(failed)?;
    status(&name.ok_or(StoreError::NotFound)?)
}
