//! What is done by links in mail, over REST. Where no mail is sent, all of it answers 501.

use axum::Json as Answer;
use http::StatusCode;

use super::answers::{Invalid, NoMail};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json},
    operation::email_links::{
        ConfirmEmail, ConfirmEmailInput, RequestEmailVerification, RequestEmailVerificationInput,
        RequestPasswordReset, RequestPasswordResetInput, ResetPassword, ResetPasswordInput,
    },
    view::accounts::{Done, MeView},
};

/// Get a link that proves your email, by mail. Registering sends one by itself.
#[utoipa::path(post, path = "/api/v1/auth/email/verification", tag = "accounts",
    request_body = Option<RequestEmailVerificationInput>,
    responses(
        (status = 202, description = "It is on its way, unless your email is proven already", body = Done),
        (status = 400, description = "You have no email", body = ErrorBody),
        NoMail))]
pub(crate) async fn request_email_verification(
    door: Door<RequestEmailVerification>,
    input: Option<Json<RequestEmailVerificationInput>>,
) -> Result<(StatusCode, Answer<Done>), ApiError> {
    let Json(input) = input.unwrap_or_default();
    door.perform(RequestEmailVerification(input)).await?;
    Ok((StatusCode::ACCEPTED, Answer(Done::YES)))
}

/// Prove an email, a new one or the one that you have, by the link that was mailed to it.
///
/// You must be signed in to the account, or send its password: whoever reads the mail may not be who wrote the address into
/// the account.
#[utoipa::path(post, path = "/api/v1/auth/email/confirm", tag = "accounts", request_body = ConfirmEmailInput,
    responses(
        (status = 200, description = "Your account", body = MeView),
        (status = 400, description = "The link is used, too old or wrong (`LINK_NOT_VALID`)", body = ErrorBody),
        (status = 401, description = "Sign in to the account first, or send its password", body = ErrorBody),
        (status = 409, description = "Somebody else has proven the email meanwhile", body = ErrorBody),
        Invalid))]
pub(crate) async fn confirm_email(
    door: Door<ConfirmEmail>,
    Json(input): Json<ConfirmEmailInput>,
) -> Result<Answer<MeView>, ApiError> {
    let user = door.perform(ConfirmEmail(input)).await?;
    Ok(Answer(user.into()))
}

/// Get a link that sets a new password, by mail. The answer is the same whether or not there is such an account.
#[utoipa::path(post, path = "/api/v1/auth/password/forgotten", tag = "accounts", request_body = RequestPasswordResetInput,
    responses((status = 202, description = "If there is such an account, it is on its way", body = Done), Invalid, NoMail))]
pub(crate) async fn request_password_reset(
    door: Door<RequestPasswordReset>,
    Json(input): Json<RequestPasswordResetInput>,
) -> Result<(StatusCode, Answer<Done>), ApiError> {
    door.perform(RequestPasswordReset(input)).await?;
    Ok((StatusCode::ACCEPTED, Answer(Done::YES)))
}

/// Set a new password by the link that was mailed. Everybody who is signed in to the account is signed out.
#[utoipa::path(post, path = "/api/v1/auth/password/reset", tag = "accounts", request_body = ResetPasswordInput,
    responses(
        (status = 200, description = "It is set; sign in with it", body = Done),
        (status = 400, description = "The link is used, too old or wrong (`LINK_NOT_VALID`)", body = ErrorBody),
        Invalid))]
pub(crate) async fn reset_password(
    door: Door<ResetPassword>,
    Json(input): Json<ResetPasswordInput>,
) -> Result<Answer<Done>, ApiError> {
    door.perform(ResetPassword(input)).await?;
    Ok(Answer(Done::YES))
}
