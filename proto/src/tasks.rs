//! What agents take and give, as JSON over `Agents.RunAgent`: one file a product, for whoever asks an agent and for the
//! agent itself. The JSON Schema in the registry comes from these types.
//!
//! An input is strict towards callers: its schema allows no other field. Reading is lenient: a field that this build
//! does not know is left out, so that services of two builds understand one another. What is kept of an answer lies in
//! journals and checkpoints; a field that is added later must be optional.

pub mod adiuva;
pub mod code_story;
pub mod codeforge;
pub mod fiction;

use serde::{Deserialize, Serialize};

/// How grave a line of a run's log is, in the words that clients know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Info,
    Success,
    Warning,
    Error,
}

impl Level {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}
