//! How often somebody may be wrong. Every attempt is counted before its password is looked at, and taken back when it was
//! right, so that many at once gain nothing.
//!
//! Three counts slow down guessing without locking anybody out of the own account:
//! - an account from one network: after a few failures each next one makes a longer wait, up to 15 minutes;
//! - a network, over all accounts;
//! - an account, over all networks that it was never used from: at most 100 in a row, the number of NIST
//!   SP 800-63B (section 5.2.2), then an attempt now and then.
//!
//! A network that the account was used from in the last 90 days, by registering, signing in in any way or refreshing, is
//! only held to the first count, so strangers elsewhere cannot keep its owner out; and whoever is signed in already is
//! held to a count of its own.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use kit::{
    clock::SharedClock,
    db::{Db, WriteTx},
};
use uuid::Uuid;

use super::request_context::RequestContext;
use crate::{
    config::{AttemptLimits, ThrottleConfig},
    error::AuthError,
    store::{
        throttles::{self, AttemptCount},
        users::User,
    },
    tokens::{Hash, hash_secret},
};

/// How long an account is known from a network.
const KNOWN: TimeDelta = TimeDelta::days(90);

/// The count after one more attempt, or how long it has to wait first.
///
/// Somebody else may have counted at a later reading of the clock than ours: a wait of nothing that was noted then is no
/// wait for us.
fn count_attempt(
    limits: &AttemptLimits,
    before: AttemptCount,
    now: DateTime<Utc>,
) -> Result<AttemptCount, Duration> {
    let waits = before.blocked_until > before.updated_at;
    if waits && before.blocked_until > now {
        let wait = (before.blocked_until - now).to_std().unwrap_or_default();
        return Err(wait);
    }

    let forget = TimeDelta::from_std(limits.forget).unwrap_or(TimeDelta::MAX);
    let counted = if now - before.updated_at > forget {
        0
    } else {
        before.count
    };
    let count = counted.saturating_add(1);

    Ok(AttemptCount {
        count,
        blocked_until: now + TimeDelta::from_std(wait_after(limits, count)).unwrap_or_default(),
        updated_at: now,
    })
}

fn wait_after(limits: &AttemptLimits, count: i32) -> Duration {
    match count.unsigned_abs().checked_sub(limits.free) {
        None | Some(0) => Duration::ZERO,
        Some(beyond) => {
            let doubled = 2_u32.saturating_pow((beyond - 1).min(30));
            limits.first.saturating_mul(doubled).min(limits.longest)
        }
    }
}

/// One thing that is counted.
#[derive(Clone, Copy, Debug)]
struct AttemptCounter {
    key: Hash,
    limits: AttemptLimits,
}

impl AttemptCounter {
    /// `name` and the parts say what is counted; they are kept as a hash only.
    fn new(name: &str, parts: &[&str], limits: AttemptLimits) -> Self {
        // No part contains a NUL, so two lists never join to the same text.
        let text = format!("{name}\0{}", parts.join("\0"));
        Self {
            key: hash_secret(&text),
            limits,
        }
    }
}

/// An attempt at a password that was counted.
pub(crate) struct CountedAttempt {
    /// The account from this network, which starts over when the attempt was right; `None` where it may be another's guess.
    first: Option<AttemptCounter>,
    others: Vec<AttemptCounter>,
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Throttle {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) config: ThrottleConfig,
}

impl Throttle {
    pub(crate) async fn count_registration(&self, context: &RequestContext) -> Result<(), AuthError> {
        let limits = self.config.registrations();
        self.count(&[AttemptCounter::new("registration", &[&context.network()], limits)])
            .await
    }

    pub(crate) async fn count_guest(&self, context: &RequestContext) -> Result<(), AuthError> {
        let limits = self.config.guests();
        self.count(&[AttemptCounter::new("guest", &[&context.network()], limits)])
            .await
    }

    /// Mail asked for to an address, whether or not anybody has it.
    pub(crate) async fn count_mail(
        &self,
        context: &RequestContext,
        email_key: &str,
    ) -> Result<(), AuthError> {
        let (to_address, from_network) = (self.config.mails_to_address(), self.config.mails_from_network());
        // What strangers ask for does not count against whoever is signed in, who has a count of their own.
        let asker = match context.actor.session_id {
            Some(_) => context.actor.user_id.to_string(),
            None => String::new(),
        };
        self.count(&[
            AttemptCounter::new("mail to address", &[email_key, &asker], to_address),
            AttemptCounter::new("mail in network", &[&context.network()], from_network),
        ])
        .await
    }

    /// A login to one of `users`, who claim the same name, or to `name`, which nobody has.
    pub(crate) async fn count_login(
        &self,
        context: &RequestContext,
        users: &[&User],
        name: &str,
    ) -> Result<CountedAttempt, AuthError> {
        // Whoever is signed in already is held to what holds for the current password anywhere: strangers cannot use it up, and
        // whoever got hold of a token cannot guess on.
        if let [user] = users
            && is_signed_in_as(context, user)
        {
            return self.count_current_password(context, user.id).await;
        }

        let network = context.network();
        let account = match users {
            [user] => user.id.to_string(),
            _ => name.to_owned(),
        };
        let first = AttemptCounter::new(
            "login to account in network",
            &[&account, &network],
            self.config.account_in_network(),
        );
        let mut others = if self.is_known(users, &network).await? {
            Vec::new()
        } else {
            vec![
                AttemptCounter::new("login in network", &[&network], self.config.network()),
                AttemptCounter::new("login to account", &[&account], self.config.account()),
            ]
        };
        self.count(&[&[first], others.as_slice()].concat()).await?;

        // Where several claim a name, one of them being right forgives nobody's guesses at the others.
        let first = match users {
            [_] => Some(first),
            _ => {
                others.push(first);
                None
            }
        };

        Ok(CountedAttempt { first, others })
    }

    /// A code of a second factor, by somebody who has shown the first one: a million codes, of which three are good.
    pub(crate) async fn count_code(
        &self,
        context: &RequestContext,
        user: &User,
    ) -> Result<CountedAttempt, AuthError> {
        let (account, network) = (user.id.to_string(), context.network());
        let first = AttemptCounter::new(
            "code of account in network",
            &[&account, &network],
            self.config.account_in_network(),
        );
        let others = match self.is_known(&[user], &network).await? {
            true => Vec::new(),
            false => vec![AttemptCounter::new(
                "code of account",
                &[&account],
                self.config.account(),
            )],
        };
        self.count(&[&[first], others.as_slice()].concat()).await?;

        Ok(CountedAttempt {
            first: Some(first),
            others,
        })
    }

    /// The current password, as a signed-in user is asked for it.
    pub(crate) async fn count_current_password(
        &self,
        context: &RequestContext,
        user: Uuid,
    ) -> Result<CountedAttempt, AuthError> {
        let first = AttemptCounter::new(
            "current password",
            &[&user.to_string(), &context.network()],
            self.config.account_in_network(),
        );
        self.count(&[first]).await?;

        Ok(CountedAttempt {
            first: Some(first),
            others: Vec::new(),
        })
    }

    /// Whether all of them, of whom there are some, were used from there.
    async fn is_known(&self, users: &[&User], network: &str) -> Result<bool, AuthError> {
        let since = self.clock.now() - KNOWN;
        for user in users {
            if !throttles::is_network_known(&self.db.user(user.id), user.id, network, since).await? {
                return Ok(false);
            }
        }

        Ok(!users.is_empty())
    }

    /// Counts one attempt everywhere, or nowhere when it has to wait.
    async fn count(&self, counters: &[AttemptCounter]) -> Result<(), AuthError> {
        let now = self.clock.now();
        self.check_free(counters, now).await?;

        // Everybody holds rows in the same order, so nobody waits for one another.
        let mut counters = counters.to_vec();
        counters.sort_by_key(|one| one.key);

        let mut tx = self.db.system().begin_write().await?;
        let mut longest: Option<Duration> = None;
        for one in &counters {
            let before = throttles::hold_count(&mut tx, &one.key, now).await?;
            // Whoever held the row before us took time, which has passed for us too.
            let now = self.clock.now();
            match count_attempt(&one.limits, before, now) {
                Ok(after) => throttles::set_count(&mut tx, &one.key, after).await?,
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
    async fn check_free(&self, counters: &[AttemptCounter], now: DateTime<Utc>) -> Result<(), AuthError> {
        for one in counters {
            let until = throttles::find_blocked_until(&self.db.system(), &one.key).await?;
            if let Some(wait) = until.and_then(|until| (until - now).to_std().ok())
                && !wait.is_zero()
            {
                return Err(AuthError::TooMany { retry_after: wait });
            }
        }

        Ok(())
    }

    /// An attempt was right: it counts nowhere, and the first count starts over.
    pub(crate) async fn forgive(&self, tx: &mut WriteTx, attempt: &CountedAttempt) -> Result<(), AuthError> {
        let first = attempt.first.map(|first| first.key);
        let mut keys: Vec<Hash> = attempt.others.iter().map(|other| other.key).collect();
        keys.extend(first);
        // In the order of whoever counts, or two logins at once would wait for one another for ever.
        keys.sort_unstable();

        for key in keys {
            if Some(key) == first {
                throttles::delete_count(tx, &key).await?;
            } else {
                throttles::lower_count(tx, &key).await?;
            }
        }
        Ok(())
    }
}

/// Whoever is signed in to the account already has nothing to guess.
fn is_signed_in_as(context: &RequestContext, user: &User) -> bool {
    let actor = &context.actor;
    actor.session_id.is_some() && user.id == actor.user_id
}

#[cfg(test)]
mod tests {
    use kit::clock::{Clock, ManualClock};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const LIMITS: AttemptLimits = AttemptLimits {
        free: 3,
        first: SECOND,
        longest: Duration::from_secs(60),
        forget: Duration::from_secs(3_600),
    };

    fn none(now: DateTime<Utc>) -> AttemptCount {
        AttemptCount {
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
            let wait = count_attempt(&LIMITS, count, clock.now())
                .err()
                .unwrap_or_default();
            waits.push(wait.as_secs());
            clock.advance(wait);
            count = count_attempt(&LIMITS, count, clock.now()).unwrap();
        }

        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn a_wait_is_not_made_longer_by_coming_early_and_a_quiet_hour_starts_over() {
        let clock = ManualClock::default();
        let blocked = AttemptCount {
            count: 10,
            blocked_until: clock.now() + TimeDelta::seconds(30),
            updated_at: clock.now(),
        };

        assert_eq!(count_attempt(&LIMITS, blocked, clock.now()), Err(30 * SECOND));
        clock.advance(29 * SECOND);
        assert_eq!(count_attempt(&LIMITS, blocked, clock.now()), Err(SECOND));
        clock.advance(Duration::from_secs(3_600));
        assert_eq!(count_attempt(&LIMITS, blocked, clock.now()).unwrap().count, 1);
    }

    #[test]
    fn a_wait_of_nothing_that_was_noted_later_is_no_wait() {
        let clock = ManualClock::default();
        let early = clock.now();
        clock.advance(Duration::from_millis(7));
        let noted = count_attempt(&LIMITS, none(clock.now()), clock.now()).unwrap();

        assert_eq!(count_attempt(&LIMITS, noted, early).unwrap().count, 2);
    }

    #[test]
    fn different_things_are_counted_apart() {
        let key = |name, parts: &[&str]| AttemptCounter::new(name, parts, LIMITS).key;

        assert_ne!(key("a", &["b"]), key("a", &["c"]));
        assert_ne!(key("a", &["b", "c"]), key("a", &["bc"]));
        assert_ne!(key("a", &[]), key("b", &[]));
    }
}
