//! Node `write`: the chapters' texts. They do not depend on each other, so several are written at the same time; each is
//! one journalled effect.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flow::NodeError;
use serde_json::json;

use super::at_once::at_once;
use super::desk::{Answer, Desk, Level, Phase, Speaker};
use super::state::Update;
use super::tasks::{self, ArchitectTask, Chapter, ChapterOutput};

/// Progress at the first and after the last chapter.
const FROM: f64 = 40.0;
const TO: f64 = 70.0;

pub(super) async fn run(desk: Arc<Desk>) -> Result<Update, NodeError> {
    let count = desk.state.outline()?.chapters.len();
    let done = AtomicUsize::new(0);
    let limit = desk.tools.config.chapters_at_once;
    let answers = at_once(0..count, limit, async |index| {
        let answer = write(&desk, index).await?;
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        // The last one ends the phase: the next node shows that.
        if done < count {
            desk.progress(Phase::Generating, share(FROM, TO, done, count))
                .await?;
        }
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

/// Whole percents between `from` and `to`.
#[expect(clippy::cast_precision_loss, reason = "a handful of chapters or chunks")]
pub(super) fn share(from: f64, to: f64, done: usize, count: usize) -> f64 {
    (from + (to - from) * done as f64 / count.max(1) as f64).floor()
}
