//! Objects: audio, covers, analyses. One S3 client; behind it a folder of this machine or a real S3, by configuration.
//! Knows keys and bytes, never what they mean.

mod folder;
mod lock;
mod open;
mod patience;
mod presign;
mod read;
mod snapshot;
mod write;

pub use lock::BlobLock;
pub use patience::patiently;
pub use presign::Presigner;
pub use read::{BlobList, BlobMeta, BlobRange, BlobStream};
pub use snapshot::{BlobSnapshot, BlobWalk, SnapshotBlob};

use std::fmt;

use aws_sdk_s3::{Client, types::ServerSideEncryption};
use secrecy::SecretString;
use serde::Deserialize;

use self::folder::Folder;

/// `[blobs]`. An empty `endpoint` and an empty `region` mean the folder `{data_dir}/blobs`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlobsConfig {
    /// Address of an S3-compatible store, e.g. `http://minio:9000`; empty for Amazon's of the region.
    pub endpoint: String,
    pub region: String,
    pub bucket: String,
    pub access_key_id: SecretString,
    pub secret_access_key: SecretString,
    /// Bucket in the path instead of the host name; most self-hosted stores need it.
    pub path_style: bool,
    pub encryption: BlobEncryption,
    /// The key of `kms`; empty for the store's own.
    pub kms_key_id: String,
}

/// How a real store shall encrypt what is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum BlobEncryption {
    /// As the bucket says.
    #[default]
    Bucket,
    /// With a key of the store (SSE-S3).
    Aes256,
    /// With a key of its key service (SSE-KMS).
    Kms,
}

impl BlobsConfig {
    /// True when objects are kept in a folder of this machine.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.endpoint.is_empty() && self.region.is_empty()
    }
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    #[error("the blob store could not be opened ({place})")]
    Open {
        place: String,
        #[source]
        source: Cause,
    },
    #[error("there is no bucket `{bucket}` (from `blobs.bucket`) in the blob store ({place})")]
    Bucket { bucket: String, place: String },
    #[error(
        "the blob store ({place}) refuses who asks: check `blobs.access_key_id` and `blobs.secret_access_key`, and what they may do"
    )]
    Refused {
        place: String,
        #[source]
        source: Cause,
    },
    #[error(
        "`{key}` is not a blob key; expected 1 to 1024 bytes, parts joined by /, none of them empty, `.` or `..`, no control characters"
    )]
    Key { key: String },
    #[error("bytes {from} to {to:?} are not within the {total} bytes of `{key}`")]
    Range {
        key: String,
        from: u64,
        to: Option<u64>,
        total: u64,
    },
    #[error("the blob store failed to {action} `{key}`")]
    Store {
        action: &'static str,
        key: String,
        #[source]
        source: Cause,
    },
    #[error("the bytes for `{key}` broke off")]
    Source {
        key: String,
        #[source]
        source: std::io::Error,
    },
}

/// The blob store. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    client: Client,
    /// Where objects are kept in a folder of this machine; they are written straight into it.
    folder: Option<Folder>,
    bucket: String,
    engine: &'static str,
    /// Where it is, and from which setting.
    place: String,
    encryption: Option<ServerSideEncryption>,
    kms_key_id: Option<String>,
}

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blobs({}, {})", self.engine, self.bucket)
    }
}

impl Blobs {
    /// `folder` or `s3`, for `/readyz` and logs.
    #[must_use]
    pub const fn engine(&self) -> &'static str {
        self.engine
    }

    fn failed(action: &'static str, key: &str, source: impl Into<Cause>) -> BlobError {
        BlobError::Store {
            action,
            key: key.to_owned(),
            source: source.into(),
        }
    }
}

/// Keys become paths on the folder engine and URLs on a real one, so both get only what both can hold.
fn checked(key: &str) -> Result<&str, BlobError> {
    let part = |part: &str| !part.is_empty() && part != "." && part != ".." && part.len() <= 255;
    let fine = (1..=1024).contains(&key.len())
        && key.split('/').all(part)
        && !key.contains(|c: char| c.is_control() || c == '\\');

    if fine {
        Ok(key)
    } else {
        Err(BlobError::Key { key: key.to_owned() })
    }
}

#[cfg(test)]
mod tests;
