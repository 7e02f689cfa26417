//! One call to one model, through `genai`: sends the question, reads the answer whole or as a stream, and says what went
//! wrong. It knows nothing of retries, routes or prices.

mod compose;
mod connections;
mod embed;
mod second_connection;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use genai::Client;
use genai::chat::{ChatStreamEvent, MessageContent, StopReason};
use kit::clock::SharedClock;
use serde_json::{Value, json};
use tracing::Dispatch;
use tracing::instrument::WithSubscriber;

use super::allowance::Allowance;
use super::config::{Model, ModelsConfig};
use super::failure::{self, Failure, FailureKind};
use super::frames::Observed;
use super::request::{Native, Request, ToolCall, Turn};
use super::schema::OutputSchema;
use super::session::Session;
use crate::clients::SpendRefusal;
use compose::{chat_request, options, target};
use connections::Connections;

pub use connections::OwnConnections;

/// How long a model says nothing before it counts as a pause: longer than between the tokens of one that is writing in earnest, and
/// too short to be noticed by whoever waits for a word.
pub const PAUSE: Duration = Duration::from_millis(5);

/// One question to one model.
pub(super) struct Ask<'a> {
    pub(super) model: &'a Model,
    pub(super) request: &'a Request,
    pub(super) schema: Option<&'a OutputSchema>,
    /// The tools are named, because earlier turns used them, but may not be called again.
    pub(super) tools_closed: bool,
    pub(super) max_tokens: u32,
    /// Over which it goes when nothing of the call may stay behind; none: over those that all calls share.
    pub(super) own: Option<&'a OwnConnections>,
}

/// A complete answer.
#[derive(Debug)]
pub(super) struct Completion {
    pub(super) turn: Turn,
    /// It stopped at its token limit, or where no budget had room for more.
    pub(super) truncated: bool,
    /// Why there was no room.
    pub(super) cut: Option<SpendRefusal>,
}

pub(super) struct Wire {
    connections: Connections,
    clock: SharedClock,
    first_byte: Duration,
    idle: Duration,
}

impl Wire {
    pub(super) fn new(config: &ModelsConfig, clock: SharedClock) -> Result<Self, genai::BoxError> {
        Ok(Self {
            connections: Connections::new(Duration::from_millis(config.connect_timeout_ms))?,
            clock,
            first_byte: Duration::from_millis(config.first_byte_timeout_ms),
            idle: Duration::from_millis(config.idle_timeout_ms),
        })
    }

    pub(super) async fn ask(
        &self,
        ask: &Ask<'_>,
        observed: &Arc<Observed>,
        allowance: &mut Allowance<'_>,
        session: &mut Session<'_>,
    ) -> Result<Completion, Failure> {
        let raw = if ask.model.provider.streaming {
            self.stream(ask, observed, allowance, session).await
        } else {
            self.whole(ask, observed, session).await
        };

        // The library reports a blocked prompt as an answer without content, and a refusal as no text at all.
        match observed.refusal() {
            Some(code) => Err(Failure::new_refusal(code)),
            None => conclude(ask.model, raw?),
        }
    }

    async fn stream(
        &self,
        ask: &Ask<'_>,
        observed: &Arc<Observed>,
        allowance: &mut Allowance<'_>,
        session: &mut Session<'_>,
    ) -> Result<Raw, Failure> {
        let sink = Arc::clone(observed);
        let options = options(ask)
            .with_stream_header_timeout(self.first_byte)
            .with_stream_read_timeout(self.idle)
            .with_raw_frame_sink_arc(sink);

        let started = quiet(self.client_for(ask)?.exec_chat_stream(
            target(ask.model)?,
            chat_request(ask),
            Some(&options),
        ))
        .await;
        let mut stream = started.map_err(|error| self.read(&error))?.stream;
        let mut text = String::new();
        // Nothing was said that somebody could hold back.
        let mut is_paused = true;
        loop {
            let event = tokio::select! {
                event = quiet(stream.next()) => event,
                () = tokio::time::sleep(PAUSE), if !is_paused => {
                    is_paused = true;
                    session.pause().await;
                    continue;
                }
            };
            let Some(event) = event else { break };

            let event = event.map_err(|error| self.read(&error))?;
            let written = allowance.count(&event);
            observed.write(written);
            match event {
                ChatStreamEvent::Chunk(chunk) => {
                    is_paused = false;
                    text.push_str(&chunk.content);
                    session.delta(chunk.content).await;
                }
                ChatStreamEvent::End(end) => {
                    observed.end();
                    let content = end.captured_content.unwrap_or_default();
                    if let Some(own) = ask.own {
                        own.hold(stream);
                    }
                    return Ok(Raw {
                        text,
                        content,
                        stop: end.captured_stop_reason,
                        cut: None,
                    });
                }
                ChatStreamEvent::Start
                | ChatStreamEvent::ReasoningChunk(_)
                | ChatStreamEvent::ThoughtSignatureChunk(_)
                | ChatStreamEvent::ToolCallChunk(_)
                | ChatStreamEvent::Heartbeat => {}
            }

            if let Err(refusal) = allowance.spend(written).await {
                return Ok(Raw::cut_off(text, refusal));
            }
        }

        Err(Failure::new(FailureKind::Cut))
    }

    async fn whole(
        &self,
        ask: &Ask<'_>,
        observed: &Arc<Observed>,
        session: &mut Session<'_>,
    ) -> Result<Raw, Failure> {
        let options = options(ask).with_capture_raw_body(true);
        let answer = quiet(self.client_for(ask)?.exec_chat(
            target(ask.model)?,
            chat_request(ask),
            Some(&options),
        ))
        .await;

        let answer = answer.map_err(|error| {
            if let genai::Error::ChatResponseGeneration { response_body, .. } = &error {
                observed.read(response_body);
            }
            self.read(&error)
        })?;
        if let Some(body) = &answer.captured_raw_body {
            observed.read(body);
        }

        let text = answer.content.joined_texts().unwrap_or_default();
        if !text.is_empty() {
            session.delta(text.clone()).await;
        }

        observed.end();
        Ok(Raw {
            text,
            content: answer.content,
            stop: answer.stop_reason,
            cut: None,
        })
    }

    fn client_for<'a>(&'a self, ask: &Ask<'a>) -> Result<&'a Client, Failure> {
        match ask.own {
            Some(own) => {
                let client = self.connections.own(own);
                client.map_err(|_| Failure::new(FailureKind::Connection))
            }
            None => Ok(self.connections.shared()),
        }
    }

    fn read(&self, error: &genai::Error) -> Failure {
        Failure::read(error, self.clock.now())
    }
}

/// The library logs bodies and errors with bodies in them. Its log lines end here; ours say what happened.
fn quiet<F: Future>(future: F) -> impl Future<Output = F::Output> {
    future.with_subscriber(Dispatch::none())
}

struct Raw {
    text: String,
    content: MessageContent,
    stop: Option<StopReason>,
    cut: Option<SpendRefusal>,
}

impl Raw {
    /// What there is of an answer that ends here. Half a call of a tool is none.
    fn cut_off(text: String, refusal: SpendRefusal) -> Self {
        Self {
            text,
            content: MessageContent::default(),
            stop: Some(StopReason::MaxTokens("budget".to_owned())),
            cut: Some(refusal),
        }
    }
}

/// Only an answer with a known reason to stop is an answer.
fn conclude(model: &Model, raw: Raw) -> Result<Completion, Failure> {
    let malformed = |code: &str| Failure {
        code: Some(code.to_owned()),
        ..Failure::new(FailureKind::Malformed)
    };

    let truncated = match raw.stop {
        // The library makes up an end for a Gemini stream that was cut; it has no reason then.
        None => return Err(Failure::new(FailureKind::Cut)),
        Some(StopReason::ContentFilter(reason)) => return Err(Failure::new_refusal(failure::code(&reason))),
        Some(StopReason::Other(reason)) => return Err(malformed(&failure::code(&reason))),
        Some(StopReason::MaxTokens(_)) => true,
        Some(StopReason::Completed(_) | StopReason::StopSequence(_) | StopReason::ToolCall(_)) => false,
    };

    let tool_calls: Vec<ToolCall> = raw.content.tool_calls().into_iter().map(tool_call).collect();
    if !truncated && tool_calls.is_empty() && raw.text.trim().is_empty() {
        return Err(malformed("empty"));
    }

    let native = native(model, raw.content);
    Ok(Completion {
        turn: Turn {
            text: raw.text,
            tool_calls,
            native,
        },
        truncated,
        cut: raw.cut,
    })
}

fn tool_call(call: &genai::chat::ToolCall) -> ToolCall {
    let arguments = match &call.fn_arguments {
        Value::Null => json!({}),
        // OpenAI streams the arguments of a call without any as nothing at all.
        Value::String(text) if text.trim().is_empty() => json!({}),
        other => other.clone(),
    };

    ToolCall {
        id: call.call_id.clone(),
        name: call.fn_name.clone(),
        arguments,
    }
}

/// Kept only when it holds what our own form cannot: signed thoughts that the provider wants back.
fn native(model: &Model, content: MessageContent) -> Option<Native> {
    let signed = content.contains_thought_signature()
        || content.contains_custom()
        || content
            .tool_calls()
            .iter()
            .any(|call| call.thought_signatures.is_some());

    signed.then(|| Native {
        model: model.id.clone(),
        content: Arc::new(content),
    })
}
