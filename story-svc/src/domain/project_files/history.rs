//! A project's files as lists: now, at a revision, by version; revisions, and what is restored.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{ProjectFiles, draft_of, list_scaffold, scaffold::read_scaffold};
use crate::domain::project::{Author, FileChange, FileVersion, Project, ProjectFile, Revision};
use crate::domain::projects::ProjectSpecs;
use crate::error::StoryError;
use crate::store::project_files::{self as store, RevisionRow};

/// Versions in one list.
const VERSIONS_MAX: i64 = 1000;
const LIMIT: u32 = 20;
const LIMIT_MAX: u32 = 100;
/// Contents that are read at once.
const CONTENTS: usize = 50;

impl ProjectFiles {
    /// By path, scaffold included, without contents.
    ///
    /// # Errors
    /// `RevisionNotFound`.
    pub(crate) async fn list(
        &self,
        owner: Uuid,
        id: &str,
        revision: Option<u32>,
    ) -> Result<(Project, Vec<ProjectFile>), StoryError> {
        let project = self.projects.get(owner, id).await?;
        let number = revision.unwrap_or(project.revision);
        let scaffold = self.scaffold_at(&project, number).await?;

        let mut files = store::list_at(&self.projects.db.user(owner), project.id, number).await?;
        files.extend(scaffold);
        files.sort_unstable_by(|one, other| one.path.cmp(&other.path));

        Ok((project, files))
    }

    /// All files of a revision with their contents, by path, scaffold included.
    pub(crate) async fn files_at(
        &self,
        owner: Uuid,
        project: Uuid,
        revision: u32,
    ) -> Result<Vec<ProjectFile>, StoryError> {
        let (_, mut files) = self.list(owner, &project.to_string(), Some(revision)).await?;
        self.fill(owner, &mut files).await?;

        Ok(files)
    }

    /// The files that the server owns, without contents.
    pub(crate) async fn scaffold_at(
        &self,
        project: &Project,
        revision: u32,
    ) -> Result<Vec<ProjectFile>, StoryError> {
        let db = self.projects.db.user(project.owner_id);
        let row = store::find_revision(&db, project.id, revision).await?;
        let row = row.ok_or(StoryError::RevisionNotFound { number: revision })?;

        Ok(list_scaffold(project, read_scaffold(&row.scaffold)?, &row))
    }

    /// Gives files their contents.
    pub(crate) async fn fill(&self, owner: Uuid, files: &mut [ProjectFile]) -> Result<(), StoryError> {
        for some in files.chunks_mut(CONTENTS) {
            let digests: Vec<String> = some.iter().map(|file| file.digest.clone()).collect();
            let contents = store::list_contents(&self.projects.db.user(owner), owner, &digests).await?;
            for file in some {
                file.content = contents.get(&file.digest).cloned();
            }
        }

        Ok(())
    }

    /// Newest first; also of a file that was deleted.
    pub(crate) async fn list_versions(
        &self,
        owner: Uuid,
        id: &str,
        path: &str,
    ) -> Result<Vec<FileVersion>, StoryError> {
        let project = self.projects.get(owner, id).await?;
        self.versions(owner, &project, path, None).await
    }

    async fn versions(
        &self,
        owner: Uuid,
        project: &Project,
        path: &str,
        version: Option<u32>,
    ) -> Result<Vec<FileVersion>, StoryError> {
        let db = self.projects.db.user(owner);
        let found = match path.contains('\0') {
            true => Vec::new(),
            false => store::list_versions(&db, (project.id, path), version, VERSIONS_MAX).await?,
        };

        match (found.is_empty(), version) {
            (false, _) => Ok(found),
            (true, Some(version)) => Err(StoryError::FileVersionNotFound {
                path: path.chars().take(500).collect(),
                version,
            }),
            (true, None) => Err(StoryError::FileNotFound {
                path: path.chars().take(500).collect(),
            }),
        }
    }

    /// One with its content; a deletion has none.
    pub(crate) async fn get_version(
        &self,
        owner: Uuid,
        id: &str,
        (path, version): (&str, u32),
    ) -> Result<(FileVersion, Option<String>), StoryError> {
        let project = self.projects.get(owner, id).await?;
        let mut found = self.versions(owner, &project, path, Some(version)).await?;
        let version = found.remove(0);
        let digests: Vec<String> = version.digest.iter().cloned().collect();
        let contents = store::list_contents(&self.projects.db.user(owner), owner, &digests).await?;

        Ok((version, contents.into_values().next()))
    }

    /// Writes what a version was as the newest one.
    pub(crate) async fn restore(
        &self,
        owner: Uuid,
        id: &str,
        (path, version): (&str, u32),
    ) -> Result<ProjectFile, StoryError> {
        let (old, content) = self.get_version(owner, id, (path, version)).await?;
        if content.is_none() {
            return Err(StoryError::invalid(
                "version",
                "a version with a content: this one is a deletion",
            ));
        }

        let project = self.projects.get(owner, id).await?;
        let change = FileChange {
            path: old.path,
            content,
            language: Some(old.language),
        };
        let mut draft = draft_of("Restore", change);
        draft.message.push_str(&format!(" as in version {version}"));
        self.write_files(owner, project.id, draft, ProjectSpecs::default())
            .await?;

        self.get(owner, id, path).await
    }

    /// Newest first, each with the paths that it changed.
    pub(crate) async fn list_revisions(
        &self,
        owner: Uuid,
        id: &str,
        (before, limit): (Option<u32>, Option<u32>),
    ) -> Result<Vec<Revision>, StoryError> {
        let limit = limit.unwrap_or(LIMIT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(StoryError::invalid("limit", &format!("1 to {LIMIT_MAX}")));
        }

        let project = self.projects.get(owner, id).await?;
        let db = self.projects.db.user(owner);
        let rows = store::list_revisions(&db, project.id, before, limit.into()).await?;
        let (Some(newest), Some(oldest)) = (rows.first(), rows.last()) else {
            return Ok(Vec::new());
        };

        let mut paths: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for (number, path) in store::list_paths(&db, project.id, (oldest.number, newest.number)).await? {
            paths.entry(number).or_default().push(path);
        }

        Ok(rows
            .into_iter()
            .map(|row| Revision {
                paths: paths.remove(&row.number).unwrap_or_default(),
                ..read_revision(row)
            })
            .collect())
    }
}

fn read_revision(row: RevisionRow) -> Revision {
    Revision {
        number: u32::try_from(row.number).unwrap_or_default(),
        message: row.message,
        author: Author {
            name: row.author_name,
            email: row.author_email,
        },
        created_at: row.created_at,
        paths: Vec::new(),
    }
}
