//! Claims runs, keeps their leases, and lets go of them in good order. It decides nothing about a run; the engine does.

mod pool;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::Span;

use crate::engine::Env;
use crate::notify::{Notify, Signal};
use crate::registry::Graphs;
use crate::scope::Now;
use crate::spill::Spill;
use crate::store::{Claimed, Retention, Store};
use pool::WorkerPool;

/// How a worker works.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkerConfig {
    /// Unique among all workers and their restarts, for example host, process id and a random part.
    pub name: String,
    /// Runs at once.
    pub concurrency: usize,
    /// Of them, for one share of those who are no guests.
    pub slots_of_share: usize,
    /// For all guests together, and for one share of theirs.
    pub slots_of_guests: usize,
    pub slots_of_guest_share: usize,
    /// Another worker may take a run when its lease was not prolonged for so long.
    pub lease: Duration,
    /// How often leases are prolonged.
    pub beat: Duration,
    /// How often to look for work that nobody told us about.
    pub poll: Duration,
    /// How often to look for cancellations that nobody told us about, for pauses, and for questions whose time is over.
    pub cancel_poll: Duration,
    /// How long nodes may go on after a cancellation.
    pub cancel_grace: Duration,
    /// How long steps may go on after the first shutdown signal.
    pub shutdown_grace: Duration,
    /// How much history is kept, and how often the rest is deleted.
    pub retention: Retention,
    pub expire_every: Duration,
    /// A run that took so many workers with it in a row is given up.
    pub max_lost: u32,
}

impl WorkerConfig {
    /// Four runs at once, whosever they are; leases of 5 s.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            concurrency: 4,
            slots_of_share: usize::MAX,
            slots_of_guests: usize::MAX,
            slots_of_guest_share: usize::MAX,
            lease: Duration::from_secs(5),
            beat: Duration::from_millis(1500),
            poll: Duration::from_secs(1),
            cancel_poll: Duration::from_millis(500),
            cancel_grace: Duration::from_millis(300),
            shutdown_grace: Duration::from_secs(20),
            retention: Retention::default(),
            expire_every: Duration::from_secs(60),
            max_lost: 20,
        }
    }
}

/// What a worker works with.
#[derive(Clone)]
pub struct WorkerDeps {
    pub store: Arc<dyn Store>,
    pub notify: Arc<dyn Notify>,
    pub spill: Option<Arc<dyn Spill>>,
    pub now: Now,
    pub graphs: Graphs,
}

impl fmt::Debug for WorkerDeps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerDeps")
            .field("graphs", &self.graphs)
            .finish_non_exhaustive()
    }
}

/// The span that a worker's work on a run is in, for as long as it holds the run.
pub type RunSpan = fn(&Claimed) -> Span;

/// Runs graphs until it is told to stop.
#[derive(Debug)]
pub struct Worker {
    deps: WorkerDeps,
    config: WorkerConfig,
    span: RunSpan,
}

impl Worker {
    /// Nothing happens before [`Worker::run`].
    pub fn new(deps: WorkerDeps, config: WorkerConfig) -> Self {
        Self {
            deps,
            config,
            span: |_| Span::none(),
        }
    }

    /// The same, with the work on each run in a span that `span` makes.
    #[must_use]
    pub fn in_spans(self, span: RunSpan) -> Self {
        Self { span, ..self }
    }

    /// Works until `soft`, then lets running steps finish for the grace and hands every run back; `hard` drops
    /// everything at once. Dropping this future is like `hard`: the leases end by themselves.
    pub async fn run(self, soft: CancellationToken, hard: CancellationToken) {
        let Self { deps, config, span } = self;
        let mut wake_ups = deps.notify.wake_ups(&deps.graphs.names());
        let env = Env {
            store: deps.store,
            notify: deps.notify,
            spill: deps.spill,
            now: deps.now,
            cancel_grace: config.cancel_grace,
            keep_last: u64::from(config.retention.keep_last),
            max_lost: config.max_lost,
        };
        let mut pool = WorkerPool::new(Arc::new(env), (deps.graphs, span), config.clone(), soft.clone());
        let mut beat = ticks(config.beat);
        let mut cancel_poll = ticks(config.cancel_poll);
        let mut expire = ticks(config.expire_every);
        let mut give_up = None;

        loop {
            if give_up.is_none() {
                if !soft.is_cancelled() && pool.claim().await {
                    wake_ups.settle(pool.has_room());
                }
            } else if pool.is_idle() {
                return;
            }

            let next_look = pool.next_look();
            tokio::select! {
                () = hard.cancelled() => return,
                () = soft.cancelled(), if give_up.is_none() => {
                    wake_ups.refuse_work();
                    give_up = Some(Instant::now() + config.shutdown_grace);
                }
                () = sleep_until(give_up.unwrap_or_else(Instant::now)), if give_up.is_some() => {
                    return pool.hand_back().await;
                }
                () = pool.one_ends(), if !pool.is_idle() => {}
                signal = wake_ups.next() => match signal {
                    Signal::Work => pool.look_for_work(),
                    Signal::Cancel(run) => pool.cancel(run),
                    Signal::Missed => {
                        pool.look_for_work();
                        pool.poll_steered().await;
                    }
                },
                _ = beat.tick() => pool.beat().await,
                _ = cancel_poll.tick() => {
                    pool.poll_steered().await;
                    pool.close_overdue().await;
                }
                () = sleep_until(next_look), if give_up.is_none() => pool.look_for_work(),
                _ = expire.tick() => pool.expire().await,
            }
        }
    }
}

fn ticks(every: Duration) -> tokio::time::Interval {
    let mut ticks = interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancellation_that_nobody_told_us_about_is_over_within_a_second() {
        let config = WorkerConfig::new("w");

        assert!(config.cancel_poll + config.cancel_grace < Duration::from_secs(1));
    }
}
