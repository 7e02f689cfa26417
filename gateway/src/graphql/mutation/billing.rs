//! What is done to buy, change and end a subscription.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use proto::v1::{CancelSubscriptionRequest, ChangeSeatsRequest, CreateCheckoutRequest};

use crate::{
    graphql::{
        Ask,
        object::{billing::BillingSubscription, viewer::Tier},
    },
    operation::billing::{CancelSubscription, ChangeSeats, CreateCheckout},
};

#[derive(Default)]
pub(crate) struct BillingMutation;

/// The tier to buy, and how many seats of it.
#[derive(InputObject)]
struct CreateCheckoutInput {
    /// The tier to buy, which is any but the free one.
    tier: Tier,
    /// The seats of a team: 1 to 1000; one when left out.
    seats: Option<u32>,
}

/// A page of Stripe's on which you pay.
#[derive(SimpleObject)]
struct CreateCheckoutPayload {
    /// Where to send the browser.
    checkout_url: String,
}

/// How your subscription is to end.
#[derive(InputObject)]
struct CancelSubscriptionInput {
    /// Whether it ends now, and not with the end of what is paid for.
    #[graphql(default)]
    immediately: bool,
}

/// The subscription that ends.
#[derive(SimpleObject)]
struct CancelSubscriptionPayload {
    /// The subscription as it is now.
    subscription: BillingSubscription,
}

/// How many seats your team is to have.
#[derive(InputObject)]
struct ChangeSeatsInput {
    /// The seats from now on: 1 to 1000.
    seats: u32,
}

/// The subscription with its seats.
#[derive(SimpleObject)]
struct ChangeSeatsPayload {
    /// The subscription as it is now.
    subscription: BillingSubscription,
}

#[Object]
impl BillingMutation {
    /// Get a page of Stripe's on which you pay for a tier. It changes when Stripe says that you have.
    async fn create_checkout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tier, and how many seats.")] input: CreateCheckoutInput,
    ) -> Result<Option<CreateCheckoutPayload>> {
        let request = CreateCheckoutRequest {
            tier: kit::actor::Tier::from(input.tier).to_string(),
            seats: input.seats,
        };
        let checkout_url = ctx.door().await?.perform(CreateCheckout(request)).await?;

        Ok(Some(CreateCheckoutPayload { checkout_url }))
    }

    /// End your subscription, with the end of what is paid for or now.
    async fn cancel_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "When it is to end.")] input: CancelSubscriptionInput,
    ) -> Result<Option<CancelSubscriptionPayload>> {
        let request = CancelSubscriptionRequest {
            immediately: input.immediately,
        };
        let cancelled = ctx.door().await?.perform(CancelSubscription(request)).await?;

        Ok(Some(CancelSubscriptionPayload {
            subscription: cancelled.into(),
        }))
    }

    /// Change how many seats your team has; the difference is charged or credited in proportion to the days.
    async fn change_seats(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many seats it is to have.")] input: ChangeSeatsInput,
    ) -> Result<Option<ChangeSeatsPayload>> {
        let request = ChangeSeatsRequest { seats: input.seats };
        let changed = ctx.door().await?.perform(ChangeSeats(request)).await?;

        Ok(Some(ChangeSeatsPayload {
            subscription: changed.into(),
        }))
    }
}
