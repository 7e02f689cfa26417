//! `[analysis]`: bounds of fetching and reading one repository, and where GitHub's metadata is asked for.

use std::time::Duration;

use chrono::{DateTime, Utc};
use repo::analysis::ReadLimits;
use secrecy::SecretString;
use serde::Deserialize;

use crate::source::FetchLimits;

/// `[analysis]`. Which hosts may be fetched is `[sources]`, which every service shares.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnalysisConfig {
    /// Most bytes received for one repository; beyond it only the newest commit is fetched.
    pub max_bytes: u64,
    /// Most bytes that a pack unpacks to, objects written as differences included.
    pub max_unpacked_bytes: u64,
    pub fetch_timeout_seconds: u64,
    /// Longest silence of a server.
    pub idle_timeout_seconds: u64,
    /// Most files read of one repository.
    pub max_files: u64,
    /// Larger files are left out.
    pub max_file_bytes: u64,
    /// Most bytes of text read of one repository.
    pub max_total_bytes: u64,
    /// Time for parsing one file; beyond it the file is counted but its definitions are unknown.
    pub parse_timeout_milliseconds: u64,
    /// Most commits walked.
    pub max_commits: u64,
    /// Threads that read files.
    pub threads: usize,
    /// GitHub's REST API; empty turns it off.
    pub github_api_url: String,
    /// Optional, for higher limits.
    pub github_token: SecretString,
    pub github_timeout_seconds: u64,
}

/// No file worth reading is larger, and no memory should be spent on one that is.
const MAX_OBJECT_BYTES: u64 = 256 * 1024 * 1024;

impl AnalysisConfig {
    pub fn fetch_limits(&self) -> FetchLimits {
        FetchLimits {
            max_bytes: self.max_bytes,
            max_object_bytes: MAX_OBJECT_BYTES,
            max_unpacked_bytes: self.max_unpacked_bytes,
            timeout: Duration::from_secs(self.fetch_timeout_seconds),
            idle_timeout: Duration::from_secs(self.idle_timeout_seconds),
        }
    }

    /// `latest`: now; later dates come from wrong clocks.
    pub fn read_limits(&self, latest: DateTime<Utc>) -> ReadLimits {
        ReadLimits {
            max_files: self.max_files,
            max_file_bytes: self.max_file_bytes,
            max_total_bytes: self.max_total_bytes,
            parse_timeout: Duration::from_millis(self.parse_timeout_milliseconds),
            max_commits: self.max_commits,
            threads: self.threads,
            latest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_configuration_has_every_key() {
        let defaults: toml::Table = include_str!("../../../deploy/config/saga.toml")
            .parse()
            .expect("TOML");
        let config: AnalysisConfig = defaults["analysis"].clone().try_into().expect("the section fits");

        assert!(config.max_file_bytes < config.max_total_bytes && config.threads > 0);
        assert_eq!(
            config.fetch_limits().timeout.as_secs(),
            config.fetch_timeout_seconds
        );
    }
}
