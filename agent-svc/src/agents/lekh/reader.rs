//! Reader: finds in an imported manuscript who is there and what is said of them, by rules alone; no model is asked.

use std::sync::Arc;

use kit::actor::Tier;
use proto::tasks::Level;
use proto::tasks::fiction::READER;
use proto::tasks::fiction::manuscript::{ManuscriptInput, ManuscriptReading};
use serde_json::json;

use super::LekhTools;
use crate::agent_context::AgentContext;
use crate::error::AgentError;
use crate::registry::{Agent, AgentName, Answer, Instructions};

const NAME: AgentName = AgentName {
    name: READER,
    description: "Reader: finds the people and facts of an imported manuscript.",
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
    input: ManuscriptInput,
) -> Result<Answer<ManuscriptReading>, AgentError> {
    let scenes = input.scenes.len();
    let reading = tools
        .engines
        .bench
        .run(move |_| continuity::read_manuscript(input))
        .await?;

    let details = json!({ "tool": "read_manuscript", "scenes": scenes, "people": reading.cast.people.len() });
    let action = format!("Read {scenes} scenes");
    desk.log_with("Reader", action, details, Level::Info).await;

    Ok(Answer {
        output: reading,
        offline: true,
    })
}
