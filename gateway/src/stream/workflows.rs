//! A workflow's events, live, over SSE; what both doors tell of them; the same by a link (`shared`);
//! and the socket on which it is steered too (`socket`).

pub(crate) mod shared;
pub(crate) mod socket;

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use proto::v1::{
    GetSharedWorkflowRequest, GetWorkflowCheckpointRequest, GetWorkflowRequest, RunEvent, Workflow,
    WorkflowStatus,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::IntoParams;

use super::{
    event_buffer::{Ending, Frame, Step},
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
        workflows::{
            GetSharedCheckpoint, GetSharedWorkflow, GetWorkflow, GetWorkflowCheckpoint, WatchWorkflow,
        },
    },
    rest::{answers::StreamedEvent, workflows::parse_workflow_id},
    view::{
        akd::{
            events::{Mode, Modes},
            workflows::raw,
        },
        events,
    },
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ModesQuery {
    /// Which events are wanted, with commas between: `state`, `updates`, `messages`, `log`, `progress`, `tasks`, `custom`.
    /// Default: all but `state`. Questions, answers and the end are always told.
    #[serde(default, alias = "stream_mode")]
    #[param(value_type = Option<String>, example = "updates,messages")]
    modes: ModeList,
}

#[derive(Default, Deserialize)]
#[serde(try_from = "String")]
struct ModeList(Vec<Mode>);

impl TryFrom<String> for ModeList {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        let modes: Result<Vec<_>, _> = words
            .map(|word| serde_json::from_value(serde_json::Value::String(word.to_owned())))
            .collect();
        modes
            .map(Self)
            .map_err(|_| "expected some of state, updates, messages, log, progress, tasks, custom")
    }
}

impl ModesQuery {
    fn modes(self) -> Modes {
        self.modes.0.into()
    }
}

/// What a checkpoint says of itself.
#[derive(Deserialize)]
struct Committed {
    step: u64,
}

/// The whole state after a step.
#[derive(Serialize)]
struct StateData {
    step: u64,
    next: Vec<String>,
    /// Null when the checkpoint is not kept any more.
    values: Option<Box<RawValue>>,
}

/// The end of a run that went well.
#[derive(Serialize)]
struct OutputData {
    status: &'static str,
    progress: u8,
    output: Option<Box<RawValue>>,
}

/// Said last, when the events end though the run has not.
#[derive(Serialize)]
struct Closed {
    #[serde(rename = "type")]
    kind: &'static str,
    data: ErrorBody,
}

/// Who is told the events of one workflow, and of which kinds.
#[derive(Clone)]
pub(crate) struct Listener {
    pub(crate) operations: Arc<Operations>,
    pub(crate) call: RequestContext,
    pub(crate) workflow: String,
    /// The token of the link by which it is watched; none when it is the listener's own.
    pub(crate) link: Option<String>,
    pub(crate) modes: Modes,
}

impl Listener {
    /// What the hub gives it.
    pub(crate) fn watched(&self) -> Watched {
        let workflow = self.workflow.clone();
        match self.link.clone() {
            Some(token) => Watched::Link { workflow, token },
            None => Watched::Workflow(workflow),
        }
    }

    fn watch(&self, app: &App, after: u64, base: &PublicBase) -> Result<Watch, ApiError> {
        let watch = app.hub.watch(&self.call, &self.watched(), after, base);
        watch.ok_or_else(|| ApiError::overloaded("Too many clients are watching; try again in a moment."))
    }

    /// What a frame tells, when its kind is wanted.
    pub(crate) async fn pick(&self, frame: &Frame) -> Option<Picked> {
        let event = frame.event();
        if !self.modes.show(&event.kind) {
            return None;
        }

        match event.kind.as_str() {
            "checkpoint" => self.read_state(event).await.map(Picked::Read),
            "complete" => self.read_output(event).await.map(Picked::Read),
            _ => Some(Picked::AsItIs),
        }
    }

    /// The end of a run that went well, with what it made: null when another run has begun since.
    async fn read_output(&self, event: &RunEvent) -> Option<RunEvent> {
        let workflow = match self.link.clone() {
            Some(token) => {
                let request = GetSharedWorkflow(GetSharedWorkflowRequest { token });
                self.operations.perform(request, &self.call).await.ok()
            }
            None => {
                let id = self.workflow.clone();
                let request = GetWorkflow(GetWorkflowRequest { id });
                self.operations.perform(request, &self.call).await.ok()
            }
        };
        let workflow = workflow.map(|(workflow, _)| workflow);
        let same = workflow.filter(|workflow| workflow.run_id.as_ref() == Some(&event.run_id));

        let data = OutputData {
            status: "completed",
            progress: 100,
            output: same.and_then(|workflow| workflow.output).and_then(raw),
        };
        Some(RunEvent {
            data: serde_json::to_string(&data).ok()?,
            ..event.clone()
        })
    }

    /// A checkpoint, as the event that tells the state in it.
    async fn read_state(&self, event: &RunEvent) -> Option<RunEvent> {
        let committed: Committed = serde_json::from_str(&event.data).ok()?;
        let request = GetWorkflowCheckpointRequest {
            workflow_id: self.workflow.clone(),
            run_id: Some(event.run_id.clone()),
            step: Some(committed.step),
            share_token: self.link.clone(),
        };
        let (operations, call) = (&self.operations, &self.call);
        let kept = match &self.link {
            Some(_) => operations.perform(GetSharedCheckpoint(request), call).await.ok(),
            None => operations
                .perform(GetWorkflowCheckpoint(request), call)
                .await
                .ok(),
        };
        let kept = kept.map(|(kept, _)| kept).unwrap_or_default();

        let data = StateData {
            step: committed.step,
            next: kept.next,
            values: kept.state.and_then(raw),
        };
        Some(RunEvent {
            kind: "state".to_owned(),
            data: serde_json::to_string(&data).ok()?,
            ..event.clone()
        })
    }

    /// The message of a socket.
    async fn write_text(&self, frame: &Frame) -> Option<axum::extract::ws::Utf8Bytes> {
        match self.pick(frame).await? {
            Picked::AsItIs => Some(frame.text()),
            Picked::Read(event) => Some(write_read(&event)?.into()),
        }
    }

    /// The last message: why the events end before their time.
    fn write_closed(&self, error: &ApiError) -> Bytes {
        let closed = Closed {
            kind: "closed",
            data: error.body(self.call.request_id.as_str()),
        };
        let text = serde_json::to_string(&closed).unwrap_or_default();
        format!("data: {text}\n\n").into()
    }

    /// The first events that are wanted; none when it ends without.
    async fn read_first(&self, watch: &mut Watch) -> Vec<Bytes> {
        let (mut frames, mut events) = (Vec::new(), Vec::new());
        while events.is_empty() {
            match watch.next(&mut frames).await {
                Step::Frames => {
                    for frame in frames.drain(..) {
                        events.extend(self.write_sse(&frame).await);
                    }
                }
                Step::Ended(_) | Step::Behind => break,
            }
        }

        events
    }

    /// The server-sent event.
    async fn write_sse(&self, frame: &Frame) -> Option<Bytes> {
        match self.pick(frame).await? {
            Picked::AsItIs => Some(frame.sse()),
            Picked::Read(event) => {
                let (number, run, text) = (event.number, &event.run_id, write_read(&event)?);
                Some(format!("id: {number}@{run}\ndata: {text}\n\n").into())
            }
        }
    }
}

/// What a listener is told.
pub(crate) enum Picked {
    AsItIs,
    /// With what was read for it.
    Read(RunEvent),
}

fn write_read(event: &RunEvent) -> Option<String> {
    let data: Box<RawValue> = serde_json::from_str(&event.data).ok()?;
    events::write_message(event, data).ok()
}

/// Whether nothing works or waits in it.
fn is_over(workflow: &Workflow) -> bool {
    match workflow.status() {
        WorkflowStatus::Completed | WorkflowStatus::Failed | WorkflowStatus::Cancelled => true,
        WorkflowStatus::Unspecified
        | WorkflowStatus::Created
        | WorkflowStatus::Running
        | WorkflowStatus::Interrupted => false,
    }
}

/// Where somebody goes on who has events up to `number`: a number that was not reached yet is no number of this workflow.
pub(crate) fn start_after(number: u64, workflow: &Workflow) -> u64 {
    match number > workflow.last_event {
        true => 0,
        false => number,
    }
}

/// A workflow's events as server-sent events, until its current run has ended.
///
/// Each event's data is `{type, data, seq, run}`. `seq` rises through all runs of the workflow, and `id:` has it: a client that
/// reconnects with the last `id` it saw misses nothing and sees nothing twice. Kinds: `status`, `task`, `update`, `state`,
/// `question`, `answer`, `log`, `usage`, `custom`, `message`, `complete` (`output`), `cancelled`, `error` (`message`, `node`), and live
/// `delta`s, which have no number. Should it be deleted meanwhile, the last one is `closed`, whose data is an error's body.
/// When there is nothing more to come it is answered with 204, which stops an `EventSource`.
#[utoipa::path(get, path = "/api/v1/workflows/{id}/events", tag = "workflows",
    params(("id" = String, Path, description = "Workflow id"), Resume, ModesQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "As `after`; it wins over it")),
    responses(
        (status = 200, description = "The events, with `id:` lines and a comment each 15 s", body = StreamedEvent,
            content_type = "text/event-stream"),
        (status = 204, description = "It has ended and the client has seen everything"),
        (status = 404, description = "No such workflow, or not yours", body = ErrorBody),
        (status = 503, description = "Too many watch already", body = ErrorBody)))]
pub(crate) async fn workflow_events(
    State(app): State<Arc<App>>,
    door: Door<WatchWorkflow>,
    id: Result<Path<String>, PathRejection>,
    base: PublicBase,
    Query(resume): Query<Resume>,
    Query(modes): Query<ModesQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let id = parse_workflow_id(id)?;
    let number = resume.after_in(&headers)?.number();
    let workflow = door.perform(WatchWorkflow { id }).await?;

    let listener = Listener {
        operations: Arc::clone(&app.operations),
        call: door.context.clone(),
        workflow: workflow.id.clone(),
        link: None,
        modes: modes.modes(),
    };
    respond(app, listener, &workflow, number, &base).await
}

/// The events above `number`, or that there is nothing more to come.
async fn respond(
    app: Arc<App>,
    listener: Listener,
    workflow: &Workflow,
    number: u64,
    base: &PublicBase,
) -> Result<Response, ApiError> {
    let after = start_after(number, workflow);
    if is_over(workflow) && after == workflow.last_event {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }

    let mut watch = listener.watch(&app, after, base)?;
    // What is left may be of no mode that the client wants.
    let first = match is_over(workflow) {
        true => listener.read_first(&mut watch).await,
        false => Vec::new(),
    };
    if is_over(workflow) && first.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }

    Ok(send_events(app, listener, first, watch))
}

/// The events as server-sent events, until the run has ended, the server stops, or who watches may no more.
fn send_events(app: Arc<App>, listener: Listener, first: Vec<Bytes>, mut watch: Watch) -> Response {
    let quiet = Duration::from_secs(app.config.stream.comment_seconds);
    let ended = Arc::clone(&app.identity.authenticator).until_ended(listener.call.clone());

    let events = async_stream::stream! {
        let mut stop = std::pin::pin!(app.stop.cancelled());
        let mut ended = std::pin::pin!(ended);
        let mut frames = Vec::new();

        for event in first {
            yield event;
        }

        loop {
            tokio::select! {
                step = watch.next(&mut frames) => match step {
                    Step::Frames => {
                        for frame in frames.drain(..) {
                            if let Some(event) = listener.write_sse(&frame).await {
                                yield event;
                            }
                        }
                    }
                    Step::Ended(Ending::Refused(error)) => {
                        yield listener.write_closed(&error);
                        return;
                    }
                    Step::Ended(Ending::Finished) | Step::Behind => return,
                },
                () = &mut stop => return,
                () = &mut ended => return,
            }
        }
    };
    sse::respond_with_events(events, quiet)
}
