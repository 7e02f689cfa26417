//! Threads over LangGraph's API.

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use proto::v1::{
    CopyThreadRequest, CreateThreadRequest, DeleteThreadRequest, GetThreadRequest, GetThreadStorageRequest,
    SearchThreadsRequest, ThreadStatus, ThreadTtl, UpdateThreadRequest, UpdateThreadStateRequest,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::{read_id, select, write_fields};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Door, Json, Query},
    identity::RequestContext,
    operation::threads::{
        CopyThread, CreateThread, DeleteThread, GetThread, GetThreadStorage, SearchThreads, UpdateThread,
        UpdateThreadState,
    },
    rest::answers::Invalid,
    view::langgraph::{
        page_headers,
        threads::{write_storage, write_thread, write_ttl},
    },
};

/// States that a thread may begin with.
const SUPERSTEPS_MAX: usize = 100;

/// What becomes of an id that is taken.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum IfExists {
    /// 409.
    #[default]
    Raise,
    /// The thread that there is.
    DoNothing,
}

/// A thread to make.
#[derive(Default, Deserialize, ToSchema)]
#[schema(example = json!({ "metadata": { "topic": "cats" } }))]
pub(crate) struct CreateThreadBody {
    /// A UUID; one is made when left out.
    thread_id: Option<String>,
    /// At most 64 KiB.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    #[schema(inline)]
    if_exists: Option<IfExists>,
    /// States to begin with, one after another, of the graph that `metadata.graph_id` or `graph_id` names; at most 100.
    #[schema(inline)]
    supersteps: Option<Vec<Superstep>>,
    graph_id: Option<String>,
    /// After which time it goes, from now; without it, it is kept until somebody deletes it.
    #[schema(inline)]
    ttl: Option<TtlBody>,
}

/// Minutes, or minutes and what becomes of the thread then. One that works is let end first.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(
    untagged,
    expecting = "expected minutes, or an object with `ttl` and `strategy`"
)]
enum TtlBody {
    Minutes(f64),
    Told {
        ttl: f64,
        #[schema(inline)]
        strategy: Option<TtlStrategy>,
    },
}

/// What becomes of a thread.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum TtlStrategy {
    /// It is deleted.
    #[default]
    Delete,
    /// Its older states go; the newest one stays, and so do its runs.
    KeepLatest,
}

impl TtlBody {
    fn into_request(self) -> ThreadTtl {
        let (minutes, strategy) = match self {
            Self::Minutes(minutes) => (minutes, None),
            Self::Told { ttl, strategy } => (ttl, strategy),
        };
        let strategy = match strategy.unwrap_or_default() {
            TtlStrategy::Delete => "delete",
            TtlStrategy::KeepLatest => "keep_latest",
        };

        ThreadTtl {
            strategy: strategy.to_owned(),
            minutes,
            expires_at: None,
        }
    }
}

/// Changes that are made one after another.
#[derive(Deserialize, ToSchema)]
struct Superstep {
    #[schema(inline)]
    updates: Vec<SuperstepUpdate>,
}

/// Values, as if a node had given them.
#[derive(Deserialize, ToSchema)]
struct SuperstepUpdate {
    #[schema(value_type = Option<Object>)]
    values: Option<Map<String, Value>>,
    /// A node of the graph; `__input__` is the graph's beginning.
    as_node: Option<String>,
}

/// Make a thread.
#[utoipa::path(post, path = "/langgraph/threads", tag = "threads", request_body = Option<CreateThreadBody>,
    responses((status = 200, description = "The thread", body = Object),
        (status = 409, description = "There is one of this id", body = ErrorBody), Invalid))]
pub(crate) async fn create_thread(
    State(app): State<Arc<App>>,
    door: Door<CreateThread>,
    body: Option<Json<CreateThreadBody>>,
) -> Result<Answer<Value>, ApiError> {
    let body = body.unwrap_or_default().0;
    let mut metadata = body.metadata.unwrap_or_default();
    if let Some(graph) = body.graph_id {
        metadata.insert("graph_id".to_owned(), graph.into());
    }
    let steps = body.supersteps.unwrap_or_default();
    if steps.len() > SUPERSTEPS_MAX {
        return Err(ApiError::field(
            "supersteps",
            "value_error",
            "expected at most 100",
        ));
    }
    if !steps.is_empty() && !metadata.contains_key("graph_id") {
        let message = "expected the name of a graph, whose states `supersteps` are";
        return Err(ApiError::field("graph_id", "missing", message));
    }

    let may_exist = body.if_exists == Some(IfExists::DoNothing);
    if let (true, false, Some(id)) = (may_exist, steps.is_empty(), body.thread_id.clone()) {
        match app
            .perform(&door.context, GetThread(GetThreadRequest { id }))
            .await
        {
            Ok(thread) => return Ok(Answer(write_thread(&thread))),
            Err(error) if error.status == StatusCode::NOT_FOUND => {}
            Err(error) => return Err(error),
        }
    }

    let request = CreateThreadRequest {
        id: body.thread_id,
        metadata: write_fields(Some(metadata)),
        may_exist: may_exist && steps.is_empty(),
        ttl: body.ttl.map(TtlBody::into_request),
    };
    let thread = door.perform(CreateThread(request)).await?;
    if steps.is_empty() {
        return Ok(Answer(write_thread(&thread)));
    }

    let id = thread.id;
    if let Err(error) = place_states(&app, &door.context, &id, steps).await {
        // A thread without its states is none that was asked for.
        app.perform(&door.context, DeleteThread(DeleteThreadRequest { id }))
            .await?;
        return Err(error);
    }
    let thread = app
        .perform(&door.context, GetThread(GetThreadRequest { id }))
        .await?;
    Ok(Answer(write_thread(&thread)))
}

async fn place_states(
    app: &App,
    context: &RequestContext,
    thread: &str,
    steps: Vec<Superstep>,
) -> Result<(), ApiError> {
    for update in steps.into_iter().flat_map(|step| step.updates) {
        let request = UpdateThreadStateRequest {
            thread_id: thread.to_owned(),
            values: write_fields(Some(update.values.unwrap_or_default())),
            as_node: update.as_node,
            checkpoint_id: None,
        };
        app.perform(context, UpdateThreadState(request)).await?;
    }

    Ok(())
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ThreadQuery {
    /// `ttl`: how long it is kept is told, too.
    #[param(example = "ttl")]
    include: Option<String>,
}

/// A thread and where it stands.
#[utoipa::path(get, path = "/langgraph/threads/{thread_id}", tag = "threads",
    params(("thread_id" = String, Path, description = "Its id"), ThreadQuery),
    responses((status = 200, description = "The thread", body = Object),
        (status = 404, description = "No such thread, or not yours", body = ErrorBody), Invalid))]
pub(crate) async fn get_thread(
    door: Door<GetThread>,
    id: Result<Path<String>, PathRejection>,
    Query(query): Query<ThreadQuery>,
) -> Result<Answer<Value>, ApiError> {
    let id = read_id(id)?;
    let thread = door.perform(GetThread(GetThreadRequest { id })).await?;
    let mut told = write_thread(&thread);
    let mut included = query.include.iter().flat_map(|names| names.split(','));
    if let (true, Some(ttl)) = (included.any(|name| name.trim() == "ttl"), &thread.ttl) {
        told["ttl"] = write_ttl(ttl);
    }

    Ok(Answer(told))
}

/// Where a thread is to stand.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum WantedStatus {
    Idle,
    Busy,
    Interrupted,
    Error,
}

impl WantedStatus {
    fn to_number(self) -> i32 {
        match self {
            Self::Idle => ThreadStatus::Idle,
            Self::Busy => ThreadStatus::Busy,
            Self::Interrupted => ThreadStatus::Interrupted,
            Self::Error => ThreadStatus::Error,
        }
        .into()
    }
}

/// Which threads.
#[derive(Default, Deserialize, ToSchema)]
#[schema(example = json!({ "metadata": { "topic": "cats" }, "limit": 10 }))]
pub(crate) struct ThreadSearch {
    /// Fields that must be so.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    /// Values that must be so.
    #[schema(value_type = Option<Object>)]
    values: Option<Map<String, Value>>,
    #[schema(inline)]
    status: Option<WantedStatus>,
    ids: Option<Vec<String>>,
    /// 1 to 1000; default: 10.
    limit: Option<u32>,
    offset: Option<u32>,
    /// `created_at`, `updated_at`, `state_updated_at` or `thread_id`.
    sort_by: Option<String>,
    /// `asc` or `desc`.
    sort_order: Option<String>,
    /// Only these fields of each.
    select: Option<Vec<String>>,
}

impl ThreadSearch {
    fn into_request(self) -> SearchThreadsRequest {
        let brief = self.select.as_ref().is_some_and(|fields| {
            let heavy = |field: &String| field == "values" || field == "interrupts";
            !fields.iter().any(heavy)
        });

        SearchThreadsRequest {
            metadata: write_fields(self.metadata),
            values: write_fields(self.values),
            status: self.status.map(WantedStatus::to_number).unwrap_or_default(),
            ids: self.ids.unwrap_or_default(),
            limit: self.limit,
            offset: self.offset.unwrap_or_default(),
            sort_by: self.sort_by.unwrap_or_default(),
            ascending: self.sort_order.as_deref() == Some("asc"),
            with_total: false,
            brief,
        }
    }
}

/// Find your threads.
#[utoipa::path(post, path = "/langgraph/threads/search", tag = "threads", request_body = Option<ThreadSearch>,
    responses((status = 200, description = "They, newest first", body = Vec<Object>), Invalid))]
pub(crate) async fn search_threads(
    door: Door<SearchThreads>,
    body: Option<Json<ThreadSearch>>,
) -> Result<Response, ApiError> {
    let body = body.unwrap_or_default().0;
    let fields = body.select.clone();
    let request = body.into_request();
    let next = u64::from(request.offset) + u64::from(request.limit.unwrap_or(10));
    let found = door.perform(SearchThreads(request)).await?;

    // How many there are at least: the next page is told by that.
    let seen = next + u64::from(found.has_more);
    let headers = page_headers(if found.has_more { seen } else { 0 }, next);
    let list = found.threads.iter().map(write_thread).collect();
    Ok((headers, Answer(select(list, fields.as_ref()))).into_response())
}

/// Count your threads.
#[utoipa::path(post, path = "/langgraph/threads/count", tag = "threads", request_body = Option<ThreadSearch>,
    responses((status = 200, description = "How many there are", body = u64, content_type = "application/json"), Invalid))]
pub(crate) async fn count_threads(
    door: Door<SearchThreads>,
    body: Option<Json<ThreadSearch>>,
) -> Result<Answer<u64>, ApiError> {
    let request = SearchThreadsRequest {
        with_total: true,
        brief: true,
        ..body.unwrap_or_default().0.into_request()
    };
    let found = door.perform(SearchThreads(request)).await?;

    Ok(Answer(found.total.unwrap_or_default()))
}

/// What to change of a thread.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({ "metadata": { "topic": "dogs" } }))]
pub(crate) struct ThreadChange {
    /// Merged into what there is.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    /// After which time it goes, from now, in place of what there is.
    #[schema(inline)]
    ttl: Option<TtlBody>,
}

/// Change a thread's metadata, and how long it is kept.
#[utoipa::path(patch, path = "/langgraph/threads/{thread_id}", tag = "threads", request_body = ThreadChange,
    params(("thread_id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The thread", body = Object),
        (status = 404, description = "No such thread, or not yours", body = ErrorBody), Invalid))]
pub(crate) async fn update_thread(
    door: Door<UpdateThread>,
    id: Result<Path<String>, PathRejection>,
    Json(change): Json<ThreadChange>,
) -> Result<Answer<Value>, ApiError> {
    let request = UpdateThreadRequest {
        id: read_id(id)?,
        metadata: write_fields(change.metadata),
        ttl: change.ttl.map(TtlBody::into_request),
    };
    let thread = door.perform(UpdateThread(request)).await?;

    Ok(Answer(write_thread(&thread)))
}

/// Delete a thread with its runs and states. What works is stopped.
#[utoipa::path(delete, path = "/langgraph/threads/{thread_id}", tag = "threads",
    params(("thread_id" = String, Path, description = "Its id")),
    responses((status = 204, description = "It is deleted"),
        (status = 404, description = "No such thread, or not yours", body = ErrorBody), Invalid))]
pub(crate) async fn delete_thread(
    door: Door<DeleteThread>,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let id = read_id(id)?;
    door.perform(DeleteThread(DeleteThreadRequest { id })).await?;

    Ok(StatusCode::NO_CONTENT)
}

/// Another thread that begins with the values of this one.
#[utoipa::path(post, path = "/langgraph/threads/{thread_id}/copy", tag = "threads",
    params(("thread_id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The new thread", body = Object),
        (status = 404, description = "No such thread, or not yours", body = ErrorBody), Invalid))]
pub(crate) async fn copy_thread(
    door: Door<CopyThread>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Value>, ApiError> {
    let id = read_id(id)?;
    let thread = door.perform(CopyThread(CopyThreadRequest { id })).await?;

    Ok(Answer(write_thread(&thread)))
}

/// How much the states of a thread occupy.
#[utoipa::path(get, path = "/langgraph/threads/{thread_id}/storage", tag = "threads",
    params(("thread_id" = String, Path, description = "Its id")),
    responses((status = 200, description = "Counts and bytes", body = Object),
        (status = 404, description = "No such thread, or not yours", body = ErrorBody), Invalid))]
pub(crate) async fn get_thread_storage(
    door: Door<GetThreadStorage>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Value>, ApiError> {
    let id = read_id(id)?;
    let request = GetThreadStorageRequest { id: id.clone() };
    let storage = door.perform(GetThreadStorage(request)).await?;

    Ok(Answer(write_storage(&id, &storage)))
}
