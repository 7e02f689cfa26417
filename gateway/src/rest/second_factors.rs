//! A second factor over REST.

use axum::Json as Answer;

use super::answers::{Invalid, NotProven};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json},
    operation::second_factors::{
        BeginSecondFactor, BeginSecondFactorInput, ConfirmSecondFactor, ConfirmSecondFactorInput,
        DisableSecondFactor, DisableSecondFactorInput, RenewRecoveryCodes, RenewRecoveryCodesInput,
    },
    view::accounts::{MeView, RecoveryCodesView, SecondFactorView},
};

/// Get a secret for an authenticator (RFC 6238: SHA-1, 6 digits, 30 s). It counts once you have confirmed it.
#[utoipa::path(post, path = "/api/v1/auth/second-factor", tag = "accounts", request_body = Option<BeginSecondFactorInput>,
    responses(
        (status = 200, description = "For the authenticator", body = SecondFactorView),
        (status = 400, description = "One is on already (`SECOND_FACTOR_ON`)", body = ErrorBody),
        NotProven, Invalid))]
pub(crate) async fn begin_second_factor(
    door: Door<BeginSecondFactor>,
    input: Option<Json<BeginSecondFactorInput>>,
) -> Result<Answer<SecondFactorView>, ApiError> {
    let Json(input) = input.unwrap_or_default();
    let secret = door.perform(BeginSecondFactor(input)).await?;

    Ok(Answer(secret.into()))
}

/// Turn it on, by the code that the authenticator shows. From now on a code is asked for when you sign in.
#[utoipa::path(post, path = "/api/v1/auth/second-factor/confirm", tag = "accounts", request_body = ConfirmSecondFactorInput,
    responses(
        (status = 200, description = "It is on. Keep the recovery codes: they are not shown again", body = RecoveryCodesView),
        (status = 400, description = "None was begun, or one is on already", body = ErrorBody),
        NotProven, Invalid))]
pub(crate) async fn confirm_second_factor(
    door: Door<ConfirmSecondFactor>,
    Json(input): Json<ConfirmSecondFactorInput>,
) -> Result<Answer<RecoveryCodesView>, ApiError> {
    let recovery_codes = door.perform(ConfirmSecondFactor(input)).await?;
    Ok(Answer(RecoveryCodesView { recovery_codes }))
}

/// Turn it off.
#[utoipa::path(delete, path = "/api/v1/auth/second-factor", tag = "accounts", request_body = DisableSecondFactorInput,
    responses(
        (status = 200, description = "Your account", body = MeView),
        (status = 400, description = "None is on (`SECOND_FACTOR_OFF`)", body = ErrorBody),
        NotProven, Invalid))]
pub(crate) async fn disable_second_factor(
    door: Door<DisableSecondFactor>,
    Json(input): Json<DisableSecondFactorInput>,
) -> Result<Answer<MeView>, ApiError> {
    let user = door.perform(DisableSecondFactor(input)).await?;
    Ok(Answer(user.into()))
}

/// Get new recovery codes. All old ones are worth nothing from now on.
#[utoipa::path(post, path = "/api/v1/auth/second-factor/recovery-codes", tag = "accounts", request_body = RenewRecoveryCodesInput,
    responses(
        (status = 200, description = "Keep them: they are not shown again", body = RecoveryCodesView),
        (status = 400, description = "None is on (`SECOND_FACTOR_OFF`)", body = ErrorBody),
        NotProven, Invalid))]
pub(crate) async fn renew_recovery_codes(
    door: Door<RenewRecoveryCodes>,
    Json(input): Json<RenewRecoveryCodesInput>,
) -> Result<Answer<RecoveryCodesView>, ApiError> {
    let recovery_codes = door.perform(RenewRecoveryCodes(input)).await?;
    Ok(Answer(RecoveryCodesView { recovery_codes }))
}
