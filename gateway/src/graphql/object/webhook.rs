//! Webhooks and what they were told.

use async_graphql::SimpleObject;
use proto::v1;

use crate::{
    graphql::scalar::{DateTime, Id, Json, Url},
    view::{stories::rfc3339, webhooks::WebhookDeliveryState},
};

/// An address of yours that is told what happens to your workflows and stories.
#[derive(SimpleObject)]
pub(crate) struct Webhook {
    /// What other fields name it by.
    id: Id<'static>,
    /// Where its messages go.
    url: Url<'static>,
    /// What it is told of; everything when there are none.
    event_types: Vec<String>,
    /// Whether it is told anything.
    active: bool,
    /// The moment at which it was made.
    created_at: DateTime<'static>,
    /// The moment of its last change.
    updated_at: DateTime<'static>,
}

impl From<v1::Webhook> for Webhook {
    fn from(webhook: v1::Webhook) -> Self {
        Self {
            created_at: super::known_time(webhook.created_at.as_ref()),
            updated_at: super::known_time(webhook.updated_at.as_ref()),
            id: webhook.id.into(),
            url: webhook.url.into(),
            event_types: webhook.event_types,
            active: webhook.active,
        }
    }
}

/// One event for one webhook, and what became of it.
#[derive(SimpleObject)]
pub(crate) struct WebhookDelivery {
    /// The header `webhook-id` of its messages.
    id: Id<'static>,
    /// The id of the webhook.
    webhook_id: Id<'static>,
    /// What it tells of, such as `workflow.completed`.
    event_type: String,
    /// Whether it waits, has arrived, or was given up.
    state: WebhookDeliveryState,
    /// How often it was sent.
    attempts: u32,
    /// The status that the last attempt was answered with.
    response_status: Option<u32>,
    /// The beginning of that answer; null in lists.
    response_head: Option<String>,
    /// Why the last attempt failed.
    error: Option<String>,
    /// What is sent; null in lists.
    payload: Option<Json>,
    /// The moment of the event's arrival in the log.
    created_at: DateTime<'static>,
    /// The moment of its next attempt.
    next_attempt_at: Option<DateTime<'static>>,
    /// The moment of its last attempt.
    last_attempt_at: Option<DateTime<'static>>,
    /// The moment from which it counts as delivered.
    delivered_at: Option<DateTime<'static>>,
}

impl From<v1::WebhookDelivery> for WebhookDelivery {
    fn from(delivery: v1::WebhookDelivery) -> Self {
        let time = |at: Option<&proto::Timestamp>| at.map(|at| rfc3339(Some(at)).into());

        Self {
            state: WebhookDeliveryState::read(delivery.state()),
            created_at: super::known_time(delivery.created_at.as_ref()),
            next_attempt_at: time(delivery.next_attempt_at.as_ref()),
            last_attempt_at: time(delivery.last_attempt_at.as_ref()),
            delivered_at: time(delivery.delivered_at.as_ref()),
            payload: delivery.payload.as_deref().and_then(Json::read),
            id: delivery.id.into(),
            webhook_id: delivery.webhook_id.into(),
            event_type: delivery.event_type,
            attempts: delivery.attempts,
            response_status: delivery.response_status,
            response_head: delivery.response_head,
            error: delivery.error,
        }
    }
}
