//! Rows as the database has them, and the error that a failed query becomes.

use chrono::{DateTime, Utc};
use flow::store::{
    Access, EffectKey, Event, OpenQuestion, OwnerId, PausePoints, Run, RunId, RunOptions, RunStatus,
    SavedCheckpoint, StoreError,
};
use kit::db::DbError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

/// Everything of a run but its input. The step and the newest event's number are read where they are kept.
macro_rules! run_columns {
    () => {
        "runs.id, runs.owner, runs.graph, runs.status, runs.phase, \
         CAST(runs.progress AS DOUBLE PRECISION) AS progress, runs.fence, runs.worker, runs.lease_until, \
         runs.attempt, runs.lost, runs.error_message, runs.error_reason, runs.question, \
         runs.idempotency_key, runs.created_at, \
         runs.failed_node, runs.paused, runs.held, runs.pause_points, runs.answer_to, runs.priority, runs.concurrency_key, runs.keep_last, \
         runs.ttl_seconds, runs.updated_at, runs.started_at, runs.active_since, runs.ended_at, runs.forked_from, \
         coalesce((SELECT max(c.step) FROM checkpoints c WHERE c.run_id = runs.id), runs.first_step) AS step, \
         coalesce((SELECT max(e.number) FROM run_events e WHERE e.run_id = runs.id), 0) AS last_event"
    };
}
pub(super) use run_columns;

/// The columns of [`run_columns`].
#[derive(Debug, sqlx::FromRow)]
pub(super) struct RunRow {
    id: Uuid,
    owner: Uuid,
    graph: String,
    status: String,
    phase: String,
    progress: f64,
    step: i64,
    fence: i64,
    worker: Option<String>,
    lease_until: DateTime<Utc>,
    attempt: i64,
    lost: i64,
    error_message: Option<String>,
    error_reason: Option<String>,
    failed_node: Option<String>,
    paused: bool,
    held: bool,
    pause_points: Option<String>,
    question: Option<Json<Value>>,
    answer_to: Option<Json<Value>>,
    priority: i64,
    concurrency_key: Option<String>,
    keep_last: Option<i64>,
    ttl_seconds: Option<i64>,
    idempotency_key: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    active_since: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    forked_from: Option<Uuid>,
    last_event: i64,
}

impl RunRow {
    pub(super) fn created(&self) -> DateTime<Utc> {
        self.created_at
    }
}

impl TryFrom<RunRow> for Run {
    type Error = StoreError;

    fn try_from(row: RunRow) -> Result<Self, StoreError> {
        let question = row.question.map(|json| json.0);
        let questions = match &question {
            Some(oldest) => read_questions(row.id, row.answer_to, oldest, row.updated_at)?,
            None => Vec::new(),
        };

        Ok(Self {
            status: status(&row.status)?,
            id: row.id,
            owner: row.owner,
            graph: row.graph,
            phase: row.phase,
            progress: row.progress,
            step: row.step.cast_unsigned(),
            fence: row.fence,
            worker: row.worker,
            lease_until: row.lease_until,
            attempt: row.attempt as u32,
            lost: row.lost as u32,
            error_message: row.error_message,
            error_reason: row.error_reason,
            failed_node: row.failed_node,
            paused: row.paused,
            held: row.held,
            question,
            questions,
            idempotency_key: row.idempotency_key,
            created_at: row.created_at,
            updated_at: row.updated_at,
            started_at: row.started_at,
            active_since: row.active_since,
            ended_at: row.ended_at,
            forked_from: row.forked_from,
            last_event: row.last_event.cast_unsigned(),
            options: RunOptions {
                priority: row.priority as i32,
                concurrency_key: row.concurrency_key,
                keep_last: row.keep_last.map(|keep| keep as u32),
                ttl_seconds: row.ttl_seconds.map(|ttl| ttl as u32),
                pause: read_points(row.pause_points.as_deref())?,
            },
        })
    }
}

pub(super) fn status(name: &str) -> Result<RunStatus, StoreError> {
    RunStatus::parse(name)
        .ok_or_else(|| StoreError::unreadable(format!("a run has the unknown status {name}")))
}

#[derive(Debug, sqlx::FromRow)]
pub(super) struct CheckpointRow {
    step: i64,
    base: i64,
    record: Vec<u8>,
    spilled: Option<String>,
}

impl From<CheckpointRow> for SavedCheckpoint {
    fn from(row: CheckpointRow) -> Self {
        Self {
            step: row.step.cast_unsigned(),
            base: row.base.cast_unsigned(),
            record: row.record,
            spilled: row.spilled,
        }
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(super) struct EventRow {
    number: i64,
    kind: String,
    data: String,
    at: DateTime<Utc>,
}

impl From<EventRow> for Event {
    fn from(row: EventRow) -> Self {
        Self {
            number: row.number.cast_unsigned(),
            kind: row.kind,
            data: row.data,
            at: row.at,
        }
    }
}

/// An [`OpenQuestion`] as JSON.
#[derive(Serialize, Deserialize)]
struct QuestionJson {
    id: Uuid,
    at: KeyJson,
    question: Value,
    asked_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
}

/// What the column `answer_to` may hold.
#[derive(Deserialize)]
#[serde(untagged)]
enum Asked {
    Open(Vec<QuestionJson>),
    /// From when a run asked one question at a time: its text is in the column `question`.
    One(KeyJson),
}

/// For the column `answer_to`.
pub(super) fn questions_json(questions: &[OpenQuestion]) -> Value {
    let list = questions.iter().map(|open| QuestionJson {
        id: open.id,
        at: open.at.clone().into(),
        question: open.question.clone(),
        asked_at: open.asked_at,
        expires_at: open.expires_at,
    });

    serde_json::json!(list.collect::<Vec<_>>())
}

/// What a waiting run's row says of its questions.
pub(super) fn read_questions(
    run: RunId,
    answer_to: Option<Json<Value>>,
    oldest: &Value,
    at: DateTime<Utc>,
) -> Result<Vec<OpenQuestion>, StoreError> {
    let Json(answer_to) = answer_to
        .ok_or_else(|| StoreError::unreadable("a waiting run does not say where its answer goes"))?;

    Ok(
        match serde_json::from_value(answer_to).map_err(StoreError::unreadable)? {
            Asked::Open(list) => list
                .into_iter()
                .map(|json| OpenQuestion {
                    id: json.id,
                    at: json.at.into(),
                    question: json.question,
                    asked_at: json.asked_at,
                    expires_at: json.expires_at,
                })
                .collect(),
            Asked::One(key) => {
                let key = EffectKey::from(key);
                vec![OpenQuestion {
                    id: OpenQuestion::id_of(run, &key),
                    at: key,
                    question: oldest.clone(),
                    asked_at: at,
                    expires_at: None,
                }]
            }
        },
    )
}

/// An [`EffectKey`] as JSON.
#[derive(Debug, Serialize, Deserialize)]
struct KeyJson {
    step: i64,
    node: String,
    item: i64,
    key: String,
}

impl From<EffectKey> for KeyJson {
    fn from(at: EffectKey) -> Self {
        Self {
            step: at.step.cast_signed(),
            node: at.node,
            item: at.item,
            key: at.key,
        }
    }
}

impl From<KeyJson> for EffectKey {
    fn from(json: KeyJson) -> Self {
        Self {
            step: json.step.cast_unsigned(),
            node: json.node,
            item: json.item,
            key: json.key,
        }
    }
}

fn read_points(json: Option<&str>) -> Result<PausePoints, StoreError> {
    let points = json.map(serde_json::from_str).transpose();
    Ok(points.map_err(StoreError::unreadable)?.unwrap_or_default())
}

/// For the column `pause_points`.
pub(super) fn points_json(points: &PausePoints) -> Option<String> {
    (!points.is_empty()).then(|| serde_json::json!(points).to_string())
}

/// The owner that rows must have; `None` for the platform itself.
pub(super) fn owner(access: Access) -> Option<OwnerId> {
    match access {
        Access::Owner(owner) => Some(owner),
        Access::System => None,
    }
}

/// No constraint of these tables is a client's mistake except the one that `create` looks at.
pub(super) fn failed(error: impl Into<DbError>) -> StoreError {
    StoreError::unavailable(error.into())
}
