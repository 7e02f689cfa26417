//! Node `write`: the chapters' texts. They do not depend on each other, so several are written at the same time; each is
//! one journalled effect.

use std::sync::Arc;

use flow::NodeError;
use serde_json::json;

use super::at_once::at_once;
use super::desk::{Answer, Desk, Level, Phase, Speaker};
use super::meter::Meter;
use super::state::Update;
use super::tasks::{self, ArchitectTask, Chapter, ChapterOutput};

/// Percent before the first and after the last chapter.
const PROGRESS: (f64, f64) = (40.0, 69.0);

pub(super) async fn run(desk: Arc<Desk>) -> Result<Update, NodeError> {
    let count = desk.state.outline()?.chapters.len();
    let meter = Meter::new(&desk, Phase::Generating, PROGRESS, count);
    let limit = desk.tools.config.chapters_at_once;
    let answers = at_once(0..count, limit, async |index| {
        let answer = write(&desk, index).await?;
        meter.advance().await?;
        Ok(answer)
    })
    .await?;
    let offline = answers.iter().any(|answer| answer.offline);
    let chapters: Vec<Chapter> = answers.into_iter().map(|answer| answer.output.chapter).collect();
    let words: usize = chapters.iter().map(Chapter::words).sum();
    let details = json!({ "chapters": chapters.len(), "words": words });
    desk.log_with(Speaker::Architect, "Script complete", details, Level::Success)
        .await?;

    Ok(Update::Written { chapters, offline })
}

async fn write(desk: &Desk, index: usize) -> Result<Answer<ChapterOutput>, NodeError> {
    let state = &desk.state;
    let task = ArchitectTask::Chapter {
        intent: state.intent()?,
        analysis_key: &state.analysis()?.analysis_key,
        outline: state.outline()?,
        index,
        voice: state.request.voice,
    };

    desk.context
        .once(&format!("chapter:{index}"), || desk.ask(tasks::ARCHITECT, &task))
        .await
}
