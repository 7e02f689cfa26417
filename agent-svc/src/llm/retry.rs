//! How long to wait before the same model is asked again: exponential backoff with full jitter, or what the provider
//! asked for. Pure numbers; the waiting itself is injected.

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use futures::future::BoxFuture;

use super::config::RetryConfig;
use super::failure::Failure;

/// Waits; tests put their own in its place.
pub type Sleep = Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;
/// A number from 0 to 1 that spreads the waits of many callers.
pub type Jitter = Arc<dyn Fn() -> f64 + Send + Sync>;

#[derive(Debug, Clone, Copy)]
pub(super) struct RetryPolicy {
    attempts: u32,
    base: Duration,
    max: Duration,
    longest_wait: Duration,
}

impl RetryPolicy {
    pub(super) fn new(config: &RetryConfig) -> Self {
        Self {
            attempts: config.attempts,
            base: Duration::from_millis(config.base_delay_ms),
            max: Duration::from_millis(config.max_delay_ms),
            longest_wait: Duration::from_millis(config.longest_wait_ms),
        }
    }

    /// One wait for each further attempt: full jitter, that is anything from nothing to the exponential delay.
    pub(super) fn delays(self, jitter: Jitter) -> impl BackoffBuilder + use<> {
        let retries = usize::try_from(self.attempts.saturating_sub(1)).unwrap_or(usize::MAX);
        ExponentialBuilder::new()
            .with_min_delay(self.base)
            .with_max_delay(self.max)
            .with_max_times(retries)
            .build()
            .map(move |delay| delay.mul_f64(jitter().clamp(0.0, 1.0)))
    }

    /// The wait before the next attempt, or none when it would not pay: attempts used up, the deadline before the end
    /// of the wait, or a long wait while another model stands ready.
    pub(super) fn wait(
        self,
        failure: &Failure,
        delay: Option<Duration>,
        remaining: Duration,
        has_fallback: bool,
    ) -> Option<Duration> {
        let wait = failure.retry_after.unwrap_or_default().max(delay?);
        let too_long = has_fallback && wait > self.longest_wait.max(self.max);
        (wait < remaining && !too_long).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::failure::FailureKind;

    fn policy() -> RetryPolicy {
        RetryPolicy {
            attempts: 5,
            base: Duration::from_secs(2),
            max: Duration::from_secs(30),
            longest_wait: Duration::from_secs(60),
        }
    }

    fn seconds(delays: impl BackoffBuilder) -> Vec<u64> {
        delays.build().map(|delay| delay.as_secs()).collect()
    }

    #[test]
    fn waits_double_up_to_the_cap_and_jitter_only_shortens_them() {
        let longest = RetryPolicy {
            attempts: 7,
            ..policy()
        };
        assert_eq!(seconds(longest.delays(Arc::new(|| 1.0))), [2, 4, 8, 16, 30, 30]);
        assert_eq!(seconds(policy().delays(Arc::new(|| 0.5))), [1, 2, 4, 8]);
        assert_eq!(seconds(policy().delays(Arc::new(|| 0.0))), [0, 0, 0, 0]);
    }

    #[test]
    fn the_providers_own_wait_counts_when_it_is_longer() {
        let failure = |seconds| Failure {
            retry_after: Some(Duration::from_secs(seconds)),
            ..Failure::new(FailureKind::RateLimited)
        };
        let second = Some(Duration::from_secs(1));
        let minutes = Duration::from_secs(600);
        let wait = |seconds, delay, remaining, fallback| {
            policy().wait(&failure(seconds), delay, remaining, fallback)
        };

        assert_eq!(wait(7, second, minutes, false), Some(Duration::from_secs(7)));
        assert_eq!(wait(0, second, minutes, false), second);
        assert_eq!(wait(7, None, minutes, false), None, "no attempt is left");
        assert_eq!(
            wait(7, second, Duration::from_secs(5), false),
            None,
            "the deadline comes first"
        );
        assert_eq!(
            wait(90, second, minutes, true),
            None,
            "another model stands ready"
        );
        assert_eq!(wait(90, second, minutes, false), Some(Duration::from_secs(90)));
    }
}
