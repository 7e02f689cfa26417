//! Reads an archive, and finds out on its way whether it is whole. Who must know before using anything of it reads it twice.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::{
    ArchiveEntry, ArchiveError, COMPRESSED, DIGEST_BYTES, ENTRY, FOOT, FORMAT, FRAME_BYTES, Foot, HEAD,
    MAGIC, PIECE_BYTES, PLAIN,
};

/// An archive on its way out of `R`.
#[derive(Debug)]
pub struct ArchiveReader<R> {
    from: R,
    digest: Sha256,
    /// A frame that was read too early: it begins the next entry, or ends the archive.
    ahead: Option<(u8, Vec<u8>)>,
    seen: Foot,
    ended: bool,
}

impl<R: AsyncRead + Unpin + Send> ArchiveReader<R> {
    /// Reads what the archive says it is.
    ///
    /// # Errors
    /// Not an archive; one of a newer format; one that is damaged.
    pub async fn begin<H: DeserializeOwned>(from: R) -> Result<(Self, H), ArchiveError> {
        let mut reader = Self {
            from,
            digest: Sha256::new(),
            ahead: None,
            seen: Foot::default(),
            ended: false,
        };

        let mut magic = [0; MAGIC.len()];
        match reader.take(&mut magic).await {
            Err(ArchiveError::Truncated) => return Err(ArchiveError::Foreign),
            other => other?,
        }
        if magic != *MAGIC {
            return Err(ArchiveError::Foreign);
        }

        let mut format = [0; 4];
        reader.take(&mut format).await?;
        let found = u32::from_le_bytes(format);
        if found > FORMAT {
            return Err(ArchiveError::Newer { found });
        }

        match reader.take_frame().await? {
            (HEAD, text) => Ok((reader, parse(&text)?)),
            _ => Err(ArchiveError::Damaged {
                what: "it does not begin by saying what it is",
            }),
        }
    }

    /// The next entry; what was not read of the last one is passed over. `None` at the end of an archive that is whole.
    ///
    /// # Errors
    /// It is damaged, or it ends too early.
    pub async fn next_entry(&mut self) -> Result<Option<ArchiveEntry>, ArchiveError> {
        if self.ended {
            return Ok(None);
        }
        while self.read().await?.is_some() {}

        match self.ahead.take() {
            Some((ENTRY, text)) => {
                self.seen.entries += 1;
                parse(&text).map(Some)
            }
            Some((FOOT, text)) => {
                self.check_end(&parse(&text)?).await?;
                self.ended = true;
                Ok(None)
            }
            _ => Err(ArchiveError::Damaged {
                what: "something that is no part of an archive lies in it",
            }),
        }
    }

    /// The next bytes of the entry; `None` behind its last ones.
    ///
    /// # Errors
    /// It is damaged, or it ends too early.
    pub async fn read(&mut self) -> Result<Option<Bytes>, ArchiveError> {
        if self.ahead.is_some() || self.ended {
            return Ok(None);
        }

        let (kind, bytes) = self.take_frame().await?;
        let piece = match kind {
            PLAIN => bytes,
            COMPRESSED => zstd::bulk::decompress(&bytes, PIECE_BYTES).map_err(|_| ArchiveError::Damaged {
                what: "bytes that were compressed are none",
            })?,
            _ => {
                self.ahead = Some((kind, bytes));
                return Ok(None);
            }
        };

        if self.seen.entries == 0 {
            return Err(ArchiveError::Damaged {
                what: "bytes lie before the first entry",
            });
        }
        self.seen.bytes += piece.len() as u64;
        Ok(Some(piece.into()))
    }

    async fn check_end(&mut self, foot: &Foot) -> Result<(), ArchiveError> {
        let expected: [u8; DIGEST_BYTES] = self.digest.clone().finalize().into();
        let mut digest = [0; DIGEST_BYTES];
        self.take(&mut digest).await?;
        let more = self.from.read(&mut [0]).await;

        let damaged = |what| Err(ArchiveError::Damaged { what });
        match more.map_err(ArchiveError::unreadable)? {
            _ if digest != expected => damaged("its bytes are not those that its checksum was made of"),
            0 if *foot == self.seen => Ok(()),
            0 => damaged("entries are missing"),
            _ => damaged("something follows its end"),
        }
    }

    async fn take_frame(&mut self) -> Result<(u8, Vec<u8>), ArchiveError> {
        let mut start = [0; 5];
        self.take(&mut start).await?;
        let [kind, a, b, c, d] = start;
        let len = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        if len > FRAME_BYTES || ![HEAD, ENTRY, PLAIN, COMPRESSED, FOOT].contains(&kind) {
            return Err(ArchiveError::Damaged {
                what: "something that is no part of an archive lies in it",
            });
        }

        let mut bytes = vec![0; len];
        self.take(&mut bytes).await?;
        Ok((kind, bytes))
    }

    async fn take(&mut self, bytes: &mut [u8]) -> Result<(), ArchiveError> {
        let read = self.from.read_exact(bytes).await;
        read.map_err(ArchiveError::unreadable)?;
        self.digest.update(bytes);
        Ok(())
    }
}

fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, ArchiveError> {
    serde_json::from_slice(text).map_err(|_| ArchiveError::Damaged {
        what: "what it says of itself can't be read",
    })
}
