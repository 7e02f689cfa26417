//! The S3 operations that [`Blobs`](super::super::Blobs) uses, on a [`Folder`]. Every other operation answers
//! `NotImplemented`. Objects are written without them where the folder is in this process: signatures, parts and copies are for
//! those behind a socket.

use std::io::{self, SeekFrom};

use futures::StreamExt;
use s3s::{
    S3, S3Error, S3Request, S3Response, S3Result,
    dto::{
        AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
        CompleteMultipartUploadOutput, CreateBucketInput, CreateBucketOutput, CreateMultipartUploadInput,
        CreateMultipartUploadOutput, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput,
        DeleteObjectsOutput, DeletedObject, ETag, GetObjectInput, GetObjectOutput, HeadBucketInput,
        HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output, Object,
        PutObjectInput, PutObjectOutput, StreamingBlob, UploadPartInput, UploadPartOutput,
    },
    s3_error,
};
use tokio::{
    fs,
    io::{AsyncReadExt, AsyncSeekExt},
};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use super::{Folder, Found, WriteError, is_absent};

/// Pieces in which a file is read.
const PIECE_BYTES: usize = 64 * 1024;
/// S3's own limit of one page.
const PAGE: usize = 1_000;
/// Where an upload keeps its content type, beside its parts.
const CONTENT_TYPE: &str = "content-type";

type Answer<T> = S3Result<S3Response<T>>;

fn answer<T>(output: T) -> Answer<T> {
    Ok(S3Response::new(output))
}

fn failed(err: io::Error) -> S3Error {
    match err.kind() {
        io::ErrorKind::InvalidInput => s3_error!(err, InvalidArgument),
        // An object where a folder is needed, or the other way round.
        io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory | io::ErrorKind::DirectoryNotEmpty => {
            s3_error!(
                err,
                InvalidRequest,
                "a key can't be both an object and the beginning of another key"
            )
        }
        _ => S3Error::internal_error(err),
    }
}

fn broken<E>(err: WriteError<E>) -> S3Error
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    match err {
        WriteError::Source(source) => failed(io::Error::other(source)),
        WriteError::File(err) => failed(err),
    }
}

fn length(bytes: u64) -> S3Result<Option<i64>> {
    i64::try_from(bytes).map(Some).map_err(S3Error::internal_error)
}

impl Folder {
    async fn upload(&self, id: &str) -> S3Result<std::path::PathBuf> {
        let path = self.aside(Uuid::parse_str(id).map_err(|_| s3_error!(NoSuchUpload))?);
        if fs::metadata(&path).await.is_ok_and(|found| found.is_dir()) {
            Ok(path)
        } else {
            Err(s3_error!(NoSuchUpload))
        }
    }

    async fn need_bucket(&self, bucket: &str) -> S3Result<()> {
        if self.bucket_exists(bucket).await.map_err(failed)? {
            Ok(())
        } else {
            Err(s3_error!(NoSuchBucket))
        }
    }
}

#[async_trait::async_trait]
impl S3 for Folder {
    async fn create_bucket(&self, req: S3Request<CreateBucketInput>) -> Answer<CreateBucketOutput> {
        match fs::create_dir(self.bucket(&req.input.bucket).map_err(failed)?).await {
            Ok(()) => answer(CreateBucketOutput::default()),
            Err(err) if err.kind() == io::ErrorKind::AlreadyExists => Err(s3_error!(BucketAlreadyOwnedByYou)),
            Err(err) => Err(failed(err)),
        }
    }

    async fn head_bucket(&self, req: S3Request<HeadBucketInput>) -> Answer<HeadBucketOutput> {
        self.need_bucket(&req.input.bucket).await?;
        answer(HeadBucketOutput::default())
    }

    async fn put_object(&self, req: S3Request<PutObjectInput>) -> Answer<PutObjectOutput> {
        let PutObjectInput {
            bucket,
            key,
            body,
            content_type,
            ..
        } = req.input;

        self.need_bucket(&bucket).await?;

        let body = body.unwrap_or_else(|| StreamingBlob::from(s3s::Body::empty()));
        let aside = self.write_aside(body).await.map_err(broken)?;
        let known = self
            .place(aside, &bucket, &key, content_type.as_deref())
            .await
            .map_err(failed)?;

        answer(PutObjectOutput {
            e_tag: Some(known.etag),
            ..PutObjectOutput::default()
        })
    }

    async fn head_object(&self, req: S3Request<HeadObjectInput>) -> Answer<HeadObjectOutput> {
        let HeadObjectInput { bucket, key, .. } = req.input;
        self.need_bucket(&bucket).await?;

        let known = self
            .known(&bucket, &key)
            .await
            .map_err(failed)?
            .ok_or_else(|| s3_error!(NoSuchKey))?;

        answer(HeadObjectOutput {
            content_length: length(known.len)?,
            content_type: Some(self.content_type(&bucket, &key).await),
            last_modified: Some(known.modified.into()),
            e_tag: Some(known.etag),
            ..HeadObjectOutput::default()
        })
    }

    async fn get_object(&self, req: S3Request<GetObjectInput>) -> Answer<GetObjectOutput> {
        let GetObjectInput {
            bucket, key, range, ..
        } = req.input;
        self.need_bucket(&bucket).await?;

        let path = self.object(&bucket, &key).map_err(failed)?;
        let opened = fs::File::open(path).await;
        let mut file = opened.map_err(|err| {
            if is_absent(&err) {
                s3_error!(NoSuchKey)
            } else {
                failed(err)
            }
        })?;

        // Asked of the open file, so that length, tag and bytes are of the same write.
        let metadata = file.metadata().await.map_err(failed)?;
        if !metadata.is_file() {
            return Err(s3_error!(NoSuchKey));
        }

        let known = super::known(&metadata).map_err(failed)?;
        let bytes = match &range {
            Some(range) => range.check(known.len)?,
            None => 0..known.len,
        };
        let content_range = range.map(|_| format!("bytes {}-{}/{}", bytes.start, bytes.end - 1, known.len));

        file.seek(SeekFrom::Start(bytes.start)).await.map_err(failed)?;

        let len = bytes.end - bytes.start;
        let body = ReaderStream::with_capacity(file.take(len), PIECE_BYTES);

        answer(GetObjectOutput {
            body: Some(StreamingBlob::wrap(body)),
            content_length: length(len)?,
            content_range,
            content_type: Some(self.content_type(&bucket, &key).await),
            last_modified: Some(known.modified.into()),
            e_tag: Some(known.etag),
            ..GetObjectOutput::default()
        })
    }

    async fn delete_object(&self, req: S3Request<DeleteObjectInput>) -> Answer<DeleteObjectOutput> {
        self.need_bucket(&req.input.bucket).await?;
        self.delete(&req.input.bucket, &req.input.key)
            .await
            .map_err(failed)?;
        answer(DeleteObjectOutput::default())
    }

    async fn delete_objects(&self, req: S3Request<DeleteObjectsInput>) -> Answer<DeleteObjectsOutput> {
        let DeleteObjectsInput { bucket, delete, .. } = req.input;
        self.need_bucket(&bucket).await?;

        let mut deleted = Vec::with_capacity(delete.objects.len());
        for object in delete.objects {
            self.delete(&bucket, &object.key).await.map_err(failed)?;
            deleted.push(DeletedObject {
                key: Some(object.key),
                ..DeletedObject::default()
            });
        }

        answer(DeleteObjectsOutput {
            deleted: Some(deleted),
            ..DeleteObjectsOutput::default()
        })
    }

    async fn list_objects_v2(&self, req: S3Request<ListObjectsV2Input>) -> Answer<ListObjectsV2Output> {
        let ListObjectsV2Input {
            bucket,
            prefix,
            continuation_token,
            max_keys,
            ..
        } = req.input;

        self.need_bucket(&bucket).await?;

        let mut found = self
            .list(&bucket, prefix.as_deref().unwrap_or_default())
            .await
            .map_err(failed)?;
        // The token is the last key of the page before.
        if let Some(after) = &continuation_token {
            found.retain(|one| one.key > *after);
        }

        let most = max_keys
            .and_then(|most| usize::try_from(most).ok())
            .unwrap_or(PAGE)
            .min(PAGE);
        let more = found.len() > most;

        found.truncate(most);

        answer(ListObjectsV2Output {
            is_truncated: Some(more),
            next_continuation_token: found.last().filter(|_| more).map(|last| last.key.clone()),
            key_count: i32::try_from(found.len()).ok(),
            contents: Some(found.into_iter().map(listed).collect::<S3Result<_>>()?),
            name: Some(bucket),
            prefix,
            ..ListObjectsV2Output::default()
        })
    }

    async fn create_multipart_upload(
        &self,
        req: S3Request<CreateMultipartUploadInput>,
    ) -> Answer<CreateMultipartUploadOutput> {
        let CreateMultipartUploadInput {
            bucket,
            key,
            content_type,
            ..
        } = req.input;

        self.need_bucket(&bucket).await?;
        self.object(&bucket, &key).map_err(failed)?;

        let id = crate::ids::random_id();
        let upload = self.aside(id);
        fs::create_dir(&upload).await.map_err(failed)?;

        if let Some(content_type) = content_type {
            fs::write(upload.join(CONTENT_TYPE), content_type)
                .await
                .map_err(failed)?;
        }

        let upload_id = Some(id.simple().to_string());
        answer(CreateMultipartUploadOutput {
            bucket: Some(bucket),
            key: Some(key),
            upload_id,
            ..CreateMultipartUploadOutput::default()
        })
    }

    async fn upload_part(&self, req: S3Request<UploadPartInput>) -> Answer<UploadPartOutput> {
        let UploadPartInput {
            upload_id,
            part_number,
            body,
            ..
        } = req.input;
        let upload = self.upload(&upload_id).await?;
        let body = body.unwrap_or_else(|| StreamingBlob::from(s3s::Body::empty()));
        let aside = self.write_aside(body).await.map_err(broken)?;
        fs::rename(&aside.path, upload.join(part_number.to_string()))
            .await
            .map_err(failed)?;

        let etag = ETag::Strong(format!("part-{part_number}"));
        answer(UploadPartOutput {
            e_tag: Some(etag),
            ..UploadPartOutput::default()
        })
    }

    async fn complete_multipart_upload(
        &self,
        req: S3Request<CompleteMultipartUploadInput>,
    ) -> Answer<CompleteMultipartUploadOutput> {
        let CompleteMultipartUploadInput {
            bucket,
            key,
            upload_id,
            multipart_upload,
            ..
        } = req.input;
        let upload = self.upload(&upload_id).await?;
        let parts = multipart_upload
            .and_then(|upload| upload.parts)
            .unwrap_or_default();
        if parts.is_empty() {
            return Err(s3_error!(InvalidPart));
        }

        let mut files = Vec::with_capacity(parts.len());
        for part in parts {
            let path = upload.join(part.part_number.unwrap_or_default().to_string());
            files.push(fs::File::open(path).await.map_err(|_| s3_error!(InvalidPart))?);
        }

        let pieces =
            futures::stream::iter(files).flat_map(|file| ReaderStream::with_capacity(file, PIECE_BYTES));
        let aside = self.write_aside(Box::pin(pieces)).await.map_err(broken)?;
        let content_type = fs::read_to_string(upload.join(CONTENT_TYPE)).await.ok();
        let known = self
            .place(aside, &bucket, &key, content_type.as_deref())
            .await
            .map_err(failed)?;

        fs::remove_dir_all(upload).await.map_err(failed)?;

        answer(CompleteMultipartUploadOutput {
            bucket: Some(bucket),
            key: Some(key),
            e_tag: Some(known.etag),
            ..CompleteMultipartUploadOutput::default()
        })
    }

    async fn abort_multipart_upload(
        &self,
        req: S3Request<AbortMultipartUploadInput>,
    ) -> Answer<AbortMultipartUploadOutput> {
        let upload = self.upload(&req.input.upload_id).await?;
        fs::remove_dir_all(upload).await.map_err(failed)?;
        answer(AbortMultipartUploadOutput::default())
    }
}

fn listed(found: Found) -> S3Result<Object> {
    let Found { key, len, modified } = found;
    Ok(Object {
        key: Some(key),
        size: length(len)?,
        last_modified: Some(modified.into()),
        ..Object::default()
    })
}
