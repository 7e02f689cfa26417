//! What nodes keep of what was made: in the project, and as the job's result. What is kept twice is kept the same.

use flow::{Cause, NodeError};
use kit::error::{ErrorKind, ServiceError};
use serde_json::{Value, json};

use super::Node;
use crate::domain::jobs::MadeProject;
use crate::error::StoryError;

/// Writes it into the project as one revision, whose number is given.
pub(in crate::graphs) async fn save_made(
    node: &Node,
    made: MadeProject<'_>,
    message: &str,
) -> Result<u32, NodeError> {
    let state = &node.state;
    let kept = node
        .tools
        .jobs
        .keep_made(state.owner(), state.project_id, made, message)
        .await;
    let project =
        kept.map_err(|error| refuse(error, "What was made could not be written into the project."))?;

    Ok(project.revision)
}

/// Keeps the result and says so with the commit that ends the run.
pub(in crate::graphs) async fn keep_result(node: &Node, result: &Value) -> Result<(), NodeError> {
    let run = node.context.run_id();
    let kept = node.tools.jobs.keep_result(node.state.owner(), run, result).await;
    kept.map_err(|error| refuse(error, "The result could not be stored."))?;

    let offline = node.state.offline;
    node.context
        .emit_on_commit("complete", json!({ "job_id": run, "offline": offline }))
}

/// A store that does not answer is asked again; what a rule forbids stays forbidden, and the job's owner reads why.
pub(in crate::graphs) fn refuse(error: StoryError, message: &'static str) -> NodeError {
    match error.kind() {
        ErrorKind::Unavailable | ErrorKind::Internal | ErrorKind::Aborted => {
            NodeError::retryable(message).caused_by(Cause::from(error))
        }
        _ => {
            let (told, reason) = (error.to_string(), error.reason());
            NodeError::fatal(told).with_reason(reason).caused_by(error)
        }
    }
}
