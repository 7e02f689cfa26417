//! What your devices keep here.

use async_graphql::SimpleObject;
use proto::v1;

use crate::graphql::scalar::{DateTime, Id};

/// A backup of one of your devices. Nobody here can read what is in it.
#[derive(SimpleObject)]
pub(crate) struct Backup {
    /// What it is fetched and deleted by.
    id: Id<'static>,
    /// What its device counts its backups by.
    version: String,
    /// The moment at which its device made it.
    made_at: Option<DateTime<'static>>,
    /// The SHA-256 of its bytes, in small hexadecimal letters.
    checksum: String,
    /// How many chunks its device made of it.
    chunk_count: String,
    /// How many bytes it has, in digits: a number may be too large for some clients.
    size_bytes: String,
    /// What was backed up; empty when nobody said.
    device: String,
    /// The moment at which all of it had come.
    created_at: DateTime<'static>,
}

impl From<v1::Backup> for Backup {
    fn from(backup: v1::Backup) -> Self {
        let made_at = chrono::DateTime::from_timestamp(backup.timestamp, 0);

        Self {
            id: backup.id.into(),
            version: backup.version.to_string(),
            made_at: made_at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true).into()),
            checksum: backup.checksum,
            chunk_count: backup.chunk_count.to_string(),
            size_bytes: backup.size_bytes.to_string(),
            device: backup.device,
            created_at: super::known_time(backup.created_at.as_ref()),
        }
    }
}

/// How much room there is for your backups.
#[derive(SimpleObject)]
pub(crate) struct BackupQuota {
    /// The bytes that everything takes which is kept or on its way, in digits.
    used_bytes: String,
    /// The bytes that there is room for, in digits: 0 where your tier has no backups, null where there is no limit.
    limit_bytes: Option<String>,
}

impl From<v1::BackupQuota> for BackupQuota {
    fn from(quota: v1::BackupQuota) -> Self {
        Self {
            used_bytes: quota.used_bytes.to_string(),
            limit_bytes: quota.limit_bytes.map(|bytes| bytes.to_string()),
        }
    }
}
