//! What a client shows to say who it is: the headers of its handshake, and what it adds in `connection_init` or in a
//! `ping` that renews. Verifies nothing; that is `IdentityResolver::identify`.

use http::{Extensions, HeaderMap, HeaderName, HeaderValue, header};
use serde_json::{Map, Value, value::RawValue};

use crate::{
    connection_end::ConnectionEnd,
    identity::{PROVIDER, PROVIDER_KEY, Peer},
};

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// Written by proxies; a renewal comes from the same address as the handshake.
const FORWARDED: [HeaderName; 2] = [
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-proto"),
];

/// The headers and connection by which a socket is identified.
pub(super) struct Credentials {
    pub(super) headers: HeaderMap,
    pub(super) extensions: Extensions,
}

/// A payload holds a credential that can not be one.
#[derive(Debug)]
pub(super) struct UnusableCredential;

impl Credentials {
    /// The same with what a message shows, in place of what headers did.
    pub(super) fn replace_with(&self, shown: SocketCredential) -> Self {
        let mut headers = self.headers.clone();
        if !shown.is_empty() {
            headers.remove(header::AUTHORIZATION);
            headers.remove(API_KEY);
        }
        if shown.has(&PROVIDER_KEY) {
            headers.remove(PROVIDER);
        }

        for (name, value) in shown.0 {
            headers.insert(name, value);
        }

        Self {
            headers,
            extensions: self.extensions.clone(),
        }
    }

    /// What is worth keeping for a renewal, which brings its own credential: little, as a socket may live for days. A key at a provider
    /// is for all chats of the socket.
    pub(super) fn keep_for_renewal(&self) -> Self {
        let mut headers = HeaderMap::new();
        for name in FORWARDED.into_iter().chain([PROVIDER_KEY, PROVIDER]) {
            for value in self.headers.get_all(&name) {
                headers.append(name.clone(), value.clone());
            }
        }

        let mut extensions = Extensions::new();
        if let Some(peer) = self.extensions.get::<Peer>() {
            extensions.insert(*peer);
        }
        if let Some(end) = self.extensions.get::<ConnectionEnd>() {
            extensions.insert(end.clone());
        }

        Self { headers, extensions }
    }
}

/// Credentials out of a payload, as the headers they stand for.
#[derive(Debug, Default)]
pub(super) struct SocketCredential(Vec<(HeaderName, HeaderValue)>);

impl SocketCredential {
    /// Looks for `authorization` (as the header), `token` (without `Bearer`), `apiKey` or `x-api-key`, `providerKey` or
    /// `x-provider-key`, and `provider` or `x-provider`, whatever their case. Null and empty are not there; anything but a text that fits a header is unusable.
    pub(super) fn read(payload: Option<&RawValue>) -> Result<Self, UnusableCredential> {
        let Some(payload) = payload else {
            return Ok(Self::default());
        };
        let fields: Map<String, Value> =
            serde_json::from_str(payload.get()).map_err(|_| UnusableCredential)?;
        let mut shown = Vec::new();
        for (name, value) in &fields {
            let (name, prefix) = match name.to_ascii_lowercase().as_str() {
                "authorization" => (header::AUTHORIZATION, ""),
                "token" => (header::AUTHORIZATION, "Bearer "),
                "apikey" | "x-api-key" => (API_KEY, ""),
                "providerkey" | "x-provider-key" => (PROVIDER_KEY, ""),
                "provider" | "x-provider" => (PROVIDER, ""),
                _ => continue,
            };

            let text = match value {
                Value::Null => continue,
                Value::String(text) if text.is_empty() => continue,
                Value::String(text) => text,
                _ => return Err(UnusableCredential),
            };
            let mut value =
                HeaderValue::try_from(format!("{prefix}{text}")).map_err(|_| UnusableCredential)?;
            value.set_sensitive(true);
            shown.push((name, value));
        }

        Ok(Self(shown))
    }

    /// Nothing of it says who somebody is.
    pub(super) fn is_empty(&self) -> bool {
        !self.has(&header::AUTHORIZATION) && !self.has(&API_KEY)
    }

    fn has(&self, name: &HeaderName) -> bool {
        self.0.iter().any(|(shown, _)| shown == name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(payload: &Value) -> Result<Vec<String>, UnusableCredential> {
        let raw = RawValue::from_string(payload.to_string()).unwrap();
        let shown = SocketCredential::read(Some(&raw))?.0;
        let text = |(name, value): (HeaderName, HeaderValue)| format!("{name}: {}", value.to_str().unwrap());
        Ok(shown.into_iter().map(text).collect())
    }

    #[test]
    fn credentials_are_found_under_the_names_that_clients_use() {
        for (payload, header) in [
            (json!({ "authorization": "Bearer t" }), "authorization: Bearer t"),
            (json!({ "Authorization": "Bearer t" }), "authorization: Bearer t"),
            (json!({ "token": "t" }), "authorization: Bearer t"),
            (json!({ "apiKey": "k" }), "x-api-key: k"),
            (json!({ "X-API-Key": "k" }), "x-api-key: k"),
        ] {
            assert_eq!(shown(&payload).unwrap(), [header], "{payload}");
        }

        for nothing in [
            json!({}),
            json!({ "authorization": null, "token": "", "other": 1 }),
        ] {
            assert!(shown(&nothing).unwrap().is_empty());
        }

        for unusable in [
            json!({ "token": 1 }),
            json!({ "token": "a\nb" }),
            json!({ "apiKey": ["k"] }),
        ] {
            assert!(shown(&unusable).is_err(), "{unusable}");
        }
    }

    #[test]
    fn what_a_message_shows_takes_the_place_of_the_handshakes() {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer old"));
        headers.insert(header::COOKIE, HeaderValue::from_static("a=b"));
        headers.insert("x-forwarded-for", HeaderValue::from_static("192.0.2.1"));

        let credentials = Credentials {
            headers,
            extensions: Extensions::new(),
        };
        let raw = RawValue::from_string(r#"{"token":"new"}"#.to_owned()).unwrap();
        let with = credentials.replace_with(SocketCredential::read(Some(&raw)).unwrap());
        let all: Vec<_> = with.headers.get_all(header::AUTHORIZATION).iter().collect();

        assert_eq!(all, ["Bearer new"]);
        assert_eq!(with.headers[header::COOKIE], "a=b");

        let key = RawValue::from_string(r#"{"apiKey":"k"}"#.to_owned()).unwrap();
        let key = with.replace_with(SocketCredential::read(Some(&key)).unwrap());

        assert!(!key.headers.contains_key(header::AUTHORIZATION) && key.headers[API_KEY] == "k");

        let kept = with.keep_for_renewal();
        assert_eq!(kept.headers.len(), 1);
        assert_eq!(kept.headers["x-forwarded-for"], "192.0.2.1");
    }
}
