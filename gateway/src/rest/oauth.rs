//! Signing in with GitHub or Google: sends the browser there and takes it back. A cookie ties the two together, so that
//! nobody can be signed in with somebody else's answer.

use axum::{
    extract::{Path, rejection::PathRejection},
    response::{AppendHeaders, IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use kit::network::is_own_path;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Query, Switch},
    identity::{AuthMethod, PublicBase, browser, find_cookie, hidden_cookie, name_cookie, write_cookie},
    operation::{
        oauth::{BeginOauth, CancelOauth, FinishOauth, LinkProvider, ListOauthProviders, ProviderVisit},
        sign_in::SignInOutcome,
    },
    view::accounts::TokensView,
};

const STATE_COOKIE: &str = "saga_oauth";
const STATE_PATH: &str = "/api/v1/auth/oauth";
/// Seconds within which somebody comes back.
const STATE_AGE: u32 = 600;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BeginQuery {
    /// A path on this server to go to afterwards, signed in by cookie; `/` without it.
    #[serde(default, alias = "returnTo")]
    #[param(value_type = Option<String>, example = "/")]
    return_to: String,
    /// `true`: adds the provider to your account instead of signing in.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    link: Switch,
}

/// Providers to sign in with.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProvidersView {
    /// Those that are configured here, as the next route takes them.
    #[schema(example = json!(["github", "google"]))]
    providers: Vec<String>,
}

/// The providers that somebody can sign in with here.
#[utoipa::path(get, path = "/api/v1/auth/oauth", tag = "accounts",
    responses((status = 200, description = "Their names", body = ProvidersView)))]
pub(crate) async fn list_oauth_providers(
    door: Door<ListOauthProviders>,
) -> Result<axum::Json<ProvidersView>, ApiError> {
    let providers = door.perform(ListOauthProviders).await?;
    Ok(axum::Json(ProvidersView { providers }))
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
    door: Door<BeginOauth>,
    linking: Result<Door<LinkProvider>, ApiError>,
    provider: Result<Path<String>, PathRejection>,
    Query(query): Query<BeginQuery>,
    base: PublicBase,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let provider = parse_provider(provider)?;
    let visit = ProviderVisit {
        redirect_url: callback_url(&base, &provider),
        provider,
        return_to: check_return(query.return_to)?,
    };

    let begun = if query.link.0 {
        let linking = linking?;
        check_site(linking.context.auth_method, &headers)?;
        linking.perform(LinkProvider(visit)).await?
    } else {
        door.perform(BeginOauth(visit)).await?
    };

    let to = write_location(&begun.authorization_url)?;
    let state = state_cookie(&begun.state, STATE_AGE, &base);
    Ok((StatusCode::FOUND, state, [(header::LOCATION, to)]).into_response())
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
    /// From the provider, instead of a code, e.g. `access_denied` when the person broke it off.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    error: String,
}

/// Where a provider sends the browser back to.
#[utoipa::path(get, path = "/api/v1/auth/oauth/{provider}/callback", tag = "accounts",
    params(("provider" = String, Path, description = "`github` or `google`"), CallbackQuery),
    responses(
        (status = 200, description = "Signed in", body = TokensView),
        (status = 303, description = "Signed in by cookie; to the path that was asked for, with `error` if it was broken off; or to \
            /confirm, which asks for the code of a second factor"),
        (status = 401, description = "The provider did not vouch for anybody", body = ErrorBody),
        (status = 404, description = "No such provider here", body = ErrorBody),
        (status = 409, description = "The account of that email must be signed in to add the provider", body = ErrorBody)))]
pub(crate) async fn finish_oauth(
    door: Door<FinishOauth>,
    cancelling: Door<CancelOauth>,
    provider: Result<Path<String>, PathRejection>,
    Query(query): Query<CallbackQuery>,
    base: PublicBase,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let provider = parse_provider(provider)?;
    let held = find_cookie(&headers, &name_cookie(STATE_COOKIE, base.is_https())).unwrap_or_default();
    let ours = !held.is_empty() && browser::is_same(held.as_bytes(), query.state.as_bytes());
    if ours && !query.error.is_empty() {
        let operation = CancelOauth {
            redirect_url: callback_url(&base, &provider),
            provider,
            state: query.state,
        };
        let to = cancelling.perform(operation).await?;

        return lead_back(&to, &query.error, &base);
    }
    if !ours || query.code.is_empty() {
        return Err(ApiError::unauthenticated(
            "The provider did not sign you in; try again.",
        ));
    }

    let operation = FinishOauth {
        redirect_url: callback_url(&base, &provider),
        provider,
        state: query.state,
        code: query.code,
    };
    let done = state_cookie("", 0, &base);
    let grant = match door.perform(operation).await? {
        SignInOutcome::Entered(session) => session.grant,
        SignInOutcome::Challenged(challenge) => {
            // Behind a `#`, so that it is in no log; the page asks for the code and goes on from there.
            let to = check_return(challenge.return_to)?;
            let to: String = url::form_urlencoded::byte_serialize(to.as_bytes()).collect();
            let location = write_location(&format!("/confirm#code={}&return_to={to}", challenge.ticket))?;
            return Ok((StatusCode::SEE_OTHER, done, [(header::LOCATION, location)]).into_response());
        }
    };

    let to = check_return(grant.return_to.clone())?;
    if to.is_empty() {
        return Ok((done, axum::Json(TokensView::read(grant)?)).into_response());
    }

    Ok((
        StatusCode::SEE_OTHER,
        done,
        [(header::LOCATION, write_location(&to)?)],
    )
        .into_response())
}

/// To the page that a sign-in began on, which learns why nobody was signed in.
fn lead_back(to: &str, error: &str, base: &PublicBase) -> Result<Response, ApiError> {
    // The words of RFC 6749 (section 4.1.2.1) only: a link to here may say anything.
    let word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let error = match error.len() <= 40 && error.bytes().all(word) {
        true => error,
        false => "server_error",
    };

    let to = check_return(to.to_owned())?;
    let to = if to.is_empty() { "/" } else { to.as_str() };
    let (page, part) = to
        .split_once('#')
        .map_or((to, String::new()), |(page, part)| (page, format!("#{part}")));
    let joint = if page.contains('?') { '&' } else { '?' };
    let location = write_location(&format!("{page}{joint}error={error}{part}"))?;

    let done = state_cookie("", 0, base);
    Ok((StatusCode::SEE_OTHER, done, [(header::LOCATION, location)]).into_response())
}

/// Whoever adds a provider must want it: a page of another site can send a browser here, with its cookie.
fn check_site(auth_method: AuthMethod, headers: &HeaderMap) -> Result<(), ApiError> {
    match browser::is_from_other_site(headers) && auth_method == AuthMethod::Cookie {
        true => Err(ApiError::foreign_origin()),
        false => Ok(()),
    }
}

fn parse_provider(provider: Result<Path<String>, PathRejection>) -> Result<String, ApiError> {
    let plain = |name: &String| {
        !name.is_empty() && name.len() <= 32 && name.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    let provider = provider.ok().map(|Path(name)| name).filter(plain);
    provider.ok_or_else(|| ApiError::not_found("There is no such provider."))
}

fn callback_url(base: &PublicBase, provider: &str) -> String {
    format!("{}{STATE_PATH}/{provider}/callback", base.0)
}

/// A path that a browser cannot take for another host.
fn check_return(path: String) -> Result<String, ApiError> {
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic());
    if path.is_empty() || (plain && is_own_path(&path) && path.len() <= 500) {
        return Ok(path);
    }

    Err(ApiError::field(
        "return_to",
        "value_error",
        "expected a path on this server, such as /",
    ))
}

fn write_location(url: &str) -> Result<HeaderValue, ApiError> {
    HeaderValue::try_from(url).map_err(|_| {
        tracing::error!("an address to go to is not one");
        ApiError::internal()
    })
}

/// It comes along when the provider sends the browser back, which is a link that a person follows.
fn state_cookie(
    state: &str,
    max_age: u32,
    base: &PublicBase,
) -> AppendHeaders<Option<(HeaderName, HeaderValue)>> {
    let secure = base.is_https();
    // A name that no other host can set needs the whole host as its path.
    let path = if secure { "/" } else { STATE_PATH };
    let cookie = hidden_cookie(STATE_COOKIE, state, max_age, secure).path(path);
    AppendHeaders(write_cookie(cookie).map(|value| (header::SET_COOKIE, value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_check_return_is_gone_to() {
        for fine in ["", "/", "/stories/1?x=1#y"] {
            assert_eq!(check_return(fine.to_owned()).unwrap(), fine);
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
            assert_eq!(check_return(wrong.to_owned()).unwrap_err().status, 422, "{wrong}");
        }
    }
}
