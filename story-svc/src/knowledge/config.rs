//! The `knowledge` section of the configuration. Every default lives in `deploy/config/saga.toml`.

use secrecy::SecretString;
use serde::Deserialize;

/// `[knowledge]`: where stories keep what they know.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnowledgeConfig {
    /// `bolt://`, `bolt+s://`, `neo4j://` or `neo4j+s://`; empty for tables of the service's own database.
    pub uri: String,
    pub user: String,
    pub password: SecretString,
}
