//! Repositories to tell stories about, on a git server on loopback. The sample is made of this project's own sources: real
//! code with real documentation, and enough of it for every length.

use std::{fs, path::Path};

use agent_svc::source::testing::{Fixture, GitServer};
use tempfile::TempDir;

pub(crate) struct Repositories {
    server: GitServer,
}

impl Repositories {
    pub(crate) async fn start() -> Self {
        let server = GitServer::start().await;
        server.publish("saga/sample", &sample());
        server.publish("saga/empty", &Fixture::new());
        Self { server }
    }

    /// A repository worth hearing about.
    pub(crate) fn sample(&self) -> String {
        self.server.url("saga/sample")
    }

    /// One that is told in few words; each number is another repository.
    pub(crate) fn small(&self, number: usize) -> String {
        let name = format!("saga/small-{number}");
        let readme = format!("# Small {number}\n\nCounts to {number}, and then stops.\n");
        let code = format!(
            "\"\"\"Counts to {number}.\"\"\"\n\n\ndef count():\n    \"\"\"Counts to {number}.\"\"\"\n    return list(range({number}))\n"
        );
        let fixture = Fixture::new()
            .author("Ada Lovelace", "ada@example.org")
            .at("2024-03-01T10:00:00Z")
            .bytes("README.md", readme.as_bytes())
            .bytes("count.py", code.as_bytes())
            .commit("Count");
        self.server.publish(&name, &fixture);
        self.server.url(&name)
    }

    /// A repository without a commit.
    pub(crate) fn empty(&self) -> String {
        self.server.url("saga/empty")
    }

    /// An address at which there is no repository.
    pub(crate) fn missing(&self) -> String {
        self.server.url("saga/missing")
    }
}

/// The sample as a repository on this disk.
pub(crate) fn local_repository() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    sample().write_to(folder.path());
    folder
}

fn sample() -> Fixture {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut fixture = Fixture::new()
        .author("Ada Lovelace", "ada@example.org")
        .at("2024-03-01T10:00:00Z");
    for file in ["README.md", "LICENSE", "Cargo.toml", "kit/Cargo.toml"] {
        fixture = with_file(fixture, root, &root.join(file));
    }

    fixture = with_folder(fixture, root, &root.join("kit/src")).commit("Add the kit");
    fixture = with_file(fixture, root, &root.join("flow/Cargo.toml"));
    fixture = fixture
        .author("Grace Hopper", "grace@example.org")
        .at("2024-06-01T10:00:00Z");

    with_folder(fixture, root, &root.join("flow/src"))
        .commit("Add the durable graph engine")
        .tag("v0.1.0")
}

fn with_folder(mut fixture: Fixture, root: &Path, folder: &Path) -> Fixture {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort();

    for path in entries {
        fixture = if path.is_dir() {
            with_folder(fixture, root, &path)
        } else {
            with_file(fixture, root, &path)
        };
    }

    fixture
}

fn with_file(fixture: Fixture, root: &Path, path: &Path) -> Fixture {
    let name = path
        .strip_prefix(root)
        .expect("below the root")
        .to_string_lossy()
        .into_owned();
    fixture.bytes(&name, &fs::read(path).expect("a file"))
}
