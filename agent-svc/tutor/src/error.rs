//! Why the tutor refuses a request.

/// What a caller has to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TutorError {
    #[error("There is no exercise `{0}`.")]
    UnknownExercise(String),
    #[error("There is no concept `{0}`.")]
    UnknownConcept(String),
    #[error("A roadmap needs the project's requirements with at least one feature.")]
    NoRequirements,
}
