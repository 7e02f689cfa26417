//! `[database]`.

use secrecy::SecretString;
use serde::Deserialize;

use crate::config::Seconds;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `postgres://…`; empty for SQLite in the data directory.
    pub url: SecretString,
    /// Connections per service.
    pub max_connections: u32,
    pub migrate_at_start: MigrateAtStart,
    /// What statements run as on PostgreSQL; empty for the role that connects.
    pub role: String,
    /// False behind a pooler in transaction mode that knows no prepared statements.
    pub prepared_statements: bool,
    /// Time for one statement; 0 for no limit.
    pub statement_timeout_seconds: Seconds,
    /// Time to wait for a lock; 0 for no limit.
    pub lock_timeout_seconds: Seconds,
    /// Time that a transaction may lie idle; 0 for no limit.
    pub idle_in_transaction_timeout_seconds: Seconds,
}

/// Whether a start changes the database where the schema is behind; if not, it is refused.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum MigrateAtStart {
    /// On SQLite and in development.
    Auto,
    On,
    Off,
}

impl DatabaseConfig {
    /// Whether a start may change the schema.
    #[must_use]
    pub fn migrates_at_start(&self, development: bool) -> bool {
        use secrecy::ExposeSecret;

        match self.migrate_at_start {
            MigrateAtStart::Auto => development || self.url.expose_secret().is_empty(),
            MigrateAtStart::On => true,
            MigrateAtStart::Off => false,
        }
    }
}
