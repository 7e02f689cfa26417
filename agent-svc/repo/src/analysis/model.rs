//! What is known about a repository at one commit: the full [`Analysis`]. Plain data, no behaviour beyond small
//! readings of itself. Every text in it is plain prose (no Markdown) with secrets already redacted, every number was
//! counted, and nothing depends on the day it was made: the same commit gives the same analysis.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod code;
mod explained;
mod project;
mod readme;

pub use code::*;
pub use explained::*;
pub use project::*;
pub use readme::*;

/// Bumped when the shape or the meaning of [`Analysis`] changes; part of the cache key.
pub const VERSION: u32 = 6;

/// Everything that was learned about one repository at one commit.
///
/// Lists are sorted by importance (the first is the one to tell first) and bounded; where a list was cut, the
/// counts beside it still speak of everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Analysis {
    /// [`VERSION`] of the code that made it.
    pub version: u32,
    pub repo: Repo,
    /// What GitHub says of it; `None` for other hosts and when GitHub did not answer in time.
    pub github: Option<GithubMetadata>,
    /// What kind of thing this is, and the facts that say so.
    pub kind: ProjectKind,
    pub kind_evidence: Vec<String>,

    /// Text files that were read and counted.
    pub files_analyzed: u64,
    /// Every file, symlink and submodule in the tree of the commit.
    pub files_total: u64,
    /// Bytes of the files that were read.
    pub bytes_analyzed: u64,
    /// What was left out, by reason, most files first.
    pub files_skipped: Vec<SkippedFiles>,
    /// Plain sentences about what could not be learned ("The history was not fetched, because …").
    pub notes: Vec<String>,
    /// How many secrets were redacted, by kind ("private key", "password in a connection string", …).
    pub redactions: BTreeMap<String, u64>,

    /// Of all programming languages together; data and prose are counted in `formats` only.
    pub totals: LineCounts,
    /// Programming languages by lines of code, most first. Data and markup formats are in `formats`.
    pub languages: Vec<Language>,
    /// The language that the project is said to be written in: of its entry, or of most of its own code. Style sheets,
    /// markup and build scripts name a project only when it has nothing else.
    #[serde(default)]
    pub main_language: Option<String>,
    /// Data, markup and prose formats (JSON, YAML, Markdown, HTML is a language), most lines first.
    pub formats: Vec<Language>,
    /// The entries of the root folder: folders by code lines, then files by name.
    pub tree: Vec<TreeEntry>,
    pub readme: Option<Readme>,

    pub manifests: Vec<Manifest>,
    pub dependencies: Vec<Dependency>,
    /// Languages, frameworks, databases and tools by plain name ("Rust", "axum", "PostgreSQL"), most telling first.
    pub tech_stack: Vec<String>,

    pub entry_points: Vec<EntryPoint>,
    /// The parts of the repository, most central first.
    pub modules: Vec<Module>,
    /// The most telling definitions: public and documented first. See `definition_counts` for how many there are.
    pub definitions: Vec<Definition>,
    pub definition_counts: Vec<DefinitionCount>,
    /// What those who use it can call, as its entry exports it; empty when that cannot be told.
    #[serde(default)]
    pub public_names: Vec<PublicName>,
    /// HTTP routes that are plainly declared in the code.
    pub routes: Vec<Route>,
    pub key_files: Vec<KeyFile>,
    pub largest_files: Vec<LargestFile>,
    pub todos: TodoCounts,

    pub tests: Tests,
    pub architecture_patterns: Vec<ArchitecturePattern>,
    pub complexity: Complexity,

    pub licence: Option<Licence>,
    /// `None` when only the newest commit could be fetched (`notes` says so).
    pub history: Option<History>,
    pub ci: Vec<CiPipeline>,
    pub containers: Vec<Container>,
    pub docs: Vec<DocFile>,
    pub configuration: Vec<ConfigFile>,
    /// Names (never values) of environment variables that code or example files mention, sorted.
    pub environment_variables: Vec<String>,

    pub suggested_chapters: Vec<SuggestedChapter>,
    /// What explains it, with files and lines.
    #[serde(default)]
    pub explained: Explained,
}

impl Analysis {
    /// Lines of code in programming languages; data and markup do not count.
    pub fn code_lines(&self) -> u64 {
        self.languages.iter().map(|language| language.code).sum()
    }

    /// Files in programming languages.
    pub fn code_files(&self) -> u64 {
        self.languages.iter().map(|language| language.files).sum()
    }
}

/// Which repository, and which commit of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Repo {
    /// Lower-case host name, or `local` for a path.
    pub host: String,
    pub owner: String,
    pub name: String,
    /// As it was asked for, normalised.
    pub url: String,
    /// Full hexadecimal id of the commit that was analysed.
    pub commit: String,
    pub committed_at: DateTime<Utc>,
    /// The branch HEAD points to, `None` when it is detached.
    pub default_branch: Option<String>,
    /// One or two plain sentences on what it is: from GitHub, the main manifest, or the README, in this order.
    pub description: Option<String>,
}

/// From GitHub's REST API, `GET /repos/{owner}/{repo}` and `/contributors`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GithubMetadata {
    pub stars: u64,
    pub forks: u64,
    pub open_issues: u64,
    /// `None` when that call did not answer. GitHub counts at most 500 by e-mail address.
    pub contributors: Option<u64>,
    pub topics: Vec<String>,
    pub description: Option<String>,
    pub homepage: Option<String>,
    pub archived: bool,
    /// Bytes by language, as GitHub counts.
    pub languages: BTreeMap<String, u64>,
    pub created_at: Option<DateTime<Utc>>,
}

/// What kind of thing a repository is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProjectKind {
    /// Other programs use it.
    Library,
    /// It listens and answers: HTTP or another protocol.
    Service,
    /// People run it in a terminal.
    CommandLineTool,
    /// It runs in a browser.
    WebFrontend,
    /// It runs on a phone or a desktop.
    Application,
    /// Several packages side by side.
    Workspace,
    /// People play it.
    Game,
    /// It describes machines and networks for a tool that makes them.
    Infrastructure,
    /// Mostly prose.
    Documentation,
    /// Text, but hardly any code: lists, data, notebooks.
    Data,
    /// Settings of a person's or a machine's programs.
    Configuration,
    /// Exercises, lessons, courses.
    Teaching,
    /// It runs on a chip without an operating system.
    Firmware,
    /// Nothing that can be read: binary files only.
    Opaque,
    /// Code whose purpose the evidence does not decide.
    Code,
}

impl ProjectKind {
    /// With its article: "a library".
    pub fn label(self) -> &'static str {
        match self {
            Self::Library => "a library",
            Self::Service => "a server",
            Self::CommandLineTool => "a command-line tool",
            Self::WebFrontend => "a web application",
            Self::Application => "an application",
            Self::Workspace => "a workspace of several packages",
            Self::Game => "a game",
            Self::Infrastructure => "an infrastructure module",
            Self::Documentation => "a collection of documents",
            Self::Data => "a collection of data",
            Self::Configuration => "a collection of configuration files",
            Self::Teaching => "a collection of teaching material",
            Self::Firmware => "a firmware project",
            Self::Opaque => "a collection of binary files",
            Self::Code => "a code base",
        }
    }
}

/// Why a file was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    Binary,
    Vendored,
    Generated,
    /// The commit holds only a pointer: the content lies in Git LFS or git-annex.
    StoredElsewhere,
    TooLarge,
    Symlink,
    Submodule,
    /// The limit on files or on bytes in total was reached.
    OverLimit,
    /// The object is missing from what the server sent.
    Missing,
}

impl SkipReason {
    /// "binary files", as in "twelve binary files were left out".
    pub fn label(self) -> &'static str {
        match self {
            Self::Binary => "binary files and images",
            Self::Vendored => "files copied from other projects",
            Self::Generated => "generated files",
            Self::StoredElsewhere => "files whose content lies in Git LFS",
            Self::TooLarge => "oversized files",
            Self::Symlink => "symbolic links",
            Self::Submodule => "submodules",
            Self::OverLimit => "files beyond the limits of one analysis",
            Self::Missing => "files whose content was not available",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SkippedFiles {
    pub reason: SkipReason,
    pub files: u64,
    /// A few paths.
    pub examples: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LineCounts {
    pub files: u64,
    pub code: u64,
    pub comments: u64,
    pub blanks: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Language {
    pub name: String,
    pub files: u64,
    pub code: u64,
    pub comments: u64,
    pub blanks: u64,
    /// Of all code lines in `languages` (or in `formats`), 0 to 1.
    pub share: f64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TreeEntry {
    pub path: String,
    pub directory: bool,
    /// Files below it that were read, and their code lines.
    pub files: u64,
    pub code_lines: u64,
}

/// A part of a narration that this repository has the facts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SuggestedChapter {
    pub title: String,
    /// What it would tell, one sentence.
    pub about: String,
    pub files: Vec<String>,
}
