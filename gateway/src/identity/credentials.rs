//! What a request carries to say who it is. Reads, and verifies nothing.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::{Refusal, browser::find_access_token};

pub(crate) const API_KEY_HEADER: HeaderName = HeaderName::from_static("x-api-key");
/// What every API key begins with, so that nobody takes it for a token, and secret scanners find it.
const API_KEY_PREFIX: &str = "saga_";
/// Longer than any credential that we take.
const LONGEST: usize = kit::tokens::MAX_BYTES;

/// The credential of a request; at most one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PresentedCredential<'a> {
    Nothing,
    /// A JSON Web Token, ours or of a trusted issuer.
    Token(&'a str),
    ApiKey(&'a str),
    /// The access token in a browser's cookie.
    Session(&'a str),
}

impl<'a> PresentedCredential<'a> {
    /// A header wins over a cookie: who sends one knows what for. Two headers must say the same. `secure`: it came over https.
    pub(super) fn read(headers: &'a HeaderMap, secure: bool) -> Result<Self, Refusal> {
        let bearer = only(headers, &header::AUTHORIZATION)?.map(bearer).transpose()?;
        let key = only(headers, &API_KEY_HEADER)?;
        match (bearer, key) {
            (Some(bearer), Some(key)) if bearer != key => Err(Refusal::Wrong),
            (_, Some(key)) => Self::api_key(key),
            (Some(bearer), None) => Self::parse_bearer(bearer),
            (None, None) => Ok(find_access_token(headers, secure).map_or(Self::Nothing, Self::Session)),
        }
    }

    /// A token or an API key.
    pub(super) fn parse_bearer(text: &'a str) -> Result<Self, Refusal> {
        if text.starts_with(API_KEY_PREFIX) {
            return Self::api_key(text);
        }
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        (plain && text.len() <= LONGEST)
            .then_some(Self::Token(text))
            .ok_or(Refusal::Wrong)
    }

    fn api_key(key: &'a str) -> Result<Self, Refusal> {
        let plain = key.bytes().all(|byte| byte.is_ascii_graphic());
        if !key.starts_with(API_KEY_PREFIX) || !plain || key.len() > LONGEST {
            return Err(Refusal::Wrong);
        }
        Ok(Self::ApiKey(key))
    }
}

/// For programs that only know Basic authentication: its password, whoever the user is, when that is an API key. Whatever else is
/// there stays, and is judged as it is.
pub(crate) fn take_key_from_password(headers: &mut HeaderMap) {
    let key = only(headers, &header::AUTHORIZATION)
        .ok()
        .flatten()
        .and_then(|text| {
            let (scheme, encoded) = text.split_once(' ')?;
            let decoded = STANDARD.decode(encoded.trim()).ok()?;
            let decoded = String::from_utf8(decoded).ok()?;
            let (_, password) = decoded.split_once(':')?;

            let is_key = scheme.eq_ignore_ascii_case("basic") && password.starts_with(API_KEY_PREFIX);
            is_key.then(|| HeaderValue::from_str(&format!("Bearer {password}")).ok())?
        });

    if let Some(key) = key {
        headers.insert(header::AUTHORIZATION, key);
    }
}

/// Whether a request brings its credential in a header: pages of other sites cannot do that.
pub(crate) fn is_in_header(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION) || headers.contains_key(API_KEY_HEADER)
}

/// The value of a header that may be given once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| Refusal::Wrong)?.trim();

    match values.next() {
        Some(_) => Err(Refusal::Wrong),
        None => Ok(Some(text)),
    }
}

fn bearer(value: &str) -> Result<&str, Refusal> {
    let (scheme, token) = value.split_once(' ').ok_or(Refusal::Wrong)?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
        .ok_or(Refusal::Wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pairs: &[(&str, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name = HeaderName::try_from(*name).unwrap();
            headers.append(name, value.parse().unwrap());
        }
        PresentedCredential::read(&headers, false)
            .map_or_else(|_| "refused".to_owned(), |given| format!("{given:?}"))
    }

    #[test]
    fn each_place_for_a_credential_is_read() {
        let rows: [(&[(&str, &str)], &str); 7] = [
            (&[], "Nothing"),
            (&[("authorization", "Bearer a.b.c")], r#"Token("a.b.c")"#),
            (&[("authorization", "bearer  a.b.c ")], r#"Token("a.b.c")"#),
            (&[("authorization", "Bearer saga_1")], r#"ApiKey("saga_1")"#),
            (&[("x-api-key", "saga_1")], r#"ApiKey("saga_1")"#),
            (&[("cookie", "saga_access=a.b.c")], r#"Session("a.b.c")"#),
            (
                &[("cookie", "saga_access=x"), ("authorization", "Bearer a")],
                r#"Token("a")"#,
            ),
        ];

        for (pairs, expected) in rows {
            assert_eq!(told(pairs), expected, "{pairs:?}");
        }
    }

    #[test]
    fn a_password_that_is_a_key_is_that_key_and_no_other_is_taken() {
        let rows = [
            ("anybody:saga_1", r#"ApiKey("saga_1")"#),
            (":saga_1", r#"ApiKey("saga_1")"#),
            ("a:b:saga_1", "refused"),
            ("saga_1", "refused"),
            ("ada:an unusual sentence", "refused"),
            ("ada:a.b.c", "refused"),
        ];

        for (pair, expected) in rows {
            let value = format!("Basic {}", STANDARD.encode(pair));
            let mut headers = HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
            take_key_from_password(&mut headers);
            let told = PresentedCredential::read(&headers, false)
                .map_or_else(|_| "refused".to_owned(), |given| format!("{given:?}"));
            assert_eq!(told, expected, "{pair}");
        }
    }

    #[test]
    fn two_headers_must_say_the_same() {
        assert_eq!(
            told(&[("authorization", "Bearer saga_1"), ("x-api-key", "saga_1")]),
            r#"ApiKey("saga_1")"#
        );

        for pairs in [
            [("authorization", "Bearer saga_1"), ("x-api-key", "saga_2")],
            [("authorization", "Bearer a.b.c"), ("x-api-key", "saga_2")],
            [("authorization", "Bearer a"), ("authorization", "Bearer a")],
            [("x-api-key", "saga_1"), ("x-api-key", "saga_1")],
        ] {
            assert_eq!(told(&pairs), "refused", "{pairs:?}");
        }
    }

    #[test]
    fn what_is_neither_a_token_nor_a_key_is_refused() {
        let long = format!("Bearer {}", "a".repeat(LONGEST + 1));
        for value in [
            "Bearer",
            "Bearer ",
            "Basic YTpi",
            "a.b.c",
            "",
            "Bearer a b",
            "Bearer a\tb",
            &long,
        ] {
            assert_eq!(told(&[("authorization", value)]), "refused", "{value:.20}");
        }

        for key in ["", "a.b.c", "saga", "saga_ 1", "SAGA_1"] {
            assert_eq!(told(&[("x-api-key", key)]), "refused", "{key}");
        }
    }
}
