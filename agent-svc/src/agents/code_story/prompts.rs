//! Our instructions to models: fragments, and how they are put together. They never leave this service: the sanitizer
//! knows every fragment.

use crate::agents::thinking::Prompt;
use proto::words::{Style, TechnicalDepth};

const COMMON: &str = include_str!("prompts/common.md");
const INTENT: &str = include_str!("prompts/intent.md");
const ANALYZER: &str = include_str!("prompts/analyzer.md");
const CLAIMS: &str = include_str!("prompts/claims.md");
const OUTLINE: &str = include_str!("prompts/outline.md");
const CHAPTER: &str = include_str!("prompts/chapter.md");
const READER: &str = include_str!("prompts/reader.md");
const DOCUMENTARY: &str = include_str!("prompts/documentary.md");
const TUTORIAL: &str = include_str!("prompts/tutorial.md");
const PODCAST: &str = include_str!("prompts/podcast.md");
const FICTION: &str = include_str!("prompts/fiction.md");
const TECHNICAL: &str = include_str!("prompts/technical.md");
const BEGINNER: &str = include_str!("prompts/beginner.md");
const INTERMEDIATE: &str = include_str!("prompts/intermediate.md");
const ADVANCED: &str = include_str!("prompts/advanced.md");

/// Every fragment.
pub(super) const FRAGMENTS: [&str; 15] = [
    COMMON,
    INTENT,
    ANALYZER,
    CLAIMS,
    OUTLINE,
    CHAPTER,
    READER,
    DOCUMENTARY,
    TUTORIAL,
    PODCAST,
    FICTION,
    TECHNICAL,
    BEGINNER,
    INTERMEDIATE,
    ADVANCED,
];

pub(super) fn intent() -> Prompt {
    Prompt::compose(&[COMMON, INTENT])
}

pub(super) fn analyzer() -> Prompt {
    Prompt::compose(&[COMMON, ANALYZER])
}

pub(super) fn claims(depth: TechnicalDepth) -> Prompt {
    Prompt::compose(&[COMMON, CLAIMS, depth_of(depth)])
}

pub(super) fn reader() -> Prompt {
    Prompt::compose(&[COMMON, READER])
}

pub(super) fn outline(style: Style, depth: TechnicalDepth) -> Prompt {
    Prompt::compose(&[COMMON, OUTLINE, style_of(style), depth_of(depth)])
}

pub(super) fn chapter(style: Style, depth: TechnicalDepth) -> Prompt {
    Prompt::compose(&[COMMON, CHAPTER, style_of(style), depth_of(depth)])
}

fn style_of(style: Style) -> &'static str {
    match style {
        Style::Documentary => DOCUMENTARY,
        Style::Tutorial => TUTORIAL,
        Style::Podcast => PODCAST,
        Style::Fiction => FICTION,
        Style::Technical => TECHNICAL,
    }
}

fn depth_of(depth: TechnicalDepth) -> &'static str {
    match depth {
        TechnicalDepth::Beginner => BEGINNER,
        TechnicalDepth::Intermediate => INTERMEDIATE,
        TechnicalDepth::Advanced => ADVANCED,
    }
}
