//! `saga.v1.Subscriptions`.

use chrono::{DateTime, Utc};
use kit::{into_status, rpc::actor_of};
use proto::{
    Timestamp,
    v1::{
        self, CancelSubscriptionRequest, ChangeSeatsRequest, CreateCheckoutRequest, CreateCheckoutResponse,
        CreatePortalRequest, CreatePortalResponse, GetSubscriptionRequest, GetSubscriptionResponse,
        ReceiveStripeEventRequest, ReceiveStripeEventResponse, subscriptions_server::Subscriptions,
    },
};
use tonic::{Request, Response, Status};

use crate::{
    domain::{shop::Shop, stripe_inbox::StripeInbox},
    error::BillingError,
    store::subscriptions::Subscription,
};

pub(crate) struct SubscriptionsRpc {
    /// None where nothing is sold.
    pub(crate) shop: Option<Shop>,
    pub(crate) inbox: Option<StripeInbox>,
}

impl SubscriptionsRpc {
    fn shop(&self) -> Result<&Shop, Status> {
        self.shop.as_ref().ok_or_else(|| into_status(BillingError::Off))
    }
}

#[tonic::async_trait]
impl Subscriptions for SubscriptionsRpc {
    async fn get_subscription(
        &self,
        request: Request<GetSubscriptionRequest>,
    ) -> Result<Response<GetSubscriptionResponse>, Status> {
        let actor = actor_of(&request)?;
        let found = match &self.shop {
            Some(shop) => shop.find(&actor).await.map_err(into_status)?,
            None => None,
        };

        Ok(Response::new(GetSubscriptionResponse {
            subscription: found.map(encode_subscription),
        }))
    }

    async fn create_checkout(
        &self,
        request: Request<CreateCheckoutRequest>,
    ) -> Result<Response<CreateCheckoutResponse>, Status> {
        let (actor, shop) = (actor_of(&request)?, self.shop()?);
        let message = request.into_inner();
        let begun = shop.begin_checkout(&actor, &message.tier, message.seats).await;

        Ok(Response::new(CreateCheckoutResponse {
            url: begun.map_err(into_status)?,
        }))
    }

    async fn create_portal(
        &self,
        request: Request<CreatePortalRequest>,
    ) -> Result<Response<CreatePortalResponse>, Status> {
        let (actor, shop) = (actor_of(&request)?, self.shop()?);
        let url = shop.open_portal(&actor).await.map_err(into_status)?;

        Ok(Response::new(CreatePortalResponse { url }))
    }

    async fn cancel_subscription(
        &self,
        request: Request<CancelSubscriptionRequest>,
    ) -> Result<Response<v1::Subscription>, Status> {
        let (actor, shop) = (actor_of(&request)?, self.shop()?);
        let cancelled = shop.cancel(&actor, request.get_ref().immediately).await;

        Ok(Response::new(encode_subscription(
            cancelled.map_err(into_status)?,
        )))
    }

    async fn change_seats(
        &self,
        request: Request<ChangeSeatsRequest>,
    ) -> Result<Response<v1::Subscription>, Status> {
        let (actor, shop) = (actor_of(&request)?, self.shop()?);
        let changed = shop.change_seats(&actor, request.get_ref().seats).await;

        Ok(Response::new(encode_subscription(changed.map_err(into_status)?)))
    }

    async fn receive_stripe_event(
        &self,
        request: Request<ReceiveStripeEventRequest>,
    ) -> Result<Response<ReceiveStripeEventResponse>, Status> {
        actor_of(&request)?;
        let inbox = self
            .inbox
            .as_ref()
            .ok_or_else(|| into_status(BillingError::Off))?;
        let message = request.get_ref();
        let received = inbox.receive(&message.payload, &message.signature).await;
        received.map_err(into_status)?;

        Ok(Response::new(ReceiveStripeEventResponse {}))
    }
}

pub(super) fn encode_time(at: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: at.timestamp(),
        nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or_default(),
    }
}

fn encode_subscription(row: Subscription) -> v1::Subscription {
    let grace_until = row.grace_until().map(encode_time);

    v1::Subscription {
        tier: row.tier.0.to_string(),
        seats: row.seats.unsigned_abs(),
        current_period_end: row.current_period_end.map(encode_time),
        cancel_at_period_end: row.cancel_at_period_end,
        grace_until,
        created_at: Some(encode_time(row.created_at)),
        id: row.id,
        status: row.status,
    }
}
