//! What a tier contains, and what somebody buys.

use proto::v1::{
    CancelSubscriptionRequest, ChangeSeatsRequest, CreateCheckoutRequest, CreatePortalRequest, Entitlements,
    GetEntitlementsRequest, GetSubscriptionRequest, ReceiveStripeEventRequest, Subscription,
};
use tonic::Status;

use super::{
    Effects, Field, Operation, Price, Service,
    caller_kind::{AccountHolder, SignedIn, Visitor},
};
use crate::{
    identity::{ReadAccount, RequestContext, Unscoped, WriteAccount},
    services::Services,
};

/// What the caller's tier contains.
pub(crate) struct GetPlan;

impl Operation for GetPlan {
    type Caller = SignedIn;
    type Scope = ReadAccount;
    type Output = Entitlements;

    const SERVICE: Service = Service::Billing;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Entitlements, Status> {
        let plan = services
            .billing(context)
            .get_entitlements(GetEntitlementsRequest {})
            .await?;
        Ok(plan.into_inner())
    }
}

/// The caller's own; none is no mistake.
pub(crate) struct GetSubscription;

impl Operation for GetSubscription {
    type Caller = AccountHolder;
    type Scope = ReadAccount;
    type Output = Option<Subscription>;

    const SERVICE: Service = Service::Billing;

    async fn perform(
        self,
        services: &Services,
        context: &RequestContext,
    ) -> Result<Option<Subscription>, Status> {
        let found = services
            .subscriptions(context)
            .get_subscription(GetSubscriptionRequest {})
            .await?;
        Ok(found.into_inner().subscription)
    }
}

/// The address of a page to pay on.
pub(crate) struct CreateCheckout(pub(crate) CreateCheckoutRequest);

impl Operation for CreateCheckout {
    type Caller = AccountHolder;
    type Scope = WriteAccount;
    type Output = String;

    const SERVICE: Service = Service::Billing;
    const FIELD: Field = Field::Mutation("createCheckout");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<String, Status> {
        let made = services.subscriptions(context).create_checkout(self.0).await?;
        Ok(made.into_inner().url)
    }
}

/// The address of a page on which cards are changed and invoices read.
pub(crate) struct CreateBillingPortal;

impl Operation for CreateBillingPortal {
    type Caller = AccountHolder;
    type Scope = WriteAccount;
    type Output = String;

    const SERVICE: Service = Service::Billing;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<String, Status> {
        let made = services
            .subscriptions(context)
            .create_portal(CreatePortalRequest {})
            .await?;
        Ok(made.into_inner().url)
    }
}

pub(crate) struct CancelSubscription(pub(crate) CancelSubscriptionRequest);

impl Operation for CancelSubscription {
    type Caller = AccountHolder;
    type Scope = WriteAccount;
    type Output = Subscription;

    const SERVICE: Service = Service::Billing;
    const FIELD: Field = Field::Mutation("cancelSubscription");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Subscription, Status> {
        let cancelled = services
            .subscriptions(context)
            .cancel_subscription(self.0)
            .await?;
        Ok(cancelled.into_inner())
    }

    /// The tier may be another one from now on.
    fn effects(_: &Subscription, call: &RequestContext) -> Effects {
        Effects::change_account(call.actor.user_id)
    }
}

pub(crate) struct ChangeSeats(pub(crate) ChangeSeatsRequest);

impl Operation for ChangeSeats {
    type Caller = AccountHolder;
    type Scope = WriteAccount;
    type Output = Subscription;

    const SERVICE: Service = Service::Billing;
    const FIELD: Field = Field::Mutation("changeSeats");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Subscription, Status> {
        let changed = services.subscriptions(context).change_seats(self.0).await?;
        Ok(changed.into_inner())
    }

    /// All seats together may ask as often as there are seats.
    fn effects(_: &Subscription, call: &RequestContext) -> Effects {
        Effects::change_account(call.actor.user_id)
    }
}

/// Whoever sends it is nobody; its signature says whether it is Stripe's.
pub(crate) struct ReceiveStripeEvent(pub(crate) ReceiveStripeEventRequest);

impl Operation for ReceiveStripeEvent {
    type Caller = Visitor;
    type Scope = Unscoped;
    type Output = ();

    const SERVICE: Service = Service::Billing;
    /// Stripe sends many at once.
    const PRICE: Price = Price::POLL;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<(), Status> {
        services
            .subscriptions(context)
            .receive_stripe_event(self.0)
            .await?;
        Ok(())
    }
}
