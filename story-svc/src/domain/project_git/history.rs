//! One project's commits and objects, as `githost` asks for them.

use std::collections::HashSet;

use async_trait::async_trait;
use githost::{CommitLinks, Failure, FileRules, Kind, ObjectId, Push, PushRefusal, Repository, StoredObject};
use uuid::Uuid;

use crate::domain::project_files::{ProjectFiles, judge_file};
use crate::error::StoryError;
use crate::store::project_files;
use crate::store::project_git::{self as store, GitCommitRow, GitObjectRow};

pub(super) struct ProjectHistory {
    pub(super) files: ProjectFiles,
    pub(super) owner: Uuid,
    pub(super) project: Uuid,
    /// Paths of files that are there.
    pub(super) known: HashSet<String>,
}

impl ProjectHistory {
    pub(super) fn db(&self) -> kit::db::ScopedDb {
        self.files.projects.db.user(self.owner)
    }

    pub(super) async fn with_known_paths(mut self) -> Result<Self, StoryError> {
        let project = self
            .files
            .projects
            .get(self.owner, &self.project.to_string())
            .await?;
        let files = project_files::list_at(&self.db(), self.project, project.revision).await?;
        self.known = files.into_iter().map(|file| file.path).collect();

        Ok(self)
    }
}

impl FileRules for ProjectHistory {
    fn is_writable(&self, path: &str) -> bool {
        path.starts_with("src/")
    }

    fn check_file(&self, path: &str, content: &[u8]) -> Result<(), String> {
        judge_file(path, content, self.known.contains(path))
    }
}

#[async_trait]
impl Repository for ProjectHistory {
    async fn main(&self) -> Result<Option<ObjectId>, Failure> {
        let newest = store::find_newest(&self.db(), self.project).await.map_err(wrap)?;

        newest.map(|commit| parse_id(&commit.id)).transpose()
    }

    async fn commits(&self) -> Result<Vec<CommitLinks>, Failure> {
        let rows = store::list_commits(&self.db(), self.project)
            .await
            .map_err(wrap)?;

        rows.iter().map(read_commit).collect()
    }

    async fn read(&self, ids: &[ObjectId]) -> Result<Vec<StoredObject>, Failure> {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let rows = store::list_objects(&self.db(), self.project, &ids)
            .await
            .map_err(wrap)?;

        rows.into_iter().map(read_object).collect()
    }

    async fn take_push(&self, push: Push) -> Result<Option<String>, PushRefusal> {
        self.take(push).await
    }
}

pub(super) fn wrap(error: impl Into<StoryError>) -> Failure {
    Failure::new(error.into())
}

fn parse_id(hex: &str) -> Result<ObjectId, Failure> {
    ObjectId::from_hex(hex.as_bytes()).map_err(|error| Failure::new(error.to_string()))
}

pub(super) fn read_commit(row: &GitCommitRow) -> Result<CommitLinks, Failure> {
    let parents = row.parents.split_ascii_whitespace().map(parse_id);

    Ok(CommitLinks {
        id: parse_id(&row.id)?,
        tree: parse_id(&row.tree)?,
        parents: parents.collect::<Result<_, _>>()?,
    })
}

pub(super) fn encode_commit(links: &CommitLinks, revision: Option<u32>) -> GitCommitRow {
    let parents: Vec<String> = links.parents.iter().map(ToString::to_string).collect();

    GitCommitRow {
        id: links.id.to_string(),
        tree: links.tree.to_string(),
        parents: parents.join(" "),
        revision: revision.map(i64::from),
    }
}

fn read_object(row: GitObjectRow) -> Result<StoredObject, Failure> {
    let kind = [Kind::Commit, Kind::Tree, Kind::Blob]
        .into_iter()
        .find(|kind| kind.to_string() == row.kind);

    Ok(StoredObject {
        id: parse_id(&row.id)?,
        kind: kind.ok_or_else(|| Failure::new(format!("an object is a {}", row.kind)))?,
        size: row.size.cast_unsigned(),
        deflated: row.deflated.into(),
    })
}

pub(super) fn encode_object(object: &StoredObject) -> GitObjectRow {
    GitObjectRow {
        id: object.id.to_string(),
        kind: object.kind.to_string(),
        size: object.size.cast_signed(),
        deflated: object.deflated.to_vec(),
    }
}
