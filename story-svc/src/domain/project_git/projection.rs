//! Revisions become commits when somebody asks for them: some at a time, in their order, and only once.

use std::collections::{BTreeMap, HashMap, HashSet};

use githost::{Failure, Kind, NewCommit, ObjectId, Signature, StoredObject, compose_commit, list_tree_files};

use super::history::{ProjectHistory, encode_commit, encode_object, read_commit};
use super::unwrap_failure;
use crate::domain::project_files::read_scaffold;
use crate::domain::projects::lock;
use crate::error::StoryError;
use crate::store::project_files::{self, RevisionRow};
use crate::store::project_git::{self as store, GitCommitRow};

/// Revisions in one transaction.
const REVISIONS: u32 = 50;
/// Contents in memory.
const CONTENTS: usize = 50;

/// A change of one file, by the digest of its content; none where it goes.
type ChangedPath = (String, Option<String>);

impl ProjectHistory {
    /// Makes commits of all revisions that are none yet.
    pub(super) async fn commit_revisions(&self) -> Result<(), StoryError> {
        while !self.commit_some().await? {}

        Ok(())
    }

    /// Whether there was nothing more to do.
    async fn commit_some(&self) -> Result<bool, StoryError> {
        let db = self.db();
        let newest = store::find_newest(&db, self.project).await?;
        let id = self.project.to_string();
        let project = self.files.projects.get(self.owner, &id).await?;
        let first = revision_of(newest.as_ref()) + 1;
        if first > project.revision {
            return Ok(true);
        }

        let last = project.revision.min(first + REVISIONS - 1);
        let mut projection = Projection::begin(self, newest.as_ref()).await?;
        let revisions = self.read_revisions(first, last).await?;
        self.keep_contents(&mut projection, &revisions).await?;
        for (revision, changes) in &revisions {
            projection.commit(revision, changes)?;
        }

        self.keep_commits(newest.as_ref(), projection).await?;
        Ok(false)
    }

    /// From one number to another, oldest first, with what each changed.
    async fn read_revisions(
        &self,
        first: u32,
        last: u32,
    ) -> Result<Vec<(RevisionRow, Vec<ChangedPath>)>, StoryError> {
        let db = self.db();
        let span = (i64::from(first), i64::from(last));
        let mut changes: HashMap<i64, Vec<ChangedPath>> = HashMap::new();
        for (revision, path, digest) in store::list_changes(&db, self.project, span).await? {
            changes.entry(revision).or_default().push((path, digest));
        }
        let count = i64::from(last - first) + 1;
        let mut rows = project_files::list_revisions(&db, self.project, Some(last + 1), count).await?;
        rows.reverse();

        Ok(rows
            .into_iter()
            .map(|row| {
                let changed = changes.remove(&row.number).unwrap_or_default();
                (row, changed)
            })
            .collect())
    }

    /// Keeps the contents of these revisions as git has them. Without commits they are nothing to anybody, so that it does not
    /// matter who else does it.
    async fn keep_contents(
        &self,
        projection: &mut Projection,
        revisions: &[(RevisionRow, Vec<ChangedPath>)],
    ) -> Result<(), StoryError> {
        let mut wanted = HashSet::new();
        for (revision, changes) in revisions {
            let scaffold = read_scaffold(&revision.scaffold)?;
            wanted.extend(scaffold.into_iter().map(|file| file.digest));
            wanted.extend(changes.iter().filter_map(|(_, digest)| digest.clone()));
        }

        for some in Vec::from_iter(wanted).chunks(CONTENTS) {
            let contents = project_files::list_contents(&self.db(), self.owner, some).await?;
            let blobs = deflate(contents).await?;
            let mut tx = self.db().begin_write().await?;
            for (digest, blob) in blobs {
                store::keep_object(&mut tx, (self.project, self.owner), &encode_object(&blob)).await?;
                projection.blobs.insert(digest, blob.id);
            }
            tx.commit().await?;
        }

        Ok(())
    }

    /// Keeps commits that follow the newest one; if another one is the newest by now, somebody else has done the same.
    async fn keep_commits(
        &self,
        newest: Option<&GitCommitRow>,
        projection: Projection,
    ) -> Result<(), StoryError> {
        let mut tx = self.db().begin_write().await?;
        lock(&mut tx, self.owner, self.project).await?;
        let now = store::find_newest_locked(&mut tx, self.project).await?;
        if now.as_ref().map(|commit| &commit.id) != newest.map(|commit| &commit.id) {
            return Ok(());
        }

        let place = (self.project, self.owner);
        for object in &projection.objects {
            store::keep_object(&mut tx, place, &encode_object(object)).await?;
        }
        for commit in &projection.commits {
            store::insert_commit(&mut tx, place, commit).await?;
        }
        tx.commit().await?;

        Ok(())
    }
}

pub(super) fn revision_of(commit: Option<&GitCommitRow>) -> u32 {
    let revision = commit.and_then(|commit| commit.revision).unwrap_or_default();

    u32::try_from(revision).unwrap_or_default()
}

/// Off the threads that answer requests.
async fn deflate(contents: HashMap<String, String>) -> Result<Vec<(String, StoredObject)>, StoryError> {
    let deflated = tokio::task::spawn_blocking(move || {
        let blobs = contents.into_iter().map(|(digest, content)| {
            let blob = StoredObject::from_content(Kind::Blob, content.as_bytes())?;
            Ok((digest, blob))
        });
        blobs.collect::<Result<Vec<_>, Failure>>()
    });

    match deflated.await {
        Ok(blobs) => blobs.map_err(unwrap_failure),
        Err(error) => Err(StoryError::Unreadable {
            what: "content",
            source: error.into(),
        }),
    }
}

/// Commits while they are made.
struct Projection {
    /// As they were at the last commit.
    files: BTreeMap<String, ObjectId>,
    parent: Option<ObjectId>,
    /// By digest.
    blobs: HashMap<String, ObjectId>,
    objects: Vec<StoredObject>,
    /// Names of those objects.
    made: HashSet<ObjectId>,
    commits: Vec<GitCommitRow>,
}

impl Projection {
    async fn begin(history: &ProjectHistory, newest: Option<&GitCommitRow>) -> Result<Self, StoryError> {
        let newest = newest.map(read_commit).transpose().map_err(unwrap_failure)?;
        let files = match &newest {
            Some(commit) => list_tree_files(history, commit.tree).await,
            None => Ok(BTreeMap::new()),
        };

        Ok(Self {
            files: files.map_err(unwrap_failure)?,
            parent: newest.map(|commit| commit.id),
            blobs: HashMap::new(),
            objects: Vec::new(),
            made: HashSet::new(),
            commits: Vec::new(),
        })
    }

    fn commit(&mut self, revision: &RevisionRow, changes: &[ChangedPath]) -> Result<(), StoryError> {
        for (path, digest) in changes {
            match digest {
                Some(digest) => self.files.insert(path.clone(), self.blob(digest)?),
                None => self.files.remove(path),
            };
        }
        self.files.retain(|path, _| path.starts_with("src/"));
        for file in read_scaffold(&revision.scaffold)? {
            let blob = self.blob(&file.digest)?;
            self.files.insert(file.path, blob);
        }

        let new = NewCommit {
            files: &self.files,
            parent: self.parent,
            author: &Signature {
                name: revision.author_name.clone(),
                email: revision.author_email.clone(),
                seconds: revision.created_at.timestamp(),
            },
            message: &revision.message,
        };
        let composed = compose_commit(&new).map_err(unwrap_failure)?;
        self.parent = Some(composed.links.id);
        let number = u32::try_from(revision.number).unwrap_or_default();
        self.commits.push(encode_commit(&composed.links, Some(number)));
        let made = composed.objects.into_iter();
        self.objects
            .extend(made.filter(|object| self.made.insert(object.id)));

        Ok(())
    }

    fn blob(&self, digest: &str) -> Result<ObjectId, StoryError> {
        let blob = self.blobs.get(digest).copied();

        blob.ok_or_else(|| StoryError::Unreadable {
            what: "content",
            source: format!("{digest} is missing").into(),
        })
    }
}
