//! A git repository built object by object in memory: files, links, submodules, commits with authors and dates, tags.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    time::Duration,
};

use chrono::DateTime;
use gix::{ObjectId, objs::Kind};

use super::pack;
use crate::analysis::model::{Analysis, Repo};
use crate::analysis::{ReadLimits, assemble};
use crate::checkout::Checkout;

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
/// # use repo::testing::Fixture;
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
    /// Objects that a pack writes as differences, by their base.
    differences: BTreeMap<ObjectId, pack::Difference>,
    /// Newest last.
    commits: Vec<ObjectId>,
    tags: BTreeMap<String, ObjectId>,
    branch: String,
    /// The branch that HEAD names, when it is another one, which is missing.
    missing_head: Option<String>,
    /// Name, in the encoding of the commits, and address.
    author: (Vec<u8>, String),
    encoding: Option<String>,
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
            differences: BTreeMap::new(),
            commits: Vec::new(),
            tags: BTreeMap::new(),
            branch: "main".into(),
            missing_head: None,
            author: (b"Ada Lovelace".to_vec(), "ada@example.org".into()),
            encoding: None,
            seconds: 1_704_103_200,
        }
    }

    /// The branch that HEAD points to.
    #[must_use]
    pub fn branch(mut self, name: &str) -> Self {
        self.branch = name.into();
        self
    }

    /// Lets HEAD name a branch that there is not.
    #[must_use]
    pub fn missing_head(mut self, name: &str) -> Self {
        self.missing_head = Some(name.into());
        self
    }

    /// Who writes the commits that follow.
    #[must_use]
    pub fn author(self, name: &str, email: &str) -> Self {
        self.author_bytes(name.as_bytes(), email)
    }

    /// Who writes the commits that follow, in the bytes of their own encoding.
    #[must_use]
    pub fn author_bytes(mut self, name: &[u8], email: &str) -> Self {
        self.author = (name.to_vec(), email.into());
        self
    }

    /// The `encoding` header of the commits that follow.
    #[must_use]
    pub fn encoding(mut self, name: &str) -> Self {
        self.encoding = Some(name.into());
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

    /// A file that holds `times` times the content of another, and that a pack writes as nothing but this sentence.
    #[must_use]
    pub fn difference(mut self, path: &str, base: ObjectId, base_length: usize, times: usize) -> Self {
        let content = self.objects[&base].1.repeat(times);
        let id = gix::objs::compute_hash(gix::hash::Kind::Sha1, Kind::Blob, &content).expect("a hash");
        let difference = pack::Difference {
            base,
            delta: pack::repetition(base_length, times),
        };
        self.differences.insert(id, difference);
        self.objects.insert(id, (Kind::Blob, Vec::new()));
        self.tree.insert(path.into(), Entry::Blob(id));
        self
    }

    /// The object of a file.
    ///
    /// # Panics
    /// When there is no such file.
    pub fn id_of(&self, path: &str) -> ObjectId {
        match self.tree.get(path).expect("a file") {
            Entry::Blob(id) | Entry::Executable(id) | Entry::Symlink(id) | Entry::Submodule(id) => *id,
        }
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
        let mut text = format!("tree {tree}\n").into_bytes();
        for parent in parents {
            text.extend_from_slice(format!("parent {parent}\n").as_bytes());
        }

        for role in ["author ", "committer "] {
            text.extend_from_slice(role.as_bytes());
            text.extend_from_slice(&name);
            text.extend_from_slice(format!(" <{email}> {} +0000\n", self.seconds).as_bytes());
        }

        if let Some(encoding) = &self.encoding {
            text.extend_from_slice(format!("encoding {encoding}\n").as_bytes());
        }

        text.extend_from_slice(format!("\n{message}\n").as_bytes());

        let id = self.put(Kind::Commit, text);
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

    /// The ref that HEAD names.
    pub fn head_ref(&self) -> String {
        format!(
            "refs/heads/{}",
            self.missing_head.as_ref().unwrap_or(&self.branch)
        )
    }

    /// Whether HEAD names a branch that is there.
    pub fn has_head(&self) -> bool {
        self.missing_head.is_none() && self.head().is_some()
    }

    /// Every ref with what it points to: the branch, then tags.
    pub fn refs(&self) -> Vec<(String, ObjectId)> {
        let branch = self.head().map(|id| (format!("refs/heads/{}", self.branch), id));
        let tags = self
            .tags
            .iter()
            .map(|(name, id)| (format!("refs/tags/{name}"), *id));
        branch.into_iter().chain(tags).collect()
    }

    /// Every object with its kind and content.
    pub fn objects(&self) -> &BTreeMap<ObjectId, (Kind, Vec<u8>)> {
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
        write("HEAD", format!("ref: {}\n", self.head_ref()).as_bytes());
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

    /// A pack of some of the objects.
    pub fn pack(&self, wanted: &BTreeSet<ObjectId>) -> Vec<u8> {
        pack::pack(&self.objects, &self.differences, wanted)
    }

    /// What is understood of it, as `lighthouse/kingfisher` on this machine, in the year 2026.
    ///
    /// # Panics
    /// When it cannot be written, opened or analysed.
    pub fn analysed(&self) -> Analysis {
        self.analysed_as("kingfisher")
    }

    /// The same, of a repository with this name.
    pub fn analysed_as(&self, name: &str) -> Analysis {
        let folder = tempfile::tempdir().expect("a folder");
        self.write_to(folder.path());

        let checkout = Checkout::open(folder.path()).expect("a repository");
        let repo = Repo {
            host: "local".into(),
            owner: "lighthouse".into(),
            name: name.into(),
            url: String::new(),
            commit: checkout.head.commit.to_string(),
            committed_at: checkout.committed_at,
            default_branch: checkout.head.branch.clone(),
            description: None,
        };
        let limits = ReadLimits {
            max_files: 2_000,
            max_file_bytes: 1 << 20,
            max_total_bytes: 64 << 20,
            parse_timeout: Duration::from_secs(5),
            max_commits: 1_000,
            threads: 1,
            latest: DateTime::from_timestamp(1_782_864_000, 0).expect("a date"),
        };

        assemble(&checkout, repo, None, &limits, &|_| {}, &Default::default()).expect("an analysis")
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
