//! What workflows and agents remember.

use async_graphql::{Context, Object, Result};
use proto::v1::{GetItemRequest, ListNamespacesRequest, SearchItemsRequest};

use crate::{
    graphql::{Ask, input::write_json, object::item::Item, scalar::Json},
    operation::items::{GetItem, ListNamespaces, SearchItems},
};

#[derive(Default)]
pub(crate) struct ItemsQuery;

#[Object]
impl ItemsQuery {
    /// One item; null when there is none, or it has expired.
    async fn item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where it lies, part by part.")] namespace: Vec<String>,
        #[graphql(desc = "The name that it has there.")] key: String,
    ) -> Result<Option<Item>> {
        let request = GetItemRequest { namespace, key };
        let item = ctx.door().await?.find(GetItem(request)).await?;

        Ok(item.map(Item::from))
    }

    /// What is remembered in a namespace and below it, by namespace and key.
    async fn items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The beginning of a namespace; all when left out.")] namespace: Option<Vec<String>>,
        #[graphql(desc = "An object of fields and what they must be.")] filter: Option<Json>,
        #[graphql(desc = "Words that the texts in it must all contain.")] text: Option<String>,
        #[graphql(desc = "How many: 1 to 100; 20 when left out.")] limit: Option<u32>,
        #[graphql(desc = "How many to pass over.")] offset: Option<u32>,
    ) -> Result<Option<Vec<Item>>> {
        let request = SearchItemsRequest {
            namespace: namespace.unwrap_or_default(),
            filter: write_json(filter, "filter").map_err(|error| ctx.fail(error))?,
            text: text.unwrap_or_default(),
            limit,
            offset: offset.unwrap_or_default(),
        };
        let found = ctx.door().await?.perform(SearchItems(request)).await?;

        Ok(Some(found.items.into_iter().map(Item::from).collect()))
    }

    /// The namespaces that have items, at most 1000, in order.
    async fn item_namespaces(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The beginning of a namespace; all when left out.")] namespace: Option<Vec<String>>,
    ) -> Result<Option<Vec<Vec<String>>>> {
        let request = ListNamespacesRequest {
            namespace: namespace.unwrap_or_default(),
        };
        let list = ctx.door().await?.perform(ListNamespaces(request)).await?;
        let namespaces = list.namespaces.into_iter().map(|namespace| namespace.parts);

        Ok(Some(namespaces.collect()))
    }
}
