//! Research: requirements from an idea, or the questions that must be answered first. By a model or by the offline author.

use std::sync::Arc;

use forge::Forged;
use kit::actor::Tier;
use proto::tasks::Level;
use proto::tasks::codeforge::documents::ResearchResult;
use proto::tasks::codeforge::{RESEARCH, ResearchInput};
use serde_json::json;

use super::idea::{forge_idea, read_document, tell_omissions, tell_questions};
use super::modelled::{DocumentRequest, ask_model, enclose, tell_idea, tell_patterns};
use super::{CodeForgeTools, prompts};
use crate::agent_context::AgentContext;
use crate::error::AgentError;
use crate::registry::{Agent, AgentName, Answer, Instructions};

const NAME: AgentName = AgentName {
    name: RESEARCH,
    description: "Research: turns an idea into requirements, or asks what it leaves open.",
    least_tier: Tier::Free,
};
const SPEAKER: &str = "Research";

pub(super) fn agent(tools: Arc<CodeForgeTools>) -> Agent {
    let instructions = Instructions::from_fragments(&prompts::FRAGMENTS).with_answer::<ResearchResult>();

    Agent::new(NAME, instructions, move |input, desk| {
        let tools = Arc::clone(&tools);
        async move { run(&tools, &desk, input).await }
    })
}

async fn run(
    tools: &CodeForgeTools,
    desk: &AgentContext,
    input: ResearchInput,
) -> Result<Answer<ResearchResult>, AgentError> {
    if !input.app.idea.chars().any(char::is_alphanumeric) {
        return Err(AgentError::field(desk.agent, "app.idea", "some words"));
    }

    let offline = !tools.engines.models.available(desk);
    let output = match offline {
        true => research_offline(tools, desk, &input).await?,
        false => research_by_model(tools, desk, &input).await?,
    };

    let (action, features) = match &output.requirements {
        Some(requirements) => ("Wrote the requirements", requirements.core_features.len()),
        None => ("Has questions first", 0),
    };
    let details = json!({ "features": features, "questions": output.questions.len(), "not_built": output.not_built.len() });
    desk.log_with(SPEAKER, action, details, Level::Info).await;

    Ok(Answer { output, offline })
}

async fn research_offline(
    tools: &CodeForgeTools,
    desk: &AgentContext,
    input: &ResearchInput,
) -> Result<ResearchResult, AgentError> {
    match forge_idea(tools, desk, &input.app).await? {
        Forged::Project(project) => Ok(ResearchResult {
            not_built: tell_omissions(&project),
            questions: tell_questions(project.questions),
            requirements: Some(read_document(project.requirements)?),
        }),
        Forged::Questions(questions) if input.may_ask => Ok(ResearchResult {
            requirements: None,
            questions: tell_questions(questions),
            not_built: Vec::new(),
        }),
        Forged::Questions(_) => {
            let expected = "an idea that names what the app keeps, such as recipes, bookings or plants";
            Err(AgentError::field(desk.agent, "app.idea", expected))
        }
    }
}

async fn research_by_model(
    tools: &CodeForgeTools,
    desk: &AgentContext,
    input: &ResearchInput,
) -> Result<ResearchResult, AgentError> {
    let may = match input.may_ask {
        true => "You may ask.",
        false => "You may not ask; go by what is there.",
    };
    let material = [
        tell_idea(&input.app),
        tell_patterns(tools, desk, &input.app).await,
    ];
    let wanted = DocumentRequest {
        speaker: SPEAKER,
        what: "requirements",
        prompt: prompts::research,
        material: format!("{}\n\n{may}", enclose(&material)),
        shown: "elevator_pitch",
    };

    ask_model(tools, desk, wanted, |result: &ResearchResult| {
        judge(result, input.may_ask)
    })
    .await
}

/// Requirements, or questions where one may ask.
fn judge(result: &ResearchResult, may_ask: bool) -> Vec<String> {
    let problem = match (&result.requirements, result.questions.is_empty()) {
        (Some(_), _) => return Vec::new(),
        (None, true) => "it has neither `requirements` nor `questions`",
        (None, false) if may_ask => return Vec::new(),
        (None, false) => "it has no `requirements`, and nobody is there to answer questions",
    };
    vec![problem.to_owned()]
}
