//! The socket of a workflow: its events, whichever run they are of, and commands that steer it, each answered. It stays open
//! when a run has ended: the next one is told on it too.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use axum::{
    extract::{
        Path, State,
        rejection::PathRejection,
        ws::{Message, WebSocket, WebSocketUpgrade, close_code, rejection::WebSocketUpgradeRejection},
    },
    response::Response,
};
use proto::v1::{
    AnswerQuestionRequest, CancelWorkflowRequest, ExecuteWorkflowRequest, PauseWorkflowRequest,
    ResumeWorkflowRequest, Workflow, answer_question_request::Reply,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::{Listener, ModesQuery, is_over, start_after};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Counted, Query, decode},
    identity::{PublicBase, RequestContext},
    operation::{
        Operation,
        workflows::{
            AnswerQuestion, CancelWorkflow, ExecuteWorkflow, PauseWorkflow, ResumeWorkflow, WatchWorkflow,
        },
    },
    rest::workflows::{ConflictPolicy, parse_workflow_id, write_object},
    socket::{
        CloseReason, Conversation, Flow, GO_ON, Line, SocketMessage, SocketSession, Terms, close_with,
        hang_up,
    },
    stream::{
        event_buffer::{Ending, Frame, Step},
        hub::Watch,
        socket_auth::{SocketAuth, TokenQuery, admit_to},
        stories::SocketAnswers,
        watch::Resume,
    },
    view::akd::{events::Mode, workflows::WorkflowUpdate},
};

/// What a close of ours calls it.
const NOUN: &str = "workflow";
/// How often a workflow that rests is looked at: somebody else may have executed it.
const LOOK: Duration = Duration::from_secs(2);
const BEHIND: CloseReason = CloseReason::new(close_code::AGAIN, "too slow; connect again with ?after=");

/// What a client may say. `id` is the client's own, and comes back in the answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    #[serde(rename = "type")]
    command: Command,
    #[serde(default)]
    id: Option<Value>,
    #[serde(default, alias = "userInput")]
    user_input: Option<Map<String, Value>>,
    #[serde(default, alias = "onConflict")]
    on_conflict: ConflictPolicy,
    #[serde(default, alias = "questionId")]
    question_id: Option<String>,
    #[serde(default, alias = "human_response", alias = "humanResponse")]
    answer: Option<Value>,
    #[serde(default, alias = "definitionVersion")]
    definition_version: Option<u32>,
    #[serde(default)]
    modes: Vec<Mode>,
    /// Of a credential that was shown before.
    #[serde(default, rename = "token")]
    _token: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Command {
    /// Says who it is; harmless for one who is known.
    Auth,
    Execute,
    /// Answers a question: `interrupt` is AKD's word for it.
    #[serde(alias = "interrupt")]
    Answer,
    Decline,
    Pause,
    Resume,
    Cancel,
    /// Chooses which events are told from now on.
    Subscribe,
    Ping,
}

/// What a command is answered with.
#[derive(Serialize)]
struct CommandAnswer<'a, T> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<Command>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<T>,
}

impl<T: Serialize> CommandAnswer<'_, T> {
    fn write(&self) -> Message {
        Message::Text(serde_json::to_string(self).unwrap_or_default().into())
    }
}

/// A workflow's socket: its events, and commands.
///
/// The first message is `{"type":"workflow","data":…}`, where it stands. Events are `{type, data, seq, run}`, as `GET
/// /api/v1/workflows/{id}/events` tells them. A client says `{"type":"execute","user_input":{…}}`, `{"type":"answer",
/// "question_id":…,"answer":…}`, `decline`, `pause`, `resume`, `cancel`, `{"type":"subscribe","modes":[…]}` or `ping`; with an
/// `id` of its own, which comes back in `{"type":"ack","id":…,"command":…,"data":…}` or `{"type":"refused","id":…,"data":
/// ErrorBody}`. Whoever comes back with `?after=` sees each event once. Who shows no credential in a header, a cookie or
/// `?token=` has 10 s to send `{"type":"auth","token":"…"}`. Close codes: 4404 unknown workflow, 4403 not allowed, 4401 not
/// signed in, 1001 the server is going away, 1013 too slow or too many, 1009 a message of more than 64 KiB.
#[utoipa::path(get, path = "/api/v1/workflows/{id}/ws", tag = "workflows",
    params(("id" = String, Path, description = "Workflow id"), Resume, ModesQuery, TokenQuery),
    responses(SocketAnswers))]
#[expect(clippy::too_many_arguments, reason = "each of them is a part of the request")]
pub(crate) async fn workflow_socket(
    State(app): State<Arc<App>>,
    _: Counted,
    id: Result<Path<String>, PathRejection>,
    auth: SocketAuth,
    base: PublicBase,
    Query(resume): Query<Resume>,
    Query(modes): Query<ModesQuery>,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let socket = socket.map_err(|_| ApiError::upgrade_required())?;
    let limit = app.config.stream.client_message_bytes;
    let open = app.streams.token();
    let (id, after, modes) = (parse_workflow_id(id), resume.start().number(), modes.modes());

    let session = move |mut socket: WebSocket| async move {
        let _open = open;
        let reason = match recognise(&app, &mut socket, auth.or_by_message(), id).await {
            Ok((call, workflow)) => {
                let listener = Listener {
                    operations: Arc::clone(&app.operations),
                    call,
                    workflow: workflow.id.clone(),
                    link: None,
                    modes,
                };
                let steering = Steering::new(Arc::clone(&app), listener, base, workflow, after);
                steering.converse(&mut socket).await
            }
            Err(reason) => reason,
        };
        hang_up(socket, reason).await;
    };

    Ok(socket
        .max_message_size(limit)
        .max_frame_size(limit)
        .on_upgrade(session))
}

/// Who it is and what it sees, or why the socket closes; `None` when the client is gone.
async fn recognise(
    app: &App,
    socket: &mut WebSocket,
    auth: SocketAuth,
    id: Result<Uuid, ApiError>,
) -> Result<(RequestContext, Workflow), Option<CloseReason>> {
    let close = |error: &ApiError| Some(CloseReason::from_error(error, NOUN));
    let see = async |call: RequestContext| {
        let id = id.clone()?;
        let performed = app.operations.perform(WatchWorkflow { id }, &call).await;
        let (workflow, _) = performed.map_err(WatchWorkflow::refuse)?;
        Ok((call, workflow))
    };

    let refused = match auth.call::<WatchWorkflow>() {
        Ok(call) => return see(call).await.map_err(|error: ApiError| close(&error)),
        Err(error) => error,
    };

    let call = auth
        .hear_message::<WatchWorkflow>(app, socket, refused, NOUN)
        .await?;
    see(call).await.map_err(|error: ApiError| close(&error))
}

/// One client at one workflow.
struct Steering {
    app: Arc<App>,
    listener: Listener,
    base: PublicBase,
    /// Said first.
    greeting: Option<Message>,
    /// Number of the last event that was taken up.
    last: u64,
    /// `None` while the workflow rests.
    watch: Option<Watch>,
    /// When a workflow that rests is looked at again.
    next_look: Instant,
    taken: Vec<Frame>,
    /// Taken up and not said yet.
    waiting: VecDeque<Frame>,
}

impl Steering {
    fn new(app: Arc<App>, listener: Listener, base: PublicBase, workflow: Workflow, after: u64) -> Self {
        let last = start_after(after, &workflow);
        let greeting = CommandAnswer {
            kind: "workflow",
            id: None,
            command: None,
            data: Some(WorkflowUpdate::from(workflow)),
        };

        Self {
            app,
            listener,
            base,
            greeting: Some(greeting.write()),
            last,
            watch: None,
            next_look: Instant::now(),
            taken: Vec::new(),
            waiting: VecDeque::new(),
        }
    }

    async fn converse(self, socket: &mut WebSocket) -> Option<CloseReason> {
        let app = Arc::clone(&self.app);
        let terms = Terms::new(&app.config.stream, &app.stop);
        let ended = Arc::clone(&app.identity.authenticator).until_ended(self.listener.call.clone());

        SocketSession::new(socket, terms, self)
            .watching_credential(ended)
            .run()
            .await
    }

    /// Begins to watch when there is something that was not said yet, or something works.
    async fn look(&mut self) -> Result<(), CloseReason> {
        sleep_until(self.next_look).await;

        let operation = WatchWorkflow {
            id: self.listener.workflow.parse().unwrap_or_default(),
        };
        let performed = self.app.operations.perform(operation, &self.listener.call).await;
        let workflow = match performed.map_err(WatchWorkflow::refuse) {
            Ok((workflow, _)) => workflow,
            // It comes back.
            Err(error) if error.status.is_server_error() => {
                self.next_look = Instant::now() + LOOK;
                return Ok(());
            }
            Err(error) => return Err(CloseReason::from_error(&error, NOUN)),
        };

        self.next_look = Instant::now() + LOOK;
        let rests = workflow.run_id.is_none() || is_over(&workflow);
        if !rests || workflow.last_event > self.last {
            let watch = self.listener.watch(&self.app, self.last, &self.base);
            self.watch = Some(watch.map_err(|error| CloseReason::from_error(&error, NOUN))?);
        }

        Ok(())
    }

    /// Performs what a client asks for, counted and checked as at every door.
    async fn perform<O: Operation>(&self, operation: O) -> Result<O::Output, ApiError> {
        let call = admit_to::<O>(self.listener.call.clone())?;
        let operations = &self.app.operations;
        operations
            .count(O::PRICE, call.counted_actor(), call.client.address)
            .await?;
        let performed = operations.perform(operation, &call).await;

        performed.map(|(output, _)| output).map_err(O::refuse)
    }

    async fn obey(&mut self, said: Said) -> Result<Option<WorkflowUpdate>, ApiError> {
        let id = self.listener.workflow.clone();
        let workflow = match said.command {
            Command::Auth | Command::Ping => return Ok(None),
            Command::Subscribe => {
                self.listener.modes = said.modes.into();
                return Ok(None);
            }
            Command::Execute => {
                let request = ExecuteWorkflowRequest {
                    id,
                    user_input: write_object(said.user_input),
                    on_conflict: said.on_conflict.to_number(),
                    ..ExecuteWorkflowRequest::default()
                };
                self.perform(ExecuteWorkflow(request)).await?
            }
            Command::Answer | Command::Decline => {
                let reply = match (said.command, said.answer) {
                    (Command::Decline, _) => Reply::Decline(true),
                    (_, Some(answer)) => Reply::Answer(answer.to_string()),
                    (_, None) => {
                        return Err(ApiError::field("answer", "missing", "this field is required"));
                    }
                };
                let request = AnswerQuestionRequest {
                    workflow_id: id,
                    question_id: said.question_id,
                    reply: Some(reply),
                    session_id: None,
                };
                self.perform(AnswerQuestion(request)).await?
            }
            Command::Pause => self.perform(PauseWorkflow(PauseWorkflowRequest { id })).await?,
            Command::Resume => {
                let request = ResumeWorkflowRequest {
                    id,
                    definition_version: said.definition_version,
                    worker_share: None,
                };
                self.perform(ResumeWorkflow(request)).await?
            }
            Command::Cancel => self.perform(CancelWorkflow(CancelWorkflowRequest { id })).await?,
        };

        self.next_look = Instant::now();
        Ok(Some(workflow.into()))
    }

    fn refuse(&self, id: Option<&Value>, command: Option<Command>, error: &ApiError) -> Message {
        let body: ErrorBody = error.body(self.listener.call.request_id.as_str());
        CommandAnswer {
            kind: "refused",
            id,
            command,
            data: Some(body),
        }
        .write()
    }

    /// What a message is answered with.
    async fn answer(&mut self, text: &str) -> Message {
        let no_json = |_| ApiError::malformed("The message is not JSON.");
        let value: Result<Value, _> = serde_json::from_str(text).map_err(no_json);
        let said =
            value.and_then(|value| decode::<Said>(value).map_err(|fault| ApiError::fields(vec![fault])));
        let said = match said {
            Ok(said) => said,
            Err(error) => return self.refuse(None, None, &error),
        };

        let (id, command) = (said.id.clone(), said.command);
        match self.obey(said).await {
            Ok(data) => CommandAnswer {
                kind: if command == Command::Ping { "pong" } else { "ack" },
                id: id.as_ref(),
                command: Some(command),
                data,
            }
            .write(),
            Err(error) => self.refuse(id.as_ref(), Some(command), &error),
        }
    }
}

impl Conversation for Steering {
    async fn next(&mut self, out: &mut Vec<Message>) -> Flow {
        loop {
            if let Some(greeting) = self.greeting.take() {
                out.push(greeting);
                return GO_ON;
            }

            // A frame leaves the queue when its message is ready: nothing is lost when this is dropped meanwhile.
            while let Some(frame) = self.waiting.front() {
                let text = self.listener.write_text(frame).await;
                out.extend(text.map(Message::Text));
                self.waiting.pop_front();
            }
            if !out.is_empty() {
                return GO_ON;
            }

            let Some(watch) = &mut self.watch else {
                match self.look().await {
                    Ok(()) => continue,
                    Err(reason) => return close_with(reason),
                }
            };

            match watch.next(&mut self.taken).await {
                Step::Frames => {
                    let numbers = self.taken.iter().map(|frame| frame.event().number);
                    self.last = numbers.max().unwrap_or_default().max(self.last);
                    self.waiting.extend(self.taken.drain(..));
                }
                Step::Ended(Ending::Finished) => {
                    self.watch = None;
                    self.next_look = Instant::now() + LOOK;
                }
                Step::Ended(Ending::Refused(error)) => {
                    return close_with(CloseReason::from_error(&error, NOUN));
                }
                Step::Behind => return close_with(BEHIND),
            }
        }
    }

    async fn hear(&mut self, message: SocketMessage, line: &mut Line<'_>) -> Flow {
        match message {
            SocketMessage::Text(text) => {
                let answer = self.answer(text.as_str()).await;
                line.send([answer]).await
            }
            SocketMessage::Binary => {
                let error = ApiError::malformed("Messages are JSON texts.");
                let answer = self.refuse(None, None, &error);
                line.send([answer]).await
            }
            SocketMessage::NotUtf8 => close_with(CloseReason::NOT_WEBSOCKET),
        }
    }
}
