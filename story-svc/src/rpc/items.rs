//! `saga.v1.Items`.

use kit::into_status;
use kit::rpc::actor_of;
use proto::v1;
use proto::v1::items_server::Items;
use serde_json::Value;
use tonic::{Request, Response, Status};

use super::convert;
use crate::domain::item::Item;
use crate::domain::items::{self as domain, PutItem, RawItemQuery};
use crate::error::StoryError;

pub(crate) struct ItemsRpc(pub(crate) domain::Items);

#[tonic::async_trait]
impl Items for ItemsRpc {
    async fn put_item(&self, request: Request<v1::PutItemRequest>) -> Result<Response<v1::Item>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let put = PutItem {
            value: read_json("value", &message.value).map_err(into_status)?,
            namespace: message.namespace,
            key: message.key,
            ttl_seconds: message.ttl_seconds,
        };
        let item = self.0.put(actor.user_id, put).await;
        item.map(encode).map(Response::new).map_err(into_status)
    }

    async fn get_item(&self, request: Request<v1::GetItemRequest>) -> Result<Response<v1::Item>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let item = self.0.get(actor.user_id, &message.namespace, &message.key).await;
        item.map(encode).map(Response::new).map_err(into_status)
    }

    async fn delete_item(
        &self,
        request: Request<v1::DeleteItemRequest>,
    ) -> Result<Response<v1::DeleteItemResponse>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let deleted = self
            .0
            .delete(actor.user_id, &message.namespace, &message.key)
            .await;
        deleted.map_err(into_status)?;
        Ok(Response::new(v1::DeleteItemResponse {}))
    }

    async fn search_items(
        &self,
        request: Request<v1::SearchItemsRequest>,
    ) -> Result<Response<v1::SearchItemsResponse>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let query = RawItemQuery {
            filter: read_json("filter", &message.filter).map_err(into_status)?,
            namespace: message.namespace,
            text: message.text,
            limit: message.limit,
            offset: message.offset,
        };

        let items = self.0.search(actor.user_id, query).await.map_err(into_status)?;

        Ok(Response::new(v1::SearchItemsResponse {
            items: items.into_iter().map(encode).collect(),
        }))
    }

    async fn list_namespaces(
        &self,
        request: Request<v1::ListNamespacesRequest>,
    ) -> Result<Response<v1::ListNamespacesResponse>, Status> {
        let actor = actor_of(&request)?;
        let found = self
            .0
            .list_namespaces(actor.user_id, &request.into_inner().namespace)
            .await;
        let namespaces = found.map_err(into_status)?.into_iter();
        Ok(Response::new(v1::ListNamespacesResponse {
            namespaces: namespaces.map(|parts| v1::Namespace { parts }).collect(),
        }))
    }
}

/// Null for an empty text. What is too long is told before it is read.
fn read_json(field: &str, text: &str) -> Result<Value, StoryError> {
    if text.len() > 1024 * 1024 {
        return Err(StoryError::invalid(field, "at most 256 KiB"));
    }
    match text.trim() {
        "" => Ok(Value::Null),
        text => serde_json::from_str(text).map_err(|_| StoryError::invalid(field, "a JSON object")),
    }
}

fn encode(item: Item) -> v1::Item {
    v1::Item {
        namespace: item.namespace,
        key: item.key,
        value: item.value.to_string(),
        created_at: Some(convert::timestamp(item.created_at)),
        updated_at: Some(convert::timestamp(item.updated_at)),
        expires_at: item.expires_at.map(convert::timestamp),
    }
}
