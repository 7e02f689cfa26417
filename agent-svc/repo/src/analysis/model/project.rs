//! The part of the model that speaks of the project around the code: packages, dependencies, licence, history,
//! pipelines, documents. Plain data only.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A package manifest. `problem` is set when it could not be read; the rest is then empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    pub path: String,
    /// "Cargo", "npm", "PyPI", "Go modules", "Maven", "Gradle", "RubyGems", "Composer", "NuGet", "Hex", "pub",
    /// "Swift", "CMake".
    pub ecosystem: String,
    pub name: Option<String>,
    pub version: Option<String>,
    pub description: Option<String>,
    /// As the manifest says it, ideally an SPDX expression.
    pub licence: Option<String>,
    pub keywords: Vec<String>,
    /// Named commands (npm scripts, Poetry scripts).
    pub scripts: Vec<String>,
    /// Programs it builds or installs.
    pub binaries: Vec<String>,
    /// Folders (or globs) of the packages it holds together.
    pub workspace_members: Vec<String>,
    /// "Rust edition 2024", "Python 3.11 or newer", "Node 18 or newer".
    pub requires: Vec<String>,
    pub problem: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dependency {
    pub name: String,
    /// Version or range as written; `None` when the manifest leaves it open.
    pub version: Option<String>,
    pub ecosystem: String,
    /// Path of the first manifest that names it.
    pub manifest: String,
    /// How many manifests name it.
    pub manifests_count: u64,
    pub scope: DependencyScope,
    /// It lives in this repository.
    pub internal: bool,
    pub category: Option<DependencyCategory>,
    /// What well-known dependencies are for: one plain sentence without the name as subject
    /// ("An asynchronous runtime: it runs tasks, timers and network input and output.").
    pub purpose: Option<String>,
    /// How it is said aloud, when that differs from the name ("sqlx" is "S Q L X").
    pub spoken: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DependencyScope {
    Runtime,
    Optional,
    Build,
    Dev,
}

/// What a dependency is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DependencyCategory {
    WebFramework,
    HttpClient,
    Database,
    AsyncRuntime,
    Messaging,
    Serialisation,
    CommandLine,
    Logging,
    Observability,
    Crypto,
    Authentication,
    Interface,
    Styling,
    StateManagement,
    MachineLearning,
    DataProcessing,
    Networking,
    Rpc,
    Storage,
    Cache,
    Parsing,
    Templating,
    Validation,
    Configuration,
    ErrorHandling,
    Concurrency,
    DateTime,
    Text,
    Files,
    Media,
    Payments,
    Cloud,
    Scheduling,
    Testing,
    Mocking,
    Linting,
    BuildTool,
    Types,
    CodeGeneration,
    Utility,
}

impl DependencyCategory {
    /// Plural, as in "three … among its dependencies".
    pub fn label(self) -> &'static str {
        match self {
            Self::WebFramework => "web frameworks",
            Self::HttpClient => "HTTP clients",
            Self::Database => "database libraries",
            Self::AsyncRuntime => "asynchronous runtimes",
            Self::Messaging => "messaging libraries",
            Self::Serialisation => "serialisation libraries",
            Self::CommandLine => "command-line libraries",
            Self::Logging => "logging libraries",
            Self::Observability => "observability libraries",
            Self::Crypto => "cryptography libraries",
            Self::Authentication => "authentication libraries",
            Self::Interface => "user interface libraries",
            Self::Styling => "styling tools",
            Self::StateManagement => "state management libraries",
            Self::MachineLearning => "machine learning libraries",
            Self::DataProcessing => "data processing libraries",
            Self::Networking => "networking libraries",
            Self::Rpc => "remote procedure call libraries",
            Self::Storage => "storage libraries",
            Self::Cache => "caching libraries",
            Self::Parsing => "parsers",
            Self::Templating => "template engines",
            Self::Validation => "validation libraries",
            Self::Configuration => "configuration libraries",
            Self::ErrorHandling => "error handling libraries",
            Self::Concurrency => "concurrency libraries",
            Self::DateTime => "date and time libraries",
            Self::Text => "text libraries",
            Self::Files => "file libraries",
            Self::Media => "media libraries",
            Self::Payments => "payment libraries",
            Self::Cloud => "cloud service libraries",
            Self::Scheduling => "job and scheduling libraries",
            Self::Testing => "testing tools",
            Self::Mocking => "mocking tools",
            Self::Linting => "linters and formatters",
            Self::BuildTool => "build tools",
            Self::Types => "type definitions",
            Self::CodeGeneration => "code generators",
            Self::Utility => "utilities",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Licence {
    /// SPDX expression: `MIT`, `MIT OR Apache-2.0`.
    pub spdx: String,
    /// Paths it was read from.
    pub evidence: Vec<String>,
    /// Another one that the read-me names, for the texts or for all of it.
    #[serde(default)]
    pub other: Option<String>,
}

/// What the commits tell. E-mail addresses are never kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct History {
    /// Commits reachable from HEAD; `capped` when counting stopped early.
    pub commits: u64,
    pub capped: bool,
    /// Author time of the oldest and the newest commit that was counted.
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    /// Every person who wrote a commit (bots left out), and how many there are.
    pub contributors_count: u64,
    /// Most commits first, at most 20, bots left out.
    pub contributors: Vec<Contributor>,
    pub bot_commits: u64,
    pub merge_commits: u64,
    /// Commits in each of the 12 months up to `last_at`, oldest first, months without commits included.
    pub pace: Vec<MonthlyPace>,
    /// Commits in each year, oldest first, years without commits included.
    pub years: Vec<YearlyPace>,
    /// The files that changed most often in the newest commits (see `recent_commits_compared`).
    pub busiest_files: Vec<BusyFile>,
    pub recent_commits_compared: u64,
    /// Subjects of the newest commits, newest first, merges and bots left out.
    pub recent_subjects: Vec<String>,
    /// Subject of the very first commit.
    pub first_subject: Option<String>,
    /// Newest first, at most 20.
    pub tags: Vec<Tag>,
    pub tags_count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Contributor {
    pub name: String,
    pub commits: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MonthlyPace {
    /// `2026-05`.
    pub month: String,
    pub commits: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct YearlyPace {
    pub year: i32,
    pub commits: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BusyFile {
    pub path: String,
    pub changes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tag {
    pub name: String,
    pub at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CiPipeline {
    /// "GitHub Actions", "GitLab CI".
    pub system: String,
    pub path: String,
    /// Its own name, when it has one.
    pub name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Container {
    pub path: String,
    pub kind: ContainerKind,
    /// Base images of a Dockerfile, images of a compose file.
    pub images: Vec<String>,
    /// Services of a compose file, kinds of a Kubernetes manifest.
    pub services: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContainerKind {
    Dockerfile,
    Compose,
    Kubernetes,
    Helm,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DocFile {
    pub path: String,
    pub title: Option<String>,
    /// Its first paragraph, plain prose.
    pub summary: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigFile {
    pub path: String,
    /// What it configures: "TypeScript compiler", "editor style", "example environment".
    pub what: String,
}
