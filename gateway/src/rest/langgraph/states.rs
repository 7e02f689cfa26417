//! The states of threads over LangGraph's API: the newest, those of checkpoints, all of them; and changing one by hand.

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
};
use proto::v1::{GetThreadStateRequest, ListThreadHistoryRequest, UpdateThreadStateRequest};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{read_id, read_ids, write_fields};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json},
    operation::threads::{GetThreadState, ListThreadHistory, UpdateThreadState},
    rest::answers::Invalid,
    view::langgraph::threads::{write_checkpoint, write_state},
};

/// A checkpoint, as clients give it back.
#[derive(Clone, Default, Deserialize, ToSchema)]
pub(crate) struct CheckpointRef {
    pub(super) checkpoint_id: Option<String>,
}

/// A checkpoint's id, alone, in a checkpoint or in a configuration.
#[derive(Deserialize, ToSchema)]
#[serde(try_from = "Value")]
#[schema(value_type = Object)]
pub(crate) struct Before(Option<String>);

impl TryFrom<Value> for Before {
    type Error = &'static str;

    fn try_from(before: Value) -> Result<Self, Self::Error> {
        let id = match &before {
            Value::Null => return Ok(Self(None)),
            Value::String(id) => Some(id.as_str()),
            Value::Object(fields) => {
                let inner = fields
                    .get("configurable")
                    .and_then(Value::as_object)
                    .unwrap_or(fields);
                inner.get("checkpoint_id").and_then(Value::as_str)
            }
            _ => None,
        };
        let id = id.ok_or("expected a checkpoint, with its `checkpoint_id`")?;

        Ok(Self(Some(id.to_owned())))
    }
}

/// The newest state of a thread.
#[utoipa::path(get, path = "/langgraph/threads/{thread_id}/state", tag = "threads",
    params(("thread_id" = String, Path, description = "The thread's id")),
    responses((status = 200, description = "The state; an empty one before the first run", body = Object),
        (status = 404, description = "No such thread, or not yours", body = ErrorBody), Invalid))]
pub(crate) async fn get_thread_state(
    door: Door<GetThreadState>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Value>, ApiError> {
    let request = GetThreadStateRequest {
        thread_id: read_id(id)?,
        checkpoint_id: None,
    };
    let state = door.perform(GetThreadState(request)).await?;

    Ok(Answer(write_state(&state)))
}

/// The state of a checkpoint.
#[utoipa::path(get, path = "/langgraph/threads/{thread_id}/state/{checkpoint_id}", tag = "threads",
    params(("thread_id" = String, Path, description = "The thread's id"),
        ("checkpoint_id" = String, Path, description = "The checkpoint's id")),
    responses((status = 200, description = "The state", body = Object),
        (status = 404, description = "No such thread or checkpoint, or not yours", body = ErrorBody), Invalid))]
pub(crate) async fn get_thread_checkpoint(
    door: Door<GetThreadState>,
    ids: Result<Path<(String, String)>, PathRejection>,
) -> Result<Answer<Value>, ApiError> {
    let (thread_id, checkpoint) = read_ids(ids)?;
    let request = GetThreadStateRequest {
        thread_id,
        checkpoint_id: Some(checkpoint),
    };
    let state = door.perform(GetThreadState(request)).await?;

    Ok(Answer(write_state(&state)))
}

/// Which checkpoint.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({ "checkpoint": { "checkpoint_id": "00000001-0000-8002-8a3c-51b7c2a94f10" } }))]
pub(crate) struct CheckpointBody {
    #[schema(inline)]
    checkpoint: CheckpointRef,
}

/// The state of a checkpoint, which is named in the body.
#[utoipa::path(post, path = "/langgraph/threads/{thread_id}/state/checkpoint", tag = "threads",
    request_body = CheckpointBody, params(("thread_id" = String, Path, description = "The thread's id")),
    responses((status = 200, description = "The state", body = Object),
        (status = 404, description = "No such thread or checkpoint, or not yours", body = ErrorBody), Invalid))]
pub(crate) async fn find_thread_checkpoint(
    door: Door<GetThreadState>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<CheckpointBody>,
) -> Result<Answer<Value>, ApiError> {
    let request = GetThreadStateRequest {
        thread_id: read_id(id)?,
        checkpoint_id: body.checkpoint.checkpoint_id,
    };
    let state = door.perform(GetThreadState(request)).await?;

    Ok(Answer(write_state(&state)))
}

/// What to change of a state.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({ "values": { "draft": "Shorter." } }))]
pub(crate) struct StateBody {
    /// Merged; null takes a value away. `messages` are added by their ids.
    #[schema(value_type = Option<Object>)]
    values: Option<Map<String, Value>>,
    /// As if this node had given them: what follows it comes next.
    as_node: Option<String>,
    /// Default: the newest.
    #[schema(inline)]
    checkpoint: Option<CheckpointRef>,
    checkpoint_id: Option<String>,
}

/// Change a state. The thread goes on from the changed one; what asked there asks no more.
#[utoipa::path(post, path = "/langgraph/threads/{thread_id}/state", tag = "threads", request_body = StateBody,
    params(("thread_id" = String, Path, description = "The thread's id")),
    responses((status = 200, description = "The new checkpoint", body = Object),
        (status = 404, description = "No such thread or checkpoint, or not yours", body = ErrorBody),
        (status = 409, description = "A run of it works, or is to begin", body = ErrorBody), Invalid))]
pub(crate) async fn update_thread_state(
    door: Door<UpdateThreadState>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<StateBody>,
) -> Result<Answer<Value>, ApiError> {
    let thread_id = read_id(id)?;
    let named = body.checkpoint.and_then(|checkpoint| checkpoint.checkpoint_id);
    let request = UpdateThreadStateRequest {
        thread_id: thread_id.clone(),
        values: write_fields(body.values),
        as_node: body.as_node,
        checkpoint_id: named.or(body.checkpoint_id),
    };
    let changed = door.perform(UpdateThreadState(request)).await?;

    Ok(Answer(write_checkpoint(&thread_id, &changed.checkpoint_id)))
}

/// Which states.
#[derive(Default, Deserialize, ToSchema)]
#[schema(example = json!({ "limit": 10 }))]
pub(crate) struct HistoryBody {
    /// 1 to 1000; default: 10.
    limit: Option<u32>,
    /// Only what is older than this checkpoint.
    #[schema(inline)]
    before: Option<Before>,
    /// Fields of a state's metadata that must be so.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    /// Only this one.
    #[schema(inline)]
    checkpoint: Option<CheckpointRef>,
}

impl HistoryBody {
    fn wants(&self, state: &Value) -> bool {
        let checkpoint = self
            .checkpoint
            .as_ref()
            .and_then(|one| one.checkpoint_id.as_ref());
        let fields = self.metadata.iter().flatten();
        checkpoint.is_none_or(|id| state["checkpoint_id"] == **id)
            && fields
                .into_iter()
                .all(|(name, value)| state["metadata"].get(name) == Some(value))
    }
}

/// States that are looked through for what only some of them are.
const HISTORY_MAX: u32 = 1_000;

/// The states of a thread, newest first.
#[utoipa::path(post, path = "/langgraph/threads/{thread_id}/history", tag = "threads",
    request_body = Option<HistoryBody>, params(("thread_id" = String, Path, description = "The thread's id")),
    responses((status = 200, description = "They, as far as they are kept", body = Vec<Object>),
        (status = 404, description = "No such thread or checkpoint, or not yours", body = ErrorBody), Invalid))]
pub(crate) async fn list_thread_history(
    door: Door<ListThreadHistory>,
    id: Result<Path<String>, PathRejection>,
    body: Option<Json<HistoryBody>>,
) -> Result<Answer<Vec<Value>>, ApiError> {
    let body = body.unwrap_or_default().0;
    let chooses =
        body.checkpoint.is_some() || body.metadata.as_ref().is_some_and(|fields| !fields.is_empty());
    let in_bounds = body.limit.is_none_or(|limit| (1..=HISTORY_MAX).contains(&limit));
    let request = ListThreadHistoryRequest {
        thread_id: read_id(id)?,
        limit: if chooses && in_bounds {
            Some(HISTORY_MAX)
        } else {
            body.limit
        },
        before: body.before.as_ref().and_then(|Before(id)| id.clone()),
    };
    let history = door.perform(ListThreadHistory(request)).await?;

    let states = history.states.iter().map(write_state);
    let wanted = states.filter(|state| body.wants(state));
    Ok(Answer(wanted.take(body.limit.unwrap_or(10) as usize).collect()))
}
