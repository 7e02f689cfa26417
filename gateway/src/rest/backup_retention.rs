//! Which backups are kept, over REST: rules, what they would do, and the devices that backups are of.

use axum::Json as Answer;

use super::answers::Invalid;
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json},
    operation::backup_retention::{
        GetBackupRetention, ListBackupDevices, PreviewBackupRetention, SetBackupRetention,
    },
    view::backup_retention::{BackupDeviceView, BackupRetentionView, RetentionPreviewView},
};

/// Which of your backups are kept. Without rules of yours all of them.
#[utoipa::path(get, path = "/api/v1/backup/retention", tag = "backup",
    responses((status = 200, description = "The rules", body = BackupRetentionView)))]
pub(crate) async fn get_backup_retention(
    door: Door<GetBackupRetention>,
) -> Result<Answer<BackupRetentionView>, ApiError> {
    let rules = door.perform(GetBackupRetention).await?;
    Ok(Answer(rules.into()))
}

/// Say which of your backups are kept. What no rule keeps is deleted within the hour, and from then on whenever it falls out of the rules.
///
/// Look at the preview first: what is deleted is gone. An API key that only adds backups may not do this.
#[utoipa::path(put, path = "/api/v1/backup/retention", tag = "backup", request_body = BackupRetentionView,
    responses(
        (status = 200, description = "The rules", body = BackupRetentionView),
        (status = 400, description = "Not JSON", body = ErrorBody),
        Invalid))]
pub(crate) async fn put_backup_retention(
    door: Door<SetBackupRetention>,
    Json(rules): Json<BackupRetentionView>,
) -> Result<Answer<BackupRetentionView>, ApiError> {
    let rules = door.perform(SetBackupRetention(rules.into())).await?;
    Ok(Answer(rules.into()))
}

/// What such rules would keep and delete now. Changes nothing.
#[utoipa::path(post, path = "/api/v1/backup/retention/preview", tag = "backup", request_body = BackupRetentionView,
    responses(
        (status = 200, description = "What they would do", body = RetentionPreviewView),
        (status = 400, description = "Not JSON", body = ErrorBody),
        Invalid))]
pub(crate) async fn preview_backup_retention(
    door: Door<PreviewBackupRetention>,
    Json(rules): Json<BackupRetentionView>,
) -> Result<Answer<RetentionPreviewView>, ApiError> {
    let preview = door.perform(PreviewBackupRetention(rules.into())).await?;
    Ok(Answer(preview.into()))
}

/// What is backed up, the device that was heard of last first: at most 1000.
#[utoipa::path(get, path = "/api/v1/backup/devices", tag = "backup",
    responses((status = 200, description = "The devices", body = Vec<BackupDeviceView>)))]
pub(crate) async fn list_backup_devices(
    door: Door<ListBackupDevices>,
) -> Result<Answer<Vec<BackupDeviceView>>, ApiError> {
    let devices = door.perform(ListBackupDevices).await?;
    Ok(Answer(devices.into_iter().map(BackupDeviceView::from).collect()))
}
