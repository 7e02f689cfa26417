//! An idea as the offline author reads it: with what was answered to its questions, and what agents before said of it.

use forge::{Answer, ForgeError, Forged, Project, Question, forge_answered};
use proto::tasks::codeforge::documents::{ClarificationQuestion, NotBuilt, RequirementsDoc};
use proto::tasks::codeforge::{AppIdea, ClarificationAnswer};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::CodeForgeTools;
use crate::agent_context::AgentContext;
use crate::error::AgentError;

/// What the offline author makes of an idea, on a thread of its own.
///
/// # Errors
/// [`AgentError::Input`] for an idea that it does not take.
pub(super) async fn forge_idea(
    tools: &CodeForgeTools,
    desk: &AgentContext,
    app: &AppIdea,
) -> Result<Forged, AgentError> {
    let (text, answers) = (app.idea.clone(), pair_answers(&app.answers));
    let seed = u64::from(app.seed);
    let forged = tools
        .engines
        .bench
        .run(move |_| forge_answered(&text, &answers, seed))
        .await?;

    forged.map_err(|error| refuse(desk, &error))
}

/// The same for who needs a project. An idea that is too little is made up for by the requirements that came with it.
///
/// # Errors
/// [`AgentError::Input`], also when neither says what the app keeps.
pub(super) async fn forge_app(
    tools: &CodeForgeTools,
    desk: &AgentContext,
    app: &AppIdea,
    requirements: Option<&RequirementsDoc>,
) -> Result<Project, AgentError> {
    if let Forged::Project(project) = forge_idea(tools, desk, app).await? {
        return Ok(*project);
    }

    let described = requirements.map(|requirements| AppIdea {
        idea: describe(requirements),
        answers: app.answers.clone(),
        seed: app.seed,
    });
    if let Some(described) = described
        && let Forged::Project(project) = forge_idea(tools, desk, &described).await?
    {
        return Ok(*project);
    }

    let expected = "an idea that names what the app keeps, such as recipes, bookings or plants";
    Err(AgentError::field(desk.agent, "app.idea", expected))
}

/// The answers with their questions, as the author takes them.
fn pair_answers(answers: &[ClarificationAnswer]) -> Vec<Answer> {
    let paired = answers.iter().map(|answer| Answer {
        question: answer.question.clone(),
        answer: answer.answer.clone(),
    });
    paired.collect()
}

/// Requirements as an idea.
fn describe(requirements: &RequirementsDoc) -> String {
    let features: Vec<String> = requirements
        .core_features
        .iter()
        .map(|feature| format!("{}: {}", feature.name, feature.description))
        .collect();

    format!(
        "{}: {}\n{}",
        requirements.app_name,
        requirements.elevator_pitch,
        features.join("\n")
    )
}

fn refuse(desk: &AgentContext, error: &ForgeError) -> AgentError {
    let expected = match error {
        ForgeError::EmptyIdea => "a sentence that says what the app keeps and what people do with it",
        ForgeError::TooLong(_) => "at most 50000 bytes, with all answers",
        ForgeError::BadPath { .. } | ForgeError::UnknownQuestion { .. } => return AgentError::Broken,
    };
    AgentError::field(desk.agent, "app.idea", expected)
}

/// A document of the offline author as the contract's type.
///
/// # Errors
/// [`AgentError::Broken`] when the author wrote something else.
pub(super) fn read_document<T: DeserializeOwned>(document: Value) -> Result<T, AgentError> {
    serde_json::from_value(document).map_err(|error| {
        tracing::error!(%error, "the offline author wrote what it should not");
        AgentError::Broken
    })
}

pub(super) fn tell_questions(questions: Vec<Question>) -> Vec<ClarificationQuestion> {
    let told = questions.into_iter().map(|question| ClarificationQuestion {
        question: question.question,
        why: question.why,
        options: question.options,
    });
    told.collect()
}

pub(super) fn tell_omissions(project: &Project) -> Vec<NotBuilt> {
    let told = project.omissions.iter().map(|omission| NotBuilt {
        asked: omission.asked.clone(),
        reason: omission.reason.clone(),
    });
    told.collect()
}
