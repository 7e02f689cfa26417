//! Node `write`: the chapters' texts. They do not depend on each other, so several are written at the same time; each is
//! one journalled effect. What a model wrote is read once as a listener would, and what stayed open is written again.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use flow::NodeError;
use proto::tasks::Level;
use proto::tasks::code_story::{ARCHITECT, ArchitectInput, Chapter, ChapterOutput, ReviewOutput, Speaker};
use serde_json::json;

use super::Node;
use super::phase::Phase;
use super::state::Update;
use crate::graphs::at_once::at_once;
use crate::graphs::meter::Meter;
use crate::graphs::node_context::AgentAnswer;

/// Percent before the first and after the last chapter.
const PROGRESS: (f64, f64) = (40.0, 69.0);
/// Chapters that are written a second time when a reader could not answer questions from them.
const CHAPTERS_AGAIN: usize = 3;

pub(super) async fn run(node: Arc<Node>) -> Result<Update, NodeError> {
    let count = node.state.outline()?.chapters.len();
    let meter = Meter::new(&node.context, Phase::Generating, PROGRESS, count);
    let limit = node.tools.config.chapters_at_once;

    let answers = at_once(0..count, limit, async |index| {
        let answer = write_chapter(&node, index, Vec::new()).await?;
        meter.advance().await?;
        Ok(answer)
    })
    .await?;

    let offline = answers.iter().any(|answer| answer.offline);
    let mut chapters: Vec<Chapter> = answers.into_iter().map(|answer| answer.output.chapter).collect();
    if !offline {
        answer_open_questions(&node, &mut chapters).await?;
    }

    let words: usize = chapters
        .iter()
        .map(|chapter| chapter.content.split_whitespace().count())
        .sum();

    let details = json!({ "chapters": chapters.len(), "words": words });
    node.log_with(Speaker::Architect, "Script complete", details, Level::Success)
        .await?;

    Ok(Update::Written { chapters, offline })
}

/// Has the draft read by somebody who knows nothing else, and the chapters that left most open written once more. A draft
/// that cannot be read or mended is taken as it is.
async fn answer_open_questions(node: &Node, chapters: &mut [Chapter]) -> Result<(), NodeError> {
    let task = ArchitectInput::Review {
        chapters: chapters.to_vec(),
    };
    let reviewed: Result<AgentAnswer<ReviewOutput>, NodeError> =
        node.context.once("review", || node.ask(ARCHITECT, &task)).await;
    let Ok(review) = reviewed else {
        return node
            .log(Speaker::Architect, "Nobody read the draft", Level::Warning)
            .await;
    };

    let mut open: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for question in review.output.open {
        open.entry(question.chapter).or_default().push(question.question);
    }

    let mut open: Vec<(usize, Vec<String>)> = open.into_iter().collect();
    open.retain(|(chapter, _)| *chapter < chapters.len());
    open.sort_by_key(|(chapter, questions)| (Reverse(questions.len()), *chapter));
    open.truncate(CHAPTERS_AGAIN);

    let limit = node.tools.config.chapters_at_once;
    let again = at_once(open, limit, async |(index, questions)| {
        let written = write_chapter(node, index, questions).await;
        Ok((index, written.ok()))
    })
    .await?;
    for (index, written) in again {
        if let Some(answer) = written {
            chapters[index] = answer.output.chapter;
        }
    }

    Ok(())
}

async fn write_chapter(
    node: &Node,
    index: usize,
    open_questions: Vec<String>,
) -> Result<AgentAnswer<ChapterOutput>, NodeError> {
    let state = &node.state;
    let key = match open_questions.is_empty() {
        true => format!("chapter:{index}"),
        false => format!("chapter:{index}:again"),
    };
    let task = ArchitectInput::Chapter {
        intent: state.intent()?.clone(),
        analysis_key: state.analysis()?.analysis_key.clone(),
        outline: state.outline()?.clone(),
        index,
        voice: state.request.voice,
        open_questions,
    };

    node.context.once(&key, || node.ask(ARCHITECT, &task)).await
}
