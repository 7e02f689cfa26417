//! The Repo Analyzer's tools, by the contract's names. Each shows a model part of one finished analysis.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::facts;
use crate::agent_context::AgentContext;
use crate::agents::thinking::arguments;
use crate::llm::{ToolBox, ToolCall, ToolSpec};
use proto::tasks::Level;
use proto::tasks::code_story::Speaker;
use repo::analysis::Analysis;

/// Tokens that packed files may take, by default and at most.
const BUDGET: usize = 12_000;
const BUDGET_MAX: usize = 30_000;

pub(super) struct AnalyzerTools<'a> {
    pub(super) desk: &'a AgentContext,
    pub(super) analysis: &'a Analysis,
}

pub(super) fn specs() -> Vec<ToolSpec> {
    let spec = |name: &str, description: &str, properties: Value| ToolSpec {
        name: name.to_owned(),
        description: description.to_owned(),
        schema: json!({"type": "object", "additionalProperties": false, "properties": properties}),
    };

    vec![
        spec(
            "run_repomix",
            "Packs the key files of the repository into one text, each with its path and its number of tokens, within a budget.",
            json!({"budget_tokens": {"type": "integer", "minimum": 500, "maximum": BUDGET_MAX}}),
        ),
        spec(
            "fetch_github_metadata",
            "Gives stars, forks, contributors, topics and languages as GitHub counts them, when GitHub answered.",
            json!({}),
        ),
        spec(
            "read_key_files",
            "Gives the redacted text of key files by their paths; without paths it lists the key files and why each matters.",
            json!({"paths": {"type": "array", "items": {"type": "string"}, "maxItems": 8}}),
        ),
        spec(
            "analyze_dependencies",
            "Lists the dependencies with version, category and purpose, most telling first, and the manifest that names each.",
            json!({}),
        ),
        spec(
            "identify_architecture",
            "Gives the recognised architecture patterns with their evidence, the modules with purpose and role, and the complexity.",
            json!({}),
        ),
    ]
}

#[derive(Deserialize)]
struct Budget {
    budget_tokens: Option<usize>,
}

#[derive(Deserialize)]
struct PathList {
    #[serde(default)]
    paths: Vec<String>,
}

#[async_trait]
impl ToolBox for AnalyzerTools<'_> {
    fn specs(&self) -> Vec<ToolSpec> {
        specs()
    }

    async fn run(&self, call: &ToolCall) -> Result<Value, String> {
        let analysis = self.analysis;
        let (action, result) = match call.name.as_str() {
            "run_repomix" => {
                let Budget { budget_tokens } = arguments(call)?;
                let budget = budget_tokens.unwrap_or(BUDGET).min(BUDGET_MAX);
                (
                    "Packed the key files",
                    Value::String(facts::pack(&analysis.key_files, budget)),
                )
            }
            "fetch_github_metadata" => {
                let known = analysis.github.as_ref().map(|github| json!(github));
                (
                    "Looked at GitHub's metadata",
                    known.unwrap_or_else(|| json!("not known: another host, or no answer")),
                )
            }
            "read_key_files" => ("Read key files", self.read(arguments(call)?)?),
            "analyze_dependencies" => ("Looked at the dependencies", facts::dependencies(analysis)),
            "identify_architecture" => ("Looked at the architecture", facts::architecture(analysis)),
            other => return Err(format!("there is no tool {other}")),
        };

        self.desk
            .log_with(Speaker::Analyzer, action, json!({"tool": call.name}), Level::Info)
            .await;

        Ok(result)
    }
}

impl AnalyzerTools<'_> {
    fn read(&self, wanted: PathList) -> Result<Value, String> {
        let files = &self.analysis.key_files;
        if wanted.paths.is_empty() {
            return Ok(files
                .iter()
                .map(|file| json!({"path": file.path, "why": file.why}))
                .collect());
        }

        let found: Vec<_> = files
            .iter()
            .filter(|file| wanted.paths.contains(&file.path))
            .collect();
        if found.is_empty() {
            return Err("none of these is a key file; ask without paths for the list".to_owned());
        }

        Ok(Value::String(facts::pack(found, BUDGET)))
    }
}
