//! The `story`, `codeforge` and `worker` sections of the configuration. Every default lives in `deploy/config/saga.toml`.

use std::path::PathBuf;
use std::time::Duration;

use flow::store::Retention;
use kit::config::Seconds;
use serde::Deserialize;
use toolchain::ToolchainLimits;

/// `[story]`: how a story is made.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoryConfig {
    /// Further attempts of a step after a failure that may pass; 2 by contract.
    pub max_retries: u32,
    /// Seconds between two attempts of a step; 60 by contract.
    pub retry_delay_seconds: Seconds,
    /// Seconds after which a run stops on its own and says so; 3300 by contract.
    pub soft_limit_seconds: Seconds,
    /// Seconds after which a run is ended whatever it does; 3600 by contract.
    pub hard_limit_seconds: Seconds,
    /// Chapters of one story written at the same time.
    pub chapters_at_once: usize,
    /// Audio chunks of one story spoken at the same time.
    pub chunks_at_once: usize,
    /// Milliseconds between two looks at the log while a run is watched and the bus is silent.
    pub watch_poll_milliseconds: u64,
    /// Address of GitHub's API, to which projects are exported.
    pub github_api_url: String,
}

impl StoryConfig {
    pub(crate) fn watch_poll(&self) -> Duration {
        Duration::from_millis(self.watch_poll_milliseconds)
    }
}

/// `[codeforge]`: how long agents may take over a project.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeForgeConfig {
    /// Seconds that one agent may take; 300 by contract.
    pub agent_timeout_seconds: Seconds,
    /// Seconds after which a job of one agent stops on its own and says so; 360 by contract. A pipeline has as much for each agent.
    pub soft_limit_seconds: Seconds,
    /// Seconds after which it is ended whatever it does; 420 by contract.
    pub hard_limit_seconds: Seconds,
    /// How often a pipeline writes the code before it stops mending it; 5 by contract.
    pub max_iterations: u32,
    /// Hours that a job waits for answers.
    pub answer_hours: u32,
    pub toolchain: ToolchainConfig,
}

/// `[codeforge.toolchain]`: whether QA runs compiler, build and tests of projects, and how much of the machine they get.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolchainConfig {
    pub enabled: bool,
    /// A `node_modules` with the packages of projects.
    pub modules: PathBuf,
    /// Seconds for all three together.
    pub seconds: Seconds,
    /// Of data, for one process.
    pub memory_megabytes: u64,
    /// At the same time, threads among them.
    pub processes: u64,
    /// That a tool may say.
    pub output_kilobytes: usize,
    /// Of what they write, in memory.
    pub folder_megabytes: u64,
    /// Projects at the same time in this process.
    pub at_once: usize,
}

impl ToolchainConfig {
    pub(crate) fn limits(&self) -> ToolchainLimits {
        ToolchainLimits {
            time: *self.seconds,
            memory: self.memory_megabytes << 20,
            processes: self.processes,
            output: self.output_kilobytes << 10,
            folder: self.folder_megabytes << 20,
            at_once: self.at_once,
        }
    }
}

/// `[worker]`: how runs are picked up and how long their history is kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerConfig {
    /// Runs worked on at the same time in this process; 4 by contract.
    pub concurrency: usize,
    /// Of them, for one account; 0 is all but one.
    pub slots_per_account: usize,
    /// Of them, for all guests together; 0 is all but one. The guests of one network get half of them.
    pub slots_for_guests: usize,
    /// Seconds without a heartbeat after which another worker takes a run over.
    pub lease_seconds: Seconds,
    /// Milliseconds between two looks for work that nobody announced.
    pub poll_milliseconds: u64,
    /// Seconds that a running step may go on after the first shutdown signal.
    pub shutdown_grace_seconds: Seconds,
    /// Newest checkpoints kept of every run, whatever their age.
    pub keep_checkpoints: u32,
    /// Hours after which the older checkpoints of an ended run are deleted; 24 by contract.
    pub history_hours: u32,
}

impl WorkerConfig {
    pub(crate) fn poll(&self) -> Duration {
        Duration::from_millis(self.poll_milliseconds)
    }

    /// `name` must be unique among all workers and their restarts.
    pub(crate) fn engine(&self, name: String) -> flow::WorkerConfig {
        let lease = self.lease_seconds.max(Duration::from_secs(1));

        let all_but_one = self.concurrency.saturating_sub(1).max(1);
        let or_all_but_one = |slots: usize| if slots == 0 { all_but_one } else { slots };
        let slots_of_guests = or_all_but_one(self.slots_for_guests);

        flow::WorkerConfig {
            concurrency: self.concurrency,
            slots_of_share: or_all_but_one(self.slots_per_account),
            slots_of_guests,
            slots_of_guest_share: slots_of_guests.div_ceil(2),
            lease,
            // Three chances before the lease ends.
            beat: lease.mul_f64(0.3),
            poll: self.poll(),
            shutdown_grace: *self.shutdown_grace_seconds,
            retention: Retention {
                keep_last: self.keep_checkpoints,
                max_age: chrono::Duration::hours(self.history_hours.into()),
            },
            ..flow::WorkerConfig::new(name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Embedded {
        story: StoryConfig,
        codeforge: CodeForgeConfig,
        worker: WorkerConfig,
    }

    #[test]
    fn the_embedded_defaults_are_the_contracts() {
        let embedded: Embedded = toml::from_str(include_str!("../../deploy/config/saga.toml")).unwrap();
        let (story, forge, worker) = (embedded.story, embedded.codeforge, embedded.worker);
        assert_eq!(
            (story.max_retries, story.retry_delay_seconds),
            (2, Seconds::new(60))
        );
        assert_eq!(
            (story.soft_limit_seconds, story.hard_limit_seconds),
            (Seconds::new(3300), Seconds::new(3600))
        );
        assert_eq!(
            (forge.agent_timeout_seconds, forge.max_iterations),
            (Seconds::new(300), 5)
        );
        assert!(!forge.toolchain.enabled, "nothing of a project is run unasked");
        assert_eq!(
            (forge.soft_limit_seconds, forge.hard_limit_seconds),
            (Seconds::new(360), Seconds::new(420))
        );
        assert_eq!((worker.concurrency, worker.history_hours), (4, 24));
    }
}
