//! Reads every object that is kept, and compares its bytes with what is known of them. Changes nothing.

use futures::TryStreamExt;
use kit::{blobs::Blobs, db::Db};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{
    error::BackupError,
    store::{self, objects::CheckedObject},
};

/// Objects asked for in one query.
const PAGE: i64 = 1_000;

/// For the operator's command: reads with nobody's permission but the installation's.
pub struct BackupVerifier {
    pub db: Db,
    pub blobs: Blobs,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    pub objects: u64,
    /// That were read.
    pub bytes: u64,
    pub damaged: Vec<DamagedObject>,
}

/// An object that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedObject {
    /// Where it is, or should be, in the blob store.
    pub key: String,
    /// Whose it is.
    pub user_id: Uuid,
    /// What is wrong with it, in a sentence's words.
    pub problem: String,
}

impl BackupVerifier {
    /// Bytes of all that is to be read.
    pub async fn count_bytes(&self) -> Result<u64, BackupError> {
        let bytes = store::objects::sum_bytes(&self.db.system()).await?;
        Ok(u64::try_from(bytes).unwrap_or_default())
    }

    /// Reads all; `on_read` is told of each number of bytes.
    pub async fn verify(&self, mut on_read: impl FnMut(u64)) -> Result<Verified, BackupError> {
        let mut found = Verified::default();
        let mut after = String::new();

        loop {
            let page = store::objects::list_checked(&self.db.system(), &after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(found);
            };
            after.clone_from(&last.s3_key);

            for object in page {
                let problem = self.find_problem(&object, &mut found.bytes, &mut on_read).await?;
                found.objects += 1;
                // What was deleted while we read is no damage.
                if let Some(problem) = problem
                    && store::objects::exists(&self.db.system(), &object.s3_key).await?
                {
                    found.damaged.push(DamagedObject {
                        key: object.s3_key,
                        user_id: object.user_id,
                        problem,
                    });
                }
            }
        }
    }

    async fn find_problem(
        &self,
        object: &CheckedObject,
        read: &mut u64,
        on_read: &mut impl FnMut(u64),
    ) -> Result<Option<String>, BackupError> {
        let Some(mut stored) = self.blobs.get(&object.s3_key, None).await? else {
            return Ok(Some("it is not in the blob store".to_owned()));
        };

        let (mut hash, mut size) = (Sha256::new(), 0_u64);
        loop {
            match stored.stream.try_next().await {
                Ok(Some(piece)) => {
                    hash.update(&piece);
                    size += piece.len() as u64;
                    on_read(piece.len() as u64);
                }
                Ok(None) => break,
                Err(error) => return Ok(Some(format!("it breaks off after {size} bytes: {error}"))),
            }
        }
        *read += size;

        let checksum: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let known = u64::try_from(object.size_bytes).unwrap_or_default();
        Ok(if size != known {
            Some(format!("it has {size} bytes and should have {known}"))
        } else if !object.checksum.is_empty() && checksum != object.checksum {
            Some(format!(
                "its SHA-256 is {checksum} and should be {}",
                object.checksum
            ))
        } else {
            None
        })
    }
}
