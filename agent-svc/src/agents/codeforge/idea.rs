//! An idea as the offline author reads it: with what was answered to its questions, and what agents before said of it.

use forge::{ForgeError, Forged, Project, Question, forge_project};
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
    let (text, seed) = (write_idea(app), u64::from(app.seed));
    let forged = tools
        .engines
        .bench
        .run(move |_| forge_project(&text, seed))
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

/// One text: the answers say what the idea left open.
fn write_idea(app: &AppIdea) -> String {
    let mut text = app.idea.trim().to_owned();
    for answer in &app.answers {
        let sentence = write_answer(answer);
        match INSTEAD.iter().any(|begin| answer.question.starts_with(begin)) {
            true => text = sentence,
            false => text = format!("{text}\n{sentence}"),
        }
    }

    text
}

/// Begin the questions that are asked when nothing of an idea was understood: their answers take its place.
const INSTEAD: [&str; 2] = ["Can you say the idea in English", KEPT];
const KEPT: &str = "What should the app keep";

/// An answer as a sentence that stands by itself.
fn write_answer(answer: &ClarificationAnswer) -> String {
    let said = answer.answer.trim().trim_end_matches(['.', '!']);
    if answer.question.starts_with(KEPT) {
        return format!("An app to keep {said}.");
    }
    if answer.question.starts_with("What do people do with them") {
        return format!("I want to {said}.");
    }

    format!("{said}.")
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
        ForgeError::BadPath { .. } => return AgentError::Broken,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn written(answers: &[(&str, &str)]) -> String {
        write_idea(&AppIdea {
            idea: "Something nice".to_owned(),
            answers: answers
                .iter()
                .map(|(question, answer)| ClarificationAnswer {
                    question: (*question).to_owned(),
                    answer: (*answer).to_owned(),
                })
                .collect(),
            seed: 0,
        })
    }

    #[test]
    fn what_was_asked_first_can_be_answered_in_a_word_and_makes_a_project() {
        let Ok(Forged::Questions(asked)) = forge_project(&written(&[]), 0) else {
            panic!("it asks");
        };
        let answers = [
            (asked[0].question.as_str(), "Recipes with a rating."),
            (asked[1].question.as_str(), "add, search"),
        ];

        let text = written(&answers);
        assert_eq!(
            text,
            "An app to keep Recipes with a rating.\nI want to add, search."
        );
        assert!(matches!(forge_project(&text, 0), Ok(Forged::Project(_))));
    }

    #[test]
    fn an_idea_in_another_language_is_replaced_by_its_translation() {
        let asked = "Can you say the idea in English?";
        assert_eq!(written(&[(asked, "A list of my plants")]), "A list of my plants.");
    }
}
