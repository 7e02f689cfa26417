//! When a failed node is tried again. Pure: the delay is a function of the policy, the attempt and a seed.

use std::time::Duration;

/// How often a node is tried, and how long it waits in between.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryPolicy {
    /// Attempts in all, the first one included; at least 1.
    pub max_attempts: u32,
    /// Wait before the second attempt.
    pub base: Duration,
    /// The wait doubles with each attempt, up to this.
    pub cap: Duration,
    /// Share of the wait, 0 to 1, that is spread at random, so that runs that failed together do not return together.
    pub jitter: f64,
}

impl RetryPolicy {
    /// One attempt.
    pub const fn none() -> Self {
        Self {
            max_attempts: 1,
            base: Duration::ZERO,
            cap: Duration::ZERO,
            jitter: 0.0,
        }
    }

    /// The same wait before each further attempt.
    pub const fn fixed(max_attempts: u32, wait: Duration) -> Self {
        Self {
            max_attempts,
            base: wait,
            cap: wait,
            jitter: 0.0,
        }
    }

    /// Doubling from `base` up to `cap`, half of it spread.
    pub const fn exponential(max_attempts: u32, base: Duration, cap: Duration) -> Self {
        Self {
            max_attempts,
            base,
            cap,
            jitter: 0.5,
        }
    }

    /// How long to wait after the given failed attempt (1 is the first), or `None` when it was the last one.
    /// `spread` in 0..1 picks the place within the jitter.
    pub fn wait_after(&self, attempt: u32, spread: f64) -> Option<Duration> {
        if attempt >= self.max_attempts {
            return None;
        }
        let doublings = attempt.saturating_sub(1).min(30);
        let wait = self.base.saturating_mul(1 << doublings).min(self.cap);
        let share = self.jitter.clamp(0.0, 1.0) * spread.clamp(0.0, 1.0);
        Some(wait.mul_f64(1.0 - share))
    }
}

/// Three attempts, one second apart and doubling.
impl Default for RetryPolicy {
    fn default() -> Self {
        Self::exponential(3, Duration::from_secs(1), Duration::from_secs(60))
    }
}

/// A number in 0..1 from what is being retried: the same retry always waits the same time, different runs spread.
pub(crate) fn spread(run: uuid::Uuid, step: u64, attempt: u32) -> f64 {
    let mut hash = blake3::Hasher::new();
    hash.update(run.as_bytes());
    hash.update(&step.to_le_bytes());
    hash.update(&attempt.to_le_bytes());
    let bytes = hash.finalize();
    let [a, b, c, d, ..] = *bytes.as_bytes();
    f64::from(u32::from_le_bytes([a, b, c, d])) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_end_with_the_last_attempt() {
        let policy = RetryPolicy {
            jitter: 0.0,
            ..RetryPolicy::exponential(5, Duration::from_secs(1), Duration::from_secs(3))
        };
        let waits: Vec<_> = (1..=5)
            .map(|a| policy.wait_after(a, 0.7).map(|w| w.as_secs()))
            .collect();
        assert_eq!(waits, [Some(1), Some(2), Some(3), Some(3), None]);
    }

    #[test]
    fn jitter_takes_away_at_most_its_share() {
        let policy = RetryPolicy::exponential(2, Duration::from_secs(10), Duration::from_secs(10));
        assert_eq!(policy.wait_after(1, 0.0), Some(Duration::from_secs(10)));
        assert_eq!(policy.wait_after(1, 1.0), Some(Duration::from_secs(5)));
    }

    #[test]
    fn a_fixed_policy_of_three_waits_twice() {
        let policy = RetryPolicy::fixed(3, Duration::from_secs(60));
        let waits: Vec<_> = (1..=3).map(|a| policy.wait_after(a, 0.3)).collect();
        assert_eq!(
            waits,
            [Some(Duration::from_secs(60)), Some(Duration::from_secs(60)), None]
        );
    }

    #[test]
    fn different_runs_spread_and_the_same_retry_does_not_move() {
        let (a, b) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
        assert_ne!(spread(a, 1, 1), spread(b, 1, 1));
        assert_eq!(spread(a, 1, 1), spread(a, 1, 1));
    }
}
