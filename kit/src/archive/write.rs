//! Writes an archive.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::{
    ArchiveEntry, ArchiveError, COMPRESSED, ENTRY, FOOT, FORMAT, Foot, HEAD, MAGIC, PIECE_BYTES, PLAIN,
};

/// What is gained must be more than one byte in so many, or it is not worth the time.
const LEAST_GAIN: usize = 20;

/// An archive on its way into `W`. It is none before [`ArchiveWriter::finish`].
#[derive(Debug)]
pub struct ArchiveWriter<W> {
    out: W,
    digest: Sha256,
    /// Bytes written so far.
    len: u64,
    held: Vec<u8>,
    /// Whether the bytes of the entry have become fewer so far.
    shrinks: bool,
    foot: Foot,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveSummary {
    pub entries: u64,
    /// Of the whole file.
    pub len: u64,
    pub sha256: [u8; 32],
}

impl<W: AsyncWrite + Unpin + Send> ArchiveWriter<W> {
    /// `head` says what the archive is.
    ///
    /// # Errors
    /// `out` takes no bytes.
    pub async fn begin(out: W, head: &impl Serialize) -> Result<Self, ArchiveError> {
        let mut writer = Self {
            out,
            digest: Sha256::new(),
            len: 0,
            held: Vec::with_capacity(PIECE_BYTES),
            shrinks: true,
            foot: Foot::default(),
        };
        writer.put(MAGIC).await?;
        writer.put(&FORMAT.to_le_bytes()).await?;
        writer.put_json(HEAD, head).await?;

        Ok(writer)
    }

    /// What is written next is this entry's.
    ///
    /// # Errors
    /// `out` takes no bytes.
    pub async fn begin_entry(
        &mut self,
        name: impl Into<String> + Send,
        about: Value,
    ) -> Result<(), ArchiveError> {
        self.put_held().await?;
        self.foot.entries += 1;
        self.shrinks = true;
        let name = name.into();

        self.put_json(ENTRY, &ArchiveEntry { name, about }).await
    }

    /// The next bytes of the entry.
    ///
    /// # Errors
    /// `out` takes no bytes.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), ArchiveError> {
        self.foot.bytes += bytes.len() as u64;

        while !bytes.is_empty() {
            let room = PIECE_BYTES - self.held.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.held.extend_from_slice(now);
            bytes = later;

            if self.held.len() == PIECE_BYTES {
                self.put_held().await?;
            }
        }

        Ok(())
    }

    /// Writes what makes it an archive, and gives back where it went.
    ///
    /// # Errors
    /// `out` takes no bytes.
    pub async fn finish(mut self) -> Result<(W, ArchiveSummary), ArchiveError> {
        self.put_held().await?;
        let foot = self.foot;
        self.put_json(FOOT, &foot).await?;

        let sha256: [u8; 32] = self.digest.clone().finalize().into();
        self.put(&sha256).await?;
        self.out.flush().await.map_err(ArchiveError::unwritable)?;

        let summary = ArchiveSummary {
            entries: foot.entries,
            len: self.len,
            sha256,
        };
        Ok((self.out, summary))
    }

    async fn put_held(&mut self) -> Result<(), ArchiveError> {
        if self.held.is_empty() {
            return Ok(());
        }

        let held = std::mem::take(&mut self.held);
        let fewer = if self.shrinks {
            let fewer = zstd::bulk::compress(&held, 0).map_err(ArchiveError::unwritable)?;
            self.shrinks = fewer.len() + held.len() / LEAST_GAIN < held.len();
            self.shrinks.then_some(fewer)
        } else {
            None
        };

        match fewer {
            Some(fewer) => self.put_frame(COMPRESSED, &fewer).await?,
            None => self.put_frame(PLAIN, &held).await?,
        }

        self.held = held;
        self.held.clear();
        Ok(())
    }

    async fn put_json(&mut self, kind: u8, value: &impl Serialize) -> Result<(), ArchiveError> {
        let text = serde_json::to_vec(value).map_err(|err| ArchiveError::unwritable(err.into()))?;
        self.put_frame(kind, &text).await
    }

    async fn put_frame(&mut self, kind: u8, bytes: &[u8]) -> Result<(), ArchiveError> {
        let len = u32::try_from(bytes.len())
            .ok()
            .filter(|_| bytes.len() <= super::FRAME_BYTES);
        let len = len.ok_or_else(|| ArchiveError::unwritable(std::io::ErrorKind::InvalidInput.into()))?;

        self.put(&[kind]).await?;
        self.put(&len.to_le_bytes()).await?;
        self.put(bytes).await
    }

    async fn put(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.digest.update(bytes);
        self.len += bytes.len() as u64;
        self.out.write_all(bytes).await.map_err(ArchiveError::unwritable)
    }
}
