//! Continuity: finds where a book contradicts itself, by rules alone; no model is asked.

use std::sync::Arc;

use kit::actor::Tier;
use proto::tasks::Level;
use proto::tasks::fiction::CONTINUITY;
use proto::tasks::fiction::finding::{ContinuityInput, ContinuityReport};
use serde_json::json;

use super::LekhTools;
use crate::agent_context::AgentContext;
use crate::error::AgentError;
use crate::registry::{Agent, AgentName, Answer, Instructions};

const NAME: AgentName = AgentName {
    name: CONTINUITY,
    description: "Continuity: finds where a book contradicts itself.",
    least_tier: Tier::Free,
};

pub(super) fn agent(tools: Arc<LekhTools>) -> Agent {
    Agent::new(NAME, Instructions::none(), move |input, desk| {
        let tools = Arc::clone(&tools);
        async move { run(&tools, &desk, input).await }
    })
}

async fn run(
    tools: &LekhTools,
    desk: &AgentContext,
    input: ContinuityInput,
) -> Result<Answer<ContinuityReport>, AgentError> {
    let scenes = input.scenes.len();
    let report = tools
        .engines
        .bench
        .run(move |_| continuity::check_book(&input))
        .await?;

    let details = json!({ "tool": "check_book", "scenes": scenes, "findings": report.findings.len() });
    let action = format!("Read {scenes} scenes");
    desk.log_with("Continuity", action, details, Level::Info).await;

    Ok(Answer {
        output: report,
        offline: true,
    })
}
