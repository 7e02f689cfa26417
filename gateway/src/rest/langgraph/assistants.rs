//! Assistants over LangGraph's API: every type of workflows is one.

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use proto::v1::{GetAssistantRequest, SearchAssistantsRequest, SearchAssistantsResponse};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{read_id, select};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json},
    operation::assistants::{GetAssistant, SearchAssistants},
    rest::answers::Invalid,
    view::langgraph::{assistants, page_headers},
};

/// Which assistants.
#[derive(Default, Deserialize, ToSchema)]
#[schema(example = json!({ "graph_id": "research", "limit": 10 }))]
pub(crate) struct AssistantSearch {
    /// Only the one of this graph.
    graph_id: Option<String>,
    /// Letters of its name.
    name: Option<String>,
    /// Fields of its metadata that must be so.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    limit: Option<u32>,
    offset: Option<u32>,
    /// `created_at`, `updated_at`, `name`, `graph_id` or `assistant_id`.
    sort_by: Option<String>,
    /// `asc` or `desc`.
    sort_order: Option<String>,
    /// Only these fields of each.
    select: Option<Vec<String>>,
}

impl AssistantSearch {
    fn into_request(self) -> SearchAssistantsRequest {
        SearchAssistantsRequest {
            graph: self.graph_id,
            name: self.name,
            limit: self.limit,
            offset: self.offset.unwrap_or_default(),
            ascending: self.sort_order.as_deref() == Some("asc"),
            sort_by: self.sort_by.unwrap_or_default(),
        }
    }

    /// All of them have the same metadata.
    fn fits_metadata(&self) -> bool {
        let wanted = self.metadata.iter().flatten();
        wanted
            .into_iter()
            .all(|(name, value)| name == "created_by" && value == "system")
    }
}

/// Find assistants: one for each type of workflows and definition of yours.
#[utoipa::path(post, path = "/langgraph/assistants/search", tag = "threads", request_body = Option<AssistantSearch>,
    responses((status = 200, description = "They, newest first", body = Vec<Object>), Invalid))]
pub(crate) async fn search_assistants(
    door: Door<SearchAssistants>,
    body: Option<Json<AssistantSearch>>,
) -> Result<Response, ApiError> {
    let body = body.unwrap_or_default().0;
    let (fields, fits) = (body.select.clone(), body.fits_metadata());
    let request = body.into_request();
    let (limit, offset) = (request.limit.unwrap_or(10), request.offset);
    let found = match fits {
        true => door.perform(SearchAssistants(request)).await?,
        false => SearchAssistantsResponse::default(),
    };

    let headers = page_headers(found.total, u64::from(offset) + u64::from(limit));
    let list = found.assistants.iter().map(assistants::write_assistant).collect();
    Ok((headers, Answer(select(list, fields.as_ref()))).into_response())
}

/// Count assistants.
#[utoipa::path(post, path = "/langgraph/assistants/count", tag = "threads", request_body = Option<AssistantSearch>,
    responses((status = 200, description = "How many there are", body = u64, content_type = "application/json"), Invalid))]
pub(crate) async fn count_assistants(
    door: Door<SearchAssistants>,
    body: Option<Json<AssistantSearch>>,
) -> Result<Answer<u64>, ApiError> {
    let body = body.unwrap_or_default().0;
    if !body.fits_metadata() {
        return Ok(Answer(0));
    }
    let found = door.perform(SearchAssistants(body.into_request())).await?;

    Ok(Answer(found.total))
}

async fn find(
    door: &Door<GetAssistant>,
    id: Result<Path<String>, PathRejection>,
) -> Result<proto::v1::Assistant, ApiError> {
    let id = read_id(id)?;
    door.perform(GetAssistant(GetAssistantRequest { id })).await
}

/// An assistant, by its id or the name of its graph.
#[utoipa::path(get, path = "/langgraph/assistants/{assistant_id}", tag = "threads",
    params(("assistant_id" = String, Path, description = "Its id, or the name of its graph")),
    responses((status = 200, description = "The assistant", body = Object),
        (status = 404, description = "No such assistant", body = ErrorBody), Invalid))]
pub(crate) async fn get_assistant(
    door: Door<GetAssistant>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Value>, ApiError> {
    Ok(Answer(assistants::write_assistant(&find(&door, id).await?)))
}

/// What an assistant takes and gives.
#[utoipa::path(get, path = "/langgraph/assistants/{assistant_id}/schemas", tag = "threads",
    params(("assistant_id" = String, Path, description = "Its id, or the name of its graph")),
    responses((status = 200, description = "JSON Schemas; null where any object is taken", body = Object),
        (status = 404, description = "No such assistant", body = ErrorBody), Invalid))]
pub(crate) async fn get_assistant_schemas(
    door: Door<GetAssistant>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Value>, ApiError> {
    Ok(Answer(assistants::write_schemas(&find(&door, id).await?)))
}

/// The graph of an assistant.
#[utoipa::path(get, path = "/langgraph/assistants/{assistant_id}/graph", tag = "threads",
    params(("assistant_id" = String, Path, description = "Its id, or the name of its graph")),
    responses((status = 200, description = "Its nodes and edges", body = Object),
        (status = 404, description = "No such assistant", body = ErrorBody), Invalid))]
pub(crate) async fn get_assistant_graph(
    door: Door<GetAssistant>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Value>, ApiError> {
    Ok(Answer(assistants::write_graph(&find(&door, id).await?)))
}

/// Graphs inside of an assistant's: none, for what a definition calls is put in place of the call.
#[utoipa::path(get, path = "/langgraph/assistants/{assistant_id}/subgraphs", tag = "threads",
    params(("assistant_id" = String, Path, description = "Its id, or the name of its graph")),
    responses((status = 200, description = "None", body = Object),
        (status = 404, description = "No such assistant", body = ErrorBody), Invalid))]
pub(crate) async fn get_assistant_subgraphs(
    door: Door<GetAssistant>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Value>, ApiError> {
    find(&door, id).await?;
    Ok(Answer(json!({})))
}

/// The versions of an assistant: the one that is run. Older versions of a definition are in its own list.
#[utoipa::path(post, path = "/langgraph/assistants/{assistant_id}/versions", tag = "threads",
    params(("assistant_id" = String, Path, description = "Its id, or the name of its graph")),
    responses((status = 200, description = "One", body = Vec<Object>),
        (status = 404, description = "No such assistant", body = ErrorBody), Invalid))]
pub(crate) async fn list_assistant_versions(
    door: Door<GetAssistant>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Vec<Value>>, ApiError> {
    Ok(Answer(vec![assistants::write_assistant(&find(&door, id).await?)]))
}
