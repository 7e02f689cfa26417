//! What the tutor answers with, as CodeForge.10 bounds it, and what it reads of a project's requirements.

use serde::{Deserialize, Serialize};

/// How much somebody knows already, and how hard something is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    #[default]
    Beginner,
    Intermediate,
    Advanced,
}

/// One turn of the tutor. The tutor's own turns have a single step; in all of its texts stands one question mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PedagogyResponse {
    /// 5 to 500 characters.
    pub encouragement: String,
    /// 1 to 10.
    pub steps: Vec<PedagogyStep>,
    pub key_concept: String,
    /// At most 5.
    pub further_exploration: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PedagogyStep {
    /// Counted from 1.
    pub step_number: u32,
    pub question: String,
    /// 5 to 500 characters.
    pub hint: String,
    /// At most 200 characters.
    pub concept: String,
}

/// A decision with its ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceFramework {
    /// 10 to 2,000 characters.
    pub context: String,
    /// 2 to 5.
    pub options: Vec<ChoiceOption>,
    /// At most 500 characters.
    pub recommendation: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceOption {
    /// At most 50 characters.
    pub id: String,
    /// 3 to 200 characters.
    pub title: String,
    /// 1 to 10.
    pub pros: Vec<String>,
    /// At most 10.
    pub cons: Vec<String>,
    pub difficulty: Level,
    /// 5 to 500 characters.
    pub educational_value: String,
}

/// What there is to learn, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearningRoadmap {
    /// 1 to 20.
    pub modules: Vec<RoadmapModule>,
    /// The sum of the modules' hours, 1 to 500.
    pub total_estimated_hours: f64,
    /// At most 10.
    pub prerequisites: Vec<String>,
    /// 1 to 10.
    pub learning_objectives: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoadmapModule {
    /// 3 to 200 characters.
    pub title: String,
    /// 5 to 1,000 characters.
    pub description: String,
    /// 1 to 20.
    pub concepts: Vec<String>,
    /// At most 10.
    pub exercises: Vec<String>,
    /// 0.5 to 40.
    pub estimated_hours: f64,
}

/// What is read of a project's requirements; other fields are left alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Requirements {
    pub app_name: String,
    pub elevator_pitch: String,
    pub core_features: Vec<Feature>,
    pub technical_constraints: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Feature {
    pub name: String,
    pub description: String,
    /// `must-have`, `should-have` or `nice-to-have`.
    pub priority: String,
}

impl Feature {
    /// 0 for what must be there.
    pub(crate) fn rank(&self) -> u8 {
        match self.priority.as_str() {
            "must-have" => 0,
            "nice-to-have" => 2,
            _ => 1,
        }
    }
}
