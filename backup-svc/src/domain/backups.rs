//! Backups: taken in, found, listed, deleted; and how much room there is for them.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use kit::{clock::SharedClock, db::Db, error::Faults, ids::SharedIds};
use uuid::Uuid;

use super::{
    checksum::Checksum,
    entitlements::Entitlements,
    objects::{Incoming, Objects, PREFIX, Received, Reservation},
    request_context::RequestContext,
};
use crate::{
    config::BackupLimit,
    error::BackupError,
    store::{
        self,
        backups::{Backup, Slice},
    },
};

/// Above this a timestamp is in milliseconds (contract, row 62).
const MILLISECONDS_ABOVE: i64 = 100_000_000_000;
/// How far a device's clock may be ahead of ours.
const AHEAD: TimeDelta = TimeDelta::days(1);
/// Characters in the name of a device.
const DEVICE: usize = 100;
/// Backups in one list.
const LISTED: u32 = 1_000;

/// A backup as it is announced.
#[derive(Clone, Debug)]
pub(crate) struct BackupInput {
    pub(crate) version: i64,
    pub(crate) timestamp: i64,
    pub(crate) checksum: String,
    pub(crate) chunk_count: Option<i64>,
    pub(crate) length: Option<u64>,
    pub(crate) device: String,
}

/// The same, when nothing is wrong with it.
pub(crate) struct ParsedBackup {
    pub(crate) version: i64,
    pub(crate) timestamp: i64,
    /// None where nobody has said it.
    pub(crate) checksum: Option<Checksum>,
    pub(crate) chunk_count: i64,
    pub(crate) length: Option<u64>,
    pub(crate) device: String,
}

impl BackupInput {
    pub(crate) fn parse(self, now: DateTime<Utc>) -> Result<ParsedBackup, BackupError> {
        let mut faults = Faults::default();
        if self.version < 0 {
            faults.add("version", "a whole number, 0 or more");
        }

        let timestamp = match self.timestamp > MILLISECONDS_ABOVE {
            true => self.timestamp / 1_000,
            false => self.timestamp,
        };
        if !(0..=(now + AHEAD).timestamp()).contains(&timestamp) {
            faults.add(
                "timestamp",
                "seconds or milliseconds since 1970, not later than a day from now",
            );
        }

        let checksum = Checksum::parse(&self.checksum);
        if checksum.is_none() && !self.checksum.is_empty() {
            faults.add("checksum", "SHA-256 of the bytes in 64 hexadecimal digits");
        }

        let chunk_count = self.chunk_count.unwrap_or(1);
        if chunk_count < 1 {
            faults.add("chunk_count", "a whole number, 1 or more");
        }

        if self.device.chars().count() > DEVICE || self.device.chars().any(char::is_control) {
            faults.add("device", format!("at most {DEVICE} characters on one line"));
        }

        if !faults.is_empty() {
            return Err(faults.into());
        }
        Ok(ParsedBackup {
            version: self.version,
            timestamp,
            checksum,
            chunk_count,
            length: self.length,
            device: self.device,
        })
    }
}

pub(crate) struct Backups {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
    pub(crate) objects: Objects,
    pub(crate) entitlements: Arc<Entitlements>,
}

impl Backups {
    /// Takes room, then the bytes, then writes the row; a failure at any point leaves nothing.
    pub(crate) async fn upload(
        &self,
        context: &RequestContext,
        input: BackupInput,
        incoming: Incoming,
    ) -> Result<Backup, BackupError> {
        let user = context.require_account()?;
        let limit = self.entitlements.require_backups(context).await?;
        if input.checksum.is_empty() {
            return Err(BackupError::invalid("checksum", "SHA-256 of the bytes"));
        }
        let parsed = input.parse(self.clock.now())?;

        let id = self.ids.id();
        let key = format!("{PREFIX}{user}/{}-{id}", parsed.timestamp);
        let mut reservation = self.objects.reserve(user, key, limit, parsed.length).await?;
        let received = self
            .objects
            .receive(&mut reservation, incoming, |received| {
                match Some(received.checksum) == parsed.checksum {
                    true => Ok(()),
                    false => Err(BackupError::invalid(
                        "checksum",
                        format!("the SHA-256 of what was sent, which is {}", received.checksum),
                    )),
                }
            })
            .await?;

        // When this fails nobody knows whether it was written: if not, the next sweep gives up what has no row.
        self.write_row(user, id, &parsed, &reservation, received).await
    }

    async fn write_row(
        &self,
        user: Uuid,
        id: Uuid,
        parsed: &ParsedBackup,
        reservation: &Reservation,
        received: Received,
    ) -> Result<Backup, BackupError> {
        let backup = Backup {
            id,
            user_id: user,
            s3_key: reservation.key.clone(),
            version: parsed.version,
            timestamp: parsed.timestamp,
            checksum: received.checksum.to_string(),
            size_bytes: i64::try_from(received.size).unwrap_or(i64::MAX),
            chunk_count: parsed.chunk_count,
            device: parsed.device.clone(),
            created_at: self.clock.now(),
        };

        let mut tx = self.db.user(user).begin_write().await?;
        self.objects.settle(&mut tx, reservation, received.size).await?;
        store::backups::insert(&mut tx, &backup).await?;
        tx.commit().await?;

        Ok(backup)
    }

    /// The newest one without an id.
    pub(crate) async fn get(&self, context: &RequestContext, id: &str) -> Result<Backup, BackupError> {
        let user = context.require_account()?;
        let db = self.db.user(user);
        if id.is_empty() {
            let newest = store::backups::find_newest(&db, user).await?;
            return newest.ok_or(BackupError::NoneYet);
        }

        let found = match Uuid::try_parse(id) {
            Ok(id) => store::backups::find(&db, user, id).await?,
            Err(_) => None,
        };
        found.ok_or_else(|| BackupError::NotFound {
            what: "backup",
            id: id.to_owned(),
        })
    }

    /// Newest first.
    pub(crate) async fn list(
        &self,
        context: &RequestContext,
        limit: Option<u32>,
        offset: u32,
    ) -> Result<Vec<Backup>, BackupError> {
        let user = context.require_account()?;
        let limit = limit.unwrap_or(LISTED);
        if !(1..=LISTED).contains(&limit) {
            return Err(BackupError::invalid("limit", format!("1 to {LISTED}")));
        }

        let slice = Slice {
            limit: limit.into(),
            offset: offset.into(),
        };
        Ok(store::backups::list(&self.db.user(user), user, slice).await?)
    }

    /// Whether there was one. Its row goes first: an object that is left is found by the next comparison.
    pub(crate) async fn delete(&self, context: &RequestContext, id: &str) -> Result<bool, BackupError> {
        let user = context.require_account()?;
        let Ok(id) = Uuid::try_parse(id) else {
            return Ok(false);
        };

        let mut tx = self.db.user(user).begin_write().await?;
        let Some(key) = store::backups::delete(&mut tx, user, id).await? else {
            return Ok(false);
        };
        self.objects.forget(&mut tx, user, &key).await?;
        tx.commit().await?;

        self.objects.delete_bytes(&[key]).await;

        Ok(true)
    }

    /// What is taken, and what there is.
    pub(crate) async fn quota(&self, context: &RequestContext) -> Result<(u64, BackupLimit), BackupError> {
        let user = context.require_account()?;
        let limit = self.entitlements.find_limit(context).await?;
        let used = store::accounts::find(&self.db.user(user), user).await?;

        Ok((u64::try_from(used).unwrap_or_default(), limit))
    }
}
