//! Files that are part of the binary, as a browser gets them: their type, an entity tag, and the policy of the page that
//! they belong to. Knows nothing of what they are for.

use std::{
    borrow::Cow,
    hash::{Hash, Hasher},
};

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::error::ApiError;

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// One file as the build left it.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) name: &'static str,
    pub(crate) bytes: Cow<'static, [u8]>,
    /// Compressed already. Sent so to everybody: only browsers ask for such files, and all of them take gzip.
    pub(crate) gzipped: bool,
}

impl File {
    pub(crate) const fn text(name: &'static str, text: &'static str) -> Self {
        Self {
            name,
            bytes: Cow::Borrowed(text.as_bytes()),
            gzipped: false,
        }
    }

    pub(crate) const fn binary(name: &'static str, bytes: &'static [u8]) -> Self {
        Self {
            name,
            bytes: Cow::Borrowed(bytes),
            gzipped: false,
        }
    }

    /// Text that is known only when the process starts.
    pub(crate) fn from_text(name: &'static str, text: String) -> Self {
        Self {
            name,
            bytes: Cow::Owned(text.into_bytes()),
            gzipped: false,
        }
    }
}

/// A file as it is sent. Cheap to send again.
struct Served {
    name: &'static str,
    bytes: Bytes,
    gzipped: bool,
    tag: HeaderValue,
}

impl From<File> for Served {
    fn from(file: File) -> Self {
        let tag = tag(&file.bytes);
        let bytes = match file.bytes {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => bytes.into(),
        };

        Self {
            name: file.name,
            bytes,
            gzipped: file.gzipped,
            tag,
        }
    }
}

/// The files of one page.
pub(crate) struct Files {
    policy: HeaderValue,
    files: Vec<Served>,
}

impl Files {
    /// `policy` is the Content-Security-Policy of all of them.
    pub(crate) fn new(policy: HeaderValue, files: impl IntoIterator<Item = File>) -> Self {
        let files = files.into_iter().map(Served::from).collect();
        Self { policy, files }
    }

    /// The file of that name, or only word that the client has it already.
    pub(crate) fn answer(&self, name: &str, asked: &HeaderMap) -> Result<Response, ApiError> {
        let found = self.files.iter().find(|file| file.name == name);
        let file = found.ok_or_else(|| ApiError::not_found("There is no such file."))?;
        let tag = &file.tag;
        let shared = [
            (header::CONTENT_SECURITY_POLICY, self.policy.clone()),
            (OPENER_POLICY, HeaderValue::from_static("same-origin")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (header::ETAG, tag.clone()),
        ];
        if asked.get(header::IF_NONE_MATCH) == Some(tag) {
            return Ok((StatusCode::NOT_MODIFIED, shared).into_response());
        }

        let kind = [(header::CONTENT_TYPE, kind(file.name))];
        let mut response = (shared, kind, file.bytes.clone()).into_response();
        if file.gzipped {
            let gzip = HeaderValue::from_static("gzip");
            response.headers_mut().insert(header::CONTENT_ENCODING, gzip);
        }

        Ok(response)
    }
}

/// Weak, because a layer may still compress what is sent.
fn tag(bytes: &[u8]) -> HeaderValue {
    let mut hasher = std::hash::DefaultHasher::new();
    bytes.hash(&mut hasher);
    let tag = format!("W/\"{:016x}\"", hasher.finish());
    HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\""))
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "mp3" => "audio/mpeg",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        let zipped = File {
            name: "big.js",
            bytes: Cow::Borrowed(b"not really gzip"),
            gzipped: true,
        };
        let policy = HeaderValue::from_static("default-src 'none'");
        Files::new(policy, [File::text("a.css", "a {}"), zipped])
    }

    #[test]
    fn a_file_comes_with_its_type_policy_and_encoding() {
        let (files, none) = (files(), HeaderMap::new());
        let plain = files.answer("a.css", &none).unwrap();
        assert_eq!(plain.headers()["content-type"], "text/css; charset=utf-8");
        assert_eq!(plain.headers()["content-security-policy"], "default-src 'none'");
        assert!(!plain.headers().contains_key("content-encoding"));
        let zipped = files.answer("big.js", &none).unwrap();
        assert_eq!(zipped.headers()["content-encoding"], "gzip");
    }

    #[test]
    fn a_file_that_the_client_has_is_not_sent_again() {
        let files = files();
        let mut asked = HeaderMap::new();
        let first = files.answer("a.css", &asked).unwrap();
        asked.insert("if-none-match", first.headers()["etag"].clone());
        let again = files.answer("a.css", &asked).unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()["etag"], first.headers()["etag"]);
    }

    #[test]
    fn only_listed_names_are_files() {
        for name in ["", "b.css", "../a.css", "A.CSS"] {
            assert!(files().answer(name, &HeaderMap::new()).is_err(), "{name}");
        }
    }
}
