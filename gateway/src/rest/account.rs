//! One's own account over REST: see it, change its email and password, delete it.

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use proto::v1::{ChangeEmailRequest, ChangePasswordRequest, DeleteAccountRequest};
use serde::Deserialize;
use utoipa::ToSchema;

use super::auth::{cookies, refused};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::Json,
    identity::{Account, Member, PublicBase, ReadAccount, WriteAccount, browser},
    view::accounts::{Done, MeView},
};

/// Who you are.
#[utoipa::path(get, path = "/api/v1/auth/me", tag = "accounts",
    responses(
        (status = 200, description = "Your account", body = MeView),
        (status = 401, description = "Not signed in", body = ErrorBody)))]
pub(crate) async fn me(
    State(app): State<Arc<App>>,
    call: Member<ReadAccount>,
) -> Result<Answer<MeView>, ApiError> {
    let user = app.clients.get_me(&call).await.map_err(refused)?;
    Ok(Answer(user.into()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailBody {
    email: String,
    /// The current one; may be missing where the account has none.
    password: Option<String>,
}

/// Change your email.
#[utoipa::path(post, path = "/api/v1/auth/email", tag = "accounts", request_body = EmailBody,
    responses(
        (status = 200, description = "Your account", body = MeView),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 403, description = "You have no account yet", body = ErrorBody),
        (status = 409, description = "The email is taken", body = ErrorBody),
        (status = 422, description = "A field is wrong; `details.errors` says which and why", body = ErrorBody)))]
pub(crate) async fn change_email(
    State(app): State<Arc<App>>,
    call: Account<WriteAccount>,
    Json {
        value: body,
        spelling,
    }: Json<EmailBody>,
) -> Result<Answer<MeView>, ApiError> {
    let request = ChangeEmailRequest {
        email: body.email,
        password: body.password.unwrap_or_default(),
        client: Some(call.client.to_proto()),
    };
    let user = app.clients.change_email(&call, request).await;
    let user = user.map_err(|problem| refused(spelling.problem(problem)))?;

    app.people.changed(call.actor.user_id);

    Ok(Answer(user.into()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordBody {
    /// May be missing where the account has none.
    #[serde(alias = "currentPassword")]
    current_password: Option<String>,
    /// At least 8 characters, and not a well-known one.
    #[serde(alias = "newPassword")]
    new_password: String,
}

/// Change your password. You are signed out everywhere else.
#[utoipa::path(post, path = "/api/v1/auth/password", tag = "accounts", request_body = PasswordBody,
    responses(
        (status = 200, description = "Your account", body = MeView),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 403, description = "You have no account yet", body = ErrorBody),
        (status = 422, description = "A field is wrong; `details.errors` says which and why", body = ErrorBody)))]
pub(crate) async fn change_password(
    State(app): State<Arc<App>>,
    call: Account<WriteAccount>,
    Json {
        value: body,
        spelling,
    }: Json<PasswordBody>,
) -> Result<Answer<MeView>, ApiError> {
    let request = ChangePasswordRequest {
        current_password: body.current_password.unwrap_or_default(),
        new_password: body.new_password,
        client: Some(call.client.to_proto()),
    };
    let user = app.clients.change_password(&call, request).await;
    let user = user.map_err(|problem| refused(spelling.problem(problem)))?;

    app.people.changed(call.actor.user_id);

    Ok(Answer(user.into()))
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteBody {
    /// The current one, where the account has one.
    password: Option<String>,
}

/// Delete your account and everything that it owns.
///
/// You are signed out everywhere at once; the rest is done soon after.
#[utoipa::path(delete, path = "/api/v1/auth/me", tag = "accounts", request_body = Option<DeleteBody>,
    responses(
        (status = 202, description = "It is being deleted", body = Done),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 422, description = "A field is wrong; `details.errors` says which and why", body = ErrorBody)))]
pub(crate) async fn delete_me(
    State(app): State<Arc<App>>,
    call: Member<WriteAccount>,
    base: PublicBase,
    body: Option<Json<DeleteBody>>,
) -> Result<Response, ApiError> {
    let body = body.map(|body| body.value).unwrap_or_default();
    let request = DeleteAccountRequest {
        password: body.password.unwrap_or_default(),
        client: Some(call.client.to_proto()),
    };
    app.clients
        .delete_account(&call, request)
        .await
        .map_err(refused)?;
    app.people.changed(call.actor.user_id);

    let gone = cookies(browser::no_session(base.is_https()));
    Ok((StatusCode::ACCEPTED, gone, Answer(Done::YES)).into_response())
}
