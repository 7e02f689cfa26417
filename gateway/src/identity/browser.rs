//! Sessions of browsers: the cookies that hold tokens out of reach of scripts, and the double submit that keeps pages of
//! other sites from using them (the cookie `csrf_token` must come back in the header `X-CSRF-Token`).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use cookie::SameSite;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use kit::ids::random_id;

use super::cookies::{find_cookie, hidden_cookie, write_cookie};
use crate::error::ApiError;

/// Holds the access token.
pub(crate) const ACCESS_COOKIE: &str = "saga_access";
/// Holds the refresh token; browsers send it to the routes of [`REFRESH_PATH`] only.
pub(crate) const REFRESH_COOKIE: &str = "saga_refresh";
/// Refresh and logout live under it.
const REFRESH_PATH: &str = "/api/v1/auth";
pub(crate) const CSRF_COOKIE: &str = "csrf_token";
pub(crate) const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");
/// 24 hours, in seconds.
const CSRF_AGE: u32 = 86_400;
/// Bytes of a token against forged requests.
const CSRF_BYTES: usize = 32;
/// One year, in seconds. Auth-svc decides when a session ends; an access token that has ended must still be sent, so
/// that the page hears of it (401) and refreshes, instead of going on as a guest.
const SESSION_AGE: u32 = 31_536_000;

/// The `Set-Cookie` headers of a new or renewed session.
pub(crate) fn write_session(access: &str, refresh: &str, secure: bool) -> Vec<HeaderValue> {
    let age = |value: &str| if value.is_empty() { 0 } else { SESSION_AGE };
    let access_cookie = hidden_cookie(ACCESS_COOKIE, access, age(access), secure);
    let refresh_cookie = hidden_cookie(REFRESH_COOKIE, refresh, age(refresh), secure)
        .path(REFRESH_PATH)
        .same_site(SameSite::Strict);

    let renewed = (!access.is_empty()).then(|| write_csrf(secure)).flatten();
    let cookies = [write_cookie(access_cookie), write_cookie(refresh_cookie), renewed];

    cookies.into_iter().flatten().collect()
}

/// The `Set-Cookie` headers that end a session in the browser.
pub(crate) fn forget_session(secure: bool) -> Vec<HeaderValue> {
    write_session("", "", secure)
}

/// The refresh token of a browser.
pub(crate) fn find_refresh_token(headers: &HeaderMap) -> Option<&str> {
    find_cookie(headers, REFRESH_COOKIE)
}

/// `Set-Cookie` with a fresh token against forged requests, which scripts of our pages can read.
pub(crate) fn write_csrf(secure: bool) -> Option<HeaderValue> {
    let mut bytes = [0; CSRF_BYTES];
    bytes[..16].copy_from_slice(random_id().as_bytes());
    bytes[16..].copy_from_slice(random_id().as_bytes());

    let token = URL_SAFE_NO_PAD.encode(bytes);
    let cookie = hidden_cookie(CSRF_COOKIE, &token, CSRF_AGE, secure)
        .same_site(SameSite::Strict)
        .http_only(false);

    write_cookie(cookie)
}

pub(crate) fn has_csrf(headers: &HeaderMap) -> bool {
    find_cookie(headers, CSRF_COOKIE).is_some()
}

/// Refuses a request that its cookie authenticates and that changes something, unless it also sends the token of its
/// cookie in the header, which only a page of ours can read.
pub(crate) fn check_csrf(method: &Method, headers: &HeaderMap) -> Result<(), ApiError> {
    if is_safe(method) {
        return Ok(());
    }

    let sent = headers.get(CSRF_HEADER).map(HeaderValue::as_bytes);
    let held = find_cookie(headers, CSRF_COOKIE).map(str::as_bytes);

    match (sent, held) {
        (Some(sent), Some(held)) if is_same(sent, held) => Ok(()),
        _ => Err(ApiError::csrf()),
    }
}

/// Methods that change nothing (RFC 9110, section 9.2.1).
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE
    )
}

/// Compares in a time that depends on the lengths only.
pub(crate) fn is_same(a: &[u8], b: &[u8]) -> bool {
    let different = a.iter().zip(b).fold(0, |different, (a, b)| different | (a ^ b));
    a.len() == b.len() && std::hint::black_box(different) == 0
}

/// Whether the request wants to become a WebSocket.
pub(crate) fn is_websocket(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(header::UPGRADE);
    let http1 = upgrade.is_some_and(|name| name.as_bytes().eq_ignore_ascii_case(b"websocket"));
    // HTTP/2 (RFC 8441) says so with `:protocol`, and its version is sent all the same.
    http1 || headers.contains_key(header::SEC_WEBSOCKET_VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &str, token: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())]);
        if let Some(token) = token {
            headers.insert(CSRF_HEADER, token.parse().unwrap());
        }
        headers
    }

    #[test]
    fn what_changes_something_needs_the_token_twice() {
        let fine = headers("csrf_token=abc", Some("abc"));
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            assert!(check_csrf(&method, &fine).is_ok(), "{method}");

            for wrong in [
                headers("csrf_token=abc", None),
                headers("csrf_token=abc", Some("abd")),
                headers("csrf_token=abc", Some("ab")),
                headers("csrf_token=abc", Some("")),
                headers("csrf_token=", Some("")),
                headers("other=abc", Some("abc")),
            ] {
                assert_eq!(
                    check_csrf(&method, &wrong).unwrap_err().status,
                    403,
                    "{method} {wrong:?}"
                );
            }
        }

        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            assert!(check_csrf(&method, &HeaderMap::new()).is_ok(), "{method}");
        }
    }

    #[test]
    fn the_cookies_of_a_session_are_out_of_reach_of_scripts_and_of_other_sites() {
        let set: Vec<_> = write_session("a.b.c", "r", true)
            .iter()
            .map(|set| set.to_str().unwrap().to_owned())
            .collect();

        assert_eq!(
            set[0],
            "saga_access=a.b.c; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=31536000"
        );
        assert_eq!(
            set[1],
            "saga_refresh=r; HttpOnly; SameSite=Strict; Secure; Path=/api/v1/auth; Max-Age=31536000"
        );
        assert!(
            set[2].starts_with("csrf_token=")
                && set[2].ends_with("; SameSite=Strict; Secure; Path=/; Max-Age=86400"),
            "{}",
            set[2]
        );
        assert_eq!(set[2].split(';').next().unwrap().len(), "csrf_token=".len() + 43);

        let unset: Vec<_> = forget_session(false)
            .iter()
            .map(|set| set.to_str().unwrap().to_owned())
            .collect();

        assert_eq!(
            unset[0],
            "saga_access=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"
        );
        assert_eq!(unset.len(), 2);
    }
}
