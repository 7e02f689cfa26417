//! Chat completions: one answer as an object, or its chunks as they come.

use std::{sync::Arc, time::Duration};

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use proto::v1::{CompleteChatRequest, PromptMessage, PromptToolCall};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    OpenaiBody, OpenaiParameters,
    answer_stream::AnswerStream,
    content::{find_object, read_form, read_function, read_text, read_tool_choice, refuse_unless, text_at},
    refusals::OpenaiRefusals,
};
use crate::{
    app::App,
    error::ApiError,
    extract::Door,
    operation::models::CompleteChat,
    rest::answers::StreamedEvent,
    stream::sse,
    view::openai::{
        chat::{AnswerHead, ChatCompletion, Chunks},
        refusal::OpenaiRefusal,
    },
};

const DONE: Bytes = Bytes::from_static(b"data: [DONE]\n\n");

/// A conversation to go on with. Hints such as `seed`, `user` and `reasoning_effort` are taken and change nothing; what would
/// change the answer and can't be had here is refused by its name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "model": "saga", "messages": [{ "role": "user", "content": "What is a router?" }] }))]
pub(crate) struct ChatBody {
    #[schema(example = "saga")]
    model: String,
    messages: Vec<ChatBodyMessage>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    /// Answers, 1 to 8.
    n: Option<u32>,
    max_tokens: Option<u32>,
    /// The newer name of `max_tokens`.
    max_completion_tokens: Option<u32>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    /// A text, or up to four of them, before which the answer ends.
    #[schema(value_type = Option<Vec<String>>)]
    stop: Option<Value>,
    /// Functions that the model may have called.
    #[schema(value_type = Option<Vec<Object>>)]
    tools: Option<Vec<Value>>,
    /// `auto`, `none`, `required`, or one of the functions.
    #[schema(value_type = Option<String>)]
    tool_choice: Option<Value>,
    /// `text`, `json_object`, or `json_schema` with a schema that the answer then fits.
    #[schema(value_type = Option<Object>)]
    response_format: Option<Value>,
}

impl OpenaiParameters for ChatBody {
    const HINTS: &'static [&'static str] = &[
        "metadata",
        "parallel_tool_calls",
        "prediction",
        "prompt_cache_key",
        "prompt_cache_retention",
        "reasoning_effort",
        "safety_identifier",
        "seed",
        "service_tier",
        "store",
        "user",
        "verbosity",
    ];
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("audio", "only text is answered here"),
        ("frequency_penalty", "no penalties are known here"),
        ("function_call", "send it as `tool_choice`"),
        ("functions", "send them as `tools`"),
        ("logit_bias", "no biases are known here"),
        ("logprobs", "probabilities are not told here"),
        ("modalities", "only text is answered here"),
        ("presence_penalty", "no penalties are known here"),
        ("top_logprobs", "probabilities are not told here"),
        ("web_search_options", "nothing is searched here"),
    ];
}

/// One message.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ChatBodyMessage {
    /// `system`, `developer`, `user`, `assistant` or `tool`.
    #[schema(example = "user")]
    role: String,
    /// A text, or parts that are texts.
    #[schema(value_type = Option<String>)]
    content: Option<Value>,
    /// Of an assistant: what it had called.
    #[schema(value_type = Option<Vec<Object>>)]
    tool_calls: Option<Vec<Value>>,
    /// Of a tool: which call it answers.
    tool_call_id: Option<String>,
}

/// What is told beside the chunks.
#[derive(Deserialize, ToSchema)]
pub(crate) struct StreamOptions {
    /// What it took, in a chunk without choices behind the last one.
    include_usage: Option<bool>,
}

/// Answer a conversation.
///
/// With `stream`, chunks as server-sent events, and `[DONE]` at the end. Who goes away stops the model.
///
/// Whose tier has `byok` may bring a key of their own at a provider, for this request alone: `X-Provider-Key`, and `X-Provider` for
/// whose it is (`openai` when left out). That provider alone is asked with it.
#[utoipa::path(post, path = "/v1/chat/completions", tag = "models", request_body = ChatBody,
    responses(
        (status = 200, description = "The answer", content(
            (ChatCompletion = "application/json"),
            (StreamedEvent = "text/event-stream", example = "data: {\"choices\":[{\"delta\":{\"content\":\"A \"}}]}\n\n"))),
        OpenaiRefusals))]
pub(crate) async fn create_chat_completion(
    State(app): State<Arc<App>>,
    door: Door<CompleteChat>,
    OpenaiBody(body): OpenaiBody<ChatBody>,
) -> Result<Response, ApiError> {
    let tells_usage = body
        .stream_options
        .as_ref()
        .and_then(|options| options.include_usage);
    let request = body.into_request()?;
    let head = AnswerHead {
        id: format!("chatcmpl-{}", door.context.request_id.as_str()),
        created: app.clock.now().timestamp(),
        model: request.model.clone(),
    };

    let (streamed, choices) = (request.streamed, request.choices);
    let pieces = door.perform(CompleteChat(request)).await?;
    let answer = AnswerStream::begin(pieces, choices).await?;
    if !streamed {
        return Ok(Answer(ChatCompletion::new(head, answer.finish().await?)).into_response());
    }

    let chunks = Chunks::new(head, tells_usage == Some(true));
    let quiet = Duration::from_secs(app.config.stream.comment_seconds);
    Ok(sse::respond_with_events(tell_chunks(answer, chunks), quiet))
}

/// All chunks, and `[DONE]`; or, where the answer breaks off, the error in their place.
fn tell_chunks(answer: AnswerStream, mut chunks: Chunks) -> impl Stream<Item = Bytes> + Send + 'static {
    async_stream::stream! {
        let mut pieces = std::pin::pin!(answer.listen());
        while let Some(piece) = pieces.next().await {
            match piece {
                Ok(piece) => {
                    for chunk in chunks.write(piece) {
                        yield write_data(&chunk);
                    }
                }
                Err(error) => {
                    yield write_data(&OpenaiRefusal::read(&error));
                    return;
                }
            }
        }

        if let Some(last) = chunks.finish() {
            yield write_data(&last);
        }
        yield DONE;
    }
}

pub(super) fn write_data(data: &impl Serialize) -> Bytes {
    let json = serde_json::to_string(data).unwrap_or_else(|_| "null".to_owned());
    format!("data: {json}\n\n").into()
}

impl ChatBody {
    fn into_request(self) -> Result<CompleteChatRequest, ApiError> {
        let limit = self.max_completion_tokens;
        refuse_unless(limit != Some(0), "max_completion_tokens", "at least 1")?;

        let messages = self.messages.into_iter().enumerate();
        let messages = messages.map(|(index, message)| message.into_prompt(index));
        let tools = self.tools.unwrap_or_default();
        let tools = tools.iter().enumerate().map(|(index, tool)| {
            let field = format!("tools.{index}");
            let tool = find_object(tool, &field)?;
            refuse_unless(
                text_at(tool, "type") == "function",
                &format!("{field}.type"),
                "expected function: no other tools are known here",
            )?;
            let field = format!("{field}.function");
            read_function(
                find_object(tool.get("function").unwrap_or(&Value::Null), &field)?,
                &field,
            )
        });
        let (tool_choice, tool_name) = read_tool_choice(self.tool_choice.as_ref(), |choice| {
            choice.get("function")?.get("name")?.as_str()
        })?;

        let format = match self.response_format.filter(|format| !format.is_null()) {
            Some(format) => {
                let format = find_object(&format, "response_format")?;
                let described = format.get("json_schema").and_then(Value::as_object);
                read_form(format, described, "response_format")?
            }
            None => Default::default(),
        };

        Ok(CompleteChatRequest {
            messages: messages.collect::<Result<_, _>>()?,
            tools: tools.collect::<Result<_, _>>()?,
            tool_choice,
            tool_name,
            max_tokens: limit.or(self.max_tokens),
            temperature: self.temperature,
            top_p: self.top_p,
            stop: read_stop(self.stop)?,
            form: format.form,
            schema_name: format.name,
            schema: format.schema,
            choices: read_choices(self.n)?,
            streamed: self.stream == Some(true),
            checked_only: false,
            provider_key: None,
            model: self.model,
        })
    }
}

impl ChatBodyMessage {
    fn into_prompt(self, index: usize) -> Result<PromptMessage, ApiError> {
        let field = format!("messages.{index}");
        let calls = self.tool_calls.unwrap_or_default();
        let calls = calls.iter().enumerate().map(|(number, call)| {
            let field = format!("{field}.tool_calls.{number}");
            let call = find_object(call, &field)?;
            let function = find_object(
                call.get("function").unwrap_or(&Value::Null),
                &format!("{field}.function"),
            )?;

            Ok::<_, ApiError>(PromptToolCall {
                id: text_at(call, "id").to_owned(),
                name: text_at(function, "name").to_owned(),
                arguments: text_at(function, "arguments").to_owned(),
            })
        });

        // Only an assistant may say nothing, where it has something called.
        let is_silent = self.content.as_ref().is_none_or(Value::is_null);
        refuse_unless(
            !is_silent || self.role == "assistant",
            &format!("{field}.content"),
            "expected a text or a list of parts",
        )?;

        Ok(PromptMessage {
            text: read_text(self.content.as_ref(), &format!("{field}.content"))?,
            calls: calls.collect::<Result<_, _>>()?,
            call_id: self.tool_call_id.unwrap_or_default(),
            role: self.role,
        })
    }
}

/// 0 means one to the service, and is none that anybody asks for.
fn read_choices(n: Option<u32>) -> Result<u32, ApiError> {
    refuse_unless(n != Some(0), "n", "1 to 8")?;
    Ok(n.unwrap_or(1))
}

fn read_stop(stop: Option<Value>) -> Result<Vec<String>, ApiError> {
    let wrong = || ApiError::field("stop", "type_error", "expected a text or a list of texts");

    match stop {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text]),
        Some(Value::Array(texts)) => {
            let texts = texts.into_iter().map(|text| match text {
                Value::String(text) => Ok(text),
                _ => Err(wrong()),
            });
            texts.collect()
        }
        Some(_) => Err(wrong()),
    }
}
