//! One scene: what the prose weaver is told, and the prose that it answers with, beside the scene's ledger.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    bible::Bible,
    cast::Cast,
    finding::Finding,
    ledger::{Key, LedgerFact, PromiseStep, Scene},
    plan::BookOutline,
};

/// Input of `lekh.prose_weaver`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ProseWeaverInput {
    pub outline: BookOutline,
    pub cast: Cast,
    /// What the author has laid down.
    #[serde(default, skip_serializing_if = "Bible::is_empty")]
    pub bible: Bible,
    /// Which scene of the outline is to be written.
    pub scene: Key,
    #[serde(default)]
    pub seed: u64,
    /// 0 for the first time, then one more each time that it is written again.
    #[serde(default)]
    pub take: u32,
    #[serde(default)]
    pub context: SceneContext,
    /// What was found in the take before and is to be repaired.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repair: Vec<Finding>,
}

/// The world as it is when a scene begins. The offline author knows it from the outline; a model is told it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SceneContext {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<PersonAtScene>,
    /// Facts that hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<LedgerFact>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub open_promises: Vec<PromiseStep>,
    /// What the scenes before were about, the nearest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub summaries: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonAtScene {
    pub who: Key,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Key>,
    #[serde(default)]
    pub holds: Vec<Key>,
    #[serde(default)]
    pub wears: Vec<Key>,
    /// Facts.
    #[serde(default)]
    pub knows: Vec<Key>,
}

/// Output of `lekh.prose_weaver`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WrittenScene {
    pub scene: Scene,
    /// Plain text, a paragraph each.
    pub prose: Vec<String>,
}

impl WrittenScene {
    /// Words as a reader counts them: what stands between spaces.
    pub fn count_words(&self) -> usize {
        self.prose
            .iter()
            .map(|paragraph| paragraph.split_whitespace().count())
            .sum()
    }
}
