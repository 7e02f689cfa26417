//! The rules of projects' files: what is written is a revision, a version of each file that changed, and never undone. Contents
//! are kept once for each owner.

mod archive;
mod checks;
mod diff;
mod history;
mod pushing;
mod scaffold;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use kit::db::WriteTx;
use kit::error::Faults;
use kit::ids::SharedIds;
use uuid::Uuid;

use self::checks::{check_collisions, check_draft};
pub(super) use self::pushing::{judge_file, write_pushed_revision};
pub(super) use self::scaffold::read_scaffold;
use self::scaffold::{ScaffoldFile, make_scaffold};
use super::project::{
    Author, FileChange, FileLanguage, FileOrigin, Project, ProjectFile, ProjectStatus, RevisionDraft,
};
use super::projects::{ProjectSpecs, Projects, check_specs, lock, refuse};
use crate::error::StoryError;
use crate::store::project_files::{self as store, KnownFile, RevisionRow};
use crate::store::projects;

/// Of one project, and bytes of them all.
pub(crate) const FILES_MAX: usize = 1000;
const PROJECT_BYTES_MAX: i64 = 10 * 1024 * 1024;
/// Bytes of all versions of one owner.
const OWNER_BYTES_MAX: i64 = 256 * 1024 * 1024;

/// The rules.
#[derive(Clone)]
pub(crate) struct ProjectFiles {
    pub(crate) projects: Projects,
}

/// As it was sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawFile {
    pub(crate) path: String,
    pub(crate) content: Option<String>,
    pub(crate) language: Option<String>,
}

impl ProjectFiles {
    /// Writes files, removes files and keeps what agents found out, in one transaction: one revision, or none where nothing
    /// differs. The project as it is then.
    ///
    /// # Errors
    /// Every wrong field, as `files.N.path` when there are several; `ProjectChanged` when `base` is not the newest revision any more.
    pub(crate) async fn write_files(
        &self,
        owner: Uuid,
        project: Uuid,
        draft: RevisionDraft,
        specs: ProjectSpecs,
    ) -> Result<Project, StoryError> {
        let mut faults = Faults::default();
        check_draft(&draft, &mut faults);
        check_specs(&specs, &mut faults);
        refuse(faults)?;

        let projects = &self.projects;
        let mut tx = projects.db.user(owner).begin_write().await?;
        let mut known = lock(&mut tx, owner, project).await?;
        if known.status == ProjectStatus::Archived {
            return Err(StoryError::ProjectArchived { id: project });
        }
        if draft.base.is_some_and(|base| base != known.revision) {
            return Err(StoryError::ProjectChanged { id: project });
        }

        let (before, now) = (known.clone(), projects.clock.now());
        specs.apply(&mut known);
        if known != before {
            known.updated_at = now;
            projects::update(&mut tx, &known).await?;
        }
        write_revision(&mut tx, &mut known, draft, now, &projects.ids).await?;
        tx.commit().await?;

        if known != before {
            projects.announce(project).await;
        }

        Ok(known)
    }

    /// Creates or replaces one; whether it was created.
    pub(crate) async fn put(
        &self,
        owner: Uuid,
        id: &str,
        raw: RawFile,
    ) -> Result<(ProjectFile, bool), StoryError> {
        let path = raw.path.trim().to_owned();
        let mut faults = Faults::default();
        let language = checks::read_language(raw.language.as_deref(), FileLanguage::CREATED, &mut faults);
        if raw.language.is_none() {
            faults.add("language", checks::list_languages(FileLanguage::CREATED));
        }
        let change = FileChange {
            path: path.clone(),
            content: Some(raw.content.unwrap_or_default()),
            language,
        };
        let draft = draft_of("Write", change);
        check_draft(&draft, &mut faults);
        refuse(faults)?;

        let project = self.projects.get(owner, id).await?;
        let before = store::find(&self.projects.db.user(owner), project.id, &path).await?;
        self.write_files(owner, project.id, draft, ProjectSpecs::default())
            .await?;
        let file = self.get(owner, id, &path).await?;

        Ok((file, before.is_none()))
    }

    /// Replaces what is given of one that is there.
    pub(crate) async fn update(
        &self,
        owner: Uuid,
        id: &str,
        raw: RawFile,
    ) -> Result<ProjectFile, StoryError> {
        let mut faults = Faults::default();
        let language = checks::read_language(raw.language.as_deref(), &FileLanguage::ALL, &mut faults);
        if raw.content.is_none() && raw.language.is_none() {
            faults.add("content", "content or language");
        }
        refuse(faults)?;

        let file = self.get(owner, id, raw.path.trim()).await?;
        let change = FileChange {
            path: file.path.clone(),
            content: raw.content.or(file.content),
            language: language.or(file.language),
        };
        self.write_files(
            owner,
            file.project_id,
            draft_of("Write", change),
            ProjectSpecs::default(),
        )
        .await?;

        self.get(owner, id, &file.path).await
    }

    pub(crate) async fn delete(&self, owner: Uuid, id: &str, path: &str) -> Result<(), StoryError> {
        let file = self.get(owner, id, path.trim()).await?;
        if file.origin == FileOrigin::Scaffold {
            return Err(StoryError::ScaffoldFile { path: file.path });
        }
        let change = FileChange {
            path: file.path,
            content: None,
            language: None,
        };
        self.write_files(
            owner,
            file.project_id,
            draft_of("Delete", change),
            ProjectSpecs::default(),
        )
        .await?;

        Ok(())
    }

    /// With its content; of the scaffold, too.
    ///
    /// # Errors
    /// `FileNotFound`, also for a path that no file can have.
    pub(crate) async fn get(&self, owner: Uuid, id: &str, path: &str) -> Result<ProjectFile, StoryError> {
        let project = self.projects.get(owner, id).await?;
        let not_found = || StoryError::FileNotFound {
            path: path.chars().take(500).collect(),
        };
        if path.contains('\0') {
            return Err(not_found());
        }

        let db = self.projects.db.user(owner);
        if let Some(file) = store::find(&db, project.id, path).await? {
            return Ok(file);
        }
        let scaffold = self.scaffold_at(&project, project.revision).await?;
        let mut file = scaffold
            .into_iter()
            .find(|file| file.path == path)
            .ok_or_else(not_found)?;
        let mut contents = store::list_contents(&db, owner, std::slice::from_ref(&file.digest)).await?;
        file.content = contents.remove(&file.digest);

        Ok(file)
    }
}

fn draft_of(verb: &str, change: FileChange) -> RevisionDraft {
    RevisionDraft {
        message: format!("{verb} {}", change.path.escape_debug()),
        changes: vec![change],
        ..RevisionDraft::default()
    }
}

/// Writes what differs, and the scaffold that fits it. Without a difference there is no revision. The caller has locked the project.
pub(super) async fn write_revision(
    tx: &mut WriteTx,
    project: &mut Project,
    mut draft: RevisionDraft,
    now: DateTime<Utc>,
    ids: &SharedIds,
) -> Result<(), StoryError> {
    let known = store::list_known(tx, project.id).await?;
    let changes = std::mem::take(&mut draft.changes);
    let changed = find_changes(&known, project, changes, now, ids)?;
    let paths = live_paths(&known, &changed);
    let (scaffold, contents) = make_scaffold(project, &paths)?;
    let before = store::find_scaffold(tx, project.id, project.revision).await?;
    if changed.is_empty() && before.as_deref() == Some(&scaffold) {
        return Ok(());
    }
    check_sizes(&known, &changed, &paths)?;
    check_collisions(&paths)?;

    for (digest, content) in contents {
        store::keep_content(tx, project.owner_id, &digest, &content).await?;
    }
    project.updated_at = now;
    insert_rows(tx, project, draft, scaffold, &changed, now).await?;

    check_owner(tx, project).await
}

/// Whether all that a project's owner has written may be kept.
pub(super) async fn check_owner(tx: &mut WriteTx, project: &Project) -> Result<(), StoryError> {
    match store::measure_contents(tx, project.owner_id).await? > OWNER_BYTES_MAX {
        true => Err(StoryError::ProjectsFull),
        false => Ok(()),
    }
}

/// The rows of the next revision and of what it changes.
async fn insert_rows(
    tx: &mut WriteTx,
    project: &mut Project,
    draft: RevisionDraft,
    scaffold: String,
    changed: &[ProjectFile],
    created_at: DateTime<Utc>,
) -> Result<(), StoryError> {
    project.revision += 1;
    let author = draft.author.unwrap_or_else(|| Author {
        name: "Saga".to_owned(),
        email: format!("{}@users.saga.invalid", project.owner_id),
    });
    let row = RevisionRow {
        project_id: project.id,
        owner_id: project.owner_id,
        number: i64::from(project.revision),
        message: draft.message,
        author_name: author.name,
        author_email: author.email,
        scaffold,
        created_at,
    };
    store::insert_revision(tx, &row).await?;
    for file in changed {
        if let Some(content) = &file.content {
            store::keep_content(tx, project.owner_id, &file.digest, content).await?;
        }
        store::put_version(tx, project.owner_id, project.revision, file).await?;
    }
    projects::update(tx, project).await?;

    Ok(())
}

/// The files as they become; of a deletion without content and digest.
fn find_changes(
    known: &[KnownFile],
    project: &Project,
    changes: Vec<FileChange>,
    now: DateTime<Utc>,
    ids: &SharedIds,
) -> Result<Vec<ProjectFile>, StoryError> {
    let by_path: HashMap<&str, &KnownFile> = known.iter().map(|file| (file.path.as_str(), file)).collect();
    let mut changed = Vec::with_capacity(changes.len());

    for change in changes {
        let before = by_path.get(change.path.as_str()).copied();
        let digest = match &change.content {
            Some(content) => digest_of(content),
            None => String::new(),
        };
        let is_there = before.is_some_and(|file| file.digest.is_some());
        if change.content.is_none() && !is_there {
            return Err(StoryError::FileNotFound { path: change.path });
        }

        let language = change
            .language
            .or_else(|| FileLanguage::of_path(&change.path))
            .or_else(|| before.and_then(|file| FileLanguage::parse(&file.language)))
            .unwrap_or(FileLanguage::Typescript);
        let is_same = before.is_some_and(|file| {
            file.digest.as_deref() == Some(&digest) && file.language == language.as_str()
        });
        if is_same {
            continue;
        }

        changed.push(ProjectFile {
            id: before.map_or_else(|| ids.id(), |file| file.id),
            project_id: project.id,
            bytes: u32::try_from(change.content.as_ref().map_or(0, String::len)).unwrap_or(u32::MAX),
            path: change.path,
            content: change.content,
            language: Some(language),
            version: before.map_or(1, |file| u32::try_from(file.version).unwrap_or_default() + 1),
            origin: FileOrigin::Source,
            digest,
            created_at: before.map_or(now, |file| file.created_at),
            updated_at: now,
        });
    }

    Ok(changed)
}

/// Paths of the files that there are then, sorted.
fn live_paths(known: &[KnownFile], changed: &[ProjectFile]) -> Vec<String> {
    let new: HashSet<&str> = changed.iter().map(|file| file.path.as_str()).collect();
    let kept = known
        .iter()
        .filter(|file| file.digest.is_some() && !new.contains(file.path.as_str()));
    let written = changed.iter().filter(|file| file.content.is_some());

    let mut paths: Vec<String> = kept
        .map(|file| file.path.clone())
        .chain(written.map(|file| file.path.clone()))
        .collect();
    paths.sort_unstable();

    paths
}

fn check_sizes(known: &[KnownFile], changed: &[ProjectFile], paths: &[String]) -> Result<(), StoryError> {
    if paths.len() > FILES_MAX {
        return Err(StoryError::TooManyFiles { most: FILES_MAX });
    }

    let new: HashSet<&str> = changed.iter().map(|file| file.path.as_str()).collect();
    let kept = known
        .iter()
        .filter(|file| file.digest.is_some() && !new.contains(file.path.as_str()))
        .map(|file| file.bytes);
    let bytes: i64 = kept.chain(changed.iter().map(|file| i64::from(file.bytes))).sum();
    match bytes > PROJECT_BYTES_MAX {
        true => Err(StoryError::ProjectFull),
        false => Ok(()),
    }
}

/// BLAKE3 of a content, in hex.
fn digest_of(content: &str) -> String {
    blake3::hash(content.as_bytes()).to_hex().to_string()
}

/// As files of the list.
fn list_scaffold(project: &Project, files: Vec<ScaffoldFile>, revision: &RevisionRow) -> Vec<ProjectFile> {
    let made = |file: ScaffoldFile| ProjectFile {
        id: scaffold::name_file(project.id, &file.path),
        project_id: project.id,
        language: FileLanguage::of_path(&file.path),
        path: file.path,
        content: None,
        version: u32::try_from(revision.number).unwrap_or_default(),
        origin: FileOrigin::Scaffold,
        bytes: file.bytes,
        digest: file.digest,
        created_at: project.created_at,
        updated_at: revision.created_at,
    };

    files.into_iter().map(made).collect()
}
