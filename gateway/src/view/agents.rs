//! Agents as clients see them: which there are, what they take and give, and what one gave.

use proto::v1;
use serde::Serialize;
use serde_json::{Value, value::RawValue};
use utoipa::ToSchema;

use crate::{
    error::ApiError,
    stream::thinking::{Finished, Usage},
};

/// An agent that you may run.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgentItem {
    /// Its whole name, which the other routes take.
    #[serde(rename = "type")]
    #[schema(example = "codestory.intent")]
    kind: String,
    description: String,
    /// The least tier that may run it.
    #[schema(example = "free")]
    least_tier: String,
}

impl From<v1::Agent> for AgentItem {
    fn from(agent: v1::Agent) -> Self {
        Self {
            kind: agent.name,
            description: agent.description,
            least_tier: agent.least_tier,
        }
    }
}

/// What an agent takes and gives, as JSON Schema 2020-12.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgentSchemas {
    #[serde(rename = "type")]
    #[schema(example = "codestory.intent")]
    kind: String,
    #[schema(value_type = Object)]
    input_schema: Value,
    #[schema(value_type = Object)]
    output_schema: Value,
}

impl AgentSchemas {
    pub(crate) fn new(agent: v1::Agent) -> Result<Self, ApiError> {
        let read = |text: &str| {
            serde_json::from_str(text).map_err(|err| {
                tracing::error!(agent = agent.name, %err, "the schema of an agent is not JSON");
                ApiError::internal()
            })
        };

        Ok(Self {
            input_schema: read(&agent.input_schema)?,
            output_schema: read(&agent.output_schema)?,
            kind: agent.name,
        })
    }
}

/// What an agent gave.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgentWork {
    /// It fits the agent's output schema.
    #[schema(value_type = Object)]
    output: Box<RawValue>,
    /// Whether it was made without a language model.
    offline: bool,
    usage: UsageView,
}

/// What providers were asked for it.
#[derive(Serialize, ToSchema)]
pub(crate) struct UsageView {
    input_tokens: u64,
    output_tokens: u64,
    /// In millionths of a US dollar.
    cost_micro_usd: u64,
}

impl From<Usage> for UsageView {
    fn from(usage: Usage) -> Self {
        Self {
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            cost_micro_usd: usage.cost_micro_usd,
        }
    }
}

impl AgentWork {
    pub(crate) fn read(finished: &Finished) -> Result<Self, ApiError> {
        let output = RawValue::from_string(finished.output.output.clone()).map_err(|_| {
            tracing::error!("the output of an agent is not JSON");
            ApiError::internal()
        })?;

        Ok(Self {
            output,
            offline: finished.output.offline,
            usage: finished.usage.into(),
        })
    }
}
