//! How the role `backup` is built from what the roles share.

use backup_svc::BackupService;
use kit::rpc::RpcChannel;

use super::shared::Shared;
use crate::commands::Failure;

/// `billing` says what a tier may keep, and `story` tells webhooks, where they are within reach.
pub(super) async fn build_backup(
    shared: &Shared,
    billing: Option<RpcChannel>,
    story: Option<RpcChannel>,
) -> Result<BackupService, Failure> {
    let db = shared
        .database(backup_svc::DATABASE, &backup_svc::MIGRATIONS)
        .await?;

    shared.config.backup.check_lock(&shared.blobs).await?;

    Ok(BackupService::build(backup_svc::Deps {
        db,
        blobs: shared.blobs.clone(),
        billing,
        webhooks: story,
        actor_key: shared.actor_key(),
        clock: shared.clock.clone(),
        ids: shared.ids.clone(),
        config: shared.config.backup.clone(),
        health: shared.health.clone(),
        shutdown: shared.shutdown.clone(),
    }))
}
