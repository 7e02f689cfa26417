//! Webhooks over REST: made, changed, given a new secret; the log of what they were told.

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
};
use http::StatusCode;
use proto::v1::{
    CreateWebhookRequest, DeleteWebhookRequest, EventTypes, GetWebhookDeliveryRequest, GetWebhookRequest,
    ListWebhookDeliveriesRequest, ListWebhooksRequest, ReplayWebhookDeliveryRequest,
    RotateWebhookSecretRequest, UpdateWebhookRequest,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{answers::Invalid, parse_id};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json, PageSize, Query},
    operation::webhooks::{
        CreateWebhook, DeleteWebhook, GetWebhook, GetWebhookDelivery, ListWebhookDeliveries, ListWebhooks,
        ReplayWebhookDelivery, RotateWebhookSecret, UpdateWebhook,
    },
    view::{
        accounts::Done,
        webhooks::{WebhookDeliveryPage, WebhookDeliveryView, WebhookView},
    },
};

fn parse_webhook_id(id: Result<Path<String>, PathRejection>) -> Result<Uuid, ApiError> {
    parse_id(id, "There is no such webhook.")
}

/// The ids of a webhook and of one of its deliveries.
fn parse_delivery_ids(
    ids: Result<Path<(String, String)>, PathRejection>,
) -> Result<(String, String), ApiError> {
    let unknown = "There is no such delivery.";
    let Path((webhook, delivery)) = ids.map_err(|_| ApiError::not_found(unknown))?;
    let webhook = parse_webhook_id(Ok(Path(webhook)))?;
    let delivery = parse_id(Ok(Path(delivery)), unknown)?;

    Ok((webhook.to_string(), delivery.to_string()))
}

/// An address to be told what happens.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "url": "https://hooks.example.org/saga", "event_types": ["workflow.completed", "workflow.failed"] }))]
pub(crate) struct CreateWebhookBody {
    /// https, of the public internet.
    url: String,
    /// `workflow.` or `story.` with `started`, `interrupted`, `completed`, `failed` or `cancelled`; `budget.threshold_reached`;
    /// `backup.overdue`; default: all.
    #[serde(default, alias = "eventTypes")]
    event_types: Vec<String>,
    /// Default: true.
    active: Option<bool>,
}

/// Have an address told what happens to your workflows and stories. At most 20.
///
/// Messages are those of Standard Webhooks (<https://www.standardwebhooks.com>): verify them with the secret of the answer, which is
/// shown this one time.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", request_body = CreateWebhookBody,
    responses(
        (status = 201, description = "The webhook, with its secret", body = WebhookView),
        (status = 400, description = "Not JSON, or you have 20", body = ErrorBody),
        Invalid))]
pub(crate) async fn create_webhook(
    door: Door<CreateWebhook>,
    Json(body): Json<CreateWebhookBody>,
) -> Result<(StatusCode, Answer<WebhookView>), ApiError> {
    let request = CreateWebhookRequest {
        url: body.url,
        event_types: body.event_types,
        active: body.active,
    };
    let webhook = door.perform(CreateWebhook(request)).await?;

    Ok((StatusCode::CREATED, Answer(webhook.into())))
}

/// Your webhooks, oldest first.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks",
    responses((status = 200, description = "The webhooks", body = Vec<WebhookView>)))]
pub(crate) async fn list_webhooks(door: Door<ListWebhooks>) -> Result<Answer<Vec<WebhookView>>, ApiError> {
    let list = door.perform(ListWebhooks(ListWebhooksRequest {})).await?;
    Ok(Answer(list.webhooks.into_iter().map(WebhookView::from).collect()))
}

/// One webhook of yours.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}", tag = "webhooks",
    params(("id" = String, Path, description = "Webhook id")),
    responses(
        (status = 200, description = "The webhook", body = WebhookView),
        (status = 404, description = "No such webhook of yours", body = ErrorBody)))]
pub(crate) async fn get_webhook(
    door: Door<GetWebhook>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<WebhookView>, ApiError> {
    let id = parse_webhook_id(id)?.to_string();
    let webhook = door.perform(GetWebhook(GetWebhookRequest { id })).await?;

    Ok(Answer(webhook.into()))
}

/// What to change of a webhook; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "active": false }))]
pub(crate) struct WebhookChangeBody {
    url: Option<String>,
    /// An empty list is all.
    #[serde(alias = "eventTypes")]
    event_types: Option<Vec<String>>,
    active: Option<bool>,
}

/// Change a webhook's address, what it is told of, or whether it is on.
#[utoipa::path(patch, path = "/api/v1/webhooks/{id}", tag = "webhooks", request_body = WebhookChangeBody,
    params(("id" = String, Path, description = "Webhook id")),
    responses(
        (status = 200, description = "The webhook", body = WebhookView),
        (status = 404, description = "No such webhook of yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn update_webhook(
    door: Door<UpdateWebhook>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<WebhookChangeBody>,
) -> Result<Answer<WebhookView>, ApiError> {
    let request = UpdateWebhookRequest {
        id: parse_webhook_id(id)?.to_string(),
        url: body.url,
        event_types: body.event_types.map(|event_types| EventTypes { event_types }),
        active: body.active,
    };
    let webhook = door.perform(UpdateWebhook(request)).await?;

    Ok(Answer(webhook.into()))
}

/// Delete a webhook with its log. What was not delivered yet is not.
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "webhooks",
    params(("id" = String, Path, description = "Webhook id")),
    responses(
        (status = 200, description = "It is deleted", body = Done),
        (status = 404, description = "No such webhook of yours", body = ErrorBody)))]
pub(crate) async fn delete_webhook(
    door: Door<DeleteWebhook>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Done>, ApiError> {
    let id = parse_webhook_id(id)?.to_string();
    door.perform(DeleteWebhook(DeleteWebhookRequest { id })).await?;

    Ok(Answer(Done::YES))
}

/// Give a webhook a new secret. For 24 hours messages are signed with both.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/secret", tag = "webhooks",
    params(("id" = String, Path, description = "Webhook id")),
    responses(
        (status = 200, description = "The webhook, with its new secret", body = WebhookView),
        (status = 404, description = "No such webhook of yours", body = ErrorBody)))]
pub(crate) async fn rotate_webhook_secret(
    door: Door<RotateWebhookSecret>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<WebhookView>, ApiError> {
    let id = parse_webhook_id(id)?.to_string();
    let webhook = door
        .perform(RotateWebhookSecret(RotateWebhookSecretRequest { id }))
        .await?;

    Ok(Answer(webhook.into()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveriesQuery {
    /// 1 to 100; default: 20.
    #[serde(default, alias = "pageSize")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    page_size: PageSize,
    /// From the answer before.
    #[serde(default, alias = "pageToken")]
    page_token: Option<String>,
}

/// What a webhook was told in the last 30 days, newest first.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/deliveries", tag = "webhooks",
    params(("id" = String, Path, description = "Webhook id"), DeliveriesQuery),
    responses(
        (status = 200, description = "One page of the log", body = WebhookDeliveryPage),
        (status = 404, description = "No such webhook of yours", body = ErrorBody)))]
pub(crate) async fn list_webhook_deliveries(
    door: Door<ListWebhookDeliveries>,
    id: Result<Path<String>, PathRejection>,
    Query(query): Query<DeliveriesQuery>,
) -> Result<Answer<WebhookDeliveryPage>, ApiError> {
    let request = ListWebhookDeliveriesRequest {
        webhook_id: parse_webhook_id(id)?.to_string(),
        page_size: Some(query.page_size.0),
        page_token: query.page_token,
    };
    let list = door.perform(ListWebhookDeliveries(request)).await?;

    Ok(Answer(WebhookDeliveryPage {
        deliveries: list
            .deliveries
            .into_iter()
            .map(WebhookDeliveryView::from)
            .collect(),
        next_page_token: list.next_page_token,
    }))
}

/// One delivery: what is sent, and how its last attempt was answered.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/deliveries/{delivery_id}", tag = "webhooks",
    params(("id" = String, Path, description = "Webhook id"), ("delivery_id" = String, Path, description = "Its `webhook-id`")),
    responses(
        (status = 200, description = "The delivery", body = WebhookDeliveryView),
        (status = 404, description = "No such webhook of yours, or delivery of it", body = ErrorBody)))]
pub(crate) async fn get_webhook_delivery(
    door: Door<GetWebhookDelivery>,
    ids: Result<Path<(String, String)>, PathRejection>,
) -> Result<Answer<WebhookDeliveryView>, ApiError> {
    let (webhook_id, id) = parse_delivery_ids(ids)?;
    let request = GetWebhookDeliveryRequest { webhook_id, id };
    let delivery = door.perform(GetWebhookDelivery(request)).await?;

    Ok(Answer(delivery.into()))
}

/// Send a delivery once more, now, under the same `webhook-id`.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/deliveries/{delivery_id}/replay", tag = "webhooks",
    params(("id" = String, Path, description = "Webhook id"), ("delivery_id" = String, Path, description = "Its `webhook-id`")),
    responses(
        (status = 202, description = "It is sent soon", body = WebhookDeliveryView),
        (status = 404, description = "No such webhook of yours, or delivery of it", body = ErrorBody)))]
pub(crate) async fn replay_webhook_delivery(
    door: Door<ReplayWebhookDelivery>,
    ids: Result<Path<(String, String)>, PathRejection>,
) -> Result<(StatusCode, Answer<WebhookDeliveryView>), ApiError> {
    let (webhook_id, id) = parse_delivery_ids(ids)?;
    let request = ReplayWebhookDeliveryRequest { webhook_id, id };
    let delivery = door.perform(ReplayWebhookDelivery(request)).await?;

    Ok((StatusCode::ACCEPTED, Answer(delivery.into())))
}
