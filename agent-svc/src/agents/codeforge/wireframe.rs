//! Wireframe: the pages of an app from its requirements. By a model or by the offline author.

use std::collections::BTreeSet;
use std::sync::Arc;

use kit::actor::Tier;
use proto::tasks::Level;
use proto::tasks::codeforge::documents::WireframeSpec;
use proto::tasks::codeforge::{WIREFRAME, WireframeInput};
use serde_json::json;

use super::idea::{forge_app, read_document};
use super::modelled::{DocumentRequest, ask_model, enclose, tell_idea, tell_requirements};
use super::{CodeForgeTools, prompts};
use crate::agent_context::AgentContext;
use crate::error::AgentError;
use crate::registry::{Agent, AgentName, Answer, Instructions};

const NAME: AgentName = AgentName {
    name: WIREFRAME,
    description: "Wireframe: designs the pages and components of an app.",
    least_tier: Tier::Free,
};
const SPEAKER: &str = "Wireframe";

pub(super) fn agent(tools: Arc<CodeForgeTools>) -> Agent {
    let instructions = Instructions::from_fragments(&prompts::FRAGMENTS).with_answer::<WireframeSpec>();

    Agent::new(NAME, instructions, move |input, desk| {
        let tools = Arc::clone(&tools);
        async move { run(&tools, &desk, input).await }
    })
}

async fn run(
    tools: &CodeForgeTools,
    desk: &AgentContext,
    input: WireframeInput,
) -> Result<Answer<WireframeSpec>, AgentError> {
    let offline = !tools.engines.models.available(desk);
    let output = match offline {
        true => {
            let project = forge_app(tools, desk, &input.app, input.requirements.as_ref()).await?;
            read_document(project.wireframe)?
        }
        false => design_by_model(tools, desk, &input).await?,
    };

    let details = json!({ "pages": output.site_map.len() });
    desk.log_with(SPEAKER, "Designed the pages", details, Level::Info)
        .await;
    Ok(Answer { output, offline })
}

async fn design_by_model(
    tools: &CodeForgeTools,
    desk: &AgentContext,
    input: &WireframeInput,
) -> Result<WireframeSpec, AgentError> {
    let material = [
        tell_idea(&input.app),
        tell_requirements(input.requirements.as_ref()),
    ];
    let wanted = DocumentRequest {
        speaker: SPEAKER,
        what: "wireframe",
        prompt: prompts::wireframe,
        material: enclose(&material),
        shown: "description",
    };

    ask_model(tools, desk, wanted, judge).await
}

/// Pages that stand in each other's way.
fn judge(wireframe: &WireframeSpec) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let twice = wireframe
        .site_map
        .iter()
        .filter(|page| !seen.insert(page.path.as_str()))
        .map(|page| format!("the path {} is there twice", page.path));

    twice.collect()
}
