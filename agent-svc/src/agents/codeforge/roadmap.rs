//! Roadmap: what there is to learn for a project, from its requirements. The order is the crate `tutor`'s; a model finds the words.

use std::sync::Arc;

use kit::actor::Tier;
use proto::tasks::Level;
use proto::tasks::codeforge::ROADMAP;
use proto::tasks::codeforge::teaching::{LearningRoadmap, RoadmapInput};
use serde_json::json;

use super::modelled::{DocumentRequest, ask_model, enclose};
use super::pedagogy::{or_offline, read_learner, read_project, refuse, to_contract};
use super::{CodeForgeTools, prompts};
use crate::agent_context::AgentContext;
use crate::error::AgentError;
use crate::registry::{Agent, AgentName, Answer, Instructions};

const NAME: AgentName = AgentName {
    name: ROADMAP,
    description: "Roadmap: plans what there is to learn for a project, in order.",
    least_tier: Tier::Free,
};
const SPEAKER: &str = "Roadmap";
/// Hours that a model may be off in its sum.
const ROUNDING: f64 = 0.01;

pub(super) fn agent(tools: Arc<CodeForgeTools>) -> Agent {
    let instructions = Instructions::from_fragments(&prompts::FRAGMENTS).with_answer::<LearningRoadmap>();

    Agent::new(NAME, instructions, move |input, desk| {
        let tools = Arc::clone(&tools);
        async move { run(&tools, &desk, input).await }
    })
}

async fn run(
    tools: &CodeForgeTools,
    desk: &AgentContext,
    input: RoadmapInput,
) -> Result<Answer<LearningRoadmap>, AgentError> {
    let learner = read_learner(desk, &input.learner)?;
    let requirements = json!(input.project.requirements);
    let project = read_project(input.project);
    let drafted = tools
        .engines
        .bench
        .run(move |_| tutor::write_roadmap(&project, &learner))
        .await?
        .map_err(|error| refuse(desk, &error))?;
    let drafted: LearningRoadmap = to_contract(&drafted)?;

    let by_model = match tools.engines.models.available(desk) {
        true => {
            let wanted = DocumentRequest {
                speaker: SPEAKER,
                what: "roadmap",
                prompt: prompts::roadmap,
                material: enclose(&[
                    format!("Requirements: {requirements}"),
                    format!("Draft: {}", json!(drafted)),
                ]),
                shown: "learning_objectives",
            };
            let made = ask_model(tools, desk, wanted, |roadmap| judge(roadmap, &drafted)).await;
            or_offline(desk, made).await?
        }
        false => None,
    };

    let offline = by_model.is_none();
    let output = by_model.unwrap_or(drafted);
    let details = json!({ "modules": output.modules.len(), "hours": output.total_estimated_hours });
    desk.log_with(SPEAKER, "Planned what to learn", details, Level::Info)
        .await;
    Ok(Answer { output, offline })
}

/// The sum is the sum, and no module of the draft is lost.
fn judge(roadmap: &LearningRoadmap, drafted: &LearningRoadmap) -> Vec<String> {
    let mut problems = Vec::new();
    let sum: f64 = roadmap.modules.iter().map(|module| module.estimated_hours).sum();
    if (sum.clamp(1.0, 500.0) - roadmap.total_estimated_hours).abs() > ROUNDING {
        problems.push(format!(
            "`total_estimated_hours` is not the sum of the modules, {sum}"
        ));
    }

    if roadmap.modules.len() < drafted.modules.len() {
        problems.push(format!(
            "it has fewer modules than the draft, which has {}",
            drafted.modules.len()
        ));
    }

    problems
}
