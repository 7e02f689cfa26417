//! The Intent agent's tools, by the contract's names: plain functions of this service that a model may call.

use async_trait::async_trait;
use kit::ServiceError;
use kit::sources::{RepoUrl, SourcePolicy};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::agent_context::AgentContext;
use crate::agents::thinking::arguments;
use crate::llm::{ToolBox, ToolCall, ToolSpec};
use proto::tasks::Level;
use proto::tasks::code_story::Speaker;
use proto::words::{Minutes, TechnicalDepth};
use repo::author;

/// What a repository's story can dwell on when nobody says so.
const TOPICS: [&str; 8] = [
    "architecture",
    "how a request travels",
    "data and storage",
    "dependencies",
    "testing",
    "error handling",
    "history",
    "getting started",
];

pub(super) struct IntentTools<'a> {
    pub(super) desk: &'a AgentContext,
    pub(super) sources: &'a SourcePolicy,
}

pub(super) fn specs() -> Vec<ToolSpec> {
    let spec = |name: &str, description: &str, schema: Value| ToolSpec {
        name: name.to_owned(),
        description: description.to_owned(),
        schema,
    };

    vec![
        spec(
            "parse_github_url",
            "Checks the address of a repository and gives its host, owner and name, or says what is wrong with it.",
            json!({"type": "object", "additionalProperties": false, "required": ["url"],
                   "properties": {"url": {"type": "string"}}}),
        ),
        spec(
            "suggest_focus_areas",
            "Finds the topics that a message names, and lists topics that suit most repositories when it names none.",
            json!({"type": "object", "additionalProperties": false, "required": ["message"],
                   "properties": {"message": {"type": "string"}}}),
        ),
        spec(
            "estimate_duration",
            "Estimates which of the lengths on offer suits a number of topics and a depth, in whole minutes.",
            json!({"type": "object", "additionalProperties": false, "required": ["focus_areas", "technical_depth"],
                   "properties": {"focus_areas": {"type": "array", "items": {"type": "string"}},
                                  "technical_depth": {"enum": ["beginner", "intermediate", "advanced"]}}}),
        ),
    ]
}

#[derive(Deserialize)]
struct Address {
    url: String,
}

#[derive(Deserialize)]
struct Said {
    message: String,
}

#[derive(Deserialize)]
struct Choice {
    focus_areas: Vec<String>,
    technical_depth: TechnicalDepth,
}

#[async_trait]
impl ToolBox for IntentTools<'_> {
    fn specs(&self) -> Vec<ToolSpec> {
        specs()
    }

    async fn run(&self, call: &ToolCall) -> Result<Value, String> {
        let (action, result) = match call.name.as_str() {
            "parse_github_url" => {
                let Address { url } = arguments(call)?;
                let url = RepoUrl::parse(&url, self.sources).map_err(|err| err.public_message())?;
                let result = json!({"host": url.host(), "owner": url.owner(), "name": url.repo(), "url": url.as_str()});
                ("Checked the repository's address", result)
            }
            "suggest_focus_areas" => {
                let Said { message } = arguments(call)?;
                let named = author::understand(&message).focus_areas;
                (
                    "Looked for topics in the message",
                    json!({"named": named, "usual": TOPICS}),
                )
            }
            "estimate_duration" => {
                let Choice {
                    focus_areas,
                    technical_depth,
                } = arguments(call)?;
                let minutes = estimate(focus_areas.len(), technical_depth);

                (
                    "Estimated a length",
                    json!({"duration_minutes": minutes, "on_offer": Minutes::ALL}),
                )
            }
            other => return Err(format!("there is no tool {other}")),
        };

        self.desk
            .log_with(Speaker::Intent, action, json!({"tool": call.name}), Level::Info)
            .await;

        Ok(result)
    }
}

/// Two minutes for the whole, two and a half for each topic, a fifth more or less by depth.
fn estimate(topics: usize, depth: TechnicalDepth) -> Minutes {
    let share = match depth {
        TechnicalDepth::Beginner => 0.8,
        TechnicalDepth::Intermediate => 1.0,
        TechnicalDepth::Advanced => 1.2,
    };
    let minutes = (2.0 + 2.5 * topics.clamp(1, 10) as f64) * share;

    Minutes::ALL
        .into_iter()
        .find(|offered| minutes <= f64::from(offered.get()))
        .unwrap_or(Minutes::ALL[Minutes::ALL.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_topics_and_more_depth_take_longer_and_always_a_length_on_offer() {
        let rows = [
            (0, TechnicalDepth::Intermediate, 5),
            (1, TechnicalDepth::Beginner, 5),
            (3, TechnicalDepth::Intermediate, 10),
            (3, TechnicalDepth::Advanced, 15),
            (10, TechnicalDepth::Advanced, 20),
        ];

        for (topics, depth, minutes) in rows {
            assert_eq!(estimate(topics, depth).get(), minutes, "{topics} {depth}");
        }
    }
}
