//! Why a repository could not be read, in words for the person who asked for it.

use std::time::Duration;

use kit::{
    error::{ErrorKind, FieldViolation, ServiceError},
    sources::RepoUrlError,
};
use repo::CheckoutError;

/// Why a repository could not be read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SourceError {
    /// The URL, a redirect target or a resolved address is not allowed.
    #[error(transparent)]
    Refused(#[from] RepoUrlError),
    #[error("there is no git repository at this address")]
    NotARepository,
    #[error("the repository was not found, or it is private")]
    NotFound,
    #[error(
        "the repository is private or does not exist: its server asks for a password, and none is ever sent"
    )]
    NeedsAuth,
    #[error("the repository has no commit yet, so there is nothing to tell about it")]
    Empty,
    #[error("{0}")]
    HeadMissing(String),
    #[error("the host `{host}` was not found")]
    UnknownHost { host: String },
    #[error("the server sent the request around in circles: more than {limit} redirects")]
    TooManyRedirects { limit: usize },
    #[error("no connection to `{host}` could be made")]
    Unreachable { host: String },
    #[error("the server of the repository answered with status {status}")]
    Status { status: u16 },
    #[error("fetching the repository took longer than {} seconds", limit.as_secs())]
    TimedOut { limit: Duration },
    #[error("the server of the repository stopped answering for {} seconds", idle.as_secs())]
    Stalled { idle: Duration },
    #[error("the repository is larger than the limit of {} MiB, even without its history", limit / 1_048_576)]
    TooLarge { limit: u64 },
    #[error("the repository unpacks to more than the limit of {} MiB", limit / 1_048_576)]
    UnpacksTooLarge { limit: u64 },
    #[error("the repository holds a single file larger than {} MiB", limit / 1_048_576)]
    ObjectTooLarge { limit: u64 },
    #[error("the connection broke while the repository was being fetched")]
    Cut(String),
    #[error("the server does not speak git's protocol as expected")]
    Protocol(String),
    #[error("the repository is damaged: part of its content cannot be read")]
    Damaged(String),
    #[error("fetching the repository was cancelled")]
    Cancelled,
    /// A fault of this machine; the text is for the log.
    #[error("the repository could not be stored: {0}")]
    Internal(String),
}

impl From<CheckoutError> for SourceError {
    fn from(err: CheckoutError) -> Self {
        match err {
            CheckoutError::NotARepository => Self::NotARepository,
            CheckoutError::Empty => Self::Empty,
            CheckoutError::HeadMissing { .. } => Self::HeadMissing(err.to_string()),
            CheckoutError::Damaged(what) => Self::Damaged(what),
            CheckoutError::Cancelled => Self::Cancelled,
            CheckoutError::Internal(fault) => Self::Internal(fault),
        }
    }
}

impl SourceError {
    /// Whether the same fetch may succeed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Status { status } => *status == 429 || *status >= 500,
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Stalled { .. } | Self::Cut(_) => true,
            Self::Internal(_) => true,
            Self::Refused(_)
            | Self::NotARepository
            | Self::NotFound
            | Self::NeedsAuth
            | Self::Empty
            | Self::HeadMissing(_)
            | Self::UnknownHost { .. }
            | Self::TooManyRedirects { .. }
            | Self::TooLarge { .. }
            | Self::UnpacksTooLarge { .. }
            | Self::ObjectTooLarge { .. }
            | Self::Protocol(_)
            | Self::Damaged(_)
            | Self::Cancelled => false,
        }
    }
}

impl ServiceError for SourceError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(err) => err.kind(),
            Self::NotARepository
            | Self::NotFound
            | Self::NeedsAuth
            | Self::Empty
            | Self::HeadMissing(_)
            | Self::UnknownHost { .. }
            | Self::TooManyRedirects { .. }
            | Self::TooLarge { .. }
            | Self::UnpacksTooLarge { .. }
            | Self::ObjectTooLarge { .. }
            | Self::Protocol(_)
            | Self::Damaged(_) => ErrorKind::InvalidArgument,
            Self::Unreachable { .. } | Self::Status { .. } | Self::Cut(_) => ErrorKind::Unavailable,
            Self::TimedOut { .. } | Self::Stalled { .. } => ErrorKind::DeadlineExceeded,
            Self::Cancelled => ErrorKind::Aborted,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Refused(err) => err.reason(),
            Self::NotARepository => "REPO_NOT_GIT",
            Self::NotFound => "REPO_NOT_FOUND",
            Self::NeedsAuth => "REPO_PRIVATE",
            Self::Empty => "REPO_EMPTY",
            Self::HeadMissing(_) => "REPO_HEAD_MISSING",
            Self::UnknownHost { .. } => "REPO_HOST_NOT_FOUND",
            Self::TooManyRedirects { .. } => "REPO_REDIRECTS",
            Self::Unreachable { .. } => "REPO_HOST_UNREACHABLE",
            Self::Status { .. } => "REPO_HOST_FAILED",
            Self::TimedOut { .. } => "REPO_FETCH_TIMEOUT",
            Self::Stalled { .. } => "REPO_HOST_STALLED",
            Self::TooLarge { .. } | Self::UnpacksTooLarge { .. } | Self::ObjectTooLarge { .. } => {
                "REPO_TOO_LARGE"
            }
            Self::Cut(_) => "REPO_CONNECTION_CUT",
            Self::Protocol(_) => "REPO_PROTOCOL",
            Self::Damaged(_) => "REPO_DAMAGED",
            Self::Cancelled => "CANCELLED",
            Self::Internal(_) => "REPO_STORE_FAILED",
        }
    }

    /// Every failure but this machine's own is told to the user: they chose the repository.
    fn public_message(&self) -> String {
        match self {
            Self::Internal(_) => "the repository could not be read because of a fault of this server".into(),
            other => other.to_string(),
        }
    }

    fn fields(&self) -> Vec<FieldViolation> {
        let expected = match self {
            Self::Refused(err) => return err.fields(),
            Self::Cancelled | Self::Internal(_) => return Vec::new(),
            Self::NotFound | Self::NeedsAuth | Self::NotARepository => {
                "the address of a public git repository, such as https://github.com/owner/repository"
            }
            Self::Empty => "a repository with at least one commit",
            Self::HeadMissing(_) => "a repository whose HEAD names a branch that exists",
            Self::TooLarge { .. } | Self::UnpacksTooLarge { .. } | Self::ObjectTooLarge { .. } => {
                "a smaller repository"
            }
            Self::Damaged(_) | Self::Protocol(_) => "an intact git repository served over smart HTTP",
            Self::UnknownHost { .. } | Self::TooManyRedirects { .. } => {
                "an address that leads to a git repository"
            }
            Self::Unreachable { .. }
            | Self::Status { .. }
            | Self::TimedOut { .. }
            | Self::Stalled { .. }
            | Self::Cut(_) => "a repository whose server answers",
        };

        vec![FieldViolation::new("repo_url", expected)]
    }
}
