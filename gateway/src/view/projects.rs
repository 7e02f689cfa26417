//! Projects, their files and revisions as clients know them.

use async_graphql::Enum;
use proto::v1;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{akd::workflows::raw, stories::rfc3339};

/// Makes an enum of words, each with the one that services say.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $word:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "kebab-case")]
        pub(crate) enum $name {
            $($(#[$of])* $word,)+
        }

        impl $name {
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)+
                }
            }

            /// The first one for a word that is none.
            pub(crate) fn read(text: &str) -> Self {
                let all = [$(Self::$word),+];
                all.into_iter().find(|word| word.as_str() == text).unwrap_or(all[0])
            }
        }
    };
}

words! {
    /// Whether a project's owner builds or learns.
    ProjectMode {
        /// Agents build what its owner asks for.
        Builder = "builder",
        /// A tutor asks, and its owner builds.
        Student = "student",
    }
}

words! {
    /// How far a project is.
    ProjectStatus {
        /// It is thought about.
        Planning = "planning",
        /// Somebody is at work on it.
        InProgress = "in-progress",
        /// Agents are at work on it.
        Building = "building",
        /// It does what it was to do.
        Completed = "completed",
        /// It is out of the lists and closed for writers.
        Archived = "archived",
    }
}

words! {
    /// What a file of a project is written in.
    ProjectFileLanguage {
        /// What only a scaffold has, such as `.gitignore`.
        Text = "text",
        /// A module of TypeScript, `.ts`.
        Typescript = "typescript",
        /// A module of JavaScript, `.js`.
        Javascript = "javascript",
        /// JavaScript with markup in it.
        Jsx = "jsx",
        /// TypeScript with markup in it.
        Tsx = "tsx",
        /// A sheet of styles, `.css`.
        Css = "css",
        /// A page or a part of one.
        Html = "html",
        /// Data as JSON; not for a new file.
        Json = "json",
        /// A text in Markdown; not for a new file.
        Markdown = "markdown",
    }
}

words! {
    /// Whose a file of a project is.
    ProjectFileOrigin {
        /// People and agents write it.
        Source = "source",
        /// The server makes it; it can only be read.
        Scaffold = "scaffold",
    }
}

/// A web application that agents and people write.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProjectView {
    id: String,
    title: String,
    description: String,
    #[schema(inline)]
    mode: ProjectMode,
    #[schema(inline)]
    status: ProjectStatus,
    tech_stack: Vec<String>,
    /// RequirementsDoc, once agents have written one.
    #[schema(value_type = Option<Object>)]
    requirements_spec: Option<Box<RawValue>>,
    /// WireframeSpec, once agents have written one.
    #[schema(value_type = Option<Object>)]
    architecture_spec: Option<Box<RawValue>>,
    /// `name@version`.
    dependencies: Vec<String>,
    /// Number of the newest revision, from 1.
    revision: u32,
    created_at: String,
    updated_at: String,
}

impl From<v1::Project> for ProjectView {
    fn from(project: v1::Project) -> Self {
        Self {
            mode: ProjectMode::read(&project.mode),
            status: ProjectStatus::read(&project.status),
            requirements_spec: project.requirements_spec.as_deref().and_then(raw),
            architecture_spec: project.architecture_spec.as_deref().and_then(raw),
            created_at: rfc3339(project.created_at.as_ref()),
            updated_at: rfc3339(project.updated_at.as_ref()),
            id: project.id,
            title: project.title,
            description: project.description,
            tech_stack: project.tech_stack,
            dependencies: project.dependencies,
            revision: project.revision,
        }
    }
}

/// One page of projects, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProjectPage {
    pub(crate) items: Vec<ProjectView>,
    /// Of all pages.
    pub(crate) total: u64,
    pub(crate) page: u32,
    pub(crate) page_size: u32,
    pub(crate) has_more: bool,
}

/// A file of a project.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProjectFileView {
    id: String,
    project_id: String,
    #[schema(example = "src/App.tsx")]
    path: String,
    /// Missing where it was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    #[schema(inline)]
    language: ProjectFileLanguage,
    /// From 1; of the scaffold, the number of the project's revision.
    version: u32,
    #[schema(inline)]
    origin: ProjectFileOrigin,
    /// Of the content, in UTF-8.
    bytes: u32,
    /// BLAKE3 of the content, in hex.
    digest: String,
    created_at: String,
    updated_at: String,
}

impl From<v1::ProjectFile> for ProjectFileView {
    fn from(file: v1::ProjectFile) -> Self {
        Self {
            language: ProjectFileLanguage::read(&file.language),
            origin: ProjectFileOrigin::read(&file.origin),
            created_at: rfc3339(file.created_at.as_ref()),
            updated_at: rfc3339(file.updated_at.as_ref()),
            id: file.id,
            project_id: file.project_id,
            path: file.path,
            content: file.content,
            version: file.version,
            bytes: file.bytes,
            digest: file.digest,
        }
    }
}

/// All files of a project, by path.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProjectFileList {
    pub(crate) project_id: String,
    pub(crate) count: usize,
    pub(crate) files: Vec<ProjectFileView>,
}

/// One state of a file.
#[derive(Serialize, ToSchema)]
pub(crate) struct FileVersionView {
    path: String,
    /// From 1.
    version: u32,
    /// The revision of the project that it came with.
    revision: u32,
    /// What the revision says of itself.
    message: String,
    #[schema(inline)]
    language: ProjectFileLanguage,
    bytes: u32,
    /// BLAKE3 of the content, in hex; none of a deletion.
    digest: Option<String>,
    /// The file was taken away.
    deleted: bool,
    created_at: String,
    /// Missing in lists and of a deletion.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

impl From<v1::FileVersion> for FileVersionView {
    fn from(version: v1::FileVersion) -> Self {
        Self {
            language: ProjectFileLanguage::read(&version.language),
            created_at: rfc3339(version.created_at.as_ref()),
            digest: Some(version.digest).filter(|digest| !digest.is_empty()),
            path: version.path,
            version: version.version,
            revision: version.revision,
            message: version.message,
            bytes: version.bytes,
            deleted: version.deleted,
            content: version.content,
        }
    }
}

/// The versions of a file, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct FileVersionList {
    pub(crate) project_id: String,
    pub(crate) path: String,
    pub(crate) count: usize,
    pub(crate) versions: Vec<FileVersionView>,
}

/// What differs between two versions of a file.
#[derive(Serialize, ToSchema)]
pub(crate) struct FileDiffView {
    path: String,
    from: u32,
    to: u32,
    added_lines: u32,
    removed_lines: u32,
    /// In the unified format; empty when nothing differs.
    unified: String,
}

impl From<v1::FileDiff> for FileDiffView {
    fn from(diff: v1::FileDiff) -> Self {
        Self {
            path: diff.path,
            from: diff.from,
            to: diff.to,
            added_lines: diff.added_lines,
            removed_lines: diff.removed_lines,
            unified: diff.unified,
        }
    }
}

/// A moment of a project that is kept.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevisionView {
    /// From 1, without gaps.
    number: u32,
    message: String,
    author_name: String,
    author_email: String,
    created_at: String,
    /// What it changed of the files that people write.
    paths: Vec<String>,
}

impl From<v1::Revision> for RevisionView {
    fn from(revision: v1::Revision) -> Self {
        Self {
            created_at: rfc3339(revision.created_at.as_ref()),
            number: revision.number,
            message: revision.message,
            author_name: revision.author_name,
            author_email: revision.author_email,
            paths: revision.paths,
        }
    }
}

/// Revisions of a project, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevisionList {
    pub(crate) project_id: String,
    pub(crate) revisions: Vec<RevisionView>,
}

/// What came from GitHub.
#[derive(Serialize, ToSchema)]
pub(crate) struct GithubImportView {
    repo_url: String,
    branch: String,
    commit_sha: String,
    /// Of the project, as it is now.
    revision: u32,
    files_imported: u32,
    /// The first hundred files that the project can't have.
    left_out: Vec<FileLeftOutView>,
    /// How many there are.
    files_left_out: u32,
}

/// A file that was left out.
#[derive(Serialize, ToSchema)]
pub(crate) struct FileLeftOutView {
    path: String,
    /// What was expected instead.
    reason: String,
}

impl From<v1::GithubImport> for GithubImportView {
    fn from(import: v1::GithubImport) -> Self {
        let left_out = import.left_out.into_iter().map(|file| FileLeftOutView {
            path: file.path,
            reason: file.reason,
        });

        Self {
            repo_url: import.repo_url,
            branch: import.branch,
            commit_sha: import.commit_sha,
            revision: import.revision,
            files_imported: import.files_imported,
            left_out: left_out.collect(),
            files_left_out: import.files_left_out,
        }
    }
}

/// A project at GitHub.
#[derive(Serialize, ToSchema)]
pub(crate) struct GithubExportView {
    repo_url: String,
    clone_url: String,
    commit_sha: String,
    branch: String,
    /// Files of the project.
    files_exported: u32,
    /// How many of them were not there yet.
    files_sent: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pull_request_url: Option<String>,
}

impl From<v1::GithubExport> for GithubExportView {
    fn from(export: v1::GithubExport) -> Self {
        Self {
            repo_url: export.repo_url,
            clone_url: export.clone_url,
            commit_sha: export.commit_sha,
            branch: export.branch,
            files_exported: export.files_exported,
            files_sent: export.files_sent,
            pull_request_url: export.pull_request_url,
        }
    }
}
