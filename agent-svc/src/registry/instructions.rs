//! Everything that is said to models for one agent: prompts, tools, and the schemas of answers. An agent can't be made
//! without saying what it is, so that the sanitizer knows all of it.

use schemars::JsonSchema;
use serde_json::Value;

use crate::llm::ToolSpec;

/// What must not come back to clients.
#[derive(Debug, Default)]
pub(crate) struct Instructions {
    texts: Vec<String>,
}

impl Instructions {
    /// Of an agent that asks no model.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// The fragments that its prompts are put together from.
    pub(crate) fn from_fragments(fragments: &[impl AsRef<str>]) -> Self {
        Self {
            texts: fragments
                .iter()
                .map(|fragment| fragment.as_ref().to_owned())
                .collect(),
        }
    }

    /// The tools that its models may use.
    #[must_use]
    pub(crate) fn with_tools(mut self, specs: &[ToolSpec]) -> Self {
        self.texts.extend(tool_texts(specs));
        self
    }

    /// A type that its models answer with.
    #[must_use]
    pub(crate) fn with_answer<T: JsonSchema>(mut self) -> Self {
        self.texts.extend(answer_texts::<T>());
        self
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(String::as_str)
    }
}

/// What tools are for, and what their arguments mean.
pub(crate) fn tool_texts(specs: &[ToolSpec]) -> Vec<String> {
    specs
        .iter()
        .flat_map(|spec| [vec![spec.description.clone()], schema_texts(&spec.schema)].concat())
        .collect()
}

/// The descriptions in an answer's schema, which models are shown too.
pub(crate) fn answer_texts<T: JsonSchema>() -> Vec<String> {
    schema_texts(&schemars::schema_for!(T).to_value())
}

fn schema_texts(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match (name.as_str(), value) {
                ("description", Value::String(text)) => vec![text.clone()],
                _ => schema_texts(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(schema_texts).collect(),
        _ => Vec::new(),
    }
}
