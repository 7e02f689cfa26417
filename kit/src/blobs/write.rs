//! Writing and deleting. Into a folder of this machine objects are written as they come; to a real store small ones go in one
//! request, larger ones in parts. So a stream of any length needs only a few megabytes of memory. A half-written object is never
//! visible.

use std::io;

use aws_sdk_s3::{
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier},
};
use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};

use super::{BlobError, BlobLock, Blobs, checked, folder::WriteError};

/// Above this an object is sent in parts of this size. S3 wants at least 5 MiB a part and 10,000 parts at most: 80 GB.
pub(super) const PART_BYTES: usize = 8 * 1024 * 1024;

impl Blobs {
    /// Writes an object, replacing the one under the same key.
    pub async fn put(&self, key: &str, bytes: Bytes, content_type: &str) -> Result<(), BlobError> {
        if bytes.len() > PART_BYTES || self.folder.is_some() {
            let whole = futures::stream::iter([Ok(bytes)]);
            return self.put_stream(key, whole, content_type).await.map(drop);
        }

        let put = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(checked(key)?)
            .set_server_side_encryption(self.encryption.clone())
            .set_ssekms_key_id(self.kms_key_id.clone())
            .content_type(content_type);

        put.body(ByteStream::from(bytes))
            .send()
            .await
            .map(drop)
            .map_err(|err| Self::failed("write", key, err))
    }

    /// Writes what the stream gives and returns its length in bytes. When the stream fails, nothing is kept.
    pub async fn put_stream<S>(&self, key: &str, bytes: S, content_type: &str) -> Result<u64, BlobError>
    where
        S: Stream<Item = io::Result<Bytes>> + Send,
    {
        self.put_stream_locked(key, bytes, content_type, None).await
    }

    /// The same; once it is whole, its bytes stay at least as long as the lock says. For buckets that [`Blobs::can_lock`].
    pub async fn put_stream_locked<S>(
        &self,
        key: &str,
        bytes: S,
        content_type: &str,
        lock: Option<BlobLock>,
    ) -> Result<u64, BlobError>
    where
        S: Stream<Item = io::Result<Bytes>> + Send,
    {
        let bytes = Box::pin(bytes);
        if let Some(folder) = &self.folder {
            let written = folder
                .put_stream(&self.bucket, checked(key)?, bytes, content_type)
                .await;
            return written.map_err(|err| match err {
                WriteError::Source(source) => BlobError::Source {
                    key: key.to_owned(),
                    source,
                },
                WriteError::File(err) => Self::failed("write", key, err),
            });
        }

        self.put_parts(key, bytes, content_type, lock).await
    }

    async fn put_parts<S>(
        &self,
        key: &str,
        bytes: S,
        content_type: &str,
        lock: Option<BlobLock>,
    ) -> Result<u64, BlobError>
    where
        S: Stream<Item = io::Result<Bytes>> + Unpin + Send,
    {
        let mut parts = Parts::new(bytes);
        let first = parts.next(key).await?;
        let Some(second) = parts.next(key).await? else {
            let len = first.as_ref().map_or(0, Bytes::len) as u64;
            let first = first.unwrap_or_default();
            let put = self
                .client
                .put_object()
                .bucket(&self.bucket)
                .key(checked(key)?)
                .set_server_side_encryption(self.encryption.clone())
                .set_ssekms_key_id(self.kms_key_id.clone())
                .set_object_lock_mode(lock.map(BlobLock::mode))
                .set_object_lock_retain_until_date(lock.map(BlobLock::retain_until))
                .set_checksum_algorithm(lock.map(BlobLock::checksum))
                .content_type(content_type);

            put.body(ByteStream::from(first))
                .send()
                .await
                .map_err(|err| Self::failed("write", key, err))?;

            return Ok(len);
        };

        let create = self
            .client
            .create_multipart_upload()
            .bucket(&self.bucket)
            .set_server_side_encryption(self.encryption.clone())
            .set_ssekms_key_id(self.kms_key_id.clone())
            .set_object_lock_mode(lock.map(BlobLock::mode))
            .set_object_lock_retain_until_date(lock.map(BlobLock::retain_until))
            .set_checksum_algorithm(lock.map(BlobLock::checksum))
            .key(checked(key)?);

        let upload = create
            .content_type(content_type)
            .send()
            .await
            .map_err(|err| Self::failed("write", key, err))?;
        let upload_id = upload.upload_id.unwrap_or_default();
        let begun = [first.unwrap_or_default(), second];
        let place = (key, upload_id.as_str());
        let written = self.upload_parts(place, lock, begun, &mut parts).await;

        if written.is_err() {
            // The parts cost space until they are given up. The first failure is the one worth telling.
            let abort = self
                .client
                .abort_multipart_upload()
                .bucket(&self.bucket)
                .key(key)
                .upload_id(&upload_id);

            if let Err(err) = abort.send().await {
                tracing::warn!(key, error = %crate::error::Chain(&err), "a broken upload could not be cleaned up");
            }
        }

        written
    }

    async fn upload_parts<S>(
        &self,
        (key, id): (&str, &str),
        lock: Option<BlobLock>,
        begun: [Bytes; 2],
        rest: &mut Parts<S>,
    ) -> Result<u64, BlobError>
    where
        S: Stream<Item = io::Result<Bytes>> + Unpin,
    {
        let (mut done, mut len) = (Vec::new(), 0);
        let mut begun = begun.into_iter();
        loop {
            let part = match begun.next() {
                Some(part) => part,
                None => match rest.next(key).await? {
                    Some(part) => part,
                    None => break,
                },
            };

            len += part.len() as u64;

            let number = i32::try_from(done.len() + 1).unwrap_or(i32::MAX);
            let upload = self
                .client
                .upload_part()
                .bucket(&self.bucket)
                .key(key)
                .upload_id(id)
                .set_checksum_algorithm(lock.map(BlobLock::checksum))
                .part_number(number);

            let sent = upload
                .body(ByteStream::from(part))
                .send()
                .await
                .map_err(|err| Self::failed("write", key, err))?;
            done.push(
                CompletedPart::builder()
                    .set_e_tag(sent.e_tag)
                    .set_checksum_crc32(sent.checksum_crc32)
                    .part_number(number)
                    .build(),
            );
        }

        let parts = CompletedMultipartUpload::builder().set_parts(Some(done)).build();
        let complete = self
            .client
            .complete_multipart_upload()
            .bucket(&self.bucket)
            .key(key)
            .upload_id(id);

        complete
            .multipart_upload(parts)
            .send()
            .await
            .map_err(|err| Self::failed("write", key, err))?;

        Ok(len)
    }

    /// Deletes an object. Succeeds when there is none.
    pub async fn delete(&self, key: &str) -> Result<(), BlobError> {
        let delete = self
            .client
            .delete_object()
            .bucket(&self.bucket)
            .key(checked(key)?);

        delete
            .send()
            .await
            .map(drop)
            .map_err(|err| Self::failed("delete", key, err))
    }

    /// Deletes every object whose key begins with `prefix`, which must not be empty. Returns how many there were.
    pub async fn delete_prefix(&self, prefix: &str) -> Result<u64, BlobError> {
        checked(prefix.strip_suffix('/').unwrap_or(prefix))?;

        let mut count = 0;
        loop {
            // Always the first page: what was on it is gone by the next turn.
            let keys = self.list(prefix, None).await?.keys;
            if keys.is_empty() {
                return Ok(count);
            }
            count += keys.len() as u64;
            self.delete_all(prefix, keys).await?;
        }
    }

    async fn delete_all(&self, prefix: &str, keys: Vec<String>) -> Result<(), BlobError> {
        let failed = |source: super::Cause| BlobError::Store {
            action: "delete",
            key: prefix.to_owned(),
            source,
        };

        let objects = keys
            .into_iter()
            .map(|key| ObjectIdentifier::builder().key(key).build());
        let objects = objects
            .collect::<Result<Vec<_>, _>>()
            .map_err(|err| failed(err.into()))?;
        let delete = Delete::builder()
            .set_objects(Some(objects))
            .quiet(true)
            .build()
            .map_err(|err| failed(err.into()))?;

        let deleted = self
            .client
            .delete_objects()
            .bucket(&self.bucket)
            .delete(delete)
            .send()
            .await;

        match deleted
            .map_err(|err| failed(err.into()))?
            .errors
            .unwrap_or_default()
            .first()
        {
            None => Ok(()),
            Some(err) => Err(failed(format!("{:?}: {:?}", err.key, err.message).into())),
        }
    }
}

/// Cuts a stream into parts of [`PART_BYTES`]; the last one may be shorter.
struct Parts<S> {
    source: S,
    held: BytesMut,
    ended: bool,
}

impl<S: Stream<Item = io::Result<Bytes>> + Unpin> Parts<S> {
    fn new(source: S) -> Self {
        Self {
            source,
            held: BytesMut::new(),
            ended: false,
        }
    }

    async fn next(&mut self, key: &str) -> Result<Option<Bytes>, BlobError> {
        while !self.ended && self.held.len() < PART_BYTES {
            match self.source.next().await {
                Some(Ok(piece)) => self.held.extend_from_slice(&piece),
                Some(Err(source)) => {
                    return Err(BlobError::Source {
                        key: key.to_owned(),
                        source,
                    });
                }
                None => self.ended = true,
            }
        }

        let len = self.held.len().min(PART_BYTES);
        Ok((len > 0).then(|| self.held.split_to(len).freeze()))
    }
}
