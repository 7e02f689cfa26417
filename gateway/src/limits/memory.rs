//! Counts in this process: the generic cell rate algorithm of `governor` over cells of our own, which can be given back and
//! are bounded in number. A bucket of `n` holds `n` requests and gets one back every 60/n seconds.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use futures::future::{BoxFuture, FutureExt, ready};
use governor::{
    Quota, RateLimiter as Governor, clock::Clock, middleware::StateInformationMiddleware, nanos::Nanos,
    state::StateStore,
};

use kit::clock::SharedClock;

use super::{Bucket, Decision, LimitKey, MINUTE, RateLimiter};

/// Buckets that are kept apart; beyond them newcomers share [`SHARED`] buckets, until others have run full again.
const MOST: usize = 100_000;
const SHARED: u64 = 4_096;
const SHARDS: usize = 16;

/// In this process.
pub(super) struct Memory {
    time: Time,
    cells: Arc<Cells>,
    /// One for each height of limit; there are as many as the configuration names.
    governors: RwLock<HashMap<NonZeroU32, Arc<Limiter>>>,
}

type Limiter = Governor<Bucket, Store, Time, StateInformationMiddleware>;

impl Memory {
    pub(super) fn new(clock: SharedClock) -> Self {
        Self::with_room(clock, MOST)
    }

    fn with_room(clock: SharedClock, most: usize) -> Self {
        let time = Time(clock);
        Self {
            cells: Arc::new(Cells::new(time.clone(), most)),
            time,
            governors: RwLock::default(),
        }
    }

    fn governor(&self, per_minute: NonZeroU32) -> Arc<Limiter> {
        let known = self
            .governors
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&per_minute)
            .cloned();

        known.unwrap_or_else(|| {
            let mut governors = self.governors.write().unwrap_or_else(PoisonError::into_inner);
            let made = || {
                let store = Store(Arc::clone(&self.cells));
                Arc::new(Limiter::new(
                    Quota::per_minute(per_minute),
                    store,
                    self.time.clone(),
                ))
            };

            Arc::clone(governors.entry(per_minute).or_insert_with(made))
        })
    }

    fn decide(&self, buckets: &[Bucket], keep: bool) -> Decision {
        let mut decision = Decision::default();
        let mut taken = Vec::with_capacity(buckets.len());
        for bucket in buckets {
            let governor = self.governor(bucket.per_minute);
            let (remaining, wait) = match governor.check_key(bucket) {
                Ok(state) => {
                    taken.push(bucket);
                    (state.remaining_burst_capacity(), Duration::ZERO)
                }
                Err(until) => (0, until.wait_time_from(self.time.now())),
            };

            decision.add(bucket, remaining, wait);
        }

        if !decision.allowed || !keep {
            for bucket in taken {
                self.cells.give_back(bucket, bucket.interval());
            }
        }

        decision
    }
}

impl RateLimiter for Memory {
    fn take<'a>(&'a self, buckets: &'a [Bucket]) -> BoxFuture<'a, Decision> {
        ready(self.decide(buckets, true)).boxed()
    }

    fn look<'a>(&'a self, buckets: &'a [Bucket]) -> BoxFuture<'a, Decision> {
        ready(self.decide(buckets, false)).boxed()
    }
}

/// Time that never goes back.
#[derive(Clone)]
struct Time(SharedClock);

impl Clock for Time {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// The cells of all buckets, in several parts so that requests rarely wait for one another.
struct Cells {
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
    time: Time,
    most: usize,
}

#[derive(Default)]
struct Shard {
    cells: HashMap<Bucket, Cell>,
    added: usize,
}

struct Cell {
    /// When the bucket will be full, as `governor` counts.
    full_at: Nanos,
    used_at: Duration,
}

impl Cells {
    fn new(time: Time, most: usize) -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
            time,
            most: most / SHARDS,
        }
    }

    fn shard(&self, bucket: &Bucket) -> MutexGuard<'_, Shard> {
        let hash = usize::try_from(self.hasher.hash_one(bucket) % SHARDS as u64).unwrap_or_default();
        self.shards[hash].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T, E>(
        &self,
        bucket: &Bucket,
        change: impl Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    ) -> Result<T, E> {
        let now = self.time.now();
        let mut shard = self.shard(bucket);
        if shard.cells.contains_key(bucket) || shard.has_room(self.most, now) {
            return shard.change(bucket, now, change);
        }
        drop(shard);
        let shared = self.shared(bucket);
        self.shard(&shared).change(&shared, now, change)
    }

    /// A bucket that newcomers share. There are so few that they always find room.
    fn shared(&self, bucket: &Bucket) -> Bucket {
        let number = 1 + self.hasher.hash_one(bucket) % SHARED;
        // A network has zeros where these have their number.
        let key = LimitKey::Network(IpAddr::V6(Ipv6Addr::from_bits(number.into())));
        Bucket { key, ..*bucket }
    }

    fn give_back(&self, bucket: &Bucket, one: Duration) {
        let own = self.lower(bucket, one);
        if !own {
            self.lower(&self.shared(bucket), one);
        }
    }

    fn lower(&self, bucket: &Bucket, one: Duration) -> bool {
        let mut shard = self.shard(bucket);
        let cell = shard.cells.get_mut(bucket);
        let found = cell.is_some();

        if let Some(cell) = cell {
            cell.full_at = cell
                .full_at
                .as_u64()
                .saturating_sub(Nanos::from(one).as_u64())
                .into();
        }

        found
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        let shards = self.shards.iter();
        shards
            .map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).cells.len())
            .sum()
    }
}

impl Shard {
    fn change<T, E>(
        &mut self,
        bucket: &Bucket,
        now: Duration,
        change: impl Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    ) -> Result<T, E> {
        let before = self.cells.get(bucket).map(|cell| cell.full_at);
        let (told, full_at) = change(before)?;
        self.cells.insert(
            *bucket,
            Cell {
                full_at,
                used_at: now,
            },
        );
        self.added += usize::from(before.is_none());

        Ok(told)
    }

    /// Drops buckets that have run full, each time the shard has grown by its own size, so that it costs little.
    fn has_room(&mut self, most: usize, now: Duration) -> bool {
        if self.added >= (self.cells.len() / 2).max(64) || self.cells.len() >= most {
            // After a window without use every bucket is full, whatever its height.
            self.cells.retain(|_, cell| now < cell.used_at + MINUTE);
            self.added = 0;
        }
        self.cells.len() < most
    }
}

/// The cells as `governor` uses them.
struct Store(Arc<Cells>);

impl StateStore for Store {
    type Key = Bucket;

    fn measure_and_replace<T, F, E>(&self, bucket: &Bucket, change: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        self.0.change(bucket, change)
    }
}

#[cfg(test)]
mod tests {
    use kit::clock::ManualClock;
    use uuid::Uuid;

    use super::{
        super::{Class, LimitClass, conformance},
        *,
    };

    /// An engine whose time a test moves.
    fn engine(most: usize) -> (Memory, ManualClock) {
        let clock = ManualClock::default();
        (Memory::with_room(clock.shared(), most), clock)
    }

    #[tokio::test]
    async fn it_passes_the_suite_of_rate_limiters() {
        let (engine, clock) = engine(MOST);
        conformance::suite(&engine, |by| {
            clock.advance(by);
            std::future::ready(())
        })
        .await;
    }

    fn of(user: u128) -> Bucket {
        Bucket {
            counted: LimitClass::Class(Class::Standard),
            key: LimitKey::User(Uuid::from_u128(user)),
            per_minute: NonZeroU32::new(2).unwrap(),
        }
    }

    #[tokio::test]
    async fn memory_is_bounded_and_newcomers_share_until_others_have_run_full() {
        let (engine, clock) = engine(1_600);
        for user in 0..20_000 {
            engine.take(&[of(user)]).await;
        }

        let kept = engine.cells.len();
        assert!(kept <= 1_600 + usize::try_from(SHARED).unwrap(), "{kept}");

        let mut refused = 0;
        for user in 20_000..40_000 {
            refused += u32::from(!engine.take(&[of(user)]).await.allowed);
        }

        assert!(refused > 0, "what is shared runs empty");

        clock.advance(MINUTE);

        for user in 40_000..41_000 {
            assert!(engine.take(&[of(user)]).await.allowed);
        }

        assert!(engine.cells.len() < kept, "what ran full is dropped");
    }
}
