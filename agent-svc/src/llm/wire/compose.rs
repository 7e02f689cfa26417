//! A question in the library's form: where it goes, with which options, and the conversation so far.

use genai::adapter::AdapterKind;
use genai::chat::{
    ChatMessage, ChatOptions, ChatRequest, ContentPart, JsonSpec, MessageContent, ReasoningEffort, Tool,
    ToolResponse,
};
use genai::resolver::{AuthData, Endpoint};
use genai::{Headers, ModelIden, ServiceTarget};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::Ask;
use crate::llm::config::{Model, ProviderKind};
use crate::llm::failure::{Failure, FailureKind};
use crate::llm::request::{Message, Turn};
use crate::llm::sampling::add_wishes;
use crate::llm::schema::OutputSchema;

/// The least thinking that Anthropic accepts, and the room it needs beside the answer.
const LEAST_THINKING: u32 = 1024;

pub(super) fn target(model: &Model) -> Result<ServiceTarget, Failure> {
    target_at(model, "chat/completions")
}

/// `place` counts where the library does not address the server itself.
pub(super) fn target_at(model: &Model, place: &str) -> Result<ServiceTarget, Failure> {
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
            .join(place)
            .map_err(|_| Failure::new(FailureKind::Rejected))?;

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

pub(super) fn headers(model: &Model) -> Headers {
    let pairs = model
        .config
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()));
    Headers::from(pairs.collect::<Vec<_>>())
}

pub(super) fn options(ask: &Ask<'_>) -> ChatOptions {
    let kind = ask.model.provider.kind;
    let thinking = match ask.request.sampling.tool_use.is_forced() {
        true => 0,
        false => thinking_budget(ask.model.config.thinking_budget_tokens, ask.max_tokens),
    };
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

    options = add_wishes(options, ask, thinking > 0);

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

pub(super) fn chat_request(ask: &Ask<'_>) -> ChatRequest {
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
