//! Node `analyze`: what there is to tell. The analysis itself stays a blob; the state keeps its key.

use std::sync::Arc;

use flow::NodeError;
use serde_json::json;

use super::desk::{Answer, Desk, Level, Phase, Speaker};
use super::state::Update;
use super::tasks::{self, Analyzed, AnalyzerInput};

pub(super) async fn run(desk: Arc<Desk>) -> Result<Update, NodeError> {
    desk.progress(Phase::Analyzing, 15.0).await?;
    desk.log(Speaker::Analyzer, "Starting repository analysis", Level::Info)
        .await?;

    let input = AnalyzerInput {
        repo_url: &desk.state.request.repo_url,
        focus_areas: &desk.state.intent()?.focus_areas,
    };

    let answer: Answer<Analyzed> = desk
        .context
        .once("analysis", || desk.ask(tasks::ANALYZER, &input))
        .await?;
    let analysis = answer.output;
    let details = json!({ "files_analyzed": analysis.files_analyzed });
    desk.log_with(Speaker::Analyzer, "Analysis complete", details, Level::Success)
        .await?;

    Ok(Update::Analyzed(analysis))
}
