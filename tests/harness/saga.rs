//! The real binary in a process of its own, with a data folder that outlives it so that it can be killed and resumed.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use super::wait::PATIENCE;

/// Where a process keeps its data; shared by the processes that follow one another in a test.
#[derive(Clone)]
pub(crate) struct DataFolder(Arc<TempDir>);

impl DataFolder {
    pub(crate) fn new() -> Self {
        Self(Arc::new(tempfile::tempdir().expect("a temporary folder")))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

/// A command line of the binary under test with loopback ports, quiet logs and private repositories allowed.
pub(crate) struct Launch {
    data: DataFolder,
    environment: Vec<(String, OsString)>,
    arguments: Vec<OsString>,
    folder: Option<PathBuf>,
}

impl Launch {
    pub(crate) fn new(data: &DataFolder) -> Self {
        Self {
            data: data.clone(),
            environment: Vec::new(),
            arguments: Vec::new(),
            folder: None,
        }
        .set("SAGA_GATEWAY__LISTEN", "127.0.0.1:0")
        .set("SAGA_ADMIN__LISTEN", "127.0.0.1:0")
        .set("SAGA_SOURCES__ALLOW_HOSTS", "127.0.0.1")
        .set("SAGA_SOURCES__ALLOW_PRIVATE", "true")
        // Tests ask faster than people do.
        .set("SAGA_GATEWAY__RATE_LIMITS__ENABLED", "false")
    }

    pub(crate) fn set(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn argument(mut self, value: impl Into<OsString>) -> Self {
        self.arguments.push(value.into());
        self
    }

    /// With all of these.
    pub(crate) fn set_all(mut self, settings: &[(String, String)]) -> Self {
        for (name, value) in settings {
            self = self.set(name, value);
        }
        self
    }

    /// Runs in this folder instead of the data folder.
    pub(crate) fn within(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_saga"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.data.path())
            .env("SAGA_DATA_DIR", self.data.path().join("saga"))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .args(&self.arguments)
            .current_dir(self.folder.as_deref().unwrap_or_else(|| self.data.path()))
            .stdin(Stdio::null())
            .kill_on_drop(true);

        command
    }

    /// Starts `saga serve` and waits until it says where it listens.
    pub(crate) async fn serve(self) -> Saga {
        let log = fresh_log(self.data.path());
        let stderr = std::fs::File::create(&log).expect("a log file");
        let mut child = self
            .command()
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .expect("the binary starts");
        let stdout = child.stdout.take().expect("piped");
        let mut lines = BufReader::new(stdout).lines();
        let mut places = Vec::new();
        let ready = timeout(PATIENCE, async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(address) = line.trim().strip_prefix("Ready: ") {
                    return Some(address.trim().to_owned());
                }
                places.push(line);
            }
            None
        });

        let Ok(Some(base)) = ready.await else {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            panic!("saga did not become ready; it printed {places:?} and logged:\n{said}");
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });

        Saga {
            child,
            base,
            log,
            places,
            _data: self.data,
        }
    }
}

/// A log file name that no earlier process of this folder used.
fn fresh_log(folder: &Path) -> PathBuf {
    let mut names = (0..).map(|number| folder.join(format!("log-{number}.txt")));
    names.find(|path| !path.exists()).expect("a free number")
}

/// A serving process.
pub(crate) struct Saga {
    child: Child,
    base: String,
    log: PathBuf,
    places: Vec<String>,
    _data: DataFolder,
}

impl Saga {
    /// `http://127.0.0.1:PORT`.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn websocket(&self, path: &str) -> String {
        format!("{}{path}", self.base.replacen("http", "ws", 1))
    }

    /// The value of a line `name: value` that the process printed while starting.
    pub(crate) fn place(&self, name: &str) -> String {
        let prefix = format!("{name}: ");
        let found = self
            .places
            .iter()
            .find_map(|line| line.trim().strip_prefix(&prefix));

        found
            .unwrap_or_else(|| panic!("no {name} in {:?}", self.places))
            .trim()
            .to_owned()
    }

    pub(crate) fn pid(&self) -> String {
        self.child.id().expect("still running").to_string()
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// `kill -9`: nothing in the process gets to run again.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("the process is ours");
    }

    /// SIGTERM; returns the exit code.
    pub(crate) async fn stop(mut self) -> Option<i32> {
        let pid = self.pid();
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .await
            .expect("kill runs");

        let status = timeout(Duration::from_secs(30), self.child.wait())
            .await
            .expect("stops within 30 s");

        status.expect("waited").code()
    }
}
