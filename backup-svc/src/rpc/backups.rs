//! `saga.v1.Backups`.

use std::sync::Arc;

use kit::{into_status, shutdown::Shutdown};
use proto::v1::{
    Backup, BackupQuota, DeleteBackupRequest, DeleteBackupResponse, GetBackupQuotaRequest, GetBackupRequest,
    ListBackupsRequest, ListBackupsResponse, NewBackup, UploadPiece, backups_server, upload_piece::Piece,
};
use tonic::{Request, Response, Status, Streaming};

use super::convert::{encode_answer, encode_backup, finish_upload, open_request, read_bytes, read_head};
use crate::{
    config::BackupLimit,
    domain::backups::{BackupInput, Backups},
    error::BackupError,
};

pub(crate) struct BackupsRpc {
    pub(crate) backups: Arc<Backups>,
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
