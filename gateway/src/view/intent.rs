//! What a chat message asks for: the agent that understands it, its input, and its output as clients know it. Nothing of
//! a message is kept or logged.

use proto::v1::AgentOutput;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::ApiError;

/// The agent that understands messages.
pub(crate) const AGENT: &str = "codestory.intent";
/// Characters of a message; longer ones are refused.
const MESSAGE_MAX: usize = 8_000;

#[derive(Serialize)]
struct Input<'a> {
    repo_url: &'a str,
    message: &'a str,
    focus_areas: [&'a str; 0],
}

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

    let input = Input {
        repo_url,
        message,
        focus_areas: [],
    };

    serde_json::to_string(&input).map_err(|_| ApiError::internal())
}

#[derive(Deserialize)]
struct Output {
    intent: Understood,
    message: String,
}

#[derive(Deserialize)]
struct Understood {
    focus_areas: Vec<String>,
    technical_depth: String,
    style: String,
    duration_minutes: u32,
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
        let output: Output = serde_json::from_str(&output.output).map_err(|err| {
            // Position and cause only: the output itself may quote the user.
            tracing::error!(
                agent = AGENT,
                line = err.line(),
                column = err.column(),
                "an agent's output has another shape"
            );
            ApiError::internal().by_agent(AGENT)
        })?;

        let Understood {
            focus_areas,
            technical_depth,
            style,
            duration_minutes,
        } = output.intent;

        let intent = IntentBody {
            focus_areas,
            technical_depth,
            style,
            suggested_duration: duration_minutes,
        };

        Ok(Self {
            intent,
            message: output.message,
        })
    }
}

/// The agent's stream ended, and there was no output in it.
pub(crate) fn unfinished() -> ApiError {
    tracing::error!(agent = AGENT, "an agent ended without an output");
    ApiError::internal().by_agent(AGENT)
}
