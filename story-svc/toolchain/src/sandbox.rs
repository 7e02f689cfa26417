//! Where the tools run: bubblewrap (`bwrap`) gives them namespaces of their own, `prlimit` (util-linux) their bounds.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout_at};

use crate::ToolchainLimits;

/// Where programs are looked for: nothing else is there in a sandbox.
const PLACES: [&str; 2] = ["/usr/bin", "/usr/local/bin"];
/// Folders beside `/usr` that programs are loaded from; links into it on most systems.
const SYSTEM: [&str; 5] = ["/bin", "/lib", "/lib32", "/lib64", "/sbin"];
/// Who the tools are, inside and, where this process may become anybody, outside as well.
const NOBODY: u32 = 65_534;
/// Where a project lies in it. Packages are found above, as Node.js looks for them.
pub(crate) const PROJECT: &str = "/deps/project";
const MODULES: &str = "/deps/node_modules";
const SOURCE: &str = "/deps/source";
/// The folder is empty at first; what is in it is gone with the sandbox.
const COPY: &str = "cp -R /deps/source/. . && mkdir -p node_modules && exec \"$@\"";
/// Bytes of one file.
const FILE_BYTES: u64 = 64 << 20;
/// Time in which Node.js begins and ends.
const PROOF_TIME: Duration = Duration::from_secs(20);
/// Says so only when nothing but the sandbox can be reached.
const PROOF: &str = "const { networkInterfaces } = require('os'); const { existsSync } = require('fs'); \
    const names = Object.keys(networkInterfaces()).filter((name) => name !== 'lo'); \
    const seen = ['/etc/passwd', '/root', '/home', '/var'].filter(existsSync); \
    console.log([...names, ...seen].join(' ') || 'isolated as ' + process.getuid())";
/// Of what a program says when it fails; characters.
const TOLD_MAX: usize = 300;

/// Why nothing is run.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("{what} is not there")]
    Missing { what: String },
    #[error("nothing can be isolated here: {told}")]
    Isolation { told: String },
    #[error("the tools can't be run")]
    Run(#[from] io::Error),
}

/// Why a tool was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// It took longer than all tools may.
    Time,
    /// It said more than it may.
    Output,
}

/// What a tool said.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) out: String,
    pub(crate) errors: String,
}

#[derive(Debug)]
pub(crate) enum Exit {
    Ended { succeeded: bool, output: Output },
    Stopped(Stop),
}

#[derive(Debug)]
pub(crate) struct Sandbox {
    isolate: PathBuf,
    /// Of the sandbox and of the program in it, before the project's folder.
    arguments: Vec<OsString>,
    /// Of the program: its bounds and Node.js.
    program: Vec<OsString>,
    user: Option<u32>,
    output: usize,
}

impl Sandbox {
    pub(crate) fn find(modules: PathBuf, limits: &ToolchainLimits) -> Result<Self, SandboxError> {
        let program = vec![
            find_program("prlimit")?.into(),
            format!("--data={}", limits.memory).into(),
            format!("--nproc={}", limits.processes).into(),
            format!("--fsize={FILE_BYTES}").into(),
            "--nofile=4096".into(),
            "--core=0".into(),
            find_program("node")?.into(),
        ];

        Ok(Self {
            isolate: find_program("bwrap")?,
            arguments: list_arguments(modules, limits)?,
            program,
            user: rustix::process::geteuid().is_root().then_some(NOBODY),
            output: limits.output,
        })
    }

    /// Whom files must belong to that it is to read; nobody else than this process where none is given.
    pub(crate) fn user(&self) -> Option<u32> {
        self.user
    }

    /// # Errors
    /// Something outside can be reached, or no sandbox can be made.
    pub(crate) async fn prove(&self) -> Result<(), SandboxError> {
        let empty = tokio::task::spawn_blocking({
            let user = self.user;
            move || crate::project::write_project(&[], user)
        });
        let folder = empty.await.map_err(io::Error::other)??;
        let deadline = Instant::now() + PROOF_TIME;

        let told = match self.run(folder.path(), &["-e", PROOF], deadline).await? {
            Exit::Ended { output, .. } if output.out.trim() == format!("isolated as {NOBODY}") => {
                return Ok(());
            }
            Exit::Ended { output, .. } if output.out.trim().is_empty() => output.errors,
            Exit::Ended { output, .. } => format!("{} can be reached", output.out.trim()),
            Exit::Stopped(_) => "Node.js does not end".to_owned(),
        };
        Err(SandboxError::Isolation {
            told: told.trim().chars().take(TOLD_MAX).collect(),
        })
    }

    /// Runs Node.js in a copy of a folder, of which nothing is kept. Whoever drops this ends it.
    pub(crate) async fn run(
        &self,
        folder: &Path,
        arguments: &[&str],
        deadline: Instant,
    ) -> Result<Exit, SandboxError> {
        let mut command = Command::new(&self.isolate);
        command
            .args(&self.arguments)
            .args(["--ro-bind".as_ref(), folder.as_os_str(), SOURCE.as_ref()])
            .args(["--chdir", PROJECT, "sh", "-c", COPY, "sh"])
            .args(&self.program)
            .args(arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }

        let mut child = command.spawn()?;
        match timeout_at(deadline, listen(&mut child, self.output)).await {
            Ok(exit) => Ok(exit?),
            Err(_) => Ok(Exit::Stopped(Stop::Time)),
        }
    }
}

/// All that it says, until it ends.
async fn listen(child: &mut Child, most: usize) -> io::Result<Exit> {
    let (out, errors) = (child.stdout.take(), child.stderr.take());
    let read = tokio::try_join!(read_at_most(out, most), read_at_most(errors, most));
    let (out, errors) = match read {
        Ok(said) => said,
        Err(Unread::More) => return Ok(Exit::Stopped(Stop::Output)),
        Err(Unread::Failed(error)) => return Err(error),
    };

    let status = child.wait().await?;
    Ok(Exit::Ended {
        succeeded: status.success(),
        output: Output { out, errors },
    })
}

/// Why there is no whole text.
enum Unread {
    More,
    Failed(io::Error),
}

async fn read_at_most(stream: Option<impl AsyncRead + Unpin>, most: usize) -> Result<String, Unread> {
    let Some(stream) = stream else {
        return Ok(String::new());
    };
    let mut bytes = Vec::new();
    let room = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let read = stream.take(room).read_to_end(&mut bytes).await;

    match read {
        Ok(length) if length <= most => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Ok(_) => Err(Unread::More),
        Err(error) => Err(Unread::Failed(error)),
    }
}

fn list_arguments(modules: PathBuf, limits: &ToolchainLimits) -> Result<Vec<OsString>, SandboxError> {
    let mut arguments: Vec<OsString> = Vec::new();
    let mut add = |words: &[&str]| arguments.extend(words.iter().map(OsString::from));
    add(&[
        "--unshare-user",
        "--unshare-pid",
        "--unshare-net",
        "--unshare-ipc",
        "--unshare-uts",
    ]);
    add(&[
        "--unshare-cgroup-try",
        "--disable-userns",
        "--die-with-parent",
        "--new-session",
    ]);
    let nobody = NOBODY.to_string();
    add(&["--uid", &nobody, "--gid", &nobody, "--hostname", "sandbox"]);

    add(&[
        "--clearenv",
        "--setenv",
        "PATH",
        "/usr/local/bin:/usr/bin:/bin",
        "--setenv",
        "HOME",
        "/tmp",
    ]);
    add(&["--setenv", "CI", "true", "--setenv", "NO_COLOR", "1"]);

    add(&["--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev"]);
    for folder in SYSTEM {
        match fs::read_link(folder) {
            Ok(target) => {
                let target = target.to_string_lossy().into_owned();
                add(&["--symlink", &target, folder]);
            }
            Err(_) if Path::new(folder).is_dir() => add(&["--ro-bind", folder, folder]),
            Err(_) => {}
        }
    }

    let size = limits.folder.to_string();
    add(&[
        "--size", &size, "--tmpfs", "/tmp", "--size", &size, "--tmpfs", PROJECT,
    ]);
    let modules = fs::canonicalize(modules)?;
    arguments.extend(["--ro-bind".into(), modules.into(), MODULES.into()]);
    Ok(arguments)
}

fn find_program(name: &str) -> Result<PathBuf, SandboxError> {
    let mut places = PLACES.iter().map(|place| Path::new(place).join(name));
    places
        .find(|path| path.is_file())
        .ok_or_else(|| SandboxError::Missing {
            what: format!("{name} in {}", PLACES.join(" or ")),
        })
}
