//! Our instructions to models: fragments, and how they are put together. They never leave this service: the sanitizer
//! knows every fragment and every tool description.

use super::types::{Depth, Style};
use crate::llm::ToolSpec;

const COMMON: &str = include_str!("prompts/common.md");
const INTENT: &str = include_str!("prompts/intent.md");
const ANALYZER: &str = include_str!("prompts/analyzer.md");
const OUTLINE: &str = include_str!("prompts/outline.md");
const CHAPTER: &str = include_str!("prompts/chapter.md");
const DOCUMENTARY: &str = include_str!("prompts/documentary.md");
const TUTORIAL: &str = include_str!("prompts/tutorial.md");
const PODCAST: &str = include_str!("prompts/podcast.md");
const FICTION: &str = include_str!("prompts/fiction.md");
const TECHNICAL: &str = include_str!("prompts/technical.md");
const BEGINNER: &str = include_str!("prompts/beginner.md");
const INTERMEDIATE: &str = include_str!("prompts/intermediate.md");
const ADVANCED: &str = include_str!("prompts/advanced.md");

/// Every fragment.
pub(super) const FRAGMENTS: [&str; 13] = [
    COMMON,
    INTENT,
    ANALYZER,
    OUTLINE,
    CHAPTER,
    DOCUMENTARY,
    TUTORIAL,
    PODCAST,
    FICTION,
    TECHNICAL,
    BEGINNER,
    INTERMEDIATE,
    ADVANCED,
];

pub(super) fn intent() -> String {
    compose(&[COMMON, INTENT])
}

pub(super) fn analyzer() -> String {
    compose(&[COMMON, ANALYZER])
}

pub(super) fn outline(style: Style, depth: Depth) -> String {
    compose(&[COMMON, OUTLINE, style_of(style), depth_of(depth)])
}

pub(super) fn chapter(style: Style, depth: Depth) -> String {
    compose(&[COMMON, CHAPTER, style_of(style), depth_of(depth)])
}

/// The texts of tools that must not leave either: what they are for and what their arguments mean.
pub(super) fn tool_texts(specs: &[ToolSpec]) -> Vec<String> {
    let mut texts = Vec::new();
    for spec in specs {
        texts.push(spec.description.clone());
        let descriptions = spec
            .schema
            .get("properties")
            .and_then(serde_json::Value::as_object);
        for property in descriptions.into_iter().flat_map(serde_json::Map::values) {
            texts.extend(
                property
                    .get("description")
                    .and_then(serde_json::Value::as_str)
                    .map(str::to_owned),
            );
        }
    }
    texts
}

fn compose(fragments: &[&str]) -> String {
    fragments
        .iter()
        .map(|fragment| fragment.trim())
        .collect::<Vec<_>>()
        .join("\n\n")
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

fn depth_of(depth: Depth) -> &'static str {
    match depth {
        Depth::Beginner => BEGINNER,
        Depth::Intermediate => INTERMEDIATE,
        Depth::Advanced => ADVANCED,
    }
}
