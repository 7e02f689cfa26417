//! Reading: whole objects, ranges of them, what is known about them, and which there are.

use std::{fmt, io, pin::Pin, time::SystemTime};

use aws_sdk_s3::{error::SdkError, operation::get_object::GetObjectOutput, primitives::DateTime as S3Time};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::{Stream, TryStreamExt};
use tokio_util::io::ReaderStream;

use super::{BlobError, Blobs, checked};

/// Pieces in which an object is handed on.
const PIECE_BYTES: usize = 64 * 1024;

/// A wish for some of an object's bytes, as in an HTTP `Range` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlobRange {
    /// From this byte to the end.
    From(u64),
    /// From the first to the last, both included. A last one beyond the end means the end.
    Between(u64, u64),
    /// This many at the end.
    Last(u64),
}

/// What is known of an object without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobMeta {
    /// Bytes.
    pub len: u64,
    /// Quoted, ready for the `ETag` header.
    pub etag: String,
    pub last_modified: DateTime<Utc>,
    pub content_type: Option<String>,
}

/// An object, or a range of it, on its way.
pub struct BlobStream {
    /// Bytes in this stream.
    pub len: u64,
    /// Bytes in the whole object.
    pub total: u64,
    /// First byte of this stream within the object.
    pub from: u64,
    pub etag: String,
    pub last_modified: DateTime<Utc>,
    pub content_type: Option<String>,
    pub stream: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>,
}

impl fmt::Debug for BlobStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "BlobStream({} bytes from {} of {})",
            self.len, self.from, self.total
        )
    }
}

impl BlobStream {
    /// Reads everything into memory.
    pub async fn bytes(self) -> io::Result<Bytes> {
        let mut all = bytes::BytesMut::with_capacity(usize::try_from(self.len).unwrap_or_default());
        let mut stream = self.stream;
        while let Some(piece) = stream.try_next().await? {
            all.extend_from_slice(&piece);
        }
        Ok(all.freeze())
    }
}

/// One page of keys, in byte order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobList {
    pub keys: Vec<String>,
    /// Of these objects together.
    pub bytes: u64,
    /// Give it back to get the next page; `None` at the end.
    pub next: Option<String>,
}

impl Blobs {
    /// `None` when there is no such object.
    pub async fn head(&self, key: &str) -> Result<Option<BlobMeta>, BlobError> {
        let head = self
            .client
            .head_object()
            .bucket(&self.bucket)
            .key(checked(key)?)
            .send()
            .await;

        match head {
            Ok(head) => Ok(Some(BlobMeta {
                len: length(head.content_length),
                etag: quoted(head.e_tag),
                last_modified: time(head.last_modified),
                content_type: head.content_type,
            })),
            Err(err) if is_missing(&err) => Ok(None),
            Err(err) => Err(Self::failed("look up", key, err)),
        }
    }

    /// `None` when there is no such object. A range that starts beyond the end is [`BlobError::Range`].
    pub async fn get(&self, key: &str, range: Option<BlobRange>) -> Result<Option<BlobStream>, BlobError> {
        let header = range.map(|range| match range {
            BlobRange::From(first) => format!("bytes={first}-"),
            BlobRange::Between(first, last) => format!("bytes={first}-{last}"),
            BlobRange::Last(count) => format!("bytes=-{count}"),
        });

        let get = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(checked(key)?)
            .set_range(header);

        match get.send().await {
            Ok(object) => Ok(Some(stream(object))),
            Err(err) if is_missing(&err) => Ok(None),
            Err(err) if status(&err) == Some(416) => Err(self.outside(key, range).await),
            Err(err) => Err(Self::failed("read", key, err)),
        }
    }

    async fn outside(&self, key: &str, range: Option<BlobRange>) -> BlobError {
        let total = self.head(key).await.ok().flatten().map_or(0, |meta| meta.len);
        let (from, to) = match range {
            Some(BlobRange::From(first)) => (first, None),
            Some(BlobRange::Between(first, last)) => (first, Some(last)),
            Some(BlobRange::Last(_)) | None => (total, None),
        };

        BlobError::Range {
            key: key.to_owned(),
            from,
            to,
            total,
        }
    }

    /// Keys that begin with `prefix`, a thousand at most.
    pub async fn list(&self, prefix: &str, after: Option<String>) -> Result<BlobList, BlobError> {
        let list = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix)
            .set_continuation_token(after);

        let page = list
            .send()
            .await
            .map_err(|err| Self::failed("list", prefix, err))?;

        let contents = page.contents.unwrap_or_default();
        let bytes = contents.iter().map(|object| length(object.size)).sum();
        let keys = contents.into_iter().filter_map(|object| object.key).collect();

        Ok(BlobList {
            keys,
            bytes,
            next: page.next_continuation_token,
        })
    }
}

fn stream(object: GetObjectOutput) -> BlobStream {
    let len = length(object.content_length);
    let (from, total) = object
        .content_range
        .as_deref()
        .and_then(content_range)
        .unwrap_or((0, len));

    BlobStream {
        len,
        total,
        from,
        etag: quoted(object.e_tag),
        last_modified: time(object.last_modified),
        content_type: object.content_type,
        stream: Box::pin(ReaderStream::with_capacity(
            object.body.into_async_read(),
            PIECE_BYTES,
        )),
    }
}

/// `bytes 2-5/10` into the first byte and the total.
fn content_range(text: &str) -> Option<(u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.parse().ok()?, total.parse().ok()?))
}

fn length(bytes: Option<i64>) -> u64 {
    bytes
        .and_then(|bytes| u64::try_from(bytes).ok())
        .unwrap_or_default()
}

fn quoted(etag: Option<String>) -> String {
    let etag = etag.unwrap_or_default();
    if etag.ends_with('"') {
        etag
    } else {
        format!("\"{etag}\"")
    }
}

fn time(at: Option<S3Time>) -> DateTime<Utc> {
    at.and_then(|at| SystemTime::try_from(at).ok())
        .unwrap_or(SystemTime::UNIX_EPOCH)
        .into()
}

pub(super) fn status<E>(err: &SdkError<E>) -> Option<u16> {
    err.raw_response().map(|response| response.status().as_u16())
}

/// HEAD has no body that could name the error, so the status decides.
fn is_missing<E>(err: &SdkError<E>) -> bool {
    status(err) == Some(404)
}
