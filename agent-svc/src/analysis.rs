//! The door to analysis: learns what HEAD is, answers from the cache when that commit is known, fetches it otherwise and
//! has it understood. What is understood, and how, is the business of `repo`.

pub mod config;
mod github;
#[cfg(test)]
mod tests;

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use kit::{
    blobs::{BlobError, Blobs},
    clock::SharedClock,
    error::{ErrorKind, FieldViolation, ServiceError},
    sources::{RepoUrl, SourcePolicy},
};
use repo::analysis::assemble;
use repo::analysis::model::{Analysis, GithubMetadata, Repo, VERSION};
use repo::{Checkout, CheckoutError, Head};
use tokio_util::sync::CancellationToken;

pub use self::config::AnalysisConfig;
use self::github::Github;
use crate::source::{Source, SourceError};

/// A cached analysis larger than this (unpacked) is not ours.
const MAX_CACHED_BYTES: usize = 256 * 1024 * 1024;

/// Analyses repositories. Cheap to clone.
#[derive(Clone)]
pub struct Analyzer {
    source: Source,
    config: Arc<AnalysisConfig>,
    blobs: Blobs,
    github: Option<Github>,
    clock: SharedClock,
}

impl std::fmt::Debug for Analyzer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Analyzer")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// A finished analysis.
#[derive(Debug, Clone)]
pub struct Analyzed {
    pub analysis: Analysis,
    /// Blob key under which it lies.
    pub key: String,
    /// It was made before, for this commit.
    pub cached: bool,
}

/// Why there is no analysis.
#[derive(Debug, thiserror::Error)]
pub enum AnalyzeError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("the analysis could not be stored or read")]
    Cache(#[from] BlobError),
    #[error("the analysis failed: {0}")]
    Internal(String),
}

impl From<CheckoutError> for AnalyzeError {
    fn from(err: CheckoutError) -> Self {
        match err {
            CheckoutError::Internal(fault) => Self::Internal(fault),
            other => Self::Source(other.into()),
        }
    }
}

impl ServiceError for AnalyzeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Source(err) => err.kind(),
            Self::Cache(_) => ErrorKind::Unavailable,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Source(err) => err.reason(),
            Self::Cache(_) => "ANALYSIS_STORE_UNAVAILABLE",
            Self::Internal(_) => "ANALYSIS_FAILED",
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Source(err) => err.public_message(),
            Self::Cache(_) => "the store for analyses does not answer".into(),
            Self::Internal(_) => {
                "the repository could not be analysed because of a fault of this server".into()
            }
        }
    }

    fn fields(&self) -> Vec<FieldViolation> {
        match self {
            Self::Source(err) => err.fields(),
            Self::Cache(_) | Self::Internal(_) => Vec::new(),
        }
    }
}

impl AnalyzeError {
    /// Whether trying again a little later may succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Source(err) => err.is_transient(),
            Self::Cache(_) => true,
            Self::Internal(_) => false,
        }
    }
}

impl Analyzer {
    /// Scratch repositories live below `data_dir/scratch`.
    pub fn new(
        policy: SourcePolicy,
        config: AnalysisConfig,
        blobs: Blobs,
        data_dir: &Path,
        clock: SharedClock,
    ) -> Self {
        let source = Source::new(policy, config.fetch_limits(), data_dir.join("scratch"));
        source.sweep();

        let github = Github::new(&config);
        Self {
            source,
            config: Arc::new(config),
            blobs,
            github,
            clock,
        }
    }

    /// Analyses a repository, or finds the analysis of its newest commit. `progress` is told what is being done.
    ///
    /// # Errors
    /// See [`SourceError`] for what can be wrong with a repository. Cancelling answers within a second.
    pub async fn analyze(
        &self,
        url: &RepoUrl,
        progress: Arc<dyn Fn(&str) + Send + Sync>,
        cancel: &CancellationToken,
    ) -> Result<Analyzed, AnalyzeError> {
        progress("Asking for the newest commit");

        let head = self.source.head(url, cancel).await?;
        let key = key_of(url, &head);
        if let Some(analysis) = self.load(&key).await? {
            progress("This commit was analysed before");
            return Ok(Analyzed {
                analysis,
                key,
                cached: true,
            });
        }

        progress(&format!("Fetching {}", url.name()));

        let (checkout, github) = tokio::join!(self.source.fetch(url, cancel), self.github_metadata(url));
        let checkout = checkout?;
        let key = key_of(url, &checkout.head);
        let repo = repo_of(url, &checkout);
        let (limits, stop) = (self.config.read_limits(self.clock.now()), cancel.clone());
        let task = tokio::task::spawn_blocking(move || {
            assemble(&checkout, repo, github, &limits, progress.as_ref(), &stop)
        });
        let analysis = task
            .await
            .map_err(|err| AnalyzeError::Internal(err.to_string()))??;
        self.store(&key, &analysis).await?;

        Ok(Analyzed {
            analysis,
            key,
            cached: false,
        })
    }

    /// The analysis under a key; `None` when there is none, or one of another version.
    ///
    /// # Errors
    /// [`AnalyzeError::Cache`] when the blob store fails.
    pub async fn load(&self, key: &str) -> Result<Option<Analysis>, AnalyzeError> {
        let Some(packed) = self.blobs.read_patiently(key).await? else {
            return Ok(None);
        };
        let unpack = move || {
            let text = zstd::bulk::decompress(
                &packed,
                MAX_CACHED_BYTES.min(packed.len().saturating_mul(200).max(1 << 20)),
            )
            .ok()?;
            serde_json::from_slice::<Analysis>(&text).ok()
        };
        let analysis = tokio::task::spawn_blocking(unpack).await.ok().flatten();

        Ok(analysis.filter(|analysis| analysis.version == VERSION))
    }

    async fn store(&self, key: &str, analysis: &Analysis) -> Result<(), AnalyzeError> {
        let internal = |err: &dyn std::fmt::Display| AnalyzeError::Internal(err.to_string());
        let text = serde_json::to_vec(analysis).map_err(|err| internal(&err))?;
        let packed = zstd::bulk::compress(&text, 3).map_err(|err| internal(&err))?;
        self.blobs
            .put_patiently(key, Bytes::from(packed), "application/zstd")
            .await?;
        Ok(())
    }

    async fn github_metadata(&self, url: &RepoUrl) -> Option<GithubMetadata> {
        let github = self.github.as_ref().filter(|_| url.host() == "github.com")?;
        github.metadata(url.owner(), url.repo()).await
    }
}

fn host_of(url: &RepoUrl) -> &str {
    if url.local_path().is_some() {
        "local"
    } else {
        url.host()
    }
}

/// `analysis/{host}/{owner}/{repo}/{commit}.v1.json.zst`; what a blob key cannot hold becomes a dash.
fn key_of(url: &RepoUrl, head: &Head) -> String {
    let plain = |text: &str| -> String {
        text.chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || "._-/".contains(c) {
                    c
                } else {
                    '-'
                }
            })
            .collect()
    };
    let (host, owner, repo) = (plain(host_of(url)), plain(url.owner()), plain(url.repo()));

    format!(
        "analysis/{host}/{owner}/{repo}/{}.v{VERSION}.json.zst",
        head.commit
    )
}

/// A repository on disk is called as its origin calls it, whatever its folder is named.
fn repo_of(url: &RepoUrl, checkout: &Checkout) -> Repo {
    let known = checkout.known_as.clone().unwrap_or_default();

    Repo {
        host: host_of(url).to_owned(),
        owner: known.owner.unwrap_or_else(|| url.owner().to_owned()),
        name: known.name.unwrap_or_else(|| url.repo().to_owned()),
        url: url.as_str().to_owned(),
        commit: checkout.head.commit.to_string(),
        committed_at: checkout.committed_at,
        default_branch: checkout.head.branch.clone(),
        description: None,
    }
}
