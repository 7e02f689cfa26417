//! Real servers of one test's own, which it may kill while others use theirs.

use std::{collections::BTreeMap, path::Path, process::Output};

use kit::servers::read_variable;
use tempfile::TempDir;
use tokio::process::Command;

/// Ended, and what they wrote deleted, when this is dropped.
pub(crate) struct Servers {
    script: String,
    folder: TempDir,
    variables: BTreeMap<String, String>,
}

impl Servers {
    /// None when tests have no real servers.
    pub(crate) async fn start(names: &[&str]) -> Option<Self> {
        let script = read_variable("SAGA_TEST_SERVICES")?;
        let mut servers = Self {
            script,
            folder: tempfile::tempdir().expect("a temporary folder"),
            variables: BTreeMap::new(),
        };
        servers.run("up", names).await;

        // As a shell reads what it prints.
        let told = Command::new("bash")
            .args(["-c", r#"eval "$("$0" env)"; env -0"#, &servers.script])
            .env("SAGA_TEST_SERVICES_DATA", servers.folder.path())
            .output();
        let Output { stdout, .. } = told.await.expect("a shell");
        let lines = String::from_utf8(stdout).expect("a text");
        let pairs = lines.split('\0').filter_map(|line| line.split_once('='));
        servers.variables = pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();

        Some(servers)
    }

    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    /// SIGKILL to all its processes.
    pub(crate) async fn kill(&self, name: &str) {
        self.run("kill9", &[name]).await;
    }

    /// Starts it again, and waits until it answers.
    pub(crate) async fn restart(&self, name: &str) {
        self.run("restart", &[name]).await;
    }

    async fn run(&self, verb: &str, names: &[&str]) {
        // Not its output: what it starts may keep that open.
        let run = call(&self.script, self.folder.path(), verb, names);
        let status = Command::from(run).status().await.expect("the script runs");
        assert!(status.success(), "{verb} {names:?} failed");
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // What is left after that is of no server that runs.
        let _ = call(&self.script, self.folder.path(), "down", &[]).status();
        let _ = std::fs::create_dir(self.folder.path());
    }
}

fn call(script: &str, folder: &Path, verb: &str, names: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(script);
    command
        .arg(verb)
        .args(names)
        .env("SAGA_TEST_SERVICES_DATA", folder);
    command
}
