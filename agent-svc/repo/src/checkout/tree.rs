//! Reads HEAD's tree out of the object database: lists it, and reads single files. Links and submodules are listed,
//! never followed.

use gix::{ObjectId, objs::tree::EntryKind};

use super::{Checkout, CheckoutError};
use crate::text;

/// Listing stops here: a tree can name the same folder again and again, and so be larger than any disk.
const MAX_ENTRIES: usize = 500_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TreeFileKind {
    File,
    Executable,
    Symlink,
    Submodule,
}

/// One entry of HEAD's tree that is not a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeFile {
    /// From the root, with `/`. Names in other encodings are decoded; characters that steer a terminal or turn the
    /// direction of writing are escapes (`\u{1b}`).
    pub path: String,
    pub kind: TreeFileKind,
    pub id: ObjectId,
}

/// Every entry, sorted by path. `complete` is false when there were more than half a million.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeList {
    pub files: Vec<TreeFile>,
    pub complete: bool,
}

/// Reads objects on one thread.
pub struct Reader {
    repository: gix::Repository,
}

impl Checkout {
    /// A reader for the calling thread.
    pub fn reader(&self) -> Reader {
        let mut repository = self.repository.to_thread_local();
        repository.object_cache_size_if_unset(4 * 1024 * 1024);
        Reader { repository }
    }

    /// Lists HEAD's tree.
    ///
    /// # Errors
    /// [`CheckoutError::Damaged`] when the tree of HEAD itself cannot be read. A folder that cannot be read is left out.
    pub fn list(&self) -> Result<TreeList, CheckoutError> {
        let reader = self.reader();
        let commit = reader.repository.find_commit(self.head.commit).map_err(damaged)?;
        let root = commit.tree_id().map_err(damaged)?.detach();
        let mut files = Vec::new();
        let mut seen = 0usize;
        let mut open = vec![(String::new(), root)];

        while let Some((folder, id)) = open.pop() {
            let tree = match reader.repository.find_tree(id) {
                Ok(tree) => tree,
                Err(err) if folder.is_empty() => return Err(damaged(err)),
                Err(_) => continue,
            };

            for entry in tree.iter().filter_map(Result::ok) {
                seen += 1;

                if seen > MAX_ENTRIES {
                    files.sort_by(|a: &TreeFile, b| a.path.cmp(&b.path));
                    return Ok(TreeList {
                        files,
                        complete: false,
                    });
                }

                let path = format!("{folder}{}", text::path(entry.filename()));
                let kind = match entry.mode().kind() {
                    EntryKind::Tree => {
                        open.push((path + "/", entry.oid().to_owned()));
                        continue;
                    }
                    EntryKind::Blob => TreeFileKind::File,
                    EntryKind::BlobExecutable => TreeFileKind::Executable,
                    EntryKind::Link => TreeFileKind::Symlink,
                    EntryKind::Commit => TreeFileKind::Submodule,
                };

                files.push(TreeFile {
                    path,
                    kind,
                    id: entry.oid().to_owned(),
                });
            }
        }

        files.sort_by(|a, b| a.path.cmp(&b.path));

        Ok(TreeList {
            files,
            complete: true,
        })
    }
}

fn damaged(err: impl std::fmt::Display) -> CheckoutError {
    CheckoutError::Damaged(err.to_string())
}

impl Reader {
    /// Bytes of an object, without reading it; `None` when it is missing.
    pub fn size(&self, id: ObjectId) -> Option<u64> {
        self.repository.find_header(id).ok().map(|header| header.size())
    }

    /// An object's content; `None` when it is missing or damaged.
    pub fn read(&self, id: ObjectId) -> Option<Vec<u8>> {
        let mut object = self.repository.find_object(id).ok()?;
        Some(std::mem::take(&mut object.data))
    }

    /// The repository itself, for walking its history.
    pub fn repository(&self) -> &gix::Repository {
        &self.repository
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}
