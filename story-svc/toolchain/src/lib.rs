//! What Node.js says of a web project that somebody else wrote: its types, its build and its tests. They run where they reach no network and
//! no file but their own, as nobody, with bounds on time, memory, processes, disk and words. Where that can't be had nothing is run.

mod project;
mod reports;
mod sandbox;

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

pub use self::reports::{Tool, ToolFinding};
use self::sandbox::{Exit, Sandbox};
pub use self::sandbox::{SandboxError, Stop};

/// What is told of one project at most.
const FINDINGS_MAX: usize = 100;

/// How much of a machine one project gets.
#[derive(Debug, Clone)]
pub struct ToolchainLimits {
    /// For all tools together.
    pub time: Duration,
    /// Bytes of data that one process may have.
    pub memory: u64,
    /// At the same time, threads among them.
    pub processes: u64,
    /// Bytes that a tool may say, on each of its two outputs.
    pub output: usize,
    /// Bytes of the folder that they write into, which is in memory; as much again of temporary files.
    pub folder: u64,
    /// Projects at the same time.
    pub at_once: usize,
}

/// Node.js in a sandbox that was tried.
#[derive(Debug)]
pub struct Toolchain {
    sandbox: Sandbox,
    modules: PathBuf,
    time: Duration,
    turns: Semaphore,
}

/// What the tools said of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// At most 100.
    pub findings: Vec<ToolFinding>,
    /// Those that ran to their end, in their order. Tests are run of what can be built alone.
    pub finished: Vec<Tool>,
    /// The one that was ended before, and why.
    pub stopped: Option<(Tool, Stop)>,
}

impl Toolchain {
    /// `modules` is a `node_modules` with the packages of projects. Runs Node.js once in the sandbox, and finds out whether it is one.
    ///
    /// # Errors
    /// What is missing, or why nothing can be isolated here.
    pub async fn prepare(modules: PathBuf, limits: &ToolchainLimits) -> Result<Self, SandboxError> {
        for tool in Tool::ALL {
            let script = modules.join(tool.script());
            if !script.is_file() {
                return Err(SandboxError::Missing {
                    what: script.display().to_string(),
                });
            }
        }

        let sandbox = Sandbox::find(modules.clone(), limits)?;
        sandbox.prove().await?;
        Ok(Self {
            sandbox,
            modules,
            time: limits.time,
            turns: Semaphore::new(limits.at_once.max(1)),
        })
    }

    /// Which of these packages (`name@version`, or a name) are not installed here: a project that needs one can't be judged.
    #[must_use]
    pub fn missing_packages(&self, dependencies: &[String]) -> Vec<String> {
        let names = dependencies.iter().map(|dependency| match dependency.rfind('@') {
            Some(at) if at > 0 => &dependency[..at],
            _ => dependency.as_str(),
        });
        let is_missing = |name: &&str| !project::is_inside(name) || !self.modules.join(name).is_dir();

        names.filter(is_missing).map(str::to_owned).collect()
    }

    /// Runs the tools over a whole project, path and content of each file. Who stops waiting stops them.
    ///
    /// # Errors
    /// A path that leads out of the project, or a machine that can't run them any more.
    pub async fn inspect(&self, files: Vec<(String, String)>) -> Result<Inspection, SandboxError> {
        // It is never closed.
        let _turn = self.turns.acquire().await;
        let user = self.sandbox.user();
        let written = tokio::task::spawn_blocking(move || project::write_project(&files, user)).await;
        let folder = written.map_err(std::io::Error::other)??;

        let deadline = Instant::now() + self.time;
        let mut inspection = Inspection::default();
        for tool in Tool::ALL {
            let is_built = inspection.findings.iter().all(|found| found.tool != Tool::Build);
            if tool == Tool::Tests && !is_built {
                break;
            }

            match self
                .sandbox
                .run(folder.path(), &tool.arguments(), deadline)
                .await?
            {
                Exit::Ended { succeeded, output } => {
                    inspection.take(tool, succeeded, &output);
                    inspection.finished.push(tool);
                }
                Exit::Stopped(why) => {
                    inspection.stopped = Some((tool, why));
                    break;
                }
            }
        }

        Ok(inspection)
    }
}

impl Inspection {
    fn take(&mut self, tool: Tool, succeeded: bool, output: &sandbox::Output) {
        let found = reports::read_report(tool, succeeded, output);
        let room = FINDINGS_MAX - self.findings.len();
        self.findings.extend(found.into_iter().take(room));
    }
}
