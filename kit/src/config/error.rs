//! Mistakes in a configuration, in words for the operator. Values of secrets never appear.

use std::{fmt, path::PathBuf};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("the embedded configuration is not TOML: {message}")]
    Embedded { message: String },
    #[error("{path}: {message}", path = path.display())]
    File { path: PathBuf, message: String },
    #[error("{origin}: there is no key `{key}`{}", did_you_mean(nearest))]
    UnknownKey {
        origin: String,
        key: String,
        nearest: Option<String>,
    },
    #[error("{name}: there is no such setting{}", did_you_mean(nearest))]
    UnknownVariable { name: String, nearest: Option<String> },
    #[error("{origin}: `{key}` is {found}; expected {expected}")]
    Type {
        origin: String,
        key: String,
        found: String,
        expected: &'static str,
    },
    #[error("{origin}: `{key}` can't be set here; set it in a configuration file")]
    FileOnly { origin: String, key: String },
    #[error("{first} and {second} both mean `{key}` but differ; unset one, or set {canonical}")]
    Contradiction {
        key: String,
        first: String,
        second: String,
        canonical: String,
    },
    #[error("`--set {text}`: expected key=value, e.g. gateway.listen=127.0.0.1:9000")]
    Set { text: String },
    #[error("{message}")]
    Value { message: String },
    /// For the checks that a service makes on its own section.
    #[error("`{key}`: {message}")]
    Invalid { key: String, message: String },
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or(String::new(), |nearest| format!("; did you mean `{nearest}`?"))
}

/// Every mistake that was found, one per line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        write!(
            f,
            "the configuration has {count} mistake{}:",
            if count == 1 { "" } else { "s" }
        )?;
        self.0.iter().try_for_each(|err| write!(f, "\n  {err}"))
    }
}

impl std::error::Error for ConfigErrors {}
