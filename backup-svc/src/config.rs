//! `[backup]` of the configuration. Every key has its default and its explanation in `deploy/config/saga.toml`.

use std::time::Duration;

use chrono::TimeDelta;
use kit::{
    actor::Tier,
    blobs::{BlobError, Blobs},
    config::Seconds,
};
use serde::Deserialize;

/// As the contract counts them: 1024³ bytes.
const GIGABYTE: u64 = 1 << 30;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupConfig {
    /// How many gigabytes an account of each tier may keep; -1 for as many as it likes, 0 for no backups.
    pub gigabytes: TierGigabytes,
    /// How long an upload that makes no progress keeps its room.
    pub lease_seconds: Seconds,
    /// How long an upload that can go on is waited for.
    pub resumable_seconds: Seconds,
    /// Between two looks for uploads that were given up.
    pub sweep_seconds: Seconds,
    /// Between two comparisons of what is stored with what is known of it.
    pub compare_seconds: Seconds,
    /// How many days the bytes of what was kept can't be removed, in a bucket with Object Lock; 0 for as long as the bucket says.
    pub lock_days: u16,
    /// Between two looks for backups that no rule of their owner keeps, and for devices without one.
    pub retention_seconds: Seconds,
}

/// `[backup.gigabytes]`
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierGigabytes {
    pub free: i32,
    pub pro: i32,
    pub power: i32,
    pub team: i32,
}

/// How much an account may keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BackupLimit {
    /// Its tier has no backups.
    NotAvailable,
    Bytes(u64),
    Unlimited,
}

impl TierGigabytes {
    pub(crate) fn find_limit(&self, tier: Tier) -> BackupLimit {
        let gigabytes = match tier {
            Tier::Free => self.free,
            Tier::Pro => self.pro,
            Tier::Power => self.power,
            Tier::Team => self.team,
        };

        match u64::try_from(gigabytes) {
            Err(_) => BackupLimit::Unlimited,
            Ok(0) => BackupLimit::NotAvailable,
            Ok(gigabytes) => BackupLimit::Bytes(gigabytes * GIGABYTE),
        }
    }
}

/// Why the service can not keep what its configuration promises.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("`backup.lock_days` is set, and the blob store has no bucket with Object Lock")]
    Missing,
    #[error("whether the blob store locks objects can not be found out")]
    Unknown(#[from] BlobError),
}

impl BackupConfig {
    /// Whether the blob store can lock objects, where they are to be locked.
    ///
    /// # Errors
    /// A store without Object Lock, or one that does not answer.
    pub async fn check_lock(&self, blobs: &Blobs) -> Result<(), LockError> {
        match self.lock_days == 0 || blobs.can_lock().await? {
            true => Ok(()),
            false => Err(LockError::Missing),
        }
    }

    pub(crate) fn lease(&self) -> TimeDelta {
        TimeDelta::from_std(*self.lease_seconds).unwrap_or(TimeDelta::MAX)
    }

    pub(crate) fn lock(&self) -> Option<Duration> {
        const DAY: u64 = 86_400;
        (self.lock_days > 0).then(|| Duration::from_secs(u64::from(self.lock_days) * DAY))
    }

    pub(crate) fn resumable_lease(&self) -> TimeDelta {
        TimeDelta::from_std(*self.resumable_seconds).unwrap_or(TimeDelta::MAX)
    }

    pub(crate) fn sweep_interval(&self) -> Duration {
        *self.sweep_seconds
    }

    pub(crate) fn retention_interval(&self) -> Duration {
        *self.retention_seconds
    }

    pub(crate) fn compare_interval(&self) -> Duration {
        *self.compare_seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gigabyte_is_1024_cubed_and_less_than_none_is_no_limit() {
        let gigabytes = TierGigabytes {
            free: 0,
            pro: 5,
            power: 50,
            team: -1,
        };

        assert_eq!(gigabytes.find_limit(Tier::Free), BackupLimit::NotAvailable);
        assert_eq!(gigabytes.find_limit(Tier::Pro), BackupLimit::Bytes(5_368_709_120));
        assert_eq!(
            gigabytes.find_limit(Tier::Power),
            BackupLimit::Bytes(53_687_091_200)
        );
        assert_eq!(gigabytes.find_limit(Tier::Team), BackupLimit::Unlimited);
    }
}
