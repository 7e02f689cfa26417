//! What a chat message asks for: the agent that understands it, its input, and its output as clients know it. Nothing of
//! a message is kept or logged.

pub(crate) use proto::tasks::code_story::INTENT as AGENT;
use proto::tasks::code_story::{IntentInput, IntentOutput};
use proto::v1::AgentOutput;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;

/// Characters of a message; longer ones are refused.
const MESSAGE_MAX: usize = 8_000;

/// The agent's input as JSON, or a refusal that names the field.
pub(crate) fn input(message: &str, repo_url: &str) -> Result<String, ApiError> {
    for (field, text) in [("message", message), ("repo_url", repo_url)] {
        if text.contains('\0') {
            return Err(ApiError::field(
                field,
                "value_error",
                "must not hold the NUL character",
            ));
        }
    }

    let length = message.chars().count();
    if message.trim().is_empty() || length > MESSAGE_MAX {
        let expected = format!("expected 1 to {MESSAGE_MAX} characters that are not all blank");
        return Err(ApiError::field("message", "value_error", expected));
    }

    let input = IntentInput {
        repo_url: repo_url.to_owned(),
        message: Some(message.to_owned()),
        ..IntentInput::default()
    };

    serde_json::to_string(&input).map_err(|_| ApiError::internal())
}

/// What was understood.
#[derive(Serialize, ToSchema)]
pub(crate) struct IntentView {
    pub(crate) intent: IntentBody,
    /// An answer for the user.
    #[schema(example = "I'll focus on the router and its middleware.")]
    pub(crate) message: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IntentBody {
    #[schema(example = json!(["routing"]))]
    pub(crate) focus_areas: Vec<String>,
    #[schema(example = "intermediate")]
    pub(crate) technical_depth: String,
    #[schema(example = "tutorial")]
    pub(crate) style: String,
    /// Minutes.
    #[schema(example = 10)]
    pub(crate) suggested_duration: u32,
}

impl IntentView {
    pub(crate) fn read(output: &AgentOutput) -> Result<Self, ApiError> {
        let output: IntentOutput = serde_json::from_str(&output.output).map_err(|err| {
            // Position and cause only: the output itself may quote the user.
            tracing::error!(
                agent = AGENT,
                line = err.line(),
                column = err.column(),
                "an agent's output has another shape"
            );
            ApiError::internal().by_agent(AGENT)
        })?;

        let understood = output.intent;
        let intent = IntentBody {
            focus_areas: understood.focus_areas,
            technical_depth: understood.technical_depth.to_string(),
            style: understood.style.to_string(),
            suggested_duration: understood.duration_minutes.get(),
        };

        Ok(Self {
            intent,
            message: output.message,
        })
    }
}
