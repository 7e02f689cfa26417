//! A caller's own key at a provider of models, as operations take it: it came with the request, in headers at every door, and the
//! caller's tier has to have that.

use kit::{ErrorKind, Problem};
use proto::v1::{CheckFeatureRequest, ProviderKey};
use tonic::Status;

use crate::{
    error::ApiError,
    identity::{PROVIDER_KEY_SPELLING, PROVIDER_SPELLING, RequestContext},
    services::Services,
};

/// The feature of a tier that lets its people bring a key of their own.
const OWN_KEYS: &str = "byok";

/// The caller's own key at a provider, if one came and the caller's tier has that.
pub(super) async fn take_provider_key(
    services: &Services,
    context: &RequestContext,
) -> Result<Option<ProviderKey>, Status> {
    let Some(presented) = &context.client.provider_key else {
        return Ok(None);
    };
    let key = presented.parse().map_err(|fault| {
        let message = format!("`{}`: expected {}", fault.field, fault.expected);
        Problem::invalid("INVALID_FIELDS", message, vec![fault]).into_status()
    })?;

    let feature = CheckFeatureRequest {
        feature: OWN_KEYS.to_owned(),
    };
    let checked = services
        .billing(context)
        .check_feature(feature)
        .await?
        .into_inner();
    if checked.allowed {
        return Ok(Some(key));
    }

    let message = match checked.least_tier {
        Some(least) => {
            format!(
                "A key of your own at a provider (`{OWN_KEYS}`) needs the tier {least}; upgrade to have it."
            )
        }
        None => format!("A key of your own at a provider (`{OWN_KEYS}`) is in no tier here."),
    };
    Err(Problem::new(ErrorKind::PermissionDenied, "FEATURE_NOT_AVAILABLE", message).into_status())
}

/// Faults of a key are told by the headers that it came in.
pub(super) fn name_by_headers(refused: ApiError) -> ApiError {
    refused.rename(|mut fault| {
        fault.field = match fault.field.as_str() {
            "provider_key" => PROVIDER_KEY_SPELLING.to_owned(),
            "provider" => PROVIDER_SPELLING.to_owned(),
            _ => fault.field,
        };
        fault
    })
}
