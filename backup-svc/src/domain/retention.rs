//! Which backups are kept, as their owners say: looked at beforehand, and done behind their backs.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use kit::{
    clock::SharedClock,
    db::Db,
    error::Chain,
    webhooks::{Announcement, WebhookAnnouncer},
};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use super::{
    objects::Objects,
    request_context::RequestContext,
    retention_rules::{RetentionRules, Verdict},
};
use crate::{
    error::BackupError,
    store::{
        self,
        retention::{DeviceRow, RetentionRow},
    },
};

/// Users looked at in one query.
const USERS: i64 = 100;
/// Devices in one list.
const DEVICES: i64 = 1_000;
/// What is told of a device without a backup.
const OVERDUE: &str = "backup.overdue";

#[derive(Clone)]
pub(crate) struct Retention {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) objects: Objects,
    /// Who is told of a device without a backup; none where story-svc is not within reach.
    pub(crate) webhooks: Option<WebhookAnnouncer>,
}

/// A device of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) name: String,
    pub(crate) last_backup_at: DateTime<Utc>,
    pub(crate) overdue: bool,
}

/// What one look at all accounts did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RetentionPass {
    pub(crate) deleted: u64,
    pub(crate) told: u64,
}

impl Retention {
    pub(crate) async fn get(&self, context: &RequestContext) -> Result<RetentionRules, BackupError> {
        self.find(context.require_account()?).await
    }

    async fn find(&self, user: Uuid) -> Result<RetentionRules, BackupError> {
        let row = store::retention::find(&self.db.user(user), user).await?;
        Ok(RetentionRules(row.unwrap_or_default()))
    }

    pub(crate) async fn set(
        &self,
        context: &RequestContext,
        row: RetentionRow,
    ) -> Result<RetentionRules, BackupError> {
        let user = context.require_account()?;
        let rules = RetentionRules::parse(row)?;

        let mut tx = self.db.user(user).begin_write().await?;
        store::retention::replace(&mut tx, user, &rules.0, self.clock.now()).await?;
        tx.commit().await?;

        Ok(rules)
    }

    /// What such rules would do now.
    pub(crate) async fn preview(
        &self,
        context: &RequestContext,
        row: RetentionRow,
    ) -> Result<Vec<Verdict>, BackupError> {
        let user = context.require_account()?;
        let rules = RetentionRules::parse(row)?;
        let backups = store::backups::list_all(&self.db.user(user), user).await?;

        Ok(rules.judge(backups))
    }

    /// The last heard of first.
    pub(crate) async fn list_devices(&self, context: &RequestContext) -> Result<Vec<Device>, BackupError> {
        let user = context.require_account()?;
        let rules = self.find(user).await?;
        let rows = store::retention::list_devices(&self.db.user(user), user, DEVICES).await?;

        let devices = rows.into_iter().map(|row| Device {
            overdue: self.is_overdue(&rules, &row),
            name: row.device,
            last_backup_at: row.last_at,
        });
        Ok(devices.collect())
    }

    fn is_overdue(&self, rules: &RetentionRules, row: &DeviceRow) -> bool {
        let patience = rules.patience();
        patience.is_some_and(|patience| self.clock.now() - row.last_at > patience)
    }

    /// Deletes what no rule keeps, and tells of devices without a backup. Who fails is looked at again next time.
    pub(crate) async fn run_once(&self) -> Result<RetentionPass, BackupError> {
        let mut pass = RetentionPass::default();
        let mut after = Uuid::nil();

        loop {
            let users = store::retention::list_users(&self.db.system(), after, USERS).await?;
            let Some(last) = users.last() else {
                return Ok(pass);
            };
            after = *last;

            for user in users {
                let looked = self.look_after(user).await;
                match looked {
                    Ok(of_user) => {
                        pass.deleted += of_user.deleted;
                        pass.told += of_user.told;
                    }
                    Err(error) => tracing::warn!(causes = %Chain(&error), "an account's backups wait"),
                }
            }
        }
    }

    async fn look_after(&self, user: Uuid) -> Result<RetentionPass, BackupError> {
        let deleted = self.apply(user).await?;
        let told = self.tell_overdue(user).await?;

        Ok(RetentionPass { deleted, told })
    }

    /// One transaction finds the rules, judges and deletes: rules that change meanwhile are obeyed, not those before.
    async fn apply(&self, user: Uuid) -> Result<u64, BackupError> {
        let mut tx = self.db.user(user).begin_write().await?;
        // Whoever changes what a user has locks this first.
        store::accounts::add(&mut tx, user, 0, self.clock.now()).await?;
        let rules = RetentionRules(
            store::retention::find_in(&mut tx, user)
                .await?
                .unwrap_or_default(),
        );
        if !rules.bind() {
            return Ok(tx.rollback().await.map(|()| 0)?);
        }

        let backups = store::backups::list_all_in(&mut tx, user).await?;
        let verdicts = rules.judge(backups);
        let mut keys = Vec::new();
        for verdict in verdicts.iter().filter(|verdict| verdict.kept_by.is_empty()) {
            if let Some(key) = store::backups::delete(&mut tx, user, verdict.backup.id).await? {
                self.objects.forget(&mut tx, user, &key).await?;
                keys.push(key);
            }
        }
        tx.commit().await?;

        self.objects.delete_bytes(&keys).await;

        Ok(keys.len() as u64)
    }

    /// Once for each last backup of a device.
    async fn tell_overdue(&self, user: Uuid) -> Result<u64, BackupError> {
        let rules = self.find(user).await?;
        let (Some(webhooks), Some(_)) = (&self.webhooks, rules.patience()) else {
            return Ok(0);
        };

        let db = self.db.user(user);
        let rows = store::retention::list_told(&db, user).await?;
        let told: HashMap<String, DateTime<Utc>> =
            rows.into_iter().map(|row| (row.device, row.last_at)).collect();

        let mut count = 0;
        for device in store::retention::list_devices(&db, user, DEVICES).await? {
            if !self.is_overdue(&rules, &device) || told.get(&device.device) == Some(&device.last_at) {
                continue;
            }

            let data = json!({
                "device": device.device,
                "last_backup_at": device.last_at.to_rfc3339_opts(SecondsFormat::Secs, true),
                "alert_after_days": rules.0.alert_after_days,
            });
            let told = Announcement {
                id: name_event(user, &device),
                user_id: user,
                event_type: OVERDUE,
                at: self.clock.now(),
                data: data.to_string(),
            };
            webhooks.announce(told).await.map_err(BackupError::Webhooks)?;

            let mut tx = db.begin_write().await?;
            store::retention::note_told(&mut tx, user, &device).await?;
            tx.commit().await?;
            count += 1;
        }

        Ok(count)
    }
}

/// The same for the same last backup, so that what is said twice is told once.
fn name_event(user: Uuid, device: &DeviceRow) -> Uuid {
    let mut named = Sha256::new();
    named.update(user.as_bytes());
    named.update(device.device.as_bytes());
    named.update(device.last_at.timestamp_micros().to_be_bytes());
    let digest = named.finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);

    Builder::from_random_bytes(bytes).into_uuid()
}
