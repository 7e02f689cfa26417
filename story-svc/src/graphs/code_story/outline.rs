//! Node `outline`: in which order it is told.

use std::sync::Arc;

use flow::NodeError;
use proto::tasks::Level;
use proto::tasks::code_story::{ARCHITECT, ArchitectInput, OutlineOutput, Speaker};

use super::Node;
use super::phase::Phase;
use super::state::Update;
use crate::graphs::node_context::AgentAnswer;

pub(super) async fn run(node: Arc<Node>) -> Result<Update, NodeError> {
    node.progress(Phase::Generating, 40.0).await?;
    node.log(Speaker::Architect, "Generating narrative", Level::Info)
        .await?;

    let task = ArchitectInput::Outline {
        intent: node.state.intent()?.clone(),
        analysis_key: node.state.analysis()?.analysis_key.clone(),
    };
    let answer: AgentAnswer<OutlineOutput> = node
        .context
        .once("outline", || node.ask(ARCHITECT, &task))
        .await?;

    let outline = answer.output.outline;
    if outline.chapters.is_empty() {
        return Err(NodeError::fatal(
            "There is nothing in this repository to tell a story about.",
        ));
    }

    Ok(Update::Outlined(outline))
}
