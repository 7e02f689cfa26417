//! Backups over REST: Adiuva's four routes, one for older versions, and how much room there is.

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use chrono::DateTime;
use http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts};
use kit::blobs::BlobMeta;
use proto::v1::{Backup, NewBackup};
use uuid::Uuid;

use super::{
    answers::Invalid,
    parse_id,
    stored::{insert, send_object},
};
use crate::{
    app::App,
    error::{ApiError, ErrorBody, FieldError},
    extract::{Door, UploadBody},
    operation::backups::{DeleteBackup, GetBackup, GetBackupQuota, ListBackups, UploadBackup},
    view::{
        accounts::Done,
        backups::{BackupQuotaView, BackupView, UploadedBackup},
    },
};

const VERSION: &str = "x-backup-version";
const TIMESTAMP: &str = "x-backup-timestamp";
const CHECKSUM: &str = "x-backup-checksum";
const CHUNK_COUNT: &str = "x-backup-chunk-count";
const DEVICE: &str = "x-backup-device";

/// The headers that a backup is announced with.
struct BackupHeaders<'a> {
    headers: &'a HeaderMap,
    faults: Vec<FieldError>,
}

impl<'a> BackupHeaders<'a> {
    fn read(headers: &'a HeaderMap, length: Option<u64>) -> Result<NewBackup, ApiError> {
        let mut read = Self {
            headers,
            faults: Vec::new(),
        };
        let head = NewBackup {
            version: read.number(VERSION, true).unwrap_or_default(),
            timestamp: read.number(TIMESTAMP, true).unwrap_or_default(),
            checksum: read.text(CHECKSUM, true).unwrap_or_default().to_owned(),
            chunk_count: read.number(CHUNK_COUNT, false),
            device: read.text(DEVICE, false).unwrap_or_default().to_owned(),
            length,
        };

        match read.faults.is_empty() {
            true => Ok(head),
            false => Err(ApiError::fields(read.faults)),
        }
    }

    fn text(&mut self, name: &'static str, needed: bool) -> Option<&'a str> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next();
        let text = first.and_then(|value| value.to_str().ok()).map(str::trim);

        let fault = match (first, text, values.next()) {
            (None, ..) if needed => ("missing", "expected this header"),
            (None, ..) => return None,
            (_, _, Some(_)) => ("value_error", "expected this header once"),
            (_, Some(text), None) => return Some(text),
            (_, None, None) => ("value_error", "expected text in ASCII"),
        };
        self.faults.push(FieldError::new(name, fault.0, fault.1));

        None
    }

    /// Digits only: no sign, no exponent, no digits of other scripts.
    fn number(&mut self, name: &'static str, needed: bool) -> Option<i64> {
        let text = self.text(name, needed)?;
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| digits);
        if number.is_none() {
            let expected = "expected a whole number in digits, 0 or more";
            self.faults.push(FieldError::new(name, "value_error", expected));
        }

        number
    }
}

/// The service's names of fields, as the headers that they came in.
fn name_header(mut fault: FieldError) -> FieldError {
    let header = match fault.field.as_str() {
        "version" => VERSION,
        "timestamp" => TIMESTAMP,
        "checksum" => CHECKSUM,
        "chunk_count" => CHUNK_COUNT,
        "device" => DEVICE,
        "length" => "content-length",
        _ => return fault,
    };
    fault.field = header.to_owned();
    fault
}

/// Keep a backup. What is in it nobody here can read or asks for.
///
/// It is kept when all of it has come and is what its checksum says; if anything breaks off, nothing is. Every version that is kept
/// counts against the quota of the tier.
#[utoipa::path(put, path = "/api/v1/backup", tag = "backup",
    params(
        ("X-Backup-Version" = i64, Header, description = "What you count your backups by; 0 or more"),
        ("X-Backup-Timestamp" = i64, Header, description = "When it was made: seconds since 1970, or milliseconds"),
        ("X-Backup-Checksum" = String, Header, description = "SHA-256 in hexadecimal, alone or behind `sha256:`"),
        ("X-Backup-Chunk-Count" = Option<i64>, Header, description = "1 or more"),
        ("X-Backup-Device" = Option<String>, Header, description = "What was backed up; at most 100 characters")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "It is kept", body = UploadedBackup),
        (status = 400, description = "It broke off, is of another length than was declared, or is a part only", body = ErrorBody),
        (status = 403, description = "Your tier has no backups (`FEATURE_NOT_AVAILABLE`), or this credential may not do that", body = ErrorBody),
        (status = 413, description = "There is no room for it: `limit` and `used` say how much there is", body = ErrorBody),
        Invalid))]
pub(crate) async fn put_backup(
    door: Door<UploadBackup>,
    headers: HeaderMap,
    body: UploadBody,
) -> Result<Answer<UploadedBackup>, ApiError> {
    if headers.contains_key(header::CONTENT_RANGE) {
        return Err(ApiError::malformed(
            "A backup is sent as a whole, without `content-range`; one that comes in pieces goes to /api/v1/backup/tus.",
        ));
    }
    let head = BackupHeaders::read(&headers, body.declared)?;
    let uploaded = door.perform(UploadBackup { head, body }).await;
    let backup = uploaded.map_err(|error| error.rename(name_header))?;

    Ok(Answer(UploadedBackup::of_backup(backup)))
}

/// The newest backup.
///
/// Answers GET and HEAD, one `Range`, `If-Modified-Since` (304 when no newer one is there), `If-None-Match` and `If-Range`.
#[utoipa::path(get, path = "/api/v1/backup", tag = "backup",
    params(
        ("If-Modified-Since" = Option<String>, Header, description = "Only one that was made later"),
        ("Range" = Option<String>, Header, description = "e.g. `bytes=0-1023`, `bytes=-500`")),
    responses(
        (status = 200, description = "Its bytes", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, description = "The range", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 304, description = "There is no newer one"),
        (status = 404, description = "There is none", body = ErrorBody),
        (status = 412, description = "A condition does not hold", body = ErrorBody),
        (status = 416, description = "The range is not within it", body = ErrorBody)))]
pub(crate) async fn get_newest_backup(
    State(app): State<Arc<App>>,
    door: Door<GetBackup>,
    parts: Parts,
) -> Result<Response, ApiError> {
    let backup = door.perform(GetBackup(None)).await?;
    send_backup(&app, &parts, &backup).await
}

/// One backup, as the newest one is answered.
#[utoipa::path(get, path = "/api/v1/backup/{backup_id}", tag = "backup",
    params(("backup_id" = String, Path, description = "From the history"),
        ("Range" = Option<String>, Header, description = "e.g. `bytes=0-1023`, `bytes=-500`")),
    responses(
        (status = 200, description = "Its bytes", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, description = "The range", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 304, description = "Not modified"),
        (status = 404, description = "No such backup, or not yours", body = ErrorBody),
        (status = 412, description = "A condition does not hold", body = ErrorBody),
        (status = 416, description = "The range is not within it", body = ErrorBody)))]
pub(crate) async fn get_backup(
    State(app): State<Arc<App>>,
    door: Door<GetBackup>,
    id: Result<Path<String>, PathRejection>,
    parts: Parts,
) -> Result<Response, ApiError> {
    let id = parse_backup_id(id)?;
    let backup = door.perform(GetBackup(Some(id))).await?;
    send_backup(&app, &parts, &backup).await
}

async fn send_backup(app: &App, parts: &Parts, backup: &Backup) -> Result<Response, ApiError> {
    let meta = BlobMeta {
        len: backup.size_bytes,
        etag: format!("\"{}\"", backup.checksum),
        last_modified: DateTime::from_timestamp(backup.timestamp, 0).unwrap_or_default(),
        content_type: None,
    };

    let mut headers = HeaderMap::new();
    let octets = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, octets);
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    for (name, value) in [
        (VERSION, backup.version.to_string()),
        (TIMESTAMP, backup.timestamp.to_string()),
        (CHECKSUM, format!("sha256:{}", backup.checksum)),
        (CHUNK_COUNT, backup.chunk_count.to_string()),
        ("x-backup-id", backup.id.clone()),
    ] {
        insert(&mut headers, HeaderName::from_static(name), value);
    }

    send_object(app, parts, (&backup.s3_key, &meta), headers, unknown).await
}

/// Your backups, newest first: at most the 1000 newest.
#[utoipa::path(get, path = "/api/v1/backup/history", tag = "backup",
    responses((status = 200, description = "What is known of them, without their bytes", body = Vec<BackupView>)))]
pub(crate) async fn list_backups(door: Door<ListBackups>) -> Result<Answer<Vec<BackupView>>, ApiError> {
    let listed = door
        .perform(ListBackups {
            limit: None,
            offset: 0,
        })
        .await?;

    Ok(Answer(listed.into_iter().map(BackupView::from).collect()))
}

/// Delete a backup; one that is not there is no mistake. It counts no more from then on.
#[utoipa::path(delete, path = "/api/v1/backup/{backup_id}", tag = "backup",
    params(("backup_id" = String, Path, description = "From the history")),
    responses(
        (status = 200, description = "It is not there", body = Done),
        (status = 404, description = "That is no id", body = ErrorBody)))]
pub(crate) async fn delete_backup(
    door: Door<DeleteBackup>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Done>, ApiError> {
    door.perform(DeleteBackup(parse_backup_id(id)?)).await?;

    Ok(Answer(Done::YES))
}

/// How much room there is for backups, and how much of it is taken.
#[utoipa::path(get, path = "/api/v1/backup/quota", tag = "backup",
    responses((status = 200, description = "In bytes", body = BackupQuotaView)))]
pub(crate) async fn get_backup_quota(
    door: Door<GetBackupQuota>,
) -> Result<Answer<BackupQuotaView>, ApiError> {
    let quota = door.perform(GetBackupQuota).await?;

    Ok(Answer(quota.into()))
}

fn parse_backup_id(id: Result<Path<String>, PathRejection>) -> Result<Uuid, ApiError> {
    parse_id(id, "There is no such backup.")
}

fn unknown() -> ApiError {
    ApiError::not_found("There is no such backup.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pairs: &[(&str, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.append(HeaderName::try_from(*name).unwrap(), value);
        }

        match BackupHeaders::read(&headers, None) {
            Ok(head) => format!("{} {} {}", head.version, head.timestamp, head.checksum),
            Err(error) => {
                let faults = error.details.errors.iter();
                let faults = faults.map(|fault| format!("{} {}", fault.field, fault.kind));
                faults.collect::<Vec<_>>().join(", ")
            }
        }
    }

    #[test]
    fn headers_are_digits_and_come_once() {
        let timestamp = ("X-Backup-Timestamp", "1700000000");
        let checksum = ("X-Backup-Checksum", "ab");
        assert_eq!(
            told(&[("X-Backup-Version", "3"), timestamp, checksum]),
            "3 1700000000 ab"
        );
        assert_eq!(
            told(&[]),
            "x-backup-version missing, x-backup-timestamp missing, x-backup-checksum missing"
        );

        for wrong in [
            "-1",
            "+1",
            "1e3",
            "1.0",
            "0x1",
            "１２",
            "",
            "99999999999999999999",
            "1 2",
        ] {
            let told = told(&[("X-Backup-Version", wrong), timestamp, checksum]);
            assert_eq!(told, "x-backup-version value_error", "{wrong:?}");
        }
        assert_eq!(
            told(&[
                ("X-Backup-Version", "1"),
                ("X-Backup-Version", "1"),
                timestamp,
                checksum
            ]),
            "x-backup-version value_error"
        );
    }
}
