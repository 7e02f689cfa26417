//! A git repository built object by object in memory: files, links, submodules, commits with authors and dates, tags.

use std::{collections::BTreeMap, fs, path::Path};

use chrono::DateTime;
use gix::{ObjectId, objs::Kind};

use super::pack;

#[derive(Debug, Clone)]
enum Entry {
    Blob(ObjectId),
    Executable(ObjectId),
    Symlink(ObjectId),
    Submodule(ObjectId),
}

/// Builds a repository. Changes gather until [`Fixture::commit`], which snapshots the tree:
///
/// ```
/// # use agent_svc::source::testing::Fixture;
/// let fixture = Fixture::new()
///     .author("Ada Lovelace", "ada@example.org")
///     .at("2024-03-01T10:00:00Z")
///     .file("README.md", "# Engine\n\nIt weaves numbers.\n")
///     .commit("Begin")
///     .tag("v0.1.0");
/// assert!(fixture.head().is_some());
/// ```
#[derive(Debug, Clone)]
pub struct Fixture {
    tree: BTreeMap<String, Entry>,
    objects: BTreeMap<ObjectId, (Kind, Vec<u8>)>,
    /// Newest last.
    commits: Vec<ObjectId>,
    tags: BTreeMap<String, ObjectId>,
    branch: String,
    author: (String, String),
    seconds: i64,
}

impl Default for Fixture {
    fn default() -> Self {
        Self::new()
    }
}

impl Fixture {
    /// A repository without a commit. The first commit is of 2024-01-01, each later one a day after.
    pub fn new() -> Self {
        Self {
            tree: BTreeMap::new(),
            objects: BTreeMap::new(),
            commits: Vec::new(),
            tags: BTreeMap::new(),
            branch: "main".into(),
            author: ("Ada Lovelace".into(), "ada@example.org".into()),
            seconds: 1_704_103_200,
        }
    }

    /// The branch that HEAD points to.
    #[must_use]
    pub fn branch(mut self, name: &str) -> Self {
        self.branch = name.into();
        self
    }

    /// Who writes the commits that follow.
    #[must_use]
    pub fn author(mut self, name: &str, email: &str) -> Self {
        self.author = (name.into(), email.into());
        self
    }

    /// When the next commit is made, RFC 3339.
    #[must_use]
    pub fn at(mut self, time: &str) -> Self {
        self.seconds = DateTime::parse_from_rfc3339(time)
            .expect("an RFC 3339 time")
            .timestamp();
        self
    }

    #[must_use]
    pub fn file(self, path: &str, text: &str) -> Self {
        self.bytes(path, text.as_bytes())
    }

    #[must_use]
    pub fn bytes(mut self, path: &str, content: &[u8]) -> Self {
        let id = self.put(Kind::Blob, content.to_vec());
        self.tree.insert(path.into(), Entry::Blob(id));
        self
    }

    #[must_use]
    pub fn executable(mut self, path: &str, text: &str) -> Self {
        let id = self.put(Kind::Blob, text.as_bytes().to_vec());
        self.tree.insert(path.into(), Entry::Executable(id));
        self
    }

    #[must_use]
    pub fn symlink(mut self, path: &str, target: &str) -> Self {
        let id = self.put(Kind::Blob, target.as_bytes().to_vec());
        self.tree.insert(path.into(), Entry::Symlink(id));
        self
    }

    /// A submodule at a commit that this repository does not hold.
    #[must_use]
    pub fn submodule(mut self, path: &str) -> Self {
        self.tree.insert(
            path.into(),
            Entry::Submodule(ObjectId::from_bytes_or_panic(&[7; 20])),
        );
        self
    }

    #[must_use]
    pub fn remove(mut self, path: &str) -> Self {
        self.tree.remove(path);
        self
    }

    /// Adds every file below `folder` on disk, at the same relative path.
    #[must_use]
    pub fn folder(mut self, folder: &Path) -> Self {
        let mut open = vec![folder.to_path_buf()];
        while let Some(next) = open.pop() {
            for entry in fs::read_dir(&next).expect("a readable folder").flatten() {
                let path = entry.path();
                let kind = entry.file_type().expect("a file type");

                if kind.is_dir() && entry.file_name() != ".git" {
                    open.push(path);
                } else if kind.is_file() {
                    let inside = path.strip_prefix(folder).expect("below the folder");
                    let content = fs::read(&path).expect("a readable file");
                    self = self.bytes(&inside.to_string_lossy().replace('\\', "/"), &content);
                }
            }
        }

        self
    }

    /// Commits the tree as it stands; the next commit is a day later unless [`Fixture::at`] says otherwise.
    #[must_use]
    pub fn commit(self, message: &str) -> Self {
        let parents = self.commits.last().copied().into_iter().collect();
        self.commit_with(message, parents)
    }

    /// A merge of the newest commit with the one before it.
    #[must_use]
    pub fn merge(self, message: &str) -> Self {
        let parents = self.commits.iter().rev().take(2).copied().collect();
        self.commit_with(message, parents)
    }

    fn commit_with(mut self, message: &str, parents: Vec<ObjectId>) -> Self {
        let tree = self.write_tree();
        let (name, email) = self.author.clone();
        let mut text = format!("tree {tree}\n");
        for parent in parents {
            text.push_str(&format!("parent {parent}\n"));
        }

        let who = format!("{name} <{email}> {} +0000", self.seconds);
        text.push_str(&format!("author {who}\ncommitter {who}\n\n{message}\n"));

        let id = self.put(Kind::Commit, text.into_bytes());
        self.commits.push(id);
        self.seconds += 86_400;

        self
    }

    /// A lightweight tag on the newest commit.
    #[must_use]
    pub fn tag(mut self, name: &str) -> Self {
        let id = self.head().expect("a commit to tag");
        self.tags.insert(name.into(), id);
        self
    }

    /// The newest commit.
    pub fn head(&self) -> Option<ObjectId> {
        self.commits.last().copied()
    }

    pub(super) fn branch_ref(&self) -> String {
        format!("refs/heads/{}", self.branch)
    }

    /// Every ref with what it points to: the branch, then tags.
    pub(super) fn refs(&self) -> Vec<(String, ObjectId)> {
        let branch = self.head().map(|id| (self.branch_ref(), id));
        let tags = self
            .tags
            .iter()
            .map(|(name, id)| (format!("refs/tags/{name}"), *id));
        branch.into_iter().chain(tags).collect()
    }

    pub(super) fn objects(&self) -> &BTreeMap<ObjectId, (Kind, Vec<u8>)> {
        &self.objects
    }

    /// Writes it as a bare repository of loose objects.
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub fn write_to(&self, folder: &Path) {
        let write = |path: &str, content: &[u8]| {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, content).expect("a written file");
        };
        fs::create_dir_all(folder.join("objects")).expect("a folder");
        fs::create_dir_all(folder.join("refs")).expect("a folder");
        write("HEAD", format!("ref: {}\n", self.branch_ref()).as_bytes());
        write(
            "config",
            b"[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
        );

        for (name, id) in self.refs() {
            write(&name, format!("{id}\n").as_bytes());
        }

        for (id, (kind, content)) in &self.objects {
            let hex = id.to_string();
            let mut whole = format!("{kind} {}\0", content.len()).into_bytes();
            whole.extend_from_slice(content);
            write(
                &format!("objects/{}/{}", &hex[..2], &hex[2..]),
                &pack::stored_zlib(&whole),
            );
        }
    }

    fn put(&mut self, kind: Kind, content: Vec<u8>) -> ObjectId {
        let id = gix::objs::compute_hash(gix::hash::Kind::Sha1, kind, &content).expect("a hash");
        self.objects.insert(id, (kind, content));
        id
    }

    fn write_tree(&mut self) -> ObjectId {
        let flat: Vec<_> = self
            .tree
            .iter()
            .map(|(path, entry)| (path.clone(), entry.clone()))
            .collect();
        self.write_level(&flat)
    }

    fn write_level(&mut self, entries: &[(String, Entry)]) -> ObjectId {
        let mut folders: BTreeMap<String, Vec<(String, Entry)>> = BTreeMap::new();
        // Git sorts a folder as if its name ended in a slash.
        let mut level: BTreeMap<String, (&str, String, ObjectId)> = BTreeMap::new();
        for (path, entry) in entries {
            if let Some((folder, rest)) = path.split_once('/') {
                folders
                    .entry(folder.into())
                    .or_default()
                    .push((rest.into(), entry.clone()));
            } else {
                let (mode, id) = match entry {
                    Entry::Blob(id) => ("100644", id),
                    Entry::Executable(id) => ("100755", id),
                    Entry::Symlink(id) => ("120000", id),
                    Entry::Submodule(id) => ("160000", id),
                };
                level.insert(path.clone(), (mode, path.clone(), *id));
            }
        }

        for (folder, inside) in folders {
            let id = self.write_level(&inside);
            level.insert(format!("{folder}/"), ("40000", folder, id));
        }

        let mut content = Vec::new();
        for (mode, name, id) in level.values() {
            content.extend_from_slice(format!("{mode} {name}\0").as_bytes());
            content.extend_from_slice(id.as_slice());
        }

        self.put(Kind::Tree, content)
    }
}
