//! Items: remembered and forgotten.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use proto::v1::{DeleteItemRequest, PutItemRequest};

use crate::{
    graphql::{Ask, input::write_json, object::item::Item, scalar::Json},
    operation::items::{DeleteItem, PutItem},
};

#[derive(Default)]
pub(crate) struct ItemsMutation;

/// An item to keep, in place of what its key had before.
#[derive(InputObject)]
struct PutItemInput {
    /// Where it lies: 1 to 10 parts, each 1 to 100 characters without `/`.
    namespace: Vec<String>,
    /// The name that it has there: 1 to 255 characters.
    key: String,
    /// An object of at most 256 KiB.
    value: Json,
    /// For how long from now on; when it expires stays as it is when left out.
    ttl_seconds: Option<u32>,
}

/// The item as it is now.
#[derive(SimpleObject)]
struct PutItemPayload {
    /// The item as it is kept now.
    item: Item,
}

/// Which item is deleted, by namespace and key.
#[derive(InputObject)]
struct DeleteItemInput {
    /// Where it lies, part by part.
    namespace: Vec<String>,
    /// The name that it has there.
    key: String,
}

/// What is left of an item that was forgotten.
#[derive(SimpleObject)]
struct DeleteItemPayload {
    /// The name that it had.
    deleted_key: String,
}

#[Object]
impl ItemsMutation {
    /// Remember something, in place of what was there.
    async fn put_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to remember, and where.")] input: PutItemInput,
    ) -> Result<Option<PutItemPayload>> {
        let request = PutItemRequest {
            value: write_json(Some(input.value), "input.value").map_err(|error| ctx.fail(error))?,
            namespace: input.namespace,
            key: input.key,
            ttl_seconds: input.ttl_seconds,
        };
        let item = ctx.door().await?.perform(PutItem(request)).await?;

        Ok(Some(PutItemPayload { item: item.into() }))
    }

    /// Delete an item of yours; one that is not there is no mistake.
    async fn delete_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which item is deleted.")] input: DeleteItemInput,
    ) -> Result<Option<DeleteItemPayload>> {
        let key = input.key;
        let request = DeleteItemRequest {
            namespace: input.namespace,
            key: key.clone(),
        };
        ctx.door().await?.perform(DeleteItem(request)).await?;

        Ok(Some(DeleteItemPayload { deleted_key: key }))
    }
}
