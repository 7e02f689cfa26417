//! CodeForge's tutor without a model: it asks, and never gives a solution away.
//!
//! - [`answer_learner`] answers a learner's message with exactly one question and a hint.
//! - [`write_choices`] lays out a decision for a project, [`write_roadmap`] what there is to learn for it, and in which order.
//! - [`judge_response`] says what of an answer, whoever wrote it, a tutor must not say.
//!
//! What it knows of a learner is given and given back ([`LearnerState`]). Nothing here reads a clock, a file or the network.
//! What it knows itself stands in `data/`.

mod answer;
mod catalogue;
mod choices;
mod code_index;
mod code_talk;
mod code_tokens;
mod concept_talk;
mod documents;
mod error;
mod exercise_talk;
mod guard;
mod message;
mod reply;
mod roadmap;
mod state;
#[cfg(test)]
mod tests;
mod words;

pub use answer::{LearnerMessage, StudentProject, TutorTurn, answer_learner};
pub use catalogue::{ExerciseCard, exercise_cards};
pub use choices::write_choices;
pub use code_index::SourceFile;
pub use documents::{
    ChoiceFramework, ChoiceOption, Feature, LearningRoadmap, Level, PedagogyResponse, PedagogyStep,
    Requirements, RoadmapModule,
};
pub use error::TutorError;
pub use guard::{Objection, Said, judge_response};
pub use roadmap::write_roadmap;
pub use state::{LearnerState, Mastery};
