//! The key under which sending the same request again does nothing again: one rule for the header of REST and the field of
//! GraphQL.

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::error::ApiError;

/// Most characters of a key.
const LONGEST: usize = 255;

/// A key, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct IdempotencyKey(Option<String>);

impl IdempotencyKey {
    /// The key that was sent, if one was. `field` is what a refusal calls it.
    pub(crate) fn parse(key: Option<&[u8]>, field: &str) -> Result<Self, ApiError> {
        let Some(key) = key else {
            return Ok(Self(None));
        };

        let fits = (1..=LONGEST).contains(&key.len()) && key.iter().all(|byte| (b' '..=b'~').contains(byte));
        match std::str::from_utf8(key) {
            Ok(key) if fits => Ok(Self(Some(key.to_owned()))),
            _ => {
                let expected = format!("expected 1 to {LONGEST} visible ASCII characters");
                Err(ApiError::field(field, "value_error", expected))
            }
        }
    }

    /// As services take it: empty for none.
    pub(crate) fn into_text(self) -> String {
        self.0.unwrap_or_default()
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
    fn an_idempotency_key_is_1_to_255_visible_characters() {
        assert_eq!(IdempotencyKey::parse(None, "f").unwrap().into_text(), "");

        for fine in ["k", "a key", &"k".repeat(LONGEST)] {
            let key = IdempotencyKey::parse(Some(fine.as_bytes()), "f").unwrap();
            assert_eq!(key.into_text(), fine);
        }

        for wrong in ["", "é", "a\nb", "a\tb", "a\0", &"k".repeat(LONGEST + 1)] {
            let refused = IdempotencyKey::parse(Some(wrong.as_bytes()), "f");
            assert!(refused.is_err(), "{wrong:?}");
        }
    }
}
