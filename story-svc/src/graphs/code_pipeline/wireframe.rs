//! Node `wireframe`: the pages of the app.

use std::sync::Arc;

use flow::NodeError;
use proto::tasks::codeforge::documents::WireframeSpec;
use proto::tasks::codeforge::{WIREFRAME, WireframeInput};

use super::{JobUpdate, Node, ask_once};
use crate::graphs::node_context::AgentAnswer;

pub(super) async fn run(node: Arc<Node>) -> Result<JobUpdate, NodeError> {
    let (wireframe, offline) = design_pages(&node).await?;
    Ok(JobUpdate::Designed(wireframe, offline))
}

/// The pages, and whether the offline author designed them.
pub(in crate::graphs) async fn design_pages(node: &Node) -> Result<(WireframeSpec, bool), NodeError> {
    node.progress("wireframe", 25.0).await?;

    let input = WireframeInput {
        app: node.state.task.app.clone(),
        requirements: node.state.requirements().cloned(),
    };
    let answer: AgentAnswer<WireframeSpec> = ask_once(node, "wireframe", WIREFRAME, &input).await?;

    Ok((answer.output, answer.offline))
}
