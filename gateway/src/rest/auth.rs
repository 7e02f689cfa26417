//! Signing in and out over REST: register, login, guest, refresh, logout, and the public keys. With `?session=cookie` the
//! tokens go into cookies that scripts cannot read, instead of into the body.

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::answers::Invalid;
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Door, Json, Query, RefreshCookie},
    operation::{
        CookieChange,
        sign_in::{
            CreateGuest, FinishSignIn, Login, Logout, LogoutByToken, LogoutScope, Refresh, Refreshed,
            Register, SessionPlace, SignInOutcome,
        },
    },
    view::accounts::{LogoutView, TokensView},
};

#[derive(Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionQuery {
    /// Where the tokens go; default: body. Pages of other sites may not have them put into cookies: 403.
    #[serde(default)]
    #[param(value_type = Option<SessionPlace>)]
    session: SessionPlace,
}

/// A new account. `username` is made from the email when it is missing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "ada@example.org", "password": "correct horse battery" }))]
pub(crate) struct RegisterBody {
    email: String,
    /// At least 8 characters, and not a well-known one.
    password: String,
    /// 2 to 50 characters.
    username: Option<String>,
}

/// Make an account and sign in.
///
/// A guest who brings a token or cookie of its own becomes the account and keeps what it made.
#[utoipa::path(post, path = "/api/v1/auth/register", tag = "accounts", request_body = RegisterBody, params(SessionQuery),
    responses(
        (status = 200, description = "Signed in", body = TokensView),
        (status = 401, description = "The credentials in a header are not valid", body = ErrorBody),
        (status = 409, description = "The email or the username is taken", body = ErrorBody),
        Invalid))]
pub(crate) async fn register(
    door: Door<Register>,
    Query(query): Query<SessionQuery>,
    Json(body): Json<RegisterBody>,
) -> Result<Answer<TokensView>, ApiError> {
    let operation = Register {
        email: body.email,
        password: body.password,
        username: body.username,
        place: query.session,
    };
    let session = door.perform(operation).await?;

    TokensView::read(session.grant).map(Answer)
}

/// Who signs in: one of `email`, `username` and `identifier`, which may be either.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "ada@example.org", "password": "correct horse battery" }))]
pub(crate) struct LoginBody {
    identifier: Option<String>,
    email: Option<String>,
    username: Option<String>,
    password: String,
}

impl LoginBody {
    fn take_identifier(&mut self) -> Result<String, ApiError> {
        let mut given = [&mut self.identifier, &mut self.email, &mut self.username]
            .into_iter()
            .filter_map(Option::take);
        let first = given
            .next()
            .ok_or_else(|| ApiError::field("email", "missing", "expected an email or a username"))?;

        match given.all(|other| other == first) {
            true => Ok(first),
            false => Err(ApiError::field(
                "username",
                "value_error",
                "expected the same as the other name, or only one",
            )),
        }
    }
}

/// Sign in with a password.
#[utoipa::path(post, path = "/api/v1/auth/login", tag = "accounts", request_body = LoginBody, params(SessionQuery),
    responses(
        (status = 200, description = "Signed in", body = TokensView),
        (status = 401, description = "The name or the password is wrong; or, with the reason `SECOND_FACTOR_NEEDED` and a \
            `details.ticket`, both are right and a code is asked for at /api/v1/auth/login/code", body = ErrorBody),
        Invalid,
        (status = 429, description = "Too many attempts", body = ErrorBody)))]
pub(crate) async fn login(
    door: Door<Login>,
    Query(query): Query<SessionQuery>,
    Json(mut body): Json<LoginBody>,
) -> Result<Answer<TokensView>, ApiError> {
    let operation = Login {
        identifier: body.take_identifier()?,
        password: body.password,
        place: query.session,
    };
    let session = door
        .perform(operation)
        .await
        .and_then(SignInOutcome::into_session)?;

    TokensView::read(session.grant).map(Answer)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "ticket": "…", "code": "123456" }))]
pub(crate) struct CodeBody {
    /// From the answer that asked for a code.
    ticket: String,
    /// Of your authenticator, or a recovery code.
    code: String,
}

/// Sign in with the code that was asked for. A code is good once.
#[utoipa::path(post, path = "/api/v1/auth/login/code", tag = "accounts", request_body = CodeBody, params(SessionQuery),
    responses(
        (status = 200, description = "Signed in", body = TokensView),
        (status = 401, description = "The code is wrong or used, or the ticket is; begin anew after a few", body = ErrorBody),
        Invalid,
        (status = 429, description = "Too many attempts", body = ErrorBody)))]
pub(crate) async fn finish_sign_in(
    door: Door<FinishSignIn>,
    Query(query): Query<SessionQuery>,
    Json(body): Json<CodeBody>,
) -> Result<Answer<TokensView>, ApiError> {
    let operation = FinishSignIn {
        ticket: body.ticket,
        code: body.code,
        place: query.session,
    };
    let session = door.perform(operation).await?;

    TokensView::read(session.grant).map(Answer)
}

/// Sign in as a guest who lasts: one with a session, who can become an account later.
#[utoipa::path(post, path = "/api/v1/auth/guest", tag = "accounts", params(SessionQuery),
    responses(
        (status = 200, description = "Signed in", body = TokensView),
        (status = 401, description = "The credentials in a header are not valid", body = ErrorBody)))]
pub(crate) async fn guest(
    door: Door<CreateGuest>,
    Query(query): Query<SessionQuery>,
) -> Result<Answer<TokensView>, ApiError> {
    let operation = CreateGuest { place: query.session };
    let session = door.perform(operation).await?;

    TokensView::read(session.grant).map(Answer)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshBody {
    #[serde(alias = "refreshToken")]
    refresh_token: String,
}

/// Exchange a refresh token for new tokens. Without a body, the one in the cookie, and the new ones go there too.
#[utoipa::path(post, path = "/api/v1/auth/refresh", tag = "accounts", request_body = Option<RefreshBody>, params(SessionQuery),
    responses(
        (status = 200, description = "Signed in again", body = TokensView),
        (status = 401, description = "The refresh token is not valid", body = ErrorBody),
        (status = 403, description = "The header `X-CSRF-Token` is missing or wrong, or a page of another site asks", body = ErrorBody),
        Invalid))]
pub(crate) async fn refresh(
    door: Door<Refresh>,
    Query(query): Query<SessionQuery>,
    cookie: RefreshCookie,
    body: Option<Json<RefreshBody>>,
) -> Result<Answer<TokensView>, ApiError> {
    let (refresh_token, place) = match body {
        Some(Json(body)) => (body.refresh_token, query.session),
        None => (cookie.take()?, SessionPlace::Cookie),
    };
    let operation = Refresh { refresh_token, place };
    let refreshed = door.perform(operation).await.and_then(Refreshed::into_session);

    // A browser whose session is over forgets it.
    let session = refreshed.inspect_err(|error| {
        if place == SessionPlace::Cookie && error.status == StatusCode::UNAUTHORIZED {
            door.set_cookie(CookieChange::ForgetSession);
        }
    })?;

    TokensView::read(session.grant).map(Answer)
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogoutBody {
    /// Default: local.
    scope: Option<LogoutScope>,
    /// Instead of an access token: the session that it belongs to.
    #[serde(alias = "refreshToken")]
    refresh_token: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogoutQuery {
    /// As in the body, which wins.
    #[serde(default)]
    #[param(value_type = Option<LogoutScope>)]
    scope: LogoutScope,
}

/// Sign out: here, everywhere else, or everywhere.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "accounts", request_body = Option<LogoutBody>, params(LogoutQuery),
    responses(
        (status = 200, description = "Signed out", body = LogoutView),
        (status = 403, description = "The header `X-CSRF-Token` is missing or wrong, or a page of another site asks", body = ErrorBody),
        Invalid))]
pub(crate) async fn logout(
    by_token: Door<LogoutByToken>,
    door: Result<Door<Logout>, ApiError>,
    Query(query): Query<LogoutQuery>,
    cookie: RefreshCookie,
    body: Option<Json<LogoutBody>>,
) -> Result<Answer<LogoutView>, ApiError> {
    let Json(body) = body.unwrap_or_default();
    let scope = body.scope.unwrap_or(query.scope);

    let refresh_token = match (&door, body.refresh_token) {
        (_, Some(token)) => Some(token),
        (Ok(_), None) => None,
        // A page whose access token has ended can still sign out.
        (Err(_), None) if cookie.is_there() => Some(cookie.take()?),
        (Err(_), None) => None,
    };
    let ended = match refresh_token {
        Some(refresh_token) => {
            let operation = LogoutByToken { scope, refresh_token };
            by_token.perform(operation).await?
        }
        None => door?.perform(Logout { scope }).await?,
    };

    Ok(Answer(LogoutView::new(ended.ids)))
}

/// The public keys that access tokens are signed with, as a JSON Web Key Set (RFC 7517).
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "accounts",
    responses(
        (status = 200, description = "The keys", body = serde_json::Value),
        (status = 503, description = "Not available now", body = ErrorBody)))]
pub(crate) async fn jwks(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=300"),
    ];
    let keys = app.identity.authenticator.read_jwks().await?;

    Ok((headers, keys).into_response())
}
