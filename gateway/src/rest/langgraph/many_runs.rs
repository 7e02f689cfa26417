//! Several at once over LangGraph's API: runs that are begun or stopped, threads that are deleted.

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use http::StatusCode;
use proto::v1::{
    CancelThreadRunRequest, DeleteThreadRequest, ListThreadRunsRequest, PruneThreadRequest,
    SearchThreadsRequest, ThreadRunStatus, ThreadStatus,
};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{run_body::RunBody, run_stream::CancelRunQuery, threads::TtlStrategy};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Door, Json, Query},
    identity::RequestContext,
    operation::threads::{
        CancelThreadRun, CreateThreadRuns, DeleteThread, ListThreadRuns, PruneThread, SearchThreads,
    },
    rest::answers::Invalid,
    view::langgraph::threads::write_run,
};

/// Runs or threads of one request.
const MANY_MAX: usize = 100;

fn refuse_too_many(field: &'static str, length: usize) -> Result<(), ApiError> {
    match length {
        1..=MANY_MAX => Ok(()),
        _ => Err(ApiError::field(field, "value_error", "expected 1 to 100 of them")),
    }
}

/// Begin several runs, each of a thread that is made for it and deleted about a minute after its end, unless it is to be kept.
#[utoipa::path(post, path = "/langgraph/runs/batch", tag = "threads", request_body = Vec<RunBody>,
    responses((status = 200, description = "The runs, in the order of what was sent", body = Vec<Object>),
        (status = 403, description = "Your tier begins one at a time (`FEATURE_NOT_AVAILABLE`), or this credential may not do that", body = ErrorBody),
        (status = 404, description = "No such assistant", body = ErrorBody),
        (status = 409, description = "Never: nothing else works in a new thread", body = ErrorBody), Invalid))]
pub(crate) async fn create_runs(
    door: Door<CreateThreadRuns>,
    Json(bodies): Json<Vec<RunBody>>,
) -> Result<Answer<Vec<Value>>, ApiError> {
    refuse_too_many("body", bodies.len())?;
    let requests: Result<Vec<_>, _> = bodies.into_iter().map(|body| body.into_request(None)).collect();

    let runs = door.perform(CreateThreadRuns(requests?)).await?;
    Ok(Answer(runs.iter().map(write_run).collect()))
}

/// Which runs stand so.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum WorkingStatus {
    Pending,
    Running,
    All,
}

/// Runs of a thread by their ids, or all of yours that stand so.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({ "status": "pending" }))]
pub(crate) struct CancelRunsBody {
    thread_id: Option<String>,
    /// Of this thread; 1 to 100.
    run_ids: Option<Vec<String>>,
    /// Of all threads, where no runs are named.
    #[schema(inline)]
    status: Option<WorkingStatus>,
}

/// Stop several runs.
#[utoipa::path(post, path = "/langgraph/runs/cancel", tag = "threads", request_body = CancelRunsBody, params(CancelRunQuery),
    responses((status = 204, description = "They are being stopped"),
        (status = 404, description = "None of them works", body = ErrorBody), Invalid))]
pub(crate) async fn cancel_runs(
    State(app): State<Arc<App>>,
    door: Door<CancelThreadRun>,
    Query(query): Query<CancelRunQuery>,
    Json(body): Json<CancelRunsBody>,
) -> Result<StatusCode, ApiError> {
    let rollback = query.takes_back()?;
    let named = match (body.thread_id, body.run_ids, body.status) {
        (Some(thread), Some(runs), None) => {
            refuse_too_many("run_ids", runs.len())?;
            runs.into_iter().map(|run| (thread.clone(), run)).collect()
        }
        (None, None, Some(status)) => find_working(&app, &door.context, status).await?,
        _ => {
            let expected = "expected either `status`, or `thread_id` with `run_ids`";
            return Err(ApiError::field("status", "value_error", expected));
        }
    };

    let mut stopped = false;
    for (thread_id, id) in named {
        let request = CancelThreadRunRequest {
            thread_id,
            id,
            rollback,
        };
        match app.perform(&door.context, CancelThreadRun(request)).await {
            Ok(_) => stopped = true,
            // It has ended.
            Err(error) if error.status == StatusCode::NOT_FOUND => {}
            Err(error) => return Err(error),
        }
    }

    match stopped {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::not_found("No runs found to cancel.")),
    }
}

/// Runs of the caller's busy threads.
async fn find_working(
    app: &App,
    context: &RequestContext,
    wanted: WorkingStatus,
) -> Result<Vec<(String, String)>, ApiError> {
    let search = SearchThreadsRequest {
        status: ThreadStatus::Busy.into(),
        limit: Some(1_000),
        brief: true,
        ..SearchThreadsRequest::default()
    };
    let busy = app.perform(context, SearchThreads(search)).await?;

    let mut working = Vec::new();
    for thread in busy.threads {
        for status in [ThreadRunStatus::Running, ThreadRunStatus::Pending] {
            let is_wanted = match wanted {
                WorkingStatus::Pending => status == ThreadRunStatus::Pending,
                WorkingStatus::Running => status == ThreadRunStatus::Running,
                WorkingStatus::All => true,
            };
            if !is_wanted {
                continue;
            }
            let request = ListThreadRunsRequest {
                thread_id: thread.id.clone(),
                limit: Some(1_000),
                offset: 0,
                status: status.into(),
            };
            let runs = app.perform(context, ListThreadRuns(request)).await?.runs;
            working.extend(runs.into_iter().map(|run| (run.thread_id, run.id)));
        }
    }
    // Those that wait for their turn first, so that none of them begins meanwhile.
    working.reverse();

    Ok(working)
}

/// Which threads.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({ "thread_ids": ["7d444840-9dc0-41d1-b245-5ffdce74fad2"] }))]
pub(crate) struct PruneBody {
    /// 1 to 100.
    thread_ids: Vec<String>,
    #[serde(default)]
    #[schema(inline)]
    strategy: TtlStrategy,
}

/// Delete several threads, or their older states. Those that are not there are no mistake, and those that work keep theirs.
#[utoipa::path(post, path = "/langgraph/threads/prune", tag = "threads", request_body = PruneBody,
    responses((status = 200, description = "How many were deleted or lost older states, as `pruned_count`", body = Object),
        (status = 404, description = "Never: what is not there is not counted", body = ErrorBody), Invalid))]
pub(crate) async fn prune_threads(
    State(app): State<Arc<App>>,
    door: Door<DeleteThread>,
    Json(body): Json<PruneBody>,
) -> Result<Answer<Value>, ApiError> {
    refuse_too_many("thread_ids", body.thread_ids.len())?;
    let mut pruned = 0;
    for id in body.thread_ids {
        let done = match body.strategy {
            TtlStrategy::Delete => {
                let request = DeleteThreadRequest { id };
                app.perform(&door.context, DeleteThread(request)).await.map(drop)
            }
            TtlStrategy::KeepLatest => {
                let request = PruneThreadRequest { id };
                app.perform(&door.context, PruneThread(request)).await.map(drop)
            }
        };
        match done {
            Ok(()) => pruned += 1,
            Err(error) if matches!(error.status, StatusCode::NOT_FOUND | StatusCode::CONFLICT) => {}
            Err(error) => return Err(error),
        }
    }

    Ok(Answer(json!({ "pruned_count": pruned })))
}
