//! CodeForge's teachers: what a student says and learns with, and what comes of it. Bounds are the contract's (CodeForge.10).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::SourceFile;

/// How much somebody knows already, and how hard something is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SkillLevel {
    #[default]
    Beginner,
    Intermediate,
    Advanced,
}

impl SkillLevel {
    pub const ALL: [Self; 3] = [Self::Beginner, Self::Intermediate, Self::Advanced];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Beginner => "beginner",
            Self::Intermediate => "intermediate",
            Self::Advanced => "advanced",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }
}

/// The project that somebody learns with.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct StudentMaterial {
    #[schemars(length(max = 200))]
    pub title: String,
    /// RequirementsDoc, as it was written.
    pub requirements: Option<Value>,
    #[schemars(length(max = 1_000))]
    pub files: Vec<SourceFile>,
    pub skill_level: SkillLevel,
}

/// What is asked of the teacher.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PedagogyTask {
    /// An answer that leads on.
    #[default]
    Ask,
    /// The ways of a decision.
    Choices,
}

/// Input of `codeforge.pedagogy`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PedagogyInput {
    #[serde(default)]
    pub task: PedagogyTask,
    /// What the student says, or what is to be decided.
    #[schemars(length(min = 1, max = 5_000))]
    pub question: String,
    /// The student's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 50_000))]
    pub code: Option<String>,
    /// The file that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 500))]
    pub file: Option<String>,
    /// Begins this exercise, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub exercise: Option<String>,
    /// Begins this concept, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub concept: Option<String>,
    #[serde(default)]
    pub project: StudentMaterial,
    /// What the last answer gave as `learner`; an empty object for a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learner: Option<Map<String, Value>>,
    /// What the teacher said before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub said_before: Vec<String>,
}

/// Output of `codeforge.pedagogy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PedagogyOutput {
    Answered(PedagogyAnswer),
    Weighed(ChoiceFramework),
}

/// An answer, and what is known of the learner after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PedagogyAnswer {
    #[serde(flatten)]
    pub response: PedagogyResponse,
    /// Only where the input had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learner: Option<Map<String, Value>>,
    /// False when the teacher found nothing that it could say about the matter, and said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_known: Option<bool>,
}

/// One turn of the teacher. In all of its texts stands one question mark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PedagogyResponse {
    #[schemars(length(min = 5, max = 500))]
    pub encouragement: String,
    #[schemars(length(min = 1, max = 10))]
    pub steps: Vec<PedagogyStep>,
    #[schemars(length(max = 500))]
    pub key_concept: String,
    #[schemars(length(max = 5))]
    pub further_exploration: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PedagogyStep {
    #[schemars(range(min = 1))]
    pub step_number: u32,
    pub question: String,
    #[schemars(length(min = 5, max = 500))]
    pub hint: String,
    #[schemars(length(max = 200))]
    pub concept: String,
}

/// A decision with its ways.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChoiceFramework {
    #[schemars(length(min = 10, max = 2_000))]
    pub context: String,
    #[schemars(length(min = 2, max = 5))]
    pub options: Vec<ChoiceOption>,
    #[schemars(length(max = 500))]
    pub recommendation: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChoiceOption {
    #[schemars(length(min = 1, max = 50))]
    pub id: String,
    #[schemars(length(min = 3, max = 200))]
    pub title: String,
    #[schemars(length(min = 1, max = 10))]
    pub pros: Vec<String>,
    #[schemars(length(max = 10))]
    pub cons: Vec<String>,
    pub difficulty: SkillLevel,
    #[schemars(length(min = 5, max = 500))]
    pub educational_value: String,
}

/// Input of `codeforge.roadmap`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct RoadmapInput {
    pub project: StudentMaterial,
    pub learner: Map<String, Value>,
}

/// What there is to learn, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LearningRoadmap {
    #[schemars(length(min = 1, max = 20))]
    pub modules: Vec<RoadmapModule>,
    #[schemars(range(min = 1.0, max = 500.0))]
    pub total_estimated_hours: f64,
    #[schemars(length(max = 10))]
    pub prerequisites: Vec<String>,
    #[schemars(length(min = 1, max = 10))]
    pub learning_objectives: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RoadmapModule {
    #[schemars(length(min = 3, max = 200))]
    pub title: String,
    #[schemars(length(min = 5, max = 1_000))]
    pub description: String,
    #[schemars(length(min = 1, max = 20))]
    pub concepts: Vec<String>,
    #[schemars(length(max = 10))]
    pub exercises: Vec<String>,
    #[schemars(range(min = 0.5, max = 40.0))]
    pub estimated_hours: f64,
}
