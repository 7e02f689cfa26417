//! Layered configuration: embedded defaults, then a file, then the environment, then flags. The embedded file is the
//! schema: a key that it doesn't have is a mistake, and the type of a default is the type of the key.
//! Every mistake is reported at once. Knows no product's keys.

mod error;
mod layers;
mod nearest;
mod print;
mod seconds;
mod secret;
mod value;

pub use error::{ConfigError, ConfigErrors};
pub use nearest::nearest;
pub use seconds::Seconds;

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::de::DeserializeOwned;
use toml::Table;

/// A name from outside (another product's variable) for one of our keys.
#[derive(Clone, Copy, Debug)]
pub struct Alias {
    /// Name of the variable, e.g. `DATABASE_URL`.
    pub env: &'static str,
    /// Our key, e.g. `database.url`.
    pub key: &'static str,
    /// Values that it says no to are taken for somebody else's and passed over. For names as common as `ENV`.
    pub is_ours: fn(&str) -> bool,
}

impl Alias {
    #[must_use]
    pub const fn new(env: &'static str, key: &'static str) -> Self {
        Self {
            env,
            key,
            is_ours: |_| true,
        }
    }
}

/// Where the layers come from.
#[derive(Debug, Default)]
pub struct Sources<'a> {
    /// TOML text with every key and its default.
    pub embedded: &'a str,
    /// Tables that are maps (by path, e.g. `models.prices`): any key may be added below them.
    pub open_tables: &'a [&'a str],
    pub file: Option<PathBuf>,
    /// The environment: pass `std::env::vars()`.
    pub env: Vec<(String, String)>,
    pub aliases: &'a [Alias],
    /// Flags with a type, e.g. `data_dir` from `--data-dir`.
    pub flags: Table,
    /// `key=value` texts, read like the environment.
    pub set: &'a [String],
}

/// Where a value in force comes from. Defaults have no origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    File(PathBuf),
    Env(String),
    /// A variable of another product, see [`Alias`].
    Alias(String),
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Env(name) | Self::Alias(name) => f.write_str(name),
            Self::Flag => f.write_str("command line"),
        }
    }
}

/// The configuration in force.
#[derive(Debug)]
pub struct Loaded<T> {
    pub config: T,
    pub effective: Effective,
}

/// What is in force, key by key, and how it came to be.
#[derive(Debug)]
pub struct Effective {
    table: Table,
    origins: BTreeMap<String, Origin>,
    notes: Vec<String>,
}

impl Effective {
    /// Which aliases were used or passed over, for the log at start. Holds no values.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Origin of a key that isn't at its default.
    #[must_use]
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        self.origins.get(key)
    }

    /// The whole configuration as TOML, with the origin of each changed value as a comment and secrets masked.
    #[must_use]
    pub fn print(&self) -> String {
        print::toml(&self.table, &self.origins)
    }
}

/// Reads all layers into `T`, whose fields should carry no defaults of their own.
pub fn load<T: DeserializeOwned>(sources: Sources<'_>) -> Result<Loaded<T>, ConfigErrors> {
    let embedded: Table = sources.embedded.parse().map_err(|err: toml::de::Error| {
        ConfigErrors(vec![ConfigError::Embedded {
            message: err.to_string(),
        }])
    })?;
    let mut layers = layers::Layers::new(embedded, sources.open_tables);
    if let Some(path) = sources.file {
        layers.file(path);
    }

    layers.env(sources.env, sources.aliases);
    layers.flags(sources.flags, sources.set);

    let (effective, mut errors) = layers.finish();
    match effective.table.clone().try_into::<T>() {
        Ok(config) if errors.is_empty() => return Ok(Loaded { config, effective }),
        Ok(_) => {}
        Err(err) => errors.push(ConfigError::Value {
            message: secret::without_value(&err),
        }),
    }

    Err(ConfigErrors(errors))
}

#[cfg(test)]
mod tests;
