//! Waiting for a store that is away. What a run has paid for must not be lost, or made again, because it could not be kept for a
//! moment; and a run need not wait for its next attempt when the store is back long before.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use bytes::Bytes;

use super::{BlobError, Blobs};

/// After that it is for others to try again.
const LONGEST: Duration = Duration::from_secs(120);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LAST_PAUSE: Duration = Duration::from_secs(4);

/// Does `work` again until it succeeds or fails with something that does not pass: soon at first, then every few seconds, each
/// pause lengthened at random, for two minutes at most.
pub async fn patiently<T, E, F>(work: impl FnMut() -> F, may_pass: impl FnMut(&E) -> bool) -> Result<T, E>
where
    E: std::fmt::Display,
    F: Future<Output = Result<T, E>>,
{
    let pauses = ExponentialBuilder::new()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LAST_PAUSE)
        .with_total_delay(Some(LONGEST))
        .without_max_times()
        .with_jitter();

    work.retry(pauses)
        .when(may_pass)
        .notify(|error, pause| tracing::warn!(%error, ?pause, "the blob store is away; trying again"))
        .await
}

impl BlobError {
    /// Whether the same may succeed later.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Open { .. } | Self::Store { .. } | Self::Source { .. } => true,
            Self::Bucket { .. } | Self::Refused { .. } | Self::Key { .. } | Self::Range { .. } => false,
        }
    }
}

impl Blobs {
    /// As [`Blobs::put`], and waits for a store that is away.
    pub async fn put_patiently(&self, key: &str, bytes: Bytes, content_type: &str) -> Result<(), BlobError> {
        patiently(|| self.put(key, bytes.clone(), content_type), BlobError::may_pass).await
    }

    /// The whole object, however often it takes to read it; `None` when there is none.
    pub async fn read_patiently(&self, key: &str) -> Result<Option<Bytes>, BlobError> {
        let read = async || {
            let Some(blob) = self.get(key, None).await? else {
                return Ok(None);
            };
            let bytes = blob.bytes().await.map_err(|source| BlobError::Source {
                key: key.to_owned(),
                source,
            })?;

            Ok(Some(bytes))
        };

        patiently(read, BlobError::may_pass).await
    }
}
