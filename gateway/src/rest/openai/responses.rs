//! The Responses API: an answer to items, as one object or as numbered events. What is to be kept, to be answered in the background or to
//! be gone on from is a run of the engine (`kept_responses`); of everything else nothing is kept.

use std::{sync::Arc, time::Duration};

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use proto::v1::{CompleteChatRequest, PromptMessage, PromptTool, PromptToolCall};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{
    OpenaiBody, OpenaiParameters,
    answer_stream::AnswerStream,
    content::{find_object, read_form, read_function, read_text, read_tool_choice, refuse_unless, text_at},
    kept_responses,
    refusals::OpenaiRefusals,
};
use crate::{
    app::App,
    error::{ApiError, FieldError},
    extract::Door,
    operation::models::CompleteChat,
    rest::answers::StreamedEvent,
    stream::sse,
    view::openai::{
        chat::AnswerHead,
        refusal::OpenaiRefusal,
        responses::{ResponseEvents, ResponseFrame},
    },
};

const NOT_KEPT: &str =
    "no conversations are kept here: go on by `previous_response_id`, or send the whole as `input`";

/// What is to be answered. Hints such as `user` and `reasoning` are taken and change nothing; what would change the answer and
/// can't be had here is refused by its name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "model": "saga", "input": "What is a router?" }))]
pub(crate) struct ResponseBody {
    #[schema(example = "saga")]
    model: String,
    /// A text, or items: messages, calls of functions and their outputs.
    #[schema(value_type = String)]
    input: Value,
    /// Told to the model first.
    instructions: Option<String>,
    stream: Option<bool>,
    max_output_tokens: Option<u32>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    /// Functions that the model may have called.
    #[schema(value_type = Option<Vec<Object>>)]
    tools: Option<Vec<Value>>,
    /// `auto`, `none`, `required`, or one of the functions.
    #[schema(value_type = Option<String>)]
    tool_choice: Option<Value>,
    /// `format`: `text`, `json_object`, or `json_schema` with a schema that the answer then fits.
    #[schema(value_type = Option<Object>)]
    text: Option<Value>,
    /// Given back as it is.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
    /// True keeps question and answer for 30 days; so do `background` and `previous_response_id`, unless it is false.
    pub(super) store: Option<bool>,
    /// It is answered at once, and goes on when nobody listens.
    pub(super) background: Option<bool>,
    /// A kept answer that this goes on from.
    pub(super) previous_response_id: Option<String>,
}

impl OpenaiParameters for ResponseBody {
    const HINTS: &'static [&'static str] = &[
        "include",
        "parallel_tool_calls",
        "prompt_cache_key",
        "prompt_cache_retention",
        "reasoning",
        "safety_identifier",
        "service_tier",
        "stream_options",
        "truncation",
        "user",
    ];
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("conversation", NOT_KEPT),
        ("max_tool_calls", "every call of a function is yours to make"),
        ("prompt", "no prompts are kept here"),
        ("top_logprobs", "probabilities are not told here"),
    ];
}

/// Answer items.
///
/// With `stream`, numbered events. Who goes away stops the model, unless the answer is kept. A key of your own at a provider comes as
/// for chat completions; an answer that is kept takes none.
#[utoipa::path(post, path = "/v1/responses", tag = "models", request_body = ResponseBody,
    responses(
        (status = 200, description = "The answer", content(
            (Object = "application/json"),
            (StreamedEvent = "text/event-stream",
                example = "event: response.output_text.delta\ndata: {\"delta\":\"A \"}\n\n"))),
        OpenaiRefusals))]
pub(crate) async fn create_response(
    State(app): State<Arc<App>>,
    door: Door<CompleteChat>,
    OpenaiBody(body): OpenaiBody<ResponseBody>,
) -> Result<Response, ApiError> {
    let earlier = match &body.previous_response_id {
        Some(id) => kept_responses::find_messages(&app, &door.context, id).await?,
        None => Vec::new(),
    };
    if body.is_kept() {
        return kept_responses::keep_response(&app, &door.context, body, earlier).await;
    }

    let echoed = body.echo();
    let request = body.into_request(earlier)?;
    let head = AnswerHead {
        id: format!("resp_{}", door.context.request_id.as_str()),
        created: app.clock.now().timestamp(),
        model: request.model.clone(),
    };
    let frame = ResponseFrame { head, echoed };

    let streamed = request.streamed;
    let rename = |error: ApiError| error.rename(rename_fault);
    let pieces = door.perform(CompleteChat(request)).await.map_err(rename)?;
    let answer = AnswerStream::begin(pieces, 1).await.map_err(rename)?;
    if !streamed {
        let whole = answer.finish().await?.pop().unwrap_or_default();
        return Ok(Answer(frame.write_whole(whole)).into_response());
    }

    let quiet = Duration::from_secs(app.config.stream.comment_seconds);
    let events = tell_events(answer, ResponseEvents::new(frame));
    Ok(sse::respond_with_events(events, quiet))
}

/// A fault of a conversation, as it is named here. Items are joined and left out on the way, so none is named by its number.
pub(super) fn rename_fault(fault: FieldError) -> FieldError {
    let field = match fault.field.as_str() {
        "max_tokens" => "max_output_tokens".to_owned(),
        field if field.starts_with("messages") => "input".to_owned(),
        field => field
            .replace(".function.", ".")
            .replace("response_format.json_schema", "text.format")
            .replace("response_format", "text.format"),
    };

    FieldError { field, ..fault }
}

/// All events; where the answer breaks off, the last one says so.
fn tell_events(
    answer: AnswerStream,
    mut events: ResponseEvents,
) -> impl Stream<Item = Bytes> + Send + 'static {
    async_stream::stream! {
        for (name, data) in events.begin() {
            yield sse::write_event(name, &data);
        }

        let mut pieces = std::pin::pin!(answer.listen());
        while let Some(piece) = pieces.next().await {
            match piece {
                Ok(piece) => {
                    for (name, data) in piece.piece.map(|piece| events.write(piece)).unwrap_or_default() {
                        yield sse::write_event(name, &data);
                    }
                }
                Err(error) => {
                    let (code, message) = OpenaiRefusal::read(&error).into_words();
                    let (name, data) = events.fail(&code, &message);
                    yield sse::write_event(name, &data);
                    return;
                }
            }
        }
    }
}

impl ResponseBody {
    /// Whether question and answer are a run's.
    pub(super) fn is_kept(&self) -> bool {
        let wanted = self.background == Some(true) || self.previous_response_id.is_some();
        self.store.unwrap_or(wanted) || self.background == Some(true)
    }

    pub(super) fn is_streamed(&self) -> bool {
        self.stream == Some(true)
    }

    pub(super) fn sent_input(&self) -> Value {
        self.input.clone()
    }

    /// What an answer repeats of its question.
    pub(super) fn echo(&self) -> Map<String, Value> {
        let fields = json!({
            "background": self.background == Some(true), "store": self.is_kept(),
            "previous_response_id": self.previous_response_id,
            "instructions": self.instructions, "max_output_tokens": self.max_output_tokens,
            "metadata": self.metadata.clone().unwrap_or_else(|| json!({})), "parallel_tool_calls": true,
            "temperature": self.temperature, "text": self.text.clone().unwrap_or_else(|| json!({ "format": { "type": "text" } })),
            "tool_choice": self.tool_choice.clone().unwrap_or_else(|| json!("auto")),
            "tools": self.tools.clone().unwrap_or_default(), "top_p": self.top_p, "truncation": "disabled",
        });

        match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }

    /// `earlier` comes behind the instructions and before the input.
    pub(super) fn into_request(self, earlier: Vec<PromptMessage>) -> Result<CompleteChatRequest, ApiError> {
        let mut messages = Vec::new();
        if let Some(instructions) = self.instructions.filter(|text| !text.is_empty()) {
            messages.push(say("system", instructions));
        }
        messages.extend(earlier);
        match self.input {
            Value::String(text) => messages.push(say("user", text)),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let field = format!("input.{index}");
                    add_item(&mut messages, find_object(item, &field)?, &field)?;
                }
            }
            _ => {
                return Err(ApiError::field(
                    "input",
                    "type_error",
                    "expected a text or a list of items",
                ));
            }
        }

        let tools = self.tools.unwrap_or_default();
        let tools = tools
            .iter()
            .enumerate()
            .map(|(index, tool)| read_tool(tool, &format!("tools.{index}")));
        let (tool_choice, tool_name) =
            read_tool_choice(self.tool_choice.as_ref(), |choice| choice.get("name")?.as_str())?;
        let format = self.text.as_ref().and_then(|text| text.get("format"));
        let format = match format.filter(|format| !format.is_null()) {
            Some(format) => {
                let format = find_object(format, "text.format")?;
                read_form(format, Some(format), "text.format")?
            }
            None => Default::default(),
        };

        Ok(CompleteChatRequest {
            model: self.model,
            messages,
            tools: tools.collect::<Result<_, _>>()?,
            tool_choice,
            tool_name,
            max_tokens: self.max_output_tokens,
            temperature: self.temperature,
            top_p: self.top_p,
            stop: Vec::new(),
            form: format.form,
            schema_name: format.name,
            schema: format.schema,
            choices: 1,
            streamed: self.stream == Some(true),
            checked_only: false,
            provider_key: None,
        })
    }
}

fn read_tool(tool: &Value, field: &str) -> Result<PromptTool, ApiError> {
    let tool = find_object(tool, field)?;
    refuse_unless(
        text_at(tool, "type") == "function",
        &format!("{field}.type"),
        "expected function: no other tools are known here",
    )?;

    read_function(tool, field)
}

fn say(role: &str, text: String) -> PromptMessage {
    PromptMessage {
        role: role.to_owned(),
        text,
        ..PromptMessage::default()
    }
}

/// Calls that follow one another are one turn of the model.
fn add_item(
    messages: &mut Vec<PromptMessage>,
    item: &Map<String, Value>,
    field: &str,
) -> Result<(), ApiError> {
    match text_at(item, "type") {
        "" | "message" => {
            let text = read_text(item.get("content"), &format!("{field}.content"))?;
            messages.push(say(text_at(item, "role"), text));
        }
        "function_call" => {
            let call = PromptToolCall {
                id: text_at(item, "call_id").to_owned(),
                name: text_at(item, "name").to_owned(),
                arguments: text_at(item, "arguments").to_owned(),
            };
            match messages.last_mut().filter(|message| message.role == "assistant") {
                Some(message) => message.calls.push(call),
                None => messages.push(PromptMessage {
                    calls: vec![call],
                    ..say("assistant", String::new())
                }),
            }
        }
        "function_call_output" => messages.push(PromptMessage {
            call_id: text_at(item, "call_id").to_owned(),
            ..say("tool", read_text(item.get("output"), &format!("{field}.output"))?)
        }),
        // What a model thought is its provider's, and is sent back by clients that send back all.
        "reasoning" => {}
        _ => {
            let message = "expected one of message, function_call, function_call_output";
            return Err(ApiError::field(format!("{field}.type"), "enum", message));
        }
    }

    Ok(())
}
