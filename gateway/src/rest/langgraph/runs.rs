//! Runs of threads over LangGraph's API, without waiting for them: begun, read, listed, taken from the list.

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use proto::v1::{DeleteThreadRunRequest, GetThreadRunRequest, ListThreadRunsRequest, ThreadRunStatus};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{read_id, read_ids, run_body::RunBody};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json, Query, WholeNumber},
    operation::threads::{CreateThreadRun, DeleteThreadRun, GetThreadRun, ListThreadRuns},
    rest::answers::Invalid,
    view::langgraph::{run_headers, threads::write_run},
};

/// Begin a run of a thread; it is answered before it has begun.
#[utoipa::path(post, path = "/langgraph/threads/{thread_id}/runs", tag = "threads", request_body = RunBody,
    params(("thread_id" = String, Path, description = "The thread's id")),
    responses((status = 200, description = "The run", body = Object),
        (status = 404, description = "No such thread, assistant or checkpoint", body = ErrorBody),
        (status = 409, description = "The thread is busy, and `multitask_strategy` is `reject`", body = ErrorBody), Invalid))]
pub(crate) async fn create_thread_run(
    door: Door<CreateThreadRun>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<RunBody>,
) -> Result<Response, ApiError> {
    let request = body.into_request(Some(read_id(id)?))?;
    let run = door.perform(CreateThreadRun(request)).await?;

    Ok((run_headers(&run, None), Answer(write_run(&run))).into_response())
}

/// Begin a run of a thread that is made for it. The thread is deleted about a minute after the end, unless it is to be kept.
#[utoipa::path(post, path = "/langgraph/runs", tag = "threads", request_body = RunBody,
    responses((status = 200, description = "The run", body = Object),
        (status = 404, description = "No such assistant", body = ErrorBody),
        (status = 409, description = "Never: nothing else works in a new thread", body = ErrorBody), Invalid))]
pub(crate) async fn create_run(
    door: Door<CreateThreadRun>,
    Json(body): Json<RunBody>,
) -> Result<Response, ApiError> {
    let run = door.perform(CreateThreadRun(body.into_request(None)?)).await?;
    Ok((run_headers(&run, None), Answer(write_run(&run))).into_response())
}

/// Where a run is to stand.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum WantedRunStatus {
    Pending,
    Running,
    Success,
    Error,
    /// No run ends so here.
    Timeout,
    Interrupted,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RunListQuery {
    /// 1 to 1000; default: 10.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    limit: Option<WholeNumber<u32>>,
    #[param(value_type = Option<u32>)]
    offset: Option<WholeNumber<u32>>,
    #[param(inline)]
    status: Option<WantedRunStatus>,
}

/// The runs of a thread, newest first.
#[utoipa::path(get, path = "/langgraph/threads/{thread_id}/runs", tag = "threads",
    params(("thread_id" = String, Path, description = "The thread's id"), RunListQuery),
    responses((status = 200, description = "They", body = Vec<Object>),
        (status = 404, description = "No such thread, or not yours", body = ErrorBody), Invalid))]
pub(crate) async fn list_thread_runs(
    door: Door<ListThreadRuns>,
    id: Result<Path<String>, PathRejection>,
    Query(query): Query<RunListQuery>,
) -> Result<Answer<Vec<Value>>, ApiError> {
    let status = match query.status {
        None => ThreadRunStatus::Unspecified,
        Some(WantedRunStatus::Pending) => ThreadRunStatus::Pending,
        Some(WantedRunStatus::Running) => ThreadRunStatus::Running,
        Some(WantedRunStatus::Success) => ThreadRunStatus::Success,
        Some(WantedRunStatus::Error) => ThreadRunStatus::Error,
        Some(WantedRunStatus::Interrupted) => ThreadRunStatus::Interrupted,
        Some(WantedRunStatus::Timeout) => return Ok(Answer(Vec::new())),
    };
    let request = ListThreadRunsRequest {
        thread_id: read_id(id)?,
        limit: query.limit.map(|WholeNumber(limit)| limit),
        offset: query.offset.map_or(0, |WholeNumber(offset)| offset),
        status: status.into(),
    };
    let list = door.perform(ListThreadRuns(request)).await?;

    Ok(Answer(list.runs.iter().map(write_run).collect()))
}

/// A run and where it stands.
#[utoipa::path(get, path = "/langgraph/threads/{thread_id}/runs/{run_id}", tag = "threads",
    params(("thread_id" = String, Path, description = "The thread's id"),
        ("run_id" = String, Path, description = "The run's id")),
    responses((status = 200, description = "The run", body = Object),
        (status = 404, description = "No such thread or run, or not yours", body = ErrorBody), Invalid))]
pub(crate) async fn get_thread_run(
    door: Door<GetThreadRun>,
    ids: Result<Path<(String, String)>, PathRejection>,
) -> Result<Answer<Value>, ApiError> {
    let (thread_id, id) = read_ids(ids)?;
    let run = door
        .perform(GetThreadRun(GetThreadRunRequest { thread_id, id }))
        .await?;

    Ok(Answer(write_run(&run)))
}

/// Take an ended run from the list. What it did stays.
#[utoipa::path(delete, path = "/langgraph/threads/{thread_id}/runs/{run_id}", tag = "threads",
    params(("thread_id" = String, Path, description = "The thread's id"),
        ("run_id" = String, Path, description = "The run's id")),
    responses((status = 204, description = "It is gone"),
        (status = 404, description = "No such thread or run, or not yours", body = ErrorBody),
        (status = 409, description = "It works, or is to begin: cancel it first", body = ErrorBody), Invalid))]
pub(crate) async fn delete_thread_run(
    door: Door<DeleteThreadRun>,
    ids: Result<Path<(String, String)>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let (thread_id, id) = read_ids(ids)?;
    door.perform(DeleteThreadRun(DeleteThreadRunRequest { thread_id, id }))
        .await?;

    Ok(StatusCode::NO_CONTENT)
}
