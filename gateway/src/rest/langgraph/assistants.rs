//! Assistants over LangGraph's API: every type of workflows is one, and others are made of those.

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use proto::v1::{
    CreateAssistantRequest, DeleteAssistantRequest, DeleteThreadRequest, GetAssistantRequest,
    ListAssistantVersionsRequest, SearchAssistantsRequest, SearchThreadsRequest, SetAssistantVersionRequest,
    UpdateAssistantRequest,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::{read_id, read_ids, select, threads::IfExists, write_fields};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Door, Json, Query},
    identity::RequestContext,
    operation::{
        assistants::{
            CreateAssistant, DeleteAssistant, GetAssistant, ListAssistantVersions, SearchAssistants,
            SetAssistantVersion, UpdateAssistant,
        },
        threads::{DeleteThread, SearchThreads},
    },
    rest::answers::Invalid,
    view::langgraph::{assistants, page_headers},
};

/// Which assistants.
#[derive(Default, Deserialize, ToSchema)]
#[schema(example = json!({ "graph_id": "research", "limit": 10 }))]
pub(crate) struct AssistantSearch {
    /// Only those of this graph.
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
            metadata: write_fields(self.metadata),
        }
    }
}

/// Find assistants: one for each type of workflows and definition of yours, and those that you made.
#[utoipa::path(post, path = "/langgraph/assistants/search", tag = "threads", request_body = Option<AssistantSearch>,
    responses((status = 200, description = "They, newest first", body = Vec<Object>), Invalid))]
pub(crate) async fn search_assistants(
    door: Door<SearchAssistants>,
    body: Option<Json<AssistantSearch>>,
) -> Result<Response, ApiError> {
    let body = body.unwrap_or_default().0;
    let fields = body.select.clone();
    let request = body.into_request();
    let (limit, offset) = (request.limit.unwrap_or(10), request.offset);
    let found = door.perform(SearchAssistants(request)).await?;

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
    let request = body.unwrap_or_default().0.into_request();
    let found = door.perform(SearchAssistants(request)).await?;

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

/// Graphs of one name inside of an assistant's: none.
#[utoipa::path(get, path = "/langgraph/assistants/{assistant_id}/subgraphs/{namespace}", tag = "threads",
    params(("assistant_id" = String, Path, description = "Its id, or the name of its graph"),
        ("namespace" = String, Path, description = "The name of a graph inside")),
    responses((status = 200, description = "None", body = Object),
        (status = 404, description = "No such assistant", body = ErrorBody), Invalid))]
pub(crate) async fn get_named_subgraphs(
    door: Door<GetAssistant>,
    ids: Result<Path<(String, String)>, PathRejection>,
) -> Result<Answer<Value>, ApiError> {
    let (id, _) = read_ids(ids)?;
    door.perform(GetAssistant(GetAssistantRequest { id })).await?;
    Ok(Answer(json!({})))
}

/// An assistant to make of a graph.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({ "graph_id": "research", "name": "Careful", "metadata": { "team": "blue" } }))]
pub(crate) struct CreateAssistantBody {
    /// A UUID; one is made when left out.
    assistant_id: Option<String>,
    /// A type of workflows, or a definition of yours.
    graph_id: String,
    #[schema(value_type = Option<Object>)]
    config: Option<Map<String, Value>>,
    /// What its runs' config has, unless they say otherwise. `config.configurable` is the same.
    #[schema(value_type = Option<Object>)]
    context: Option<Map<String, Value>>,
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    #[schema(inline)]
    if_exists: Option<IfExists>,
    /// At most 200 characters; default: Untitled.
    name: Option<String>,
    /// At most 2000 characters.
    description: Option<String>,
}

/// Make an assistant of a graph, with settings of its own.
#[utoipa::path(post, path = "/langgraph/assistants", tag = "threads", request_body = CreateAssistantBody,
    responses((status = 200, description = "The assistant", body = Object),
        (status = 409, description = "There is one of this id", body = ErrorBody), Invalid))]
pub(crate) async fn create_assistant(
    door: Door<CreateAssistant>,
    Json(body): Json<CreateAssistantBody>,
) -> Result<Answer<Value>, ApiError> {
    let request = CreateAssistantRequest {
        id: body.assistant_id,
        graph: body.graph_id,
        name: body.name.unwrap_or_default(),
        description: body.description,
        config: write_fields(body.config),
        context: write_fields(body.context),
        metadata: write_fields(body.metadata),
        may_exist: body.if_exists == Some(IfExists::DoNothing),
    };
    let assistant = door.perform(CreateAssistant(request)).await?;

    Ok(Answer(assistants::write_assistant(&assistant)))
}

/// What to change of an assistant; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({ "name": "More careful", "metadata": { "team": "red" } }))]
pub(crate) struct AssistantChangeBody {
    graph_id: Option<String>,
    #[schema(value_type = Option<Object>)]
    config: Option<Map<String, Value>>,
    #[schema(value_type = Option<Object>)]
    context: Option<Map<String, Value>>,
    /// Merged into what there is.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    name: Option<String>,
    description: Option<String>,
}

/// Change an assistant: its next version, which is run from now on. One that follows from a graph is changed by its definition.
#[utoipa::path(patch, path = "/langgraph/assistants/{assistant_id}", tag = "threads", request_body = AssistantChangeBody,
    params(("assistant_id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The assistant", body = Object),
        (status = 400, description = "It follows from a graph", body = ErrorBody),
        (status = 404, description = "No such assistant", body = ErrorBody),
        (status = 409, description = "Somebody else changed it at the same time", body = ErrorBody), Invalid))]
pub(crate) async fn update_assistant(
    door: Door<UpdateAssistant>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<AssistantChangeBody>,
) -> Result<Answer<Value>, ApiError> {
    let write = |fields: Option<Map<String, Value>>| fields.map(|fields| write_fields(Some(fields)));
    let request = UpdateAssistantRequest {
        id: read_id(id)?,
        graph: body.graph_id,
        name: body.name,
        description: body.description,
        config: write(body.config),
        context: write(body.context),
        metadata: write(body.metadata),
    };
    let assistant = door.perform(UpdateAssistant(request)).await?;

    Ok(Answer(assistants::write_assistant(&assistant)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeleteAssistantQuery {
    /// `true`: the threads that it ran last are deleted, too.
    #[param(example = "false")]
    delete_threads: Option<String>,
}

/// Delete an assistant with its versions and crons. One that follows from a graph is deleted with its definition.
#[utoipa::path(delete, path = "/langgraph/assistants/{assistant_id}", tag = "threads",
    params(("assistant_id" = String, Path, description = "Its id"), DeleteAssistantQuery),
    responses((status = 204, description = "It is deleted"),
        (status = 400, description = "It follows from a graph", body = ErrorBody),
        (status = 404, description = "No such assistant", body = ErrorBody), Invalid))]
pub(crate) async fn delete_assistant(
    State(app): State<Arc<App>>,
    door: Door<DeleteAssistant>,
    id: Result<Path<String>, PathRejection>,
    Query(query): Query<DeleteAssistantQuery>,
) -> Result<StatusCode, ApiError> {
    let id = read_id(id)?;
    door.perform(DeleteAssistant(DeleteAssistantRequest { id: id.clone() }))
        .await?;
    if query.delete_threads.as_deref() == Some("true") {
        delete_threads_of(&app, &door.context, &id).await?;
    }

    Ok(StatusCode::NO_CONTENT)
}

async fn delete_threads_of(app: &App, context: &RequestContext, assistant: &str) -> Result<(), ApiError> {
    loop {
        let search = SearchThreadsRequest {
            metadata: json!({ "assistant_id": assistant }).to_string(),
            limit: Some(100),
            brief: true,
            ..SearchThreadsRequest::default()
        };
        let found = app.perform(context, SearchThreads(search)).await?.threads;
        if found.is_empty() {
            return Ok(());
        }
        for thread in found {
            let request = DeleteThreadRequest { id: thread.id };
            match app.perform(context, DeleteThread(request)).await {
                Ok(_) => {}
                // Somebody else was quicker.
                Err(error) if error.status == StatusCode::NOT_FOUND => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Which versions.
#[derive(Default, Deserialize, ToSchema)]
#[schema(example = json!({ "limit": 10 }))]
pub(crate) struct VersionSearch {
    /// Fields that must be so.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    /// 1 to 1000; default: 10.
    limit: Option<u32>,
    offset: Option<u32>,
}

/// The versions of an assistant, newest first; those of one that follows from a graph are its definition's.
#[utoipa::path(post, path = "/langgraph/assistants/{assistant_id}/versions", tag = "threads",
    request_body = Option<VersionSearch>,
    params(("assistant_id" = String, Path, description = "Its id, or the name of its graph")),
    responses((status = 200, description = "They", body = Vec<Object>),
        (status = 404, description = "No such assistant", body = ErrorBody), Invalid))]
pub(crate) async fn list_assistant_versions(
    door: Door<ListAssistantVersions>,
    id: Result<Path<String>, PathRejection>,
    body: Option<Json<VersionSearch>>,
) -> Result<Answer<Vec<Value>>, ApiError> {
    let body = body.unwrap_or_default().0;
    let request = ListAssistantVersionsRequest {
        id: read_id(id)?,
        metadata: write_fields(body.metadata),
        limit: body.limit,
        offset: body.offset.unwrap_or_default(),
    };
    let versions = door.perform(ListAssistantVersions(request)).await?;

    let told = versions.assistants.iter().map(assistants::write_assistant);
    Ok(Answer(told.collect()))
}

/// Which version is to be run.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({ "version": 1 }))]
pub(crate) struct VersionBody {
    version: u32,
}

/// Choose the version of an assistant that is run from now on.
#[utoipa::path(post, path = "/langgraph/assistants/{assistant_id}/latest", tag = "threads", request_body = VersionBody,
    params(("assistant_id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The assistant", body = Object),
        (status = 400, description = "It follows from a graph", body = ErrorBody),
        (status = 404, description = "No such assistant or version", body = ErrorBody),
        (status = 409, description = "Somebody else changed it at the same time", body = ErrorBody), Invalid))]
pub(crate) async fn set_assistant_version(
    door: Door<SetAssistantVersion>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<VersionBody>,
) -> Result<Answer<Value>, ApiError> {
    let request = SetAssistantVersionRequest {
        id: read_id(id)?,
        version: body.version,
    };
    let assistant = door.perform(SetAssistantVersion(request)).await?;

    Ok(Answer(assistants::write_assistant(&assistant)))
}
