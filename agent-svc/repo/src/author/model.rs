//! What the author takes and gives: a wish, an outline, chapters. Plain data, shared with the agents that use a model.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a story is told.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// A narrator in the third person, in the order of time.
    #[default]
    Documentary,
    /// A teacher who says "you", step by step, with checks.
    Tutorial,
    /// A host who asks, wonders and answers.
    Podcast,
    /// The code as places and characters; every fact stays true.
    Fiction,
    /// Dense and exact, numbers first.
    Technical,
}

impl Style {
    pub const ALL: [Style; 5] = [
        Self::Documentary,
        Self::Tutorial,
        Self::Podcast,
        Self::Fiction,
        Self::Technical,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Documentary => "documentary",
            Self::Tutorial => "tutorial",
            Self::Podcast => "podcast",
            Self::Fiction => "fiction",
            Self::Technical => "technical",
        }
    }
}

/// How much the listener knows already.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    Beginner,
    #[default]
    Intermediate,
    /// Also written `expert`.
    #[serde(alias = "expert")]
    Advanced,
}

impl Depth {
    pub const ALL: [Depth; 3] = [Self::Beginner, Self::Intermediate, Self::Advanced];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Beginner => "beginner",
            Self::Intermediate => "intermediate",
            Self::Advanced => "advanced",
        }
    }
}

/// A word that names no style or depth.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is none of {expected}")]
pub struct UnknownWord {
    pub found: String,
    pub expected: &'static str,
}

impl FromStr for Style {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let expected = "documentary, tutorial, podcast, fiction, technical";
        let known = Self::ALL.into_iter().find(|style| style.as_str() == word);
        known.ok_or_else(|| UnknownWord {
            found: word.to_owned(),
            expected,
        })
    }
}

impl FromStr for Depth {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let expected = "beginner, intermediate, advanced";
        let known = Self::ALL.into_iter().find(|depth| depth.as_str() == word);
        let known = known.or((word == "expert").then_some(Self::Advanced));
        known.ok_or_else(|| UnknownWord {
            found: word.to_owned(),
            expected,
        })
    }
}

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Depth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What somebody wants to hear.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Wish {
    /// In the listener's own words ("routing", "error handling"), most wanted first.
    pub focus_areas: Vec<String>,
    pub technical_depth: Depth,
    pub style: Style,
    /// 5, 10, 15 or 20.
    pub duration_minutes: u32,
}

/// What a free message says about the wish; `None` where it says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Understood {
    pub focus_areas: Vec<String>,
    pub technical_depth: Option<Depth>,
    pub style: Option<Style>,
    /// 5, 10, 15 or 20: the nearest to what was asked.
    pub duration_minutes: Option<u32>,
    /// A friendly answer that repeats what was understood.
    pub reply: String,
}

/// The plan of a story, before it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outline {
    pub title: String,
    /// Two or three sentences on the whole.
    pub summary: String,
    pub chapters: Vec<ChapterPlan>,
}

/// One chapter before it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChapterPlan {
    pub title: String,
    /// What the listener has from it, one sentence.
    pub purpose: String,
    /// Paths it will speak of.
    pub files: Vec<String>,
    pub target_seconds: u32,
}

/// One written chapter: the contract's `Chapter` with the files it speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Chapter {
    pub title: String,
    /// The narration: plain prose, paragraphs separated by a blank line.
    pub content: String,
    pub code_examples: Vec<CodeExample>,
    pub files: Vec<String>,
    /// Planned reading time; the real one is known when the audio is there.
    pub duration_seconds: u32,
    /// Planned start in the whole story.
    pub timestamp_start: u32,
}

/// Code to show beside a chapter; never read aloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CodeExample {
    pub path: String,
    pub language: String,
    pub code: String,
    /// Why it is shown, one sentence.
    pub note: String,
}
