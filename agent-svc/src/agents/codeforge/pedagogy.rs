//! Pedagogy: an answer that asks, or the ways of a decision. The ladder, what is known of the learner and what must not be said are the
//! crate `tutor`'s; a model finds the words, and is heard only where it keeps to all of that.

use std::sync::Arc;

use kit::actor::Tier;
use proto::tasks::Level;
use proto::tasks::codeforge::PEDAGOGY;
use proto::tasks::codeforge::teaching::{
    ChoiceFramework, PedagogyAnswer, PedagogyInput, PedagogyOutput, PedagogyResponse, PedagogyTask,
    StudentMaterial,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tutor::{LearnerMessage, LearnerState, Said, SourceFile, StudentProject, TutorError, TutorTurn};

use super::idea::read_document;
use super::modelled::{DocumentRequest, ask_model, enclose};
use super::{CodeForgeTools, prompts};
use crate::agent_context::AgentContext;
use crate::error::AgentError;
use crate::llm::LlmError;
use crate::registry::{Agent, AgentName, Answer, Instructions};

const NAME: AgentName = AgentName {
    name: PEDAGOGY,
    description: "Pedagogy: answers a learner with a question and a hint, or lays out a decision.",
    least_tier: Tier::Free,
};
const SPEAKER: &str = "Tutor";
/// Characters of the file that is talked of, and of the requirements, as a model reads them.
const MATERIAL_MAX: usize = 20_000;

pub(super) fn agent(tools: Arc<CodeForgeTools>) -> Agent {
    let instructions = Instructions::from_fragments(&prompts::FRAGMENTS)
        .with_answer::<PedagogyResponse>()
        .with_answer::<ChoiceFramework>();

    Agent::new(NAME, instructions, move |input, desk| {
        let tools = Arc::clone(&tools);
        async move { run(&tools, &desk, input).await }
    })
}

async fn run(
    tools: &CodeForgeTools,
    desk: &AgentContext,
    input: PedagogyInput,
) -> Result<Answer<PedagogyOutput>, AgentError> {
    if input.question.trim().is_empty() && input.exercise.is_none() && input.concept.is_none() {
        return Err(AgentError::field(desk.agent, "question", "some words"));
    }

    match input.task {
        PedagogyTask::Ask => answer(tools, desk, input).await,
        PedagogyTask::Choices => weigh(tools, desk, input).await,
    }
}

/// The project as the tutor reads it.
pub(super) fn read_project(material: StudentMaterial) -> StudentProject {
    let files = material.files.into_iter().map(|file| SourceFile {
        path: file.path,
        content: file.content,
    });

    StudentProject {
        title: material.title,
        // A document of another form has nothing that could be read.
        requirements: material
            .requirements
            .and_then(|document| serde_json::from_value(document).ok()),
        files: files.collect(),
        level: match material.skill_level {
            proto::tasks::codeforge::teaching::SkillLevel::Beginner => tutor::Level::Beginner,
            proto::tasks::codeforge::teaching::SkillLevel::Intermediate => tutor::Level::Intermediate,
            proto::tasks::codeforge::teaching::SkillLevel::Advanced => tutor::Level::Advanced,
        },
    }
}

/// # Errors
/// [`AgentError::Input`] for what no answer of ours was.
pub(super) fn read_learner(
    desk: &AgentContext,
    learner: &Map<String, Value>,
) -> Result<LearnerState, AgentError> {
    serde_json::from_value(Value::Object(learner.clone())).map_err(|_| {
        AgentError::field(
            desk.agent,
            "learner",
            "what the last answer gave, or an empty object",
        )
    })
}

/// One of the tutor's documents as the contract's type.
pub(super) fn to_contract<T: DeserializeOwned>(document: &impl Serialize) -> Result<T, AgentError> {
    read_document(json!(document))
}

async fn answer(
    tools: &CodeForgeTools,
    desk: &AgentContext,
    input: PedagogyInput,
) -> Result<Answer<PedagogyOutput>, AgentError> {
    let keeps_learner = input.learner.is_some();
    let state = read_learner(desk, &input.learner.unwrap_or_default())?;
    let project = Arc::new(read_project(input.project));
    let message = LearnerMessage {
        text: input.question,
        code: input.code,
        exercise: input.exercise,
        concept: input.concept,
        file: input.file,
    };

    let (asked, read) = (message.clone(), Arc::clone(&project));
    let turn = tools
        .engines
        .bench
        .run(move |_| tutor::answer_learner(&asked, &read, state))
        .await?
        .map_err(|error| refuse(desk, &error))?;
    let by_model = match tools.engines.models.available(desk) {
        true => answer_by_model(tools, desk, (&message, &project, &turn), &input.said_before).await?,
        false => None,
    };

    let offline = by_model.is_none();
    let response = match by_model {
        Some(response) => response,
        None => to_contract(&turn.response)?,
    };
    let details = json!({ "known": turn.is_known, "turn": turn.state.turns });
    desk.log_with(SPEAKER, "Asked a question back", details, Level::Info)
        .await;

    let learner = match json!(turn.state) {
        Value::Object(learner) if keeps_learner => Some(learner),
        _ => None,
    };
    Ok(Answer {
        output: PedagogyOutput::Answered(PedagogyAnswer {
            response,
            is_known: learner.as_ref().map(|_| turn.is_known),
            learner,
        }),
        offline,
    })
}

/// A model's words for the draft; none when it could not keep to what a tutor may say, also after it was told.
async fn answer_by_model(
    tools: &CodeForgeTools,
    desk: &AgentContext,
    (message, project, turn): (&LearnerMessage, &StudentProject, &TutorTurn),
    before: &[String],
) -> Result<Option<PedagogyResponse>, AgentError> {
    let mut own: Vec<&str> = project.files.iter().map(|file| file.content.as_str()).collect();
    own.push(&message.text);
    own.extend(message.code.as_deref());
    let before: Vec<&str> = before.iter().map(String::as_str).collect();
    let said = Said {
        exercise: turn.state.open_exercise(),
        own: &own,
        before: &before,
    };

    let file = turn.state.open_file();
    let file = file.and_then(|path| project.files.iter().find(|file| file.path == path));
    let material = [
        format!("The learner says: {}", message.text),
        format!(
            "The learner's code: {}",
            message.code.as_deref().unwrap_or("none")
        ),
        format!("Draft: {}", json!(turn.response)),
        file.map_or_else(String::new, |file| {
            format!("File {}:\n{}", file.path, cut(&file.content))
        }),
    ];
    let wanted = DocumentRequest {
        speaker: SPEAKER,
        what: "answer",
        prompt: prompts::pedagogy,
        material: enclose(&material),
        shown: "encouragement",
    };

    let made = ask_model(
        tools,
        desk,
        wanted,
        |response: &PedagogyResponse| match to_contract::<tutor::PedagogyResponse>(response) {
            Ok(response) => tutor::judge_response(&response, &said)
                .iter()
                .map(ToString::to_string)
                .collect(),
            Err(error) => vec![error.to_string()],
        },
    )
    .await;
    or_offline(desk, made).await
}

async fn weigh(
    tools: &CodeForgeTools,
    desk: &AgentContext,
    input: PedagogyInput,
) -> Result<Answer<PedagogyOutput>, AgentError> {
    let requirements = json!(input.project.requirements).to_string();
    let (question, project) = (input.question.clone(), read_project(input.project));
    let choices = tools
        .engines
        .bench
        .run(move |_| tutor::write_choices(&question, &project))
        .await?;
    let choices: ChoiceFramework = to_contract(&choices)?;

    let by_model = match tools.engines.models.available(desk) {
        true => {
            let material = [
                format!("The question: {}", input.question),
                format!("Requirements: {}", cut(&requirements)),
                format!("Draft: {}", json!(choices)),
            ];
            let wanted = DocumentRequest {
                speaker: SPEAKER,
                what: "decision",
                prompt: prompts::choices,
                material: enclose(&material),
                shown: "context",
            };
            let made = ask_model(tools, desk, wanted, |_: &ChoiceFramework| Vec::new()).await;
            or_offline(desk, made).await?
        }
        false => None,
    };

    let offline = by_model.is_none();
    let output = by_model.unwrap_or(choices);
    let details = json!({ "options": output.options.len() });
    desk.log_with(SPEAKER, "Laid out a decision", details, Level::Info)
        .await;
    Ok(Answer {
        output: PedagogyOutput::Weighed(output),
        offline,
    })
}

pub(super) fn refuse(desk: &AgentContext, error: &TutorError) -> AgentError {
    let (field, expected) = match error {
        TutorError::UnknownExercise(_) => ("exercise", "the id of an exercise that the tutor has"),
        TutorError::UnknownConcept(_) => ("concept", "the id of a concept that the tutor has"),
        TutorError::NoRequirements => ("project.requirements", "requirements with at least one feature"),
    };
    AgentError::field(desk.agent, field, expected)
}

fn cut(text: &str) -> String {
    text.chars().take(MATERIAL_MAX).collect()
}

/// What the model made; `None`, and a line in the log, when it can't be used however often it is asked.
///
/// # Errors
/// What has nothing to do with what it said.
pub(super) async fn or_offline<T>(
    desk: &AgentContext,
    made: Result<T, AgentError>,
) -> Result<Option<T>, AgentError> {
    let problem = match made {
        Ok(made) => return Ok(Some(made)),
        Err(AgentError::Unusable { problems, .. }) => problems.join("; "),
        Err(AgentError::Model(error @ (LlmError::InvalidOutput { .. } | LlmError::Truncated { .. }))) => {
            error.to_string()
        }
        Err(error) => return Err(error),
    };

    let details = json!({ "problem": problem });
    let action = "The model's answer could not be used; the tutor's own goes out";
    desk.log_with(SPEAKER, action, details, Level::Warning).await;
    Ok(None)
}
