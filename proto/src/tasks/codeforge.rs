//! CodeForge: what its agents are told. An idea becomes requirements, a wireframe, code and a review of that code; each agent is told
//! what those before it made ([`documents`]). Bounds are the contract's (CodeForge.10).

pub mod documents;
pub mod teaching;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::documents::{CodeGenerationResult, QaIssue, RefactorResult, RequirementsDoc, WireframeSpec};

/// Names of the agents.
pub const RESEARCH: &str = "codeforge.research";
pub const WIREFRAME: &str = "codeforge.wireframe";
pub const CODE: &str = "codeforge.code";
pub const QA: &str = "codeforge.qa";
pub const PEDAGOGY: &str = "codeforge.pedagogy";
pub const ROADMAP: &str = "codeforge.roadmap";

/// What somebody wants built, with all that was asked and answered about it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AppIdea {
    #[schemars(length(min = 1, max = 50_000))]
    pub idea: String,
    /// In the order in which they were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 25))]
    pub answers: Vec<ClarificationAnswer>,
    /// The offline author makes the same of the same idea and seed.
    #[serde(default)]
    pub seed: u32,
}

/// What somebody answered to a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ClarificationAnswer {
    #[schemars(length(min = 1, max = 500))]
    pub question: String,
    #[schemars(length(min = 1, max = 5_000))]
    pub answer: String,
}

/// Input of `codeforge.research`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ResearchInput {
    pub app: AppIdea,
    /// Whether it may ask; one that may not goes by what it has.
    #[serde(default)]
    pub may_ask: bool,
}

/// Input of `codeforge.wireframe`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WireframeInput {
    pub app: AppIdea,
    #[serde(default)]
    pub requirements: Option<RequirementsDoc>,
}

/// Input of `codeforge.code`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "task", rename_all = "snake_case")]
#[schemars(deny_unknown_fields)]
pub enum CodeInput {
    Generate(Box<GenerateCode>),
    Refactor(RefactorCode),
}

/// Code for an idea.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GenerateCode {
    pub app: AppIdea,
    #[serde(default)]
    pub requirements: Option<RequirementsDoc>,
    #[serde(default)]
    pub wireframe: Option<WireframeSpec>,
    /// What was written before, when it is to be mended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500))]
    pub files: Vec<SourceFile>,
    /// What was found wrong with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub issues: Vec<QaIssue>,
    /// What it was written for: `name@version`, or a name alone; those of a new project when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 30))]
    pub dependencies: Vec<String>,
}

/// A piece of a file, to be written anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RefactorCode {
    #[schemars(length(min = 5, max = 500))]
    pub file_path: String,
    /// The whole file.
    #[schemars(length(max = 100_000))]
    pub content: String,
    /// Stands in the file.
    #[schemars(length(min = 1, max = 50_000))]
    pub selected_code: String,
    #[schemars(length(min = 3, max = 2_000))]
    pub instruction: String,
}

/// Output of `codeforge.code`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum CodeOutput {
    Generated(CodeGenerationResult),
    Refactored(RefactorResult),
}

/// Input of `codeforge.qa`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct QaInput {
    #[serde(default)]
    pub requirements: Option<RequirementsDoc>,
    #[schemars(length(min = 1, max = 500))]
    pub files: Vec<SourceFile>,
    /// `name@version`; absent where the project's own `package.json` is among the files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 30))]
    pub dependencies: Vec<String>,
    /// What tools said of the files; nothing where none may be run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<ToolReport>,
}

/// What compiler, bundler and test runner said of a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ToolReport {
    /// Which of them ran, or why they did not; a sentence.
    #[schemars(length(min = 1, max = 500))]
    pub told: String,
    #[schemars(length(max = 100))]
    pub issues: Vec<QaIssue>,
}

/// A file of a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SourceFile {
    #[schemars(length(min = 1, max = 500))]
    pub path: String,
    #[schemars(length(max = 200_000))]
    pub content: String,
}
