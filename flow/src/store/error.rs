//! Why the store refused or could not answer. Knows nothing of nodes: what one makes of it stands in its context.

use super::rows::RunStatus;
use crate::error::Cause;

/// Why the store refused or could not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The fence moved on: another worker holds the run, or it has ended. Nothing was changed.
    #[error("the run is held by another worker")]
    Fenced,
    /// No such run, or not this owner's.
    #[error("no such run")]
    NotFound,
    /// No such checkpoint, or it has expired.
    #[error("no such checkpoint")]
    NoCheckpoint,
    /// The idempotency key was used for a different request.
    #[error("the idempotency key was used for a different request")]
    IdempotencyMismatch,
    /// The run waits, but not for this question.
    #[error("the question is not open")]
    NoQuestion,
    /// The run's status does not allow it.
    #[error("the run is {status}")]
    WrongStatus { status: RunStatus },
    /// Recorded bytes that this version can not read.
    #[error("a record of the run can not be read")]
    Unreadable(#[source] Cause),
    /// The database or the place for large states did not answer.
    #[error("the run store is not available")]
    Unavailable(#[source] Cause),
}

impl StoreError {
    /// The storage failed below us.
    pub fn unavailable(cause: impl Into<Cause>) -> Self {
        Self::Unavailable(cause.into())
    }

    /// What was read makes no sense.
    pub fn unreadable(cause: impl Into<Cause>) -> Self {
        Self::Unreadable(cause.into())
    }
}
