//! Buying over REST. Where nothing is sold, whatever buys or changes something answers 501.

use axum::Json as Answer;
use http::HeaderMap;
use proto::v1::{
    CancelSubscriptionRequest, ChangeSeatsRequest, CreateCheckoutRequest, ReceiveStripeEventRequest,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::answers::{Invalid, NotSold};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json, Query, RawBody, Switch},
    operation::billing::{
        CancelSubscription, ChangeSeats, CreateBillingPortal, CreateCheckout, GetSubscription,
        ReceiveStripeEvent,
    },
    view::{
        accounts::Done,
        billing::{CheckoutView, PortalView, SubscriptionView},
    },
};

/// What to buy.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "tier": "pro" }))]
pub(crate) struct CheckoutBody {
    /// `pro`, `power` or `team`.
    tier: String,
    /// Of `team`: 1 to 1000; default: 1.
    seats: Option<u32>,
}

/// Get the address of a page of Stripe's on which you pay. Your tier changes when Stripe says that you have.
#[utoipa::path(post, path = "/api/v1/billing/checkout", tag = "billing", request_body = CheckoutBody,
    responses(
        (status = 200, description = "Where to send the browser", body = CheckoutView),
        (status = 400, description = "Not JSON, or this tier is not for sale here (`TIER_NOT_FOR_SALE`)", body = ErrorBody),
        (status = 409, description = "You have a subscription (`SUBSCRIPTION_EXISTS`)", body = ErrorBody),
        Invalid, NotSold))]
pub(crate) async fn create_checkout(
    door: Door<CreateCheckout>,
    Json(body): Json<CheckoutBody>,
) -> Result<Answer<CheckoutView>, ApiError> {
    let request = CreateCheckoutRequest {
        tier: body.tier,
        seats: body.seats,
    };
    let checkout_url = door.perform(CreateCheckout(request)).await?;

    Ok(Answer(CheckoutView { checkout_url }))
}

/// Get the address of a page of Stripe's on which you change cards and read invoices.
#[utoipa::path(post, path = "/api/v1/billing/portal", tag = "billing",
    responses(
        (status = 200, description = "Where to send the browser", body = PortalView),
        (status = 404, description = "You have bought nothing yet", body = ErrorBody),
        NotSold))]
pub(crate) async fn create_portal(door: Door<CreateBillingPortal>) -> Result<Answer<PortalView>, ApiError> {
    let portal_url = door.perform(CreateBillingPortal).await?;
    Ok(Answer(PortalView { portal_url }))
}

/// What you have bought; null when that is nothing.
#[utoipa::path(get, path = "/api/v1/billing/subscription", tag = "billing",
    responses((status = 200, description = "Your subscription, or null", body = Option<SubscriptionView>)))]
pub(crate) async fn get_subscription(
    door: Door<GetSubscription>,
) -> Result<Answer<Option<SubscriptionView>>, ApiError> {
    let found = door.perform(GetSubscription).await?;
    Ok(Answer(found.map(SubscriptionView::from)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CancelQuery {
    /// Now, and not with the end of what is paid for; default: false.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    immediately: Switch,
}

/// End your subscription: with the end of what is paid for, or now.
#[utoipa::path(delete, path = "/api/v1/billing/subscription", tag = "billing", params(CancelQuery),
    responses(
        (status = 200, description = "It ends", body = Done),
        (status = 404, description = "You have none (`NO_SUBSCRIPTION`)", body = ErrorBody),
        Invalid, NotSold))]
pub(crate) async fn cancel_subscription(
    door: Door<CancelSubscription>,
    Query(query): Query<CancelQuery>,
) -> Result<Answer<Done>, ApiError> {
    let request = CancelSubscriptionRequest {
        immediately: query.immediately.0,
    };
    door.perform(CancelSubscription(request)).await?;

    Ok(Answer(Done::YES))
}

/// What to change of a subscription.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "seats": 5 }))]
pub(crate) struct SubscriptionChangeBody {
    /// 1 to 1000.
    seats: u32,
}

/// Change how many seats your team has. Stripe charges or credits the difference in proportion to the days.
#[utoipa::path(patch, path = "/api/v1/billing/subscription", tag = "billing", request_body = SubscriptionChangeBody,
    responses(
        (status = 200, description = "Your subscription", body = SubscriptionView),
        (status = 400, description = "Not JSON, or not a subscription of a team (`NO_SEATS`)", body = ErrorBody),
        (status = 404, description = "You have none (`NO_SUBSCRIPTION`)", body = ErrorBody),
        Invalid, NotSold))]
pub(crate) async fn change_subscription(
    door: Door<ChangeSeats>,
    Json(body): Json<SubscriptionChangeBody>,
) -> Result<Answer<SubscriptionView>, ApiError> {
    let request = ChangeSeatsRequest { seats: body.seats };
    let changed = door.perform(ChangeSeats(request)).await?;

    Ok(Answer(changed.into()))
}

/// Where Stripe tells what happened. It is believed by its signature alone, and is worked off later.
#[utoipa::path(post, path = "/api/v1/billing/webhook", tag = "billing",
    request_body(content = String, content_type = "application/json", description = "An event of Stripe's"),
    params(("Stripe-Signature" = String, Header, description = "As Stripe signs")),
    responses(
        (status = 200, description = "It is kept, or was before", body = Done),
        (status = 400, description = "The signature does not fit (`SIGNATURE_INVALID`), or it is no event", body = ErrorBody),
        NotSold))]
pub(crate) async fn receive_event(
    door: Door<ReceiveStripeEvent>,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Answer<Done>, ApiError> {
    let signature = headers
        .get("stripe-signature")
        .and_then(|value| value.to_str().ok());
    let request = ReceiveStripeEventRequest {
        payload: body.into(),
        signature: signature.unwrap_or_default().to_owned(),
    };
    door.perform(ReceiveStripeEvent(request)).await?;

    Ok(Answer(Done::YES))
}
