//! Bytes on their way into the blob store, and out of it: room is taken before the first byte, what arrives is counted and
//! hashed as it passes, the object comes first and its row last. Whatever breaks off leaves nothing; what a killed process
//! leaves is found by [`Objects::sweep`] and [`Objects::compare`].

mod compare;
mod receive;

pub(crate) use self::{
    compare::Comparison,
    receive::{Incoming, Received},
};

use std::time::Duration;

use chrono::TimeDelta;
use kit::{
    blobs::Blobs,
    clock::SharedClock,
    db::{Db, WriteTx},
    error::Chain,
};
use uuid::Uuid;

use crate::{
    config::BackupLimit,
    error::BackupError,
    store::{self, objects::ObjectRow},
};

/// Under which all of our objects are in the blob store.
pub(crate) const PREFIX: &str = "backups/";
/// More than one upload may be, whatever the tier: the blob store takes so many parts.
const MOST_BYTES: u64 = 64 << 30;
/// By how much room grows for an upload that did not say how long it is.
const STEP_BYTES: u64 = 16 << 20;
/// Uploads looked at in one sweep.
const SWEPT_AT_ONCE: i64 = 100;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Objects {
    pub(crate) db: Db,
    pub(crate) blobs: Blobs,
    pub(crate) clock: SharedClock,
    /// How long an upload without progress is waited for.
    pub(crate) lease: TimeDelta,
    /// For how long what is whole stays in the blob store, whoever deletes it.
    pub(crate) lock: Option<Duration>,
}

/// Room that was taken for one object.
pub(crate) struct Reservation {
    pub(crate) key: String,
    user: Uuid,
    limit: BackupLimit,
    /// How long the object is, when its sender has said so.
    declared: Option<u64>,
    reserved: u64,
}

impl Reservation {
    /// Room that was taken before, for an object whose length is known.
    pub(crate) fn of_kept(key: String, user: Uuid, length: u64) -> Self {
        Self {
            key,
            user,
            limit: BackupLimit::Unlimited,
            declared: Some(length),
            reserved: length,
        }
    }
}

impl Objects {
    /// Takes room for an object of `declared` bytes, or of as many as there is room for.
    pub(crate) async fn reserve(
        &self,
        user: Uuid,
        key: String,
        limit: BackupLimit,
        declared: Option<u64>,
    ) -> Result<Reservation, BackupError> {
        let reserved = declared.unwrap_or_default();
        check_longest(reserved)?;
        let now = self.clock.now();

        let mut tx = self.db.user(user).begin_write().await?;
        self.take_room(&mut tx, user, limit, reserved).await?;
        let row = ObjectRow {
            s3_key: key.clone(),
            user_id: user,
            size_bytes: to_row(reserved),
            expires_at: Some(now + self.lease),
            created_at: now,
        };
        store::objects::insert(&mut tx, &row).await?;
        tx.commit().await?;

        Ok(Reservation {
            key,
            user,
            limit,
            declared,
            reserved,
        })
    }

    /// Takes `bytes` more of the user's room in this transaction; whatever else changes it waits for its end.
    async fn take_room(
        &self,
        tx: &mut WriteTx,
        user: Uuid,
        limit: BackupLimit,
        bytes: u64,
    ) -> Result<(), BackupError> {
        let used = store::accounts::add(tx, user, to_row(bytes), self.clock.now()).await?;
        let used = u64::try_from(used).unwrap_or_default();
        match limit {
            BackupLimit::Bytes(limit) if used > limit => Err(BackupError::QuotaExceeded {
                limit,
                used: used - bytes,
            }),
            _ => Ok(()),
        }
    }

    /// Makes room for `size` bytes in all: a step more than is needed, or, where that is too much, what is needed.
    async fn grow(&self, reservation: &mut Reservation, size: u64) -> Result<(), BackupError> {
        let step = size.max(reservation.reserved + STEP_BYTES);
        match self.resize(reservation, step).await {
            Err(BackupError::QuotaExceeded { .. } | BackupError::TooLong { .. }) => {
                self.resize(reservation, size).await
            }
            outcome => outcome,
        }
    }

    async fn resize(&self, reservation: &mut Reservation, size: u64) -> Result<(), BackupError> {
        check_longest(size)?;

        let mut tx = self.db.user(reservation.user).begin_write().await?;
        let more = size.saturating_sub(reservation.reserved);
        self.take_room(&mut tx, reservation.user, reservation.limit, more)
            .await?;
        let until = self.clock.now() + self.lease;
        if !store::objects::resize(&mut tx, &reservation.key, to_row(size), until).await? {
            return Err(BackupError::BrokenOff);
        }
        tx.commit().await?;

        reservation.reserved = size;
        Ok(())
    }

    /// The upload makes progress: its room is kept for another while.
    async fn renew(&self, reservation: &Reservation) -> Result<(), BackupError> {
        let until = self.clock.now() + self.lease;
        let user = self.db.user(reservation.user);
        match store::objects::renew(&user, &reservation.key, until).await? {
            true => Ok(()),
            // It was given up: the account is gone, or nobody renewed it in time.
            false => Err(BackupError::BrokenOff),
        }
    }

    /// The object is whole: it counts for its length from now on, with the row that `tx` writes beside it.
    pub(crate) async fn settle(
        &self,
        tx: &mut WriteTx,
        reservation: &Reservation,
        size: u64,
    ) -> Result<(), BackupError> {
        let too_much = to_row(reservation.reserved.saturating_sub(size));
        store::accounts::add(tx, reservation.user, -too_much, self.clock.now()).await?;

        match store::objects::settle(tx, &reservation.key, to_row(size)).await? {
            true => Ok(()),
            false => Err(BackupError::BrokenOff),
        }
    }

    /// Nothing comes of it: its bytes go, and then its room is free again. What fails here is done by the next sweep.
    pub(crate) async fn give_up(&self, reservation: &Reservation) {
        if let Err(error) = self.remove(reservation.user, &reservation.key).await {
            tracing::warn!(
                key = reservation.key,
                causes = %Chain(&error),
                "an upload that broke off is cleaned up later"
            );
        }
    }

    async fn remove(&self, user: Uuid, key: &str) -> Result<(), BackupError> {
        self.blobs.delete(key).await?;

        let mut tx = self.db.user(user).begin_write().await?;
        self.forget(&mut tx, user, key).await?;
        Ok(tx.commit().await?)
    }

    /// The object counts no more. Its bytes go after the transaction.
    pub(crate) async fn forget(&self, tx: &mut WriteTx, user: Uuid, key: &str) -> Result<(), BackupError> {
        // The account first, as everywhere: two that lock both in different orders would wait for one another.
        store::accounts::add(tx, user, 0, self.clock.now()).await?;
        if let Some(size) = store::objects::delete(tx, key).await? {
            store::accounts::add(tx, user, -size, self.clock.now()).await?;
        }

        Ok(())
    }

    /// Of objects whose rows are gone. One that stays is found by the next comparison.
    pub(crate) async fn delete_bytes(&self, keys: &[String]) {
        for key in keys {
            if let Err(error) = self.blobs.delete(key).await {
                tracing::warn!(key, causes = %Chain(&error), "an object is deleted later");
            }
        }
    }

    /// Gives up uploads whose time is over, because their process died; returns how many.
    pub(crate) async fn sweep(&self) -> Result<u64, BackupError> {
        let now = self.clock.now();
        let expired = store::objects::list_expired(&self.db.system(), now, SWEPT_AT_ONCE).await?;

        let mut given_up = 0;
        for row in expired {
            // Who renews it in this moment is not dead.
            if store::objects::claim_expired(&self.db.system(), &row.s3_key, now).await? {
                self.remove(row.user_id, &row.s3_key).await?;
                given_up += 1;
            }
        }

        Ok(given_up)
    }
}

/// Whether one object may be so long.
pub(crate) fn check_longest(bytes: u64) -> Result<(), BackupError> {
    match bytes > MOST_BYTES {
        true => Err(BackupError::TooLong { most: MOST_BYTES }),
        false => Ok(()),
    }
}

/// Databases count with a sign; nothing that is kept is so long that it matters.
fn to_row(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
