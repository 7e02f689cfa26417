//! A repository at one commit, opened read-only: nothing is ever checked out, no program is run, no hook, filter,
//! credential helper or configuration of this machine is consulted.

pub mod branches;
mod name;
mod tree;

use std::path::Path;

use chrono::{DateTime, Utc};
use gix::ObjectId;
use tempfile::TempDir;

pub use self::name::KnownAs;
pub use self::tree::{Reader, TreeFile, TreeFileKind, TreeList};

/// Why a repository could not be read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CheckoutError {
    #[error("there is no git repository here")]
    NotARepository,
    #[error("the repository has no commit yet")]
    Empty,
    #[error("{}", branches::missing(head, branches))]
    HeadMissing {
        /// The branch that HEAD names.
        head: String,
        /// Those that there are, sorted.
        branches: Vec<String>,
    },
    #[error("the repository is damaged: {0}")]
    Damaged(String),
    #[error("reading the repository was cancelled")]
    Cancelled,
    /// A fault of this program.
    #[error("the repository could not be understood: {0}")]
    Internal(String),
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
    /// What a repository on disk is called elsewhere; `None` for a fetched one.
    pub known_as: Option<KnownAs>,
    repository: gix::ThreadSafeRepository,
    _scratch: Option<TempDir>,
}

/// A folder's owner decides what lies in it; this only keeps one object from taking all memory.
const LOCAL_OBJECT_BYTES: u64 = 1024 * 1024 * 1024;

impl Checkout {
    /// Opens in place the repository that holds a folder, looking upwards as git does.
    ///
    /// # Errors
    /// See [`CheckoutError`]; [`CheckoutError::Empty`] when there is no commit yet.
    pub fn open(path: &Path) -> Result<Self, CheckoutError> {
        let (found, _) = gix::discover::upwards(path).map_err(|_| CheckoutError::NotARepository)?;
        let repository = open_options(LOCAL_OBJECT_BYTES)
            .open(found.as_ref())
            .map_err(|_| CheckoutError::NotARepository)?;
        let local = repository.to_thread_local();
        let head = branches::head(&local)?;
        let shallow = local.is_shallow().unwrap_or(false).then(|| {
            "The local copy does not hold the whole history, so only the commits that are here were counted."
                .to_owned()
        });
        let known_as = name::of(&local, path);

        let mut checkout = Self::at(repository, head, shallow, None)?;
        checkout.known_as = Some(known_as);

        Ok(checkout)
    }

    /// A repository that was fetched into a folder, which is deleted with the checkout.
    ///
    /// # Errors
    /// [`CheckoutError::Damaged`] when the commit of HEAD can't be read.
    pub fn of_fetched(
        repository: gix::ThreadSafeRepository,
        head: Head,
        folder: TempDir,
    ) -> Result<Self, CheckoutError> {
        Self::at(repository, head, None, Some(folder))
    }

    fn at(
        repository: gix::ThreadSafeRepository,
        head: Head,
        shallow: Option<String>,
        scratch: Option<TempDir>,
    ) -> Result<Self, CheckoutError> {
        let damaged = |err: &dyn std::fmt::Display| CheckoutError::Damaged(err.to_string());
        let local = repository.to_thread_local();
        let commit = local.find_commit(head.commit).map_err(|err| damaged(&err))?;
        let seconds = commit.time().map_err(|err| damaged(&err))?.seconds;
        let committed_at: DateTime<Utc> = DateTime::from_timestamp(seconds, 0).unwrap_or_default();

        drop(commit);

        Ok(Self {
            head,
            committed_at,
            shallow,
            known_as: None,
            repository,
            _scratch: scratch,
        })
    }
}

/// No system, user or environment configuration; bounded objects.
pub fn open_options(max_object_bytes: u64) -> gix::open::Options {
    gix::open::Options::isolated().config_overrides([
        format!("gitoxide.objects.allocLimit={max_object_bytes}"),
        "pack.threads=2".to_owned(),
    ])
}
