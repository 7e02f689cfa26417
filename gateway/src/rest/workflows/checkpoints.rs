//! Checkpoints of workflows over REST: listed and read, gone on from with other values, and copied from; and the runs that
//! they are of.

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
};
use http::StatusCode;
use proto::v1::{
    EditWorkflowStateRequest, ForkWorkflowRequest, GetWorkflowCheckpointRequest,
    ListWorkflowCheckpointsRequest, ListWorkflowRunsRequest,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{parse_workflow_id, write_object};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json, Query},
    operation::workflows::{
        EditWorkflowState, ForkWorkflow, GetWorkflowCheckpoint, ListWorkflowCheckpoints, ListWorkflowRuns,
    },
    rest::{answers::Invalid, parse_id},
    view::akd::workflows::{CheckpointView, WorkflowRunView, WorkflowUpdate, WorkflowView},
};

/// A checkpoint as clients name it: `<run>:<step>`, or a step of the current run.
pub(crate) fn parse_checkpoint(text: &str, field: &str) -> Result<(Option<String>, u64), ApiError> {
    let (run, step) = match text.rsplit_once(':') {
        Some((run, step)) => (Some(run), step),
        None => (None, text),
    };
    let known = run.is_none_or(|run| Uuid::try_parse(run).is_ok());

    match step.parse() {
        Ok(step) if known => Ok((run.map(str::to_owned), step)),
        _ => {
            let expected = "expected the `id` of a checkpoint, as `<run>:3`, or the number of a step";
            Err(ApiError::field(field, "value_error", expected))
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CheckpointsQuery {
    /// Of this run; default: the current one.
    run_id: Option<String>,
}

/// Checkpoints that are kept, newest first.
#[utoipa::path(get, path = "/api/v1/workflows/{id}/checkpoints", tag = "workflows",
    params(("id" = String, Path, description = "Workflow id"), CheckpointsQuery),
    responses(
        (status = 200, description = "The checkpoints, without their states", body = Vec<CheckpointView>),
        (status = 404, description = "No such workflow or run, or not yours", body = ErrorBody)))]
pub(crate) async fn list_workflow_checkpoints(
    door: Door<ListWorkflowCheckpoints>,
    id: Result<Path<String>, PathRejection>,
    Query(query): Query<CheckpointsQuery>,
) -> Result<Answer<Vec<CheckpointView>>, ApiError> {
    let request = ListWorkflowCheckpointsRequest {
        workflow_id: parse_workflow_id(id)?.to_string(),
        run_id: query.run_id,
    };
    let kept = door.perform(ListWorkflowCheckpoints(request)).await?;

    Ok(Answer(
        kept.checkpoints.into_iter().map(CheckpointView::from).collect(),
    ))
}

/// One checkpoint with its state.
#[utoipa::path(get, path = "/api/v1/workflows/{id}/checkpoints/{checkpoint}", tag = "workflows",
    params(("id" = String, Path, description = "Workflow id"),
        ("checkpoint" = String, Path, description = "Its id, or a step of the current run", example = "3")),
    responses(
        (status = 200, description = "The checkpoint", body = CheckpointView),
        (status = 400, description = "It was never executed", body = ErrorBody),
        (status = 404, description = "No such workflow or checkpoint, or not yours", body = ErrorBody)))]
pub(crate) async fn get_workflow_checkpoint(
    door: Door<GetWorkflowCheckpoint>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Answer<CheckpointView>, ApiError> {
    let unknown = || ApiError::not_found("There is no such checkpoint.");
    let Path((id, checkpoint)) = path.map_err(|_| unknown())?;
    let id = parse_workflow_id(Ok(Path(id)))?;
    let (run_id, step) = parse_checkpoint(&checkpoint, "checkpoint").map_err(|_| unknown())?;

    let request = GetWorkflowCheckpointRequest {
        workflow_id: id.to_string(),
        run_id,
        step: Some(step),
        share_token: None,
    };
    let kept = door.perform(GetWorkflowCheckpoint(request)).await?;

    Ok(Answer(kept.into()))
}

/// Other values, from which to go on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "values": { "question": "What is a lease?" }, "checkpoint_id": "2" }))]
pub(crate) struct StateChange {
    /// Merged into the values of the checkpoint; null takes a value away.
    #[schema(value_type = Object)]
    values: Map<String, Value>,
    /// At which one; default: the newest.
    #[serde(default, alias = "checkpointId")]
    checkpoint_id: Option<String>,
}

/// Change the values at a checkpoint, and go on from there in a new run.
#[utoipa::path(post, path = "/api/v1/workflows/{id}/state", tag = "workflows", request_body = StateChange,
    params(("id" = String, Path, description = "Workflow id")),
    responses(
        (status = 200, description = "Where it stands", body = WorkflowUpdate),
        (status = 400, description = "Not JSON, or its run still works: pause or cancel it first", body = ErrorBody),
        (status = 404, description = "No such workflow or checkpoint, or not yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn edit_workflow_state(
    door: Door<EditWorkflowState>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<StateChange>,
) -> Result<Answer<WorkflowUpdate>, ApiError> {
    let workflow_id = parse_workflow_id(id)?.to_string();
    let checkpoint = body.checkpoint_id.as_deref();
    let checkpoint = checkpoint
        .map(|text| parse_checkpoint(text, "checkpoint_id"))
        .transpose()?;
    let (run_id, step) = checkpoint.map_or((None, None), |(run, step)| (run, Some(step)));

    let request = EditWorkflowStateRequest {
        workflow_id,
        run_id,
        step,
        values: write_object(Some(body.values)),
        worker_share: None,
    };
    let workflow = door.perform(EditWorkflowState(request)).await?;

    Ok(Answer(workflow.into()))
}

/// Every time that a workflow was executed, newest first.
#[utoipa::path(get, path = "/api/v1/workflows/{id}/runs", tag = "workflows",
    params(("id" = String, Path, description = "Workflow id")),
    responses(
        (status = 200, description = "The runs", body = Vec<WorkflowRunView>),
        (status = 404, description = "No such workflow, or not yours", body = ErrorBody)))]
pub(crate) async fn list_workflow_runs(
    door: Door<ListWorkflowRuns>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Vec<WorkflowRunView>>, ApiError> {
    let workflow_id = parse_workflow_id(id)?.to_string();
    let list = door
        .perform(ListWorkflowRuns(ListWorkflowRunsRequest { workflow_id }))
        .await?;

    Ok(Answer(list.runs.into_iter().map(WorkflowRunView::from).collect()))
}

/// Where to begin a copy.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForkHere {
    /// Default: from the beginning.
    #[serde(default, alias = "checkpointId")]
    checkpoint_id: Option<String>,
    #[serde(default)]
    name: Option<String>,
    /// The token of a link, for a workflow of somebody else's.
    #[serde(default, alias = "shareToken")]
    share_token: Option<String>,
}

/// What to copy.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "source_id": "7d444840-9dc0-41d1-b245-5ffdce74fad2", "checkpoint_id": "2", "name": "Another way" }))]
pub(crate) struct ForkBody {
    #[serde(alias = "sourceId")]
    source_id: String,
    /// Default: from the beginning.
    #[serde(default, alias = "checkpointId")]
    checkpoint_id: Option<String>,
    #[serde(default)]
    name: Option<String>,
    /// The token of a link, for a workflow of somebody else's.
    #[serde(default, alias = "shareToken")]
    share_token: Option<String>,
}

/// Copy a workflow into a new one of yours, from its beginning or a checkpoint on.
#[utoipa::path(post, path = "/api/v1/workflows/fork", tag = "workflows", request_body = ForkBody,
    responses(
        (status = 201, description = "The new workflow, which does not run yet", body = WorkflowView),
        (status = 404, description = "No such workflow or checkpoint, or not yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn fork_workflow(
    door: Door<ForkWorkflow>,
    Json(body): Json<ForkBody>,
) -> Result<(StatusCode, Answer<WorkflowView>), ApiError> {
    let source = parse_id(Ok(Path(body.source_id)), "There is no such workflow.")?;
    let here = ForkHere {
        checkpoint_id: body.checkpoint_id,
        name: body.name,
        share_token: body.share_token,
    };

    fork(&door, source, here).await
}

/// The same, for those who name it in the address.
#[utoipa::path(post, path = "/api/v1/workflows/{id}/fork", tag = "workflows", request_body = Option<ForkHere>,
    params(("id" = String, Path, description = "Workflow id")),
    responses(
        (status = 201, description = "The new workflow, which does not run yet", body = WorkflowView),
        (status = 404, description = "No such workflow or checkpoint, or not yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn fork_workflow_by_id(
    door: Door<ForkWorkflow>,
    id: Result<Path<String>, PathRejection>,
    body: Option<Json<ForkHere>>,
) -> Result<(StatusCode, Answer<WorkflowView>), ApiError> {
    fork(&door, parse_workflow_id(id)?, body.unwrap_or_default().0).await
}

async fn fork(
    door: &Door<ForkWorkflow>,
    source: Uuid,
    here: ForkHere,
) -> Result<(StatusCode, Answer<WorkflowView>), ApiError> {
    let checkpoint = here.checkpoint_id.as_deref();
    let checkpoint = checkpoint
        .map(|text| parse_checkpoint(text, "checkpoint_id"))
        .transpose()?;
    let (run_id, step) = checkpoint.map_or((None, None), |(run, step)| (run, Some(step)));

    let request = ForkWorkflowRequest {
        source_id: source.to_string(),
        step,
        run_id,
        name: here.name,
        share_token: here.share_token,
    };
    let workflow = door.perform(ForkWorkflow(request)).await?;

    Ok((StatusCode::CREATED, Answer(workflow.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_named_by_its_run_and_step_or_by_a_step_alone() {
        let run = "7d444840-9dc0-41d1-b245-5ffdce74fad2";
        let parse = |text: &str| parse_checkpoint(text, "checkpoint_id").ok();

        assert_eq!(parse("3"), Some((None, 3)));
        assert_eq!(parse(&format!("{run}:12")), Some((Some(run.to_owned()), 12)));
        for wrong in ["", ":", "x", "x:3", "-1", "1.5", run] {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
    }
}
