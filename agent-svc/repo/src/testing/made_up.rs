//! Repositories made up for a test: files and commits by name, written as a real git repository and read like any
//! other.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use chrono::DateTime;
use gix::ObjectId;
use gix::objs::tree::{Entry, EntryKind};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::Checkout;
use crate::analysis::model::Repo;
use crate::analysis::{Analysis, ReadLimits, assemble};

/// A repository in the making. Every change of files is part of the next commit; [`MadeUp::analysis`] commits what
/// was not committed.
///
/// ```ignore
/// let made_up = MadeUp::new("engine").file("README.md", "# Engine\n\nEngine is a server for cards.\n");
/// assert_eq!(made_up.analysis().kind, ProjectKind::Service);
/// ```
#[derive(Debug, Clone)]
pub struct MadeUp {
    name: String,
    files: BTreeMap<String, Vec<u8>>,
    commits: Vec<Commit>,
    author: (String, String),
    seconds: i64,
}

#[derive(Debug, Clone)]
struct Commit {
    files: BTreeMap<String, Vec<u8>>,
    message: String,
    author: (String, String),
    seconds: i64,
}

impl MadeUp {
    /// A repository without a file. Its first commit is of 2024-01-01, each later one a day after.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            files: BTreeMap::new(),
            commits: Vec::new(),
            author: ("Ada Lovelace".to_owned(), "ada@example.org".to_owned()),
            seconds: 1_704_103_200,
        }
    }

    #[must_use]
    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.as_bytes().to_vec());
        self
    }

    /// Who writes the commits that follow.
    #[must_use]
    pub fn author(mut self, name: &str, email: &str) -> Self {
        self.author = (name.to_owned(), email.to_owned());
        self
    }

    /// When the next commit is made, RFC 3339.
    ///
    /// # Panics
    /// When it is not a time.
    #[must_use]
    pub fn at(mut self, time: &str) -> Self {
        self.seconds = DateTime::parse_from_rfc3339(time)
            .expect("an RFC 3339 time")
            .timestamp();
        self
    }

    /// Commits the files as they stand.
    #[must_use]
    pub fn commit(mut self, message: &str) -> Self {
        self.commits.push(Commit {
            files: self.files.clone(),
            message: message.to_owned(),
            author: self.author.clone(),
            seconds: self.seconds,
        });
        self.seconds += 86_400;
        self
    }

    /// Its files as text, by path.
    pub fn texts(&self) -> BTreeMap<String, String> {
        let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
        self.files
            .iter()
            .map(|(path, bytes)| (path.clone(), text(bytes)))
            .collect()
    }

    /// Messages of its commits.
    pub fn messages(&self) -> Vec<String> {
        self.commits.iter().map(|commit| commit.message.clone()).collect()
    }

    /// What is understood of it.
    ///
    /// # Panics
    /// When it cannot be written or read.
    pub fn analysis(&self) -> Analysis {
        let folder = self.write();
        let checkout = Checkout::open(folder.path()).expect("a repository");

        analysis_of(&checkout, &self.name)
    }

    fn write(&self) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let repository = gix::init_bare(folder.path()).expect("a repository");
        let last = self.clone().commit("Begin");
        let begun = self
            .commits
            .last()
            .is_some_and(|commit| commit.files == self.files);
        let commits = if begun { &self.commits } else { &last.commits };

        let mut parent: Option<ObjectId> = None;
        for commit in commits {
            let who = gix::actor::Signature {
                name: commit.author.0.as_str().into(),
                email: commit.author.1.as_str().into(),
                time: gix::date::Time::new(commit.seconds, 0),
            };

            let object = gix::objs::Commit {
                tree: write_level(&repository, &commit.files),
                parents: parent.into_iter().collect(),
                author: who.clone(),
                committer: who,
                encoding: None,
                message: commit.message.as_str().into(),
                extra_headers: Vec::new(),
            };
            parent = Some(repository.write_object(&object).expect("a commit").detach());
        }

        let head = parent.expect("a commit");
        fs::create_dir_all(folder.path().join("refs/heads")).expect("a folder");
        fs::write(folder.path().join("HEAD"), "ref: refs/heads/main\n").expect("a head");
        fs::write(folder.path().join("refs/heads/main"), format!("{head}\n")).expect("a branch");

        folder
    }
}

/// What is understood of a repository on this machine, called `name`.
///
/// # Panics
/// When it cannot be read.
pub fn analysis_of(checkout: &Checkout, name: &str) -> Analysis {
    let repo = Repo {
        host: "local".to_owned(),
        owner: checkout
            .known_as
            .as_ref()
            .and_then(|known| known.owner.clone())
            .unwrap_or_else(|| "local".to_owned()),
        name: name.to_owned(),
        url: format!("/{name}"),
        commit: checkout.head.commit.to_string(),
        committed_at: checkout.committed_at,
        default_branch: checkout.head.branch.clone(),
        description: None,
    };

    let limits = ReadLimits {
        max_files: 50_000,
        max_file_bytes: 2 * 1024 * 1024,
        max_total_bytes: 512 * 1024 * 1024,
        parse_timeout: Duration::from_secs(5),
        max_commits: 50_000,
        threads: 2,
        // Made-up commits lie before it.
        latest: DateTime::from_timestamp(1_924_992_000, 0).expect("a date"),
    };

    let cancel = CancellationToken::new();
    assemble(checkout, repo, None, &limits, &|_| {}, &cancel).expect("an analysis")
}

fn write_level(repository: &gix::Repository, files: &BTreeMap<String, Vec<u8>>) -> ObjectId {
    let mut folders: BTreeMap<&str, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
    let mut entries: Vec<Entry> = Vec::new();
    for (path, bytes) in files {
        match path.split_once('/') {
            Some((folder, inside)) => {
                let level = folders.entry(folder).or_default();
                level.insert(inside.to_owned(), bytes.clone());
            }
            None => entries.push(Entry {
                mode: EntryKind::Blob.into(),
                filename: path.as_str().into(),
                oid: repository.write_blob(bytes).expect("a blob").detach(),
            }),
        }
    }

    for (folder, inside) in &folders {
        entries.push(Entry {
            mode: EntryKind::Tree.into(),
            filename: (*folder).into(),
            oid: write_level(repository, inside),
        });
    }

    entries.sort();
    let tree = gix::objs::Tree { entries };

    repository.write_object(&tree).expect("a tree").detach()
}
