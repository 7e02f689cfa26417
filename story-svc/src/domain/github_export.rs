//! A project becomes a commit at GitHub: blobs, a tree, a commit, and the reference last, so that whatever breaks off in between
//! changes nothing. A branch goes on from its head, and what others put there stays unless the project has a file of that name.
//! What they changed in a file since it was exported is never written over: only a pull request may offer that.

mod checks;

use std::collections::HashMap;

use futures::{StreamExt, TryStreamExt, stream};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use uuid::Uuid;

use self::checks::check_export;
use super::project::{FileOrigin, Project, ProjectFile};
use super::project_files::ProjectFiles;
use crate::clients::github::{GithubClient, GithubError, GithubSession};
use crate::error::StoryError;

/// Blobs that are sent at the same time.
const AT_ONCE: usize = 4;
/// Commits in which an earlier export is looked for.
const COMMITS: u32 = 50;
/// Changed files that a refusal names.
const PATHS_TOLD: usize = 10;
/// What a commit of ours says of the project that it is of.
const PROJECT_TRAILER: &str = "Saga-Project: ";
const REVISION_TRAILER: &str = "Saga-Revision: ";

/// The rules.
#[derive(Clone)]
pub(crate) struct GithubExports {
    pub(crate) files: ProjectFiles,
    pub(crate) github: GithubClient,
}

/// What is asked for. The token lives as long as this does.
pub(crate) struct ExportRequest {
    pub(crate) repo_name: String,
    /// The token's own account when empty.
    pub(crate) owner: String,
    pub(crate) description: String,
    pub(crate) private: bool,
    pub(crate) token: SecretString,
    /// The repository's default branch when empty.
    pub(crate) branch: String,
    pub(crate) pull_request: bool,
    pub(crate) message: String,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct GithubExport {
    pub(crate) repo_url: String,
    pub(crate) clone_url: String,
    pub(crate) commit_sha: String,
    pub(crate) branch: String,
    /// Of the project; how many of them were not there yet.
    pub(crate) files_exported: u32,
    pub(crate) files_sent: u32,
    pub(crate) pull_request_url: Option<String>,
}

/// Where commits go on.
struct Head {
    commit: String,
    tree: String,
    /// Name of each blob by its path.
    blobs: HashMap<String, String>,
    /// Whether the branch is there already.
    has_branch: bool,
}

impl GithubExports {
    /// Creates the repository, or goes on from what is there.
    ///
    /// # Errors
    /// Every wrong field; `ProjectEmpty`; whatever GitHub refuses. Nothing but a new repository with a README is left then.
    pub(crate) async fn export(
        &self,
        owner: Uuid,
        id: &str,
        request: ExportRequest,
    ) -> Result<GithubExport, StoryError> {
        check_export(&request)?;
        let project = self.files.projects.get(owner, id).await?;
        let files = self.files.files_at(owner, project.id, project.revision).await?;
        if !files.iter().any(|file| file.origin == FileOrigin::Source) {
            return Err(StoryError::ProjectEmpty);
        }

        let session = self.github.sign_in(&request.token)?;
        let repository = open_repository(&session, &request).await?;
        let api = format!("/repos/{}", text(&repository, "full_name")?);
        let default = text(&repository, "default_branch")?.to_owned();
        let branch = match request.branch.trim() {
            "" => default.clone(),
            branch => branch.to_owned(),
        };
        if request.pull_request && branch == default {
            let expected = format!("another branch than {default}, for a pull request into it");
            return Err(StoryError::invalid("branch", &expected));
        }

        let head = find_head(&session, &api, (&branch, &default), &files).await?;
        let work = Export {
            exports: self,
            session: &session,
            api: &api,
            project: &project,
            files: &files,
            head: &head,
        };
        let (commit_sha, files_sent) = work.commit(&request).await?;
        if commit_sha != head.commit || !head.has_branch {
            move_branch(&session, &api, (&branch, head.has_branch), &commit_sha).await?;
        }
        let pull_request_url = match request.pull_request && commit_sha != head.commit {
            true => Some(work.open_pull_request((&branch, &default)).await?),
            false => None,
        };

        Ok(GithubExport {
            repo_url: text(&repository, "html_url")?.to_owned(),
            clone_url: text(&repository, "clone_url")?.to_owned(),
            commit_sha,
            branch,
            files_exported: u32::try_from(files.len()).unwrap_or(u32::MAX),
            files_sent,
            pull_request_url,
        })
    }
}

async fn open_repository(session: &GithubSession<'_>, request: &ExportRequest) -> Result<Value, GithubError> {
    let user = session.get("ask whose token it is", "/user").await?;
    let login = text(&user, "login")?;
    let owner = match request.owner.trim() {
        "" => login,
        owner => owner,
    };
    let path = format!("/repos/{owner}/{}", request.repo_name.trim());
    if let Some(found) = session.find("find the repository", &path).await? {
        return Ok(found);
    }

    // With a first commit: GitHub takes no objects into a repository without any.
    let body = json!({
        "name": request.repo_name.trim(),
        "description": request.description.trim(),
        "private": request.private,
        "auto_init": true,
    });
    let path = match owner.eq_ignore_ascii_case(login) {
        true => "/user/repos".to_owned(),
        false => format!("/orgs/{owner}/repos"),
    };
    session.post("create the repository", &path, body).await
}

/// The branch's head; that of the default branch when there is no such branch; a first commit where there is none at all.
async fn find_head(
    session: &GithubSession<'_>,
    api: &str,
    (branch, default): (&str, &str),
    files: &[ProjectFile],
) -> Result<Head, GithubError> {
    let mut has_branch = true;
    let mut found = find_ref(session, api, branch).await?;
    if found.is_none() && branch != default {
        has_branch = false;
        found = find_ref(session, api, default).await?;
    }
    let commit = match found {
        Some(commit) => commit,
        None => {
            has_branch = branch == default;
            begin_history(session, api, files).await?
        }
    };

    let told = session
        .get("read the newest commit", &format!("{api}/git/commits/{commit}"))
        .await?;
    let tree = text(&told["tree"], "sha")?.to_owned();
    let listed = session
        .get(
            "read the files there",
            &format!("{api}/git/trees/{tree}?recursive=1"),
        )
        .await?;
    let entries = listed["tree"].as_array().into_iter().flatten();
    let blobs = entries
        .filter(|entry| entry["type"] == "blob")
        .filter_map(|entry| {
            Some((
                entry["path"].as_str()?.to_owned(),
                entry["sha"].as_str()?.to_owned(),
            ))
        });

    Ok(Head {
        commit,
        tree,
        blobs: blobs.collect(),
        has_branch,
    })
}

/// The commit that a branch is at. An empty repository answers with a conflict.
async fn find_ref(
    session: &GithubSession<'_>,
    api: &str,
    branch: &str,
) -> Result<Option<String>, GithubError> {
    let step = "find the branch";
    match session.find(step, &format!("{api}/git/ref/heads/{branch}")).await {
        Ok(Some(found)) => Ok(Some(text(&found["object"], "sha")?.to_owned())),
        Ok(None) | Err(GithubError::Conflict { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A first commit for a repository without any, by the one way that GitHub has for that.
async fn begin_history(
    session: &GithubSession<'_>,
    api: &str,
    files: &[ProjectFile],
) -> Result<String, GithubError> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    let readme = files.iter().find(|file| file.path == "README.md");
    let content = readme
        .and_then(|file| file.content.as_deref())
        .unwrap_or_default();
    let body = json!({ "message": "Begin", "content": STANDARD.encode(content) });
    let written = session
        .put("write a first file", &format!("{api}/contents/README.md"), body)
        .await?;

    Ok(text(&written["commit"], "sha")?.to_owned())
}

/// The reference, last of all; never by force.
async fn move_branch(
    session: &GithubSession<'_>,
    api: &str,
    (branch, is_there): (&str, bool),
    commit: &str,
) -> Result<(), GithubError> {
    let step = "move the branch";
    let moved = match is_there {
        true => {
            let body = json!({ "sha": commit, "force": false });
            session
                .patch(step, &format!("{api}/git/refs/heads/{branch}"), body)
                .await
        }
        false => {
            let body = json!({ "ref": format!("refs/heads/{branch}"), "sha": commit });
            session.post(step, &format!("{api}/git/refs"), body).await
        }
    };

    match moved {
        Ok(_) => Ok(()),
        // It is no fast forward any more, or somebody else made the branch.
        Err(GithubError::Refused { told, .. })
            if told.contains("fast forward") || told.contains("already exists") =>
        {
            Err(GithubError::Conflict { step })
        }
        Err(error) => Err(error),
    }
}

/// What one export works with.
struct Export<'a> {
    exports: &'a GithubExports,
    session: &'a GithubSession<'a>,
    api: &'a str,
    project: &'a Project,
    files: &'a [ProjectFile],
    head: &'a Head,
}

impl Export<'_> {
    /// A commit with the project's files on top of the head, and how many blobs were new. The head where nothing differs.
    async fn commit(&self, request: &ExportRequest) -> Result<(String, u32), StoryError> {
        let named = self.files.iter().map(|file| {
            let content = file.content.clone().unwrap_or_default();
            let sha = name_blob(&content);
            (file.path.clone(), content, sha)
        });
        let differing: Vec<_> = named
            .filter(|(path, _, sha)| self.head.blobs.get(path) != Some(sha))
            .collect();
        let before = self.find_exported_files().await?;
        if let Some(before) = before.as_deref().filter(|_| !request.pull_request) {
            self.check_unchanged(before, differing.iter().map(|(path, ..)| path.as_str()))?;
        }

        let sent = u32::try_from(differing.len()).unwrap_or(u32::MAX);
        let sending = differing
            .into_iter()
            .map(|(path, content, sha)| self.send_blob(path, content, sha));
        let mut tree: Vec<Value> = stream::iter(sending).buffered(AT_ONCE).try_collect().await?;
        let gone = before.as_deref().unwrap_or_default().iter();
        let gone = gone.filter(|old| self.is_gone(old));
        tree.extend(gone.map(|old| write_entry(&old.path, Value::Null)));
        if tree.is_empty() {
            return Ok((self.head.commit.clone(), 0));
        }

        let body = json!({ "base_tree": self.head.tree, "tree": tree });
        let made = self
            .session
            .post("write the tree", &format!("{}/git/trees", self.api), body)
            .await?;
        let body = json!({
            "message": self.write_message(request),
            "tree": text(&made, "sha")?,
            "parents": [self.head.commit],
        });
        let made = self
            .session
            .post("write the commit", &format!("{}/git/commits", self.api), body)
            .await?;

        Ok((text(&made, "sha")?.to_owned(), sent))
    }

    /// Its entry in the tree.
    async fn send_blob(&self, path: String, content: String, sha: String) -> Result<Value, GithubError> {
        let step = "send a file";
        let body = json!({ "content": content, "encoding": "utf-8" });
        let made = self
            .session
            .post(step, &format!("{}/git/blobs", self.api), body)
            .await?;

        match text(&made, "sha")? == sha {
            true => Ok(write_entry(&path, sha.into())),
            false => Err(GithubError::Unavailable { step, source: None }),
        }
    }

    /// What was exported last, where an earlier export is found.
    async fn find_exported_files(&self) -> Result<Option<Vec<ProjectFile>>, StoryError> {
        let Some(revision) = self.find_exported().await? else {
            return Ok(None);
        };

        let (files, owner) = (&self.exports.files, self.project.owner_id);
        match files.files_at(owner, self.project.id, revision).await {
            Ok(before) => Ok(Some(before)),
            Err(StoryError::RevisionNotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// # Errors
    /// `Edited` with all of `paths` where the branch has something else than what was exported. The scaffold is the server's
    /// and not looked at.
    fn check_unchanged<'p>(
        &self,
        before: &[ProjectFile],
        paths: impl Iterator<Item = &'p str>,
    ) -> Result<(), GithubError> {
        let is_source = |path: &str| {
            let mut files = self.files.iter();
            files.any(|file| file.path == path && file.origin == FileOrigin::Source)
        };
        let is_edited = |path: &&str| {
            let old = before.iter().find(|old| old.path == *path).map(name_file);
            let there = self.head.blobs.get(*path);
            is_source(path) && there.is_some() && there != old.as_ref()
        };
        let edited: Vec<&str> = paths.filter(is_edited).collect();

        match edited.is_empty() {
            true => Ok(()),
            false => Err(GithubError::Edited {
                files: list_paths(&edited),
            }),
        }
    }

    /// Whether the project has a file no more, and nobody changed it there.
    fn is_gone(&self, old: &ProjectFile) -> bool {
        let is_kept = self.files.iter().any(|file| file.path == old.path);

        !is_kept && self.head.blobs.get(&old.path) == Some(&name_file(old))
    }

    /// The revision that was exported last, as the newest commit of ours says.
    async fn find_exported(&self) -> Result<Option<u32>, GithubError> {
        let path = format!("{}/commits?sha={}&per_page={COMMITS}", self.api, self.head.commit);
        let commits = self.session.get("read what was exported before", &path).await?;
        let ours = format!("{PROJECT_TRAILER}{}", self.project.id);
        let messages = commits.as_array().into_iter().flatten();
        let mut messages = messages.filter_map(|commit| commit["commit"]["message"].as_str());

        Ok(messages.find_map(|message| {
            let is_ours = message.lines().rev().take(2).any(|line| line == ours);
            let number = message
                .lines()
                .rev()
                .find_map(|line| line.strip_prefix(REVISION_TRAILER));
            number.filter(|_| is_ours)?.trim().parse().ok()
        }))
    }

    fn write_message(&self, request: &ExportRequest) -> String {
        let Project {
            id, title, revision, ..
        } = self.project;
        let message = match request.message.trim() {
            "" => format!("Export {title}"),
            message => message.to_owned(),
        };

        format!("{message}\n\n{PROJECT_TRAILER}{id}\n{REVISION_TRAILER}{revision}\n")
    }

    /// Its address; of the one that is open already, when there is.
    async fn open_pull_request(&self, (branch, base): (&str, &str)) -> Result<String, GithubError> {
        let step = "open a pull request";
        let title = format!("{}, revision {}", self.project.title, self.project.revision);
        let body = json!({ "title": title, "head": branch, "base": base });
        let path = format!("{}/pulls", self.api);

        match self.session.post(step, &path, body).await {
            Ok(made) => Ok(text(&made, "html_url")?.to_owned()),
            Err(GithubError::Refused { step, told }) => {
                let owner = self.api.split('/').nth(2).unwrap_or_default();
                let open = format!("{path}?state=open&head={owner}:{branch}&base={base}");
                let found = self.session.get(step, &open).await?;
                match found[0]["html_url"].as_str() {
                    Some(url) => Ok(url.to_owned()),
                    None => Err(GithubError::Refused { step, told }),
                }
            }
            Err(error) => Err(error),
        }
    }
}

/// Without a name it goes.
fn write_entry(path: &str, sha: Value) -> Value {
    json!({ "path": path, "mode": "100644", "type": "blob", "sha": sha })
}

/// The first few of them, and how many more there are.
fn list_paths(paths: &[&str]) -> String {
    let told = paths
        .iter()
        .take(PATHS_TOLD)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");

    match paths.len().saturating_sub(PATHS_TOLD) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}

fn name_file(file: &ProjectFile) -> String {
    name_blob(file.content.as_deref().unwrap_or_default())
}

/// As git names it.
fn name_blob(content: &str) -> String {
    let mut hasher = Sha1::new();
    hasher.update(format!("blob {}\0", content.len()));
    hasher.update(content);
    let bytes = hasher.finalize();

    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text that every answer of its kind has.
fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str, GithubError> {
    value[field].as_str().ok_or(GithubError::Unavailable {
        step: "read an answer",
        source: None,
    })
}
