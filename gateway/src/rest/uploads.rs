//! Uploads that go on where they broke off, as tus 1.0.0 has them: the core, creation, creation-with-upload, checksum,
//! termination, expiration and concatenation.

mod headers;

use axum::{
    extract::{Path, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use proto::v1::{CreateResumableUploadRequest, ResumableAppend, ResumableUpload};

use self::headers::{UploadHeaders, name_header};
use super::answers::Invalid;
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, UploadBody},
    operation::resumable::{AppendToUpload, CreateUpload, DeleteUpload, DescribeUploads, GetUpload},
};

const PATH: &str = "/api/v1/backup/tus";
const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
const EXTENSIONS: &str = "creation,creation-with-upload,checksum,termination,expiration,concatenation";

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const CONCAT: HeaderName = HeaderName::from_static("upload-concat");

/// What this server can do.
#[utoipa::path(options, path = "/api/v1/backup/tus", tag = "backup",
    responses((status = 204, description = "In the headers `Tus-Version`, `Tus-Extension` and `Tus-Checksum-Algorithm`")))]
pub(crate) async fn describe_uploads(door: Door<DescribeUploads>) -> Response {
    if let Err(error) = door.perform(DescribeUploads).await {
        return mark(error.into_response());
    }
    let headers = [
        ("tus-version", "1.0.0"),
        ("tus-extension", EXTENSIONS),
        ("tus-checksum-algorithm", "sha1,sha256"),
    ];
    mark((StatusCode::NO_CONTENT, headers).into_response())
}

/// Begin an upload of `Upload-Length` bytes. `Upload-Metadata` says what a backup's headers say: `version`, `timestamp`,
/// `checksum`, `chunk_count`, `device`.
///
/// With `Upload-Concat: partial` it is a part of one; `final;` and the addresses of whole parts make a backup of them.
#[utoipa::path(post, path = "/api/v1/backup/tus", tag = "backup",
    params(("Tus-Resumable" = String, Header, description = "1.0.0"),
        ("Upload-Length" = Option<u64>, Header, description = "Bytes; not with `Upload-Concat: final`"),
        ("Upload-Metadata" = Option<String>, Header, description = "Names, and values in Base64"),
        ("Upload-Concat" = Option<String>, Header, description = "`partial`, or `final;` and addresses")),
    responses(
        (status = 201, description = "`Location` says where it goes on"),
        (status = 403, description = "Your tier has no backups, or this credential may not do that", body = ErrorBody),
        (status = 412, description = "Another version of tus", body = ErrorBody),
        (status = 413, description = "There is no room for it", body = ErrorBody),
        Invalid))]
pub(crate) async fn create_upload(
    door: Door<CreateUpload>,
    append: Door<AppendToUpload>,
    headers: HeaderMap,
    body: UploadBody,
) -> Response {
    let created = async {
        let headers = UploadHeaders::read(&headers)?;
        let request = headers.read_creation()?;
        let upload = perform_creation(&door, request).await?;
        if !headers.has_bytes() || body.declared == Some(0) {
            return Ok(upload);
        }

        let head = ResumableAppend {
            id: upload.id.clone(),
            offset: 0,
            length: body.declared,
            checksum: headers.read_checksum()?,
        };
        perform_append(&append, head, body.clone()).await
    };

    let created: Result<ResumableUpload, ApiError> = created.await;
    mark(match created {
        Ok(upload) => {
            let place = HeaderValue::try_from(format!("{PATH}/{}", upload.id));
            let mut headers = tell(&upload);
            headers.extend(place.ok().map(|place| (header::LOCATION, place)));
            (StatusCode::CREATED, headers).into_response()
        }
        Err(error) => error.into_response(),
    })
}

async fn perform_creation(
    door: &Door<CreateUpload>,
    request: CreateResumableUploadRequest,
) -> Result<ResumableUpload, ApiError> {
    let created = door.perform(CreateUpload(request)).await;
    created.map_err(|error| error.rename(name_header))
}

async fn perform_append(
    door: &Door<AppendToUpload>,
    head: ResumableAppend,
    body: UploadBody,
) -> Result<ResumableUpload, ApiError> {
    let appended = door.perform(AppendToUpload { head, body }).await;
    appended.map_err(|mut error| {
        if error.details.reason.as_deref() == Some("CHECKSUM_DIFFERS") {
            // The protocol's own: "Checksum Mismatch".
            error.status = StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST);
        }
        error.rename(name_header)
    })
}

/// How far an upload has come.
#[utoipa::path(head, path = "/api/v1/backup/tus/{id}", tag = "backup",
    params(("id" = String, Path, description = "From its address")),
    responses(
        (status = 200, description = "In `Upload-Offset` and `Upload-Length`"),
        (status = 404, description = "There is none: it has expired, or was given up", body = ErrorBody),
        (status = 412, description = "Another version of tus", body = ErrorBody)))]
pub(crate) async fn get_upload(
    door: Door<GetUpload>,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
) -> Response {
    let found = async {
        UploadHeaders::read(&headers)?;
        door.perform(GetUpload(parse(id)?)).await
    };

    mark(match found.await {
        Ok(upload) => {
            let mut headers = tell(&upload);
            headers.insert(LENGTH, upload.length.into());
            (StatusCode::OK, headers).into_response()
        }
        Err(error) => error.into_response(),
    })
}

/// Go on with an upload at `Upload-Offset`. What has come stays when the rest breaks off, but with `Upload-Checksum`.
#[utoipa::path(patch, path = "/api/v1/backup/tus/{id}", tag = "backup",
    params(("id" = String, Path, description = "From its address"),
        ("Upload-Offset" = u64, Header, description = "Where the bytes belong"),
        ("Upload-Checksum" = Option<String>, Header, description = "`sha1` or `sha256`, and the digest in Base64")),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses(
        (status = 204, description = "They are kept; `Upload-Offset` says how far it has come"),
        (status = 400, description = "They broke off, or are too many", body = ErrorBody),
        (status = 404, description = "There is none: it has expired, or was given up", body = ErrorBody),
        (status = 409, description = "It has come to another offset", body = ErrorBody),
        (status = 412, description = "Another version of tus", body = ErrorBody),
        (status = 415, description = "Another media type", body = ErrorBody),
        Invalid))]
pub(crate) async fn append_to_upload(
    door: Door<AppendToUpload>,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
    body: UploadBody,
) -> Response {
    let appended = async {
        let headers = UploadHeaders::read(&headers)?;
        let head = ResumableAppend {
            id: parse(id)?,
            offset: headers.read_offset()?,
            length: body.declared,
            checksum: headers.read_checksum()?,
        };
        if !headers.has_bytes() {
            let message = "Send the bytes as `application/offset+octet-stream`.";
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(ApiError::new(status, "UNSUPPORTED_MEDIA_TYPE", message));
        }
        perform_append(&door, head, body.clone()).await
    };

    let appended: Result<ResumableUpload, ApiError> = appended.await;
    mark(match appended {
        Ok(upload) => (StatusCode::NO_CONTENT, tell(&upload)).into_response(),
        Err(error) => error.into_response(),
    })
}

/// Give an upload up; its room is free again.
#[utoipa::path(delete, path = "/api/v1/backup/tus/{id}", tag = "backup",
    params(("id" = String, Path, description = "From its address")),
    responses(
        (status = 204, description = "It is not there"),
        (status = 412, description = "Another version of tus", body = ErrorBody)))]
pub(crate) async fn delete_upload(
    door: Door<DeleteUpload>,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
) -> Response {
    let deleted = async {
        UploadHeaders::read(&headers)?;
        door.perform(DeleteUpload(parse(id)?)).await
    };

    mark(match deleted.await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => error.into_response(),
    })
}

fn parse(id: Result<Path<String>, PathRejection>) -> Result<String, ApiError> {
    let id = id.map_err(|_| ApiError::not_found("There is no such upload."))?;
    Ok(id.0)
}

/// What every answer of the protocol has.
fn mark(mut response: Response) -> Response {
    if response.status() == StatusCode::PRECONDITION_FAILED {
        response.headers_mut().insert("tus-version", VERSION);
    }
    response.headers_mut().insert(RESUMABLE, VERSION);
    response
}

fn tell(upload: &ResumableUpload) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(OFFSET, upload.offset.into());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

    let expires = upload
        .expires_at
        .as_ref()
        .and_then(|at| u64::try_from(at.seconds).ok());
    let expires = expires.map(|seconds| {
        let at = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        httpdate::fmt_http_date(at)
    });
    if let Some(Ok(expires)) = expires.map(HeaderValue::try_from) {
        headers.insert(EXPIRES, expires);
    }

    let joined = upload.joins.iter().map(|id| format!("{PATH}/{id}"));
    let concat = match (upload.partial, upload.joins.is_empty()) {
        (true, _) => Some("partial".to_owned()),
        (false, false) => Some(format!("final;{}", joined.collect::<Vec<_>>().join(" "))),
        (false, true) => None,
    };
    if let Some(Ok(concat)) = concat.map(HeaderValue::try_from) {
        headers.insert(CONCAT, concat);
    }

    headers
}
