//! Webhooks: made, changed, deleted, given a new secret; a delivery sent once more.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use proto::v1::{
    self, CreateWebhookRequest, DeleteWebhookRequest, EventTypes, ReplayWebhookDeliveryRequest,
    RotateWebhookSecretRequest, UpdateWebhookRequest,
};

use crate::{
    graphql::{
        Ask,
        object::webhook::{Webhook, WebhookDelivery},
        scalar::{Id, IdInput},
    },
    operation::webhooks::{
        CreateWebhook, DeleteWebhook, ReplayWebhookDelivery, RotateWebhookSecret, UpdateWebhook,
    },
};

#[derive(Default)]
pub(crate) struct WebhooksMutation;

/// An address to be told what happens.
#[derive(InputObject)]
struct CreateWebhookInput {
    /// An https address of the public internet.
    url: String,
    /// `workflow.` or `story.` with `started`, `interrupted`, `completed`, `failed` or `cancelled`; `budget.threshold_reached`;
    /// `backup.overdue`; all when left out.
    event_types: Option<Vec<String>>,
    /// Whether it is on; it is when left out.
    active: Option<bool>,
}

/// A webhook with its secret.
#[derive(SimpleObject)]
struct CreateWebhookPayload {
    /// The webhook that was made.
    webhook: Webhook,
    /// What its messages are signed with, `whsec_…`; shown this one time.
    secret: Option<String>,
}

/// What to change of a webhook; what is left out stays.
#[derive(InputObject)]
struct UpdateWebhookInput {
    /// The id of a webhook of yours.
    id: IdInput,
    /// Where its messages go from now on.
    url: Option<String>,
    /// What it is told of; an empty list is all.
    event_types: Option<Vec<String>>,
    /// Whether it is on.
    active: Option<bool>,
}

/// The webhook as it is now.
#[derive(SimpleObject)]
struct UpdateWebhookPayload {
    /// The webhook that was changed.
    webhook: Webhook,
}

/// The webhook to delete.
#[derive(InputObject)]
struct DeleteWebhookInput {
    /// The id of a webhook of yours.
    id: IdInput,
}

/// What is left of a webhook that was deleted.
#[derive(SimpleObject)]
struct DeleteWebhookPayload {
    /// The id that it had.
    deleted_webhook_id: Id<'static>,
}

/// The webhook to give a new secret.
#[derive(InputObject)]
struct RotateWebhookSecretInput {
    /// The id of a webhook of yours.
    id: IdInput,
}

/// A webhook with its new secret.
#[derive(SimpleObject)]
struct RotateWebhookSecretPayload {
    /// The webhook whose secret was replaced.
    webhook: Webhook,
    /// What its messages are signed with from now on; for 24 hours they are signed with the one before, too.
    secret: Option<String>,
}

/// The delivery to send once more.
#[derive(InputObject)]
struct ReplayWebhookDeliveryInput {
    /// The id of a webhook of yours.
    webhook_id: IdInput,
    /// The id of one of its deliveries.
    id: IdInput,
}

/// The delivery that is sent soon.
#[derive(SimpleObject)]
struct ReplayWebhookDeliveryPayload {
    /// The delivery, which waits to be sent again.
    delivery: WebhookDelivery,
}

fn take_secret(mut webhook: v1::Webhook) -> (Webhook, Option<String>) {
    let secret = webhook.secret.take();
    (webhook.into(), secret)
}

#[Object]
impl WebhooksMutation {
    /// Have an address told what happens to your workflows and stories, in the form of Standard Webhooks.
    async fn create_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address, and what it is told of.")] input: CreateWebhookInput,
    ) -> Result<Option<CreateWebhookPayload>> {
        let request = CreateWebhookRequest {
            url: input.url,
            event_types: input.event_types.unwrap_or_default(),
            active: input.active,
        };
        let made = ctx.door().await?.perform(CreateWebhook(request)).await?;
        let (webhook, secret) = take_secret(made);

        Ok(Some(CreateWebhookPayload { webhook, secret }))
    }

    /// Change a webhook's address, what it is told of, or whether it is on.
    async fn update_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The webhook, and what to change.")] input: UpdateWebhookInput,
    ) -> Result<Option<UpdateWebhookPayload>> {
        let door = ctx.door().await?;
        let request = UpdateWebhookRequest {
            id: ctx.parse_id(&input.id, "input.id")?.to_string(),
            url: input.url,
            event_types: input.event_types.map(|event_types| EventTypes { event_types }),
            active: input.active,
        };
        let webhook = door.perform(UpdateWebhook(request)).await?;

        Ok(Some(UpdateWebhookPayload {
            webhook: webhook.into(),
        }))
    }

    /// Delete a webhook with its log.
    async fn delete_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The webhook to delete.")] input: DeleteWebhookInput,
    ) -> Result<Option<DeleteWebhookPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?.to_string();
        door.perform(DeleteWebhook(DeleteWebhookRequest { id: id.clone() }))
            .await?;

        Ok(Some(DeleteWebhookPayload {
            deleted_webhook_id: id.into(),
        }))
    }

    /// Give a webhook a new secret.
    async fn rotate_webhook_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The webhook that gets another secret.")] input: RotateWebhookSecretInput,
    ) -> Result<Option<RotateWebhookSecretPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?.to_string();
        let rotated = door
            .perform(RotateWebhookSecret(RotateWebhookSecretRequest { id }))
            .await?;
        let (webhook, secret) = take_secret(rotated);

        Ok(Some(RotateWebhookSecretPayload { webhook, secret }))
    }

    /// Send a delivery once more, now, under the same `webhook-id`.
    async fn replay_webhook_delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The delivery to send once more.")] input: ReplayWebhookDeliveryInput,
    ) -> Result<Option<ReplayWebhookDeliveryPayload>> {
        let door = ctx.door().await?;
        let request = ReplayWebhookDeliveryRequest {
            webhook_id: ctx.parse_id(&input.webhook_id, "input.webhookId")?.to_string(),
            id: ctx.parse_id(&input.id, "input.id")?.to_string(),
        };
        let delivery = door.perform(ReplayWebhookDelivery(request)).await?;

        Ok(Some(ReplayWebhookDeliveryPayload {
            delivery: delivery.into(),
        }))
    }
}
