//! What somebody has bought, as clients know it.

use proto::v1::Subscription;
use serde::Serialize;
use utoipa::ToSchema;

use super::stories::rfc3339;

/// A page of Stripe's to pay on.
#[derive(Serialize, ToSchema)]
pub(crate) struct CheckoutView {
    #[schema(example = "https://checkout.stripe.com/c/pay/cs_test_a1")]
    pub(crate) checkout_url: String,
}

/// A page of Stripe's to change cards and read invoices on.
#[derive(Serialize, ToSchema)]
pub(crate) struct PortalView {
    #[schema(example = "https://billing.stripe.com/p/session/test_a1")]
    pub(crate) portal_url: String,
}

/// What somebody has bought.
#[derive(Serialize, ToSchema)]
pub(crate) struct SubscriptionView {
    #[schema(example = "sub_1")]
    id: String,
    #[schema(example = "pro")]
    tier: String,
    /// In Stripe's words.
    #[schema(example = "active")]
    status: String,
    seats: u32,
    current_period_end: Option<String>,
    /// Whether it ends then.
    cancel_at_period_end: bool,
    /// While it is past due: until when the tier stays.
    grace_until: Option<String>,
    created_at: String,
}

impl From<Subscription> for SubscriptionView {
    fn from(subscription: Subscription) -> Self {
        let time = |at: Option<&proto::Timestamp>| at.map(|at| rfc3339(Some(at)));

        Self {
            current_period_end: time(subscription.current_period_end.as_ref()),
            grace_until: time(subscription.grace_until.as_ref()),
            created_at: rfc3339(subscription.created_at.as_ref()),
            id: subscription.id,
            tier: subscription.tier,
            status: subscription.status,
            seats: subscription.seats,
            cancel_at_period_end: subscription.cancel_at_period_end,
        }
    }
}
