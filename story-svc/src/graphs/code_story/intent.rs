//! Node `intent`: what the story should dwell on.

use std::sync::Arc;

use flow::NodeError;
use proto::tasks::Level;
use proto::tasks::code_story::{INTENT, IntentInput, IntentResult, Speaker};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Node;
use super::phase::Phase;
use super::state::Update;
use crate::domain::code_request::CodeRequest;
use crate::graphs::node_context::AgentAnswer;

/// What a run keeps of the answer. The words for the user are for whoever chats.
#[derive(Serialize, Deserialize)]
struct Understood {
    intent: IntentResult,
}

pub(super) async fn run(node: Arc<Node>) -> Result<Update, NodeError> {
    node.progress(Phase::Analyzing, 5.0).await?;
    node.log(Speaker::Intent, "Parsing user request", Level::Info)
        .await?;

    let input = input_of(&node.state.request);
    let answer: AgentAnswer<Understood> = node.context.once("intent", || node.ask(INTENT, &input)).await?;

    let intent = answer.output.intent;
    let details = json!({ "focus_areas": intent.focus_areas });
    node.log_with(Speaker::Intent, "Intent extracted", details, Level::Success)
        .await?;

    Ok(Update::Understood(intent))
}

fn input_of(request: &CodeRequest) -> IntentInput {
    IntentInput {
        repo_url: request.repo_url.clone(),
        message: None,
        style: Some(request.style),
        duration_minutes: Some(request.duration_minutes),
        voice: Some(request.voice),
        focus_areas: request.focus_areas.clone(),
        technical_depth: Some(request.technical_depth),
    }
}
