//! What the author takes and gives: a wish, an outline, chapters. Plain data, shared with the agents that use a model.

pub use proto::tasks::code_story::{Chapter, ChapterPlan, Claim, CodeExample, Outline, Presenter, Turn};
pub use proto::words::{Style, TechnicalDepth as Depth};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What somebody wants to hear.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct StorySpec {
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
