//! Graphs: a room for each product, readable as a list of nodes and edges; and what nodes of every product share.

pub(crate) mod account_deletion;
pub(crate) mod agent_job;
mod at_once;
pub(crate) mod code_pipeline;
pub(crate) mod code_story;
pub(crate) mod fiction;
mod meter;
mod node;
mod node_context;
pub(crate) mod response;
pub(crate) mod story_deletion;
pub(crate) mod workflow;

/// Rounded, as clients get it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time of the audio, far from any limit"
)]
fn whole_seconds(seconds: f64) -> u64 {
    seconds.max(0.0).round() as u64
}
