//! Audio, covers and texts, streamed from the blob store. The signed name is the permission: no header is needed, and
//! a name that is forged or has expired does not exist. One that came with a shared story is good while that is shared.

mod conditions;
mod delivery;

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use kit::blobs::{BlobError, BlobMeta, BlobRange, BlobStream};

pub(crate) use self::delivery::{FileDelivery, FileDeliveryError};
use self::{
    conditions::{Outcome, decide, last_modified},
    delivery::Elsewhere,
};
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
    mut parts: Parts,
) -> Result<Response, ApiError> {
    let head = parts.method == Method::HEAD;
    if head {
        // RFC 9110 section 14.2: ranges are for GET only.
        parts.headers.remove(header::RANGE);
    }

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

    let meta = app.blobs.head(&key).await.map_err(broken)?.ok_or_else(unknown)?;
    let described = describe(&meta, &key, cache);
    let range = match decide(&parts.headers, &meta) {
        Outcome::NotModified => return Ok((StatusCode::NOT_MODIFIED, described).into_response()),
        Outcome::Failed => return Err(precondition_failed()),
        Outcome::Unsatisfiable => return Ok(unsatisfiable(meta.len)),
        Outcome::Whole => None,
        Outcome::Part { first, last } => Some(BlobRange::Between(first, last)),
    };

    if head {
        return Ok(([(header::CONTENT_LENGTH, meta.len)], described).into_response());
    }

    if let Some(elsewhere) = app.media.find_elsewhere(&key, shared).await.map_err(broken)? {
        return Ok(send_on(elsewhere, shared));
    }

    let blob = app.blobs.get(&key, range).await.map_err(broken)?;
    Ok(answer(blob.ok_or_else(unknown)?, described, range))
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

fn answer(blob: BlobStream, mut headers: HeaderMap, range: Option<BlobRange>) -> Response {
    headers.insert(header::CONTENT_LENGTH, blob.len.into());

    let status = if range.is_some() {
        let last = (blob.from + blob.len).saturating_sub(1);
        insert(
            &mut headers,
            header::CONTENT_RANGE,
            format!("bytes {}-{last}/{}", blob.from, blob.total),
        );
        StatusCode::PARTIAL_CONTENT
    } else {
        StatusCode::OK
    };

    (status, headers, Body::from_stream(blob.stream)).into_response()
}

/// Headers that describe the file, the same on 200, 206 and 304.
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
    insert(&mut headers, header::ETAG, meta.etag.clone());
    insert(&mut headers, header::LAST_MODIFIED, last_modified(meta));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, cache);
    headers.insert(header::CONTENT_SECURITY_POLICY, SANDBOX);

    // Players on any page may use what they were given the name of.
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));

    let policy = HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(policy, HeaderValue::from_static("cross-origin"));

    headers
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
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

fn precondition_failed() -> ApiError {
    ApiError::new(
        StatusCode::PRECONDITION_FAILED,
        "PRECONDITION_FAILED",
        "The file is not the one that was asked for.",
    )
}

fn unsatisfiable(len: u64) -> Response {
    let message = format!("The range is not within the {len} bytes of the file.");
    let error = ApiError::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "RANGE_NOT_SATISFIABLE",
        message,
    );
    ([(header::CONTENT_RANGE, format!("bytes */{len}"))], error).into_response()
}

fn broken(error: BlobError) -> ApiError {
    tracing::error!(causes = %kit::error::Chain(&error), "a file could not be read");
    ApiError::overloaded("The file can't be read at the moment. Please try again.")
}
