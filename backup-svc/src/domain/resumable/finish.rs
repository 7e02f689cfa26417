//! Segments that are all there become one object, and the upload a backup. Done again it does the same.

use futures::{StreamExt, TryStreamExt, stream};

use super::ResumableUploads;
use crate::{
    domain::{
        checksum::Checksum,
        objects::{Incoming, Received, Reservation},
    },
    error::BackupError,
    store::{
        self,
        backups::Backup,
        resumable::{self as rows, ResumableUpload, Segment},
    },
};

impl ResumableUploads {
    /// What is partial, or not whole, stays as it is.
    pub(super) async fn finish_if_whole(&self, upload: &ResumableUpload) -> Result<(), BackupError> {
        let whole = upload.received == upload.length && !upload.partial && !upload.finished;
        if !whole || !self.begin_finishing(upload.id) {
            return Ok(());
        }

        let finished = self.finish(upload).await;
        self.end_finishing(upload.id);

        // Its bytes are not what was said, and never will be.
        if let Err(BackupError::Invalid(_)) = &finished {
            self.remove(upload).await?;
        }
        finished
    }

    async fn finish(&self, upload: &ResumableUpload) -> Result<(), BackupError> {
        let segments = rows::list_segments(&self.db.user(upload.user_id), upload.id).await?;
        let expected = Checksum::parse(&upload.checksum);
        let length = u64::try_from(upload.length).unwrap_or_default();
        let mut reservation = Reservation::of_kept(upload.s3_key.clone(), upload.user_id, length);
        let received = self
            .objects
            .write_object(
                &mut reservation,
                self.read_segments(segments),
                |received| match expected.is_none_or(|sum| sum == received.checksum) {
                    true => Ok(()),
                    false => Err(BackupError::invalid(
                        "checksum",
                        format!("the SHA-256 of what was sent, which is {}", received.checksum),
                    )),
                },
            )
            .await?;

        self.write_rows(upload, &reservation, received).await
    }

    /// One segment after the other.
    fn read_segments(&self, segments: Vec<Segment>) -> Incoming {
        let blobs = self.objects.blobs.clone();
        let bytes = stream::iter(segments).then(move |segment| {
            let blobs = blobs.clone();
            async move {
                let found = blobs.get(&segment.s3_key, None).await?;
                let found = found.ok_or(BackupError::BrokenOff)?;
                Ok::<_, BackupError>(found.stream.map_err(|error| BackupError::Internal {
                    what: "reading a segment",
                    source: error.into(),
                }))
            }
        });

        bytes.try_flatten().boxed()
    }

    async fn write_rows(
        &self,
        upload: &ResumableUpload,
        reservation: &Reservation,
        received: Received,
    ) -> Result<(), BackupError> {
        let backup = Backup {
            id: upload.id,
            user_id: upload.user_id,
            s3_key: upload.s3_key.clone(),
            version: upload.version,
            timestamp: upload.timestamp,
            checksum: received.checksum.to_string(),
            size_bytes: upload.length,
            chunk_count: upload.chunk_count,
            device: upload.device.clone(),
            created_at: self.clock.now(),
        };

        let mut tx = self.db.user(upload.user_id).begin_write().await?;
        if !rows::note_finished(&mut tx, upload.id).await? {
            // Another process was faster.
            return Ok(());
        }
        self.objects.settle(&mut tx, reservation, received.size).await?;
        store::backups::insert(&mut tx, &backup).await?;
        let keys = rows::delete_segments(&mut tx, upload.id).await?;
        for key in &keys {
            self.objects.forget(&mut tx, upload.user_id, key).await?;
        }
        tx.commit().await?;

        self.objects.delete_bytes(&keys).await;
        Ok(())
    }
}
