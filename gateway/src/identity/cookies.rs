//! Reads the `Cookie` header and writes `Set-Cookie`, by the crate `cookie`. Knows no cookie by name.

use std::borrow::Cow;

use cookie::{CookieBuilder, SameSite, time::Duration};
use http::{HeaderMap, HeaderValue, header};

/// The value of the first cookie of this name that has one.
pub(crate) fn find_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let cookies = lines.flat_map(cookie::Cookie::split_parse).flatten();
    let mut values = cookies.filter_map(|cookie| match cookie.name() == name {
        true => cookie.value_raw(),
        false => None,
    });

    values.find(|value| !value.is_empty())
}

/// How a cookie is called: over https in a way that only this host can set (RFC 6265bis, section 4.1.3.2).
pub(crate) fn name_cookie(name: &'static str, secure: bool) -> Cow<'static, str> {
    match secure {
        true => Cow::Owned(format!("__Host-{name}")),
        false => Cow::Borrowed(name),
    }
}

/// A cookie for all paths that scripts cannot read and that links from other sites bring along, for `max_age` seconds; 0
/// removes it. `secure`: over https only, and under a name for that.
pub(crate) fn hidden_cookie<'a>(
    name: &'static str,
    value: &'a str,
    max_age: u32,
    secure: bool,
) -> CookieBuilder<'a> {
    cookie::Cookie::build((name_cookie(name, secure), value))
        .path("/")
        .max_age(Duration::seconds(max_age.into()))
        .same_site(SameSite::Lax)
        .http_only(true)
        .secure(secure)
}

/// `Set-Cookie`; `None` when the value is not one that a header can have.
pub(crate) fn write_cookie(cookie: CookieBuilder<'_>) -> Option<HeaderValue> {
    HeaderValue::try_from(cookie.build().to_string()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name_and_an_empty_one_is_none() {
        let headers = HeaderMap::from_iter([
            (header::COOKIE, "xa=1; a=2;b = 3; c=".parse().unwrap()),
            (header::COOKIE, "d=x=y".parse().unwrap()),
        ]);
        let found = ["a", "xa", "c", "d", "e"].map(|name| find_cookie(&headers, name));

        assert_eq!(found, [Some("2"), Some("1"), None, Some("x=y"), None]);
    }

    #[test]
    fn attributes_are_written_as_browsers_read_them() {
        let write = |cookie| write_cookie(cookie).unwrap();
        let hidden = |secure| hidden_cookie("n", "v", 60, secure);

        assert_eq!(
            write(hidden(true)),
            "__Host-n=v; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60"
        );
        assert_eq!(
            write(hidden(false).http_only(false).same_site(SameSite::Strict)),
            "n=v; SameSite=Strict; Path=/; Max-Age=60"
        );
        assert_eq!(write_cookie(hidden_cookie("n", "a\nb", 60, true)), None);
    }
}
