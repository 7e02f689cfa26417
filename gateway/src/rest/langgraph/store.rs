//! The store of LangGraph's API: the items that workflows remember.

use axum::Json as Answer;
use http::StatusCode;
use proto::v1::{
    DeleteItemRequest, GetItemRequest, Item, ListNamespacesRequest, PutItemRequest, SearchItemsRequest,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::write_fields;
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json, Query},
    operation::items::{DeleteItem, GetItem, ListNamespaces, PutItem, SearchItems},
    rest::answers::Invalid,
    view::stories::rfc3339,
};

fn write_item(item: &Item) -> Value {
    json!({
        "namespace": item.namespace,
        "key": item.key,
        "value": serde_json::from_str::<Value>(&item.value).unwrap_or_default(),
        "created_at": rfc3339(item.created_at.as_ref()),
        "updated_at": rfc3339(item.updated_at.as_ref()),
    })
}

/// Something to remember.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({ "namespace": ["notes", "ada"], "key": "tea", "value": { "likes": "green" } }))]
pub(crate) struct StoreItemBody {
    /// 1 to 10 parts, each 1 to 100 characters without `/`.
    namespace: Vec<String>,
    /// 1 to 255 characters.
    key: String,
    /// At most 256 KiB.
    #[schema(value_type = Object)]
    value: Map<String, Value>,
    /// Minutes from now on.
    ttl: Option<f64>,
}

/// Remember something, in place of what was there.
#[utoipa::path(put, path = "/langgraph/store/items", tag = "threads", request_body = StoreItemBody,
    responses((status = 204, description = "It is remembered"), Invalid))]
pub(crate) async fn put_store_item(
    door: Door<PutItem>,
    Json(body): Json<StoreItemBody>,
) -> Result<StatusCode, ApiError> {
    let seconds = body
        .ttl
        .map(|minutes| (minutes * 60.0).clamp(0.0, f64::from(u32::MAX)).ceil() as u32);
    let request = PutItemRequest {
        namespace: body.namespace,
        key: body.key,
        value: Value::Object(body.value).to_string(),
        ttl_seconds: seconds,
    };
    door.perform(PutItem(request)).await?;

    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StoreItemQuery {
    /// Its parts with `.` between them.
    #[param(example = "notes.ada")]
    namespace: Option<String>,
    #[param(example = "tea")]
    key: String,
}

/// Something that is remembered; null when there is nothing.
#[utoipa::path(get, path = "/langgraph/store/items", tag = "threads", params(StoreItemQuery),
    responses((status = 200, description = "The item, or null", body = Option<Object>),
        (status = 404, description = "Never: what is not there is null", body = ErrorBody), Invalid))]
pub(crate) async fn get_store_item(
    door: Door<GetItem>,
    Query(query): Query<StoreItemQuery>,
) -> Result<Answer<Value>, ApiError> {
    let namespace = query.namespace.unwrap_or_default();
    let request = GetItemRequest {
        namespace: namespace
            .split('.')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect(),
        key: query.key,
    };

    match door.perform(GetItem(request)).await {
        Ok(item) => Ok(Answer(write_item(&item))),
        Err(error) if error.status == StatusCode::NOT_FOUND => Ok(Answer(Value::Null)),
        Err(error) => Err(error),
    }
}

/// What to forget.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({ "namespace": ["notes", "ada"], "key": "tea" }))]
pub(crate) struct StoreKeyBody {
    namespace: Vec<String>,
    key: String,
}

/// Forget something. What is not there is no mistake.
#[utoipa::path(delete, path = "/langgraph/store/items", tag = "threads", request_body = StoreKeyBody,
    responses((status = 204, description = "It is forgotten"),
        (status = 404, description = "Never: what is not there is forgotten", body = ErrorBody), Invalid))]
pub(crate) async fn delete_store_item(
    door: Door<DeleteItem>,
    Json(body): Json<StoreKeyBody>,
) -> Result<StatusCode, ApiError> {
    let request = DeleteItemRequest {
        namespace: body.namespace,
        key: body.key,
    };
    match door.perform(DeleteItem(request)).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(error) if error.status == StatusCode::NOT_FOUND => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err(error),
    }
}

/// What is looked for.
#[derive(Default, Deserialize, ToSchema)]
#[schema(example = json!({ "namespace_prefix": ["notes"], "filter": { "likes": "green" }, "limit": 10 }))]
pub(crate) struct StoreSearchBody {
    namespace_prefix: Option<Vec<String>>,
    /// Fields of the value that must be so.
    #[schema(value_type = Option<Object>)]
    filter: Option<Map<String, Value>>,
    /// 1 to 100; default: 10.
    limit: Option<u32>,
    offset: Option<u32>,
    /// Words that the value's texts must all contain.
    query: Option<String>,
}

/// Search what is remembered.
#[utoipa::path(post, path = "/langgraph/store/items/search", tag = "threads", request_body = Option<StoreSearchBody>,
    responses((status = 200, description = "What was found, by namespace and key", body = Object), Invalid))]
pub(crate) async fn search_store_items(
    door: Door<SearchItems>,
    body: Option<Json<StoreSearchBody>>,
) -> Result<Answer<Value>, ApiError> {
    let body = body.unwrap_or_default().0;
    let request = SearchItemsRequest {
        namespace: body.namespace_prefix.unwrap_or_default(),
        filter: write_fields(body.filter),
        text: body.query.unwrap_or_default(),
        limit: Some(body.limit.unwrap_or(10)),
        offset: body.offset.unwrap_or_default(),
    };
    let found = door.perform(SearchItems(request)).await?;

    let items = found.items.iter().map(|item| {
        let mut written = write_item(item);
        written["score"] = Value::Null;
        written
    });
    Ok(Answer(json!({ "items": items.collect::<Vec<_>>() })))
}

/// Which namespaces.
#[derive(Default, Deserialize, ToSchema)]
#[schema(example = json!({ "prefix": ["notes"], "limit": 100 }))]
pub(crate) struct StoreNamespacesBody {
    prefix: Option<Vec<String>>,
    suffix: Option<Vec<String>>,
    /// Longer ones are cut to so many parts.
    max_depth: Option<usize>,
    /// Default: 100.
    limit: Option<usize>,
    offset: Option<usize>,
}

/// The namespaces that have items.
#[utoipa::path(post, path = "/langgraph/store/namespaces", tag = "threads", request_body = Option<StoreNamespacesBody>,
    responses((status = 200, description = "They, in order", body = Object), Invalid))]
pub(crate) async fn list_store_namespaces(
    door: Door<ListNamespaces>,
    body: Option<Json<StoreNamespacesBody>>,
) -> Result<Answer<Value>, ApiError> {
    let body = body.unwrap_or_default().0;
    let request = ListNamespacesRequest {
        namespace: body.prefix.unwrap_or_default(),
    };
    let found = door.perform(ListNamespaces(request)).await?;

    let suffix = body.suffix.unwrap_or_default();
    let mut namespaces: Vec<Vec<String>> = found.namespaces.into_iter().map(|one| one.parts).collect();
    namespaces.retain(|parts| parts.ends_with(&suffix));
    for parts in &mut namespaces {
        parts.truncate(body.max_depth.unwrap_or(usize::MAX));
    }
    namespaces.dedup();
    let page = namespaces
        .into_iter()
        .skip(body.offset.unwrap_or_default())
        .take(body.limit.unwrap_or(100));
    Ok(Answer(json!({ "namespaces": page.collect::<Vec<_>>() })))
}
