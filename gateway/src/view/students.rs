//! What the tutor says and plans, as CodeForge.10 has it, and how far a student is. The documents are the same over REST and GraphQL.

use std::collections::BTreeMap;

use async_graphql::{ComplexObject, SimpleObject};
use proto::v1;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use super::stories::rfc3339;
use crate::{error::ApiError, graphql::scalar::Id, operation::profiles::SkillLevel};

/// A document of a service, which has checked it.
pub(crate) fn read_document<T: DeserializeOwned>(text: &str) -> Result<T, ApiError> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, "a document of the tutor can not be read");
        ApiError::internal()
    })
}

/// An answer that leads on: exactly one question, and a hint.
#[derive(Serialize, Deserialize, ToSchema, SimpleObject)]
#[graphql(name = "PedagogyResponse")]
pub(crate) struct PedagogyView {
    /// What is said to what the learner wrote.
    encouragement: String,
    /// What to think about next, in order.
    steps: Vec<PedagogyStepView>,
    /// The idea that it is all about.
    key_concept: String,
    /// At most five things to look at afterwards.
    further_exploration: Vec<String>,
}

/// One thing to think about.
#[derive(Serialize, Deserialize, ToSchema, SimpleObject)]
#[graphql(name = "PedagogyStep")]
pub(crate) struct PedagogyStepView {
    /// Its place among the steps, from 1.
    step_number: u32,
    /// What the learner is asked.
    question: String,
    /// What helps to answer the question.
    hint: String,
    /// The name of what it teaches.
    concept: String,
}

/// A decision with its ways.
#[derive(Serialize, Deserialize, ToSchema, SimpleObject)]
#[graphql(name = "ChoiceFramework")]
pub(crate) struct ChoiceFrameworkView {
    /// What it is about, in this project.
    context: String,
    /// Two to five ways to go.
    options: Vec<ChoiceOptionView>,
    /// The way that is leaned towards, and why.
    recommendation: String,
}

/// One way to decide.
#[derive(Serialize, Deserialize, ToSchema, SimpleObject)]
#[graphql(name = "ChoiceOption", complex)]
pub(crate) struct ChoiceOptionView {
    /// What names it when it is decided.
    #[graphql(skip)]
    id: String,
    /// The way in a few words.
    title: String,
    /// What speaks for this way.
    pros: Vec<String>,
    /// What speaks against this way.
    cons: Vec<String>,
    /// How much one has to know for it.
    difficulty: SkillLevel,
    /// What one learns by going it.
    educational_value: String,
}

#[ComplexObject]
impl ChoiceOptionView {
    /// What names it when it is decided.
    async fn id(&self) -> Id<'_> {
        self.id.as_str().into()
    }
}

/// What there is to learn for a project, in order.
#[derive(Serialize, Deserialize, ToSchema, SimpleObject)]
#[graphql(name = "LearningPlan")]
pub(crate) struct LearningRoadmapView {
    /// One to twenty modules; each stands on those before it.
    modules: Vec<RoadmapModuleView>,
    /// The sum of the modules' hours.
    total_estimated_hours: f64,
    /// What one should know or have already.
    prerequisites: Vec<String>,
    /// What one can do at the end.
    learning_objectives: Vec<String>,
}

/// A part of a roadmap.
#[derive(Serialize, Deserialize, ToSchema, SimpleObject)]
#[graphql(name = "RoadmapModule")]
pub(crate) struct RoadmapModuleView {
    /// What it is called in the plan.
    title: String,
    /// What is learned and built in it.
    description: String,
    /// The names of what it teaches.
    concepts: Vec<String>,
    /// What to do in the project, and exercises.
    exercises: Vec<String>,
    /// How long it takes, in hours.
    estimated_hours: f64,
}

/// A roadmap as it is kept, with how far its learner is.
#[derive(Serialize, ToSchema)]
pub(crate) struct StudentRoadmapView {
    project_id: String,
    #[serde(flatten)]
    roadmap: LearningRoadmapView,
    /// Modules that are done.
    current_step_index: u32,
    skill_level: String,
    created_at: String,
    updated_at: String,
}

impl TryFrom<v1::StudentRoadmap> for StudentRoadmapView {
    type Error = ApiError;

    fn try_from(kept: v1::StudentRoadmap) -> Result<Self, ApiError> {
        Ok(Self {
            roadmap: read_document(&kept.roadmap)?,
            created_at: rfc3339(kept.created_at.as_ref()),
            updated_at: rfc3339(kept.updated_at.as_ref()),
            project_id: kept.project_id,
            current_step_index: kept.current_step_index,
            skill_level: kept.skill_level,
        })
    }
}

/// A decision as it is kept, with the way that was taken.
#[derive(Serialize, ToSchema)]
pub(crate) struct StudentChoiceView {
    id: String,
    project_id: String,
    question: String,
    #[serde(flatten)]
    framework: ChoiceFrameworkView,
    /// None as long as it is open.
    chosen_option_id: Option<String>,
    created_at: String,
    updated_at: String,
}

impl TryFrom<v1::StudentChoice> for StudentChoiceView {
    type Error = ApiError;

    fn try_from(kept: v1::StudentChoice) -> Result<Self, ApiError> {
        Ok(Self {
            framework: read_document(&kept.framework)?,
            created_at: rfc3339(kept.created_at.as_ref()),
            updated_at: rfc3339(kept.updated_at.as_ref()),
            id: kept.id,
            project_id: kept.project_id,
            question: kept.question,
            chosen_option_id: kept.chosen_option_id,
        })
    }
}

/// Something that was said in a session.
#[derive(Serialize, ToSchema)]
pub(crate) struct StudyMessageView {
    /// user, assistant or system.
    role: String,
    content: String,
}

/// Somebody learned for a while.
#[derive(Serialize, ToSchema)]
pub(crate) struct StudySessionView {
    id: String,
    project_id: String,
    transcript: Vec<StudyMessageView>,
    concepts_covered: Vec<String>,
    duration_minutes: u32,
    created_at: String,
}

impl From<v1::StudySession> for StudySessionView {
    fn from(session: v1::StudySession) -> Self {
        let transcript = session.transcript.into_iter().map(|line| StudyMessageView {
            role: line.role,
            content: line.content,
        });
        Self {
            transcript: transcript.collect(),
            created_at: rfc3339(session.created_at.as_ref()),
            id: session.id,
            project_id: session.project_id,
            concepts_covered: session.concepts_covered,
            duration_minutes: session.duration_minutes,
        }
    }
}

/// One page of sessions, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct StudySessionPage {
    pub(crate) items: Vec<StudySessionView>,
    pub(crate) total: u64,
    pub(crate) page: u32,
    pub(crate) page_size: u32,
    pub(crate) has_more: bool,
}

/// How far somebody is with a project.
#[derive(Serialize, ToSchema)]
pub(crate) struct StudentProgressView {
    project_id: String,
    /// Of the roadmap; 0 without one.
    total_modules: u32,
    completed_modules: u32,
    /// 0 to 100.
    completion_percentage: f64,
    total_sessions: u64,
    total_minutes: u64,
    /// Of all sessions, each once.
    concepts_covered: Vec<String>,
    /// What the tutor has seen, by concept: 0 to 100.
    mastery: BTreeMap<String, u32>,
}

impl From<v1::StudentProgress> for StudentProgressView {
    fn from(progress: v1::StudentProgress) -> Self {
        Self {
            project_id: progress.project_id,
            total_modules: progress.total_modules,
            completed_modules: progress.completed_modules,
            completion_percentage: progress.completion_percentage,
            total_sessions: progress.total_sessions,
            total_minutes: progress.total_minutes,
            concepts_covered: progress.concepts_covered,
            mastery: progress.mastery.into_iter().collect(),
        }
    }
}
