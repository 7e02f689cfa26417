//! Programs for Python under `tests/clients`: the public clients, run against the binary under test.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what a script said is for whoever reads the test's output"
)]

use std::{path::PathBuf, process::Stdio, time::Duration};

use tokio::{process::Command, time::timeout};

const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a script and fails with what it said when it does. Without the clients' packages this fails in CI and elsewhere says what
/// to do.
pub(crate) async fn run(script: &str, arguments: &[&str]) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    let packages = folder.join("python_packages");
    if !packages.is_dir() {
        assert!(
            std::env::var_os("CI").is_none(),
            "tests/clients has no python_packages; run tests/clients/install"
        );
        eprintln!("skipped: {script} needs the clients; run tests/clients/install");
        return;
    }

    let mut command = Command::new("python3");
    command
        .arg(folder.join(script))
        .args(arguments)
        .env("PYTHONPATH", packages)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true);

    let output = timeout(PATIENCE, command.output())
        .await
        .unwrap_or_else(|_| panic!("{script} did not end within {PATIENCE:?}"))
        .expect("python3 runs");
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);

    assert!(output.status.success(), "{script} failed:\n{told}");
    print!("{told}");
}
