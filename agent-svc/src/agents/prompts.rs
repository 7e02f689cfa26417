//! Our instructions to models: fragments, and how they are put together. They never leave this service: the sanitizer
//! knows every fragment and every tool description.

use serde_json::Value;

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
    specs
        .iter()
        .flat_map(|spec| [vec![spec.description.clone()], schema_texts(&spec.schema)].concat())
        .collect()
}

/// The descriptions in an answer's schema, which models are shown too.
pub(super) fn schema_texts(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match (name.as_str(), value) {
                ("description", Value::String(text)) => vec![text.clone()],
                _ => schema_texts(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(schema_texts).collect(),
        _ => Vec::new(),
    }
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
