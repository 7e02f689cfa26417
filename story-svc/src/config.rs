//! The `story` and `worker` sections of the configuration. Every default lives in `deploy/config/saga.toml`.

use std::time::Duration;

use serde::Deserialize;

/// `[story]`: how a story is made.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoryConfig {
    /// Further attempts of a step after a failure that may pass; 2 by contract.
    pub max_retries: u32,
    /// Seconds between two attempts of a step; 60 by contract.
    pub retry_delay_seconds: u64,
    /// Seconds after which a run stops on its own and says so; 3300 by contract.
    pub soft_limit_seconds: u64,
    /// Seconds after which a run is ended whatever it does; 3600 by contract.
    pub hard_limit_seconds: u64,
    /// Chapters of one story written at the same time.
    pub chapters_at_once: usize,
    /// Audio chunks of one story spoken at the same time.
    pub chunks_at_once: usize,
    /// Milliseconds between two looks at the log while a run is watched and the bus is silent.
    pub watch_poll_milliseconds: u64,
}

impl StoryConfig {
    pub(crate) fn retry_delay(&self) -> Duration {
        Duration::from_secs(self.retry_delay_seconds)
    }

    pub(crate) fn soft_limit(&self) -> Duration {
        Duration::from_secs(self.soft_limit_seconds)
    }

    pub(crate) fn hard_limit(&self) -> Duration {
        Duration::from_secs(self.hard_limit_seconds)
    }

    pub(crate) fn watch_poll(&self) -> Duration {
        Duration::from_millis(self.watch_poll_milliseconds)
    }
}

/// `[worker]`: how runs are picked up.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerConfig {
    /// Runs worked on at the same time in this process; 4 by contract.
    pub concurrency: usize,
    /// Seconds a claim holds without a heartbeat before another worker may take the run over.
    pub lease_seconds: u64,
    /// Milliseconds between two looks for work when nothing wakes the worker.
    pub poll_milliseconds: u64,
    /// Runs of one owner worked on at the same time in this process, so that nobody takes every place.
    pub per_owner: usize,
}
