//! Node `write`: the chapters' texts. They do not depend on each other, so several are written at the same time; each is
//! one journalled effect.

use std::sync::Arc;

use flow::NodeError;
use proto::tasks::Level;
use proto::tasks::code_story::{ARCHITECT, ArchitectInput, Chapter, ChapterOutput, Speaker};
use serde_json::json;

use super::Node;
use super::phase::Phase;
use super::state::Update;
use crate::graphs::at_once::at_once;
use crate::graphs::meter::Meter;
use crate::graphs::node_context::AgentAnswer;

/// Percent before the first and after the last chapter.
const PROGRESS: (f64, f64) = (40.0, 69.0);

pub(super) async fn run(node: Arc<Node>) -> Result<Update, NodeError> {
    let count = node.state.outline()?.chapters.len();
    let meter = Meter::new(&node.context, Phase::Generating, PROGRESS, count);
    let limit = node.tools.config.chapters_at_once;

    let answers = at_once(0..count, limit, async |index| {
        let answer = write_chapter(&node, index).await?;
        meter.advance().await?;
        Ok(answer)
    })
    .await?;

    let offline = answers.iter().any(|answer| answer.offline);
    let chapters: Vec<Chapter> = answers.into_iter().map(|answer| answer.output.chapter).collect();
    let words: usize = chapters
        .iter()
        .map(|chapter| chapter.content.split_whitespace().count())
        .sum();

    let details = json!({ "chapters": chapters.len(), "words": words });
    node.log_with(Speaker::Architect, "Script complete", details, Level::Success)
        .await?;

    Ok(Update::Written { chapters, offline })
}

async fn write_chapter(node: &Node, index: usize) -> Result<AgentAnswer<ChapterOutput>, NodeError> {
    let state = &node.state;
    let task = ArchitectInput::Chapter {
        intent: state.intent()?.clone(),
        analysis_key: state.analysis()?.analysis_key.clone(),
        outline: state.outline()?.clone(),
        index,
        voice: state.request.voice,
    };

    node.context
        .once(&format!("chapter:{index}"), || node.ask(ARCHITECT, &task))
        .await
}
