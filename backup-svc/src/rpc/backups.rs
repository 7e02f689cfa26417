//! `saga.v1.Backups`.

use std::sync::Arc;

use kit::{into_status, shutdown::Shutdown};
use proto::v1::{
    Backup, BackupDevice, BackupQuota, BackupRetention, DeleteBackupRequest, DeleteBackupResponse,
    GetBackupQuotaRequest, GetBackupRequest, GetBackupRetentionRequest, ListBackupDevicesRequest,
    ListBackupDevicesResponse, ListBackupsRequest, ListBackupsResponse, NewBackup,
    PreviewBackupRetentionResponse, RetentionVerdict, UploadPiece, backups_server, upload_piece::Piece,
};
use tonic::{Request, Response, Status, Streaming};

use super::convert::{
    encode_answer, encode_backup, encode_time, finish_upload, open_request, read_bytes, read_head,
};
use crate::{
    config::BackupLimit,
    domain::{
        backups::{BackupInput, Backups},
        retention::{Device, Retention},
        retention_rules::{RetentionRules, Verdict},
    },
    error::BackupError,
    store::retention::RetentionRow,
};

/// Backups shown in one preview.
const SHOWN: usize = 1_000;

pub(crate) struct BackupsRpc {
    pub(crate) backups: Arc<Backups>,
    pub(crate) retention: Retention,
    /// Uploads are its tasks: whoever asked may go, and what was begun is ended or undone all the same.
    pub(crate) shutdown: Shutdown,
}

#[tonic::async_trait]
impl backups_server::Backups for BackupsRpc {
    async fn upload_backup(
        &self,
        request: Request<Streaming<UploadPiece>>,
    ) -> Result<Response<Backup>, Status> {
        let (context, mut pieces) = open_request(request)?;
        let Some(Piece::Backup(head)) = read_head(&mut pieces).await? else {
            return Err(into_status(BackupError::invalid("backup", "as the first piece")));
        };

        let backups = Arc::clone(&self.backups);
        let upload = async move { backups.upload(&context, decode(head), read_bytes(pieces)).await };
        encode_answer(finish_upload(&self.shutdown, upload).await, encode_backup)
    }

    async fn get_backup(&self, request: Request<GetBackupRequest>) -> Result<Response<Backup>, Status> {
        let (context, message) = open_request(request)?;
        encode_answer(self.backups.get(&context, &message.id).await, encode_backup)
    }

    async fn list_backups(
        &self,
        request: Request<ListBackupsRequest>,
    ) -> Result<Response<ListBackupsResponse>, Status> {
        let (context, message) = open_request(request)?;
        let listed = self.backups.list(&context, message.limit, message.offset).await;

        encode_answer(listed, |backups| ListBackupsResponse {
            backups: backups.into_iter().map(encode_backup).collect(),
        })
    }

    async fn delete_backup(
        &self,
        request: Request<DeleteBackupRequest>,
    ) -> Result<Response<DeleteBackupResponse>, Status> {
        let (context, message) = open_request(request)?;
        let deleted = self.backups.delete(&context, &message.id).await;

        encode_answer(deleted, |deleted| DeleteBackupResponse { deleted })
    }

    async fn get_backup_quota(
        &self,
        request: Request<GetBackupQuotaRequest>,
    ) -> Result<Response<BackupQuota>, Status> {
        let (context, _) = open_request(request)?;
        let quota = self.backups.quota(&context).await;

        encode_answer(quota, |(used_bytes, limit)| BackupQuota {
            used_bytes,
            limit_bytes: match limit {
                BackupLimit::NotAvailable => Some(0),
                BackupLimit::Bytes(bytes) => Some(bytes),
                BackupLimit::Unlimited => None,
            },
        })
    }

    async fn get_backup_retention(
        &self,
        request: Request<GetBackupRetentionRequest>,
    ) -> Result<Response<BackupRetention>, Status> {
        let (context, _) = open_request(request)?;
        encode_answer(self.retention.get(&context).await, encode_rules)
    }

    async fn set_backup_retention(
        &self,
        request: Request<BackupRetention>,
    ) -> Result<Response<BackupRetention>, Status> {
        let (context, message) = open_request(request)?;
        let set = self.retention.set(&context, decode_rules(&message)).await;

        encode_answer(set, encode_rules)
    }

    async fn preview_backup_retention(
        &self,
        request: Request<BackupRetention>,
    ) -> Result<Response<PreviewBackupRetentionResponse>, Status> {
        let (context, message) = open_request(request)?;
        let verdicts = self.retention.preview(&context, decode_rules(&message)).await;

        encode_answer(verdicts, encode_preview)
    }

    async fn list_backup_devices(
        &self,
        request: Request<ListBackupDevicesRequest>,
    ) -> Result<Response<ListBackupDevicesResponse>, Status> {
        let (context, _) = open_request(request)?;
        let devices = self.retention.list_devices(&context).await;

        encode_answer(devices, |devices| ListBackupDevicesResponse {
            devices: devices.into_iter().map(encode_device).collect(),
        })
    }
}

fn decode_rules(message: &BackupRetention) -> RetentionRow {
    RetentionRow {
        keep_last: message.keep_last.into(),
        keep_daily: message.keep_daily.into(),
        keep_weekly: message.keep_weekly.into(),
        keep_monthly: message.keep_monthly.into(),
        keep_within_days: message.keep_within_days.into(),
        alert_after_days: message.alert_after_days.into(),
    }
}

fn encode_rules(RetentionRules(row): RetentionRules) -> BackupRetention {
    let count = |rule: i64| u32::try_from(rule).unwrap_or_default();
    BackupRetention {
        keep_last: count(row.keep_last),
        keep_daily: count(row.keep_daily),
        keep_weekly: count(row.keep_weekly),
        keep_monthly: count(row.keep_monthly),
        keep_within_days: count(row.keep_within_days),
        alert_after_days: count(row.alert_after_days),
    }
}

fn encode_preview(verdicts: Vec<Verdict>) -> PreviewBackupRetentionResponse {
    let all = verdicts.len() as u64;
    let gone = verdicts.iter().filter(|verdict| verdict.kept_by.is_empty());
    let (deleted, bytes) = gone.fold((0, 0), |(count, bytes), verdict| {
        (count + 1, bytes + verdict.backup.size_bytes)
    });

    let shown = verdicts.into_iter().take(SHOWN).map(|verdict| RetentionVerdict {
        kept_by: verdict
            .kept_by
            .iter()
            .map(|keeper| keeper.as_str().to_owned())
            .collect(),
        backup: Some(encode_backup(verdict.backup)),
    });
    PreviewBackupRetentionResponse {
        verdicts: shown.collect(),
        kept: all - deleted,
        deleted,
        deleted_bytes: u64::try_from(bytes).unwrap_or_default(),
    }
}

fn encode_device(device: Device) -> BackupDevice {
    BackupDevice {
        device: device.name,
        last_backup_at: Some(encode_time(device.last_backup_at)),
        overdue: device.overdue,
    }
}

pub(super) fn decode(head: NewBackup) -> BackupInput {
    BackupInput {
        version: head.version,
        timestamp: head.timestamp,
        checksum: head.checksum,
        chunk_count: head.chunk_count,
        length: head.length,
        device: head.device,
    }
}
