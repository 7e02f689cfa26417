//! Programs for Node.js under `tests/clients`: the public clients, run against the binary under test.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what a script said is for whoever reads the test's output"
)]

use std::{path::PathBuf, process::Stdio, time::Duration};

use tokio::{process::Command, time::timeout};

/// A script may watch a whole story.
const PATIENCE: Duration = Duration::from_secs(120);

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

/// Runs a script and fails with what it said when it does. Without the clients' packages this fails in CI and elsewhere
/// says what to do; `false` then.
pub(crate) async fn run(script: &str, arguments: &[&str]) -> bool {
    let folder = folder();
    if !folder.join("node_modules").is_dir() {
        assert!(
            std::env::var_os("CI").is_none(),
            "tests/clients has no node_modules; run tests/clients/install"
        );
        eprintln!("skipped: {script} needs the clients; run tests/clients/install");
        return false;
    }

    let mut command = Command::new("node");
    command
        .arg(folder.join(script))
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true);

    let output = timeout(PATIENCE, command.output())
        .await
        .unwrap_or_else(|_| panic!("{script} did not end within {PATIENCE:?}"))
        .expect("node runs");
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);

    assert!(output.status.success(), "{script} failed:\n{told}");

    print!("{told}");

    true
}
