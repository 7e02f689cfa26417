//! Audio, covers and texts, streamed from the blob store. The signed name is the permission: no header is needed, and
//! a name that is forged or has expired does not exist. One that came with a shared story is good while that is shared.

mod delivery;

use std::sync::Arc;

use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use kit::blobs::BlobMeta;

use self::delivery::Elsewhere;
pub(crate) use self::delivery::{FileDelivery, FileDeliveryError};
use super::stored::{insert, read_failed, send_object};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    operation::{
        Operation,
        stories::{GetSharedStory, read_bound_file},
    },
};

/// What is under a key never changes. Not for shared caches: whoever has the name may read, others may not.
const CACHE: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

/// What is shared may be shared no more: every use asks.
const CACHE_SHARED: HeaderValue = HeaderValue::from_static("private, no-cache");

/// An SVG can hold scripts: opened on its own it runs none, loads nothing and has no origin.
const SANDBOX: HeaderValue =
    HeaderValue::from_static("sandbox; default-src 'none'; style-src 'unsafe-inline'");

/// Audio, cover, transcript or captions of a story, by the signed name from the story.
///
/// Answers GET and HEAD, one `Range`, `If-None-Match`, `If-Modified-Since` and `If-Range`. Where others send the bytes, it
/// sends on to them.
#[utoipa::path(get, path = "/media/{name}", tag = "media",
    params(("name" = String, Path, description = "Signed name, as in the story's URLs"),
        ("Range" = Option<String>, Header, description = "e.g. `bytes=0-1023`, `bytes=-500`")),
    responses(
        (status = 200, description = "The whole file", content_type = "audio/mpeg", body = Vec<u8>),
        (status = 206, description = "The range", content_type = "audio/mpeg", body = Vec<u8>),
        (status = 304, description = "Not modified"),
        (status = 307, description = "Where the file is, for a while"),
        (status = 404, description = "No such file, or a forged or expired name", body = ErrorBody),
        (status = 412, description = "A condition does not hold", body = ErrorBody),
        (status = 503, description = "The file can't be read now", body = ErrorBody),
        (status = 416, description = "The range is not within the file", body = ErrorBody)))]
pub(crate) async fn get_media(
    State(app): State<Arc<App>>,
    name: Result<Path<String>, PathRejection>,
    parts: Parts,
) -> Result<Response, ApiError> {
    let Path(name) = name.map_err(|_| unknown())?;
    let name = app.signer.verify(&name).ok_or_else(unknown)?;
    let (key, shared) = match read_bound_file(&name) {
        Some((token, key)) => {
            require_shared(&app, &parts, token).await?;
            (key.to_owned(), true)
        }
        None => (name, false),
    };
    let cache = if shared { CACHE_SHARED } else { CACHE };

    let meta = app
        .blobs
        .head(&key)
        .await
        .map_err(read_failed)?
        .ok_or_else(unknown)?;
    let described = describe(&meta, &key, cache);

    // What a client has already, and what it only asks about, need nobody else.
    let asks = parts.method == Method::HEAD || is_conditional(&parts.headers);
    if !asks
        && let Some(elsewhere) = app
            .media
            .find_elsewhere(&key, shared)
            .await
            .map_err(read_failed)?
    {
        return Ok(send_on(elsewhere, shared));
    }

    send_object(&app, &parts, (&key, &meta), described, unknown).await
}

/// With what it asked for: whoever sends the file reads the same range and conditions.
fn send_on(elsewhere: Elsewhere, shared: bool) -> Response {
    let mut headers = HeaderMap::new();
    insert(&mut headers, header::LOCATION, elsewhere.location);
    headers.insert(
        header::CACHE_CONTROL,
        if shared { CACHE_SHARED } else { elsewhere.cache },
    );
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));

    (StatusCode::TEMPORARY_REDIRECT, headers).into_response()
}

/// Whether it may be that the client has the file.
fn is_conditional(headers: &HeaderMap) -> bool {
    headers.contains_key(header::IF_NONE_MATCH) || headers.contains_key(header::IF_MODIFIED_SINCE)
}

fn unknown() -> ApiError {
    ApiError::not_found("There is no such file.")
}

/// The story that a name came with is still shared by that link.
async fn require_shared(app: &App, parts: &Parts, token: &str) -> Result<(), ApiError> {
    let operation = GetSharedStory {
        token: token.to_owned(),
    };
    let visitor = app.identity.identify_visitor(parts);
    let performed = app.operations.perform(operation, &visitor).await;

    match performed.map_err(GetSharedStory::refuse) {
        Ok(_) => Ok(()),
        Err(error) if error.status == StatusCode::NOT_FOUND => Err(unknown()),
        Err(error) => Err(error),
    }
}

/// Headers that describe the file, beside those that every object has.
fn describe(meta: &BlobMeta, key: &str, cache: HeaderValue) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let kind = meta
        .content_type
        .as_deref()
        .filter(|kind| *kind != "application/octet-stream");
    insert(
        &mut headers,
        header::CONTENT_TYPE,
        kind.unwrap_or_else(|| kind_of(key)).to_owned(),
    );
    headers.insert(header::CACHE_CONTROL, cache);
    headers.insert(header::CONTENT_SECURITY_POLICY, SANDBOX);

    // Players on any page may use what they were given the name of.
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));

    let policy = HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(policy, HeaderValue::from_static("cross-origin"));

    headers
}

/// Media type by extension, for stores that do not keep one.
fn kind_of(key: &str) -> &'static str {
    match key.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "mp3" => "audio/mpeg",
        "svg" => "image/svg+xml",
        "vtt" => "text/vtt; charset=utf-8",
        "md" => "text/markdown; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}
