//! What a tier contains, and what somebody has bought.

use async_graphql::SimpleObject;
use proto::v1::{self, Entitlements};

use super::viewer::Tier;
use crate::{graphql::scalar::DateTime, view::stories::rfc3339};

/// Bytes of a gigabyte, by which backups are sold.
const GB: f64 = 1_073_741_824.0;

/// What your tier contains. A limit that is null is none.
#[derive(SimpleObject)]
pub(crate) struct Plan {
    /// The tier that it is of.
    tier: Tier,
    /// The version of what the tier contains; whoever bought one keeps it.
    version: u32,
    /// Whether anything is sold here; where nothing is, nobody is capped.
    sold: bool,
    /// How often models may work for you in a minute, for each seat.
    requests_per_minute: u32,
    /// The seats that were bought.
    seats: u32,
    /// How many agents you may use.
    agents: Option<u32>,
    /// How many providers of models you may use.
    providers: Option<u32>,
    /// The gigabytes of all your kept backups together; zero means no backup.
    backup_gb: Option<f64>,
    /// The tokens of models in a calendar month.
    tokens_per_month: Option<f64>,
    /// The names of what else it has, such as `batch`.
    features: Vec<String>,
}

#[expect(
    clippy::cast_precision_loss,
    reason = "GraphQL has no larger integer, and nobody has so many bytes"
)]
impl From<Entitlements> for Plan {
    fn from(found: Entitlements) -> Self {
        Self {
            tier: found.tier.parse::<kit::actor::Tier>().unwrap_or_default().into(),
            version: found.version,
            sold: found.sold,
            requests_per_minute: found.requests_per_minute,
            seats: found.seats,
            agents: found.agents,
            providers: found.providers,
            backup_gb: found.backup_bytes.map(|bytes| bytes as f64 / GB),
            tokens_per_month: found.tokens_per_month.map(|tokens| tokens as f64),
            features: found.features,
        }
    }
}

/// What you have bought by Stripe.
#[derive(SimpleObject)]
pub(crate) struct BillingSubscription {
    /// The tier that was bought.
    tier: Tier,
    /// How it stands, in Stripe's words, such as `active` or `past_due`.
    status: String,
    /// The seats that were bought.
    seats: u32,
    /// The end of what is paid for.
    current_period_end: Option<DateTime<'static>>,
    /// Whether it ends with what is paid for.
    cancel_at_period_end: bool,
    /// Until when the tier stays, while it is past due.
    grace_until: Option<DateTime<'static>>,
    /// The moment at which it began.
    created_at: DateTime<'static>,
}

impl From<v1::Subscription> for BillingSubscription {
    fn from(subscription: v1::Subscription) -> Self {
        let time = |at: Option<&proto::Timestamp>| at.map(|at| rfc3339(Some(at)).into());

        Self {
            tier: subscription
                .tier
                .parse::<kit::actor::Tier>()
                .unwrap_or_default()
                .into(),
            current_period_end: time(subscription.current_period_end.as_ref()),
            grace_until: time(subscription.grace_until.as_ref()),
            created_at: super::known_time(subscription.created_at.as_ref()),
            status: subscription.status,
            seats: subscription.seats,
            cancel_at_period_end: subscription.cancel_at_period_end,
        }
    }
}
