//! Where a book contradicts itself: what the checker is told, and what it finds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{bible::Bible, cast::Cast, ledger::Key, plan::BookOutline, scene::WrittenScene};

/// Input of `lekh.continuity`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ContinuityInput {
    /// None for a book that was imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outline: Option<BookOutline>,
    #[serde(default)]
    pub cast: Cast,
    /// What the author has laid down.
    #[serde(default, skip_serializing_if = "Bible::is_empty")]
    pub bible: Bible,
    /// In the order of telling.
    pub scenes: Vec<WrittenScene>,
}

/// Output of `lekh.continuity`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContinuityReport {
    /// In the order of telling.
    pub findings: Vec<Finding>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Times and durations that can't all be so.
    Time,
    /// One person in two places.
    TwoPlaces,
    /// An effect before its cause.
    Causality,
    /// The dead who act.
    Dead,
    /// Things given that were not held.
    Possession,
    /// Somebody denies, or repeats for the first time, what the book has told.
    Memory,
    /// Knowing what was not learned.
    Knowledge,
    /// Being able to do what was never learned.
    Skill,
    /// Looks against the record.
    Appearance,
    /// A name that is a letter off.
    Name,
    /// Numbers of things that differ.
    Quantity,
    /// Ages that differ.
    Age,
    /// The narrator's person or point of view slips.
    PointOfView,
    /// The tense slips.
    Tense,
    /// A way that takes longer than there is time for, or a place that lies elsewhere.
    Geography,
    /// A promise that is past due, or paid and never made.
    Promise,
    /// A sentence that the book has already.
    Repetition,
    /// A phrase that is worn out.
    Cliche,
}

impl FindingKind {
    pub const ALL: [Self; 18] = [
        Self::Time,
        Self::TwoPlaces,
        Self::Causality,
        Self::Dead,
        Self::Possession,
        Self::Memory,
        Self::Knowledge,
        Self::Skill,
        Self::Appearance,
        Self::Name,
        Self::Quantity,
        Self::Age,
        Self::PointOfView,
        Self::Tense,
        Self::Geography,
        Self::Promise,
        Self::Repetition,
        Self::Cliche,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::TwoPlaces => "two_places",
            Self::Causality => "causality",
            Self::Dead => "dead",
            Self::Possession => "possession",
            Self::Memory => "memory",
            Self::Knowledge => "knowledge",
            Self::Skill => "skill",
            Self::Appearance => "appearance",
            Self::Name => "name",
            Self::Quantity => "quantity",
            Self::Age => "age",
            Self::PointOfView => "point_of_view",
            Self::Tense => "tense",
            Self::Geography => "geography",
            Self::Promise => "promise",
            Self::Repetition => "repetition",
            Self::Cliche => "cliche",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A matter of taste.
    Hint,
    /// Probably not meant.
    Warning,
    /// Both can't be so.
    Error,
}

/// One contradiction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The same for the same contradiction whenever the book is checked, so that "intended" is kept by it.
    pub id: String,
    pub kind: FindingKind,
    pub severity: Severity,
    pub chapter: u32,
    pub scene: Key,
    /// The sentence that is wrong; none when the ledgers contradict one another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<FoundSentence>,
    /// What is contradicted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contradicts: Option<Contradicted>,
    /// For the author, in a sentence.
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FoundSentence {
    /// Within its scene, from 0.
    pub index: usize,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Contradicted {
    /// The fact, the promise, the person or the item, by its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
    /// The scene that says so; none when it is the cast.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene: Option<Key>,
    /// What it says.
    pub text: String,
}
