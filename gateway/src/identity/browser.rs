//! Sessions of browsers: the cookies that hold tokens out of reach of scripts. Over https their names begin with `__Host-`, so
//! that only this very host can set them: no page of a neighbouring domain puts its own session into a visitor's browser.

use cookie::SameSite;
use http::{HeaderMap, HeaderValue, Method, header};
use uuid::Uuid;

use super::{
    cookies::{find_cookie, hidden_cookie, name_cookie, write_cookie},
    csrf::{CSRF_COOKIE, CsrfKey},
};

/// Holds the access token.
pub(crate) const ACCESS_COOKIE: &str = "saga_access";
/// Holds the refresh token. Over plain http browsers send it to the routes of [`REFRESH_PATH`] only; a name that no other host
/// can set needs the whole host as its path.
const REFRESH_COOKIE: &str = "saga_refresh";
/// Refresh and logout live under it.
const REFRESH_PATH: &str = "/api/v1/auth";
/// 24 hours, in seconds.
const CSRF_AGE: u32 = 86_400;
/// One year, in seconds. Auth-svc decides when a session ends; an access token that has ended must still be sent, so
/// that the page hears of it (401) and refreshes, instead of going on as a guest.
const SESSION_AGE: u32 = 31_536_000;

/// Writes the cookies of one browser.
pub(crate) struct CookieWriter<'a> {
    pub(crate) csrf: &'a CsrfKey,
    /// The browser came over https.
    pub(crate) secure: bool,
}

impl CookieWriter<'_> {
    /// The `Set-Cookie` headers of a new or renewed session.
    pub(crate) fn write_session(
        &self,
        access: &str,
        refresh: &str,
        session: Option<Uuid>,
    ) -> Vec<HeaderValue> {
        let renewed = self.write_csrf(session);
        self.write_tokens(access, refresh).chain(renewed).collect()
    }

    /// The `Set-Cookie` headers that end a session in the browser.
    pub(crate) fn forget_session(&self) -> Vec<HeaderValue> {
        self.write_tokens("", "").collect()
    }

    fn write_tokens(&self, access: &str, refresh: &str) -> impl Iterator<Item = HeaderValue> {
        let age = |value: &str| if value.is_empty() { 0 } else { SESSION_AGE };
        let path = if self.secure { "/" } else { REFRESH_PATH };
        let access_cookie = hidden_cookie(ACCESS_COOKIE, access, age(access), self.secure);
        let refresh_cookie = hidden_cookie(REFRESH_COOKIE, refresh, age(refresh), self.secure)
            .path(path)
            .same_site(SameSite::Strict);

        [write_cookie(access_cookie), write_cookie(refresh_cookie)]
            .into_iter()
            .flatten()
    }

    /// `Set-Cookie` with a fresh token against forged requests, which scripts of our pages can read. Its name is the same
    /// everywhere, because clients look for it; that others can set it helps nobody, because it is signed.
    pub(crate) fn write_csrf(&self, session: Option<Uuid>) -> Option<HeaderValue> {
        let token = self.csrf.make(session);
        let cookie = cookie::Cookie::build((CSRF_COOKIE, token.as_str()))
            .path("/")
            .max_age(cookie::time::Duration::seconds(CSRF_AGE.into()))
            .same_site(SameSite::Strict)
            .secure(self.secure);

        write_cookie(cookie)
    }
}

/// The access token of a browser.
pub(crate) fn find_access_token(headers: &HeaderMap, secure: bool) -> Option<&str> {
    find_cookie(headers, &name_cookie(ACCESS_COOKIE, secure))
}

/// The refresh token of a browser.
pub(crate) fn find_refresh_token(headers: &HeaderMap, secure: bool) -> Option<&str> {
    find_cookie(headers, &name_cookie(REFRESH_COOKIE, secure))
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

/// Whether a browser says that a page of another site sent this request. `none`: a person did, e.g. by typing an address.
pub(crate) fn is_from_other_site(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .is_some_and(|site| site != "same-origin" && site != "none")
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
    use kit::secrets::Key;

    use super::*;

    fn set(secure: bool, write: impl Fn(&CookieWriter<'_>) -> Vec<HeaderValue>) -> Vec<String> {
        let csrf = CsrfKey::new(Key::random());
        let headers = write(&CookieWriter { csrf: &csrf, secure });
        headers
            .iter()
            .map(|set| set.to_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn the_cookies_of_a_session_are_out_of_reach_of_scripts_and_of_other_hosts() {
        let kept = set(true, |writer| writer.write_session("a.b.c", "r", None));
        assert_eq!(
            kept[0],
            "__Host-saga_access=a.b.c; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=31536000"
        );
        assert_eq!(
            kept[1],
            "__Host-saga_refresh=r; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=31536000"
        );
        assert!(
            kept[2].starts_with("csrf_token=-.")
                && kept[2].ends_with("; SameSite=Strict; Secure; Path=/; Max-Age=86400"),
            "{}",
            kept[2]
        );

        let plain = set(false, |writer| writer.write_session("a.b.c", "r", None));
        assert_eq!(
            plain[1],
            "saga_refresh=r; HttpOnly; SameSite=Strict; Path=/api/v1/auth; Max-Age=31536000"
        );
        let unset = set(false, |writer| writer.forget_session());
        assert_eq!(
            unset[0],
            "saga_access=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"
        );
        assert_eq!(unset.len(), 2);
    }

    #[test]
    fn over_https_only_names_that_no_other_host_can_set_count() {
        let headers =
            |cookie: &'static str| HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(cookie))]);
        let tossed = headers("saga_access=a; saga_refresh=r");
        assert_eq!(find_access_token(&tossed, true), None);
        assert_eq!(find_refresh_token(&tossed, true), None);
        assert_eq!(find_access_token(&tossed, false), Some("a"));

        let own = headers("saga_access=a; __Host-saga_access=b");
        assert_eq!(find_access_token(&own, true), Some("b"));
    }
}
