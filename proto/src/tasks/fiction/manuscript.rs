//! A manuscript that was imported: what its reader is told, and whom and what it finds in it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{cast::Cast, ledger::Scene, scene::WrittenScene};

/// Input of `lekh.reader`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ManuscriptInput {
    /// In the order of telling; their ledgers are empty.
    pub scenes: Vec<WrittenScene>,
}

/// Output of `lekh.reader`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ManuscriptReading {
    pub cast: Cast,
    /// Those that were given, with who is present in each and what it says of them.
    pub scenes: Vec<Scene>,
}
