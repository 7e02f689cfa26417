//! Every way in which a call to this service fails. Causes stay inside; what a client may read is in `Display`.

use std::time::Duration;

use kit::{
    actor::Tier,
    db::DbError,
    error::{ErrorKind, Faults, FieldViolation, Quota, ServiceError},
};

use crate::{
    domain::{
        budget::{BudgetScope, BudgetUnit},
        spending::{ClaimSource, NoRoom},
    },
    stripe::StripeFailure,
};

/// When to ask again while Stripe is away.
const STRIPE_PAUSE: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
pub enum BillingError {
    /// Some input fields do not fit; all of them are named.
    #[error("{0}")]
    Invalid(Faults),
    /// An event that Stripe did not send, or sent too long ago. Never says which.
    #[error("The signature does not fit.")]
    SignatureInvalid,
    #[error("This is not an event of Stripe's.")]
    EventInvalid,
    #[error("This is not for you.")]
    Denied,
    #[error("Nothing is sold here.")]
    Off,
    #[error("The tier {0} is not for sale here.")]
    NotForSale(Tier),
    #[error("You have a subscription. Change or cancel it before you buy another one.")]
    SubscriptionExists,
    #[error("You have no subscription.")]
    NoSubscription,
    #[error("You have bought nothing yet.")]
    NoCustomer,
    #[error("Only a subscription of the tier team has seats.")]
    NoSeats,
    #[error("There is no event {0}.")]
    NoEvent(String),
    #[error("the billing database failed")]
    Database(#[from] DbError),
    #[error("Stripe failed")]
    Stripe(#[source] StripeFailureCause),
    /// A budget, or what a tier contains, has no room for a call.
    #[error("{}", describe_no_room(.0))]
    NoRoom(Box<NoRoom>),
    #[error("There is no budget {0}.")]
    NoBudget(String),
    #[error("You have {0} budgets; nobody may have more.")]
    TooManyBudgets(i64),
    #[error("what a reservation holds can not be read")]
    Holds(#[source] serde_json::Error),
    #[error("webhooks could not be told: {0}")]
    Webhooks(tonic::Status),
    /// Others wrote the same rows again and again.
    #[error("the rows of a customer are written by too many at once")]
    Contended,
}

/// What Stripe said, for the log alone.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct StripeFailureCause(pub(crate) Box<dyn std::error::Error + Send + Sync>);

impl From<StripeFailure> for BillingError {
    fn from(failure: StripeFailure) -> Self {
        Self::Stripe(StripeFailureCause(Box::new(failure)))
    }
}

fn describe_no_room(refusal: &NoRoom) -> String {
    let whose = match refusal.source {
        ClaimSource::Tier => "Your tier",
        ClaimSource::Budget(BudgetScope::Key) => "The budget of this API key",
        ClaimSource::Budget(BudgetScope::User) => "Your budget",
        ClaimSource::Budget(BudgetScope::Team) => "Your team's budget",
        ClaimSource::Budget(BudgetScope::Installation) => "The budget of this server",
    };
    let unit = match refusal.unit {
        BudgetUnit::MicroUsd => "millionths of a US dollar",
        BudgetUnit::Tokens => "tokens",
    };

    format!(
        "{whose} has no room for this: {} of {} {unit} are used or reserved, and up to {} more are needed.",
        refusal.used, refusal.limit, refusal.needed
    )
}

impl BillingError {
    /// One field at fault.
    pub(crate) fn invalid(field: &str, expected: &str) -> Self {
        Self::Invalid(Faults::one(field, expected))
    }
}

impl ServiceError for BillingError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) | Self::SignatureInvalid | Self::EventInvalid => ErrorKind::InvalidArgument,
            Self::Denied => ErrorKind::PermissionDenied,
            Self::Off => ErrorKind::Unimplemented,
            Self::NotForSale(_) | Self::NoSeats | Self::TooManyBudgets(_) => ErrorKind::FailedPrecondition,
            Self::NoRoom(_) => ErrorKind::ResourceExhausted,
            Self::Holds(_) => ErrorKind::Internal,
            Self::SubscriptionExists => ErrorKind::AlreadyExists,
            Self::NoSubscription | Self::NoCustomer | Self::NoEvent(_) | Self::NoBudget(_) => {
                ErrorKind::NotFound
            }
            Self::Database(_) | Self::Stripe(_) | Self::Webhooks(_) | Self::Contended => {
                ErrorKind::Unavailable
            }
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "INVALID_FIELDS",
            Self::SignatureInvalid => "SIGNATURE_INVALID",
            Self::EventInvalid => "EVENT_INVALID",
            Self::Denied => "PERMISSION_DENIED",
            Self::Off => "BILLING_OFF",
            Self::NotForSale(_) => "TIER_NOT_FOR_SALE",
            Self::SubscriptionExists => "SUBSCRIPTION_EXISTS",
            Self::NoSubscription => "NO_SUBSCRIPTION",
            Self::NoCustomer => "NO_CUSTOMER",
            Self::NoSeats => "NO_SEATS",
            Self::NoEvent(_) => "EVENT_NOT_FOUND",
            Self::Database(_) => "BILLING_DATABASE_UNAVAILABLE",
            Self::Stripe(_) => "STRIPE_UNAVAILABLE",
            Self::Webhooks(_) => "WEBHOOKS_UNAVAILABLE",
            Self::Contended => "BILLING_BUSY",
            Self::NoRoom(refusal) if refusal.source == ClaimSource::Tier => "TOKEN_LIMIT_REACHED",
            Self::NoRoom(_) => "BUDGET_EXHAUSTED",
            Self::NoBudget(_) => "BUDGET_NOT_FOUND",
            Self::TooManyBudgets(_) => "TOO_MANY_BUDGETS",
            Self::Holds(_) => "RESERVATION_DAMAGED",
        }
    }

    fn fields(&self) -> Vec<FieldViolation> {
        match self {
            Self::Invalid(faults) => faults.0.clone(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Stripe(_) | Self::Contended => Some(STRIPE_PAUSE),
            Self::NoRoom(refusal) => refusal.resets_in,
            _ => None,
        }
    }

    fn quota(&self) -> Option<Quota> {
        match self {
            Self::NoRoom(refusal) => Some(Quota {
                limit: refusal.limit,
                used: refusal.used,
                resets_at: refusal.resets_at.map(|at| at.timestamp()),
            }),
            _ => None,
        }
    }
}
