//! Who may answer a message: an assistant of ours, or a plug-in.

use std::sync::Arc;

use assistant::Assistant;

use crate::agents::{adiuva, plugin};
use crate::error::AgentError;
use crate::llm::LlmError;
use crate::plugins::Plugin;
use crate::registry::AgentName;

#[derive(Clone)]
pub(super) enum Responder {
    Assistant(Assistant),
    Plugin(Arc<Plugin>),
}

impl Responder {
    pub(super) fn name(&self) -> AgentName {
        match self {
            Self::Assistant(assistant) => adiuva::name_of(*assistant),
            Self::Plugin(plugin) => plugin::name_of(plugin),
        }
    }
}

/// The assistants, when nobody is among them who can't speak without a model.
///
/// # Errors
/// [`LlmError::NotConfigured`] for a plug-in.
pub(super) fn need_no_model(responders: &[Responder]) -> Result<Vec<Assistant>, AgentError> {
    let assistants = responders.iter().map(|responder| match responder {
        Responder::Assistant(assistant) => Ok(*assistant),
        Responder::Plugin(plugin) => Err(AgentError::Model(LlmError::NotConfigured {
            class: plugin.model_class.clone(),
        })),
    });

    assistants.collect()
}
