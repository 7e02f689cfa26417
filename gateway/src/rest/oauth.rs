//! Signing in with GitHub or Google: sends the browser there and takes it back. A cookie ties the two together, so that
//! nobody can be signed in with somebody else's answer.

use std::sync::Arc;

use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use proto::v1::{BeginOauthRequest, FinishOauthRequest};
use serde::Deserialize;
use utoipa::IntoParams;

use super::auth::{SessionPlace, cookies, refused, signed_in};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::Query,
    identity::{
        Call, Cookie, How, Member, PublicBase, SameSite, Visitor, WriteAccount, browser, find_cookie,
    },
};

const STATE_COOKIE: &str = "saga_oauth";
const STATE_PATH: &str = "/api/v1/auth/oauth";
/// Seconds within which somebody comes back.
const STATE_AGE: u64 = 600;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BeginQuery {
    /// A path on this server to go to afterwards, signed in by cookie, e.g. `/`. Without it, the callback answers with
    /// tokens.
    #[serde(default, alias = "returnTo")]
    #[param(value_type = Option<String>, example = "/")]
    return_to: String,
    /// `true`: adds the provider to your account instead of signing in.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    link: Flag,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(try_from = "String")]
struct Flag(bool);

impl TryFrom<String> for Flag {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self).map_err(|_| "expected true or false")
    }
}

/// Go to a provider (`github`, `google`) to sign in.
#[utoipa::path(get, path = "/api/v1/auth/oauth/{provider}", tag = "accounts",
    params(("provider" = String, Path, description = "`github` or `google`"), BeginQuery),
    responses(
        (status = 302, description = "To the provider"),
        (status = 401, description = "`link` is wanted and nobody is signed in", body = ErrorBody),
        (status = 403, description = "A page of another site cannot add a provider", body = ErrorBody),
        (status = 404, description = "No such provider here", body = ErrorBody),
        (status = 422, description = "A parameter is wrong", body = ErrorBody)))]
pub(crate) async fn begin_oauth(
    State(app): State<Arc<App>>,
    provider: Result<Path<String>, PathRejection>,
    Query(query): Query<BeginQuery>,
    call: Result<Call, ApiError>,
    Visitor(visitor): Visitor,
    base: PublicBase,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let provider = named(provider)?;
    let call = if query.link.0 {
        linking(call?, &headers)?
    } else {
        visitor
    };

    let request = BeginOauthRequest {
        redirect_url: callback(&base, &provider),
        provider,
        return_to: on_our_side(query.return_to)?,
        link: query.link.0,
    };
    let begun = app.clients.begin_oauth(&call, request).await.map_err(refused)?;
    let to = location(&begun.authorization_url)?;
    let state = state_cookie(&begun.state, STATE_AGE, &base);

    Ok((StatusCode::FOUND, cookies(state), [(header::LOCATION, to)]).into_response())
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallbackQuery {
    /// From the provider.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    code: String,
    /// What it was sent there with.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    state: String,
}

/// Where a provider sends the browser back to.
#[utoipa::path(get, path = "/api/v1/auth/oauth/{provider}/callback", tag = "accounts",
    params(("provider" = String, Path, description = "`github` or `google`"), CallbackQuery),
    responses(
        (status = 200, description = "Signed in", body = crate::view::accounts::TokensView),
        (status = 303, description = "Signed in by cookie; to the path that was asked for"),
        (status = 401, description = "The provider did not vouch for anybody", body = ErrorBody),
        (status = 404, description = "No such provider here", body = ErrorBody),
        (status = 409, description = "The account of that email must be signed in to add the provider", body = ErrorBody)))]
pub(crate) async fn finish_oauth(
    State(app): State<Arc<App>>,
    provider: Result<Path<String>, PathRejection>,
    Query(query): Query<CallbackQuery>,
    call: Result<Call, ApiError>,
    Visitor(visitor): Visitor,
    base: PublicBase,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let provider = named(provider)?;
    let held = find_cookie(&headers, STATE_COOKIE).unwrap_or_default();
    let ours = !held.is_empty() && browser::same(held.as_bytes(), query.state.as_bytes());
    if !ours || query.code.is_empty() {
        return Err(ApiError::unauthenticated(
            "The provider did not sign you in; try again.",
        ));
    }

    let call = call.unwrap_or(visitor);
    let request = FinishOauthRequest {
        redirect_url: callback(&base, &provider),
        provider,
        state: query.state,
        code: query.code,
        client: Some(call.client.to_proto()),
    };
    let grant = app.clients.finish_oauth(&call, request).await.map_err(refused)?;

    app.people.changed(call.actor.user_id);

    // The account may have lost every way in but this one: what is remembered of it must not outlive that.
    let account = grant.user.as_ref().and_then(|user| user.id.parse().ok());
    if let Some(account) = account {
        app.people.changed(account);
    }

    let done = cookies(state_cookie("", 0, &base));
    let to = on_our_side(grant.return_to.clone())?;
    if to.is_empty() {
        return Ok((done, signed_in(grant, SessionPlace::Body, &base)).into_response());
    }

    let session = cookies(browser::session(
        &grant.access_token,
        &grant.refresh_token,
        base.is_https(),
    ));

    Ok((
        StatusCode::SEE_OTHER,
        done,
        session,
        [(header::LOCATION, location(&to)?)],
    )
        .into_response())
}

/// Whoever adds a provider must want it: a page of another site can send a browser here, with its cookie.
fn linking(call: Call, headers: &HeaderMap) -> Result<Call, ApiError> {
    let member = Member::<WriteAccount>::of(call)?;
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let foreign = site.is_some_and(|site| !matches!(site, b"same-origin" | b"none"));
    if foreign && member.how == How::Cookie {
        return Err(ApiError::foreign_origin());
    }
    Ok(Call::clone(&member))
}

fn named(provider: Result<Path<String>, PathRejection>) -> Result<String, ApiError> {
    let plain = |name: &String| {
        !name.is_empty() && name.len() <= 32 && name.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    let provider = provider.ok().map(|Path(name)| name).filter(plain);
    provider.ok_or_else(|| ApiError::not_found("There is no such provider."))
}

fn callback(base: &PublicBase, provider: &str) -> String {
    format!("{}{STATE_PATH}/{provider}/callback", base.0)
}

/// A path that a browser cannot take for another host.
fn on_our_side(path: String) -> Result<String, ApiError> {
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let own = path.starts_with('/') && !path.starts_with("//");
    if path.is_empty() || (plain && own && path.len() <= 500) {
        return Ok(path);
    }

    Err(ApiError::field(
        "return_to",
        "value_error",
        "expected a path on this server, such as /",
    ))
}

fn location(url: &str) -> Result<HeaderValue, ApiError> {
    HeaderValue::try_from(url).map_err(|_| {
        tracing::error!("an address to go to is not one");
        ApiError::internal()
    })
}

fn state_cookie(state: &str, max_age: u64, base: &PublicBase) -> Vec<HeaderValue> {
    let cookie = Cookie {
        name: STATE_COOKIE,
        value: state,
        path: STATE_PATH,
        max_age,
        // The way back from the provider is a link that a person follows.
        same_site: SameSite::Lax,
        readable: false,
        secure: base.is_https(),
    };

    cookie.header().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_on_our_side_is_gone_to() {
        for fine in ["", "/", "/stories/1?x=1#y"] {
            assert_eq!(on_our_side(fine.to_owned()).unwrap(), fine);
        }

        for wrong in [
            "https://evil.test",
            "//evil.test",
            "/\\evil.test",
            "evil",
            "/a\nb",
            "javascript:x",
            "/ a",
        ] {
            assert_eq!(on_our_side(wrong.to_owned()).unwrap_err().status, 422, "{wrong}");
        }
    }
}
