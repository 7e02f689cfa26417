//! A model's reading of an analysis: a summary and suggested chapters. It is kept beside the analysis, by the topics
//! and the models it was made with, so that the architect finds it and nobody pays for it twice.

use bytes::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::facts::{self, Paths};
use super::super::{CodeStoryTools, prompts};
use super::tools::AnalyzerTools;
use crate::agent_context::AgentContext;
use crate::agents::thinking::Question;
use crate::error::AgentError;
use crate::llm::Message;
use proto::tasks::Level;
use proto::tasks::code_story::{ANALYZER, Speaker};
use repo::analysis::Analysis;
use repo::analysis::model::SuggestedChapter;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(in crate::agents::code_story) struct Reading {
    /// Three to five plain sentences.
    pub(in crate::agents::code_story) summary: String,
    #[schemars(length(min = 1, max = 12))]
    pub(in crate::agents::code_story) chapters: Vec<SuggestedChapter>,
}

/// The kept reading, or a new one.
pub(super) async fn read(
    tools: &CodeStoryTools,
    desk: &AgentContext,
    analysis_key: &str,
    analysis: &Analysis,
    focus_areas: &[String],
) -> Result<Reading, AgentError> {
    if let Some(reading) = find_reading(tools, analysis_key, focus_areas).await? {
        desk.log(Speaker::Analyzer, "These topics were looked at before")
            .await;
        return Ok(reading);
    }

    let tool_box = AnalyzerTools { desk, analysis };
    let material = format!(
        "FACTS\n{}\nEND OF FACTS\n\nWISH\nTopics: {}\nEND OF WISH",
        facts::digest(analysis),
        json!(focus_areas)
    );

    let question = Question {
        speaker: Speaker::Analyzer.as_str(),
        system: prompts::analyzer(),
        messages: vec![Message::User(material)],
        tools: Some(&tool_box),
        shown: "summary",
    };
    let mut reading: Reading = tools.engines.models.think(desk, question).await?;
    let paths = Paths::collect(analysis);
    let mut unknown = 0;
    for chapter in &mut reading.chapters {
        let before = chapter.files.len();
        chapter.files.retain(|file| paths.has(file));
        unknown += before - chapter.files.len();
    }

    if unknown > 0 {
        let details = json!({ "paths": unknown });
        desk.log_with(
            Speaker::Analyzer,
            "Left out paths that do not exist",
            details,
            Level::Warning,
        )
        .await;
    }

    let json = serde_json::to_vec(&reading).map_err(|source| AgentError::Unwritten {
        agent: ANALYZER,
        source,
    })?;
    let key = key(tools, analysis_key, focus_areas);
    tools
        .engines
        .blobs
        .put_patiently(&key, Bytes::from(json), "application/json")
        .await?;

    Ok(reading)
}

/// The kept reading of these topics; `None` when there is none, or none that can be read.
pub(in crate::agents::code_story) async fn find_reading(
    tools: &CodeStoryTools,
    analysis_key: &str,
    focus_areas: &[String],
) -> Result<Option<Reading>, AgentError> {
    let key = key(tools, analysis_key, focus_areas);
    let kept = tools.engines.blobs.read_patiently(&key).await?;

    Ok(kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

fn key(tools: &CodeStoryTools, analysis_key: &str, focus_areas: &[String]) -> String {
    let made_with = json!([tools.engines.models.names(ANALYZER), focus_areas]).to_string();
    let stem = analysis_key.trim_end_matches(".json.zst");
    format!(
        "{stem}.reading-{}.json",
        blake3::hash(made_with.as_bytes()).to_hex()
    )
}
