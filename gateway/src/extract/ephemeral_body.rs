//! Bodies of JSON that nobody keeps: their bytes are overwritten when they were read, and the connection of a chat ends with the answer.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use kit::ephemeral::{Ephemeral, wipe_freed_memory};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    body,
    json::{Json, is_json, tell_syntax},
};
use crate::{app::App, connection_end::ConnectionEnd, error::ApiError};

/// Bytes of a chat: a message with all that the client knows.
pub(crate) const CHAT_BYTES: usize = 4 << 20;

pub(crate) struct EphemeralBody(pub(crate) Ephemeral<Vec<u8>>);

impl FromRequest<Arc<App>> for EphemeralBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        wipe_freed_memory();
        if let Some(connection) = request.extensions().get::<ConnectionEnd>() {
            connection.end_with_answer();
        }
        if !is_json(request.headers()) {
            return Err(ApiError::unsupported_media_type());
        }

        let time = app.config.request_timeout();
        let bytes = body(request.into_body(), CHAT_BYTES, time).await?;
        Ok(Self(Ephemeral::new(bytes.into())))
    }
}

/// A checked body with a secret in it.
pub(crate) struct SecretJson<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for SecretJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        wipe_freed_memory();
        Json::from_request(request, app)
            .await
            .map(|Json(value)| Self(value))
    }
}

/// The JSON in a text; what is wrong is told by line and column.
pub(crate) fn read_json_text(text: &[u8]) -> Result<Value, ApiError> {
    serde_json::from_slice(text).map_err(|error| tell_syntax(text, &error))
}
