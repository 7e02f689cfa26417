//! Items over REST: written, read, deleted, searched.

use axum::Json as Answer;
use proto::v1::{
    DeleteItemRequest, GetItemRequest, ListNamespacesRequest, PutItemRequest, SearchItemsRequest,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::{answers::Invalid, workflows::write_object};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json, Query},
    operation::items::{DeleteItem, GetItem, ListNamespaces, PutItem, SearchItems},
    view::{
        accounts::Done,
        items::{ItemView, NamespacesView},
    },
};

/// The parts of a namespace: `notes/ada`.
fn split_namespace(text: &str) -> Vec<String> {
    match text.is_empty() {
        true => Vec::new(),
        false => text.split('/').map(str::to_owned).collect(),
    }
}

/// Something to remember.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "namespace": ["notes", "ada"], "key": "tea", "value": { "likes": "green" }, "ttl_seconds": 86400 }))]
pub(crate) struct PutItemBody {
    /// 1 to 10 parts, each 1 to 100 characters without `/`.
    namespace: Vec<String>,
    /// 1 to 255 characters.
    key: String,
    /// At most 256 KiB.
    #[schema(value_type = Object)]
    value: Map<String, Value>,
    /// 1 to 31536000 from now on; when it expires stays as it is when left out.
    #[serde(alias = "ttlSeconds")]
    ttl_seconds: Option<u32>,
}

/// Remember something, in place of what was there. At most 64 MiB and 10,000 items.
#[utoipa::path(put, path = "/api/v1/items", tag = "items", request_body = PutItemBody,
    responses(
        (status = 200, description = "The item", body = ItemView),
        (status = 400, description = "Not JSON, or there is no room for it", body = ErrorBody),
        Invalid))]
pub(crate) async fn put_item(
    door: Door<PutItem>,
    Json(body): Json<PutItemBody>,
) -> Result<Answer<ItemView>, ApiError> {
    let request = PutItemRequest {
        namespace: body.namespace,
        key: body.key,
        value: Value::Object(body.value).to_string(),
        ttl_seconds: body.ttl_seconds,
    };
    let item = door.perform(PutItem(request)).await?;

    Ok(Answer(item.into()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ItemQuery {
    /// Its parts with `/` between them.
    #[param(example = "notes/ada")]
    namespace: String,
    #[param(example = "tea")]
    key: String,
}

/// Something that is remembered.
#[utoipa::path(get, path = "/api/v1/items", tag = "items", params(ItemQuery),
    responses(
        (status = 200, description = "The item", body = ItemView),
        (status = 404, description = "There is none, or it has expired", body = ErrorBody),
        Invalid))]
pub(crate) async fn get_item(
    door: Door<GetItem>,
    Query(query): Query<ItemQuery>,
) -> Result<Answer<ItemView>, ApiError> {
    let request = GetItemRequest {
        namespace: split_namespace(&query.namespace),
        key: query.key,
    };
    let item = door.perform(GetItem(request)).await?;

    Ok(Answer(item.into()))
}

/// Forget something.
#[utoipa::path(delete, path = "/api/v1/items", tag = "items", params(ItemQuery),
    responses(
        (status = 200, description = "It is forgotten", body = Done),
        (status = 404, description = "There is none, or it has expired", body = ErrorBody),
        Invalid))]
pub(crate) async fn delete_item(
    door: Door<DeleteItem>,
    Query(query): Query<ItemQuery>,
) -> Result<Answer<Done>, ApiError> {
    let request = DeleteItemRequest {
        namespace: split_namespace(&query.namespace),
        key: query.key,
    };
    door.perform(DeleteItem(request)).await?;

    Ok(Answer(Done::YES))
}

/// Which items; all that is given must hold.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "namespace": ["notes"], "filter": { "likes": "green" }, "text": "tea" }))]
pub(crate) struct SearchItemsBody {
    /// Its beginning; default: all.
    #[serde(default)]
    namespace: Vec<String>,
    /// At most 10 fields, and the text, number, truth value or null that they must be.
    #[schema(value_type = Option<Object>)]
    filter: Option<Map<String, Value>>,
    /// Words that the texts in it must all contain, in any case.
    #[serde(default)]
    text: String,
    /// 1 to 100; default: 20.
    limit: Option<u32>,
    /// At most 10000; default: 0.
    #[serde(default)]
    offset: u32,
}

/// Search what is remembered, by namespace and key.
#[utoipa::path(post, path = "/api/v1/items/search", tag = "items", request_body = SearchItemsBody,
    responses((status = 200, description = "The items", body = Vec<ItemView>), Invalid))]
pub(crate) async fn search_items(
    door: Door<SearchItems>,
    Json(body): Json<SearchItemsBody>,
) -> Result<Answer<Vec<ItemView>>, ApiError> {
    let request = SearchItemsRequest {
        namespace: body.namespace,
        filter: write_object(body.filter),
        text: body.text,
        limit: body.limit,
        offset: body.offset,
    };
    let found = door.perform(SearchItems(request)).await?;

    Ok(Answer(found.items.into_iter().map(ItemView::from).collect()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NamespaceQuery {
    /// Its beginning, parts with `/` between them; default: all.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    namespace: String,
}

/// The namespaces that have items.
#[utoipa::path(get, path = "/api/v1/items/namespaces", tag = "items", params(NamespaceQuery),
    responses((status = 200, description = "The namespaces", body = NamespacesView), Invalid))]
pub(crate) async fn list_item_namespaces(
    door: Door<ListNamespaces>,
    Query(query): Query<NamespaceQuery>,
) -> Result<Answer<NamespacesView>, ApiError> {
    let request = ListNamespacesRequest {
        namespace: split_namespace(&query.namespace),
    };
    let list = door.perform(ListNamespaces(request)).await?;

    Ok(Answer(list.into()))
}
