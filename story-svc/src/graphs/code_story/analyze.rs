//! Node `analyze`: what there is to tell. The analysis itself stays a blob; the state keeps its key.

use std::sync::Arc;

use flow::NodeError;
use proto::tasks::Level;
use proto::tasks::code_story::{ANALYZER, Analyzed, AnalyzerInput, Speaker};
use serde_json::json;

use super::Node;
use super::phase::Phase;
use super::state::Update;
use crate::graphs::node_context::AgentAnswer;

pub(super) async fn run(node: Arc<Node>) -> Result<Update, NodeError> {
    node.progress(Phase::Analyzing, 15.0).await?;
    node.log(Speaker::Analyzer, "Starting repository analysis", Level::Info)
        .await?;

    let input = AnalyzerInput {
        repo_url: node.state.request.repo_url.clone(),
        focus_areas: node.state.intent()?.focus_areas.clone(),
    };
    let answer: AgentAnswer<Analyzed> = node
        .context
        .once("analysis", || node.ask(ANALYZER, &input))
        .await?;

    let analysis = answer.output;
    let details = json!({ "files_analyzed": analysis.files_analyzed });
    node.log_with(Speaker::Analyzer, "Analysis complete", details, Level::Success)
        .await?;

    Ok(Update::Analyzed(analysis))
}
