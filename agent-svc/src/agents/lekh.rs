//! Lekh's agents: a prompt becomes a book that remembers. What each takes and gives is in [`proto::tasks::fiction`]; offline they
//! are the crate `fiction`. With a model each has one file that asks it and mends what it says; what can't be mended is written
//! offline instead, and said, so that no chapter is lost.

mod architect;
mod character_smith;
mod continuity;
mod names;
mod prompts;
mod prose_weaver;
mod reader;

use std::sync::Arc;

use fiction::FictionError;
use proto::tasks::Level;
use serde_json::json;

use super::Engines;
use crate::agent_context::AgentContext;
use crate::error::AgentError;
use crate::llm::LlmError;
use crate::registry::Registry;

/// What these agents work with.
pub(crate) struct LekhTools {
    engines: Engines,
}

impl LekhTools {
    pub(super) fn new(engines: Engines) -> Self {
        Self { engines }
    }
}

pub(super) fn register(registry: &mut Registry, tools: LekhTools) {
    let tools = Arc::new(tools);

    registry.add(architect::agent(Arc::clone(&tools)));
    registry.add(character_smith::agent(Arc::clone(&tools)));
    registry.add(prose_weaver::agent(Arc::clone(&tools)));
    registry.add(continuity::agent(Arc::clone(&tools)));
    registry.add(reader::agent(tools));
}

/// What the offline author refuses, by the field at fault.
fn refuse(desk: &AgentContext, error: &FictionError) -> AgentError {
    let field = match error {
        FictionError::Invalid { field, .. } => *field,
        FictionError::UnknownScene(_) => "scene",
        FictionError::ForeignOutline(_) => "outline",
        FictionError::ForeignCast(_) => "cast",
    };
    let told = error.to_string();
    let expected = told
        .split_once("expected ")
        .map_or(told.as_str(), |(_, expected)| expected);

    AgentError::field(desk.agent, field, expected)
}

/// What the model made; `None`, and a line in the log, when it can't be used however often it is asked.
///
/// # Errors
/// What has nothing to do with what it said.
async fn or_offline<T>(
    desk: &AgentContext,
    speaker: &'static str,
    made: Result<T, AgentError>,
) -> Result<Option<T>, AgentError> {
    let problem = match made {
        Ok(made) => return Ok(Some(made)),
        Err(AgentError::Unusable { problems, .. }) => problems.join("; "),
        Err(AgentError::Model(error @ (LlmError::InvalidOutput { .. } | LlmError::Truncated { .. }))) => {
            error.to_string()
        }
        Err(error) => return Err(error),
    };

    let details = json!({ "problem": problem });
    desk.log_with(
        speaker,
        "The model's answer could not be used; the offline author goes on",
        details,
        Level::Warning,
    )
    .await;
    Ok(None)
}
