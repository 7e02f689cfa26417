//! OpenAI's API, so that its own clients use this server's models: its routing, fallbacks, limits and accounting. A projection of
//! `LanguageModels`; of a conversation only those answers are kept that are to be, each a run of the engine.

mod answer_stream;
pub(crate) mod chat;
mod content;
pub(crate) mod embeddings;
pub(crate) mod kept_responses;
pub(crate) mod models;
mod refusals;
pub(crate) mod responses;

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    app::App,
    error::ApiError,
    extract::{JsonText, decode},
};

/// The parameters of a route.
pub(crate) trait OpenaiParameters: DeserializeOwned {
    /// Those that are taken and change nothing.
    const HINTS: &'static [&'static str];
    /// Those that would change the answer and can't be had here, and what is said of each: nothing is dropped in silence.
    const REFUSED: &'static [(&'static str, &'static str)];
}

/// A body of this door: larger than others, for whole conversations are in it. Its sender's names are told as they are.
pub(crate) struct OpenaiBody<T>(pub(crate) T);

impl<T: OpenaiParameters> FromRequest<Arc<App>> for OpenaiBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        let JsonText(text) = JsonText::from_request(request, app).await?;
        let unreadable =
            "The body holds text that is not Unicode, a number that is too large, or is nested too deep.";
        let mut value: Value = serde_json::from_str(&text).map_err(|_| ApiError::malformed(unreadable))?;
        if let Some(fields) = value.as_object_mut() {
            for hint in T::HINTS {
                fields.remove(*hint);
            }
            for (name, message) in T::REFUSED {
                let sent = fields.remove(*name).unwrap_or_default();
                content::refuse_unless(content::is_unset(&sent), name, message)?;
            }
        }

        decode(value)
            .map(Self)
            .map_err(|field| ApiError::fields(vec![field]))
    }
}
