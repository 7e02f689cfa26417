//! Node `outline`: in which order it is told.

use std::sync::Arc;

use flow::NodeError;

use super::desk::{Answer, Desk, Level, Phase, Speaker};
use super::state::Update;
use super::tasks::{self, ArchitectTask, OutlineOutput};

pub(super) async fn run(desk: Arc<Desk>) -> Result<Update, NodeError> {
    desk.progress(Phase::Generating, 40.0).await?;
    desk.log(Speaker::Architect, "Generating narrative", Level::Info)
        .await?;

    let task = ArchitectTask::Outline {
        intent: desk.state.intent()?,
        analysis_key: &desk.state.analysis()?.analysis_key,
    };

    let answer: Answer<OutlineOutput> = desk
        .context
        .once("outline", || desk.ask(tasks::ARCHITECT, &task))
        .await?;
    let outline = answer.output.outline;
    if outline.chapters.is_empty() {
        return Err(NodeError::fatal(
            "There is nothing in this repository to tell a story about.",
        ));
    }

    Ok(Update::Outlined(outline))
}
