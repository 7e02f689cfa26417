//! The key under which sending the same request again does nothing again: one rule for the header of REST and the field of
//! GraphQL.

use axum::extract::FromRequestParts;
use http::request::Parts;
use proto::keys;

use crate::error::ApiError;

/// A key, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct IdempotencyKey(Option<String>);

impl IdempotencyKey {
    /// The key that was sent, if one was. `field` is what a refusal calls it.
    pub(crate) fn parse(key: Option<&[u8]>, field: &str) -> Result<Self, ApiError> {
        let Some(key) = key else {
            return Ok(Self(None));
        };

        match std::str::from_utf8(key) {
            Ok(key) if keys::is_idempotency_key(key) => Ok(Self(Some(key.to_owned()))),
            _ => {
                let expected = format!("expected {}", keys::EXPECTED_IDEMPOTENCY_KEY);
                Err(ApiError::field(field, "value_error", expected))
            }
        }
    }

    /// As services take it.
    pub(crate) fn into_text(self) -> Option<String> {
        self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let key = parts.headers.get("idempotency-key");
        Self::parse(key.map(http::HeaderValue::as_bytes), "Idempotency-Key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_taken_as_it_is_or_refused() {
        assert_eq!(IdempotencyKey::parse(None, "f").unwrap().into_text(), None);

        let key = IdempotencyKey::parse(Some(b"a key"), "f").unwrap();
        assert_eq!(key.into_text().as_deref(), Some("a key"));

        for wrong in ["", "é", "a\nb", "a\tb"] {
            let refused = IdempotencyKey::parse(Some(wrong.as_bytes()), "f");
            assert!(refused.is_err(), "{wrong:?}");
        }
    }
}
