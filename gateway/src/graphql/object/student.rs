//! What learning with a project leaves behind: roadmap, decisions, sessions, progress.

use async_graphql::SimpleObject;
use proto::v1;

use super::known_time;
use crate::{
    error::ApiError,
    graphql::scalar::{DateTime, Id},
    operation::profiles::SkillLevel,
    view::students::{ChoiceFrameworkView, LearningRoadmapView, read_document},
};

/// What there is to learn for a project, and how far its learner is.
#[derive(SimpleObject)]
pub(crate) struct LearningRoadmap {
    /// The project that it is for.
    project_id: Id<'static>,
    /// The modules and what they lead to.
    plan: LearningRoadmapView,
    /// How many modules are done.
    current_step_index: u32,
    /// The level that it was written for.
    skill_level: Option<SkillLevel>,
    /// The moment at which it was written.
    created_at: DateTime<'static>,
    /// The moment of its last change.
    updated_at: DateTime<'static>,
}

impl TryFrom<v1::StudentRoadmap> for LearningRoadmap {
    type Error = ApiError;

    fn try_from(kept: v1::StudentRoadmap) -> Result<Self, ApiError> {
        Ok(Self {
            plan: read_document(&kept.roadmap)?,
            skill_level: SkillLevel::read(&kept.skill_level),
            created_at: known_time(kept.created_at.as_ref()),
            updated_at: known_time(kept.updated_at.as_ref()),
            project_id: kept.project_id.into(),
            current_step_index: kept.current_step_index,
        })
    }
}

/// A decision, and which way was taken.
#[derive(SimpleObject)]
pub(crate) struct StudentChoice {
    /// What this decision is named by.
    id: Id<'static>,
    /// The project that it is about.
    project_id: Id<'static>,
    /// What was to be decided then.
    question: String,
    /// The ways, and what speaks for each.
    framework: ChoiceFrameworkView,
    /// The option that was taken; null as long as it is open.
    chosen_option_id: Option<String>,
    /// The moment at which it was laid out.
    created_at: DateTime<'static>,
    /// The moment of its last change.
    updated_at: DateTime<'static>,
}

impl TryFrom<v1::StudentChoice> for StudentChoice {
    type Error = ApiError;

    fn try_from(kept: v1::StudentChoice) -> Result<Self, ApiError> {
        Ok(Self {
            framework: read_document(&kept.framework)?,
            created_at: known_time(kept.created_at.as_ref()),
            updated_at: known_time(kept.updated_at.as_ref()),
            id: kept.id.into(),
            project_id: kept.project_id.into(),
            question: kept.question,
            chosen_option_id: kept.chosen_option_id,
        })
    }
}

/// Something that was said in a session.
#[derive(SimpleObject)]
pub(crate) struct StudyMessage {
    /// Who said it: `user`, `assistant` or `system`.
    role: String,
    /// What was said, word by word.
    content: String,
}

/// A while in which somebody learned.
#[derive(SimpleObject)]
pub(crate) struct StudySession {
    /// What this session is named by.
    id: Id<'static>,
    /// The project that it was about.
    project_id: Id<'static>,
    /// What was said, in its order.
    transcript: Vec<StudyMessage>,
    /// The names of what it touched.
    concepts_covered: Vec<String>,
    /// How long it took, in minutes.
    duration_minutes: u32,
    /// The moment at which it was kept.
    created_at: DateTime<'static>,
}

impl From<v1::StudySession> for StudySession {
    fn from(session: v1::StudySession) -> Self {
        let transcript = session.transcript.into_iter().map(|line| StudyMessage {
            role: line.role,
            content: line.content,
        });
        Self {
            transcript: transcript.collect(),
            created_at: known_time(session.created_at.as_ref()),
            id: session.id.into(),
            project_id: session.project_id.into(),
            concepts_covered: session.concepts_covered,
            duration_minutes: session.duration_minutes,
        }
    }
}

/// How well somebody knows something, as far as the tutor has seen it.
#[derive(SimpleObject)]
pub(crate) struct ConceptMastery {
    /// The concept by its short name.
    concept: String,
    /// From 0 for nothing to 100.
    score: u32,
}

/// How far somebody is with a project.
#[derive(SimpleObject)]
pub(crate) struct StudentProgress {
    /// The project that they learn with.
    project_id: Id<'static>,
    /// Modules of the roadmap; 0 without one.
    total_modules: u32,
    /// Modules that are done by now.
    completed_modules: u32,
    /// The part that is done, 0 to 100.
    completion_percentage: f64,
    /// How many sessions were kept.
    total_sessions: u64,
    /// The minutes of all sessions together.
    total_minutes: u64,
    /// What the sessions covered, each once.
    concepts_covered: Vec<String>,
    /// What the tutor has seen, by concept.
    mastery: Vec<ConceptMastery>,
}

impl From<v1::StudentProgress> for StudentProgress {
    fn from(progress: v1::StudentProgress) -> Self {
        let mut mastery: Vec<ConceptMastery> = progress
            .mastery
            .into_iter()
            .map(|(concept, score)| ConceptMastery { concept, score })
            .collect();
        mastery.sort_by(|one, other| one.concept.cmp(&other.concept));

        Self {
            project_id: progress.project_id.into(),
            total_modules: progress.total_modules,
            completed_modules: progress.completed_modules,
            completion_percentage: progress.completion_percentage,
            total_sessions: progress.total_sessions,
            total_minutes: progress.total_minutes,
            concepts_covered: progress.concepts_covered,
            mastery,
        }
    }
}
