//! Chat: what does this message ask of that repository? One JSON object, or the answer as it is being thought, as SSE
//! or NDJSON. Nothing of a message is kept or logged.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http::{HeaderMap, header};
use kit::{Problem, rpc::RequestId};
use proto::v1::{RunAgentEvent, run_agent_event::Event};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tonic::Streaming;
use utoipa::ToSchema;

use super::answers::{Invalid, StreamedEvent};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Door, Json, Offer, Preferences, Spelling},
    operation::{Operation, chat::UnderstandMessage},
    stream::sse,
    view::intent::{self, IntentView},
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
    let thinking = Thinking::begin(events, &spelling).await?;
    let request_id = door.context.request_id.clone();

    match AnswerForm::read(&headers) {
        AnswerForm::Json => thinking.whole(&spelling).await,
        AnswerForm::Sse => {
            let quiet = Duration::from_secs(app.config.stream.comment_seconds);
            let events = thinking.told(request_id).map(|told| told.sse());
            Ok(sse::respond_with_events(events, quiet))
        }
        AnswerForm::Ndjson => Ok(ndjson(thinking.told(request_id))),
    }
}

fn refuse(spelling: &Spelling, problem: Problem) -> ApiError {
    UnderstandMessage::refuse(spelling.problem(problem))
}

/// How the client wants to read the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AnswerForm {
    Json,
    Sse,
    Ndjson,
}

static FORMS: [Offer<AnswerForm>; 4] = [
    Offer::new("application", "json", AnswerForm::Json),
    Offer::by_name("text", "event-stream", AnswerForm::Sse),
    Offer::by_name("application", "x-ndjson", AnswerForm::Ndjson),
    Offer::by_name("application", "ndjson", AnswerForm::Ndjson),
];

impl AnswerForm {
    /// JSON when the client names none of the three.
    fn read(headers: &HeaderMap) -> Self {
        Preferences::read(headers, &FORMS)
            .best(|_| true)
            .unwrap_or(Self::Json)
    }
}

/// An agent at work, whose first event has come: until then a refusal is still an HTTP status.
struct Thinking {
    first: Option<Event>,
    rest: Streaming<RunAgentEvent>,
}

impl Thinking {
    async fn begin(mut events: Streaming<RunAgentEvent>, spelling: &Spelling) -> Result<Self, ApiError> {
        let first = events
            .message()
            .await
            .map_err(|status| refuse(spelling, Problem::from_status(&status)))?;
        Ok(Self {
            first: first.and_then(|event| event.event),
            rest: events,
        })
    }

    fn events(self) -> impl Stream<Item = Result<Event, Problem>> + Send {
        let rest = self.rest.filter_map(|event| async {
            match event {
                Ok(event) => event.event.map(Ok),
                Err(status) => Some(Err(Problem::from_status(&status))),
            }
        });
        stream::iter(self.first.map(Ok)).chain(rest)
    }

    /// One JSON object, sent chunked. Whitespace between its parts would do no harm, so nothing is sent before the
    /// agent is done: what fails still gets its status.
    async fn whole(self, spelling: &Spelling) -> Result<Response, ApiError> {
        let mut events = std::pin::pin!(self.events());
        while let Some(event) = events.next().await {
            if let Event::Output(output) = event.map_err(|problem| refuse(spelling, problem))? {
                let json =
                    serde_json::to_vec(&IntentView::read(&output)?).map_err(|_| ApiError::internal())?;
                let body = Body::from_stream(stream::iter([Ok::<_, std::convert::Infallible>(json)]));
                return Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response());
            }
        }

        Err(intent::unfinished())
    }

    /// Everything the agent says, and one `final` or `error` at the end.
    fn told(self, request_id: RequestId) -> impl Stream<Item = Told> + Send {
        async_stream::stream! {
            let mut events = std::pin::pin!(self.events());
            let mut spoke = false;
            let end = loop {
                match events.next().await {
                    Some(Ok(Event::Delta(delta))) => {
                        spoke = true;
                        yield Told::new("token", &Token { text: &delta.text });
                    }
                    Some(Ok(Event::Log(log))) => yield Told::new("log", &LogLine::of(&log)),
                    Some(Ok(Event::Usage(_))) => {}
                    Some(Ok(Event::Output(output))) => break IntentView::read(&output),
                    Some(Err(problem)) => break Err(refuse(&Spelling::default(), problem)),
                    None => break Err(intent::unfinished()),
                }
            };
            match end {
                Ok(view) => {
                    // An agent that does not think aloud says its answer in one piece.
                    if !spoke {
                        yield Told::new("token", &Token { text: &view.message });
                    }
                    yield Told::new("final", &view);
                }
                Err(error) => yield Told::new("error", &error.body(request_id.as_str())),
            }
        }
    }
}

#[derive(Serialize)]
struct Token<'a> {
    text: &'a str,
}

#[derive(Serialize)]
struct LogLine<'a> {
    agent_name: &'a str,
    action: &'a str,
    details: Box<RawValue>,
    level: &'a str,
}

impl<'a> LogLine<'a> {
    fn of(log: &'a proto::v1::AgentLog) -> Self {
        let details =
            RawValue::from_string(log.details.clone()).unwrap_or_else(|_| RawValue::NULL.to_owned());
        Self {
            agent_name: &log.agent_name,
            action: &log.action,
            details,
            level: &log.level,
        }
    }
}

/// One thing said: its name and its JSON.
struct Told {
    name: &'static str,
    json: Box<RawValue>,
}

impl Told {
    fn new(name: &'static str, data: &impl Serialize) -> Self {
        let json = serde_json::to_value(data).and_then(|value| serde_json::value::to_raw_value(&value));
        Self {
            name,
            json: json.unwrap_or_else(|_| RawValue::NULL.to_owned()),
        }
    }

    fn sse(&self) -> Bytes {
        sse::write_event(self.name, &self.json)
    }

    fn line(&self) -> Bytes {
        format!("{{\"type\":\"{}\",\"data\":{}}}\n", self.name, self.json.get()).into()
    }
}

fn ndjson(told: impl Stream<Item = Told> + Send + 'static) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    let body = Body::from_stream(told.map(|told| Ok::<_, std::convert::Infallible>(told.line())));
    (headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_decides_by_quality_then_by_order() {
        let wanted =
            |text: &str| AnswerForm::read(&HeaderMap::from_iter([(header::ACCEPT, text.parse().unwrap())]));
        let rows = [
            ("*/*", AnswerForm::Json),
            ("application/json", AnswerForm::Json),
            ("text/event-stream", AnswerForm::Sse),
            ("application/x-ndjson", AnswerForm::Ndjson),
            ("text/event-stream, application/json", AnswerForm::Sse),
            ("text/event-stream;q=0.5, application/json", AnswerForm::Json),
            ("text/html, Application/X-NDJSON;q=0.9", AnswerForm::Ndjson),
            ("text/event-stream;q=0", AnswerForm::Json),
            ("image/png", AnswerForm::Json),
        ];
        for (text, form) in rows {
            assert_eq!(wanted(text), form, "{text}");
        }
        assert_eq!(AnswerForm::read(&HeaderMap::new()), AnswerForm::Json);
    }
}
