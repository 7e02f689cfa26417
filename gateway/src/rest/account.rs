//! One's own account over REST: see it, change its email and password, delete it.

use axum::Json as Answer;
use http::StatusCode;

use super::answers::{Invalid, NotProven};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json},
    operation::accounts::{
        ChangeEmail, ChangeEmailInput, ChangePassword, ChangePasswordInput, DeleteAccount,
        DeleteAccountInput, GetMe,
    },
    view::accounts::{Done, MeView},
};

/// Who you are.
#[utoipa::path(get, path = "/api/v1/auth/me", tag = "accounts",
    responses((status = 200, description = "Your account", body = MeView)))]
pub(crate) async fn me(door: Door<GetMe>) -> Result<Answer<MeView>, ApiError> {
    let user = door.perform(GetMe).await?;
    Ok(Answer(user.into()))
}

/// Change your email.
///
/// Where mail is sent, the new address gets a link, and is yours once you open it; until then you have the old one.
#[utoipa::path(post, path = "/api/v1/auth/email", tag = "accounts", request_body = ChangeEmailInput,
    responses(
        (status = 200, description = "Your account", body = MeView),
        (status = 409, description = "The email is taken; where mail is sent, only its owner is told so", body = ErrorBody),
        NotProven, Invalid))]
pub(crate) async fn change_email(
    door: Door<ChangeEmail>,
    Json(input): Json<ChangeEmailInput>,
) -> Result<Answer<MeView>, ApiError> {
    let user = door.perform(ChangeEmail(input)).await?;
    Ok(Answer(user.into()))
}

/// Change your password. You are signed out everywhere else.
#[utoipa::path(post, path = "/api/v1/auth/password", tag = "accounts", request_body = ChangePasswordInput,
    responses((status = 200, description = "Your account", body = MeView), NotProven, Invalid))]
pub(crate) async fn change_password(
    door: Door<ChangePassword>,
    Json(input): Json<ChangePasswordInput>,
) -> Result<Answer<MeView>, ApiError> {
    let user = door.perform(ChangePassword(input)).await?;
    Ok(Answer(user.into()))
}

/// Delete your account and everything that it owns.
///
/// You are signed out everywhere at once; the rest is done soon after.
#[utoipa::path(delete, path = "/api/v1/auth/me", tag = "accounts", request_body = Option<DeleteAccountInput>,
    responses((status = 202, description = "It is being deleted", body = Done), NotProven, Invalid))]
pub(crate) async fn delete_me(
    door: Door<DeleteAccount>,
    input: Option<Json<DeleteAccountInput>>,
) -> Result<(StatusCode, Answer<Done>), ApiError> {
    let Json(input) = input.unwrap_or_default();
    door.perform(DeleteAccount(input)).await?;

    Ok((StatusCode::ACCEPTED, Answer(Done::YES)))
}
