//! What a user owns here, where the account is deleted.

use kit::db::Db;
use uuid::Uuid;

use super::objects::Objects;
use crate::{error::BackupError, store};

pub(crate) struct Owners {
    pub(crate) db: Db,
    pub(crate) objects: Objects,
}

impl Owners {
    /// Everything goes, what is on its way included. Again is harmless.
    pub(crate) async fn delete_everything(&self, user: Uuid) -> Result<u64, BackupError> {
        let mut tx = self.db.user(user).begin_write().await?;
        let deleted = store::backups::delete_all(&mut tx, user).await?;
        store::resumable::delete_all(&mut tx, user).await?;
        store::restic::delete_all(&mut tx, user).await?;
        store::retention::delete_all(&mut tx, user).await?;
        let keys = store::objects::delete_all_of(&mut tx, user).await?;
        store::accounts::delete(&mut tx, user).await?;
        tx.commit().await?;

        self.objects.delete_bytes(&keys).await;

        Ok(deleted)
    }
}
