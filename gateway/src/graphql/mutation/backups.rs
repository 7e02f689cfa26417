//! Backups: deleted, and which of them are kept. They come and go over REST, as bytes.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::{
    graphql::{
        Ask,
        object::backup::{BackupRetention, BackupRetentionInput},
        scalar::{Id, IdInput},
    },
    operation::{backup_retention::SetBackupRetention, backups::DeleteBackup},
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

/// Which backups are to be kept from now on.
#[derive(InputObject)]
struct SetBackupRetentionInput {
    /// All of the rules: what is left out is none.
    rules: BackupRetentionInput,
}

/// The rules as they are now.
#[derive(SimpleObject)]
struct SetBackupRetentionPayload {
    /// Which of your backups are kept.
    retention: BackupRetention,
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

    /// Say which of your backups are kept. What no rule keeps is deleted within the hour, and from then on whenever it falls out of
    /// them; `viewer.backupRetentionPreview` shows it beforehand.
    async fn set_backup_retention(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which backups are to be kept.")] input: SetBackupRetentionInput,
    ) -> Result<Option<SetBackupRetentionPayload>> {
        let rules = SetBackupRetention(input.rules.into());
        let rules = ctx.door().await?.perform(rules).await?;

        Ok(Some(SetBackupRetentionPayload {
            retention: rules.into(),
        }))
    }
}
