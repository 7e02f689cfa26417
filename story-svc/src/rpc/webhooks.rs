//! `saga.v1.Webhooks`.

use chrono::DateTime;
use kit::into_status;
use kit::page::Cursor;
use kit::rpc::actor_of;
use proto::v1;
use proto::v1::webhook_events_server::WebhookEvents;
use proto::v1::webhooks_server::Webhooks;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert;
use crate::domain::webhook::{AnnouncedEvent, DeliveryState, Webhook, WebhookDelivery};
use crate::domain::webhooks::{self as domain, WebhookChange};
use crate::error::StoryError;

/// What tokens of lists of deliveries are marked with.
const LIST: &str = "deliveries of a webhook, the newest first";

#[derive(Clone)]
pub(crate) struct WebhooksRpc(pub(crate) domain::Webhooks);

#[tonic::async_trait]
impl Webhooks for WebhooksRpc {
    async fn create_webhook(
        &self,
        request: Request<v1::CreateWebhookRequest>,
    ) -> Result<Response<v1::Webhook>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let wanted = WebhookChange {
            url: Some(message.url),
            event_types: Some(message.event_types),
            active: message.active,
        };
        let made = self.0.create(&actor, wanted).await.map_err(into_status)?;
        Ok(Response::new(with_secret(made)))
    }

    async fn get_webhook(
        &self,
        request: Request<v1::GetWebhookRequest>,
    ) -> Result<Response<v1::Webhook>, Status> {
        let actor = actor_of(&request)?;
        let found = self.0.get(&actor, &request.into_inner().id).await;
        found.map(encode).map(Response::new).map_err(into_status)
    }

    async fn list_webhooks(
        &self,
        request: Request<v1::ListWebhooksRequest>,
    ) -> Result<Response<v1::ListWebhooksResponse>, Status> {
        let actor = actor_of(&request)?;
        let webhooks = self.0.list(&actor).await.map_err(into_status)?;
        Ok(Response::new(v1::ListWebhooksResponse {
            webhooks: webhooks.into_iter().map(encode).collect(),
        }))
    }

    async fn update_webhook(
        &self,
        request: Request<v1::UpdateWebhookRequest>,
    ) -> Result<Response<v1::Webhook>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let change = WebhookChange {
            url: message.url,
            event_types: message.event_types.map(|types| types.event_types),
            active: message.active,
        };
        let updated = self.0.update(&actor, &message.id, change).await;
        updated.map(encode).map(Response::new).map_err(into_status)
    }

    async fn delete_webhook(
        &self,
        request: Request<v1::DeleteWebhookRequest>,
    ) -> Result<Response<v1::DeleteWebhookResponse>, Status> {
        let actor = actor_of(&request)?;
        let deleted = self.0.delete(&actor, &request.into_inner().id).await;
        deleted.map_err(into_status)?;
        Ok(Response::new(v1::DeleteWebhookResponse {}))
    }

    async fn rotate_webhook_secret(
        &self,
        request: Request<v1::RotateWebhookSecretRequest>,
    ) -> Result<Response<v1::Webhook>, Status> {
        let actor = actor_of(&request)?;
        let rotated = self.0.rotate(&actor, &request.into_inner().id).await;
        rotated.map(with_secret).map(Response::new).map_err(into_status)
    }

    async fn list_webhook_deliveries(
        &self,
        request: Request<v1::ListWebhookDeliveriesRequest>,
    ) -> Result<Response<v1::ListWebhookDeliveriesResponse>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let page = convert::page(message.page_size, message.page_token.as_deref(), LIST);
        let page = page.map_err(into_status)?;
        let list = self.0.list_deliveries(&actor, &message.webhook_id, page).await;
        let list = list.map_err(into_status)?;

        Ok(Response::new(v1::ListWebhookDeliveriesResponse {
            deliveries: list.items.into_iter().map(delivery).collect(),
            next_page_token: list.next.map(|next| next.encode(LIST)),
        }))
    }

    async fn get_webhook_delivery(
        &self,
        request: Request<v1::GetWebhookDeliveryRequest>,
    ) -> Result<Response<v1::WebhookDelivery>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let found = self
            .0
            .get_delivery(&actor, &message.webhook_id, &message.id)
            .await;
        found.map(delivery).map(Response::new).map_err(into_status)
    }

    async fn replay_webhook_delivery(
        &self,
        request: Request<v1::ReplayWebhookDeliveryRequest>,
    ) -> Result<Response<v1::WebhookDelivery>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let sent = self.0.replay(&actor, &message.webhook_id, &message.id).await;
        sent.map(delivery).map(Response::new).map_err(into_status)
    }
}

#[tonic::async_trait]
impl WebhookEvents for WebhooksRpc {
    async fn announce_event(
        &self,
        request: Request<v1::AnnounceEventRequest>,
    ) -> Result<Response<v1::AnnounceEventResponse>, Status> {
        let actor = actor_of(&request)?;
        let event = decode_event(request.into_inner()).map_err(into_status)?;
        let told = self.0.announce(&actor, &event).await;
        let deliveries = told.map_err(into_status)?;

        Ok(Response::new(v1::AnnounceEventResponse { deliveries }))
    }
}

fn decode_event(message: v1::AnnounceEventRequest) -> Result<AnnouncedEvent, StoryError> {
    let id =
        |field: &str, text: &str| Uuid::try_parse(text).map_err(|_| StoryError::invalid(field, "a UUID"));
    let at = message
        .at
        .and_then(|at| DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).unwrap_or_default()));
    let data = serde_json::from_str(&message.data);

    Ok(AnnouncedEvent {
        id: id("id", &message.id)?,
        user_id: id("user_id", &message.user_id)?,
        event_type: message.event_type,
        at: at.ok_or_else(|| StoryError::invalid("at", "a time"))?,
        data: data.map_err(|_| StoryError::invalid("data", "a JSON object"))?,
    })
}

fn encode(webhook: Webhook) -> v1::Webhook {
    v1::Webhook {
        id: webhook.id.to_string(),
        url: webhook.url,
        event_types: webhook.event_types,
        active: webhook.active,
        secret: None,
        created_at: Some(convert::timestamp(webhook.created_at)),
        updated_at: Some(convert::timestamp(webhook.updated_at)),
    }
}

fn with_secret((webhook, secret): (Webhook, String)) -> v1::Webhook {
    v1::Webhook {
        secret: Some(secret),
        ..encode(webhook)
    }
}

fn delivery(delivery: WebhookDelivery) -> v1::WebhookDelivery {
    let cursor = Cursor {
        at: delivery.created_at,
        id: delivery.id,
    };
    let state = match delivery.state {
        DeliveryState::Pending => v1::WebhookDeliveryState::Pending,
        DeliveryState::Delivered => v1::WebhookDeliveryState::Delivered,
        DeliveryState::Failed => v1::WebhookDeliveryState::Failed,
    };

    v1::WebhookDelivery {
        id: delivery.id.to_string(),
        webhook_id: delivery.webhook_id.to_string(),
        event_type: delivery.event_type,
        state: state.into(),
        attempts: delivery.attempts,
        response_status: delivery.response_status.map(u32::from),
        response_head: delivery.response_head,
        error: delivery.error,
        created_at: Some(convert::timestamp(delivery.created_at)),
        next_attempt_at: delivery.next_attempt_at.map(convert::timestamp),
        last_attempt_at: delivery.last_attempt_at.map(convert::timestamp),
        delivered_at: delivery.delivered_at.map(convert::timestamp),
        payload: delivery.payload,
        page_token: Some(cursor.encode(LIST)),
    }
}
