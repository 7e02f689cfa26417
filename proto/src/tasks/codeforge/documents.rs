//! What CodeForge's agents hand over, each with the contract's bounds (CodeForge.10). Lengths of text are in characters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much a feature matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FeaturePriority {
    MustHave,
    ShouldHave,
    NiceToHave,
}

/// What an app must do, for whom, and with what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RequirementsDoc {
    #[schemars(length(min = 1, max = 200))]
    pub app_name: String,
    #[schemars(length(min = 20, max = 500))]
    pub elevator_pitch: String,
    #[schemars(length(min = 1, max = 5))]
    pub target_audience: Vec<TargetUser>,
    #[schemars(length(min = 1, max = 20))]
    pub core_features: Vec<CoreFeature>,
    #[schemars(length(min = 1, max = 10))]
    pub recommended_stack: Vec<String>,
    #[serde(default)]
    #[schemars(length(max = 1_000))]
    pub technical_constraints: String,
}

/// Somebody for whom the app is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TargetUser {
    #[schemars(length(min = 1, max = 100))]
    pub role: String,
    #[schemars(length(min = 1, max = 500))]
    pub goal: String,
    #[schemars(length(min = 1, max = 500))]
    pub pain_point: String,
}

/// Something that the app does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CoreFeature {
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    #[schemars(length(min = 1, max = 500))]
    pub description: String,
    pub priority: FeaturePriority,
}

/// A question that must be answered before the requirements can be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ClarificationQuestion {
    #[schemars(length(min = 10, max = 500))]
    pub question: String,
    #[schemars(length(min = 5, max = 500))]
    pub why: String,
    #[serde(default)]
    #[schemars(length(max = 6))]
    pub options: Vec<String>,
}

/// Something that was asked for and is not built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NotBuilt {
    pub asked: String,
    pub reason: String,
}

/// Output of `codeforge.research`: requirements, or the questions that must be answered first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ResearchResult {
    /// Absent while questions are open.
    #[serde(default)]
    pub requirements: Option<RequirementsDoc>,
    /// Without `requirements` they must be answered first; with them an answer would only make it better.
    #[serde(default)]
    #[schemars(length(max = 5))]
    pub questions: Vec<ClarificationQuestion>,
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub not_built: Vec<NotBuilt>,
}

/// Output of `codeforge.wireframe`: the pages of an app and what they are made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WireframeSpec {
    #[schemars(length(min = 1, max = 50))]
    pub site_map: Vec<WireframePage>,
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub global_state_needs: Vec<String>,
    #[schemars(length(min = 1, max = 10), inner(regex(pattern = "^#[0-9A-Fa-f]{6}$")))]
    pub theme_colors: Vec<String>,
}

/// A page of an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WireframePage {
    #[schemars(length(max = 200), regex(pattern = "^/[a-z0-9-/]*$"))]
    pub path: String,
    #[schemars(length(max = 500))]
    pub description: String,
    #[schemars(length(min = 1, max = 50))]
    pub components: Vec<WireframeComponent>,
}

/// A component of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WireframeComponent {
    #[schemars(regex(pattern = "^[A-Z][a-zA-Z0-9]*$"))]
    pub name: String,
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub props: Vec<String>,
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub children: Vec<String>,
}

/// In which language a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CodeLanguage {
    TypeScript,
    JavaScript,
    Jsx,
    Tsx,
    Css,
    Html,
}

impl CodeLanguage {
    /// As it is written in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TypeScript => "typescript",
            Self::JavaScript => "javascript",
            Self::Jsx => "jsx",
            Self::Tsx => "tsx",
            Self::Css => "css",
            Self::Html => "html",
        }
    }
}

/// Files that an agent wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CodeGenerationResult {
    #[schemars(length(min = 1, max = 50))]
    pub files: Vec<GeneratedFile>,
    #[schemars(length(min = 10, max = 2_000))]
    pub summary: String,
    /// `name@version`, or a name alone.
    #[serde(default)]
    #[schemars(length(max = 30))]
    pub dependencies: Vec<String>,
}

/// A file that an agent wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GeneratedFile {
    /// Under `src/`.
    #[schemars(length(min = 5, max = 500))]
    pub file_path: String,
    #[schemars(length(min = 1, max = 100_000))]
    pub content: String,
    pub language: CodeLanguage,
    #[serde(default)]
    #[schemars(length(max = 1_000))]
    pub explanation: String,
}

/// A piece of a file, written anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RefactorResult {
    pub original_code: String,
    pub refactored_code: String,
    #[schemars(length(min = 1, max = 2_000))]
    pub explanation: String,
    /// The whole file with the new piece in it.
    pub full_file_content: String,
}

/// How much harm an issue does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IssueSeverity {
    Critical,
    High,
    Medium,
    Low,
}

/// Something that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct QaIssue {
    pub severity: IssueSeverity,
    #[schemars(length(max = 100))]
    pub category: String,
    #[schemars(length(max = 500))]
    pub file_path: String,
    /// A line, or words that say where.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub line_hint: String,
    #[schemars(length(min = 5, max = 1_000))]
    pub description: String,
    #[schemars(length(min = 5, max = 1_000))]
    pub suggestion: String,
}

/// Output of `codeforge.qa`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct QaResult {
    pub passed: bool,
    #[schemars(length(max = 100))]
    pub issues: Vec<QaIssue>,
    #[schemars(length(min = 5, max = 2_000))]
    pub summary: String,
    #[schemars(range(max = 100))]
    pub score: u32,
}
