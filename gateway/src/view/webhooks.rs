//! Webhooks and their deliveries as clients know them.

use async_graphql::Enum;
use proto::v1;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::stories::rfc3339;

/// An address that is told what happens.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookView {
    id: String,
    url: String,
    /// What it is told of; everything when there are none.
    #[schema(example = json!(["workflow.completed"]))]
    event_types: Vec<String>,
    active: bool,
    /// `whsec_…`, what its messages are signed with; shown when it is made, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    created_at: String,
    updated_at: String,
}

impl From<v1::Webhook> for WebhookView {
    fn from(webhook: v1::Webhook) -> Self {
        Self {
            created_at: rfc3339(webhook.created_at.as_ref()),
            updated_at: rfc3339(webhook.updated_at.as_ref()),
            id: webhook.id,
            url: webhook.url,
            event_types: webhook.event_types,
            active: webhook.active,
            secret: webhook.secret,
        }
    }
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WebhookDeliveryState {
    /// It waits for its next attempt.
    Pending,
    /// It was answered with a status of 2xx.
    Delivered,
    /// It was given up.
    Failed,
}

impl WebhookDeliveryState {
    pub(crate) fn read(state: v1::WebhookDeliveryState) -> Self {
        match state {
            v1::WebhookDeliveryState::Delivered => Self::Delivered,
            v1::WebhookDeliveryState::Failed => Self::Failed,
            v1::WebhookDeliveryState::Unspecified | v1::WebhookDeliveryState::Pending => Self::Pending,
        }
    }
}

/// One event for one webhook, and what became of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookDeliveryView {
    /// The header `webhook-id`.
    id: String,
    webhook_id: String,
    event_type: String,
    #[schema(inline)]
    state: WebhookDeliveryState,
    attempts: u32,
    /// Of the last attempt.
    response_status: Option<u32>,
    /// The beginning of its answer; missing from lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    response_head: Option<String>,
    /// Why the last attempt failed.
    error: Option<String>,
    created_at: String,
    next_attempt_at: Option<String>,
    last_attempt_at: Option<String>,
    delivered_at: Option<String>,
    /// What is sent; missing from lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    payload: Option<Box<RawValue>>,
}

impl From<v1::WebhookDelivery> for WebhookDeliveryView {
    fn from(delivery: v1::WebhookDelivery) -> Self {
        let time = |at: Option<&proto::Timestamp>| at.map(|at| rfc3339(Some(at)));

        Self {
            state: WebhookDeliveryState::read(delivery.state()),
            created_at: rfc3339(delivery.created_at.as_ref()),
            next_attempt_at: time(delivery.next_attempt_at.as_ref()),
            last_attempt_at: time(delivery.last_attempt_at.as_ref()),
            delivered_at: time(delivery.delivered_at.as_ref()),
            payload: delivery.payload.and_then(super::akd::workflows::raw),
            id: delivery.id,
            webhook_id: delivery.webhook_id,
            event_type: delivery.event_type,
            attempts: delivery.attempts,
            response_status: delivery.response_status,
            response_head: delivery.response_head,
            error: delivery.error,
        }
    }
}

/// One page of the log.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookDeliveryPage {
    /// Newest first.
    pub(crate) deliveries: Vec<WebhookDeliveryView>,
    /// What `page_token` takes for the next page; null on the last one.
    pub(crate) next_page_token: Option<String>,
}
