//! Gets a repository: learns what its HEAD is, fetches it into a scratch folder (or opens it in place when it is
//! local), and reads files out of HEAD's tree. Nothing is ever checked out, no program is run, no hook, filter,
//! credential helper or configuration of this machine is consulted, no submodule is fetched.

mod dns;
mod error;
mod fetch;
mod http;
mod tree;

#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use gix::ObjectId;
use kit::sources::{RepoUrl, SourcePolicy};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub use error::SourceError;
pub use tree::{Reader, TreeFile, TreeFileKind, TreeList};

/// Bounds of one fetch.
#[derive(Debug, Clone)]
pub struct FetchLimits {
    /// Most bytes received over the network for one attempt.
    pub max_bytes: u64,
    /// Largest single object that is unpacked: small packs can inflate without end.
    pub max_object_bytes: u64,
    /// Whole duration of one fetch.
    pub timeout: std::time::Duration,
    /// Longest wait for a connection, and for the next bytes of an answer.
    pub idle_timeout: std::time::Duration,
}

/// Fetches repositories under one policy.
#[derive(Debug, Clone)]
pub struct Source {
    policy: SourcePolicy,
    limits: FetchLimits,
    scratch: PathBuf,
}

/// What HEAD is, as the server (or the folder) says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub commit: ObjectId,
    /// The branch HEAD points to; `None` when it is detached.
    pub branch: Option<String>,
}

/// A repository at one commit, readable from any thread. A fetched one is deleted when dropped.
#[derive(Debug)]
pub struct Checkout {
    pub head: Head,
    /// Committer time of HEAD.
    pub committed_at: DateTime<Utc>,
    /// Why the history is not complete, as a sentence; `None` when it is.
    pub shallow: Option<String>,
    repository: gix::ThreadSafeRepository,
    _scratch: Option<TempDir>,
}

impl Source {
    /// `scratch` is made when needed; what is fetched lives below it for as long as its [`Checkout`].
    pub fn new(policy: SourcePolicy, limits: FetchLimits, scratch: PathBuf) -> Self {
        Self {
            policy,
            limits,
            scratch,
        }
    }

    /// Deletes what a killed process left in the scratch folder: whatever was not touched for longer than any fetch
    /// and analysis take. Other processes may be using the younger folders.
    pub fn sweep(&self) {
        let long_ago = 24 * self.limits.timeout.max(std::time::Duration::from_secs(3_600));
        for entry in std::fs::read_dir(&self.scratch).into_iter().flatten().flatten() {
            let age = entry
                .metadata()
                .and_then(|about| about.modified())
                .map(|at| at.elapsed().unwrap_or_default());

            if age.is_ok_and(|age| age > long_ago)
                && let Err(err) = std::fs::remove_dir_all(entry.path())
            {
                tracing::warn!(folder = %entry.path().display(), %err, "a scratch folder could not be deleted");
            }
        }
    }

    /// Learns what HEAD is without fetching anything. For a remote repository: two small requests.
    ///
    /// # Errors
    /// See [`SourceError`]; [`SourceError::Empty`] when there is no commit yet.
    pub async fn head(&self, url: &RepoUrl, cancel: &CancellationToken) -> Result<Head, SourceError> {
        match url.local_path().cloned() {
            Some(path) => {
                self.local(path, cancel, |path| Ok(fetch::open_local(path)?.head))
                    .await
            }
            None => fetch::remote_head(&self.policy, &self.limits, &self.scratch, url, cancel).await,
        }
    }

    /// Fetches HEAD with its history and the tags on it. When that is more than the limit on bytes, only the newest
    /// commit is fetched, and [`Checkout::shallow`] says so. A local repository is opened in place, read-only.
    ///
    /// # Errors
    /// See [`SourceError`]. Cancelling answers within a second.
    pub async fn fetch(&self, url: &RepoUrl, cancel: &CancellationToken) -> Result<Checkout, SourceError> {
        match url.local_path().cloned() {
            Some(path) => self.local(path, cancel, fetch::open_local).await,
            None => fetch::remote(&self.policy, &self.limits, &self.scratch, url, cancel).await,
        }
    }

    async fn local<T: Send + 'static>(
        &self,
        path: PathBuf,
        cancel: &CancellationToken,
        open: impl FnOnce(&std::path::Path) -> Result<T, SourceError> + Send + 'static,
    ) -> Result<T, SourceError> {
        let task = tokio::task::spawn_blocking(move || open(&path));
        tokio::select! {
            () = cancel.cancelled() => Err(SourceError::Cancelled),
            done = task => done.unwrap_or_else(|err| Err(SourceError::Internal(err.to_string()))),
        }
    }
}
