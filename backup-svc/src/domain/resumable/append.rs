//! Bytes that come behind those that are there.

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{ResumableUploads, parse_id};
use crate::{
    config::BackupLimit,
    domain::{
        objects::{Incoming, PREFIX, Reservation},
        request_context::RequestContext,
    },
    error::BackupError,
    store::{
        self,
        resumable::{self as rows, ResumableUpload, Segment},
    },
};

/// What is kept at once, and what a killed process may lose.
const SEGMENT_BYTES: usize = 8 << 20;

/// Where bytes belong.
#[derive(Clone, Debug)]
pub(crate) struct AppendInput {
    pub(crate) id: String,
    pub(crate) offset: u64,
    /// SHA-1 or SHA-256 of all that comes now.
    pub(crate) checksum: Option<Vec<u8>>,
}

/// What holds the bytes against their checksum.
enum Hasher {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Hasher {
    fn for_checksum(checksum: &[u8]) -> Result<Self, BackupError> {
        match checksum.len() {
            20 => Ok(Self::Sha1(Sha1::new())),
            32 => Ok(Self::Sha256(Sha256::new())),
            _ => Err(BackupError::invalid("checksum", "a SHA-1 or a SHA-256")),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
        }
    }

    fn fits(self, checksum: &[u8]) -> bool {
        match self {
            Self::Sha1(hasher) => hasher.finalize().as_slice() == checksum,
            Self::Sha256(hasher) => hasher.finalize().as_slice() == checksum,
        }
    }
}

impl ResumableUploads {
    /// What has come is kept also when the rest breaks off; with a checksum, all or none.
    pub(crate) async fn append(
        &self,
        context: &RequestContext,
        input: AppendInput,
        incoming: Incoming,
    ) -> Result<ResumableUpload, BackupError> {
        let user = context.require_account()?;
        let mut upload = self.find(user, parse_id(&input.id)?).await?;
        let hasher = input.checksum.as_deref().map(Hasher::for_checksum).transpose()?;

        let offset = i64::try_from(input.offset).unwrap_or(i64::MAX);
        let until = self.clock.now() + self.objects.lease;
        let fence = rows::begin_append(&self.db.user(user), upload.id, offset, until).await?;
        upload.fence = fence.ok_or(BackupError::Elsewhere)?;

        match (input.checksum, hasher) {
            (Some(checksum), Some(hasher)) => self.take_checked(&upload, incoming, hasher, &checksum).await?,
            _ => self.take(&upload, incoming).await?,
        }

        let upload = self.find(user, upload.id).await?;
        self.finish_if_whole(&upload).await?;
        self.find(user, upload.id).await
    }

    async fn take(&self, upload: &ResumableUpload, mut incoming: Incoming) -> Result<(), BackupError> {
        let (mut position, mut held) = (upload.received, BytesMut::new());
        loop {
            let piece = incoming.next().await;
            if let Some(Ok(piece)) = &piece {
                check_room(upload, position, held.len() + piece.len())?;
                held.extend_from_slice(piece);
            }

            let over = !matches!(piece, Some(Ok(_)));
            while held.len() >= SEGMENT_BYTES || over && !held.is_empty() {
                let bytes = held.split_to(held.len().min(SEGMENT_BYTES)).freeze();
                let (segment, reservation) = self.store_segment(upload, position, bytes).await?;
                position += segment.size_bytes;
                self.keep(upload, &[(segment, reservation)]).await?;
            }

            match piece {
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            }
        }
    }

    async fn take_checked(
        &self,
        upload: &ResumableUpload,
        mut incoming: Incoming,
        mut hasher: Hasher,
        checksum: &[u8],
    ) -> Result<(), BackupError> {
        let (mut position, mut held, mut stored) = (upload.received, BytesMut::new(), Vec::new());
        let taken = loop {
            let piece = match incoming.next().await {
                Some(Ok(piece)) => Some(piece),
                Some(Err(error)) => break Err(error),
                None => None,
            };
            if let Some(piece) = &piece {
                if let Err(error) = check_room(upload, position, held.len() + piece.len()) {
                    break Err(error);
                }
                hasher.update(piece);
                held.extend_from_slice(piece);
            }

            while held.len() >= SEGMENT_BYTES || piece.is_none() && !held.is_empty() {
                let bytes = held.split_to(held.len().min(SEGMENT_BYTES)).freeze();
                let (segment, reservation) = self.store_segment(upload, position, bytes).await?;
                position += segment.size_bytes;
                stored.push((segment, reservation));
            }
            if piece.is_none() {
                break Ok(());
            }
        };

        let fits = taken.and_then(|()| match hasher.fits(checksum) {
            true => Ok(()),
            false => Err(BackupError::ChecksumDiffers),
        });
        if let Err(error) = fits {
            for (_, reservation) in &stored {
                self.objects.give_up(reservation).await;
            }
            return Err(error);
        }

        self.keep(upload, &stored).await
    }

    /// Puts bytes into the blob store; nobody knows of them yet.
    async fn store_segment(
        &self,
        upload: &ResumableUpload,
        position: i64,
        bytes: Bytes,
    ) -> Result<(Segment, Reservation), BackupError> {
        let key = segment_key(upload.user_id, self.ids.id());
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        let reservation = self
            .objects
            .reserve(upload.user_id, key.clone(), BackupLimit::Unlimited, Some(0))
            .await?;
        if let Err(error) = self
            .objects
            .blobs
            .put(&key, bytes, "application/octet-stream")
            .await
        {
            self.objects.give_up(&reservation).await;
            return Err(error.into());
        }

        let segment = Segment {
            position,
            s3_key: key,
            size_bytes: size,
        };
        Ok((segment, reservation))
    }

    /// They count from now on. Not when somebody else appends since.
    async fn keep(
        &self,
        upload: &ResumableUpload,
        stored: &[(Segment, Reservation)],
    ) -> Result<(), BackupError> {
        let until = self.clock.now() + self.objects.lease;
        let mut tx = self.db.user(upload.user_id).begin_write().await?;
        let mut kept = store::objects::resize(&mut tx, &upload.s3_key, upload.length, until).await?;
        for (segment, reservation) in stored {
            kept = kept && rows::add_segment(&mut tx, upload, segment, until).await?;
            if kept {
                self.objects.settle(&mut tx, reservation, 0).await?;
            }
        }

        if kept {
            return Ok(tx.commit().await?);
        }
        tx.rollback().await?;
        for (_, reservation) in stored {
            self.objects.give_up(reservation).await;
        }
        Err(BackupError::Elsewhere)
    }
}

fn segment_key(user: Uuid, id: Uuid) -> String {
    format!("{PREFIX}{user}/segments/{id}")
}

fn check_room(upload: &ResumableUpload, position: i64, more: usize) -> Result<(), BackupError> {
    let end = position.saturating_add(i64::try_from(more).unwrap_or(i64::MAX));
    match end > upload.length {
        true => Err(BackupError::LengthDiffers {
            declared: u64::try_from(upload.length).unwrap_or_default(),
            received: u64::try_from(end).unwrap_or_default(),
        }),
        false => Ok(()),
    }
}
