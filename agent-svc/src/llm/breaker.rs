//! A circuit breaker for each provider: it stops asking one that keeps failing, and asks again after a while with a
//! few calls. It counts what it is told and makes no calls.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use kit::clock::SharedClock;

use super::config::BreakerConfig;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    Closed,
    Open,
    HalfOpen,
}

impl BreakerState {
    pub fn as_str(self) -> &'static str {
        match self {
            BreakerState::Closed => "closed",
            BreakerState::Open => "open",
            BreakerState::HalfOpen => "half_open",
        }
    }
}

pub(super) struct Breaker {
    provider: String,
    limits: Limits,
    clock: SharedClock,
    inner: Mutex<BreakerInner>,
}

#[derive(Debug, Clone, Copy)]
struct Limits {
    failures: u32,
    open: Duration,
    probes: u32,
}

#[derive(Debug)]
struct BreakerInner {
    phase: Phase,
    /// Grows with each change of phase: a call that began in an earlier phase says nothing about this one.
    epoch: u64,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    Closed { failures: u32 },
    Open { until: DateTime<Utc> },
    HalfOpen { probes: u32 },
}

impl Breaker {
    pub(super) fn new(provider: &str, config: &BreakerConfig, clock: SharedClock) -> Arc<Self> {
        let limits = Limits {
            failures: config.failures,
            open: Duration::from_millis(config.open_ms),
            probes: config.probes,
        };

        let inner = BreakerInner {
            phase: Phase::Closed { failures: 0 },
            epoch: 0,
        };

        Arc::new(Self {
            provider: provider.to_owned(),
            limits,
            clock,
            inner: Mutex::new(inner),
        })
    }

    /// Leave to make one call, or how long until it is worth asking again.
    pub(super) fn acquire(self: &Arc<Self>) -> Result<Permit, Duration> {
        let now = self.clock.now();
        let mut inner = self.lock();
        if let Phase::Open { until } = inner.phase {
            match (until - now).to_std() {
                Ok(wait) if !wait.is_zero() => return Err(wait),
                _ => self.enter(&mut inner, Phase::HalfOpen { probes: 0 }),
            }
        }

        if let Phase::HalfOpen { probes } = &mut inner.phase {
            if *probes >= self.limits.probes {
                return Err(self.limits.open);
            }
            *probes += 1;
        }

        Ok(Permit {
            breaker: Arc::clone(self),
            epoch: inner.epoch,
            done: false,
        })
    }

    pub(super) fn state(&self) -> BreakerState {
        let now = self.clock.now();
        match self.lock().phase {
            Phase::Closed { .. } => BreakerState::Closed,
            Phase::Open { until } if until > now => BreakerState::Open,
            Phase::Open { .. } | Phase::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    fn succeeded(&self, epoch: u64) {
        let mut inner = self.lock();
        if inner.epoch != epoch {
            return;
        }

        match &mut inner.phase {
            Phase::Closed { failures } => *failures = 0,
            Phase::HalfOpen { .. } => {
                self.enter(&mut inner, Phase::Closed { failures: 0 });
                tracing::info!("Circuit breaker CLOSED for provider: {}", self.provider);
            }
            Phase::Open { .. } => {}
        }
    }

    fn failed(&self, epoch: u64) {
        let mut inner = self.lock();
        if inner.epoch != epoch {
            return;
        }

        let opens = match &mut inner.phase {
            Phase::Closed { failures } => {
                *failures += 1;
                *failures >= self.limits.failures
            }
            Phase::HalfOpen { .. } => true,
            Phase::Open { .. } => false,
        };

        if opens {
            let until = self.clock.now() + self.limits.open;
            self.enter(&mut inner, Phase::Open { until });
            metrics::counter!("saga_llm_breaker_opened_total", "provider" => self.provider.clone())
                .increment(1);
            tracing::warn!("Circuit breaker OPEN for provider: {}", self.provider);
        }
    }

    /// A call that ended without telling anything about the provider gives its probe back.
    fn abandoned(&self, epoch: u64) {
        let mut inner = self.lock();
        if inner.epoch == epoch
            && let Phase::HalfOpen { probes } = &mut inner.phase
        {
            *probes = probes.saturating_sub(1);
        }
    }

    fn enter(&self, inner: &mut BreakerInner, phase: Phase) {
        inner.phase = phase;
        inner.epoch += 1;

        // 0 closed, 1 half-open, 2 open.
        let level = match phase {
            Phase::Closed { .. } => 0.0,
            Phase::HalfOpen { .. } => 1.0,
            Phase::Open { .. } => 2.0,
        };

        metrics::gauge!("saga_llm_breaker_state", "provider" => self.provider.clone()).set(level);
    }

    fn lock(&self) -> MutexGuard<'_, BreakerInner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave to make one call. Dropped without a word, it counts for nothing.
pub(super) struct Permit {
    breaker: Arc<Breaker>,
    epoch: u64,
    done: bool,
}

impl Permit {
    /// The provider is alive: it answered, if only to say no.
    pub(super) fn succeeded(mut self) {
        self.done = true;
        self.breaker.succeeded(self.epoch);
    }

    pub(super) fn failed(mut self) {
        self.done = true;
        self.breaker.failed(self.epoch);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.done {
            self.breaker.abandoned(self.epoch);
        }
    }
}

#[cfg(test)]
mod tests {
    use kit::clock::ManualClock;

    use super::*;

    fn permit(breaker: &Arc<Breaker>) -> Permit {
        breaker.acquire().expect("leave to call")
    }

    #[test]
    fn a_call_from_before_the_breaker_opened_says_nothing_about_the_probes() {
        let clock = ManualClock::default();
        let config = BreakerConfig {
            failures: 2,
            open_ms: 1_000,
            probes: 2,
        };
        let breaker = Breaker::new("p", &config, clock.shared());
        let (late_failure, late_success) = (permit(&breaker), permit(&breaker));

        permit(&breaker).failed();
        permit(&breaker).failed();

        assert_eq!(breaker.state(), BreakerState::Open);

        clock.advance(Duration::from_secs(1));

        let probe = permit(&breaker);
        late_failure.failed();
        late_success.succeeded();

        assert_eq!(breaker.state(), BreakerState::HalfOpen);

        probe.succeeded();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }
}
