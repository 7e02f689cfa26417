//! Runs of threads over LangGraph's API, for whoever waits: their events as they come, their values at the end, and stopping them.

use std::{sync::Arc, time::Duration};

use axum::{
    Json as Answer,
    extract::{Path, RawQuery, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use proto::v1::{
    CancelThreadRunRequest, DeleteThreadRequest, GetThreadRunRequest, RunEvent, ThreadRun,
    WatchThreadRunRequest,
};
use serde::Deserialize;
use serde_json::Value;
use tonic::Streaming;
use utoipa::IntoParams;

use super::{read_id, read_ids, run_body::RunBody};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Door, Json, Query},
    identity::RequestContext,
    operation::{
        Operation,
        threads::{CancelThreadRun, CreateThreadRun, DeleteThread, GetThreadRun, WatchThreadRun},
    },
    rest::answers::{Invalid, StreamedEvent},
    stream::{
        run_events::{RunEvents, StopWhenLeft},
        sse,
    },
    view::langgraph::{
        events::{RunProjection, StreamMode, StreamModes, ThreadEventPlace},
        run_headers,
    },
};

/// Comments that keep a silent stream open.
pub(super) const QUIET: Duration = Duration::from_secs(5);

/// Begin a run of a thread and be told its events. The client may go away and come back by `Location` with the last `id` it saw.
#[utoipa::path(post, path = "/langgraph/threads/{thread_id}/runs/stream", tag = "threads", request_body = RunBody,
    params(("thread_id" = String, Path, description = "The thread's id")),
    responses((status = 200, description = "The events, with `id:` lines and a comment each 5 s", body = StreamedEvent,
            content_type = "text/event-stream"),
        (status = 404, description = "No such thread, assistant or checkpoint", body = ErrorBody),
        (status = 409, description = "The thread is busy, and `multitask_strategy` is `reject`", body = ErrorBody), Invalid))]
pub(crate) async fn stream_thread_run(
    State(app): State<Arc<App>>,
    door: Door<CreateThreadRun>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<RunBody>,
) -> Result<Response, ApiError> {
    let (modes, cancels) = (body.modes(), body.cancels_on_disconnect());
    let run = door
        .perform(CreateThreadRun(body.into_request(Some(read_id(id)?))?))
        .await?;

    let watched = WatchedThreadRun::open(&app, &door.context, run, false).await?;
    Ok(watched.stream(modes, None, cancels, None))
}

/// Begin a run of a thread that is made for it and be told its events. The thread is deleted at the end, unless it is to be kept.
#[utoipa::path(post, path = "/langgraph/runs/stream", tag = "threads", request_body = RunBody,
    responses((status = 200, description = "The events, with `id:` lines and a comment each 5 s", body = StreamedEvent,
            content_type = "text/event-stream"),
        (status = 404, description = "No such assistant", body = ErrorBody),
        (status = 409, description = "Never: nothing else works in a new thread", body = ErrorBody), Invalid))]
pub(crate) async fn stream_run(
    State(app): State<Arc<App>>,
    door: Door<CreateThreadRun>,
    Json(body): Json<RunBody>,
) -> Result<Response, ApiError> {
    let (modes, cancels, keeps) = (body.modes(), body.cancels_on_disconnect(), body.keeps_thread());
    let run = door.perform(CreateThreadRun(body.into_request(None)?)).await?;

    let leftover = (!keeps).then(|| run.thread_id.clone());
    let watched = WatchedThreadRun::open(&app, &door.context, run, false).await?;
    Ok(watched.stream(modes, None, cancels, leftover))
}

/// Begin a run of a thread and wait for its values.
#[utoipa::path(post, path = "/langgraph/threads/{thread_id}/runs/wait", tag = "threads", request_body = RunBody,
    params(("thread_id" = String, Path, description = "The thread's id")),
    responses((status = 200, description = "The values; `__interrupt__` has what is asked, `__error__` why it failed", body = Object),
        (status = 404, description = "No such thread, assistant or checkpoint", body = ErrorBody),
        (status = 409, description = "The thread is busy, and `multitask_strategy` is `reject`", body = ErrorBody), Invalid))]
pub(crate) async fn wait_for_thread_run(
    State(app): State<Arc<App>>,
    door: Door<CreateThreadRun>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<RunBody>,
) -> Result<Response, ApiError> {
    let run = door
        .perform(CreateThreadRun(body.into_request(Some(read_id(id)?))?))
        .await?;
    WatchedThreadRun::open(&app, &door.context, run, true)
        .await?
        .wait()
        .await
}

/// Begin a run of a thread that is made for it and wait for its values.
#[utoipa::path(post, path = "/langgraph/runs/wait", tag = "threads", request_body = RunBody,
    responses((status = 200, description = "The values; `__interrupt__` has what is asked, `__error__` why it failed", body = Object),
        (status = 404, description = "No such assistant", body = ErrorBody),
        (status = 409, description = "Never: nothing else works in a new thread", body = ErrorBody), Invalid))]
pub(crate) async fn wait_for_run(
    State(app): State<Arc<App>>,
    door: Door<CreateThreadRun>,
    Json(body): Json<RunBody>,
) -> Result<Response, ApiError> {
    let keeps = body.keeps_thread();
    let run = door.perform(CreateThreadRun(body.into_request(None)?)).await?;
    let thread = run.thread_id.clone();
    let answer = WatchedThreadRun::open(&app, &door.context, run, true)
        .await?
        .wait()
        .await?;
    if !keeps {
        delete_thread(&app, &door.context, thread).await;
    }

    Ok(answer)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct JoinQuery {
    /// Which events, with commas between or told several times; default: all.
    #[param(example = "values,updates")]
    #[serde(rename = "stream_mode")]
    _stream_mode: Option<String>,
    /// 1: the run is stopped when this client goes away.
    #[param(example = "0")]
    cancel_on_disconnect: Option<String>,
}

/// The modes of a query: each may be told by itself, or several with commas between; all where none is told.
fn read_modes(query: Option<&str>) -> Result<StreamModes, ApiError> {
    let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let told: Vec<String> = pairs
        .filter(|(name, _)| name == "stream_mode")
        .map(|(_, value)| value.into_owned())
        .collect();
    let words = told
        .iter()
        .flat_map(|value| value.split([',', '[', ']', '"', ' ']));
    let modes: Result<Vec<StreamMode>, _> = words
        .filter(|word| !word.is_empty())
        .map(|word| serde_json::from_value(Value::String(word.to_owned())))
        .collect();

    match modes {
        Ok(modes) if modes.is_empty() => Ok(StreamModes::ALL),
        Ok(modes) => Ok(StreamModes::from(&modes[..])),
        Err(_) => {
            let expected = format!("expected some of {}", StreamModes::ALL.names().join(", "));
            Err(ApiError::field("stream_mode", "enum", expected))
        }
    }
}

/// A run's events from its beginning, or from the last one that a client has.
#[utoipa::path(get, path = "/langgraph/threads/{thread_id}/runs/{run_id}/stream", tag = "threads",
    params(("thread_id" = String, Path, description = "The thread's id"),
        ("run_id" = String, Path, description = "The run's id"), JoinQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event that the client has")),
    responses((status = 200, description = "The events, with `id:` lines and a comment each 5 s", body = StreamedEvent,
            content_type = "text/event-stream"),
        (status = 404, description = "No such thread or run, or not yours", body = ErrorBody), Invalid))]
pub(crate) async fn join_thread_run_stream(
    State(app): State<Arc<App>>,
    door: Door<WatchThreadRun>,
    ids: Result<Path<(String, String)>, PathRejection>,
    Query(query): Query<JoinQuery>,
    RawQuery(modes): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let modes = read_modes(modes.as_deref())?;
    let cancels = query.cancel_on_disconnect.as_deref() == Some("1");
    let run = find_run(&app, &door.context, read_ids(ids)?).await?;
    let place = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let place = place.and_then(|text| ThreadEventPlace::read(text, &run.id));

    Ok(WatchedThreadRun::open(&app, &door.context, run, false)
        .await?
        .stream(modes, place, cancels, None))
}

/// Wait for a run's values.
#[utoipa::path(get, path = "/langgraph/threads/{thread_id}/runs/{run_id}/join", tag = "threads",
    params(("thread_id" = String, Path, description = "The thread's id"),
        ("run_id" = String, Path, description = "The run's id")),
    responses((status = 200, description = "The values; `__interrupt__` has what is asked, `__error__` why it failed", body = Object),
        (status = 404, description = "No such thread or run, or not yours", body = ErrorBody), Invalid))]
pub(crate) async fn join_thread_run(
    State(app): State<Arc<App>>,
    door: Door<WatchThreadRun>,
    ids: Result<Path<(String, String)>, PathRejection>,
) -> Result<Response, ApiError> {
    let run = find_run(&app, &door.context, read_ids(ids)?).await?;
    WatchedThreadRun::open(&app, &door.context, run, true)
        .await?
        .wait()
        .await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CancelRunQuery {
    /// 1: it is answered when the run has ended.
    #[param(example = "0")]
    wait: Option<String>,
    /// `interrupt`, which is the default, or `rollback`: what it did is left, too.
    #[param(example = "interrupt")]
    action: Option<String>,
}

impl CancelRunQuery {
    /// Whether what was done is left, too.
    pub(super) fn takes_back(&self) -> Result<bool, ApiError> {
        match self.action.as_deref() {
            None | Some("interrupt") => Ok(false),
            Some("rollback") => Ok(true),
            Some(_) => Err(ApiError::field(
                "action",
                "enum",
                "expected interrupt or rollback",
            )),
        }
    }
}

/// Stop a run.
#[utoipa::path(post, path = "/langgraph/threads/{thread_id}/runs/{run_id}/cancel", tag = "threads",
    params(("thread_id" = String, Path, description = "The thread's id"),
        ("run_id" = String, Path, description = "The run's id"), CancelRunQuery),
    responses((status = 200, description = "It has ended", body = Object),
        (status = 204, description = "It is being stopped"),
        (status = 404, description = "No such thread or run, or it has ended", body = ErrorBody), Invalid))]
pub(crate) async fn cancel_thread_run(
    State(app): State<Arc<App>>,
    door: Door<CancelThreadRun>,
    ids: Result<Path<(String, String)>, PathRejection>,
    Query(query): Query<CancelRunQuery>,
) -> Result<Response, ApiError> {
    let rollback = query.takes_back()?;
    let waits = matches!(query.wait.as_deref(), Some("1" | "true"));
    let (thread_id, id) = read_ids(ids)?;
    let request = CancelThreadRunRequest {
        thread_id: thread_id.clone(),
        id: id.clone(),
        rollback,
    };
    door.perform(CancelThreadRun(request)).await?;
    if !waits {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }

    // One that was taken back is gone at once.
    if !rollback {
        let watch = WatchThreadRun(WatchThreadRunRequest {
            thread_id,
            id,
            end_only: true,
        });
        let mut events = app.perform(&door.context, watch).await?;
        while let Some(event) = events.next().await {
            event.map_err(|status| WatchThreadRun::refuse(kit::Problem::from_status(&status)))?;
        }
    }
    Ok(Answer(Value::Object(serde_json::Map::new())).into_response())
}

async fn find_run(
    app: &App,
    context: &RequestContext,
    (thread_id, id): (String, String),
) -> Result<ThreadRun, ApiError> {
    app.perform(context, GetThreadRun(GetThreadRunRequest { thread_id, id }))
        .await
}

/// What was made for one run is gone with it.
async fn delete_thread(app: &App, context: &RequestContext, id: String) {
    let deleted = app
        .perform(context, DeleteThread(DeleteThreadRequest { id }))
        .await;
    if let Err(error) = deleted {
        tracing::warn!(error = error.message(), "a thread of one run is left");
    }
}

/// A run whose events are read.
struct WatchedThreadRun {
    app: Arc<App>,
    context: RequestContext,
    run: ThreadRun,
    events: Streaming<RunEvent>,
}

impl WatchedThreadRun {
    async fn open(
        app: &Arc<App>,
        context: &RequestContext,
        run: ThreadRun,
        end_only: bool,
    ) -> Result<Self, ApiError> {
        let request = WatchThreadRunRequest {
            thread_id: run.thread_id.clone(),
            id: run.id.clone(),
            end_only,
        };
        let events = app.perform(context, WatchThreadRun(request)).await?;

        Ok(Self {
            app: Arc::clone(app),
            context: context.clone(),
            run,
            events,
        })
    }

    /// The events behind `place`, until the run has ended, the server stops, or who watches may no more. `leftover` is a thread that
    /// is deleted then.
    fn stream(
        self,
        modes: StreamModes,
        place: Option<ThreadEventPlace>,
        cancels: bool,
        leftover: Option<String>,
    ) -> Response {
        let headers = run_headers(&self.run, Some("stream"));
        let mut response = sse::respond_with_events(self.tell(modes, place, cancels, leftover), QUIET);
        response.headers_mut().extend(headers);
        let no_store = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, no_store);

        response
    }

    fn tell(
        self,
        modes: StreamModes,
        place: Option<ThreadEventPlace>,
        cancels: bool,
        leftover: Option<String>,
    ) -> impl Stream<Item = Bytes> + Send + 'static {
        let Self {
            app,
            context,
            run,
            events,
        } = self;
        let stop = cancels.then(|| {
            CancelThreadRun(CancelThreadRunRequest {
                thread_id: run.thread_id.clone(),
                id: run.id.clone(),
                rollback: false,
            })
        });

        async_stream::stream! {
            let mut events = RunEvents::new(&app, &context, events);
            let mut projection = RunProjection::new(&run);
            let mut left = StopWhenLeft::new(&app, &context, stop);

            while let Some(event) = events.next().await {
                for told in projection.project(&event, modes) {
                    if place.is_none_or(|place| told.is_behind(place)) {
                        yield told.write(&run.id);
                    }
                }
            }
            if let Some(thread) = leftover.filter(|_| events.is_whole()) {
                delete_thread(&app, &context, thread).await;
            }
            left.stay();
        }
    }

    /// The values at the end.
    async fn wait(self) -> Result<Response, ApiError> {
        let Self { run, mut events, .. } = self;
        let mut projection = RunProjection::new(&run);
        while let Some(event) = events.next().await {
            let refuse = |status: tonic::Status| WatchThreadRun::refuse(kit::Problem::from_status(&status));
            projection.project(&event.map_err(refuse)?, StreamModes::NONE);
        }

        let headers = run_headers(&run, Some("join"));
        Ok((headers, Answer(projection.into_values())).into_response())
    }
}
