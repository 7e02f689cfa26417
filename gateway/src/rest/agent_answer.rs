//! How an agent's work is answered over REST: one JSON object, or what it says while it works, as SSE or NDJSON.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http::{HeaderMap, header};
use kit::rpc::RequestId;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    error::ApiError,
    extract::{Offer, Preferences},
    stream::{
        sse,
        thinking::{Finished, Step, Thinking, Thought},
    },
};

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

/// What an agent gave, as clients of a route know it.
pub(crate) trait AgentAnswer: Serialize + Sized + Send + 'static {
    fn read(finished: &Finished) -> Result<Self, ApiError>;

    /// The words of it, to be said in one piece by an agent that does not think aloud.
    fn speech(&self) -> Option<&str> {
        None
    }
}

/// Who is answered, and how.
pub(crate) struct Asked<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) request_id: RequestId,
    /// A comment is sent after so long without an event.
    pub(crate) quiet: Duration,
}

/// The answer, in the form that the client asks for.
pub(crate) async fn answer_with<V: AgentAnswer>(
    thinking: Thinking,
    asked: Asked<'_>,
) -> Result<Response, ApiError> {
    match AnswerForm::read(asked.headers) {
        AnswerForm::Json => write_whole(V::read(&thinking.finish().await?)?),
        AnswerForm::Sse => {
            let events = tell::<V>(thinking, asked.request_id).map(|told| told.sse());
            Ok(sse::respond_with_events(events, asked.quiet))
        }
        AnswerForm::Ndjson => Ok(write_lines(tell::<V>(thinking, asked.request_id))),
    }
}

/// One JSON object, sent chunked. Whitespace between its parts would do no harm, so nothing is sent before the agent is done:
/// what fails still gets its status.
fn write_whole(view: impl Serialize) -> Result<Response, ApiError> {
    let json = serde_json::to_vec(&view).map_err(|_| ApiError::internal())?;
    let body = Body::from_stream(stream::iter([Ok::<_, Infallible>(json)]));

    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// Everything the agent says, and one `final` or `error` at the end.
fn tell<V: AgentAnswer>(thinking: Thinking, request_id: RequestId) -> impl Stream<Item = Told> + Send {
    async_stream::stream! {
        let mut said = std::pin::pin!(thinking.say());
        let mut spoke = false;

        while let Some(step) = said.next().await {
            let end = match step {
                Ok(Step::Thought(Thought::Delta(text))) => {
                    spoke = true;
                    yield Told::new("token", &Token { text: &text });
                    continue;
                }
                Ok(Step::Thought(Thought::Log(log))) => {
                    yield Told::new("log", &LogLine::of(&log));
                    continue;
                }
                Ok(Step::Finished(finished)) => V::read(&finished),
                Err(error) => Err(error),
            };

            match end {
                Ok(view) => {
                    if let Some(text) = view.speech().filter(|_| !spoke) {
                        yield Told::new("token", &Token { text });
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

fn write_lines(told: impl Stream<Item = Told> + Send + 'static) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    let body = Body::from_stream(told.map(|told| Ok::<_, Infallible>(told.line())));
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
