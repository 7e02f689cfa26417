//! Objects that nobody removes before a time, whoever asks: S3's Object Lock in governance mode, where the bucket has it. Deleting
//! such an object hides it, and its bytes stay until then.

use std::time::SystemTime;

use aws_sdk_s3::{
    primitives::DateTime,
    types::{ChecksumAlgorithm, ObjectLockEnabled, ObjectLockMode},
};

use super::{BlobError, Blobs, read::status};

/// Until when an object's bytes stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobLock {
    pub until: SystemTime,
}

impl BlobLock {
    /// Header `x-amz-object-lock-mode`.
    pub(super) const fn mode(self) -> ObjectLockMode {
        ObjectLockMode::Governance
    }

    /// Header `x-amz-object-lock-retain-until-date`.
    pub(super) fn retain_until(self) -> DateTime {
        DateTime::from(self.until)
    }

    /// S3 takes no locked object without a checksum.
    pub(super) const fn checksum(self) -> ChecksumAlgorithm {
        ChecksumAlgorithm::Crc32
    }
}

impl Blobs {
    /// Whether objects can be locked: never in a folder, and in a real store when its bucket was made with Object Lock.
    ///
    /// # Errors
    /// A store that does not answer.
    pub async fn can_lock(&self) -> Result<bool, BlobError> {
        if self.engine == "folder" {
            return Ok(false);
        }

        let asked = self
            .client
            .get_object_lock_configuration()
            .bucket(&self.bucket)
            .send()
            .await;
        match asked {
            Ok(found) => {
                let enabled = found
                    .object_lock_configuration
                    .and_then(|lock| lock.object_lock_enabled);
                Ok(enabled == Some(ObjectLockEnabled::Enabled))
            }
            // The bucket has none, or the store knows no such thing.
            Err(err) if matches!(status(&err), Some(400 | 404 | 405 | 501)) => Ok(false),
            Err(err) => Err(Self::failed("look for the object lock of", &self.bucket, err)),
        }
    }
}
