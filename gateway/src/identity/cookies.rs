//! Reads the `Cookie` header and writes `Set-Cookie`: RFC 6265bis as far as we use it. Knows no cookie by name.

use std::fmt::Write as _;

use http::{HeaderMap, HeaderValue, header};

/// The value of the first cookie of this name.
pub(crate) fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let mut pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(key, value)| (key == name && !value.is_empty()).then_some(value))
}

/// Which requests from other sites bring the cookie along.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SameSite {
    /// Only a link that a person follows.
    Lax,
    /// None at all.
    Strict,
}

/// A cookie to set. Scripts cannot read it unless `readable`.
pub(crate) struct Cookie<'a> {
    pub(crate) name: &'static str,
    pub(crate) value: &'a str,
    pub(crate) path: &'static str,
    /// Seconds; 0 removes it.
    pub(crate) max_age: u64,
    pub(crate) same_site: SameSite,
    pub(crate) readable: bool,
    /// Only over https.
    pub(crate) secure: bool,
}

impl Cookie<'_> {
    /// `None` when the value is not one that a cookie can have.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let Self {
            name,
            value,
            path,
            max_age,
            ..
        } = self;
        let mut text = format!("{name}={value}; Path={path}; Max-Age={max_age}; SameSite=");
        text.push_str(match self.same_site {
            SameSite::Lax => "Lax",
            SameSite::Strict => "Strict",
        });

        for (wanted, attribute) in [(!self.readable, "HttpOnly"), (self.secure, "Secure")] {
            if wanted {
                let _ = write!(text, "; {attribute}");
            }
        }

        HeaderValue::try_from(text).ok()
    }
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
        let found = ["a", "xa", "c", "d", "e"].map(|name| find(&headers, name));
        assert_eq!(found, [Some("2"), Some("1"), None, Some("x=y"), None]);
    }

    #[test]
    fn attributes_are_written_as_browsers_read_them() {
        let mut cookie = Cookie {
            name: "n",
            value: "v",
            path: "/",
            max_age: 60,
            same_site: SameSite::Lax,
            readable: false,
            secure: true,
        };

        assert_eq!(
            cookie.header().unwrap(),
            "n=v; Path=/; Max-Age=60; SameSite=Lax; HttpOnly; Secure"
        );

        (cookie.readable, cookie.secure, cookie.same_site) = (true, false, SameSite::Strict);
        assert_eq!(
            cookie.header().unwrap(),
            "n=v; Path=/; Max-Age=60; SameSite=Strict"
        );

        cookie.value = "a\nb";
        assert!(cookie.header().is_none());
    }
}
