//! One call to one model, through `genai`: builds the library's request, reads its answer whole or as a stream, and says
//! what went wrong. It knows nothing of retries, routes or prices.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use genai::adapter::AdapterKind;
use genai::chat::{
    ChatMessage, ChatOptions, ChatRequest, ChatStreamEvent, ContentPart, JsonSpec, MessageContent,
    ReasoningEffort, StopReason, Tool, ToolChoice, ToolResponse,
};
use genai::resolver::{AuthData, Endpoint};
use genai::{Client, Headers, ModelIden, ServiceTarget, WebConfig};
use kit::clock::SharedClock;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use super::config::{Model, ModelsConfig, ProviderKind};
use super::failure::{self, Failure, FailureKind};
use super::frames::Observed;
use super::request::{Message, Native, Request, ToolCall, Turn};
use super::schema::OutputSchema;
use super::session::Session;

/// The least thinking that Anthropic accepts, and the room it needs beside the answer.
const LEAST_THINKING: u32 = 1024;

/// One question to one model.
pub(super) struct Ask<'a> {
    pub(super) model: &'a Model,
    pub(super) request: &'a Request,
    pub(super) schema: Option<&'a OutputSchema>,
    /// The tools are named, because earlier turns used them, but may not be called again.
    pub(super) tools_closed: bool,
    pub(super) max_tokens: u32,
}

/// A complete answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) turn: Turn,
    /// It stopped at its token limit.
    pub(super) truncated: bool,
}

pub(super) struct Wire {
    client: Client,
    clock: SharedClock,
    first_byte: Duration,
    idle: Duration,
}

impl Wire {
    pub(super) fn new(config: &ModelsConfig, clock: SharedClock) -> Result<Self, genai::BoxError> {
        let tuned =
            WebConfig::default().with_connect_timeout(Duration::from_millis(config.connect_timeout_ms));
        // A redirect would carry keys in headers that no client library knows to be secret.
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("saga/", env!("CARGO_PKG_VERSION")));
        let http = tuned.apply_to_builder(http).build()?;
        let client = Client::builder().with_reqwest(http).build()?;
        Ok(Self {
            client,
            clock,
            first_byte: Duration::from_millis(config.first_byte_timeout_ms),
            idle: Duration::from_millis(config.idle_timeout_ms),
        })
    }

    pub(super) async fn ask(
        &self,
        ask: &Ask<'_>,
        observed: &Arc<Observed>,
        session: &mut Session<'_>,
    ) -> Result<Answer, Failure> {
        let raw = if ask.model.provider.streaming {
            self.stream(ask, observed, session).await
        } else {
            self.whole(ask, observed, session).await
        };
        // The library reports a blocked prompt as an answer without content, and a refusal as no text at all.
        match observed.refusal() {
            Some(code) => Err(Failure::refused(code)),
            None => conclude(ask.model, raw?),
        }
    }

    async fn stream(
        &self,
        ask: &Ask<'_>,
        observed: &Arc<Observed>,
        session: &mut Session<'_>,
    ) -> Result<Raw, Failure> {
        let sink = Arc::clone(observed);
        let options = options(ask)
            .with_stream_header_timeout(self.first_byte)
            .with_stream_read_timeout(self.idle)
            .with_raw_frame_sink_arc(sink);
        let started = quiet(self.client.exec_chat_stream(
            target(ask.model)?,
            chat_request(ask),
            Some(&options),
        ))
        .await;
        let mut stream = started.map_err(|error| self.read(&error))?.stream;
        let mut text = String::new();
        while let Some(event) = quiet(stream.next()).await {
            match event.map_err(|error| self.read(&error))? {
                ChatStreamEvent::Chunk(chunk) => {
                    text.push_str(&chunk.content);
                    session.delta(chunk.content).await;
                }
                ChatStreamEvent::End(end) => {
                    let content = end.captured_content.unwrap_or_default();
                    return Ok(Raw {
                        text,
                        content,
                        stop: end.captured_stop_reason,
                    });
                }
                ChatStreamEvent::Start
                | ChatStreamEvent::ReasoningChunk(_)
                | ChatStreamEvent::ThoughtSignatureChunk(_)
                | ChatStreamEvent::ToolCallChunk(_)
                | ChatStreamEvent::Heartbeat => {}
            }
        }
        Err(Failure::of(FailureKind::Cut))
    }

    async fn whole(
        &self,
        ask: &Ask<'_>,
        observed: &Arc<Observed>,
        session: &mut Session<'_>,
    ) -> Result<Raw, Failure> {
        let options = options(ask).with_capture_raw_body(true);
        let answer = quiet(
            self.client
                .exec_chat(target(ask.model)?, chat_request(ask), Some(&options)),
        )
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
        Ok(Raw {
            text,
            content: answer.content,
            stop: answer.stop_reason,
        })
    }

    fn read(&self, error: &genai::Error) -> Failure {
        Failure::read(error, self.clock.now())
    }
}

/// The library logs bodies and errors with bodies in them. Its log lines end here; ours say what happened.
fn quiet<F: Future>(future: F) -> impl Future<Output = F::Output> {
    future.with_subscriber(NoSubscriber::new())
}

struct Raw {
    text: String,
    content: MessageContent,
    stop: Option<StopReason>,
}

/// Only an answer with a known reason to stop is an answer.
fn conclude(model: &Model, raw: Raw) -> Result<Answer, Failure> {
    let malformed = |code: &str| Failure {
        code: Some(code.to_owned()),
        ..Failure::of(FailureKind::Malformed)
    };
    let truncated = match raw.stop {
        // The library makes up an end for a Gemini stream that was cut; it has no reason then.
        None => return Err(Failure::of(FailureKind::Cut)),
        Some(StopReason::ContentFilter(reason)) => return Err(Failure::refused(failure::code(&reason))),
        Some(StopReason::Other(reason)) => return Err(malformed(&failure::code(&reason))),
        Some(StopReason::MaxTokens(_)) => true,
        Some(StopReason::Completed(_) | StopReason::StopSequence(_) | StopReason::ToolCall(_)) => false,
    };
    let tool_calls: Vec<ToolCall> = raw.content.tool_calls().into_iter().map(tool_call).collect();
    if !truncated && tool_calls.is_empty() && raw.text.trim().is_empty() {
        return Err(malformed("empty"));
    }
    let native = native(model, raw.content);
    Ok(Answer {
        turn: Turn {
            text: raw.text,
            tool_calls,
            native,
        },
        truncated,
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

fn target(model: &Model) -> Result<ServiceTarget, Failure> {
    let provider = &model.provider;
    let adapter = match provider.kind {
        ProviderKind::OpenAi | ProviderKind::Compatible => AdapterKind::OpenAI,
        ProviderKind::Anthropic => AdapterKind::Anthropic,
        ProviderKind::Gemini => AdapterKind::Gemini,
    };
    let key = provider.api_key.expose_secret();
    let auth = if key.is_empty() {
        // The library insists on a key; a server that needs none is addressed without an Authorization header.
        let url = provider
            .base_url
            .join("chat/completions")
            .map_err(|_| Failure::of(FailureKind::Rejected))?;
        AuthData::RequestOverride {
            url: url.to_string(),
            headers: headers(model),
        }
    } else {
        AuthData::from_single(key)
    };
    Ok(ServiceTarget {
        endpoint: Endpoint::from_owned(provider.base_url.as_str()),
        auth,
        model: ModelIden::new(adapter, model.name.as_str()),
    })
}

fn headers(model: &Model) -> Headers {
    let pairs = model
        .config
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()));
    Headers::from(pairs.collect::<Vec<_>>())
}

fn options(ask: &Ask<'_>) -> ChatOptions {
    let kind = ask.model.provider.kind;
    let thinking = thinking_budget(ask.model.config.thinking_budget_tokens, ask.max_tokens);
    let effort = match kind {
        // Sends nothing, but keeps the library from reading an effort into the end of a model's name.
        ProviderKind::OpenAi | ProviderKind::Compatible => ReasoningEffort::Budget(0),
        ProviderKind::Anthropic | ProviderKind::Gemini if thinking == 0 => ReasoningEffort::Zero,
        ProviderKind::Anthropic | ProviderKind::Gemini => ReasoningEffort::Budget(thinking),
    };
    let mut options = ChatOptions::default()
        .with_capture_usage(true)
        .with_capture_content(true)
        .with_capture_tool_calls(true)
        // Anthropic wants its signed thoughts back with the results of its tools.
        .with_capture_reasoning_content(kind == ProviderKind::Anthropic)
        .with_max_tokens(ask.max_tokens)
        .with_reasoning_effort(effort)
        .with_extra_headers(headers(ask.model));
    if let Some(temperature) = ask.request.temperature
        && ask.model.config.temperature
        && thinking == 0
    {
        options = options.with_temperature(temperature);
    }
    if ask.tools_closed {
        options = options.with_tool_choice(ToolChoice::None);
    }
    if let Some(schema) = ask.schema
        && let Some(native) = native_schema(ask, schema)
    {
        options = options.with_response_format(JsonSpec::new(schema.name(), native.clone()));
    }
    options
}

/// What fits: the whole budget when some room for the answer is left, otherwise half of what there is, or none.
fn thinking_budget(wanted: u32, max_tokens: u32) -> u32 {
    if wanted.saturating_add(LEAST_THINKING) <= max_tokens {
        return wanted;
    }
    let half = max_tokens / 2;
    if half >= LEAST_THINKING {
        half.min(wanted)
    } else {
        0
    }
}

/// The schema in the provider's dialect, when the provider can hold the model to it in this call.
fn native_schema<'a>(ask: &Ask<'_>, schema: &'a OutputSchema) -> Option<&'a Value> {
    let provider = &ask.model.provider;
    // Gemini answers 400 to a schema beside tools.
    let hindered = provider.kind == ProviderKind::Gemini && !ask.request.tools.is_empty();
    if provider.json_schema && !hindered {
        schema.native()
    } else {
        None
    }
}

fn chat_request(ask: &Ask<'_>) -> ChatRequest {
    let messages = ask
        .request
        .messages
        .iter()
        .map(|message| chat_message(ask.model, message))
        .collect();
    let mut request = ChatRequest::new(messages);
    let mut system = ask.request.system.clone();
    if let Some(schema) = ask.schema
        && native_schema(ask, schema).is_none()
    {
        system = format!("{system}\n\n{}", schema.instruction())
            .trim_start()
            .to_owned();
    }
    if !system.is_empty() {
        request = request.with_system(system);
    }
    if !ask.request.tools.is_empty() {
        let tools = ask.request.tools.iter().map(|tool| {
            Tool::new(tool.name.as_str())
                .with_description(tool.description.as_str())
                .with_schema(tool.schema.clone())
        });
        request = request.with_tools(tools);
    }
    request
}

fn chat_message(model: &Model, message: &Message) -> ChatMessage {
    match message {
        Message::User(text) => ChatMessage::user(text.as_str()),
        Message::Assistant(turn) => ChatMessage::assistant(assistant(model, turn)),
        Message::ToolResults(results) => {
            let responses: Vec<ToolResponse> = results
                .iter()
                .map(|result| ToolResponse::new(&*result.id, &*result.content).with_fn_name(&*result.name))
                .collect();
            ChatMessage::from(responses)
        }
    }
}

fn assistant(model: &Model, turn: &Turn) -> MessageContent {
    if let Some(native) = &turn.native
        && native.model == model.id
    {
        return (*native.content).clone();
    }
    let mut parts = Vec::new();
    if !turn.text.trim().is_empty() {
        parts.push(ContentPart::Text(turn.text.clone()));
    }
    parts.extend(turn.tool_calls.iter().map(|call| {
        // Every provider takes objects only; the tool's result tells the model what was wrong with the rest.
        let arguments = if call.arguments.is_object() {
            call.arguments.clone()
        } else {
            json!({})
        };
        ContentPart::ToolCall(genai::chat::ToolCall {
            call_id: call.id.clone(),
            fn_name: call.name.clone(),
            fn_arguments: arguments,
            thought_signatures: None,
        })
    }));
    MessageContent::from_parts(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinking_leaves_room_for_the_answer() {
        assert_eq!(thinking_budget(10_000, 16_000), 10_000);
        assert_eq!(thinking_budget(10_000, 8_000), 4_000);
        assert_eq!(thinking_budget(1_500, 2_400), 1_200);
        assert_eq!(thinking_budget(10_000, 1_000), 0);
        assert_eq!(thinking_budget(0, 16_000), 0);
    }
}
