//! What your devices keep here.

use async_graphql::{InputObject, SimpleObject};
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

/// Which of your backups are kept: each device's newest, and whatever a rule keeps. 0 is no rule; without any rule everything is kept.
#[derive(SimpleObject)]
pub(crate) struct BackupRetention {
    /// The newest ones of each device.
    keep_last: u32,
    /// The newest of each of so many days that have one.
    keep_daily: u32,
    /// The newest of each of so many weeks that have one; a week begins on Monday.
    keep_weekly: u32,
    /// The newest of each of so many months that have one.
    keep_monthly: u32,
    /// All backups of so many days before a device's newest.
    keep_within_days: u32,
    /// Your webhooks are told when a device has had no backup for so many days; 0 for never.
    alert_after_days: u32,
}

impl From<v1::BackupRetention> for BackupRetention {
    fn from(rules: v1::BackupRetention) -> Self {
        Self {
            keep_last: rules.keep_last,
            keep_daily: rules.keep_daily,
            keep_weekly: rules.keep_weekly,
            keep_monthly: rules.keep_monthly,
            keep_within_days: rules.keep_within_days,
            alert_after_days: rules.alert_after_days,
        }
    }
}

/// Rules of which backups are kept. A backup belongs to the moment at which it came here, in UTC; 0 is no rule.
#[derive(InputObject)]
pub(crate) struct BackupRetentionInput {
    /// The newest ones of each device: at most 10000.
    #[graphql(default = 0)]
    keep_last: u32,
    /// The newest of each of so many days that have one: at most 10000.
    #[graphql(default = 0)]
    keep_daily: u32,
    /// The newest of each of so many weeks that have one: at most 10000.
    #[graphql(default = 0)]
    keep_weekly: u32,
    /// The newest of each of so many months that have one: at most 10000.
    #[graphql(default = 0)]
    keep_monthly: u32,
    /// All backups of so many days before a device's newest: at most 36500.
    #[graphql(default = 0)]
    keep_within_days: u32,
    /// Your webhooks are told when a device has had no backup for so many days: at most 3650.
    #[graphql(default = 0)]
    alert_after_days: u32,
}

impl From<BackupRetentionInput> for v1::BackupRetention {
    fn from(rules: BackupRetentionInput) -> Self {
        Self {
            keep_last: rules.keep_last,
            keep_daily: rules.keep_daily,
            keep_weekly: rules.keep_weekly,
            keep_monthly: rules.keep_monthly,
            keep_within_days: rules.keep_within_days,
            alert_after_days: rules.alert_after_days,
        }
    }
}

/// What rules of retention would do now.
#[derive(SimpleObject)]
pub(crate) struct BackupRetentionPreview {
    /// The 1000 newest backups, the one that came last first.
    verdicts: Vec<BackupVerdict>,
    /// How many of all your backups would stay.
    kept: String,
    /// How many of all your backups would go.
    deleted: String,
    /// The bytes that those take which would go, in digits.
    deleted_bytes: String,
}

/// What rules of retention would do with a backup.
#[derive(SimpleObject)]
struct BackupVerdict {
    /// The backup that it is about.
    backup: Backup,
    /// Rules that keep it: last, daily, weekly, monthly, within, newest (of its device) or all (there is no rule). Empty: it would go.
    kept_by: Vec<String>,
}

impl From<v1::PreviewBackupRetentionResponse> for BackupRetentionPreview {
    fn from(preview: v1::PreviewBackupRetentionResponse) -> Self {
        let verdicts = preview.verdicts.into_iter().filter_map(|verdict| {
            Some(BackupVerdict {
                backup: verdict.backup?.into(),
                kept_by: verdict.kept_by,
            })
        });

        Self {
            verdicts: verdicts.collect(),
            kept: preview.kept.to_string(),
            deleted: preview.deleted.to_string(),
            deleted_bytes: preview.deleted_bytes.to_string(),
        }
    }
}

/// A device whose backups you keep here.
#[derive(SimpleObject)]
pub(crate) struct BackupDevice {
    /// The name that its backups have: `restic:` and a name for a repository of restic, empty for those that name none.
    device: String,
    /// The moment at which its last backup came.
    last_backup_at: DateTime<'static>,
    /// Whether that is longer ago than your rules allow.
    overdue: bool,
}

impl From<v1::BackupDevice> for BackupDevice {
    fn from(device: v1::BackupDevice) -> Self {
        Self {
            last_backup_at: super::known_time(device.last_backup_at.as_ref()),
            device: device.device,
            overdue: device.overdue,
        }
    }
}
