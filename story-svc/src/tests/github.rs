//! GitHub's REST API as exports meet it, over a real repository of git: what it says of fast forwards and trees is git's word.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::stream;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// What one of the next calls is answered with.
#[derive(Clone)]
pub(super) struct Fault {
    /// Beginning of method and path behind the repository, e.g. `POST git/blobs`.
    pub(super) at: &'static str,
    /// 0 cuts the connection.
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, &'static str)>,
    /// Calls of this kind that are answered well before.
    pub(super) after: usize,
}

pub(super) struct Github {
    pub(super) base: String,
    state: Arc<Fake>,
    serving: JoinHandle<()>,
}

struct Fake {
    folder: tempfile::TempDir,
    base: String,
    fault: Mutex<Option<Fault>>,
    calls: Mutex<Vec<String>>,
}

impl Github {
    pub(super) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Fake {
            folder: tempfile::tempdir().unwrap(),
            base: base.clone(),
            fault: Mutex::default(),
            calls: Mutex::default(),
        });
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&state));
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });

        Self { base, state, serving }
    }

    pub(super) fn fail(&self, fault: Fault) {
        *self.state.fault.lock().unwrap() = Some(fault);
    }

    pub(super) fn recover(&self) {
        *self.state.fault.lock().unwrap() = None;
    }

    /// How often something was asked since this was asked last.
    pub(super) fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut *self.state.calls.lock().unwrap())
    }

    /// The words of a command of git in a repository.
    pub(super) fn git(&self, name: &str, arguments: &[&str]) -> String {
        git(&self.state.folder.path().join(name), arguments, "").expect("git")
    }

    /// A repository as somebody made it; without a commit when no file is named.
    pub(super) fn make(&self, name: &str, file: Option<(&str, &str)>) {
        let folder = self.state.folder.path().join(name);
        init(&folder);
        if let Some((path, content)) = file {
            let commit = commit_file(&folder, path, content, "Somebody's work");
            git(&folder, &["update-ref", "refs/heads/main", &commit], "").unwrap();
        }
    }

    /// Somebody else commits on top of a branch.
    pub(super) fn commit(&self, name: &str, branch: &str, path: &str, content: &str) {
        let folder = self.state.folder.path().join(name);
        let blob = git(&folder, &["hash-object", "-w", "--stdin"], content).unwrap();
        let parent = git(&folder, &["rev-parse", branch], "").unwrap();
        let entries = json!([{ "path": path, "sha": blob }]);
        let tree = write_tree(&folder, Some(&parent), &entries).unwrap();
        let commit = git(
            &folder,
            &["commit-tree", &tree, "-p", &parent, "-m", "Somebody else"],
            "",
        )
        .unwrap();
        git(
            &folder,
            &["update-ref", &format!("refs/heads/{branch}"), &commit],
            "",
        )
        .unwrap();
    }
}

impl Drop for Github {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn git(folder: &Path, arguments: &[&str], input: &str) -> Result<String, String> {
    let mut child = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
        .args(arguments)
        .env("GIT_INDEX_FILE", folder.join("index.fake"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// Bytes as they are: `git` above takes the end of a text away.
fn read_blob(folder: &Path, name: &str) -> Vec<u8> {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["cat-file", "blob", name])
        .output()
        .unwrap();
    output.stdout
}

fn init(folder: &PathBuf) {
    std::fs::create_dir_all(folder).unwrap();
    git(folder, &["init", "-q", "--bare", "-b", "main"], "").unwrap();
}

fn commit_file(folder: &Path, path: &str, content: &str, message: &str) -> String {
    let blob = git(folder, &["hash-object", "-w", "--stdin"], content).unwrap();
    let tree = write_tree(folder, None, &json!([{ "path": path, "sha": blob }])).unwrap();
    git(folder, &["commit-tree", &tree, "-m", message], "").unwrap()
}

fn write_tree(folder: &Path, base: Option<&str>, entries: &Value) -> Result<String, String> {
    match base {
        Some(base) => git(folder, &["read-tree", base], "")?,
        None => git(folder, &["read-tree", "--empty"], "")?,
    };
    for entry in entries.as_array().unwrap() {
        let path = entry["path"].as_str().unwrap();
        let line = match entry["sha"].as_str() {
            Some(sha) => format!("100644 {sha}\t{path}\n"),
            None => format!("0 {}\t{path}\n", "0".repeat(40)),
        };
        git(folder, &["update-index", "--add", "--index-info"], &line)?;
    }

    git(folder, &["write-tree"], "")
}

async fn answer(
    State(fake): State<Arc<Fake>>,
    method: axum::http::Method,
    uri: axum::http::Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if headers.get("authorization").and_then(|value| value.to_str().ok()) != Some("Bearer good-token") {
        return (
            StatusCode::UNAUTHORIZED,
            axum::Json(json!({ "message": "Bad credentials" })),
        )
            .into_response();
    }
    assert_eq!(headers["x-github-api-version"], "2022-11-28");

    let path = uri.path().trim_start_matches('/').to_owned();
    let parts: Vec<&str> = path.splitn(4, '/').collect();
    let (repo, rest) = match parts[..] {
        ["repos", _, repo] => (Some(repo), ""),
        ["repos", _, repo, rest] => (Some(repo), rest),
        _ => (None, path.as_str()),
    };
    let call = format!("{method} {rest}");
    fake.calls.lock().unwrap().push(call.clone());
    if let Some(refused) = fail(&fake, &call) {
        return refused;
    }

    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let told = fake.tell(repo, &call, uri.query().unwrap_or_default(), &body);
    let (status, value) = told.unwrap_or_else(|(status, message)| (status, json!({ "message": message })));
    (StatusCode::from_u16(status).unwrap(), axum::Json(value)).into_response()
}

fn fail(fake: &Fake, call: &str) -> Option<Response> {
    let mut fault = fake.fault.lock().unwrap();
    let due = fault.as_mut().filter(|fault| call.starts_with(fault.at))?;
    if due.after > 0 {
        due.after -= 1;
        return None;
    }
    let Fault { status, headers, .. } = due.clone();
    if status == 0 {
        let cut = stream::iter([Ok(Bytes::from("{")), Err(std::io::Error::other("cut"))]);
        return Some(Body::from_stream(cut).into_response());
    }

    let told = axum::Json(json!({ "message": "No", "errors": [{ "message": "because" }] }));
    let mut response = (StatusCode::from_u16(status).unwrap(), told).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    Some(response)
}

type Told = Result<(u16, Value), (u16, String)>;

impl Fake {
    fn tell(&self, repo: Option<&str>, call: &str, query: &str, body: &Value) -> Told {
        let Some(repo) = repo else {
            return match call {
                "GET user" => Ok((200, json!({ "login": "ada" }))),
                "POST user/repos" => {
                    let name = body["name"].as_str().unwrap();
                    let folder = self.folder.path().join(name);
                    init(&folder);
                    let readme = format!("# {name}");
                    let commit = commit_file(&folder, "README.md", &readme, "Initial commit");
                    git(&folder, &["update-ref", "refs/heads/main", &commit], "").unwrap();
                    Ok((201, self.describe(name)))
                }
                _ => Err((404, "Not Found".to_owned())),
            };
        };
        let folder = self.folder.path().join(repo);
        if !folder.exists() {
            return Err((404, "Not Found".to_owned()));
        }
        if call == "GET " {
            return Ok((200, self.describe(repo)));
        }

        let is_empty = git(&folder, &["rev-parse", "--verify", "-q", "refs/heads/main"], "").is_err();
        if is_empty && !call.starts_with("PUT contents") {
            return Err((409, "Git Repository is empty.".to_owned()));
        }
        self.tell_of(&folder, call, query, body)
    }

    fn describe(&self, repo: &str) -> Value {
        json!({ "full_name": format!("ada/{repo}"), "name": repo, "description": null, "default_branch": "main",
            "html_url": format!("{}/ada/{repo}", self.base), "clone_url": format!("{}/ada/{repo}.git", self.base) })
    }

    fn tell_of(&self, folder: &Path, call: &str, query: &str, body: &Value) -> Told {
        let refused = |error: String| (422, error);
        let run = |arguments: &[&str], input: &str| git(folder, arguments, input);
        let (verb, rest) = call.split_once(' ').unwrap();
        let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();

        if let Some(branch) = rest.strip_prefix("git/ref/heads/") {
            let sha = run(
                &["rev-parse", "--verify", "-q", &format!("refs/heads/{branch}")],
                "",
            );
            let sha = sha.map_err(|_| (404, "Not Found".to_owned()))?;
            return Ok((200, json!({ "object": { "sha": sha } })));
        }
        if let Some(branch) = rest.strip_prefix("git/refs/heads/") {
            let head = run(&["rev-parse", branch], "").map_err(refused)?;
            run(&["merge-base", "--is-ancestor", &head, &text("sha")], "")
                .map_err(|_| (422, "Update is not a fast forward".to_owned()))?;
            run(
                &["update-ref", &format!("refs/heads/{branch}"), &text("sha"), &head],
                "",
            )
            .map_err(refused)?;
            return Ok((200, json!({})));
        }
        if let Some(commit) = rest.strip_prefix("git/commits/") {
            let tree = run(&["rev-parse", &format!("{commit}^{{tree}}")], "").map_err(refused)?;
            return Ok((200, json!({ "tree": { "sha": tree } })));
        }
        if let Some(tree) = rest.strip_prefix("git/trees/") {
            let listed = run(&["ls-tree", "-r", "-l", tree], "").map_err(refused)?;
            let entries = listed.lines().map(|line| {
                let (head, path) = line.split_once('\t').unwrap();
                let mut head = head.split_whitespace();
                let mut entry =
                    json!({ "path": path, "mode": head.next(), "type": head.next(), "sha": head.next() });
                if let Some(size) = head.next().and_then(|size| size.parse::<u64>().ok()) {
                    entry["size"] = size.into();
                }
                entry
            });
            return Ok((200, json!({ "tree": entries.collect::<Vec<_>>() })));
        }

        if let Some(blob) = rest.strip_prefix("git/blobs/") {
            // As GitHub does, in lines.
            let content = STANDARD.encode(read_blob(folder, blob));
            let lines: Vec<_> = content
                .as_bytes()
                .chunks(60)
                .map(String::from_utf8_lossy)
                .collect();
            return Ok((
                200,
                json!({ "sha": blob, "encoding": "base64", "content": lines.join("\n") }),
            ));
        }

        match (verb, rest) {
            ("POST", "git/blobs") => {
                let sha = run(&["hash-object", "-w", "--stdin"], &text("content")).map_err(refused)?;
                Ok((201, json!({ "sha": sha })))
            }
            ("POST", "git/trees") => {
                let sha = write_tree(folder, body["base_tree"].as_str(), &body["tree"]).map_err(refused)?;
                Ok((201, json!({ "sha": sha })))
            }
            ("POST", "git/commits") => {
                let parent = body["parents"][0].as_str().expect("never a fresh root");
                let sha = run(&["commit-tree", &text("tree"), "-p", parent], &text("message"));
                Ok((201, json!({ "sha": sha.map_err(refused)? })))
            }
            ("POST", "git/refs") => {
                run(&["update-ref", &text("ref"), &text("sha"), ""], "").map_err(refused)?;
                Ok((201, json!({})))
            }
            ("GET", "commits") => {
                let from = query
                    .split('&')
                    .find_map(|pair| pair.strip_prefix("sha="))
                    .unwrap();
                let log = run(&["log", "--format=%H%n%B%x00", from], "").map_err(refused)?;
                let commits = log.split('\0').filter_map(|told| told.trim().split_once('\n'));
                let commits = commits
                    .map(|(sha, message)| json!({ "sha": sha, "commit": { "message": message.trim() } }));
                Ok((200, commits.collect()))
            }
            ("PUT", "contents/README.md") => {
                let content = STANDARD.decode(text("content")).unwrap();
                let content = String::from_utf8(content).unwrap();
                let commit = commit_file(folder, "README.md", &content, &text("message"));
                run(&["update-ref", "refs/heads/main", &commit], "").map_err(refused)?;
                Ok((201, json!({ "commit": { "sha": commit } })))
            }
            ("POST", "pulls") => Ok((
                201,
                json!({ "html_url": format!("{}/pull/{}", self.base, text("head")) }),
            )),
            _ => Err((404, format!("nothing at {call}"))),
        }
    }
}
