//! What clients call the part of the work that is being done.

#[derive(Debug, Clone, Copy)]
pub(super) enum Phase {
    Analyzing,
    Generating,
    Synthesizing,
}

impl From<Phase> for &'static str {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Analyzing => "analyzing",
            Phase::Generating => "generating",
            Phase::Synthesizing => "synthesizing",
        }
    }
}
