//! The Story Architect's tools, by the contract's names: they measure and check what the model plans and writes, and
//! fetch the code it wants to show. None of them writes.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::facts::{self, Paths};
use super::check::{self, Measure};
use super::evidence::Evidence;
use super::modelled::{Draft, ModelOutline};
use crate::agent_context::AgentContext;
use crate::agents::thinking::arguments;
use crate::llm::{ToolBox, ToolCall, ToolSpec};
use proto::tasks::Level;
use proto::tasks::code_story::Speaker;
use repo::analysis::Analysis;
use repo::narration::Pace;

pub(super) struct ArchitectTools<'a> {
    pub(super) desk: &'a AgentContext,
    pub(super) analysis: &'a Analysis,
    pub(super) pace: Pace,
    pub(super) minutes: u32,
    /// Seconds of the chapter that is being written; `None` while the story is planned.
    pub(super) target: Option<f64>,
    pub(super) evidence: &'a Evidence,
}

pub(super) fn specs() -> Vec<ToolSpec> {
    let spec = |name: &str, description: &str, required: &[&str], properties: Value| ToolSpec {
        name: name.to_owned(),
        description: description.to_owned(),
        schema: json!({"type": "object", "additionalProperties": false, "required": required, "properties": properties}),
    };

    let texts = json!({"type": "array", "items": {"type": "string"}});
    vec![
        spec(
            "create_outline",
            "Checks the plan of a story: says how many seconds each chapter gets by its weight, and what has to be mended.",
            &["title", "summary", "chapters"],
            json!({
                "title": {"type": "string"},
                "summary": {"type": "string"},
                "chapters": {"type": "array", "items": {
                    "type": "object", "additionalProperties": false,
                    "required": ["title", "purpose", "files", "weight"],
                    "properties": {
                        "title": {"type": "string"}, "purpose": {"type": "string"}, "files": texts,
                        "weight": {"type": "integer"},
                    },
                }},
            }),
        ),
        spec(
            "write_chapter",
            "Checks the draft of a chapter: measures how many seconds the narrator needs and names what has to be mended.",
            &["content"],
            json!({"content": {"type": "string"}}),
        ),
        spec(
            "add_code_examples",
            "Gives the code of a key file as it would be shown beside the chapter, to decide whether it is worth showing.",
            &["path"],
            json!({"path": {"type": "string"}}),
        ),
        spec(
            "calculate_timing",
            "Says how many seconds the narrator needs to read a text aloud, with all the pauses between sentences.",
            &["text"],
            json!({"text": {"type": "string"}}),
        ),
    ]
}

#[derive(Deserialize)]
struct Content {
    content: String,
}

#[derive(Deserialize)]
struct PathOf {
    path: String,
}

#[derive(Deserialize)]
struct Text {
    text: String,
}

#[async_trait]
impl ToolBox for ArchitectTools<'_> {
    fn specs(&self) -> Vec<ToolSpec> {
        specs()
    }

    async fn run(&self, call: &ToolCall) -> Result<Value, String> {
        let (action, result) = match call.name.as_str() {
            "create_outline" => ("Checked a plan", self.check_outline(&arguments(call)?)),
            "write_chapter" => (
                "Checked a draft",
                self.check_chapter(&arguments::<Content>(call)?.content)?,
            ),
            "add_code_examples" => (
                "Looked at code to show",
                self.code(&arguments::<PathOf>(call)?.path)?,
            ),
            "calculate_timing" => {
                let Text { text } = arguments(call)?;
                let seconds = self.pace.seconds(&check::spoken(&text)).round();
                ("Measured a text", json!({"seconds": seconds}))
            }
            other => return Err(format!("there is no tool {other}")),
        };

        self.desk
            .log_with(
                Speaker::Architect,
                action,
                json!({"tool": call.name}),
                Level::Info,
            )
            .await;

        Ok(result)
    }
}

impl ArchitectTools<'_> {
    fn check_outline(&self, plan: &ModelOutline) -> Value {
        let draft = plan.judge(&Paths::collect(self.analysis), &[], self.minutes);
        let Draft { outline, problems } = draft;
        let chapters: Vec<Value> = outline
            .chapters
            .iter()
            .map(|chapter| json!({"title": chapter.title, "seconds": chapter.target_seconds}))
            .collect();
        json!({"chapters": chapters, "mend": problems})
    }

    fn check_chapter(&self, content: &str) -> Result<Value, String> {
        let target = self
            .target
            .ok_or("the story is being planned; no chapter is written yet")?;
        let measure = Measure {
            target,
            pace: self.pace,
            paths: &Paths::collect(self.analysis),
            evidence: self.evidence,
        };
        let judgement = check::judge(content, measure);
        Ok(
            json!({"seconds": judgement.seconds.round(), "planned_seconds": target, "mend": judgement.problems}),
        )
    }

    fn code(&self, path: &str) -> Result<Value, String> {
        let file = self.analysis.key_files.iter().find(|file| file.path == path);
        let file = file.ok_or("that is no key file; only key files can be shown")?;
        Ok(
            json!({"path": file.path, "language": file.language, "tokens": facts::tokens(&file.excerpt), "code": file.excerpt}),
        )
    }
}
