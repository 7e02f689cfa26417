//! `saga.v1.BackupOwners`.

use proto::v1::{DeleteBackupsResponse, OwnerRequest, backup_owners_server::BackupOwners};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{encode_answer, open_request};
use crate::{
    domain::{owners::Owners, request_context::SERVICE},
    error::BackupError,
};

pub(crate) struct OwnersRpc {
    pub(crate) owners: Owners,
}

#[tonic::async_trait]
impl BackupOwners for OwnersRpc {
    async fn delete_backups(
        &self,
        request: Request<OwnerRequest>,
    ) -> Result<Response<DeleteBackupsResponse>, Status> {
        let (context, message) = open_request(request)?;
        let user = Uuid::try_parse(&message.user_id).ok();
        let deleted = match user.filter(|_| context.actor.has_scope(SERVICE)) {
            Some(user) => self.owners.delete_everything(user).await,
            None => Err(BackupError::Denied),
        };

        encode_answer(deleted, |backups| DeleteBackupsResponse { backups })
    }
}
