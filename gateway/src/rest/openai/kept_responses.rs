//! Answers that are kept, each a run of the engine: in the background or not, read and watched from any event on, stopped, deleted, gone
//! on from.

use std::{sync::Arc, time::Duration};

use axum::{
    Json as Answer,
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::StatusCode;
use proto::v1::{
    CancelResponseRequest, DeleteResponseRequest, GetResponseRequest, KeptResponse, PromptMessage, RunEvent,
    RunStatus, WatchResponseRequest,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tonic::Streaming;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    refusals::OpenaiRefusals,
    responses::{ResponseBody, rename_fault},
};
use crate::{
    app::App,
    error::ApiError,
    extract::{Door, Query},
    identity::RequestContext,
    operation::{
        Operation,
        responses::{CancelResponse, CreateResponse, DeleteResponse, GetResponse, WatchResponse},
    },
    rest::answers::StreamedEvent,
    stream::sse,
    view::openai::{
        chat::WholeAnswer,
        kept_responses::{KeptEvents, is_in_background, write_input_items, write_kept},
    },
};

/// The id of a run, as clients know it.
const PREFIX: &str = "resp_";

/// What belongs to an operation that was admitted and counted.
async fn perform<O: Operation>(
    app: &App,
    context: &RequestContext,
    operation: O,
) -> Result<O::Output, ApiError> {
    let performed = app.operations.perform(operation, context).await;
    performed.map(|(output, _)| output).map_err(O::refuse)
}

fn read_id(id: &str) -> Result<String, ApiError> {
    let known = id.strip_prefix(PREFIX).and_then(|id| Uuid::try_parse(id).ok());
    let unknown = || ApiError::not_found(format!("Response with id '{id:.100}' not found."));

    known.map(|id| id.to_string()).ok_or_else(unknown)
}

fn read_path(id: Result<Path<String>, PathRejection>) -> Result<String, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::not_found("There is no such response."))?;
    read_id(&id)
}

/// The conversation up to a kept answer and with it, without its instructions.
pub(super) async fn find_messages(
    app: &App,
    context: &RequestContext,
    id: &str,
) -> Result<Vec<PromptMessage>, ApiError> {
    let unknown = |error: ApiError| match error.status {
        StatusCode::NOT_FOUND => {
            let expected = "expected the id of a response that is kept";
            ApiError::field("previous_response_id", "value_error", expected)
        }
        _ => error,
    };
    let request = GetResponseRequest {
        id: read_id(id).map_err(unknown)?,
    };
    let kept = perform(app, context, GetResponse(request))
        .await
        .map_err(unknown)?;
    if matches!(kept.status(), RunStatus::Queued | RunStatus::Running) {
        let expected = "expected a response that has ended";
        return Err(ApiError::field("previous_response_id", "value_error", expected));
    }

    let frame: Value = serde_json::from_str(&kept.frame).unwrap_or_default();
    let instructions = frame["echoed"]["instructions"].as_str();
    let instructed = instructions.is_some_and(|text| !text.is_empty());
    let mut answer = WholeAnswer::default();
    for piece in kept.pieces.into_iter().filter_map(|piece| piece.piece) {
        answer.add(piece);
    }
    let question = kept.question.unwrap_or_default();
    let mut messages: Vec<_> = question
        .messages
        .into_iter()
        .skip(usize::from(instructed))
        .collect();
    if !answer.text.is_empty() || !answer.calls.is_empty() {
        messages.push(PromptMessage {
            role: "assistant".to_owned(),
            text: answer.text,
            calls: answer.calls,
            call_id: String::new(),
        });
    }

    Ok(messages)
}

/// Begins an answer that is kept; it is told at once in the background, streamed, or whole.
pub(super) async fn keep_response(
    app: &Arc<App>,
    context: &RequestContext,
    body: ResponseBody,
    earlier: Vec<PromptMessage>,
) -> Result<Response, ApiError> {
    let (background, streamed) = (body.background == Some(true), body.is_streamed());
    if background && body.store == Some(false) {
        let expected = "expected true, or nothing: what is answered in the background is kept";
        return Err(ApiError::field("store", "value_error", expected));
    }
    let frame = json!({ "echoed": body.echo(), "input": body.sent_input() }).to_string();
    let mut question = body.into_request(earlier)?;
    question.streamed = true;

    let rename = |error: ApiError| error.rename(rename_fault);
    let kept = perform(app, context, CreateResponse { question, frame })
        .await
        .map_err(rename)?;
    if background && !streamed {
        return Ok(Answer(write_kept(&kept)).into_response());
    }

    let watch = WatchResponse(WatchResponseRequest { id: kept.id.clone() });
    let mut events = perform(app, context, watch).await?;
    if streamed {
        return Ok(tell(app, context, &kept, events, None));
    }
    while let Some(event) = events.next().await {
        event.map_err(|status| WatchResponse::refuse(kit::Problem::from_status(&status)))?;
    }

    let whole = perform(app, context, GetResponse(GetResponseRequest { id: kept.id })).await?;
    Ok(Answer(write_kept(&whole)).into_response())
}

/// The events behind a number.
fn tell(
    app: &Arc<App>,
    context: &RequestContext,
    kept: &KeptResponse,
    events: Streaming<RunEvent>,
    after: Option<u64>,
) -> Response {
    let quiet = Duration::from_secs(app.config.stream.comment_seconds);
    let told = tell_events(app, context, KeptEvents::new(kept, after), events);

    sse::respond_with_events(told, quiet)
}

/// Until it has ended, the server stops, or who listens may no more: whoever comes back with a number goes on behind it.
fn tell_events(
    app: &Arc<App>,
    context: &RequestContext,
    mut kept: KeptEvents,
    mut events: Streaming<RunEvent>,
) -> impl Stream<Item = Bytes> + Send + 'static {
    let stop = app.stop.clone();
    let ended = Arc::clone(&app.identity.authenticator).until_ended(context.clone());

    async_stream::stream! {
        let mut stop = std::pin::pin!(stop.cancelled());
        let mut ended = std::pin::pin!(ended);
        for (name, data) in kept.begin() {
            yield sse::write_event(name, &data);
        }

        loop {
            let event = tokio::select! {
                event = events.next() => event,
                () = &mut stop => break,
                () = &mut ended => break,
            };
            match event {
                Some(Ok(event)) => {
                    for (name, data) in kept.write(&event) {
                        yield sse::write_event(name, &data);
                    }
                }
                Some(Err(status)) => {
                    tracing::warn!(code = ?status.code(), "the events of a kept answer broke off");
                    break;
                }
                None => break,
            }
        }
    }
}

/// A number in a query.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct QueryNumber(u64);

impl TryFrom<String> for QueryNumber {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
            .map(Self)
            .map_err(|_| "expected a whole number, 0 or more")
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ResponseQuery {
    /// `true`: its events, from the log and then live.
    #[param(example = "false")]
    stream: Option<String>,
    /// Only events with a `sequence_number` above this.
    #[param(value_type = Option<u64>, example = 3)]
    starting_after: Option<QueryNumber>,
}

/// A kept answer as far as it was told, or its events.
#[utoipa::path(get, path = "/v1/responses/{response_id}", tag = "models",
    params(("response_id" = String, Path, description = "Its id", example = "resp_7d4448409dc041d1b2455ffdce74fad2"), ResponseQuery),
    responses(
        (status = 200, description = "The answer", content(
            (Object = "application/json"),
            (StreamedEvent = "text/event-stream",
                example = "event: response.output_text.delta\ndata: {\"delta\":\"A \"}\n\n"))),
        OpenaiRefusals))]
pub(crate) async fn get_response(
    State(app): State<Arc<App>>,
    door: Door<GetResponse>,
    id: Result<Path<String>, PathRejection>,
    Query(query): Query<ResponseQuery>,
) -> Result<Response, ApiError> {
    let id = read_path(id)?;
    let streamed = matches!(query.stream.as_deref(), Some("true" | "1"));
    let kept = door
        .perform(GetResponse(GetResponseRequest { id: id.clone() }))
        .await?;
    if !streamed {
        return Ok(Answer(write_kept(&kept)).into_response());
    }

    let watch = WatchResponse(WatchResponseRequest { id });
    let events = perform(&app, &door.context, watch).await?;
    let after = query.starting_after.map(|QueryNumber(after)| after);
    Ok(tell(&app, &door.context, &kept, events, after))
}

/// Stop an answer in the background. One that has ended stays as it is.
#[utoipa::path(post, path = "/v1/responses/{response_id}/cancel", tag = "models",
    params(("response_id" = String, Path, description = "Its id", example = "resp_7d4448409dc041d1b2455ffdce74fad2")),
    responses((status = 200, description = "The answer as far as it was told", body = Object), OpenaiRefusals))]
pub(crate) async fn cancel_response(
    State(app): State<Arc<App>>,
    door: Door<CancelResponse>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Value>, ApiError> {
    let id = read_path(id)?;
    let kept = perform(
        &app,
        &door.context,
        GetResponse(GetResponseRequest { id: id.clone() }),
    )
    .await?;
    if !is_in_background(&kept) {
        let message = "Cannot cancel a synchronous response: only one with `background` can be.";
        return Err(ApiError::malformed(message));
    }
    let stopped = door.perform(CancelResponse(CancelResponseRequest { id })).await?;

    Ok(Answer(write_kept(&stopped)))
}

/// Delete a kept answer with its question. One that works is stopped.
#[utoipa::path(delete, path = "/v1/responses/{response_id}", tag = "models",
    params(("response_id" = String, Path, description = "Its id", example = "resp_7d4448409dc041d1b2455ffdce74fad2")),
    responses((status = 200, description = "It is deleted", body = Object), OpenaiRefusals))]
pub(crate) async fn delete_response(
    door: Door<DeleteResponse>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Value>, ApiError> {
    let id = read_path(id)?;
    let told = format!("{PREFIX}{}", id.replace('-', ""));
    door.perform(DeleteResponse(DeleteResponseRequest { id })).await?;

    Ok(Answer(
        json!({ "id": told, "object": "response", "deleted": true }),
    ))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct InputItemsQuery {
    /// 1 to 100; default: 20.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<QueryNumber>,
    /// `asc`, or `desc`, which is the default.
    #[param(example = "desc")]
    order: Option<String>,
    /// The id of an item: what comes behind it.
    after: Option<String>,
}

/// What a kept answer was asked with, item by item.
#[utoipa::path(get, path = "/v1/responses/{response_id}/input_items", tag = "models",
    params(("response_id" = String, Path, description = "Its id", example = "resp_7d4448409dc041d1b2455ffdce74fad2"), InputItemsQuery),
    responses((status = 200, description = "A page of items", body = Object), OpenaiRefusals))]
pub(crate) async fn list_input_items(
    door: Door<GetResponse>,
    id: Result<Path<String>, PathRejection>,
    Query(query): Query<InputItemsQuery>,
) -> Result<Answer<Value>, ApiError> {
    let limit = query.limit.map_or(20, |QueryNumber(limit)| limit);
    if !(1..=100).contains(&limit) {
        return Err(ApiError::field("limit", "value_error", "expected 1 to 100"));
    }
    let ascending = match query.order.as_deref() {
        None | Some("desc") => false,
        Some("asc") => true,
        Some(_) => return Err(ApiError::field("order", "enum", "expected asc or desc")),
    };

    let request = GetResponseRequest { id: read_path(id)? };
    let kept = door.perform(GetResponse(request)).await?;
    let mut items = write_input_items(&kept);
    if !ascending {
        items.reverse();
    }
    if let Some(after) = &query.after {
        let place = items.iter().position(|item| item["id"] == after.as_str());
        let place =
            place.ok_or_else(|| ApiError::field("after", "value_error", "expected the id of an item"))?;
        items.drain(..=place);
    }
    let page: Vec<Value> = items.iter().take(limit as usize).cloned().collect();

    let id_of = |item: Option<&Value>| item.map_or(Value::Null, |item| item["id"].clone());
    let list: Map<String, Value> = [
        ("object", json!("list")),
        ("first_id", id_of(page.first())),
        ("last_id", id_of(page.last())),
        ("has_more", json!(items.len() > page.len())),
        ("data", json!(page)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect();
    Ok(Answer(Value::Object(list)))
}
