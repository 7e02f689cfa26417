//! The files of commits, from what a push brings and what is there.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use bytes::Bytes;
use gix_hash::ObjectId;
use gix_object::Kind;

use super::{PushFault, incoming::NewObject};
use crate::{
    limits::Limits,
    object::StoredObject,
    repository::{Failure, Repository},
    tree::{BATCH, TreeEntries},
};

/// Files by path.
pub(super) type Files = BTreeMap<String, ObjectId>;

/// Reads trees and files, each once.
pub(super) struct Snapshots<'a> {
    repository: &'a dyn Repository,
    limits: &'a Limits,
    objects: HashMap<ObjectId, NewObject>,
    trees: HashMap<ObjectId, Arc<TreeEntries>>,
    contents: HashMap<ObjectId, Bytes>,
    /// What of the pack is reached.
    reached: HashSet<ObjectId>,
    left: usize,
}

/// The files of a commit, and what may not be there, as lines.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    pub(super) files: Files,
    pub(super) faults: Vec<String>,
}

impl<'a> Snapshots<'a> {
    pub(super) fn new(
        repository: &'a dyn Repository,
        objects: HashMap<ObjectId, NewObject>,
        limits: &'a Limits,
    ) -> Self {
        Self {
            repository,
            limits,
            objects,
            trees: HashMap::new(),
            contents: HashMap::new(),
            reached: HashSet::new(),
            left: limits.listed_files,
        }
    }

    /// An object that the push brings; it counts as reached.
    pub(super) fn reach(&mut self, id: ObjectId) -> Option<&NewObject> {
        let object = self.objects.get(&id)?;
        self.reached.insert(id);

        Some(object)
    }

    /// All files below a tree.
    pub(super) async fn list_files(&mut self, tree: ObjectId) -> Result<Snapshot, PushFault> {
        let mut snapshot = Snapshot::default();
        let mut folders = 1;
        let mut level = vec![(String::new(), tree)];
        while !level.is_empty() {
            self.load_trees(&level).await?;
            let mut below = Vec::new();
            for (folder, id) in level {
                let tree = self.trees[&id].clone();
                for (name, fault) in &tree.faults {
                    snapshot
                        .faults
                        .push(format!("{}: {fault}", show_path(&folder, name)));
                }
                for entry in &tree.entries {
                    let path = format!("{folder}{}", entry.name);
                    if path.len() > self.limits.path_bytes {
                        let most = self.limits.path_bytes;
                        return Err(PushFault::refuse(&format!("a path is longer than {most} bytes")));
                    }
                    match entry.is_folder {
                        true => below.push((format!("{path}/"), entry.id)),
                        false => drop(snapshot.files.insert(path, entry.id)),
                    }
                }
            }
            folders += below.len();
            self.count_files(folders.max(snapshot.files.len()))?;
            level = below;
        }

        let listed = snapshot.files.len();
        self.left = self
            .left
            .checked_sub(listed)
            .ok_or_else(|| PushFault::refuse("too many files in too many commits"))?;

        Ok(snapshot)
    }

    fn count_files(&self, count: usize) -> Result<(), PushFault> {
        let most = self.limits.files;
        match count <= most {
            true => Ok(()),
            false => Err(PushFault::refuse(&format!(
                "a commit has more than {most} files or folders"
            ))),
        }
    }

    async fn load_trees(&mut self, level: &[(String, ObjectId)]) -> Result<(), PushFault> {
        let mut outside = HashSet::new();
        for (_, id) in level {
            if self.trees.contains_key(id) {
                continue;
            }
            let Some(object) = self.reach(*id) else {
                outside.insert(*id);
                continue;
            };
            if object.kind != Kind::Tree {
                return Err(PushFault::refuse(&format!("object {id} is no folder")));
            }
            let entries = TreeEntries::read(&object.content);
            self.trees.insert(*id, Arc::new(entries));
        }

        for (id, object) in self.read_outside(&Vec::from_iter(outside)).await? {
            if object.kind != Kind::Tree {
                return Err(PushFault::refuse(&format!("object {id} is no folder")));
            }
            self.trees
                .insert(id, Arc::new(TreeEntries::read(&object.inflate()?)));
        }

        Ok(())
    }

    /// Makes the contents of these files known.
    pub(super) async fn load_contents(
        &mut self,
        ids: impl Iterator<Item = ObjectId>,
    ) -> Result<(), PushFault> {
        let mut outside = HashSet::new();
        for id in ids {
            if self.contents.contains_key(&id) {
                continue;
            }
            let Some(object) = self.reach(id) else {
                outside.insert(id);
                continue;
            };
            if object.kind != Kind::Blob {
                return Err(PushFault::refuse(&format!("object {id} is no file")));
            }
            let content = object.content.clone();
            self.contents.insert(id, content);
        }

        for (id, object) in self.read_outside(&Vec::from_iter(outside)).await? {
            if object.kind != Kind::Blob {
                return Err(PushFault::refuse(&format!("object {id} is no file")));
            }
            self.contents.insert(id, object.inflate()?.into());
        }

        Ok(())
    }

    /// A content that was loaded.
    pub(super) fn content(&self, id: &ObjectId) -> &[u8] {
        self.contents.get(id).map(Bytes::as_ref).unwrap_or_default()
    }

    async fn read_outside(&self, ids: &[ObjectId]) -> Result<HashMap<ObjectId, StoredObject>, PushFault> {
        let mut found = HashMap::with_capacity(ids.len());
        for batch in ids.chunks(BATCH) {
            let read = self.repository.read(batch).await?;
            found.extend(read.into_iter().map(|object| (object.id, object)));
        }

        match ids.iter().find(|id| !found.contains_key(*id)) {
            Some(missing) => Err(PushFault::refuse(&format!("object {missing} is missing"))),
            None => Ok(found),
        }
    }

    /// All that was reached of what the push brings, ready to be kept.
    pub(super) fn take_objects(self) -> Result<Vec<StoredObject>, Failure> {
        let reached = self.objects.iter().filter(|(id, _)| self.reached.contains(*id));

        reached
            .map(|(id, object)| StoredObject::with_id(*id, object.kind, &object.content))
            .collect()
    }
}

fn show_path(folder: &str, name: &str) -> String {
    match (folder, name) {
        ("", "") => "the root".to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, name) => format!("{folder}{name}"),
    }
}
