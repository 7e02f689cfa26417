//! Rules of retention as REST takes and shows them.

use proto::v1::{BackupDevice, BackupRetention, PreviewBackupRetentionResponse, RetentionVerdict};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{backups::BackupView, stories::rfc3339};

/// Which backups are kept: each device's newest, and whatever a rule keeps. 0 is no rule; without any rule everything is kept.
///
/// A backup belongs to the moment at which it came here; days, weeks (from Monday) and months are those of UTC.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({ "keep_last": 3, "keep_daily": 7, "keep_weekly": 5, "keep_monthly": 12, "alert_after_days": 3 }))]
pub(crate) struct BackupRetentionView {
    /// The newest ones of each device.
    #[schema(maximum = 10_000)]
    keep_last: u32,
    /// The newest of each of so many days that have one.
    #[schema(maximum = 10_000)]
    keep_daily: u32,
    #[schema(maximum = 10_000)]
    keep_weekly: u32,
    #[schema(maximum = 10_000)]
    keep_monthly: u32,
    /// All of so many days before a device's newest.
    #[schema(maximum = 36_500)]
    keep_within_days: u32,
    /// Your webhooks are told (`backup.overdue`) when a device has had no backup for so many days; 0 for never.
    #[schema(maximum = 3_650)]
    alert_after_days: u32,
}

impl From<BackupRetention> for BackupRetentionView {
    fn from(rules: BackupRetention) -> Self {
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

impl From<BackupRetentionView> for BackupRetention {
    fn from(rules: BackupRetentionView) -> Self {
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

/// A backup, and what such rules would do with it.
#[derive(Serialize, ToSchema)]
pub(crate) struct RetentionVerdictView {
    backup: BackupView,
    /// `last`, `daily`, `weekly`, `monthly`, `within`, `newest` (of its device), `all` (there is no rule). Empty: it would be deleted.
    kept_by: Vec<String>,
}

/// What such rules would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct RetentionPreviewView {
    /// The 1000 newest backups, the one that came last first.
    verdicts: Vec<RetentionVerdictView>,
    /// Of all backups.
    kept: u64,
    deleted: u64,
    deleted_bytes: u64,
}

impl From<PreviewBackupRetentionResponse> for RetentionPreviewView {
    fn from(preview: PreviewBackupRetentionResponse) -> Self {
        let verdicts = preview.verdicts.into_iter().filter_map(|verdict| {
            let RetentionVerdict { backup, kept_by } = verdict;
            Some(RetentionVerdictView {
                backup: backup?.into(),
                kept_by,
            })
        });

        Self {
            verdicts: verdicts.collect(),
            kept: preview.kept,
            deleted: preview.deleted,
            deleted_bytes: preview.deleted_bytes,
        }
    }
}

/// What is backed up.
#[derive(Serialize, ToSchema)]
pub(crate) struct BackupDeviceView {
    /// As its backups name it, `restic:<repository>` for one of restic's; empty for those that name none.
    device: String,
    last_backup_at: String,
    /// Its last backup is older than `alert_after_days` allow.
    overdue: bool,
}

impl From<BackupDevice> for BackupDeviceView {
    fn from(device: BackupDevice) -> Self {
        Self {
            last_backup_at: rfc3339(device.last_backup_at.as_ref()),
            device: device.device,
            overdue: device.overdue,
        }
    }
}
