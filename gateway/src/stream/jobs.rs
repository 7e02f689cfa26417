//! A job's progress, live, over SSE in CodeForge's words.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use proto::v1::{GetJobRequest, Job, RunEvent, RunStatus};
use serde_json::Value;

use super::{
    event_buffer::Step,
    hub::{Watch, Watched},
    sse,
    watch::Resume,
};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Door, Query},
    identity::{PublicBase, RequestContext},
    operation::{
        Operations,
        jobs::{GetJob, WatchJob},
    },
    rest::{answers::StreamedEvent, jobs::parse_job_id},
    view::codeforge::events::{JobEvent, read_event, tell_complete},
};

/// A job's progress as server-sent events.
///
/// `progress` `{job_id, status, progress}`; `waiting` `{job_id, status, progress, result}` with the questions, after which the stream stays
/// open; and at the end `complete` `{job_id, status, progress, result}`, `error` `{job_id, status: failed|timeout, error}` or `cancelled`
/// `{job_id, status, progress}`. A client that reconnects with the last `id` it saw misses nothing; when there is nothing more to come,
/// it is answered with 204, which stops an `EventSource`.
#[utoipa::path(get, path = "/v1/jobs/{id}/stream", tag = "projects",
    params(("id" = String, Path, description = "Job id"), Resume,
        ("Last-Event-ID" = Option<String>, Header, description = "As `after`; it wins over it")),
    responses(
        (status = 200, description = "The events, with `id:` lines and a comment each 15 s", body = StreamedEvent,
            content_type = "text/event-stream",
            example = "id: 3@7d444840-9dc0-41d1-b245-5ffdce74fad2\nevent: progress\ndata: {\"job_id\":\"7d444840-9dc0-41d1-b245-5ffdce74fad2\",\"status\":\"running\",\"progress\":25.0}\n\n"),
        (status = 204, description = "It has ended and the client has seen everything"),
        (status = 404, description = "No such job of yours", body = ErrorBody),
        (status = 422, description = "`after` or `Last-Event-ID` is no place of an event", body = ErrorBody),
        (status = 503, description = "Too many watch already", body = ErrorBody)))]
pub(crate) async fn job_events(
    State(app): State<Arc<App>>,
    door: Door<WatchJob>,
    id: Result<Path<String>, PathRejection>,
    base: PublicBase,
    Query(resume): Query<Resume>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let id = parse_job_id(id)?;
    let place = resume.after_in(&headers)?;
    let job = door.perform(WatchJob(GetJobRequest { id })).await?;

    let after = place.number_in(&job.id);
    if has_heard_all(&job, after) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }

    let watched = Watched::Run(job.id.clone());
    let watch = app.hub.watch(&door.context, &watched, after, &base);
    let watch =
        watch.ok_or_else(|| ApiError::overloaded("Too many clients are watching; try again in a moment."))?;
    let listener = JobListener {
        operations: Arc::clone(&app.operations),
        call: door.context.clone(),
        progress: 0.0,
    };

    Ok(send_events(app, listener, watch))
}

/// Whether the last event that clients are told is behind them. The very last one of a run says only how it ended, which was told.
fn has_heard_all(job: &Job, after: u64) -> bool {
    match job.status() {
        RunStatus::Completed | RunStatus::Failed => after + 1 >= job.last_event,
        RunStatus::Cancelled => after >= job.last_event,
        _ => false,
    }
}

/// Who is told a job's events.
struct JobListener {
    operations: Arc<Operations>,
    call: RequestContext,
    /// How far the job was when its client was told last.
    progress: f64,
}

impl JobListener {
    async fn write_sse(&mut self, event: &RunEvent) -> Option<Bytes> {
        let (name, data) = match read_event(event, &mut self.progress)? {
            JobEvent::Told(name, data) => (name, data),
            JobEvent::Complete => ("complete", self.read_result(event).await?),
        };
        let (number, run) = (event.number, &event.run_id);

        Some(format!("id: {number}@{run}\nevent: {name}\ndata: {data}\n\n").into())
    }

    /// Nothing when the job can't be read now: its client comes back for it, with the number before.
    async fn read_result(&self, event: &RunEvent) -> Option<Value> {
        let request = GetJobRequest {
            id: event.run_id.clone(),
        };
        let job = self.operations.perform(GetJob(request), &self.call).await;
        job.ok().map(|(job, _)| tell_complete(job))
    }
}

fn send_events(app: Arc<App>, mut listener: JobListener, mut watch: Watch) -> Response {
    let quiet = Duration::from_secs(app.config.stream.comment_seconds);
    let ended = Arc::clone(&app.identity.authenticator).until_ended(listener.call.clone());

    let events = async_stream::stream! {
        let mut stop = std::pin::pin!(app.stop.cancelled());
        let mut ended = std::pin::pin!(ended);
        let mut frames = Vec::new();

        loop {
            tokio::select! {
                step = watch.next(&mut frames) => match step {
                    Step::Frames => {
                        for frame in frames.drain(..) {
                            if let Some(event) = listener.write_sse(frame.event()).await {
                                yield event;
                            }
                        }
                    }
                    Step::Ended(_) | Step::Behind => return,
                },
                () = &mut stop => return,
                () = &mut ended => return,
            }
        }
    };
    sse::respond_with_events(events, quiet)
}
