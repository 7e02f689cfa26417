//! What the author takes and gives: a wish, an outline, chapters. Plain data, shared with the agents that use a model.

pub use proto::words::{Style, TechnicalDepth as Depth};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
