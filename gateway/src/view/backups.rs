//! Backups as REST shows them.

use proto::v1::{Backup, BackupQuota};
use serde::Serialize;
use utoipa::ToSchema;

use super::stories::rfc3339;

/// What is known of a backup.
#[derive(Serialize, ToSchema)]
pub(crate) struct BackupView {
    id: String,
    version: i64,
    /// Seconds since 1970.
    timestamp: i64,
    /// SHA-256 in small hexadecimal letters.
    checksum: String,
    chunk_count: i64,
    size_bytes: u64,
    /// What was backed up; empty when nobody said.
    device: String,
    created_at: String,
}

impl From<Backup> for BackupView {
    fn from(backup: Backup) -> Self {
        Self {
            created_at: rfc3339(backup.created_at.as_ref()),
            id: backup.id,
            version: backup.version,
            timestamp: backup.timestamp,
            checksum: backup.checksum,
            chunk_count: backup.chunk_count,
            size_bytes: backup.size_bytes,
            device: backup.device,
        }
    }
}

/// A backup that is kept.
#[derive(Serialize, ToSchema)]
pub(crate) struct UploadedBackup {
    #[schema(example = true)]
    ok: bool,
    backup: BackupView,
}

impl UploadedBackup {
    pub(crate) fn of_backup(backup: Backup) -> Self {
        Self {
            ok: true,
            backup: backup.into(),
        }
    }
}

/// How much room there is.
#[derive(Serialize, ToSchema)]
pub(crate) struct BackupQuotaView {
    /// Of everything that is kept, and of what is on its way.
    used: u64,
    /// 0 where your tier has no backups; null where there is no limit.
    limit: Option<u64>,
}

impl From<BackupQuota> for BackupQuotaView {
    fn from(quota: BackupQuota) -> Self {
        Self {
            used: quota.used_bytes,
            limit: quota.limit_bytes,
        }
    }
}
