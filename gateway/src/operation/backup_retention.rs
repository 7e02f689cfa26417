//! Which backups are kept, and the devices that they are of.

use proto::v1::{
    BackupDevice, BackupRetention, GetBackupRetentionRequest, ListBackupDevicesRequest,
    PreviewBackupRetentionResponse,
};
use tonic::Status;

use super::{Field, Operation, Service, caller_kind::AccountHolder};
use crate::{
    identity::{ReadBackups, RequestContext, WriteBackups},
    services::Services,
};

pub(crate) struct GetBackupRetention;

impl Operation for GetBackupRetention {
    type Caller = AccountHolder;
    type Scope = ReadBackups;
    type Output = BackupRetention;

    const SERVICE: Service = Service::Backup;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<BackupRetention, Status> {
        let request = GetBackupRetentionRequest {};
        let rules = services.backups(context).get_backup_retention(request).await?;

        Ok(rules.into_inner())
    }
}

/// Deletes, though later: a credential that only adds may not.
pub(crate) struct SetBackupRetention(pub(crate) BackupRetention);

impl Operation for SetBackupRetention {
    type Caller = AccountHolder;
    type Scope = WriteBackups;
    type Output = BackupRetention;

    const SERVICE: Service = Service::Backup;
    const FIELD: Field = Field::Mutation("setBackupRetention");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<BackupRetention, Status> {
        let rules = services.backups(context).set_backup_retention(self.0).await?;
        Ok(rules.into_inner())
    }
}

pub(crate) struct PreviewBackupRetention(pub(crate) BackupRetention);

impl Operation for PreviewBackupRetention {
    type Caller = AccountHolder;
    type Scope = ReadBackups;
    type Output = PreviewBackupRetentionResponse;

    const SERVICE: Service = Service::Backup;

    async fn perform(
        self,
        services: &Services,
        context: &RequestContext,
    ) -> Result<PreviewBackupRetentionResponse, Status> {
        let preview = services.backups(context).preview_backup_retention(self.0).await?;

        Ok(preview.into_inner())
    }
}

/// The last heard of first.
pub(crate) struct ListBackupDevices;

impl Operation for ListBackupDevices {
    type Caller = AccountHolder;
    type Scope = ReadBackups;
    type Output = Vec<BackupDevice>;

    const SERVICE: Service = Service::Backup;

    async fn perform(
        self,
        services: &Services,
        context: &RequestContext,
    ) -> Result<Vec<BackupDevice>, Status> {
        let request = ListBackupDevicesRequest {};
        let list = services.backups(context).list_backup_devices(request).await?;

        Ok(list.into_inner().devices)
    }
}
