//! restic as Debian has it, unchanged: it fills a repository, prunes and checks it, through processes that are killed, and
//! with a key that can only add.

#![expect(
    clippy::print_stdout,
    reason = "whoever reads the test's output is told what was not tested"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
    time::Duration,
};

use serde_json::json;
use tempfile::TempDir;
use tokio::process::Command;

use super::backups::set_tier;
use crate::harness::{
    client::Client,
    fleet::free_port,
    people::Person,
    saga::{DataFolder, Launch, Saga},
    wait,
};

/// Files in the tree that is backed up; more with `SAGA_TEST_RESTIC_FILES`.
const FILES: usize = 400;

/// False, and says so, where there is no restic. In CI there is.
fn has_restic() -> bool {
    let found = std::process::Command::new("restic").arg("version").output();
    let found = found.is_ok_and(|output| output.status.success());
    assert!(
        found || std::env::var("CI").is_err(),
        "restic is not installed: .ci/install does it"
    );
    if !found {
        println!("restic is not installed: nothing was tested");
    }

    found
}

/// A platform that is at the same address whenever it is started again, and a repository on it.
struct Desk {
    data: DataFolder,
    port: u16,
    files: TempDir,
    keys: [String; 2],
}

impl Desk {
    async fn open() -> (Self, Saga) {
        let (data, port) = (DataFolder::new(), free_port());
        let saga = serve(&data, port).await;
        let door = Client::of(&saga);
        Person::register(&door, "ada").await;
        set_tier(&data, "ada", "power").await;
        let ada = Person::login(&door, "ada").await;

        let mut keys = [String::new(), String::new()];
        for (key, scope) in keys.iter_mut().zip(["backup:write", "backup:append"]) {
            let body = json!({ "name": scope, "scopes": [scope] });
            let made = ada.post(&door, "/api/v1/api-keys", body).await;
            *key = made.body["key"]
                .as_str()
                .unwrap_or_else(|| panic!("{}", made.body))
                .to_owned();
        }

        let desk = Self {
            data,
            port,
            files: tempfile::tempdir().expect("a folder"),
            keys,
        };
        (desk, saga)
    }

    fn tree(&self) -> PathBuf {
        self.files.path().join("tree")
    }

    /// With the key that may do all, or with the one that may only add.
    fn restic(&self, adds_only: bool, arguments: &[&str]) -> Command {
        let key = &self.keys[usize::from(adds_only)];
        let repository = format!(
            "rest:http://anybody:{key}@127.0.0.1:{}/api/v1/backup/restic/laptop/",
            self.port
        );
        let mut command = Command::new("restic");
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.files.path())
            .env("RESTIC_REPOSITORY", repository)
            .env("RESTIC_PASSWORD", "a secret that the server never sees")
            .args([
                "--cache-dir",
                &self.files.path().join("cache").display().to_string(),
            ])
            .args(arguments)
            .kill_on_drop(true);

        command
    }

    async fn run(&self, adds_only: bool, arguments: &[&str]) -> Output {
        let output = self.restic(adds_only, arguments).output();
        let limit = Duration::from_secs(1_800);
        let output = tokio::time::timeout(limit, output).await.expect("restic ends");
        output.expect("restic runs")
    }

    async fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(false, arguments).await;
        let told = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(output.status.success(), "restic {arguments:?}: {told}");
        told
    }
}

async fn serve(data: &DataFolder, port: u16) -> Saga {
    Launch::new(data)
        .set("SAGA_GATEWAY__LISTEN", format!("127.0.0.1:{port}"))
        .serve()
        .await
}

/// Many small files, and bytes that no two files share.
fn plant(tree: &Path, from: usize, count: usize) {
    let mut state = 0x2545_f491_4f6c_dd1d_u64 ^ from as u64;
    for number in from..from + count {
        let folder = tree.join(format!("{:03}", number % 100));
        fs::create_dir_all(&folder).expect("a folder");
        let length = if number % 50 == 0 { 400_000 } else { 3_000 };
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .take(length)
        .collect();
        fs::write(folder.join(format!("{number}.bin")), bytes).expect("written");
    }
}

fn same_trees(one: &Path, other: &Path) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(one).expect("a folder") {
        let path = entry.expect("an entry").path();
        let twin = other.join(path.file_name().expect("a name"));
        if path.is_dir() {
            count += same_trees(&path, &twin);
        } else {
            assert!(
                fs::read(&path).expect("read") == fs::read(&twin).expect("read"),
                "{}",
                path.display()
            );
            count += 1;
        }
    }

    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restic_backs_up_prunes_checks_and_restores() {
    if !has_restic() {
        return;
    }
    let (desk, saga) = Desk::open().await;
    let tree = desk.tree();
    let place = tree.display().to_string();
    plant(&tree, 0, FILES);
    desk.succeed(&["init"]).await;
    desk.succeed(&["backup", &place]).await;
    fs::remove_dir_all(tree.join("001")).expect("removed");
    plant(&tree, FILES, 50);
    desk.succeed(&["backup", &place]).await;

    // The key that adds does not delete, and its locks go all the same.
    plant(&tree, FILES + 50, 10);
    let added = desk.run(true, &["backup", &place]).await;
    assert!(
        added.status.success(),
        "{}",
        String::from_utf8_lossy(&added.stderr)
    );
    let refused = desk.run(true, &["forget", "--keep-last", "1", "--prune"]).await;
    assert!(!refused.status.success(), "a key that only adds has pruned");
    let snapshots = desk.succeed(&["snapshots", "--json"]).await;
    assert_eq!(snapshots.matches("\"short_id\"").count(), 3, "{snapshots}");
    assert_eq!(desk.succeed(&["list", "locks"]).await.trim(), "");

    let told = desk.succeed(&["forget", "--keep-last", "1", "--prune"]).await;
    assert!(told.contains("done"), "{told}");
    let told = desk.succeed(&["check", "--read-data"]).await;
    assert!(told.contains("no errors were found"), "{told}");

    let restored = desk.files.path().join("restored");
    desk.succeed(&["restore", "latest", "--target", &restored.display().to_string()])
        .await;
    let back = restored.join(tree.strip_prefix("/").expect("absolute"));
    assert!(same_trees(&tree, &back) > FILES);
    drop(saga);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_restic_survives_kill_9_three_times_and_the_check_is_clean() {
    if !has_restic() {
        return;
    }
    let (desk, mut saga) = Desk::open().await;
    let tree = desk.tree();
    let count = std::env::var("SAGA_TEST_RESTIC_FILES")
        .ok()
        .and_then(|text| text.parse().ok());
    plant(&tree, 0, count.unwrap_or(4 * FILES));
    desk.succeed(&["init"]).await;

    let place = tree.display().to_string();
    let backup = desk.restic(false, &["backup", &place]).output();
    let mut backup = tokio::spawn(backup);
    let stored = desk.data.path().join("saga/blobs/saga/backups");
    let mut seen = count_files(&stored);
    for _ in 0..3 {
        let before = seen;
        seen = wait::until("more objects to come", || async {
            let now = count_files(&stored);
            (now > before || backup.is_finished()).then_some(now)
        })
        .await;
        saga.kill().await;
        saga = serve(&desk.data, desk.port).await;
    }

    let limit = Duration::from_secs(1_800);
    let output = tokio::time::timeout(limit, &mut backup)
        .await
        .expect("restic ends");
    let output = output.expect("it ran").expect("restic runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let told = desk.succeed(&["check", "--read-data"]).await;
    assert!(told.contains("no errors were found"), "{told}");
    drop(saga);
}

fn count_files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let counts = entries.map(|entry| match entry.path() {
        path if path.is_dir() => count_files(&path),
        _ => 1,
    });
    counts.sum()
}
