//! Steering a run from outside: cancelling it and answering its question.

use chrono::{DateTime, Utc};
use flow::status_data;
use flow::store::{Access, Committed, EffectKey, Event, NewEvent, RunId, RunStatus, StoreError};
use kit::db::{ScopedDb, WriteTx};
use kit::on_tx;
use serde_json::Value;
use sqlx::types::Json;

use super::create::append;
use super::rows::{KeyJson, failed, owner, status};

/// A run that nobody holds ends at once.
const CANCEL_NOW: &str = "UPDATE runs SET status = 'cancelled', question = NULL, ended_at = $2, updated_at = $2 \
     WHERE id = $1 AND ($3 IS NULL OR owner = $3) \
     AND (status IN ('queued', 'waiting_for_input') OR (status = 'running' AND worker IS NULL)) \
     RETURNING phase, CAST(progress AS DOUBLE PRECISION)";
/// Its worker ends the others.
const CANCEL_SOON: &str = "UPDATE runs SET status = 'cancelling', updated_at = $2 \
     WHERE id = $1 AND ($3 IS NULL OR owner = $3) AND status = 'running' \
     RETURNING phase, CAST(progress AS DOUBLE PRECISION)";

pub(super) async fn cancel(
    db: &ScopedDb,
    access: Access,
    run: RunId,
    at: DateTime<Utc>,
) -> Result<Committed, StoreError> {
    let mut tx = db.begin_write().await.map_err(failed)?;
    for (sql, status) in [
        (CANCEL_NOW, RunStatus::Cancelled),
        (CANCEL_SOON, RunStatus::Cancelling),
    ] {
        let shown: Option<(String, f64)> = on_tx!(&mut tx, c => sqlx::query_as(sql)
            .bind(run).bind(at).bind(owner(access)).fetch_optional(c).await)
        .map_err(failed)?;
        if let Some((phase, progress)) = shown {
            return say(tx, run, status, &phase, progress, at).await;
        }
    }

    match status_of(&mut tx, access, run).await? {
        RunStatus::Cancelling => Ok(Committed::default()),
        status => Err(StoreError::WrongStatus { status }),
    }
}

pub(super) async fn answer(
    db: &ScopedDb,
    access: Access,
    run: RunId,
    answer: &Value,
    at: DateTime<Utc>,
) -> Result<Committed, StoreError> {
    let sql = "UPDATE runs SET status = 'queued', question = NULL, lease_until = $2, updated_at = $2 \
               WHERE id = $1 AND ($3 IS NULL OR owner = $3) AND status = 'waiting_for_input' \
               RETURNING phase, CAST(progress AS DOUBLE PRECISION), answer_to";
    let mut tx = db.begin_write().await.map_err(failed)?;
    let asked: Option<(String, f64, Option<Json<KeyJson>>)> = on_tx!(&mut tx, c => sqlx::query_as(sql)
        .bind(run).bind(at).bind(owner(access)).fetch_optional(c).await)
    .map_err(failed)?;
    let Some((phase, progress, answer_to)) = asked else {
        let status = status_of(&mut tx, access, run).await?;
        return Err(StoreError::WrongStatus { status });
    };
    let Json(key) = answer_to
        .ok_or_else(|| StoreError::unreadable("a waiting run does not say where its answer goes"))?;
    let key = EffectKey::from(key);
    let sql = "INSERT INTO effects (run_id, step, node, item, key, value) VALUES ($1, $2, $3, $4, $5, $6)";
    on_tx!(&mut tx, c => sqlx::query(sql)
        .bind(run).bind(key.step.cast_signed()).bind(key.node).bind(key.item).bind(key.key).bind(answer.to_string())
        .execute(c).await.map(drop))
    .map_err(failed)?;

    say(tx, run, RunStatus::Queued, &phase, progress, at).await
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
    let event = NewEvent {
        kind: "status".to_owned(),
        data: status_data(status, phase, progress).to_string(),
        step: None,
    };
    let number = append(&mut tx, run, &event, at).await.map_err(failed)?;

    tx.commit().await.map_err(failed)?;

    let event = Event {
        number: number.cast_unsigned(),
        kind: event.kind,
        data: event.data,
        at,
    };

    Ok(Committed {
        events: vec![event],
        spilled: Vec::new(),
    })
}

async fn status_of(tx: &mut WriteTx, access: Access, run: RunId) -> Result<RunStatus, StoreError> {
    let sql = "SELECT status FROM runs WHERE id = $1 AND ($2 IS NULL OR owner = $2)";
    let name: Option<String> =
        on_tx!(tx, c => sqlx::query_scalar(sql).bind(run).bind(owner(access)).fetch_optional(c).await)
            .map_err(failed)?;
    status(&name.ok_or(StoreError::NotFound)?)
}
