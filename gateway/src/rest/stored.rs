//! Sends what is in the blob store: the whole or a range, or that it has not changed, by the conditions of the request.

mod conditions;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use kit::blobs::{BlobError, BlobMeta, BlobRange, BlobStream};

use self::conditions::{Outcome, decide, last_modified};
use crate::{app::App, error::ApiError};

/// Answers GET and HEAD of the object that `meta` is of. `described` are the headers that 200, 206 and 304 have in common.
pub(super) async fn send_object(
    app: &App,
    parts: &Parts,
    (key, meta): (&str, &BlobMeta),
    mut described: HeaderMap,
    unknown: fn() -> ApiError,
) -> Result<Response, ApiError> {
    insert(&mut described, header::ETAG, meta.etag.clone());
    insert(&mut described, header::LAST_MODIFIED, last_modified(meta));
    described.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));

    let head = parts.method == Method::HEAD;
    let mut headers = parts.headers.clone();
    if head {
        // RFC 9110 section 14.2: ranges are for GET only.
        headers.remove(header::RANGE);
    }

    let range = match decide(&headers, meta) {
        Outcome::NotModified => return Ok((StatusCode::NOT_MODIFIED, described).into_response()),
        Outcome::Failed => return Err(precondition_failed()),
        Outcome::Unsatisfiable => return Ok(unsatisfiable(meta.len)),
        Outcome::Whole => None,
        Outcome::Part { first, last } => Some(BlobRange::Between(first, last)),
    };

    if head {
        return Ok(([(header::CONTENT_LENGTH, meta.len)], described).into_response());
    }

    let blob = app.blobs.get(key, range).await.map_err(read_failed)?;
    Ok(answer(blob.ok_or_else(unknown)?, described, range))
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

pub(super) fn insert(headers: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
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

pub(super) fn read_failed(error: BlobError) -> ApiError {
    tracing::error!(causes = %kit::error::Chain(&error), "a file could not be read");
    ApiError::overloaded("The file can't be read at the moment. Please try again.")
}
