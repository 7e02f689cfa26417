//! Everything that is said to models for one agent: prompts, tools, and the schemas of answers. An agent can't be made
//! without saying what it is, so that the sanitizer knows all of it.

use redaction::FingerprintsBuilder;
use schemars::JsonSchema;
use serde_json::{Value, json};

use crate::llm::ToolSpec;

/// What must not come back to clients.
#[derive(Debug, Default)]
pub(crate) struct Instructions {
    /// Fragments of prompts.
    fragments: Vec<String>,
    tools: Vec<ToolSpec>,
    /// What fields of answers are said to be.
    descriptions: Vec<String>,
    /// Models are told its name, to say who goes on.
    routed: bool,
}

impl Instructions {
    /// Of an agent that asks no model.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// The fragments that its prompts are put together from.
    pub(crate) fn from_fragments(fragments: &[impl AsRef<str>]) -> Self {
        Self {
            fragments: fragments
                .iter()
                .map(|fragment| fragment.as_ref().to_owned())
                .collect(),
            ..Self::default()
        }
    }

    /// The tools that its models may use.
    #[must_use]
    pub(crate) fn with_tools(mut self, specs: &[ToolSpec]) -> Self {
        self.tools.extend_from_slice(specs);
        self
    }

    /// A type that its models answer with.
    #[must_use]
    pub(crate) fn with_answer<T: JsonSchema>(mut self) -> Self {
        self.descriptions.extend(answer_texts::<T>());
        self
    }

    /// Models choose it by its name.
    #[must_use]
    pub(crate) const fn with_routing(mut self) -> Self {
        self.routed = true;
        self
    }

    /// Lets the sanitizer know all of it. `name` is the agent's.
    pub(crate) fn teach(&self, name: &str, builder: FingerprintsBuilder) -> FingerprintsBuilder {
        let mut builder = match self.routed {
            true => builder.add_agent(name),
            false => builder,
        };

        for fragment in &self.fragments {
            builder = builder.add_text(fragment);
        }
        for tool in &self.tools {
            builder = builder.add_text(&tool.description).add_schema(&json!({
                "name": tool.name, "description": tool.description, "parameters": tool.schema
            }));
        }
        for description in &self.descriptions {
            builder = builder.add_description(description);
        }

        builder
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
