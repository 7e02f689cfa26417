//! The tools of one assistant in the hands of a model: they compute from the chat alone, and what they propose is gathered.

use std::sync::{Mutex, PoisonError};

use assistant::Assistant;
use assistant::tools::{ToolOutcome, use_tool};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::chat_input::SharedChat;
use super::prompts;
use crate::llm::{ToolBox, ToolCall, ToolSpec};

/// Wrong calls that a model is shown before it is given up.
const PATIENCE: usize = 2;

pub(super) struct AssistantTools {
    assistant: Assistant,
    chat: SharedChat,
    now: DateTime<Utc>,
    outcomes: Mutex<Vec<ToolOutcome>>,
}

impl AssistantTools {
    pub(super) fn new(assistant: Assistant, chat: SharedChat, now: DateTime<Utc>) -> Self {
        Self {
            assistant,
            chat,
            now,
            outcomes: Mutex::default(),
        }
    }

    /// What the tools gave, in the order in which they were used; nothing twice.
    pub(super) fn into_outcomes(self) -> Vec<ToolOutcome> {
        self.outcomes.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ToolBox for AssistantTools {
    fn specs(&self) -> Vec<ToolSpec> {
        prompts::list_tool_specs(self.assistant)
    }

    fn patience(&self) -> usize {
        PATIENCE
    }

    async fn run(&self, call: &ToolCall) -> Result<Value, String> {
        let Value::Object(arguments) = &call.arguments else {
            return Err("the arguments must be one JSON object".to_owned());
        };

        let input = &self.chat.expose().0;
        let outcome = use_tool(&call.name, arguments, input, self.now)?;
        let told = serde_json::to_value(&outcome.result).map_err(|_| "the tool failed".to_owned())?;
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        if !outcomes.contains(&outcome) {
            outcomes.push(outcome);
        }

        Ok(told.get("output").cloned().unwrap_or_default())
    }
}
