//! What learning with a project leaves behind: the learner, roadmaps, choices, sessions, and what was said.

use chrono::{DateTime, Utc};
use proto::tasks::codeforge::teaching::{ChoiceFramework, LearningRoadmap, PedagogyResponse, SkillLevel};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// What is known of whoever learns with a project.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Learner {
    /// The tutor's own.
    pub(crate) state: Map<String, Value>,
    pub(crate) skill_level: SkillLevel,
    /// 0 before anything was kept.
    pub(crate) version: u32,
}

/// What there is to learn, and how far somebody is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StudentRoadmap {
    pub(crate) project_id: Uuid,
    pub(crate) roadmap: LearningRoadmap,
    /// Modules that are done.
    pub(crate) current_step_index: u32,
    pub(crate) skill_level: SkillLevel,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// A decision, and which way was taken.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StudentChoice {
    pub(crate) id: Uuid,
    pub(crate) project_id: Uuid,
    pub(crate) question: String,
    pub(crate) framework: ChoiceFramework,
    pub(crate) chosen_option_id: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// Who says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MessageRole {
    User,
    Assistant,
    System,
}

impl MessageRole {
    pub(crate) const ALL: [Self; 3] = [Self::User, Self::Assistant, Self::System];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::System => "system",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// A line of a session's transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StudyMessage {
    pub(crate) role: MessageRole,
    pub(crate) content: String,
}

/// Somebody learned for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StudySession {
    pub(crate) id: Uuid,
    pub(crate) project_id: Uuid,
    pub(crate) transcript: Vec<StudyMessage>,
    pub(crate) concepts_covered: Vec<String>,
    pub(crate) duration_minutes: u32,
    pub(crate) created_at: DateTime<Utc>,
}

/// What was said with the tutor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ChatMessage {
    pub(crate) role: MessageRole,
    pub(crate) content: String,
    /// JSON: the whole answer, where it is one.
    pub(crate) metadata: Value,
}

/// How far somebody is with a project.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StudentProgress {
    pub(crate) project_id: Uuid,
    pub(crate) total_modules: u32,
    pub(crate) completed_modules: u32,
    pub(crate) total_sessions: u64,
    pub(crate) total_minutes: u64,
    pub(crate) concepts_covered: Vec<String>,
    /// By the concept's id, 0 to 100.
    pub(crate) mastery: Vec<(String, u32)>,
}

/// What the tutor answered, and how.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TutorAnswer {
    pub(crate) response: PedagogyResponse,
    /// No model was asked, or none was heard.
    pub(crate) offline: bool,
}

impl Learner {
    /// By the concept's id, 0 to 100.
    pub(crate) fn mastery(&self) -> Vec<(String, u32)> {
        let concepts = self.state.get("mastery").and_then(Value::as_object);
        let scores = concepts.into_iter().flatten().map(|(concept, mastery)| {
            let score = mastery.get("score").and_then(Value::as_u64).unwrap_or_default();
            (concept.clone(), u32::try_from(score.min(100)).unwrap_or(100))
        });

        scores.collect()
    }
}
