//! Features of tiers, asked of billing-svc by the operations that need them. What a tier contains is data of billing-svc, and where
//! nothing is sold everybody has all of them.

use kit::{Problem, error::MissingFeature, rpc::Calling};
use proto::v1::{CheckFeatureRequest, billing_client::BillingClient};
use tonic::Status;

/// Something that a tier has or has not.
pub(super) struct TierFeature {
    /// As billing-svc and whoever was refused know it.
    name: &'static str,
    /// In words, as a sentence begins.
    what: &'static str,
}

/// A key of the caller's own at a provider of models.
pub(super) const OWN_KEYS: TierFeature = TierFeature {
    name: "byok",
    what: "A key of your own at a provider",
};

/// Several runs begun by one request.
pub(super) const BATCH: TierFeature = TierFeature {
    name: "batch",
    what: "To begin several runs with one request",
};

/// Refuses whose tier has not the feature.
///
/// # Errors
/// PERMISSION_DENIED `FEATURE_NOT_AVAILABLE`, with the feature and the least tier that has it; or why billing-svc could not say.
pub(super) async fn require_feature(
    mut billing: BillingClient<Calling>,
    feature: &TierFeature,
) -> Result<(), Status> {
    let TierFeature { name, what } = feature;
    let asked = CheckFeatureRequest {
        feature: (*name).to_owned(),
    };
    let checked = billing.check_feature(asked).await?.into_inner();
    if checked.allowed {
        return Ok(());
    }

    let message = match &checked.least_tier {
        Some(least) => format!("{what} (`{name}`) needs the tier {least}; upgrade to have it."),
        None => format!("{what} (`{name}`) is in no tier here."),
    };
    let missing = MissingFeature {
        feature: (*name).to_owned(),
        least_tier: checked.least_tier.and_then(|tier| tier.parse().ok()),
    };
    Err(Problem::not_in_tier(missing, message).into_status())
}
