//! A commit from what a project's revision says: the same revision is always the same commit.

use std::collections::BTreeMap;

use gix_hash::ObjectId;
use gix_object::{
    Commit as CommitObject, Tree, WriteTo,
    date::Time,
    tree::{Entry, EntryKind},
};

use crate::{commit::Signature, graph::CommitLinks, object::StoredObject, repository::Failure};

/// Who changed a project when nothing says it.
const NOBODY: &str = "Saga";

/// What is to be a commit.
#[derive(Debug)]
pub struct NewCommit<'a> {
    /// All files, by path, with the names of their blobs.
    pub files: &'a BTreeMap<String, ObjectId>,
    pub parent: Option<ObjectId>,
    pub author: &'a Signature,
    pub message: &'a str,
}

/// A commit and what it is made of, its blobs apart.
#[derive(Debug)]
pub struct Composed {
    pub links: CommitLinks,
    /// The commit and all its trees.
    pub objects: Vec<StoredObject>,
}

/// Makes a commit.
///
/// # Errors
///
/// None that a path without an empty part could cause.
pub fn compose_commit(new: &NewCommit<'_>) -> Result<Composed, Failure> {
    let mut objects = Vec::new();
    let files: Vec<_> = new.files.iter().map(|(path, id)| (path.as_str(), *id)).collect();
    let tree = compose_tree(&files, &mut objects)?;

    let signature = gix_actor::Signature {
        name: clean(&new.author.name, NOBODY).into(),
        email: clean(&new.author.email, "").into(),
        time: Time::new(new.author.seconds.max(0), 0),
    };
    let message = new.message.replace('\0', "");
    let commit = CommitObject {
        tree,
        parents: new.parent.into_iter().collect(),
        author: signature.clone(),
        committer: signature,
        encoding: None,
        message: format!("{}\n", message.trim()).into(),
        extra_headers: Vec::new(),
    };
    let commit = compose_object(&commit)?;
    let links = CommitLinks {
        id: commit.id,
        tree,
        parents: new.parent.into_iter().collect(),
    };
    objects.push(commit);

    Ok(Composed { links, objects })
}

/// The tree of these files, whose paths begin in it; they are sorted.
fn compose_tree(files: &[(&str, ObjectId)], objects: &mut Vec<StoredObject>) -> Result<ObjectId, Failure> {
    let mut entries = Vec::new();
    let mut rest = files;
    while let Some((path, id)) = rest.first() {
        let Some((folder, _)) = path.split_once('/') else {
            entries.push(Entry {
                mode: EntryKind::Blob.into(),
                filename: (*path).into(),
                oid: *id,
            });
            rest = &rest[1..];
            continue;
        };

        // Paths in one folder stand together, because all of them begin with it and its slash.
        let below = |path: &str| {
            path.strip_prefix(folder)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        let end = rest
            .iter()
            .position(|(path, _)| !below(path))
            .unwrap_or(rest.len());
        let inner: Vec<_> = rest[..end]
            .iter()
            .map(|(path, id)| (&path[folder.len() + 1..], *id))
            .collect();
        entries.push(Entry {
            mode: EntryKind::Tree.into(),
            filename: folder.into(),
            oid: compose_tree(&inner, objects)?,
        });
        rest = &rest[end..];
    }

    entries.sort();
    let tree = compose_object(&Tree { entries })?;
    let id = tree.id;
    objects.push(tree);

    Ok(id)
}

fn compose_object(object: &dyn WriteTo) -> Result<StoredObject, Failure> {
    let mut content = Vec::new();
    object.write_to(&mut content).map_err(Failure::new)?;

    StoredObject::from_content(object.kind(), &content)
}

/// What git takes for a name: no brackets, no line feeds, something.
fn clean(text: &str, otherwise: &str) -> String {
    let kept: String = text
        .chars()
        .filter(|c| !c.is_control() && !matches!(c, '<' | '>'))
        .collect();

    match kept.trim() {
        "" => otherwise.to_owned(),
        kept => kept.to_owned(),
    }
}
