//! A caller's own key at a provider of models, as operations take it: it came with the request, in headers at every door, and the
//! caller's tier has to have that.

use kit::{Problem, error::FieldViolation};
use proto::v1::ProviderKey;
use tonic::Status;

use super::features::{OWN_KEYS, require_feature};
use crate::{
    error::ApiError,
    identity::{PROVIDER_KEY_SPELLING, PROVIDER_SPELLING, RequestContext},
    services::Services,
};

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

    require_feature(services.billing(context), &OWN_KEYS).await?;

    Ok(Some(key))
}

/// Refuses a key where it could not be used: whoever sends one expects that ours is not.
///
/// # Errors
/// INVALID_ARGUMENT `INVALID_FIELDS` with the header and what is expected of it.
pub(super) fn refuse_provider_key(context: &RequestContext, expected: &str) -> Result<(), Status> {
    if context.client.provider_key.is_none() {
        return Ok(());
    }

    let fault = FieldViolation::new(PROVIDER_KEY_SPELLING, expected);
    let message = format!("`{}`: expected {}", fault.field, fault.expected);
    Err(Problem::invalid("INVALID_FIELDS", message, vec![fault]).into_status())
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
