//! Backups: deleted. They come and go over REST, as bytes.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::{
    graphql::{
        Ask,
        scalar::{Id, IdInput},
    },
    operation::backups::DeleteBackup,
};

#[derive(Default)]
pub(crate) struct BackupsMutation;

/// Which backup is deleted.
#[derive(InputObject)]
struct DeleteBackupInput {
    /// The id that it has in the list of backups.
    id: IdInput,
}

/// What is left of a backup that was deleted.
#[derive(SimpleObject)]
struct DeleteBackupPayload {
    /// The id that it had.
    deleted_backup_id: Id<'static>,
}

#[Object]
impl BackupsMutation {
    /// Delete a backup of yours; one that is not there is no mistake.
    async fn delete_backup(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which backup is deleted.")] input: DeleteBackupInput,
    ) -> Result<Option<DeleteBackupPayload>> {
        let id = input.id.parse_as("input.id").map_err(|error| ctx.fail(error))?;
        ctx.door().await?.perform(DeleteBackup(id)).await?;

        Ok(Some(DeleteBackupPayload {
            deleted_backup_id: id.into(),
        }))
    }
}
