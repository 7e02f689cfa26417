//! Signing in and out over REST: register, login, guest, refresh, logout, and the public keys. With `?session=cookie` the
//! tokens go into cookies that scripts cannot read, instead of into the body.

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    response::{AppendHeaders, IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, header};
use kit::Problem;
use proto::v1::{
    CreateGuestRequest, Grant, LoginRequest, LogoutRequest, LogoutScope, RefreshRequest, RegisterRequest,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Json, Query},
    identity::{
        Call, How, Member, Newcomer, PublicBase, Visitor, WriteAccount, browser, forget_guest, in_header,
    },
    view::accounts::{LogoutView, TokensView},
};

#[derive(Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionQuery {
    /// Where the tokens go; default: body.
    #[serde(default)]
    #[param(value_type = Option<SessionPlace>)]
    session: SessionPlace,
}

/// Where the tokens of a session go.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SessionPlace {
    /// Into the body of the answer.
    #[default]
    Body,
    /// Into cookies, for pages: `saga_access`, `saga_refresh` and `csrf_token`.
    Cookie,
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
        (status = 422, description = "A field is wrong; `details.errors` says which and why", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody)))]
pub(crate) async fn register(
    State(app): State<Arc<App>>,
    Query(query): Query<SessionQuery>,
    Newcomer { call, upgrade }: Newcomer,
    base: PublicBase,
    Json {
        value: body,
        spelling,
    }: Json<RegisterBody>,
) -> Result<Response, ApiError> {
    let request = RegisterRequest {
        email: body.email,
        password: body.password,
        username: body.username.unwrap_or_default(),
        upgrade,
        client: Some(call.client.to_proto()),
    };
    let grant = app.clients.register(&call, request).await;
    let grant = grant.map_err(|problem| refused(spelling.problem(problem)))?;

    Ok(joined(&app, &call, upgrade, grant, query.session, &base))
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
    fn identifier(&mut self) -> Result<String, ApiError> {
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
        (status = 401, description = "The name or the password is wrong", body = ErrorBody),
        (status = 422, description = "A field is wrong; `details.errors` says which and why", body = ErrorBody),
        (status = 429, description = "Too many attempts", body = ErrorBody)))]
pub(crate) async fn login(
    State(app): State<Arc<App>>,
    Query(query): Query<SessionQuery>,
    Visitor(call): Visitor,
    base: PublicBase,
    Json {
        value: mut body,
        spelling,
    }: Json<LoginBody>,
) -> Result<Response, ApiError> {
    let request = LoginRequest {
        identifier: body.identifier()?,
        password: body.password,
        client: Some(call.client.to_proto()),
    };
    let grant = app.clients.login(&call, request).await;
    let grant = grant.map_err(|problem| refused(spelling.problem(problem)))?;
    Ok(signed_in(grant, query.session, &base))
}

/// Sign in as a guest who lasts: one with a session, who can become an account later.
#[utoipa::path(post, path = "/api/v1/auth/guest", tag = "accounts", params(SessionQuery),
    responses(
        (status = 200, description = "Signed in", body = TokensView),
        (status = 401, description = "The credentials in a header are not valid", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody)))]
pub(crate) async fn guest(
    State(app): State<Arc<App>>,
    Query(query): Query<SessionQuery>,
    Newcomer { call, upgrade }: Newcomer,
    base: PublicBase,
) -> Result<Response, ApiError> {
    // A guest who lasts already gets a second one; the guest of a cookie becomes lasting.
    let upgrade = upgrade && call.how == How::GuestCookie;
    let request = CreateGuestRequest {
        upgrade,
        client: Some(call.client.to_proto()),
    };
    let grant = app.clients.create_guest(&call, request).await.map_err(refused)?;
    Ok(joined(&app, &call, upgrade, grant, query.session, &base))
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
        (status = 403, description = "The header `X-CSRF-Token` is missing or wrong", body = ErrorBody),
        (status = 422, description = "A field is wrong; `details.errors` says which and why", body = ErrorBody)))]
pub(crate) async fn refresh(
    State(app): State<Arc<App>>,
    Query(query): Query<SessionQuery>,
    Visitor(call): Visitor,
    base: PublicBase,
    headers: HeaderMap,
    body: Option<Json<RefreshBody>>,
) -> Result<Response, ApiError> {
    let (refresh_token, place) = match body {
        Some(body) => (body.value.refresh_token, query.session),
        None => (of_cookie(&headers)?, SessionPlace::Cookie),
    };

    let request = RefreshRequest {
        refresh_token,
        client: Some(call.client.to_proto()),
    };
    let refreshed = app.clients.refresh(&call, request).await;

    match refreshed
        .and_then(|response| app.people.refreshed(response))
        .map_err(refused)
    {
        Ok(grant) => Ok(signed_in(grant, place, &base)),
        // A browser whose session is over forgets it.
        Err(error) if place == SessionPlace::Cookie && error.status == http::StatusCode::UNAUTHORIZED => {
            Ok((cookies(browser::no_session(base.is_https())), error).into_response())
        }
        Err(error) => Err(error),
    }
}

/// The refresh token of a browser, which only a page of ours may use.
fn of_cookie(headers: &HeaderMap) -> Result<String, ApiError> {
    let token = browser::refresh_token(headers);
    let token = token.ok_or_else(|| ApiError::unauthenticated("The credentials are not valid."))?;
    browser::check_csrf(&Method::POST, headers)?;
    Ok(token.to_owned())
}

/// Which sessions end.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scope {
    /// The one that asks.
    #[default]
    Local,
    /// All but the one that asks.
    Others,
    /// All.
    Global,
}

impl From<Scope> for LogoutScope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Local => Self::Local,
            Scope::Others => Self::Others,
            Scope::Global => Self::Global,
        }
    }
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogoutBody {
    /// Default: local.
    scope: Option<Scope>,
    /// Instead of an access token: the session that it belongs to.
    #[serde(alias = "refreshToken")]
    refresh_token: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogoutQuery {
    /// As in the body, which wins.
    #[serde(default)]
    #[param(value_type = Option<Scope>)]
    scope: Scope,
}

/// Sign out: here, everywhere else, or everywhere.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "accounts", request_body = Option<LogoutBody>, params(LogoutQuery),
    responses(
        (status = 200, description = "Signed out", body = LogoutView),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 403, description = "The header `X-CSRF-Token` is missing or wrong", body = ErrorBody),
        (status = 422, description = "A field is wrong; `details.errors` says which and why", body = ErrorBody)))]
pub(crate) async fn logout(
    State(app): State<Arc<App>>,
    Query(query): Query<LogoutQuery>,
    member: Result<Member<WriteAccount>, ApiError>,
    Visitor(visitor): Visitor,
    base: PublicBase,
    headers: HeaderMap,
    body: Option<Json<LogoutBody>>,
) -> Result<Response, ApiError> {
    let body = body.map(|body| body.value).unwrap_or_default();
    let scope = body.scope.unwrap_or(query.scope);
    let (call, refresh_token) = match (member, body.refresh_token) {
        (Ok(member), None) => (Call::clone(&member), String::new()),
        (_, Some(token)) => (visitor, token),
        // A page whose access token has ended can still sign out.
        (Err(_), None) if !in_header(&headers) && browser::refresh_token(&headers).is_some() => {
            (visitor, of_cookie(&headers)?)
        }
        (Err(error), None) => return Err(error),
    };

    let request = LogoutRequest {
        scope: LogoutScope::from(scope).into(),
        refresh_token,
        client: Some(call.client.to_proto()),
    };
    let ended = app.clients.logout(&call, request).await.map_err(refused)?;
    let ended = ended.revoked_session_ids;
    app.people.ended(call.actor.user_id, &ended);

    let here = !matches!(scope, Scope::Others);
    let gone = if here {
        browser::no_session(base.is_https())
    } else {
        Vec::new()
    };

    Ok((cookies(gone), Answer(LogoutView::new(ended))).into_response())
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
    Ok((headers, app.people.jwks().await?).into_response())
}

pub(super) fn refused(problem: Problem) -> ApiError {
    ApiError::from_problem(problem, "auth")
}

/// The answer to somebody who may have been a guest until now: what is remembered of the guest is asked again, and the
/// guest's cookie goes.
fn joined(
    app: &App,
    guest: &Call,
    upgraded: bool,
    grant: Grant,
    place: SessionPlace,
    base: &PublicBase,
) -> Response {
    let mut response = signed_in(grant, place, base);
    if upgraded {
        app.people.changed(guest.actor.user_id);
        response
            .headers_mut()
            .extend(forget_guest(base.is_https()).map(|set| (header::SET_COOKIE, set)));
    }
    response
}

/// The answer to somebody who has signed in.
pub(super) fn signed_in(mut grant: Grant, place: SessionPlace, base: &PublicBase) -> Response {
    let mut set = Vec::new();
    if place == SessionPlace::Cookie {
        let (access, refresh) = (
            std::mem::take(&mut grant.access_token),
            std::mem::take(&mut grant.refresh_token),
        );
        set = browser::session(&access, &refresh, base.is_https());
    }

    match TokensView::new(grant) {
        Some(view) => (cookies(set), Answer(view)).into_response(),
        None => {
            tracing::error!("a grant has no user");
            ApiError::internal().into_response()
        }
    }
}

pub(super) fn cookies(set: Vec<HeaderValue>) -> AppendHeaders<Vec<(header::HeaderName, HeaderValue)>> {
    AppendHeaders(set.into_iter().map(|value| (header::SET_COOKIE, value)).collect())
}
