//! All runs of a thread over LangGraph's API, one after another, for as long as somebody listens.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use axum::{
    extract::{Path, RawQuery, State, rejection::PathRejection},
    response::Response,
};
use bytes::Bytes;
use futures::{Stream, future::BoxFuture};
use http::{HeaderMap, HeaderValue, header};
use proto::v1::{ListThreadRunsRequest, ThreadRun, ThreadRunStatus, WatchThreadRunRequest};
use serde_json::Value;

use super::{read_id, run_stream::QUIET};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::Door,
    identity::RequestContext,
    operation::threads::{ListThreadRuns, WatchThreadRun},
    rest::answers::{Invalid, StreamedEvent},
    stream::{run_events::RunEvents, sse},
    view::langgraph::events::{RunProjection, StreamModes, ThreadEventPlace, ToldEvent},
};

/// Between two looks for another run.
const FIRST_LOOK: Duration = Duration::from_millis(100);
const LAST_LOOK: Duration = Duration::from_secs(1);
/// Runs looked at first, and where all of them are new.
const NEWEST: u32 = 10;
const RUNS_MAX: u32 = 1_000;

/// What is told of a thread's runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ThreadStreamMode {
    /// Everything that each run's own modes tell.
    RunModes,
    /// That each run began, and that it is done.
    Lifecycle,
}

impl ThreadStreamMode {
    /// The modes of a query: each may be told by itself, or several with commas between. The one that tells more counts.
    fn read(query: Option<&str>) -> Result<Self, ApiError> {
        let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let told = pairs.filter(|(name, _)| name == "stream_mode" || name == "stream_modes");
        let mut chosen = None;
        for (_, words) in told {
            for word in words.split(',').filter(|word| !word.is_empty()) {
                match word {
                    "run_modes" => chosen = Some(Self::RunModes),
                    "lifecycle" => chosen = chosen.or(Some(Self::Lifecycle)),
                    _ => {
                        let expected = "expected run_modes or lifecycle: changes by hand are not told here";
                        return Err(ApiError::field("stream_mode", "enum", expected));
                    }
                }
            }
        }

        Ok(chosen.unwrap_or(Self::RunModes))
    }
}

/// What the runs of a thread tell, those that work and those that come, until the client goes away. Who comes back with the last `id` it
/// saw is told what came since.
#[utoipa::path(get, path = "/langgraph/threads/{thread_id}/stream", tag = "threads",
    params(("thread_id" = String, Path, description = "The thread's id"),
        ("stream_mode" = Option<String>, Query, description = "`run_modes`, which is the default, or `lifecycle`"),
        ("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event that the client has")),
    responses((status = 200, description = "The events, with `id:` lines and a comment each 5 s", body = StreamedEvent,
            content_type = "text/event-stream"),
        (status = 404, description = "No such thread, or not yours", body = ErrorBody), Invalid))]
pub(crate) async fn join_thread_stream(
    State(app): State<Arc<App>>,
    door: Door<WatchThreadRun>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let mode = ThreadStreamMode::read(query.as_deref())?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let watched = WatchedThread::open(&app, &door.context, read_id(id)?, last).await?;

    let mut response = sse::respond_with_events(watched.tell(mode), QUIET);
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, no_store);
    Ok(response)
}

/// A thread whose runs are listened to.
struct WatchedThread {
    app: Arc<App>,
    context: RequestContext,
    thread: String,
    /// Runs that were there, or were told.
    known: HashSet<String>,
    /// Those to tell next, the first one first.
    waiting: VecDeque<ThreadRun>,
    /// Of the first of them: only what is behind.
    place: Option<ThreadEventPlace>,
    /// The client may listen no more, or the server stops.
    over: BoxFuture<'static, ()>,
}

impl WatchedThread {
    async fn open(
        app: &Arc<App>,
        context: &RequestContext,
        thread: String,
        last: Option<&str>,
    ) -> Result<Self, ApiError> {
        let ended = Arc::clone(&app.identity.authenticator).until_ended(context.clone());
        let stop = app.stop.clone().cancelled_owned();
        let mut watched = Self {
            app: Arc::clone(app),
            context: context.clone(),
            thread,
            known: HashSet::new(),
            waiting: VecDeque::new(),
            place: None,
            over: Box::pin(async move {
                tokio::select! {
                    () = stop => {}
                    () = ended => {}
                }
            }),
        };

        let runs = watched.list(RUNS_MAX).await?;
        watched.known.extend(runs.iter().map(|run| run.id.clone()));
        let seen = last.and_then(|id| {
            let place = runs
                .iter()
                .position(|run| id.ends_with(&format!("@{}", run.id)))?;
            Some((place, ThreadEventPlace::read(id, &runs[place].id)?))
        });
        match seen {
            Some((place, behind)) => {
                watched.place = Some(behind);
                watched.waiting = runs.into_iter().take(place + 1).rev().collect();
            }
            None => {
                let works = |run: &ThreadRun| {
                    matches!(run.status(), ThreadRunStatus::Pending | ThreadRunStatus::Running)
                };
                watched.waiting = runs.into_iter().filter(works).rev().collect();
            }
        }

        Ok(watched)
    }

    /// Newest first.
    async fn list(&mut self, limit: u32) -> Result<Vec<ThreadRun>, ApiError> {
        let request = ListThreadRunsRequest {
            thread_id: self.thread.clone(),
            limit: Some(limit),
            offset: 0,
            status: ThreadRunStatus::Unspecified.into(),
        };
        let listed = self.app.perform(&self.context, ListThreadRuns(request)).await?;

        Ok(listed.runs)
    }

    /// Looks for runs that are new.
    async fn look(&mut self) -> Result<(), ApiError> {
        let is_new = |known: &HashSet<String>, run: &ThreadRun| !known.contains(&run.id);
        let mut runs = self.list(NEWEST).await?;
        if runs.len() >= NEWEST as usize && runs.iter().all(|run| is_new(&self.known, run)) {
            runs = self.list(RUNS_MAX).await?;
        }

        for run in runs.into_iter().rev() {
            if self.known.insert(run.id.clone()) {
                self.waiting.push_back(run);
            }
        }
        Ok(())
    }

    /// The next run, when there is one; `None` when nobody is to be told any more.
    async fn next(&mut self) -> Option<ThreadRun> {
        let mut wait = FIRST_LOOK;

        loop {
            if let Some(run) = self.waiting.pop_front() {
                return Some(run);
            }
            // Gone, or not to be seen any more.
            self.look().await.ok()?;
            if !self.waiting.is_empty() {
                continue;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = &mut self.over => return None,
            }
            wait = (wait * 2).min(LAST_LOOK);
        }
    }

    fn tell(mut self, mode: ThreadStreamMode) -> impl Stream<Item = Bytes> + Send + 'static {
        async_stream::stream! {
            while let Some(run) = self.next().await {
                let place = self.place.take();
                let request = WatchThreadRunRequest { thread_id: run.thread_id.clone(), id: run.id.clone(), end_only: false };
                // One that was taken back meanwhile.
                let Ok(events) = self.app.perform(&self.context, WatchThreadRun(request)).await else { continue };
                let mut events = RunEvents::new(&self.app, &self.context, events);
                let mut projection = RunProjection::new(&run);
                let modes = modes_of(&run, mode);

                while let Some(event) = events.next().await {
                    for told in projection.project(&event, modes) {
                        let wanted = mode == ThreadStreamMode::RunModes || told.is_lifecycle();
                        if wanted && place.is_none_or(|place| told.is_behind(place)) {
                            yield told.write(&run.id);
                        }
                    }
                }
                if !events.is_whole() {
                    return;
                }
                let done = ToldEvent::run_done(&run.id);
                if place.is_none_or(|place| done.is_behind(place)) {
                    yield done.write(&run.id);
                }
            }
        }
    }
}

/// The modes that a run was asked in.
fn modes_of(run: &ThreadRun, mode: ThreadStreamMode) -> StreamModes {
    if mode == ThreadStreamMode::Lifecycle {
        return StreamModes::NONE;
    }

    let kwargs: Value = serde_json::from_str(&run.kwargs).unwrap_or_default();
    let chosen = kwargs["stream_mode"].as_array().cloned().unwrap_or_default();
    let chosen: Vec<_> = chosen
        .into_iter()
        .filter_map(|mode| serde_json::from_value(mode).ok())
        .collect();
    StreamModes::from(&chosen[..])
}
