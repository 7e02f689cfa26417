//! Node `intent`: what the story should dwell on.

use std::sync::Arc;

use flow::NodeError;
use serde_json::json;

use super::desk::{Answer, Desk, Level, Phase, Speaker};
use super::state::Update;
use super::tasks::{self, IntentInput, IntentOutput};

pub(super) async fn run(desk: Arc<Desk>) -> Result<Update, NodeError> {
    desk.progress(Phase::Analyzing, 5.0).await?;
    desk.log(Speaker::Intent, "Parsing user request", Level::Info)
        .await?;

    let input = IntentInput::from(&desk.state.request);
    let answer: Answer<IntentOutput> = desk
        .context
        .once("intent", || desk.ask(tasks::INTENT, &input))
        .await?;
    let intent = answer.output.intent;
    let details = json!({ "focus_areas": intent.focus_areas });
    desk.log_with(Speaker::Intent, "Intent extracted", details, Level::Success)
        .await?;

    Ok(Update::Understood(intent))
}
