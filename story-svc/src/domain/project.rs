//! What a project, its files and its revisions are.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Whether its owner builds or learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProjectMode {
    Builder,
    Student,
}

/// How far it is, in its owner's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProjectStatus {
    Planning,
    InProgress,
    Building,
    Completed,
    Archived,
}

impl ProjectMode {
    pub(crate) const ALL: [Self; 2] = [Self::Builder, Self::Student];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Builder => "builder",
            Self::Student => "student",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == text)
    }
}

impl ProjectStatus {
    pub(crate) const ALL: [Self; 5] = [
        Self::Planning,
        Self::InProgress,
        Self::Building,
        Self::Completed,
        Self::Archived,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Planning => "planning",
            Self::InProgress => "in-progress",
            Self::Building => "building",
            Self::Completed => "completed",
            Self::Archived => "archived",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// A web application that agents and people write.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Project {
    pub(crate) id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) mode: ProjectMode,
    pub(crate) status: ProjectStatus,
    pub(crate) tech_stack: Vec<String>,
    /// JSON texts.
    pub(crate) requirements_spec: Option<String>,
    pub(crate) architecture_spec: Option<String>,
    /// `name@version`.
    pub(crate) dependencies: Vec<String>,
    /// README of the scaffold, as an author wrote it.
    pub(crate) readme: Option<String>,
    /// Number of the newest revision.
    pub(crate) revision: u32,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// Which projects, and how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ProjectFilter {
    pub(crate) mode: Option<ProjectMode>,
    /// All but archived when not given.
    pub(crate) status: Option<ProjectStatus>,
}

/// What a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileLanguage {
    Typescript,
    Javascript,
    Jsx,
    Tsx,
    Css,
    Html,
    Json,
    Markdown,
}

impl FileLanguage {
    pub(crate) const ALL: [Self; 8] = [
        Self::Typescript,
        Self::Javascript,
        Self::Jsx,
        Self::Tsx,
        Self::Css,
        Self::Html,
        Self::Json,
        Self::Markdown,
    ];
    /// What a new file may be written in.
    pub(crate) const CREATED: &'static [Self] = Self::ALL.split_at(6).0;

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Typescript => "typescript",
            Self::Javascript => "javascript",
            Self::Jsx => "jsx",
            Self::Tsx => "tsx",
            Self::Css => "css",
            Self::Html => "html",
            Self::Json => "json",
            Self::Markdown => "markdown",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.as_str() == text)
    }

    /// By the ending of its name.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        let (_, ending) = path.rsplit_once('.')?;
        match ending {
            "ts" | "mts" | "cts" => Some(Self::Typescript),
            "tsx" => Some(Self::Tsx),
            "js" | "mjs" | "cjs" => Some(Self::Javascript),
            "jsx" => Some(Self::Jsx),
            "css" => Some(Self::Css),
            "html" => Some(Self::Html),
            "json" => Some(Self::Json),
            "md" => Some(Self::Markdown),
            _ => None,
        }
    }
}

/// Whose a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileOrigin {
    /// People and agents write it.
    Source,
    /// The server does.
    Scaffold,
}

impl FileOrigin {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Scaffold => "scaffold",
        }
    }
}

/// A file of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProjectFile {
    pub(crate) id: Uuid,
    pub(crate) project_id: Uuid,
    pub(crate) path: String,
    /// `None` where only the list was asked for.
    pub(crate) content: Option<String>,
    /// `None` for what only a scaffold has.
    pub(crate) language: Option<FileLanguage>,
    pub(crate) version: u32,
    pub(crate) origin: FileOrigin,
    pub(crate) bytes: u32,
    /// BLAKE3 of the content, in hex.
    pub(crate) digest: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// One state of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileVersion {
    pub(crate) path: String,
    pub(crate) version: u32,
    /// The revision that it came with, and what that says of itself.
    pub(crate) revision: u32,
    pub(crate) message: String,
    pub(crate) language: FileLanguage,
    pub(crate) bytes: u32,
    /// `None` for a deletion.
    pub(crate) digest: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
}

/// What a file becomes; without content it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileChange {
    pub(crate) path: String,
    pub(crate) content: Option<String>,
    /// By the ending of the path when not given, and else as it was.
    pub(crate) language: Option<FileLanguage>,
}

/// A revision to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RevisionDraft {
    pub(crate) message: String,
    /// The project's owner when not given.
    pub(crate) author: Option<Author>,
    pub(crate) changes: Vec<FileChange>,
    /// The newest revision that its writer knew; any when not given.
    pub(crate) base: Option<u32>,
}

/// Who wrote a revision, as git says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Author {
    pub(crate) name: String,
    pub(crate) email: String,
}

/// A moment of a project that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revision {
    pub(crate) number: u32,
    pub(crate) message: String,
    pub(crate) author: Author,
    pub(crate) created_at: DateTime<Utc>,
    /// Sorted; what it changed of the files that people write.
    pub(crate) paths: Vec<String>,
}
