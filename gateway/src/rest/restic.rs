//! restic's own REST protocol, v1 and v2, as `restic -r rest:…` speaks it. An API key is the password, with any user name.

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::{FromRequestParts, RawPathParams, State},
    response::{IntoResponse, Response},
};
use chrono::DateTime;
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use kit::blobs::BlobMeta;
use proto::v1::{ResticObject, ResticObjectKey};
use serde_json::{Value, json};

use super::{answers::Invalid, stored::send_object};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Door, UploadBody},
    operation::restic::{
        CreateResticRepository, DeleteResticObject, DeleteResticRepository, GetResticObject,
        ListResticObjects, UploadResticObject,
    },
};

/// What a client that knows sizes accepts.
const V2: &str = "application/vnd.x.restic.rest.v2";
const V1: &str = "application/vnd.x.restic.rest.v1";
const CONFIG: &str = "config";

/// Which object a path names.
pub(crate) struct ResticPath(ResticObjectKey);

impl<S: Send + Sync> FromRequestParts<S> for ResticPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| unknown())?;
        let mut key = ResticObjectKey::default();
        for (name, value) in params.iter() {
            match name {
                "repository" => value.clone_into(&mut key.repository),
                "kind" => value.clone_into(&mut key.kind),
                "name" => value.clone_into(&mut key.name),
                _ => {}
            }
        }
        if key.kind.is_empty() {
            CONFIG.clone_into(&mut key.kind);
        }

        Ok(Self(key))
    }
}

/// Make a repository, as `restic init` does; one that is there stays.
#[utoipa::path(post, path = "/api/v1/backup/restic/{repository}", tag = "backup",
    params(("repository" = String, Path, description = "1 to 100 letters, digits, `.`, `_` and `-`"),
        ("create" = Option<bool>, Query, description = "As restic sends it")),
    responses(
        (status = 200, description = "It is there"),
        (status = 403, description = "Your tier has no backups, or this credential may not do that", body = ErrorBody),
        Invalid))]
pub(crate) async fn create_restic_repository(
    door: Door<CreateResticRepository>,
    ResticPath(key): ResticPath,
) -> Result<StatusCode, ApiError> {
    door.perform(CreateResticRepository(key.repository)).await?;

    Ok(StatusCode::OK)
}

/// Delete a repository with all that is in it.
#[utoipa::path(delete, path = "/api/v1/backup/restic/{repository}", tag = "backup",
    params(("repository" = String, Path, description = "Its name")),
    responses((status = 200, description = "It is not there")))]
pub(crate) async fn delete_restic_repository(
    door: Door<DeleteResticRepository>,
    ResticPath(key): ResticPath,
) -> Result<StatusCode, ApiError> {
    door.perform(DeleteResticRepository(key.repository)).await?;

    Ok(StatusCode::OK)
}

/// The config of a repository.
#[utoipa::path(get, path = "/api/v1/backup/restic/{repository}/config", tag = "backup",
    params(("repository" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "Its bytes", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 404, description = "There is none", body = ErrorBody),
        Invalid))]
pub(crate) async fn get_restic_config(
    State(app): State<Arc<App>>,
    door: Door<GetResticObject>,
    ResticPath(key): ResticPath,
    parts: Parts,
) -> Result<Response, ApiError> {
    let object = door.perform(GetResticObject(key)).await?;
    send_restic_object(&app, &parts, &object).await
}

/// Write the config of a repository, once.
#[utoipa::path(post, path = "/api/v1/backup/restic/{repository}/config", tag = "backup",
    params(("repository" = String, Path, description = "Its name")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "It is kept"),
        (status = 404, description = "There is no such repository", body = ErrorBody),
        (status = 409, description = "There is one", body = ErrorBody),
        (status = 413, description = "There is no room for it", body = ErrorBody),
        Invalid))]
pub(crate) async fn put_restic_config(
    door: Door<UploadResticObject>,
    ResticPath(key): ResticPath,
    body: UploadBody,
) -> Result<StatusCode, ApiError> {
    door.perform(UploadResticObject { key, body }).await?;

    Ok(StatusCode::OK)
}

/// What there is of one kind: names, or names and sizes for who accepts `application/vnd.x.restic.rest.v2`.
#[utoipa::path(get, path = "/api/v1/backup/restic/{repository}/{kind}", tag = "backup",
    params(("repository" = String, Path, description = "Its name"),
        ("kind" = String, Path, description = "`data`, `keys`, `locks`, `snapshots` or `index`")),
    responses(
        (status = 200, description = "A list", body = Vec<Value>),
        (status = 404, description = "There is no such repository", body = ErrorBody),
        Invalid))]
pub(crate) async fn list_restic_objects(
    door: Door<ListResticObjects>,
    ResticPath(key): ResticPath,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let list = ListResticObjects {
        repository: key.repository,
        kind: key.kind,
    };
    let objects = door.perform(list).await?;
    let accepted = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    let with_sizes = accepted.is_some_and(|accept| accept.contains(V2));

    let list = objects.into_iter().map(|object| match with_sizes {
        true => json!({ "name": object.name, "size": object.size_bytes }),
        false => Value::String(object.name),
    });
    let kind = HeaderValue::from_static(if with_sizes { V2 } else { V1 });
    let list: Vec<_> = list.collect();

    Ok(([(header::CONTENT_TYPE, kind)], Answer(list)).into_response())
}

/// One object. Answers GET and HEAD, and one `Range`.
#[utoipa::path(get, path = "/api/v1/backup/restic/{repository}/{kind}/{name}", tag = "backup",
    params(("repository" = String, Path, description = "Its name"),
        ("kind" = String, Path, description = "`data`, `keys`, `locks`, `snapshots` or `index`"),
        ("name" = String, Path, description = "The SHA-256 of its bytes")),
    responses(
        (status = 200, description = "Its bytes", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, description = "The range", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 404, description = "There is none", body = ErrorBody),
        (status = 416, description = "The range is not within it", body = ErrorBody),
        Invalid))]
pub(crate) async fn get_restic_object(
    State(app): State<Arc<App>>,
    door: Door<GetResticObject>,
    ResticPath(key): ResticPath,
    parts: Parts,
) -> Result<Response, ApiError> {
    let object = door.perform(GetResticObject(key)).await?;
    send_restic_object(&app, &parts, &object).await
}

/// Keep an object under the SHA-256 of its bytes. One that is there already stays as it is.
#[utoipa::path(post, path = "/api/v1/backup/restic/{repository}/{kind}/{name}", tag = "backup",
    params(("repository" = String, Path, description = "Its name"),
        ("kind" = String, Path, description = "`data`, `keys`, `locks`, `snapshots` or `index`"),
        ("name" = String, Path, description = "The SHA-256 of its bytes")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "It is kept"),
        (status = 400, description = "It broke off", body = ErrorBody),
        (status = 404, description = "There is no such repository", body = ErrorBody),
        (status = 413, description = "There is no room for it", body = ErrorBody),
        Invalid))]
pub(crate) async fn put_restic_object(
    door: Door<UploadResticObject>,
    ResticPath(key): ResticPath,
    body: UploadBody,
) -> Result<StatusCode, ApiError> {
    door.perform(UploadResticObject { key, body }).await?;

    Ok(StatusCode::OK)
}

/// Delete an object; a key with `backup:append` deletes locks only.
#[utoipa::path(delete, path = "/api/v1/backup/restic/{repository}/{kind}/{name}", tag = "backup",
    params(("repository" = String, Path, description = "Its name"),
        ("kind" = String, Path, description = "`data`, `keys`, `locks`, `snapshots` or `index`"),
        ("name" = String, Path, description = "The SHA-256 of its bytes")),
    responses((status = 200, description = "It is not there"), Invalid))]
pub(crate) async fn delete_restic_object(
    door: Door<DeleteResticObject>,
    ResticPath(key): ResticPath,
) -> Result<StatusCode, ApiError> {
    door.perform(DeleteResticObject(key)).await?;

    Ok(StatusCode::OK)
}

async fn send_restic_object(app: &App, parts: &Parts, object: &ResticObject) -> Result<Response, ApiError> {
    let created = object
        .created_at
        .as_ref()
        .map(|at| at.seconds)
        .unwrap_or_default();
    let meta = BlobMeta {
        len: object.size_bytes,
        etag: format!("\"{}\"", object.s3_key.rsplit('/').next().unwrap_or_default()),
        last_modified: DateTime::from_timestamp(created, 0).unwrap_or_default(),
        content_type: None,
    };
    let octets = HeaderValue::from_static("application/octet-stream");
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, octets)]);

    send_object(app, parts, (&object.s3_key, &meta), headers, unknown).await
}

fn unknown() -> ApiError {
    ApiError::not_found("There is no such object.")
}
