//! The id in a path. A malformed one answers exactly like an unknown one: which ids exist is nobody's business.

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use uuid::Uuid;

use crate::error::ApiError;

pub(crate) struct StoryId(pub(crate) Uuid);

impl StoryId {
    /// Hyphenated or simple hexadecimal form.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let plain = matches!(text.len(), 32 | 36);
        plain.then(|| Uuid::try_parse(text).ok().map(Self)).flatten()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for StoryId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let unknown = |_| ApiError::unknown_story();
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(unknown)?;
        let id = params
            .iter()
            .find_map(|(name, value)| (name == "id").then_some(value));
        id.and_then(Self::parse).ok_or_else(ApiError::unknown_story)
    }
}
