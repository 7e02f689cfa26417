//! A project in memory behind a server on loopback, and `git` as a person runs it.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tower_http::decompression::RequestDecompressionLayer;

use crate::{
    CommitLinks, Failure, FileRules, GitError, Kind, Limits, NewCommit, ObjectId, Protocol, Push, PushBody,
    PushRefusal, Repository, Service, Signature, Step, StoredObject, advertise_refs, compose_commit,
    receive_pack, upload_pack,
};

/// What a new project has.
pub(super) const SCAFFOLD: [(&str, &str); 3] = [
    (".gitignore", "node_modules\n"),
    ("README.md", "# A project\n"),
    ("package.json", "{}\n"),
];

#[derive(Default)]
struct Kept {
    main: Option<ObjectId>,
    commits: Vec<CommitLinks>,
    objects: HashMap<ObjectId, StoredObject>,
    files: BTreeMap<String, String>,
    steps: Vec<Step>,
}

/// A project whose history is in memory.
#[derive(Default)]
pub(super) struct MemoryProject(Mutex<Kept>);

impl MemoryProject {
    /// One revision: the scaffold.
    pub(super) fn new() -> Self {
        let project = Self::default();
        let scaffold = SCAFFOLD.map(|(path, content)| (path, Some(content)));
        project.write("Create the project", &scaffold);

        project
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().expect("no test panics while it holds this")
    }

    /// A revision that came by another way than git.
    pub(super) fn write(&self, message: &str, changes: &[(&str, Option<&str>)]) {
        let mut kept = self.kept();
        for (path, content) in changes {
            match content {
                Some(content) => kept.files.insert((*path).to_owned(), (*content).to_owned()),
                None => kept.files.remove(*path),
            };
        }

        let mut named = BTreeMap::new();
        for (path, content) in kept.files.clone() {
            let blob = StoredObject::from_content(Kind::Blob, content.as_bytes()).unwrap();
            named.insert(path, blob.id);
            kept.objects.insert(blob.id, blob);
        }
        let author = Signature {
            name: "Ada".to_owned(),
            email: "ada@example.com".to_owned(),
            seconds: 1_800_000_000 + kept.commits.len() as i64,
        };
        let composed = compose_commit(&NewCommit {
            files: &named,
            parent: kept.main,
            author: &author,
            message,
        })
        .unwrap();
        kept.main = Some(composed.links.id);
        kept.commits.push(composed.links);
        for object in composed.objects {
            kept.objects.insert(object.id, object);
        }
    }

    pub(super) fn newest(&self) -> ObjectId {
        self.kept().main.expect("a commit")
    }

    pub(super) fn file(&self, path: &str) -> Option<String> {
        self.kept().files.get(path).cloned()
    }

    /// Message, author and paths of each pushed commit.
    pub(super) fn steps(&self) -> Vec<(String, String, Vec<String>)> {
        let kept = self.kept();
        let steps = kept.steps.iter().map(|step| {
            let paths = step.changes.iter().map(|change| change.path.clone());
            (step.message.clone(), step.author.name.clone(), paths.collect())
        });

        steps.collect()
    }
}

impl FileRules for MemoryProject {
    fn is_writable(&self, path: &str) -> bool {
        path.starts_with("src/")
    }

    fn check_file(&self, _path: &str, content: &[u8]) -> Result<(), String> {
        match content.len() <= 100_000 {
            true => Ok(()),
            false => Err(format!("{} bytes; a file has at most 100000", content.len())),
        }
    }
}

#[async_trait]
impl Repository for MemoryProject {
    async fn main(&self) -> Result<Option<ObjectId>, Failure> {
        Ok(self.kept().main)
    }

    async fn commits(&self) -> Result<Vec<CommitLinks>, Failure> {
        Ok(self.kept().commits.clone())
    }

    async fn read(&self, ids: &[ObjectId]) -> Result<Vec<StoredObject>, Failure> {
        let kept = self.kept();

        Ok(ids
            .iter()
            .filter_map(|id| kept.objects.get(id).cloned())
            .collect())
    }

    async fn take_push(&self, push: Push) -> Result<Option<String>, PushRefusal> {
        let mut kept = self.kept();
        if kept.main != push.old {
            return Err(PushRefusal::Moved);
        }
        for change in push.steps.iter().flat_map(|step| &step.changes) {
            match &change.content {
                Some(content) => kept.files.insert(change.path.clone(), content.clone()),
                None => kept.files.remove(&change.path),
            };
        }
        kept.main = Some(push.new);
        kept.commits.extend(push.commits);
        kept.objects
            .extend(push.objects.into_iter().map(|object| (object.id, object)));
        kept.steps.extend(push.steps);

        Ok(None)
    }
}

/// A project that is served, and a folder to work in.
pub(super) struct Host {
    pub(super) project: Arc<MemoryProject>,
    pub(super) url: String,
    pub(super) folder: TempDir,
    server: JoinHandle<()>,
}

impl Drop for Host {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Host {
    pub(super) async fn start() -> Self {
        Self::serve(MemoryProject::new()).await
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the handle is kept and ends with the host"
    )]
    pub(super) async fn serve(project: MemoryProject) -> Self {
        let project = Arc::new(project);
        let routes = Router::new()
            .route("/p/info/refs", get(answer_refs))
            .route("/p/git-upload-pack", post(answer_upload))
            .route("/p/git-receive-pack", post(answer_receive))
            .layer(RequestDecompressionLayer::new())
            .with_state(project.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/p", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });

        Self {
            project,
            url,
            folder: tempfile::tempdir().unwrap(),
            server,
        }
    }

    /// `git clone`, into a folder of this name.
    pub(super) async fn clone_to(&self, name: &str) -> Clone {
        let made = self.git(&["clone", "-q", &self.url, name]).await;
        assert!(made.worked, "{}", made.text);

        self.reopen(name)
    }

    pub(super) async fn git(&self, arguments: &[&str]) -> Done {
        run(self.folder.path(), self.folder.path(), arguments).await
    }

    /// A clone that is there.
    pub(super) fn reopen(&self, name: &str) -> Clone {
        Clone {
            path: self.folder.path().join(name),
            home: self.folder.path().to_owned(),
        }
    }
}

/// What a command said.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) worked: bool,
    /// Output and errors.
    pub(super) text: String,
}

/// A clone on disk.
pub(super) struct Clone {
    pub(super) path: PathBuf,
    home: PathBuf,
}

impl Clone {
    pub(super) async fn git(&self, arguments: &[&str]) -> Done {
        run(&self.home, &self.path, arguments).await
    }

    /// What a command says that has to work.
    pub(super) async fn ask(&self, arguments: &[&str]) -> String {
        let done = self.git(arguments).await;
        assert!(done.worked, "git {arguments:?}: {}", done.text);

        done.text.trim().to_owned()
    }

    pub(super) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(super) async fn shell(&self, script: &str) {
        let done = run_program("sh", &self.home, &self.path, &["-c", script]).await;
        assert!(done.worked, "{script}: {}", done.text);
    }

    pub(super) async fn commit(&self, message: &str) {
        self.ask(&["add", "-A"]).await;
        self.ask(&["commit", "-q", "--allow-empty", "-m", message]).await;
    }

    /// Pushes `main`, which has to be refused.
    pub(super) async fn refused(&self, arguments: &[&str]) -> String {
        let done = self.git(&[&["push"], arguments].concat()).await;
        assert!(!done.worked, "{}", done.text);

        done.text
    }
}

async fn run(home: &Path, folder: &Path, arguments: &[&str]) -> Done {
    run_program("git", home, folder, arguments).await
}

async fn run_program(program: &str, home: &Path, folder: &Path, arguments: &[&str]) -> Done {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .args(arguments)
        .env("HOME", home)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_NAME", "Grace")
        .env("GIT_AUTHOR_EMAIL", "grace@example.com")
        .env("GIT_COMMITTER_NAME", "Grace")
        .env("GIT_COMMITTER_EMAIL", "grace@example.com");
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .expect("git and sh are installed");

    Done {
        worked: output.status.success(),
        text: String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
    }
}

type Project = State<Arc<MemoryProject>>;

fn protocol(request: &Request) -> Protocol {
    let header = request.headers().get("git-protocol");
    Protocol::parse(header.and_then(|value| value.to_str().ok()))
}

async fn answer_refs(State(project): Project, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let service = query.strip_prefix("service=").and_then(Service::parse);
    let Some(service) = service else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let main = project.main().await.unwrap();
    let kind = format!("application/x-{}-advertisement", service.name());

    (
        [("content-type", kind)],
        advertise_refs(service, protocol(&request), main),
    )
        .into_response()
}

async fn answer_upload(State(project): Project, request: Request) -> Response {
    let protocol = protocol(&request);
    let body = to_bytes(request.into_body(), 1 << 20).await.unwrap();
    let answer = upload_pack(project, protocol, &body, &Limits::default()).await;

    match answer {
        Ok(stream) => {
            let stream = futures::StreamExt::inspect(stream, |piece| assert!(piece.is_ok(), "{piece:?}"));
            let kind = "application/x-git-upload-pack-result";
            ([("content-type", kind)], Body::from_stream(stream)).into_response()
        }
        Err(error) => refuse(error),
    }
}

async fn answer_receive(State(project): Project, request: Request) -> Response {
    let bytes = to_bytes(request.into_body(), usize::MAX).await.unwrap();
    let limits = Limits::default();
    let kept = bytes.len().min(limits.pack_bytes + 10_000);
    let body = PushBody {
        bytes: bytes[..kept].to_vec(),
        is_cut: kept < bytes.len(),
    };
    let answer = receive_pack(project.as_ref(), &body, &limits).await;

    match answer {
        Ok(report) => (
            [("content-type", "application/x-git-receive-pack-result")],
            report,
        )
            .into_response(),
        Err(error) => refuse(error),
    }
}

fn refuse(error: GitError) -> Response {
    match error {
        GitError::Malformed(what) => (StatusCode::BAD_REQUEST, what).into_response(),
        GitError::Failure(failure) => panic!("{failure:?}"),
    }
}
