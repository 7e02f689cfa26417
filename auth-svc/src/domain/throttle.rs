//! How often somebody may be wrong. Every attempt is counted before its password is looked at, and taken back when it was
//! right, so that many at once gain nothing.
//!
//! Three counts slow down guessing without locking anybody out of the own account:
//! - an account from one network: after a few failures each next one makes a longer wait, up to 15 minutes;
//! - a network, over all accounts;
//! - an account, over all networks that it has never signed in from: at most 100 in a row, the number of NIST
//!   SP 800-63B (section 5.2.2), then an attempt now and then.
//!
//! A network that the account has signed in from in the last 90 days is only held to the first count, so strangers
//! elsewhere cannot keep its owner out; and whoever is signed in already is held to none.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use kit::db::WriteTx;

use super::core::Core;
use crate::{
    error::AuthError,
    store::throttles::{self, Count},
    tokens::{Hash, hash},
};

/// A count and the waits that follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Attempts without a wait.
    free: u32,
    /// The wait after the first one beyond; it doubles with each further one.
    first: Duration,
    longest: Duration,
    /// A count that did not rise for this long starts over.
    forget: Duration,
}

impl Limits {
    pub(crate) const fn new(free: u32, first: Duration, longest: Duration, forget: Duration) -> Self {
        Self {
            free,
            first,
            longest,
            forget,
        }
    }

    /// The count after one more attempt, or how long it has to wait first.
    fn attempt(&self, before: Count, now: DateTime<Utc>) -> Result<Count, Duration> {
        if before.blocked_until > now {
            let wait = (before.blocked_until - now).to_std().unwrap_or_default();
            return Err(wait);
        }

        let forget = TimeDelta::from_std(self.forget).unwrap_or(TimeDelta::MAX);
        let counted = if now - before.updated_at > forget {
            0
        } else {
            before.count
        };
        let count = counted.saturating_add(1);

        Ok(Count {
            count,
            blocked_until: now + TimeDelta::from_std(self.wait(count)).unwrap_or_default(),
            updated_at: now,
        })
    }

    fn wait(&self, count: i32) -> Duration {
        match count.unsigned_abs().checked_sub(self.free) {
            None | Some(0) => Duration::ZERO,
            Some(beyond) => {
                let doubled = 2_u32.saturating_pow((beyond - 1).min(30));
                self.first.saturating_mul(doubled).min(self.longest)
            }
        }
    }
}

/// One thing that is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    key: Hash,
    limits: Limits,
}

impl Counted {
    /// `name` and the parts say what is counted; they are kept as a hash only.
    pub(crate) fn new(name: &str, parts: &[&str], limits: Limits) -> Self {
        // No part contains a NUL, so two lists never join to the same text.
        let text = format!("{name}\0{}", parts.join("\0"));
        Self {
            key: hash(&text),
            limits,
        }
    }
}

impl Core {
    /// Counts one attempt everywhere, or nowhere when it has to wait.
    pub(crate) async fn count(&self, mut counted: Vec<Counted>) -> Result<(), AuthError> {
        let now = self.clock.now();
        self.is_free(&counted, now).await?;

        // Everybody holds rows in the same order, so nobody waits for one another.
        counted.sort_by_key(|one| one.key);

        let mut tx = self.db.begin_write().await?;
        let mut longest: Option<Duration> = None;
        for one in &counted {
            let before = throttles::hold(&mut tx, &one.key, now).await?;
            match one.limits.attempt(before, now) {
                Ok(after) => throttles::set(&mut tx, &one.key, after).await?,
                Err(wait) => longest = longest.max(Some(wait)),
            }
        }

        if let Some(retry_after) = longest {
            tx.rollback().await?;
            return Err(AuthError::TooMany { retry_after });
        }

        Ok(tx.commit().await?)
    }

    /// A flood of attempts that have to wait is turned away by reading alone.
    async fn is_free(&self, counted: &[Counted], now: DateTime<Utc>) -> Result<(), AuthError> {
        for one in counted {
            let until = throttles::blocked_until(&self.db, &one.key).await?;
            if let Some(wait) = until.and_then(|until| (until - now).to_std().ok())
                && !wait.is_zero()
            {
                return Err(AuthError::TooMany { retry_after: wait });
            }
        }

        Ok(())
    }

    /// An attempt was right: it counts nowhere, and the first count starts over.
    pub(crate) async fn take_back(
        &self,
        tx: &mut WriteTx,
        first: &Counted,
        others: &[Counted],
    ) -> Result<(), AuthError> {
        throttles::forget(tx, &first.key).await?;
        for other in others {
            throttles::take_back(tx, &other.key).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use kit::clock::{Clock, ManualClock};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const LIMITS: Limits = Limits::new(3, SECOND, Duration::from_secs(60), Duration::from_secs(3_600));

    fn none(now: DateTime<Utc>) -> Count {
        Count {
            count: 0,
            blocked_until: now,
            updated_at: now,
        }
    }

    #[test]
    fn a_few_attempts_are_free_and_then_waits_double_up_to_the_longest() {
        let clock = ManualClock::default();
        let mut count = none(clock.now());
        let mut waits = Vec::new();
        for _ in 0..12 {
            let wait = LIMITS.attempt(count, clock.now()).err().unwrap_or_default();
            waits.push(wait.as_secs());
            clock.advance(wait);
            count = LIMITS.attempt(count, clock.now()).unwrap();
        }

        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn a_wait_is_not_made_longer_by_coming_early_and_a_quiet_hour_starts_over() {
        let clock = ManualClock::default();
        let blocked = Count {
            count: 10,
            blocked_until: clock.now() + TimeDelta::seconds(30),
            updated_at: clock.now(),
        };

        assert_eq!(LIMITS.attempt(blocked, clock.now()), Err(30 * SECOND));

        clock.advance(29 * SECOND);
        assert_eq!(LIMITS.attempt(blocked, clock.now()), Err(SECOND));

        clock.advance(Duration::from_secs(3_600));
        assert_eq!(LIMITS.attempt(blocked, clock.now()).unwrap().count, 1);
    }

    #[test]
    fn different_things_are_counted_apart() {
        let key = |name, parts: &[&str]| Counted::new(name, parts, LIMITS).key;
        assert_ne!(key("a", &["b"]), key("a", &["c"]));
        assert_ne!(key("a", &["b", "c"]), key("a", &["bc"]));
        assert_ne!(key("a", &[]), key("b", &[]));
    }
}
