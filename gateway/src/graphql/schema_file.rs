//! The schema as text at `/graphql/schema.graphql`, for tools that generate code from it. Who may read the schema by
//! introspection may read it here.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header, request::Parts};

use crate::{app::App, assets, error::ApiError};

/// Other callers may not see it, so that nobody but the caller may keep it.
const CACHING: &str = "private, max-age=300";

/// The text as it is sent, and its entity tag.
pub(crate) struct SchemaFile {
    text: Bytes,
    tag: HeaderValue,
}

impl SchemaFile {
    pub(crate) fn new(sdl: &str) -> Self {
        Self {
            text: Bytes::copy_from_slice(sdl.as_bytes()),
            tag: assets::tag(sdl.as_bytes()),
        }
    }
}

pub(crate) async fn schema_file(State(app): State<Arc<App>>, parts: Parts) -> Result<Response, ApiError> {
    let actor = app.identity.find_actor(&parts).await;
    if !app.config.graphql.introspection.open_to(app.development, &actor) {
        let message = "Reading the schema is not allowed here.";
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "INTROSPECTION_DISABLED",
            message,
        ));
    }

    let SchemaFile { text, tag } = &app.schema_file;
    let caching = [
        (header::ETAG, tag.clone()),
        (header::CACHE_CONTROL, HeaderValue::from_static(CACHING)),
    ];
    if parts.headers.get(header::IF_NONE_MATCH) == Some(tag) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }

    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    Ok((caching, kind, text.clone()).into_response())
}
