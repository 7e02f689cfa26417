//! The files below `src/` of a branch at GitHub become a project's, as one revision that says of which commit. What a project can't have is
//! told with the reason and left out; what the project has beside them stays.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::{StreamExt, stream};
use kit::error::Faults;
use secrecy::SecretString;
use uuid::Uuid;

use super::github_export::COMMIT_TRAILER;
use super::github_export::checks::check_place;
use super::github_tree::{TreeEntry, find_login, find_ref, name_blob, read_tree, text};
use super::project::{FileChange, RevisionDraft};
use super::project_files::{FILES_MAX, ProjectFiles, judge_file};
use super::projects::{ProjectSpecs, refuse};
use crate::clients::github::{GithubClient, GithubError, GithubSession};
use crate::error::StoryError;

/// Blobs that are read at the same time.
const AT_ONCE: usize = 4;
/// Of one file.
const CONTENT_MAX: u64 = 100_000;
/// Files that are told with the reason why they were left out.
const TOLD_MAX: usize = 100;
const SOURCES: &str = "src/";

/// The rules.
#[derive(Clone)]
pub(crate) struct GithubImports {
    pub(crate) files: ProjectFiles,
    pub(crate) github: GithubClient,
}

/// What is asked for. The token lives as long as this does.
pub(crate) struct ImportRequest {
    pub(crate) repo_name: String,
    /// The token's own account when empty.
    pub(crate) owner: String,
    pub(crate) token: SecretString,
    /// The repository's default branch when empty.
    pub(crate) branch: String,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct GithubImport {
    pub(crate) repo_url: String,
    pub(crate) branch: String,
    pub(crate) commit_sha: String,
    /// Of the project, as it is now.
    pub(crate) revision: u32,
    pub(crate) files_imported: u32,
    pub(crate) left_out: LeftOut,
}

/// What a project can't have: path and reason of the first hundred, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    pub(crate) told: Vec<(String, String)>,
    pub(crate) count: u32,
}

impl LeftOut {
    fn add(&mut self, path: &str, reason: impl Into<String>) {
        self.count += 1;
        if self.told.len() < TOLD_MAX {
            self.told.push((path.to_owned(), reason.into()));
        }
    }
}

impl GithubImports {
    /// # Errors
    /// Every wrong field; a repository or a branch that is not there; whatever GitHub refuses. Nothing is written then.
    pub(crate) async fn import(
        &self,
        owner: Uuid,
        id: &str,
        request: ImportRequest,
    ) -> Result<GithubImport, StoryError> {
        let mut faults = Faults::default();
        let place = (
            request.owner.as_str(),
            request.repo_name.as_str(),
            request.branch.as_str(),
        );
        check_place(place, &request.token, &mut faults);
        refuse(faults)?;
        let project = self.files.projects.get(owner, id).await?;

        let session = self.github.sign_in(&request.token)?;
        let login = match request.owner.trim() {
            "" => find_login(&session).await?,
            owner => owner.to_owned(),
        };
        let path = format!("/repos/{login}/{}", request.repo_name.trim());
        let repository = session.get("find the repository", &path).await?;
        let api = format!("/repos/{}", text(&repository, "full_name")?);
        let branch = match request.branch.trim() {
            "" => text(&repository, "default_branch")?,
            branch => branch,
        };
        let step = "find the branch";
        let commit = find_ref(&session, &api, branch)
            .await?
            .ok_or(GithubError::Missing { step })?;

        let mut left_out = LeftOut::default();
        let changes = read_sources(&session, &api, &commit, &mut left_out).await?;
        let files_imported = u32::try_from(changes.len()).unwrap_or(u32::MAX);
        let url = text(&repository, "html_url")?;
        let draft = RevisionDraft {
            message: format!("Import {branch} of {url}\n\n{COMMIT_TRAILER}{commit}\n"),
            changes,
            ..RevisionDraft::default()
        };
        let specs = ProjectSpecs::default();
        let project = self.files.write_files(owner, project.id, draft, specs).await?;

        Ok(GithubImport {
            repo_url: url.to_owned(),
            branch: branch.to_owned(),
            commit_sha: commit,
            revision: project.revision,
            files_imported,
            left_out,
        })
    }
}

/// The files of a commit that a project can have.
async fn read_sources(
    session: &GithubSession<'_>,
    api: &str,
    commit: &str,
    left_out: &mut LeftOut,
) -> Result<Vec<FileChange>, GithubError> {
    let tree = read_tree(session, api, commit).await?;
    if tree.is_cut {
        return Err(GithubError::Refused {
            step: "list all files there",
            told: "it lists only a part of so many.".to_owned(),
        });
    }

    let mut wanted = Vec::new();
    for entry in tree.entries {
        match judge_entry(&entry) {
            Ok(()) if wanted.len() < FILES_MAX => wanted.push(entry),
            Ok(()) => left_out.add(&entry.path, format!("expected at most {FILES_MAX} files")),
            Err(reason) => left_out.add(&entry.path, reason),
        }
    }

    let reading = wanted
        .into_iter()
        .map(|entry| async { (read_blob(session, api, &entry).await, entry.path) });
    let mut read = stream::iter(reading).buffered(AT_ONCE);
    let mut changes = Vec::new();
    while let Some((content, path)) = read.next().await {
        let bytes = content?;
        match judge_file(&path, &bytes, false) {
            Ok(()) => changes.push(FileChange {
                path,
                content: String::from_utf8(bytes).ok(),
                language: None,
            }),
            Err(reason) => left_out.add(&path, reason),
        }
    }
    Ok(changes)
}

/// Whether a file can be a project's as far as its name and kind tell; `Err` says what is expected.
fn judge_entry(entry: &TreeEntry) -> Result<(), String> {
    if !entry.path.starts_with(SOURCES) {
        return Err("expected a path below src/".to_owned());
    }
    match entry.mode.as_str() {
        "100644" | "100755" => {}
        "120000" => return Err("expected a file, not a link".to_owned()),
        _ => return Err("expected a file, not a repository of its own".to_owned()),
    }
    let size = entry.size.unwrap_or_default();
    if size > CONTENT_MAX {
        return Err(format!("expected at most {CONTENT_MAX} bytes; it has {size}"));
    }

    judge_file(&entry.path, b"", false)
}

async fn read_blob(
    session: &GithubSession<'_>,
    api: &str,
    entry: &TreeEntry,
) -> Result<Vec<u8>, GithubError> {
    let step = "read a file";
    let blob = session
        .get(step, &format!("{api}/git/blobs/{}", entry.sha))
        .await?;
    let lines: String = text(&blob, "content")?.split_whitespace().collect();
    let unreadable = || GithubError::Unavailable { step, source: None };
    let bytes = STANDARD.decode(lines).map_err(|_| unreadable())?;

    // What is no text has another name than its text would have, and is told as such later.
    match std::str::from_utf8(&bytes) {
        Ok(content) if name_blob(content) != entry.sha => Err(unreadable()),
        _ => Ok(bytes),
    }
}
