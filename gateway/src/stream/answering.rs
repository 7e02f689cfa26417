//! What a client may say on the socket of a fiction story: the answer to what its author is asked. Each is answered; all else is
//! ignored, as on every socket that only tells.

use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};
use proto::v1::AnswerStoryRequest;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    hub::Watch,
    socket_auth::admit_to,
    watch::{self, Watching},
};
use crate::{
    app::App,
    error::ApiError,
    extract::decode,
    identity::RequestContext,
    operation::{Operation, books::AnswerStory},
    rest::books::parse_reply,
    socket::{CloseReason, Conversation, Flow, GO_ON, Line, SocketMessage, SocketSession, close_with},
    view::lekh::books::ControlState,
};

/// What a client may say. `id` is the client's own, and comes back in the answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuthorMessage {
    #[serde(rename = "type")]
    command: AuthorCommand,
    #[serde(default)]
    id: Option<Value>,
    #[serde(default, alias = "questionId")]
    question_id: Option<String>,
    #[serde(default)]
    answer: Option<Value>,
    /// Of a credential that was shown before.
    #[serde(default, rename = "token")]
    _token: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum AuthorCommand {
    /// Says who it is; harmless for one who is known.
    Auth,
    Answer,
    Decline,
    Ping,
}

/// The events on a socket, with answers taken. Returns why it closes; `None` when the client is gone.
pub(super) async fn converse(
    app: &Arc<App>,
    socket: &mut WebSocket,
    call: RequestContext,
    (story, watch): (String, Watch),
    noun: &'static str,
) -> Option<CloseReason> {
    let ended = Arc::clone(&app.identity.authenticator).until_ended(call.clone());
    let answering = Answering {
        app: Arc::clone(app),
        call,
        story,
        watching: Watching::new(watch, noun),
    };

    SocketSession::new(socket, watch::terms(app), answering)
        .watching_credential(ended)
        .run()
        .await
}

struct Answering {
    app: Arc<App>,
    call: RequestContext,
    story: String,
    watching: Watching,
}

impl Answering {
    async fn obey(&self, said: AuthorMessage) -> Result<Value, ApiError> {
        let reply = match said.command {
            AuthorCommand::Auth | AuthorCommand::Ping => return Ok(json!({})),
            AuthorCommand::Answer => parse_reply(said.answer, false)?,
            AuthorCommand::Decline => parse_reply(said.answer, true)?,
        };
        let operation = AnswerStory(AnswerStoryRequest {
            id: self.story.clone(),
            question_id: said.question_id,
            reply: Some(reply),
        });

        let call = admit_to::<AnswerStory>(self.call.clone())?;
        let operations = &self.app.operations;
        operations
            .count(AnswerStory::PRICE, call.counted_actor(), call.client.address)
            .await?;
        let performed = operations.perform(operation, &call).await;
        let (story, _) = performed.map_err(AnswerStory::refuse)?;

        Ok(json!({ "control_state": ControlState::new(&story) }))
    }

    /// `ack` with where the story stands, or `refused` with why.
    async fn answer(&self, text: &str) -> Value {
        let value: Result<Value, _> = serde_json::from_str(text);
        let value = value.map_err(|_| ApiError::malformed("The message is not JSON."));
        let said = value
            .and_then(|value| decode::<AuthorMessage>(value).map_err(|fault| ApiError::fields(vec![fault])));
        let (id, done) = match said {
            Ok(said) => (said.id.clone(), self.obey(said).await),
            Err(error) => (None, Err(error)),
        };

        let (kind, data) = match done {
            Ok(data) => ("ack", data),
            Err(error) => ("refused", json!(error.body(self.call.request_id.as_str()))),
        };
        match id {
            Some(id) => json!({ "type": kind, "id": id, "data": data }),
            None => json!({ "type": kind, "data": data }),
        }
    }
}

impl Conversation for Answering {
    async fn next(&mut self, out: &mut Vec<Message>) -> Flow {
        self.watching.next(out).await
    }

    async fn hear(&mut self, message: SocketMessage, line: &mut Line<'_>) -> Flow {
        match message {
            SocketMessage::Text(text) => {
                let answer = self.answer(&text).await;
                line.send([Message::Text(answer.to_string().into())]).await
            }
            SocketMessage::Binary => GO_ON,
            SocketMessage::NotUtf8 => close_with(CloseReason::NOT_WEBSOCKET),
        }
    }
}
