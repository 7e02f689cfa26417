//! Node `qa`: what is wrong with the code.

use std::sync::Arc;

use flow::NodeError;
use proto::tasks::Level;
use proto::tasks::codeforge::documents::QaResult;
use proto::tasks::codeforge::{QA, QaInput, SourceFile};
use serde_json::json;

use super::code::source_files;
use super::tools::run_tools;
use super::{JobUpdate, Node, SPEAKER, ask_once};
use crate::graphs::node_context::AgentAnswer;

pub(super) async fn run(node: Arc<Node>) -> Result<JobUpdate, NodeError> {
    let state = &node.state;
    let (files, dependencies) = match &state.code {
        Some(code) => (source_files(code), code.dependencies.clone()),
        None => (Vec::new(), Vec::new()),
    };
    let (review, offline) = review_code(&node, files, dependencies).await?;

    if !review.passed {
        let details =
            json!({ "issues": review.issues.len(), "score": review.score, "iteration": state.iterations });
        node.log_with(SPEAKER, "The review found something", details, Level::Warning)
            .await?;
    }
    Ok(JobUpdate::Reviewed(review, offline))
}

/// The review, and whether no model took part in it.
pub(in crate::graphs) async fn review_code(
    node: &Node,
    files: Vec<SourceFile>,
    dependencies: Vec<String>,
) -> Result<(QaResult, bool), NodeError> {
    node.progress("qa", 75.0 + 4.0 * f64::from(node.state.iterations.min(4)))
        .await?;
    if files.is_empty() {
        let message = "The project has no files to check. Write some, or run the code agent first.";
        return Err(NodeError::fatal(message).with_reason("NOTHING_TO_CHECK"));
    }

    let tools = node
        .context
        .once("tools", || run_tools(node, &files, &dependencies))
        .await?;
    let input = QaInput {
        requirements: node.state.requirements().cloned(),
        files,
        dependencies,
        tools,
    };
    let answer: AgentAnswer<QaResult> = ask_once(node, "qa", QA, &input).await?;

    Ok((answer.output, answer.offline))
}
