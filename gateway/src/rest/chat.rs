//! Chat: what does this message ask of that repository, and what do the assistants answer to one? One JSON object, or the answer
//! as it is being thought, as SSE or NDJSON. Nothing of a message is kept or logged.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use futures::StreamExt;
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
    extract::{Door, EphemeralBody, Json, Offer, Preferences},
    operation::{
        Operation,
        chat::{AnswerChat, UnderstandMessage},
    },
    stream::{
        chat::{ChatStep, read_steps, send_steps},
        thinking::{Finished, Thinking},
    },
    view::{
        adiuva::chat::{AskedChat, ChatOutcome, ChatRequest},
        intent::{AGENT, IntentView},
    },
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

/// Whether the answer is told while it is thought; what each form is called.
static CHAT_FORMS: [Offer<bool>; 2] = [
    Offer::new("application", "json", false),
    Offer::by_name("text", "event-stream", true),
];

/// Ask the assistants.
///
/// Tasks, calendar, mails and numbers, from the message and its context alone; nothing of either, and nothing of the answer, is
/// kept. By default one JSON object: an answer with what it proposes, or, with `execution_mode: plan`, the steps by which the
/// client does the same itself (`ExecutionPlan`, with `kind: plan`). With `Accept: text/event-stream`: events `token`
/// (`{"text"}`), `restart` (the words so far are void), and at the end `final` (the same object) or `error`. Who goes away stops
/// the work. The same over `WS /api/v1/chat/stream`.
///
/// Whose tier has `byok` may bring a key of their own at a provider, for this request alone: it is neither kept nor logged, that
/// provider alone is asked with it, and what that costs is between the two of them. Other doors take it in the same headers, a socket of
/// GraphQL in `connection_init`, too.
#[utoipa::path(post, path = "/api/v1/chat", tag = "chat", request_body = ChatRequest,
    params(
        ("X-Provider-Key" = Option<String>, Header, description = "Your own key at a provider; for tiers with `byok`"),
        ("X-Provider" = Option<String>, Header, description = "Whose key it is, as this server names its providers; `openai` \
            when left out")),
    responses(
        (status = 200, description = "The answer, or a plan", content(
            (ChatOutcome = "application/json"),
            (StreamedEvent = "text/event-stream", example = "event: token\ndata: {\"text\":\"I propose \"}\n\n"))),
        (status = 403, description = "What is asked for is in a higher tier (`FEATURE_NOT_AVAILABLE`), or this credential may not \
            do that", body = ErrorBody),
        Invalid,
        (status = 503, description = "Not available now, or the language model gave no usable answer", body = ErrorBody),
        (status = 504, description = "The language model took too long", body = ErrorBody)))]
pub(crate) async fn answer_chat(
    State(app): State<Arc<App>>,
    door: Door<AnswerChat>,
    headers: HeaderMap,
    EphemeralBody(text): EphemeralBody,
) -> Result<Response, ApiError> {
    let asked = AskedChat::read(&text)?;
    drop(text);
    let is_streamed = Preferences::read(&headers, &CHAT_FORMS).best(|_| true) == Some(true);
    let whole = !is_streamed;
    let events = door.perform(AnswerChat { asked, whole }).await?;
    if is_streamed {
        return Ok(send_steps(&app, &door.context, events));
    }

    let mut steps = std::pin::pin!(read_steps(events));
    while let Some(step) = steps.next().await {
        match step? {
            ChatStep::Token(_) | ChatStep::Restart => {}
            ChatStep::Answer(view) => return Ok(axum::Json(ChatOutcome::Answer(view)).into_response()),
            ChatStep::Plan(view) => return Ok(axum::Json(ChatOutcome::Plan(view)).into_response()),
        }
    }
    Err(ApiError::internal())
}

impl AgentAnswer for IntentView {
    fn read(finished: &Finished) -> Result<Self, ApiError> {
        Self::read(&finished.output)
    }

    fn speech(&self) -> Option<&str> {
        Some(&self.message)
    }
}
