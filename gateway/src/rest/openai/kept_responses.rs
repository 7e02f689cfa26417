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
    extract::{Door, PageSize, Query, WholeNumber},
    identity::RequestContext,
    operation::{
        Operation,
        responses::{CancelResponse, CreateResponse, DeleteResponse, GetResponse, WatchResponse},
    },
    rest::answers::StreamedEvent,
    stream::{
        run_events::{RunEvents, StopWhenLeft},
        sse,
    },
    view::openai::{
        chat::WholeAnswer,
        kept_responses::{KeptEvents, has_ended, is_in_background, write_input_items, write_kept},
    },
};

/// The id of a run, as clients know it.
const PREFIX: &str = "resp_";

/// A kept answer's id, as it was sent and as a run's.
struct ResponseId {
    sent: String,
    run: String,
}

impl ResponseId {
    fn read(id: &str) -> Result<Self, ApiError> {
        let known = id.strip_prefix(PREFIX).and_then(|id| Uuid::try_parse(id).ok());

        match known {
            Some(run) => Ok(Self {
                sent: id.to_owned(),
                run: run.to_string(),
            }),
            None => Err(unknown(id)),
        }
    }

    fn read_path(id: Result<Path<String>, PathRejection>) -> Result<Self, ApiError> {
        let Path(id) = id.map_err(|_| unknown(""))?;
        Self::read(&id)
    }

    /// Whatever is not found is what was asked for.
    fn name(&self, error: ApiError) -> ApiError {
        match error.status {
            StatusCode::NOT_FOUND => unknown(&self.sent),
            _ => error,
        }
    }
}

/// One wording for an id that is none, one of nothing, and somebody else's.
fn unknown(id: &str) -> ApiError {
    ApiError::not_found(format!("Response with id '{id:.100}' not found."))
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
        id: ResponseId::read(id).map_err(unknown)?.run,
    };
    let kept = app
        .perform(context, GetResponse(request))
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
    let kept = app
        .perform(context, CreateResponse { question, frame })
        .await
        .map_err(rename)?;
    if background && !streamed {
        return Ok(Answer(write_kept(&kept)).into_response());
    }

    // One in the background goes on; any other one is stopped by going away.
    let stop = (!background).then(|| CancelResponse(CancelResponseRequest { id: kept.id.clone() }));
    let mut left = StopWhenLeft::new(app, context, stop);
    let watch = WatchResponse(WatchResponseRequest { id: kept.id.clone() });
    let mut events = app.perform(context, watch).await?;
    if streamed {
        return Ok(tell(app, context, &kept, events, None, Some(left)));
    }
    while let Some(event) = events.next().await {
        event.map_err(|status| WatchResponse::refuse(kit::Problem::from_status(&status)))?;
    }
    left.stay();

    let request = GetResponseRequest { id: kept.id };
    let whole = app.perform(context, GetResponse(request)).await?;
    Ok(Answer(write_kept(&whole)).into_response())
}

/// The events behind a number. `left` stops the answer when the client goes away.
fn tell(
    app: &Arc<App>,
    context: &RequestContext,
    kept: &KeptResponse,
    events: Streaming<RunEvent>,
    after: Option<u64>,
    left: Option<StopWhenLeft<CancelResponse>>,
) -> Response {
    let quiet = Duration::from_secs(app.config.stream.comment_seconds);
    let events = RunEvents::new(app, context, events);
    let told = tell_events(KeptEvents::new(kept, after), events, left);

    sse::respond_with_events(told, quiet)
}

/// Whoever comes back with a number goes on behind it.
fn tell_events(
    mut kept: KeptEvents,
    mut events: RunEvents,
    mut left: Option<StopWhenLeft<CancelResponse>>,
) -> impl Stream<Item = Bytes> + Send + 'static {
    async_stream::stream! {
        for (name, data) in kept.begin() {
            yield sse::write_event(name, &data);
        }
        while let Some(event) = events.next().await {
            for (name, data) in kept.write(&event) {
                yield sse::write_event(name, &data);
            }
        }
        if let Some(left) = &mut left {
            left.stay();
        }
    }
}

/// The number of an ended answer's last event.
async fn find_last_number(app: &App, context: &RequestContext, kept: &KeptResponse) -> Result<u64, ApiError> {
    let watch = WatchResponse(WatchResponseRequest { id: kept.id.clone() });
    let events = app.perform(context, watch).await?;
    let (mut events, mut told) = (RunEvents::new(app, context, events), KeptEvents::new(kept, None));
    let mut all = told.begin();
    while let Some(event) = events.next().await {
        all.extend(told.write(&event));
    }

    let last = all.last().and_then(|(_, data)| data["sequence_number"].as_u64());
    Ok(last.unwrap_or_default())
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ResponseQuery {
    /// `true`: its events, from the log and then live.
    #[param(example = "false")]
    stream: Option<String>,
    /// Only events with a `sequence_number` above this.
    #[param(value_type = Option<u64>, example = 3)]
    starting_after: Option<WholeNumber<u64>>,
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
    let id = ResponseId::read_path(id)?;
    let streamed = matches!(query.stream.as_deref(), Some("true" | "1"));
    let request = GetResponseRequest { id: id.run.clone() };
    let kept = door
        .perform(GetResponse(request))
        .await
        .map_err(|error| id.name(error))?;
    if !streamed {
        return Ok(Answer(write_kept(&kept)).into_response());
    }

    let after = query.starting_after.map(|WholeNumber(after)| after);
    if let Some(after) = after.filter(|_| has_ended(&kept)) {
        let last = find_last_number(&app, &door.context, &kept).await?;
        if after > last {
            let expected = format!("expected the number of an event: at most {last}");
            return Err(ApiError::field("starting_after", "value_error", expected));
        }
    }
    let watch = WatchResponse(WatchResponseRequest { id: id.run.clone() });
    let events = app.perform(&door.context, watch).await;
    let events = events.map_err(|error| id.name(error))?;
    Ok(tell(&app, &door.context, &kept, events, after, None))
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
    let id = ResponseId::read_path(id)?;
    let request = GetResponseRequest { id: id.run.clone() };
    let kept = app.perform(&door.context, GetResponse(request)).await;
    let kept = kept.map_err(|error| id.name(error))?;
    if !is_in_background(&kept) {
        let message = "Cannot cancel a synchronous response: only one with `background` can be.";
        return Err(ApiError::malformed(message));
    }
    let request = CancelResponseRequest { id: id.run.clone() };
    let stopped = door.perform(CancelResponse(request)).await;
    let stopped = stopped.map_err(|error| id.name(error))?;

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
    let id = ResponseId::read_path(id)?;
    let request = DeleteResponseRequest { id: id.run.clone() };
    let deleted = door.perform(DeleteResponse(request)).await;
    deleted.map_err(|error| id.name(error))?;

    Ok(Answer(
        json!({ "id": id.sent, "object": "response", "deleted": true }),
    ))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct InputItemsQuery {
    /// 1 to 100; default: 20.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<PageSize>,
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
    let PageSize(limit) = query.limit.unwrap_or_default();
    let ascending = match query.order.as_deref() {
        None | Some("desc") => false,
        Some("asc") => true,
        Some(_) => return Err(ApiError::field("order", "enum", "expected asc or desc")),
    };

    let id = ResponseId::read_path(id)?;
    let request = GetResponseRequest { id: id.run.clone() };
    let kept = door.perform(GetResponse(request)).await;
    let kept = kept.map_err(|error| id.name(error))?;
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
