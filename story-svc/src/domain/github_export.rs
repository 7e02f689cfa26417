//! A project becomes a commit at GitHub: blobs, a tree, a commit, and the reference last, so that whatever breaks off in between
//! changes nothing. A branch goes on from its head, and what others put there stays. Where the project has a file of a name that they
//! took or changed, it is written over when the caller asks for it alone ([`comparison`]); the branch of a pull request offers it.

pub(super) mod checks;
mod comparison;

use std::collections::HashMap;

use futures::{StreamExt, TryStreamExt, stream};
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use self::checks::check_export;
use self::comparison::Comparison;
use super::github_tree::{find_login, find_ref, name_blob, read_tree, text};
use super::project::{FileOrigin, Project, ProjectFile};
use super::project_files::ProjectFiles;
use crate::clients::github::{COMMITS, GithubClient, GithubError, GithubSession};
use crate::error::StoryError;

/// Blobs that are sent at the same time.
const AT_ONCE: usize = 4;
/// What a commit of ours says of the project that it is of.
const PROJECT_TRAILER: &str = "Saga-Project: ";
const REVISION_TRAILER: &str = "Saga-Revision: ";
/// What a revision says of the commit that it was made of.
pub(super) const COMMIT_TRAILER: &str = "Github-Commit: ";

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
    /// Write over files that others put there or changed; their contents stay in the history.
    pub(crate) overwrite: bool,
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
    /// Name of each blob, and of each submodule, by its path.
    blobs: HashMap<String, String>,
    /// There are more than GitHub lists at once.
    is_cut: bool,
    /// Whether the branch is there already.
    has_branch: bool,
}

/// What the history of a repository without any begins with.
struct FirstCommit<'a> {
    files: &'a [ProjectFile],
    message: String,
}

impl GithubExports {
    /// Creates the repository, or goes on from what is there.
    ///
    /// # Errors
    /// Every wrong field; `ProjectEmpty`; files of others that it would write over; whatever GitHub refuses. Nothing but a new repository with a README is left then.
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

        let first = FirstCommit {
            files: &files,
            message: write_message(&project, "", "Begin"),
        };
        let head = find_head(&session, &api, (&branch, &default), &first).await?;
        let work = Export {
            exports: self,
            session: &session,
            api: &api,
            repository: &repository,
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
    let login = find_login(session).await?;
    let owner = match request.owner.trim() {
        "" => login.as_str(),
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
    let path = match owner.eq_ignore_ascii_case(&login) {
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
    first: &FirstCommit<'_>,
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
            begin_history(session, api, first).await?
        }
    };

    let tree = read_tree(session, api, &commit).await?;
    let names = tree.entries.into_iter().map(|entry| (entry.path, entry.sha));
    Ok(Head {
        commit,
        tree: tree.sha,
        blobs: names.collect(),
        is_cut: tree.is_cut,
        has_branch,
    })
}

/// A first commit for a repository without any, by the one way that GitHub has for that.
async fn begin_history(
    session: &GithubSession<'_>,
    api: &str,
    first: &FirstCommit<'_>,
) -> Result<String, GithubError> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    let readme = first.files.iter().find(|file| file.path == "README.md");
    let content = readme
        .and_then(|file| file.content.as_deref())
        .unwrap_or_default();
    let body = json!({ "message": first.message, "content": STANDARD.encode(content) });
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
    repository: &'a Value,
    project: &'a Project,
    files: &'a [ProjectFile],
    head: &'a Head,
}

impl Export<'_> {
    /// A commit with the project's files on top of the head, and how many blobs were new. The head where nothing differs.
    async fn commit(&self, request: &ExportRequest) -> Result<(String, u32), StoryError> {
        let before = self.find_exported_files().await?;
        let comparison = Comparison::new(self.head, self.files, before.as_deref(), self.repository);
        // Nobody's work is on a branch that begins with this pull request.
        let is_offer = request.pull_request && !self.head.has_branch;
        if !is_offer && !request.overwrite {
            comparison.check()?;
        }

        let differing = comparison.list_differing(request.overwrite);
        let sent = u32::try_from(differing.len()).unwrap_or(u32::MAX);
        let sending = differing.into_iter().map(|(file, sha)| self.send_blob(file, sha));
        let sending: Vec<_> = sending.collect();
        let mut tree: Vec<Value> = stream::iter(sending).buffered(AT_ONCE).try_collect().await?;
        let gone = comparison.list_gone().into_iter();
        tree.extend(gone.map(|path| write_entry(path, Value::Null)));
        if tree.is_empty() {
            return Ok((self.head.commit.clone(), 0));
        }

        let body = json!({ "base_tree": self.head.tree, "tree": tree });
        let made = self
            .session
            .post("write the tree", &format!("{}/git/trees", self.api), body)
            .await?;
        let body = json!({
            "message": write_message(self.project, &request.message, "Export"),
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
    async fn send_blob(&self, file: &ProjectFile, sha: String) -> Result<Value, GithubError> {
        let step = "send a file";
        let content = file.content.as_deref().unwrap_or_default();
        let body = json!({ "content": content, "encoding": "utf-8" });
        let made = self
            .session
            .post(step, &format!("{}/git/blobs", self.api), body)
            .await?;

        match text(&made, "sha")? == sha {
            true => Ok(write_entry(&file.path, sha.into())),
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

    /// The revision that was exported last, as the newest commit of ours says, or that was made of a commit there.
    async fn find_exported(&self) -> Result<Option<u32>, StoryError> {
        let path = format!("{}/commits?sha={}&per_page={COMMITS}", self.api, self.head.commit);
        let commits = self.session.get("read what was exported before", &path).await?;
        let commits = commits.as_array().map(Vec::as_slice).unwrap_or_default();
        let imported = self.find_imported().await?;
        let find = |commit: &Value| {
            let message = commit["commit"]["message"].as_str().unwrap_or_default();
            let told = read_revision(message, self.project);
            told.or_else(|| imported.get(commit["sha"].as_str()?).copied())
        };

        Ok(commits.iter().find_map(find))
    }

    /// The revision that was made of each commit.
    async fn find_imported(&self) -> Result<HashMap<String, u32>, StoryError> {
        let (files, owner) = (&self.exports.files, self.project.owner_id);
        let id = self.project.id.to_string();
        let revisions = files.list_revisions(owner, &id, (None, Some(COMMITS))).await?;
        // The newest of several stays.
        let made = revisions.into_iter().rev().filter_map(|revision| {
            let mut lines = revision.message.lines().rev();
            let commit = lines.find_map(|line| line.strip_prefix(COMMIT_TRAILER))?;
            Some((commit.trim().to_owned(), revision.number))
        });

        Ok(made.collect())
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

/// The revision of a project that a commit's message says it holds.
fn read_revision(message: &str, project: &Project) -> Option<u32> {
    let ours = format!("{PROJECT_TRAILER}{}", project.id);
    let is_ours = message.lines().rev().take(2).any(|line| line == ours);
    let mut lines = message.lines().rev().filter(|_| is_ours);
    let number = lines.find_map(|line| line.strip_prefix(REVISION_TRAILER));

    number?.trim().parse().ok()
}

/// What a commit says; without words of the caller's, what it does to the project. Its end says what it holds.
fn write_message(project: &Project, told: &str, verb: &str) -> String {
    let Project {
        id, title, revision, ..
    } = project;
    let message = match told.trim() {
        "" => format!("{verb} {title}"),
        message => message.to_owned(),
    };

    format!("{message}\n\n{PROJECT_TRAILER}{id}\n{REVISION_TRAILER}{revision}\n")
}

/// Without a name it goes.
fn write_entry(path: &str, sha: Value) -> Value {
    json!({ "path": path, "mode": "100644", "type": "blob", "sha": sha })
}

fn name_file(file: &ProjectFile) -> String {
    name_blob(file.content.as_deref().unwrap_or_default())
}
