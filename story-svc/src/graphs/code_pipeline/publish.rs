//! Node `publish`: writes what was made into the project, and keeps the result. It is shown once the run has completed.

use std::sync::Arc;

use flow::NodeError;
use proto::tasks::Level;
use serde_json::json;

use super::save::{keep_result, save_made};
use super::{JobUpdate, Node, SPEAKER};
use crate::domain::jobs::MadeProject;

pub(super) async fn run(node: Arc<Node>) -> Result<JobUpdate, NodeError> {
    node.progress("publish", 95.0).await?;
    let state = &node.state;
    let researched = state.researched.as_ref();
    let passed = state.review.as_ref().is_some_and(|review| review.passed);

    let made = MadeProject {
        requirements: researched.map(|researched| &researched.requirements),
        wireframe: state.wireframe.as_ref(),
        code: state.code.as_ref(),
        completed: passed,
    };
    let name = researched.map_or("the app", |researched| researched.requirements.app_name.as_str());
    let revision = save_made(&node, made, &format!("Build {name}")).await?;

    let details = json!({ "revision": revision, "passed": passed });
    node.log_with(SPEAKER, "The project is written", details, Level::Success)
        .await?;
    let result = json!({
        "requirements": made.requirements,
        "wireframe": state.wireframe,
        "code": state.code,
        "qa": state.review,
        "not_built": researched.map(|researched| &researched.not_built),
        "open_questions": researched.map(|researched| &researched.questions),
        "iterations": state.iterations,
        "revision": revision,
        "offline": state.offline,
    });
    keep_result(&node, &result).await?;

    Ok(JobUpdate::Published)
}
