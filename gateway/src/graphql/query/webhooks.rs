//! Webhooks and the log of what they were told.

use async_graphql::{Context, Object, Result};
use gql::connection::{PAGE_DEFAULT, Page, PageArguments};
use proto::v1::{
    GetWebhookDeliveryRequest, GetWebhookRequest, ListWebhookDeliveriesRequest, ListWebhooksRequest,
};

use crate::{
    graphql::{
        Ask,
        connection::parse_page,
        object::webhook::{Webhook, WebhookDelivery},
        scalar::IdInput,
    },
    operation::webhooks::{GetWebhook, GetWebhookDelivery, ListWebhookDeliveries, ListWebhooks},
};

#[derive(Default)]
pub(crate) struct WebhooksQuery;

#[Object]
impl WebhooksQuery {
    /// One webhook of yours; null when there is none with that id.
    async fn webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the webhook.")] id: IdInput,
    ) -> Result<Option<Webhook>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&id, "id")?.to_string();
        let webhook = door.find(GetWebhook(GetWebhookRequest { id })).await?;

        Ok(webhook.map(Webhook::from))
    }

    /// Your webhooks, oldest first.
    async fn webhooks(&self, ctx: &Context<'_>) -> Result<Option<Vec<Webhook>>> {
        let list = ctx
            .door()
            .await?
            .perform(ListWebhooks(ListWebhooksRequest {}))
            .await?;
        Ok(Some(list.webhooks.into_iter().map(Webhook::from).collect()))
    }

    /// What a webhook of yours was told in the last 30 days, newest first; null when there is none with that id.
    async fn webhook_deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the webhook.")] webhook_id: IdInput,
        #[graphql(desc = "Only deliveries after the row with this cursor.")] after: Option<String>,
        #[graphql(
            desc = "How many from the beginning: 1 to 100.",
            default_with = "Some(PAGE_DEFAULT)"
        )]
        first: Option<i64>,
    ) -> Result<Option<Page<WebhookDelivery>>> {
        let door = ctx.door::<ListWebhookDeliveries>().await?;
        let arguments = PageArguments {
            first,
            after,
            ..PageArguments::default()
        };
        let asked = parse_page(arguments).map_err(|error| ctx.fail(error))?;
        let request = ListWebhookDeliveriesRequest {
            webhook_id: ctx.parse_id(&webhook_id, "webhookId")?.to_string(),
            page_size: Some(asked.size),
            page_token: Some(asked.token.clone()).filter(|token| !token.is_empty()),
        };
        let Some(list) = door.find(ListWebhookDeliveries(request)).await? else {
            return Ok(None);
        };

        let rows = list.deliveries.into_iter().map(|mut delivery| {
            let cursor = delivery.page_token.take().unwrap_or_default();
            (cursor, WebhookDelivery::from(delivery))
        });
        Ok(Some(asked.page(rows, list.next_page_token.is_some())))
    }

    /// One delivery of a webhook of yours, with what is sent; null when there is none.
    async fn webhook_delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the webhook.")] webhook_id: IdInput,
        #[graphql(desc = "The id of the delivery.")] id: IdInput,
    ) -> Result<Option<WebhookDelivery>> {
        let door = ctx.door().await?;
        let request = GetWebhookDeliveryRequest {
            webhook_id: ctx.parse_id(&webhook_id, "webhookId")?.to_string(),
            id: ctx.parse_id(&id, "id")?.to_string(),
        };
        let delivery = door.find(GetWebhookDelivery(request)).await?;

        Ok(delivery.map(WebhookDelivery::from))
    }
}
