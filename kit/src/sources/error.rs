//! Why a repository URL was refused, in words for the person who typed it.

use crate::error::{ErrorKind, FieldViolation, ServiceError};

const EXPECTED: &str = "an https URL of a git repository, such as https://github.com/owner/repository";

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepoUrlError {
    #[error("the repository URL is empty")]
    Empty,
    #[error("the repository URL has {len} characters; {max} are the most", max = super::url::MAX_BYTES)]
    TooLong { len: usize },
    #[error("the repository URL contains a line break, NUL or another control character")]
    Control,
    #[error("the repository URL contains `{found}`, which no repository URL has")]
    Character { found: char },
    #[error("the repository URL begins with a dash, like an option of a command")]
    Option,
    #[error("`{scheme}::` runs a program to fetch a repository, which is not supported")]
    RemoteHelper { scheme: String },
    #[error("an SSH address can't be fetched without your keys")]
    Ssh,
    #[error("`{scheme}` URLs are not supported")]
    Scheme { scheme: String },
    #[error("the repository URL must begin with https://")]
    NoScheme,
    #[error("http is not encrypted; the repository URL must begin with https://")]
    Unencrypted,
    #[error(
        "the repository URL must not contain a user name, password or token; only public repositories are fetched"
    )]
    Credentials,
    #[error("the repository URL names no valid host")]
    Host,
    #[error("repositories of `{host}` are not fetched here")]
    UnknownHost { host: String, allowed: Vec<String> },
    #[error("`{host}` is an address of a private network, not of a public forge")]
    PrivateAddress { host: String },
    #[error("port {port} of `{host}` is not allowed")]
    Port { host: String, port: u16 },
    #[error("the host `{host}` was not found")]
    Unresolved { host: String },
    #[error("the URL names no repository: both its owner and its name are needed")]
    NoRepository,
    #[error("`{part}` can't be part of a repository's name")]
    Part { part: String },
    #[error("the URL points into `{name}`, not at the repository itself")]
    Beyond { name: String },
    #[error("repositories on disk are for the command line only")]
    Local,
    #[error("a local repository is given by its absolute path, as in file:///home/me/project")]
    LocalPath,
}

impl RepoUrlError {
    /// What would have been accepted, as a sentence for a person.
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            // Which those are is in the message, once.
            Self::UnknownHost { .. } => "an https URL of a repository on an allowed host".to_owned(),
            Self::LocalPath => "an absolute path, as in file:///home/me/project".to_owned(),
            _ => EXPECTED.to_owned(),
        }
    }
}

impl ServiceError for RepoUrlError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidArgument
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::UnknownHost { .. } | Self::Port { .. } => "REPO_HOST_NOT_ALLOWED",
            Self::PrivateAddress { .. } => "REPO_ADDRESS_NOT_PUBLIC",
            Self::Unresolved { .. } => "REPO_HOST_NOT_FOUND",
            _ => "REPO_URL_INVALID",
        }
    }

    fn fields(&self) -> Vec<FieldViolation> {
        vec![FieldViolation::new("repo_url", self.expected())]
    }
}
