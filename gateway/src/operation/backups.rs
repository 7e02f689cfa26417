//! Backups: sent, fetched, listed, deleted; and how much room there is.

use std::time::Duration;

use futures::Stream;
use proto::v1::{
    Backup, BackupQuota, DeleteBackupRequest, GetBackupQuotaRequest, GetBackupRequest, ListBackupsRequest,
    NewBackup, UploadEnd, UploadPiece, upload_piece::Piece,
};
use tonic::Status;
use uuid::Uuid;

use super::{Field, Operation, Service, caller_kind::AccountHolder};
use crate::{
    extract::UploadBody,
    identity::{AppendBackups, ReadBackups, RequestContext, WriteBackups},
    services::Services,
};

/// The longest piece of an upload.
const PIECE_BYTES: usize = 1 << 20;
/// A sender that sends nothing for this long has gone.
const SILENCE: Duration = Duration::from_secs(60);

pub(crate) struct UploadBackup {
    pub(crate) head: NewBackup,
    pub(crate) body: UploadBody,
}

impl Operation for UploadBackup {
    type Caller = AccountHolder;
    type Scope = AppendBackups;
    type Output = Backup;

    const SERVICE: Service = Service::Backup;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Backup, Status> {
        let pieces = stream_pieces(Piece::Backup(self.head), self.body.clone());
        let uploaded = services.backup_uploads(context).upload_backup(pieces).await;
        if uploaded.is_err() {
            self.body.discard_rest().await;
        }

        Ok(uploaded?.into_inner())
    }
}

/// The head, the bytes as they come, and the end; without the end where they break off.
pub(super) fn stream_pieces(
    head: Piece,
    body: UploadBody,
) -> impl Stream<Item = UploadPiece> + Send + 'static {
    let message = |piece| UploadPiece { piece: Some(piece) };

    async_stream::stream! {
        yield message(head);

        loop {
            match tokio::time::timeout(SILENCE, body.next()).await {
                Ok(Some(Ok(mut bytes))) => {
                    while !bytes.is_empty() {
                        let piece = bytes.split_to(bytes.len().min(PIECE_BYTES));
                        yield message(Piece::Data(piece));
                    }
                }
                Ok(None) => {
                    yield message(Piece::End(UploadEnd {}));
                    return;
                }
                Ok(Some(Err(_))) | Err(_) => return,
            }
        }
    }
}

/// The newest one without an id.
pub(crate) struct GetBackup(pub(crate) Option<Uuid>);

impl Operation for GetBackup {
    type Caller = AccountHolder;
    type Scope = ReadBackups;
    type Output = Backup;

    const SERVICE: Service = Service::Backup;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Backup, Status> {
        let request = GetBackupRequest {
            id: self.0.map(|id| id.to_string()).unwrap_or_default(),
        };
        let backup = services.backups(context).get_backup(request).await?;

        Ok(backup.into_inner())
    }
}

/// Newest first.
pub(crate) struct ListBackups {
    pub(crate) limit: Option<u32>,
    pub(crate) offset: u32,
}

impl Operation for ListBackups {
    type Caller = AccountHolder;
    type Scope = ReadBackups;
    type Output = Vec<Backup>;

    const SERVICE: Service = Service::Backup;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Vec<Backup>, Status> {
        let request = ListBackupsRequest {
            limit: self.limit,
            offset: self.offset,
        };
        let list = services.backups(context).list_backups(request).await?;

        Ok(list.into_inner().backups)
    }
}

pub(crate) struct DeleteBackup(pub(crate) Uuid);

impl Operation for DeleteBackup {
    type Caller = AccountHolder;
    type Scope = WriteBackups;
    type Output = bool;

    const SERVICE: Service = Service::Backup;
    const FIELD: Field = Field::Mutation("deleteBackup");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<bool, Status> {
        let request = DeleteBackupRequest {
            id: self.0.to_string(),
        };
        let deleted = services.backups(context).delete_backup(request).await?;

        Ok(deleted.into_inner().deleted)
    }
}

pub(crate) struct GetBackupQuota;

impl Operation for GetBackupQuota {
    type Caller = AccountHolder;
    type Scope = ReadBackups;
    type Output = BackupQuota;

    const SERVICE: Service = Service::Backup;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<BackupQuota, Status> {
        let quota = services
            .backups(context)
            .get_backup_quota(GetBackupQuotaRequest {})
            .await?;

        Ok(quota.into_inner())
    }
}
