//! Time as a parameter. Domain code takes a `SharedClock`; only `SystemClock` reads the machine's.

use std::{
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};

pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> DateTime<Utc>;

    /// Time since some moment in this process. It never goes back, also when somebody sets the machine's clock: for
    /// measuring, not for telling the time.
    fn elapsed(&self) -> Duration;
}

pub type SharedClock = Arc<dyn Clock>;

#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl SystemClock {
    #[must_use]
    pub fn shared() -> SharedClock {
        Arc::new(Self)
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the machine's clock is read"
    )]
    fn now(&self) -> DateTime<Utc> {
        // PostgreSQL keeps microseconds: a time that is written must read back equal on every engine.
        let now = Utc::now();
        chrono::DurationRound::duration_trunc(now, chrono::TimeDelta::microseconds(1)).unwrap_or(now)
    }

    fn elapsed(&self) -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }
}

#[cfg(any(test, feature = "testing"))]
pub use manual::ManualClock;

#[cfg(any(test, feature = "testing"))]
mod manual {
    use std::sync::{Arc, Mutex, PoisonError};

    use chrono::{DateTime, TimeDelta, Utc};

    /// A clock that stands still until a test moves it. Clones show the same time.
    #[derive(Clone, Debug)]
    pub struct ManualClock(Arc<Mutex<DateTime<Utc>>>);

    impl ManualClock {
        #[must_use]
        pub fn starting_at(now: DateTime<Utc>) -> Self {
            Self(Arc::new(Mutex::new(now)))
        }

        pub fn set(&self, now: DateTime<Utc>) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
        }

        pub fn advance(&self, by: std::time::Duration) {
            let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *now += TimeDelta::from_std(by).expect("a test moves the clock by less than an age");
        }

        #[must_use]
        pub fn shared(&self) -> super::SharedClock {
            Arc::new(self.clone())
        }
    }

    impl Default for ManualClock {
        /// Noon of 1 January 2026.
        fn default() -> Self {
            Self::starting_at(DateTime::from_timestamp(1_767_268_800, 0).expect("a valid time"))
        }
    }

    impl super::Clock for ManualClock {
        fn now(&self) -> DateTime<Utc> {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }

        fn elapsed(&self) -> std::time::Duration {
            let since = self.now() - DateTime::UNIX_EPOCH;
            since.to_std().unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = ManualClock::default();
        let (shared, start) = (clock.shared(), clock.now());
        assert_eq!(shared.now(), start);
        clock.advance(Duration::from_secs(90));
        assert_eq!((shared.now() - start).num_seconds(), 90);
        let before = shared.elapsed();
        clock.advance(Duration::from_secs(5));
        assert_eq!(shared.elapsed() - before, Duration::from_secs(5));
    }

    #[test]
    fn the_system_clock_gives_whole_microseconds() {
        assert_eq!(SystemClock.now().timestamp_subsec_nanos() % 1_000, 0);
    }
}
