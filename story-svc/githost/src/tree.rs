//! A tree's bytes: folders and plain files, and nothing else that git could put there.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use gix_hash::ObjectId;
use gix_object::{TreeRef, bstr::ByteSlice, tree::EntryKind};

use crate::{
    HASH,
    object::StoredObject,
    repository::{Failure, Repository},
};

/// A folder or a plain file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TreeEntry {
    pub(crate) name: String,
    pub(crate) id: ObjectId,
    pub(crate) is_folder: bool,
}

/// What one tree holds; each wrong entry with its name and what is wrong.
#[derive(Debug, Clone, Default)]
pub(crate) struct TreeEntries {
    pub(crate) entries: Vec<TreeEntry>,
    pub(crate) faults: Vec<(String, &'static str)>,
}

impl TreeEntries {
    /// Reads a tree of somebody else's.
    pub(crate) fn read(content: &[u8]) -> Self {
        let mut read = Self::default();
        let Ok(tree) = TreeRef::from_bytes(content, HASH) else {
            read.fault("", "a folder that is not written as git writes one");
            return read;
        };
        if tree.entries.is_empty() {
            read.fault("", "an empty folder, which git does not keep");
        }
        if !tree.entries.is_sorted() {
            read.fault("", "a folder whose entries are not in git's order");
        }

        let mut names = HashSet::new();
        for entry in &tree.entries {
            let name = entry.filename.to_str_lossy().into_owned();
            let fault = check_mode(entry).or_else(|| check_name(entry.filename));
            let is_double = !names.insert(name.to_lowercase());
            match fault.or_else(|| {
                is_double
                    .then_some("another entry of this folder has the same name but for upper and lower case")
            }) {
                Some(fault) => read.fault(&name, fault),
                None => read.entries.push(TreeEntry {
                    name,
                    id: entry.oid.to_owned(),
                    is_folder: entry.mode.is_tree(),
                }),
            }
        }

        read
    }

    fn fault(&mut self, name: &str, what: &'static str) {
        self.faults.push((name.to_owned(), what));
    }
}

fn check_mode(entry: &gix_object::tree::EntryRef<'_>) -> Option<&'static str> {
    let mut digits = [0; 6];
    let written = entry.mode.as_bytes(&mut digits);

    match entry.mode.kind() {
        EntryKind::Link => Some("a symbolic link; only plain files are kept here"),
        EntryKind::Commit => Some("a submodule; only plain files are kept here"),
        EntryKind::BlobExecutable => {
            Some("an executable file; that it is one can't be kept here (`git update-index --chmod=-x`)")
        }
        kind @ (EntryKind::Tree | EntryKind::Blob) if written == kind.as_octal_str() => None,
        EntryKind::Tree | EntryKind::Blob => Some("a mode that git does not write"),
    }
}

fn check_name(name: &[u8]) -> Option<&'static str> {
    let is_ours = !name.is_empty()
        && name != b"."
        && name != b".."
        && !name.eq_ignore_ascii_case(b".git")
        && !name.contains(&b'/')
        && std::str::from_utf8(name).is_ok();

    (!is_ours).then_some("a name that no file may have")
}

/// All files of a tree that is there, by path.
///
/// # Errors
///
/// When the repository fails, or an object of it is missing.
pub async fn list_tree_files(
    repository: &dyn Repository,
    tree: ObjectId,
) -> Result<BTreeMap<String, ObjectId>, Failure> {
    let mut files = BTreeMap::new();
    let mut level = vec![(String::new(), tree)];
    while !level.is_empty() {
        let ids: HashSet<_> = level.iter().map(|(_, id)| *id).collect();
        let trees = read_trees(repository, &Vec::from_iter(ids)).await?;
        let mut below = Vec::new();
        for (folder, id) in level {
            for entry in &trees[&id].entries {
                let path = format!("{folder}{}", entry.name);
                match entry.is_folder {
                    true => below.push((format!("{path}/"), entry.id)),
                    false => drop(files.insert(path, entry.id)),
                }
            }
        }
        level = below;
    }

    Ok(files)
}

/// These trees, all of which have to be there.
pub(crate) async fn read_trees(
    repository: &dyn Repository,
    ids: &[ObjectId],
) -> Result<HashMap<ObjectId, Arc<TreeEntries>>, Failure> {
    let mut trees = HashMap::with_capacity(ids.len());
    for batch in ids.chunks(BATCH) {
        for object in repository.read(batch).await? {
            trees.insert(object.id, Arc::new(read_stored(&object)?));
        }
    }

    match ids.iter().find(|id| !trees.contains_key(*id)) {
        Some(missing) => Err(Failure::new(format!("tree {missing} is missing"))),
        None => Ok(trees),
    }
}

/// Objects that are asked for at once.
pub(crate) const BATCH: usize = 64;

fn read_stored(object: &StoredObject) -> Result<TreeEntries, Failure> {
    if object.kind != gix_object::Kind::Tree {
        return Err(Failure::new(format!("object {} is no tree", object.id)));
    }

    Ok(TreeEntries::read(&object.inflate()?))
}
