//! Gets a repository: learns what its HEAD is, fetches it into a scratch folder, or opens it in place when it is local.
//! Nothing is ever checked out, no program is run, no hook, filter,
//! credential helper or configuration of this machine is consulted, no submodule is fetched.

mod dns;
mod error;
mod fetch;
mod http;
mod meter;

#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use kit::sources::{RepoUrl, SourcePolicy};
use repo::{Checkout, Head};
use tokio_util::sync::CancellationToken;

pub use error::SourceError;

/// Bounds of one fetch.
#[derive(Debug, Clone)]
pub struct FetchLimits {
    /// Most bytes received over the network for one attempt.
    pub max_bytes: u64,
    /// Largest single object that is unpacked: small packs can inflate without end.
    pub max_object_bytes: u64,
    /// Most bytes that a whole pack unpacks to, objects written as differences included. Small packs have less: 256 MiB
    /// and a thousand times their own size.
    pub max_unpacked_bytes: u64,
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
                self.local(path, cancel, |path| Ok(Checkout::open(path)?.head))
                    .await
            }
            None => fetch::remote_head(&self.policy, &self.limits, &self.scratch, url, cancel).await,
        }
    }

    /// Fetches HEAD with its history and the tags on it. When that is more than a limit on bytes, only the newest
    /// commit is fetched, and [`Checkout::shallow`] says so. A local repository is opened in place, read-only.
    ///
    /// # Errors
    /// See [`SourceError`]. Cancelling answers within a second.
    pub async fn fetch(&self, url: &RepoUrl, cancel: &CancellationToken) -> Result<Checkout, SourceError> {
        match url.local_path().cloned() {
            Some(path) => self.local(path, cancel, |path| Ok(Checkout::open(path)?)).await,
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
