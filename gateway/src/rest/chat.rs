//! Chat: what does this message ask of that repository? One JSON object, or the answer as it is being thought, as SSE
//! or NDJSON. Nothing of a message is kept or logged.

use std::{sync::Arc, time::Duration};

use axum::{extract::State, response::Response};
use http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    agent_answer::{AgentAnswer, Asked, answer_with},
    answers::{Invalid, StreamedEvent},
};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Door, Json},
    operation::{Operation, chat::UnderstandMessage},
    stream::thinking::{Finished, Thinking},
    view::intent::{AGENT, IntentView},
};

/// A wish in the user's own words. Names may be written in snake_case too.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "message": "I want to understand the routing", "repoUrl": "https://github.com/expressjs/express"
}))]
pub(crate) struct IntentRequest {
    /// Not empty, at most 8000 characters.
    message: String,
    #[serde(alias = "repo_url")]
    repo_url: String,
}

/// Understand what a message asks of a repository.
///
/// By default one JSON object. With `Accept: text/event-stream`: events `log`, `token` (`{"text"}`) and at the end
/// `final` (the same object) or `error`. With `Accept: application/x-ndjson`: the same as lines `{"type","data"}`.
#[utoipa::path(post, path = "/api/chat/intent", tag = "chat", request_body = IntentRequest,
    responses(
        (status = 200, description = "The intent", content(
            (IntentView = "application/json"),
            (StreamedEvent = "text/event-stream", example = "event: token\ndata: {\"text\":\"I'll \"}\n\n"),
            (String = "application/x-ndjson", example = "{\"type\":\"token\",\"data\":{\"text\":\"I'll \"}}\n"))),
        (status = 400, description = "Not JSON", body = ErrorBody),
        (status = 413, description = "The body is too large", body = ErrorBody),
        (status = 415, description = "The body is not declared as JSON", body = ErrorBody),
        Invalid,
        (status = 503, description = "Not available now", body = ErrorBody),
        (status = 504, description = "The agent took too long", body = ErrorBody)))]
pub(crate) async fn chat_intent(
    State(app): State<Arc<App>>,
    door: Door<UnderstandMessage>,
    headers: HeaderMap,
    Json(body): Json<IntentRequest>,
) -> Result<Response, ApiError> {
    let operation = UnderstandMessage::new(&body.message, &body.repo_url)?;
    let events = door.perform(operation).await?;
    let spelling = door.spelling();
    let refuse = move |problem| UnderstandMessage::refuse(spelling.problem(problem));
    let thinking = Thinking::begin(AGENT, events, refuse).await?;

    let asked = Asked {
        headers: &headers,
        request_id: door.context.request_id.clone(),
        quiet: Duration::from_secs(app.config.stream.comment_seconds),
    };
    answer_with::<IntentView>(thinking, asked).await
}

impl AgentAnswer for IntentView {
    fn read(finished: &Finished) -> Result<Self, ApiError> {
        Self::read(&finished.output)
    }

    fn speech(&self) -> Option<&str> {
        Some(&self.message)
    }
}
