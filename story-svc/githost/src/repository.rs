//! What a host brings: the objects that are there, and what a push means.

use std::error::Error;

use async_trait::async_trait;
use gix_hash::ObjectId;

use crate::{graph::CommitLinks, object::StoredObject, receive::Push};

/// Something of ours failed. Its cause is for the log, never for a client.
#[derive(Debug, thiserror::Error)]
#[error("the repository could not be read or written")]
pub struct Failure(#[source] pub Box<dyn Error + Send + Sync>);

impl Failure {
    /// A failure that has no other cause than what it says.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// Why a request is not answered as it was meant.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The request is none of the protocol: what is wrong with it, for its sender.
    #[error("{0}")]
    Malformed(String),
    /// Ours.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Why a push that is sound is not taken.
#[derive(Debug, thiserror::Error)]
pub enum PushRefusal {
    /// `main` is no longer where the push begins.
    #[error("main has moved on")]
    Moved,
    /// A rule of the project's: a sentence for who pushes.
    #[error("{0}")]
    Rule(String),
    /// Ours.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// What a client may write.
pub trait FileRules: Send + Sync {
    /// Whether clients write this path at all; whatever else is there has to stay as it is.
    fn is_writable(&self, path: &str) -> bool;

    /// Whether this content may stand at this path.
    ///
    /// # Errors
    ///
    /// What is wrong, as a phrase that follows the path and a colon.
    fn check_file(&self, path: &str, content: &[u8]) -> Result<(), String>;
}

/// One project's history. Objects are never changed or removed.
#[async_trait]
pub trait Repository: FileRules {
    /// The newest commit of `main`; none when nothing was ever committed.
    async fn main(&self) -> Result<Option<ObjectId>, Failure>;

    /// All commits, in any order.
    async fn commits(&self) -> Result<Vec<CommitLinks>, Failure>;

    /// Those of these objects that are there, in any order.
    async fn read(&self, ids: &[ObjectId]) -> Result<Vec<StoredObject>, Failure>;

    /// Takes a push, wholly or not at all. Everything in it has been checked against what [`Self::main`] said; that `main` is still
    /// there is for the host to hold. A sentence for who pushed, where there is something to be said.
    async fn take_push(&self, push: Push) -> Result<Option<String>, PushRefusal>;
}
