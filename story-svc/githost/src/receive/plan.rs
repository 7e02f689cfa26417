//! From objects to a push: which commits are new, how they lead from where `main` is to where it is to be, and whether each of
//! them may be kept.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use gix_hash::ObjectId;
use gix_object::Kind;

use super::{
    Change, Push, PushFault, Step,
    incoming::NewObject,
    snapshots::{Files, Snapshots},
};
use crate::{
    commit::Commit,
    graph::CommitGraph,
    limits::Limits,
    repository::{Failure, Repository},
    tree::list_tree_files,
};

/// Faults that are looked for before the rest goes unread.
const FAULTS: usize = 200;

/// A push while it is checked.
pub(super) struct Plan<'a> {
    repository: &'a dyn Repository,
    main: Option<ObjectId>,
    graph: CommitGraph,
    snapshots: Snapshots<'a>,
    limits: &'a Limits,
    /// Files of commits, those that are there and those that come.
    files: HashMap<ObjectId, Arc<Files>>,
    faults: BTreeSet<String>,
}

impl<'a> Plan<'a> {
    pub(super) async fn new(
        repository: &'a dyn Repository,
        main: Option<ObjectId>,
        objects: HashMap<ObjectId, NewObject>,
        limits: &'a Limits,
    ) -> Result<Self, Failure> {
        Ok(Self {
            repository,
            main,
            graph: CommitGraph::new(repository.commits().await?),
            snapshots: Snapshots::new(repository, objects, limits),
            limits,
            files: HashMap::new(),
            faults: BTreeSet::new(),
        })
    }

    pub(super) async fn make_push(mut self, new: ObjectId) -> Result<Push, PushFault> {
        let commits = self.collect_commits(new)?;
        let way = find_way(self.main, new, &commits)?;
        // What each commit of the way comes from on the way.
        let before: HashMap<_, _> = way
            .iter()
            .copied()
            .zip([self.main].into_iter().chain(way.iter().copied().map(Some)))
            .collect();

        let mut steps = HashMap::new();
        for commit in &commits {
            let id = commit.links.id;
            let snapshot = self.snapshots.list_files(commit.links.tree).await?;
            self.note_faults(commit, snapshot.faults);
            let files = Arc::new(snapshot.files);
            self.files.insert(id, files.clone());

            let parents = self.files_of_parents(commit).await?;
            let base = match before.get(&id) {
                Some(None) => Some(Arc::default()),
                Some(Some(base)) => Some(self.files_of(*base).await?),
                None => None,
            };
            self.check_commit(commit, &files, &parents, base.as_deref())
                .await?;
            if let Some(base) = base {
                steps.insert(id, self.make_step(commit, &base, &files).await?);
            }
            if self.faults.len() > FAULTS {
                break;
            }
        }
        self.refuse_faults()?;

        Ok(Push {
            old: self.main,
            new,
            commits: commits.into_iter().map(|commit| commit.links).collect(),
            objects: self.snapshots.take_objects()?,
            steps: way.iter().filter_map(|id| steps.remove(id)).collect(),
        })
    }

    /// The commits that are not there yet, parents first.
    fn collect_commits(&mut self, new: ObjectId) -> Result<Vec<Commit>, PushFault> {
        let mut read = HashMap::new();
        let mut ordered = Vec::new();
        let mut seen = HashSet::new();
        let mut open = vec![(new, false)];
        while let Some((id, has_parents)) = open.pop() {
            if has_parents {
                ordered.extend(read.remove(&id));
                continue;
            }
            if self.graph.contains(&id) || !seen.insert(id) {
                continue;
            }
            if seen.len() > self.limits.commits {
                let most = self.limits.commits;
                return Err(PushFault::refuse(&format!(
                    "more than {most} commits; push some of them first"
                )));
            }

            let Some(object) = self.snapshots.reach(id) else {
                return Err(PushFault::refuse(&format!("commit {id} is missing")));
            };
            if object.kind != Kind::Commit {
                return Err(PushFault::refuse(&format!("object {id} is no commit")));
            }
            let commit = Commit::read(id, &object.content)
                .map_err(|fault| PushFault::refuse(&format!("commit {id}: {fault}")))?;
            open.push((id, true));
            open.extend(commit.links.parents.iter().map(|parent| (*parent, false)));
            read.insert(id, commit);
        }

        Ok(ordered)
    }

    async fn files_of(&mut self, commit: ObjectId) -> Result<Arc<Files>, Failure> {
        if let Some(files) = self.files.get(&commit) {
            return Ok(files.clone());
        }
        let known = self.graph.get(&commit);
        let tree = known
            .ok_or_else(|| Failure::new(format!("commit {commit} is missing")))?
            .tree;
        let files = Arc::new(list_tree_files(self.repository, tree).await?);
        self.files.insert(commit, files.clone());

        Ok(files)
    }

    async fn files_of_parents(&mut self, commit: &Commit) -> Result<Vec<Arc<Files>>, Failure> {
        let mut parents = Vec::with_capacity(commit.links.parents.len());
        for parent in &commit.links.parents {
            parents.push(self.files_of(*parent).await?);
        }

        Ok(parents)
    }

    /// `base` is what a commit of the way changes; a commit beside it has none, and may have what any of its parents has.
    async fn check_commit(
        &mut self,
        commit: &Commit,
        files: &Files,
        parents: &[Arc<Files>],
        base: Option<&Files>,
    ) -> Result<(), PushFault> {
        let mut faults = Vec::new();
        let is_in = |files: &Files, path: &String, id: &ObjectId| files.get(path) == Some(id);
        let is_inherited =
            |path: &String, id: &ObjectId| parents.iter().any(|parent| is_in(parent, path, id));

        let mut written = Vec::new();
        for (path, id) in files {
            let is_writable = self.repository.is_writable(path);
            match (is_writable, base) {
                (true, _) if is_inherited(path, id) => {}
                (true, _) => written.push((path, *id)),
                (false, Some(base)) if is_in(base, path, id) => {}
                (false, None) if is_inherited(path, id) => {}
                (false, Some(base)) if base.contains_key(path) => faults.push(format!(
                    "{path}: it belongs to the scaffold, which the server writes; it can't be changed"
                )),
                (false, _) => faults.push(format!("{path}: only what is below src/ can be pushed")),
            }
        }
        for path in base.into_iter().flat_map(Files::keys) {
            if !self.repository.is_writable(path) && !files.contains_key(path) {
                faults.push(format!(
                    "{path}: it belongs to the scaffold, which the server writes; it can't be removed"
                ));
            }
        }

        self.snapshots
            .load_contents(written.iter().map(|(_, id)| *id))
            .await?;
        for (path, id) in written {
            let content = self.snapshots.content(&id);
            if let Err(fault) = check_content(self.repository, path, content) {
                faults.push(format!("{path}: {fault}"));
            }
        }
        self.note_faults(commit, faults);

        Ok(())
    }

    async fn make_step(&mut self, commit: &Commit, base: &Files, files: &Files) -> Result<Step, PushFault> {
        let written = files.iter().filter(|(path, id)| base.get(*path) != Some(*id));
        let written: Vec<_> = written
            .filter(|(path, _)| self.repository.is_writable(path))
            .collect();
        self.snapshots
            .load_contents(written.iter().map(|(_, id)| **id))
            .await?;

        let mut changes: Vec<_> = written
            .into_iter()
            .map(|(path, id)| Change {
                path: path.clone(),
                content: Some(String::from_utf8_lossy(self.snapshots.content(id)).into_owned()),
            })
            .collect();
        let removed = base.keys().filter(|path| !files.contains_key(*path));
        let removed = removed.filter(|path| self.repository.is_writable(path));
        changes.extend(removed.map(|path| Change {
            path: path.clone(),
            content: None,
        }));
        changes.sort_by(|a, b| a.path.cmp(&b.path));

        Ok(Step {
            commit: commit.links.id,
            author: commit.author.clone(),
            message: commit.message.clone(),
            changes,
        })
    }

    fn note_faults(&mut self, commit: &Commit, faults: Vec<String>) {
        let short = commit.links.id.to_hex_with_len(8);
        self.faults.extend(
            faults
                .into_iter()
                .map(|fault| format!("{fault} (commit {short})")),
        );
    }

    fn refuse_faults(&mut self) -> Result<(), PushFault> {
        let faults: Vec<_> = std::mem::take(&mut self.faults).into_iter().collect();
        let reason = match &faults[..] {
            [] => return Ok(()),
            [one] => one.clone(),
            several => format!("{} files can't be kept here", several.len()),
        };

        Err(PushFault::Refused {
            reason,
            details: faults,
        })
    }
}

/// The commits that lead from `main` to `new`, oldest first: of a merge, the first parent that descends from `main`.
fn find_way(main: Option<ObjectId>, new: ObjectId, commits: &[Commit]) -> Result<Vec<ObjectId>, PushFault> {
    let by_id: HashMap<_, _> = commits.iter().map(|commit| (commit.links.id, commit)).collect();
    let mut descending = HashSet::new();
    for commit in commits {
        let mut parents = commit.links.parents.iter();
        let descends = match main {
            Some(main) => parents.any(|parent| *parent == main || descending.contains(parent)),
            None => true,
        };
        if descends {
            descending.insert(commit.links.id);
        }
    }
    if !descending.contains(&new) {
        return Err(PushFault::refuse("non-fast-forward"));
    }

    let mut way = Vec::new();
    let mut next = Some(new);
    while let Some(id) = next.filter(|id| Some(*id) != main) {
        way.push(id);
        let parents = by_id
            .get(&id)
            .map(|commit| &commit.links.parents[..])
            .unwrap_or_default();
        let on_way = |parent: &&ObjectId| Some(**parent) == main || descending.contains(*parent);
        next = parents.iter().find(on_way).copied();
    }
    way.reverse();

    Ok(way)
}

fn check_content(repository: &dyn Repository, path: &str, content: &[u8]) -> Result<(), String> {
    match std::str::from_utf8(content) {
        Ok(_) => repository.check_file(path, content),
        Err(_) => Err("not text in UTF-8".to_owned()),
    }
}
