//! A message with its context, as it comes in: checked by its schema, shared while it is answered, and wiped.

use std::sync::{Arc, LazyLock};

use kit::ephemeral::{Ephemeral, Wipe};
use kit::error::Faults;
use proto::tasks::adiuva::{AssistantInput, AssistantOutput, PlanAction, PreviousResult};
use serde_json::Value;

use super::ORCHESTRATOR;
use crate::error::AgentError;
use crate::registry::AgentSchema;

static SCHEMA: LazyLock<AgentSchema> =
    LazyLock::new(|| AgentSchema::new(schemars::schema_for!(AssistantInput).to_value()));

/// What is to be answered. Its memory is overwritten when it goes.
#[derive(Clone, Default)]
pub(crate) struct ChatInput(pub(crate) AssistantInput);

/// A chat while it is answered: threads share it, nobody copies it.
pub(crate) type SharedChat = Arc<Ephemeral<ChatInput>>;

impl Wipe for ChatInput {
    fn wipe(&mut self) {
        let AssistantInput {
            message,
            context,
            previous_results,
        } = &mut self.0;

        message.wipe();
        context.user_profile.wipe();
        context.relevant_documents.wipe();
        for records in [
            &mut context.recent_tasks,
            &mut context.conversation_history,
            &mut context.events,
            &mut context.emails,
        ] {
            records.wipe();
        }
        for result in previous_results.iter_mut() {
            result.response.wipe();
            wipe_actions(&mut result.actions);
        }
        previous_results.clear();
    }
}

pub(super) fn wipe_actions(actions: &mut Vec<PlanAction>) {
    for action in actions.iter_mut() {
        action.data.wipe();
    }
    actions.clear();
}

/// Reads and checks what a client sent.
///
/// # Errors
/// [`AgentError::Input`] with every field at fault, or for what is no JSON.
pub(crate) fn read_chat(text: &[u8]) -> Result<SharedChat, AgentError> {
    let fault = |field: &str, expected: &str| AgentError::field(ORCHESTRATOR, field, expected);
    let value: Value = serde_json::from_slice(text).map_err(|_| fault("input", "a JSON object"))?;
    let mut value = Ephemeral::new(value);

    let faults = SCHEMA.check(value.expose());
    if !faults.is_empty() {
        return Err(AgentError::Input {
            agent: ORCHESTRATOR,
            fields: Faults(faults),
        });
    }

    let read = serde_json::from_value(value.expose_mut().take());
    let input: AssistantInput = read.map_err(|_| fault("input", "a message with its context"))?;
    Ok(Arc::new(Ephemeral::new(ChatInput(input))))
}

/// The same chat for the next assistant in line, which sees what those before it found.
pub(super) fn pass_on(chat: &SharedChat, agent: &str, output: AssistantOutput) -> SharedChat {
    let next = chat.derive(|chat| {
        let mut next = chat.clone();
        next.0.previous_results.push(PreviousResult {
            agent: agent.to_owned(),
            response: output.response,
            actions: output.actions,
            results: output.results,
        });
        next
    });

    Arc::new(next)
}
