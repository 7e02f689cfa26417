//! A chat while it is answered: over SSE, or on a socket whose first frame is the message. Keeps and logs nothing of it; a client
//! that goes away stops the work, down to the request to a model's provider.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{
        State,
        ws::{Message, WebSocket, WebSocketUpgrade, close_code, rejection::WebSocketUpgradeRejection},
    },
    response::Response,
};
use futures::{Stream, StreamExt, stream::BoxStream};
use kit::{
    Problem,
    ephemeral::{Ephemeral, wipe_freed_memory},
    rpc::RequestId,
};
use proto::v1::{ChatEvent, chat_event::Event};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::Streaming;

use super::{
    socket_auth::{SocketAuth, TokenQuery, admit_to},
    sse,
};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{CHAT_BYTES, Counted},
    identity::{Authenticator, RequestContext},
    operation::{Operation, chat::AnswerChat},
    socket::{
        CloseReason, Conversation, Flow, GO_ON, Line, SocketMessage, SocketSession, Terms, close_with,
        hang_up,
    },
    stream::stories::SocketAnswers,
    view::adiuva::chat::{AskedChat, ChatView, PlanView},
};

/// What a close of ours calls it.
const NOUN: &str = "chat";
/// How long a client may take for its first frame.
const PATIENCE: Duration = Duration::from_secs(10);

const ANSWERED: CloseReason = CloseReason::new(close_code::NORMAL, "answered");
const NO_REQUEST: CloseReason = CloseReason::new(4408, "no message came; the first frame is the message");
const ONE_REQUEST: CloseReason = CloseReason::new(4400, "one message for each socket");
const NO_TEXT: CloseReason = CloseReason::new(close_code::UNSUPPORTED, "frames are JSON texts");

/// One thing that comes of a chat.
pub(crate) enum ChatStep {
    Token(String),
    /// The words so far are void.
    Restart,
    Answer(ChatView),
    Plan(PlanView),
}

/// What is said, and then exactly one end: an answer, a plan, or why there is none.
pub(crate) fn read_steps(
    events: Streaming<ChatEvent>,
) -> impl Stream<Item = Result<ChatStep, ApiError>> + Send + use<> {
    async_stream::stream! {
        let mut events = events;

        loop {
            let step = match events.message().await {
                Ok(Some(ChatEvent { event: Some(event) })) => read_step(event),
                Ok(Some(ChatEvent { event: None })) => continue,
                Ok(None) => Err(ApiError::internal()),
                Err(status) => Err(AnswerChat::refuse(Problem::from_status(&status))),
            };

            let is_last = !matches!(step, Ok(ChatStep::Token(_) | ChatStep::Restart));
            yield step;
            if is_last {
                return;
            }
        }
    }
}

fn read_step(event: Event) -> Result<ChatStep, ApiError> {
    Ok(match event {
        Event::Token(words) => ChatStep::Token(words),
        Event::Restart(_) => ChatStep::Restart,
        Event::Answer(answer) => ChatStep::Answer(ChatView::read(answer)?),
        Event::Plan(plan) => ChatStep::Plan(PlanView::read(&plan)?),
    })
}

/// The same until the caller may no more, or the server stops.
pub(crate) fn watch_steps(
    authenticator: &Arc<Authenticator>,
    stop: &CancellationToken,
    call: &RequestContext,
    events: Streaming<ChatEvent>,
) -> impl Stream<Item = Result<ChatStep, ApiError>> + Send + use<> {
    let mut ended = Box::pin(Arc::clone(authenticator).until_ended(call.clone()));
    let stop = stop.clone();
    let mut steps = Box::pin(read_steps(events));

    async_stream::stream! {
        let mut stop = std::pin::pin!(stop.cancelled());

        loop {
            let step = tokio::select! {
                step = steps.next() => step,
                () = &mut ended => Some(Err(ApiError::signed_out())),
                () = &mut stop => Some(Err(ApiError::unavailable("gateway"))),
            };
            let Some(step) = step else { return };

            let is_failure = step.is_err();
            yield step;
            if is_failure {
                return;
            }
        }
    }
}

#[derive(Serialize)]
struct ChatToken<'a> {
    text: &'a str,
}

/// Server-sent events: `token`, `restart`, and one `final` or `error`.
pub(crate) fn send_steps(app: &Arc<App>, call: &RequestContext, events: Streaming<ChatEvent>) -> Response {
    let quiet = Duration::from_secs(app.config.stream.comment_seconds);
    let request_id = call.request_id.clone();
    let steps = watch_steps(&app.identity.authenticator, &app.stop, call, events);
    let frames = steps.map(move |step| match step {
        Ok(ChatStep::Token(words)) => sse::write_event("token", &ChatToken { text: &words }),
        Ok(ChatStep::Restart) => sse::write_event("restart", &json!({})),
        Ok(ChatStep::Answer(view)) => sse::write_event("final", &view),
        Ok(ChatStep::Plan(view)) => sse::write_event("final", &view),
        Err(error) => sse::write_event("error", &error.body(request_id.as_str())),
    });

    sse::respond_with_events(frames, quiet)
}

/// The assistants' answer to a message, over WebSocket.
///
/// The first frame is the message, as `POST /api/v1/chat` takes it, within 10 s. Then come the words of the answer, each frame a
/// piece of text, and a last frame `{"done":true,"kind","response","actions","offline"}`, after which the socket closes with 1000;
/// of a plan it is `{"done":true,"kind":"plan","agent","steps",…}`. A frame `{"restart":true}` makes the words so far void. A
/// failure is `{"done":false,"error":ErrorBody}`, and the close code is 4000 and the status, such as 4422; of the server's own
/// 1011 or 1013. Other close codes: 4408 no message came, 4400 a second one did, 1003 a frame is no text, 4401 not signed in or
/// signed out meanwhile, 1009 a message of more than 4 MiB, 1001 the server is going away. Who can set no header says with
/// `?token=` who it is.
#[utoipa::path(
    get,
    path = "/api/v1/chat/stream",
    tag = "chat",
    params(TokenQuery),
    responses(SocketAnswers)
)]
pub(crate) async fn chat_socket(
    State(app): State<Arc<App>>,
    _: Counted,
    auth: SocketAuth,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    wipe_freed_memory();
    let socket = socket.map_err(|_| ApiError::upgrade_required())?;
    let open = app.streams.token();

    let session = move |mut socket: WebSocket| async move {
        let _open = open;
        let reason = match auth.call::<AnswerChat>() {
            Ok(call) => converse(&app, &mut socket, call).await,
            Err(error) => Some(CloseReason::from_error(&error, NOUN)),
        };
        hang_up(socket, reason).await;
    };

    Ok(socket
        .max_message_size(CHAT_BYTES)
        .max_frame_size(CHAT_BYTES)
        .on_upgrade(session))
}

async fn converse(app: &Arc<App>, socket: &mut WebSocket, call: RequestContext) -> Option<CloseReason> {
    let ended = Arc::clone(&app.identity.authenticator).until_ended(call.clone());
    let terms = Terms::new(&app.config.stream, &app.stop);
    let chatting = Chatting {
        app: Arc::clone(app),
        call,
        progress: ChatProgress::Listening(Instant::now() + PATIENCE),
    };

    SocketSession::new(socket, terms, chatting)
        .watching_credential(ended)
        .run()
        .await
}

/// How far a socket's only chat has come.
enum ChatProgress {
    /// The message is to come until then.
    Listening(Instant),
    Answering(BoxStream<'static, Result<ChatStep, ApiError>>),
    /// The last frame was said; what is left is to say why it closes.
    Over(Option<CloseReason>),
}

struct Chatting {
    app: Arc<App>,
    call: RequestContext,
    progress: ChatProgress,
}

impl Chatting {
    /// Begins to answer, counted and checked as at every door.
    async fn begin(
        &mut self,
        text: &str,
    ) -> Result<BoxStream<'static, Result<ChatStep, ApiError>>, ApiError> {
        let asked = AskedChat::read(&Ephemeral::new(text.as_bytes().to_vec()))?;
        let call = admit_to::<AnswerChat>(self.call.clone())?;
        let operations = &self.app.operations;
        operations
            .count(AnswerChat::PRICE, call.counted_actor(), call.client.address)
            .await?;

        let performed = operations
            .perform(AnswerChat { asked, whole: false }, &call)
            .await;
        let (events, _) = performed.map_err(AnswerChat::refuse)?;
        Ok(read_steps(events).boxed())
    }
}

impl Conversation for Chatting {
    async fn next(&mut self, out: &mut Vec<Message>) -> Flow {
        let step = match &mut self.progress {
            ChatProgress::Listening(_) => return std::future::pending().await,
            ChatProgress::Over(reason) => return Flow::Break(reason.take()),
            ChatProgress::Answering(steps) => steps.next().await,
        };

        match step {
            Some(Ok(ChatStep::Token(words))) => out.extend(write_words(words)),
            Some(Ok(ChatStep::Restart)) => out.push(frame(&json!({ "restart": true }))),
            Some(Ok(ChatStep::Answer(view))) => {
                out.push(frame(&LastFrame {
                    done: true,
                    end: &view,
                }));
                self.progress = ChatProgress::Over(Some(ANSWERED));
            }
            Some(Ok(ChatStep::Plan(view))) => {
                out.push(frame(&LastFrame {
                    done: true,
                    end: &view,
                }));
                self.progress = ChatProgress::Over(Some(ANSWERED));
            }
            Some(Err(error)) => {
                out.push(write_failure(&error, &self.call.request_id));
                self.progress = ChatProgress::Over(Some(CloseReason::from_status(&error)));
            }
            None => return close_with(ANSWERED),
        }
        GO_ON
    }

    async fn hear(&mut self, message: SocketMessage, line: &mut Line<'_>) -> Flow {
        let text = match message {
            SocketMessage::Text(text) => text,
            SocketMessage::Binary => return close_with(NO_TEXT),
            SocketMessage::NotUtf8 => return close_with(CloseReason::NOT_WEBSOCKET),
        };
        if !matches!(self.progress, ChatProgress::Listening(_)) {
            return close_with(ONE_REQUEST);
        }

        match self.begin(text.as_str()).await {
            Ok(steps) => {
                self.progress = ChatProgress::Answering(steps);
                GO_ON
            }
            Err(error) => {
                line.send([write_failure(&error, &self.call.request_id)]).await?;
                close_with(CloseReason::from_status(&error))
            }
        }
    }

    fn next_check(&self) -> Option<Instant> {
        match self.progress {
            ChatProgress::Listening(until) => Some(until),
            ChatProgress::Answering(_) | ChatProgress::Over(_) => None,
        }
    }

    fn check(&mut self, now: Instant) -> Flow {
        match self.progress {
            ChatProgress::Listening(until) if until <= now => close_with(NO_REQUEST),
            _ => GO_ON,
        }
    }
}

/// The last frame.
#[derive(Serialize)]
struct LastFrame<'a, T> {
    done: bool,
    #[serde(flatten)]
    end: &'a T,
}

fn frame(json: &impl Serialize) -> Message {
    Message::Text(serde_json::to_string(json).unwrap_or_default().into())
}

/// A piece of text is a frame as it is. One that begins like a frame of ours is cut, so that no words of an answer are read as
/// its end.
fn write_words(words: String) -> impl Iterator<Item = Message> {
    let after = words
        .find('{')
        .filter(|at| words[..*at].trim().is_empty())
        .map(|at| at + 1);
    let parts = match after {
        Some(at) if at < words.len() => vec![words[..at].to_owned(), words[at..].to_owned()],
        _ => vec![words],
    };

    parts.into_iter().map(|part| Message::Text(part.into()))
}

fn write_failure(error: &ApiError, request_id: &RequestId) -> Message {
    let body: ErrorBody = error.body(request_id.as_str());
    let failure: Value = json!({ "done": false, "error": body });

    Message::Text(failure.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_words_are_read_as_a_frame_of_ours() {
        for (words, frames) in [
            ("hello {x}", vec!["hello {x}"]),
            ("{\"done\":true}", vec!["{", "\"done\":true}"]),
            (" \n{\"done\":true}", vec![" \n{", "\"done\":true}"]),
            ("{", vec!["{"]),
        ] {
            let written: Vec<Message> = write_words(words.to_owned()).collect();
            let expected: Vec<Message> = frames
                .into_iter()
                .map(|text| Message::Text(text.into()))
                .collect();

            assert_eq!(written, expected, "{words}");
        }
    }
}
