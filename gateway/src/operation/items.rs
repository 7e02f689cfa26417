//! What workflows and agents remember: items by namespace and key.

use proto::v1::{
    DeleteItemRequest, DeleteItemResponse, GetItemRequest, Item, ListNamespacesRequest,
    ListNamespacesResponse, PutItemRequest, SearchItemsRequest, SearchItemsResponse,
};
use tonic::Status;

use super::{Field, Operation, Price, Service, caller_kind::SignedIn, rpc::rpc_operations};
use crate::{
    identity::{ReadWorkflows, RequestContext, WriteWorkflows},
    services::Services,
};

rpc_operations! {
    PutItem(PutItemRequest) -> Item: items.put_item,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::Mutation("putItem");
    GetItem(GetItemRequest) -> Item: items.get_item,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::Query("item");
    DeleteItem(DeleteItemRequest) -> DeleteItemResponse: items.delete_item,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::Mutation("deleteItem");
    SearchItems(SearchItemsRequest) -> SearchItemsResponse: items.search_items,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::Query("items");
    ListNamespaces(ListNamespacesRequest) -> ListNamespacesResponse: items.list_namespaces,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::Query("itemNamespaces");
}
