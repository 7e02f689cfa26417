//! Where clients reach us: the base of every absolute URL in an answer, and the origin of our own pages.

use std::sync::Arc;

use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Uri, header};

use super::{address::Proxies, resolver::IdentityResolver};

/// Where clients reach us, e.g. `https://saga.example`, for absolute URLs in answers. The configured `public_url`;
/// without one, the host that the client itself asked for, which can mislead only that client. `https` then needs
/// `X-Forwarded-Proto` from a trusted proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicBase(pub(crate) Arc<str>);

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

impl PublicBase {
    /// `uri` is the request's own: HTTP/2 names the host there.
    pub(crate) fn read(
        headers: &HeaderMap,
        uri: &Uri,
        extensions: &Extensions,
        resolver: &IdentityResolver,
    ) -> Self {
        if let Some(base) = &resolver.public_base {
            return Self(Arc::clone(base));
        }

        let fallback = || resolver.listen.to_string();
        let host = host(headers, uri).map_or_else(fallback, str::to_owned);
        let https = is_forwarded_https(headers, extensions, &resolver.proxies);
        let scheme = if https { "https" } else { "http" };

        Self(format!("{scheme}://{host}").into())
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

/// Whether a proxy that is believed says that the client came over https.
pub(super) fn is_forwarded_https(headers: &HeaderMap, extensions: &Extensions, proxies: &Proxies) -> bool {
    let https = headers.get(FORWARDED_PROTO).is_some_and(|proto| proto == "https");
    https && proxies.forwarded(extensions)
}

/// Whether a page of this origin was served by us: it has the host and port that the request itself asked for, or those
/// of `public_url`. The scheme does not count, because a proxy may have changed it.
pub(super) fn is_own_origin(origin: &str, headers: &HeaderMap, uri: &Uri, public_base: Option<&str>) -> bool {
    let page = authority(origin);
    let asked = host(headers, uri).map(str::to_ascii_lowercase);
    let public = public_base.map(authority);
    !page.is_empty() && (asked.is_some_and(|host| host == page) || public.is_some_and(|host| host == page))
}

/// Whether it is a page that this machine shows itself, or an app (`app://`): they may call, without credentials (contract,
/// row 26).
pub(crate) fn is_local_origin(origin: &str) -> bool {
    let Some((scheme, host)) = origin.split_once("://") else {
        return false;
    };
    let bare = host.split_once(':').map_or(host, |(bare, _)| bare);
    scheme == "app" || (matches!(scheme, "http" | "https") && bare == "localhost")
}

/// Host and port of a URL or an origin; empty when it has none.
fn authority(url: &str) -> String {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default().to_ascii_lowercase()
}

/// The host that the client asked for, when it is one.
fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let named = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let asked = named.or_else(|| uri.authority().map(http::uri::Authority::as_str));
    asked.filter(|host| is_host(host))
}

/// The name of the host that the client asked for, in lower case, without its port; `None` when it names none. What is no
/// host at all is a name that nobody has.
pub(super) fn named_host(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let given = headers.get(header::HOST).map(HeaderValue::as_bytes);
    let given = given.or_else(|| uri.authority().map(|authority| authority.as_str().as_bytes()))?;

    let text = String::from_utf8_lossy(given).to_ascii_lowercase();
    let end = match text.rfind(']') {
        Some(bracket) => bracket + 1,
        None => text.find(':').unwrap_or(text.len()),
    };

    Some(text[..end].trim_end_matches('.').to_owned())
}

/// A host and perhaps a port, and nothing that could be anything else in a URL.
fn is_host(text: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    text.len() <= 255 && text.bytes().all(plain) && text.parse::<http::uri::Authority>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_header_must_be_a_host() {
        for fine in ["saga.example", "127.0.0.1:8000", "[::1]:8000"] {
            assert!(is_host(fine), "{fine}");
        }
        for wrong in ["a/b", "user@host", "a b", "host?x", "", "a:b:c", "host\\x"] {
            assert!(!is_host(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_authority_of_an_origin_is_its_host_and_port() {
        let rows = [
            ("https://Saga.example", "saga.example"),
            ("https://saga.example:8443/x", "saga.example:8443"),
            ("null", ""),
            ("", ""),
        ];

        for (origin, host) in rows {
            assert_eq!(authority(origin), host);
        }
    }
}
