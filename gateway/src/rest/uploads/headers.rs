//! The headers of tus: read strictly, each fault told with its name.

use std::collections::HashSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, StatusCode, header};
use proto::v1::{CreateResumableUploadRequest, NewBackup};

use crate::error::{ApiError, FieldError};

const RESUMABLE: &str = "tus-resumable";
const METADATA: &str = "upload-metadata";
const CHECKSUM: &str = "upload-checksum";
const CONCAT: &str = "upload-concat";
/// Names in the metadata that are about a backup.
const ABOUT_BACKUPS: [&str; 5] = ["version", "timestamp", "chunk_count", "checksum", "device"];

/// Of one request in the version that is spoken here.
pub(super) struct UploadHeaders<'a>(&'a HeaderMap);

impl<'a> UploadHeaders<'a> {
    pub(super) fn read(headers: &'a HeaderMap) -> Result<Self, ApiError> {
        let read = Self(headers);
        match read.text(RESUMABLE)? {
            Some("1.0.0") => Ok(read),
            _ => Err(ApiError::new(
                StatusCode::PRECONDITION_FAILED,
                "PRECONDITION_FAILED",
                "Send `Tus-Resumable: 1.0.0`: that version is spoken here.",
            )),
        }
    }

    /// Of a header that may come once.
    fn text(&self, name: &'static str) -> Result<Option<&'a str>, ApiError> {
        let mut values = self.0.get_all(name).iter();
        let Some(first) = values.next() else {
            return Ok(None);
        };

        match (first.to_str(), values.next()) {
            (Ok(text), None) => Ok(Some(text.trim())),
            _ => Err(wrong(name, "expected this header once, in ASCII")),
        }
    }

    fn number(&self, name: &'static str) -> Result<Option<u64>, ApiError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| digits);

        number
            .map(Some)
            .ok_or_else(|| wrong(name, "expected a whole number in digits"))
    }

    /// Whether bytes of an upload follow.
    pub(super) fn has_bytes(&self) -> bool {
        let kind = self
            .0
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok());
        kind == Some("application/offset+octet-stream")
    }

    pub(super) fn read_offset(&self) -> Result<u64, ApiError> {
        let offset = self.number("upload-offset")?;
        offset.ok_or_else(|| wrong("upload-offset", "expected this header"))
    }

    /// The digest; by its length one knows the algorithm.
    pub(super) fn read_checksum(&self) -> Result<Option<Vec<u8>>, ApiError> {
        let Some(text) = self.text(CHECKSUM)? else {
            return Ok(None);
        };
        let digest = text.split_once(' ').and_then(|(algorithm, digest)| {
            let length = match algorithm {
                "sha1" => 20,
                "sha256" => 32,
                _ => return None,
            };
            STANDARD
                .decode(digest)
                .ok()
                .filter(|digest| digest.len() == length)
        });

        // The protocol says 400 for an algorithm that is not known.
        digest.map(Some).ok_or_else(|| {
            ApiError::malformed("`Upload-Checksum`: expected `sha1` or `sha256`, and the digest in Base64.")
        })
    }

    pub(super) fn read_creation(&self) -> Result<CreateResumableUploadRequest, ApiError> {
        let (partial, joins) = self.read_concat()?;
        let length = self.number("upload-length")?;
        if length.is_none() && joins.is_empty() {
            return Err(wrong(
                "upload-length",
                "expected this header: how long it is must be known",
            ));
        }

        Ok(CreateResumableUploadRequest {
            length: length.unwrap_or_default(),
            partial,
            joins,
            backup: Some(self.read_metadata()?),
        })
    }

    /// Whether it is a part, and the ids of the parts that it joins.
    fn read_concat(&self) -> Result<(bool, Vec<String>), ApiError> {
        let Some(text) = self.text(CONCAT)? else {
            return Ok((false, Vec::new()));
        };
        if text == "partial" {
            return Ok((true, Vec::new()));
        }

        let places = text.strip_prefix("final;").map(str::split_whitespace);
        let ids = places.map(|places| {
            let ids = places.map(|place| place.rsplit('/').next().unwrap_or_default().to_owned());
            ids.collect::<Vec<_>>()
        });
        let ids = ids.filter(|ids| !ids.is_empty());
        ids.map(|ids| (false, ids))
            .ok_or_else(|| wrong(CONCAT, "expected `partial`, or `final;` and addresses of uploads"))
    }

    fn read_metadata(&self) -> Result<NewBackup, ApiError> {
        let mut backup = NewBackup::default();
        for (name, value) in self.read_pairs()? {
            match name {
                "version" => backup.version = parse_number(&value)?,
                "timestamp" => backup.timestamp = parse_number(&value)?,
                "chunk_count" => backup.chunk_count = Some(parse_number(&value)?),
                "checksum" => backup.checksum = value,
                _ => backup.device = value,
            }
        }

        Ok(backup)
    }

    /// Each name once, with its value. What is not about a backup is left alone.
    fn read_pairs(&self) -> Result<Vec<(&'a str, String)>, ApiError> {
        let (mut names, mut about) = (HashSet::new(), Vec::new());
        let pairs = self.text(METADATA)?.filter(|pairs| !pairs.is_empty());

        for pair in pairs.into_iter().flat_map(|pairs| pairs.split(',')) {
            let (name, encoded) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
            let value = STANDARD.decode(encoded.trim()).ok();
            let value = value.filter(|_| !name.is_empty() && names.insert(name));
            let value = value
                .ok_or_else(|| wrong(METADATA, "expected names, each once, with its value in Base64"))?;
            if ABOUT_BACKUPS.contains(&name) {
                let text = String::from_utf8(value);
                let text = text.map_err(|_| wrong(METADATA, "expected what is said of a backup as UTF-8"))?;
                about.push((name, text));
            }
        }

        Ok(about)
    }
}

fn parse_number(text: &str) -> Result<i64, ApiError> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);

    number.ok_or_else(|| {
        wrong(
            METADATA,
            "expected `version`, `timestamp` and `chunk_count` in digits",
        )
    })
}

/// The service's names of fields, as the headers that they came in.
pub(super) fn name_header(mut fault: FieldError) -> FieldError {
    fault.field = match fault.field.as_str() {
        "length" => "upload-length".to_owned(),
        "joins" => CONCAT.to_owned(),
        name if ABOUT_BACKUPS.contains(&name) => format!("{METADATA}.{name}"),
        _ => return fault,
    };
    fault
}

fn wrong(name: &str, expected: &str) -> ApiError {
    ApiError::field(name, "value_error", expected)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn creation(pairs: &[(&str, &str)]) -> Result<CreateResumableUploadRequest, String> {
        let mut headers = HeaderMap::from_iter([(
            HeaderName::from_static(RESUMABLE),
            HeaderValue::from_static("1.0.0"),
        )]);
        for (name, value) in pairs {
            headers.append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }

        let read = UploadHeaders::read(&headers).and_then(|headers| headers.read_creation());
        read.map_err(|error| error.details.errors[0].field.clone())
    }

    #[test]
    fn an_upload_says_how_long_it_is_and_what_it_is_of() {
        let told = creation(&[
            ("Upload-Length", "100"),
            (
                "Upload-Metadata",
                "version Nw==,filename /w==, device TGFwdG9w,empty",
            ),
        ])
        .unwrap();
        let backup = told.backup.unwrap();
        assert_eq!(
            (told.length, backup.version, backup.device.as_str()),
            (100, 7, "Laptop")
        );

        let joined = creation(&[("Upload-Concat", "final;/files/a https://saga.example/files/b")]).unwrap();
        assert_eq!(joined.joins, ["a", "b"]);
        assert!(
            creation(&[("Upload-Length", "1"), ("Upload-Concat", "partial")])
                .unwrap()
                .partial
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let rows: [(&[(&str, &str)], &str); 11] = [
            (&[], "upload-length"),
            (&[("Upload-Length", "-1")], "upload-length"),
            (&[("Upload-Length", "1e3")], "upload-length"),
            (&[("Upload-Length", "1"), ("Upload-Length", "1")], "upload-length"),
            (&[("Upload-Concat", "final;")], "upload-concat"),
            (&[("Upload-Concat", "both")], "upload-concat"),
            (
                &[("Upload-Length", "1"), ("Upload-Metadata", "version !")],
                "upload-metadata",
            ),
            (
                &[("Upload-Length", "1"), ("Upload-Metadata", "version LTE=")],
                "upload-metadata",
            ),
            (
                &[
                    ("Upload-Length", "1"),
                    ("Upload-Metadata", "version MQ==,version Mg=="),
                ],
                "upload-metadata",
            ),
            (
                &[("Upload-Length", "1"), ("Upload-Metadata", "version MQ==,")],
                "upload-metadata",
            ),
            (
                &[("Upload-Length", "1"), ("Upload-Metadata", "device /w==")],
                "upload-metadata",
            ),
        ];

        for (pairs, field) in rows {
            assert_eq!(creation(pairs).unwrap_err(), field, "{pairs:?}");
        }
    }
}
