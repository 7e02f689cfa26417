//! The OpenAPI document and the page that shows it. Everything the page needs is in the binary: it asks no other host.

use std::{
    borrow::Cow,
    hash::{Hash, Hasher},
    sync::Arc,
};

use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use utoipa::openapi::OpenApi;

use crate::{app::App, error::ApiError};

const PAGE: &str = include_str!("docs/index.html");
const START: &str = include_str!("docs/start.js");

/// Scripts and connections only from here. Inline styles are allowed because Swagger UI sets them; `data:` images are
/// its icons.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The document as it is sent, and its entity tag.
pub(crate) struct Docs {
    json: Bytes,
    etag: HeaderValue,
    assets: Arc<utoipa_swagger_ui::Config<'static>>,
}

impl Docs {
    pub(crate) fn new(api: &OpenApi) -> Result<Self, serde_json::Error> {
        let json = Bytes::from(serde_json::to_vec(api)?);
        let mut hasher = std::hash::DefaultHasher::new();
        json.hash(&mut hasher);

        let tag = format!("\"{:016x}\"", hasher.finish());
        let etag = HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\""));

        Ok(Self {
            json,
            etag,
            assets: Arc::new(utoipa_swagger_ui::Config::from("/openapi.json")),
        })
    }
}

pub(crate) async fn openapi(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let caching = [
        (header::ETAG, app.docs.etag.clone()),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    if headers.get(header::IF_NONE_MATCH) == Some(&app.docs.etag) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }

    (
        caching,
        [(header::CONTENT_TYPE, "application/json")],
        app.docs.json.clone(),
    )
        .into_response()
}

pub(crate) async fn page() -> Response {
    asset("text/html; charset=utf-8", Bytes::from_static(PAGE.as_bytes()))
}

pub(crate) async fn page_asset(
    State(app): State<Arc<App>>,
    name: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    let unknown = || ApiError::not_found("There is no such file.");
    let Path(name) = name.map_err(|_| unknown())?;
    if name == "start.js" {
        return Ok(asset(
            "text/javascript; charset=utf-8",
            Bytes::from_static(START.as_bytes()),
        ));
    }

    // Only what our own page asks for: the library's own page and settings stay inside.
    let kind = match name.as_str() {
        "swagger-ui.css" => "text/css; charset=utf-8",
        "swagger-ui-bundle.js" => "text/javascript; charset=utf-8",
        "favicon-32x32.png" => "image/png",
        _ => return Err(unknown()),
    };

    match utoipa_swagger_ui::serve(&name, Arc::clone(&app.docs.assets)) {
        Ok(Some(file)) => Ok(asset(
            kind,
            match file.bytes {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => Bytes::from(bytes),
            },
        )),
        Ok(None) | Err(_) => Err(unknown()),
    }
}

fn asset(kind: &'static str, body: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, body).into_response()
}
