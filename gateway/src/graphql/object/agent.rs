//! An agent as its service lists it.

use std::str::FromStr;

use async_graphql::Object;
use proto::v1;

use super::viewer::Tier;
use crate::graphql::scalar::Json;

pub(crate) struct Agent(pub(crate) v1::Agent);

/// Something that thinks: it takes an input, works, and gives an output.
#[Object]
impl Agent {
    /// The agent's whole name, e.g. `codestory.intent`.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The work that it does, in a sentence.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// The least tier that may run it.
    async fn least_tier(&self) -> Option<Tier> {
        kit::actor::Tier::from_str(&self.0.least_tier)
            .ok()
            .map(Tier::from)
    }

    /// The input that it takes, as JSON Schema 2020-12.
    async fn input_schema(&self) -> Option<Json> {
        Json::read(&self.0.input_schema)
    }

    /// The output that it gives, as JSON Schema 2020-12.
    async fn output_schema(&self) -> Option<Json> {
        Json::read(&self.0.output_schema)
    }
}
