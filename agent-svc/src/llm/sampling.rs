//! What a caller may wish of an answer beside its text: one model and no other, how words are drawn, where the answer ends.
//! Our own agents wish for nothing.

use genai::chat::{ChatOptions, ToolChoice};

use super::Gateway;
use super::wire::Ask;

#[derive(Debug, Clone, Default)]
pub struct Sampling {
    /// This one alone, by one of the names that [`Gateway::list_models`] gives; else the route of the class.
    pub model: Option<String>,
    /// Dropped where the temperature is.
    pub top_p: Option<f64>,
    /// The answer ends before any of these.
    pub stop: Vec<String>,
    pub tool_use: ToolUse,
    /// An answer that stopped at its token limit is an answer, too.
    pub keeps_truncated: bool,
}

/// Whether tools are called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ToolUse {
    #[default]
    Free,
    Never,
    /// One at least.
    Must,
    /// This one.
    MustCall(String),
}

impl ToolUse {
    /// A model that thinks first can't be made to call a tool.
    pub(super) fn is_forced(&self) -> bool {
        matches!(self, Self::Must | Self::MustCall(_))
    }
}

/// A model by a name that callers may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedModel {
    /// An alias, or `provider/model`.
    pub name: String,
    pub provider: String,
}

impl Gateway {
    /// Every model with a configured provider, by each of its names, in their order.
    pub fn list_models(&self) -> Vec<NamedModel> {
        let named = self.0.routes.names().map(|(name, model)| NamedModel {
            name: name.to_owned(),
            provider: model.provider.name.clone(),
        });
        named.collect()
    }

    /// The provider of a model that callers may bring a key of their own for, by one of the model's names.
    pub fn find_provider_of(&self, name: &str) -> Option<&str> {
        self.0.routes.find_provider_of(name)
    }

    pub fn has_model(&self, name: &str) -> bool {
        self.0.routes.find_named(name).is_some()
    }
}

/// The options with what the caller wishes.
pub(super) fn add_wishes(mut options: ChatOptions, ask: &Ask<'_>, thinks: bool) -> ChatOptions {
    let wishes = &ask.request.sampling;
    if let Some(top_p) = wishes.top_p
        && ask.model.config.temperature
        && !thinks
    {
        options = options.with_top_p(top_p);
    }

    if !wishes.stop.is_empty() {
        options = options.with_stop_sequences(wishes.stop.clone());
    }

    let choice = match &wishes.tool_use {
        _ if ask.request.tools.is_empty() => None,
        _ if ask.tools_closed => Some(ToolChoice::None),
        ToolUse::Free => None,
        ToolUse::Never => Some(ToolChoice::None),
        ToolUse::Must => Some(ToolChoice::Required),
        ToolUse::MustCall(name) => Some(ToolChoice::Tool { name: name.clone() }),
    };
    match choice {
        Some(choice) => options.with_tool_choice(choice),
        None => options,
    }
}
