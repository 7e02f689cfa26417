//! An export to GitHub: its token is in the memory of that request alone. Afterwards it is on no disk, in no log at its loudest, in no
//! trace, in no answer and in no memory of the process, whatever GitHub answered, even where GitHub says it back.

use std::{path::Path, process::Stdio, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    http::{HeaderMap, Method, StatusCode, Uri},
};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpListener, process::Command, task::JoinHandle};

use crate::harness::{
    client::Client,
    collector::Collector,
    memory::find_in_memory,
    people::Person,
    saga::{DataFolder, Launch, Saga},
    wait::until,
};

/// What is looked for is put together only where it is looked for: this process is searched by nobody.
fn token(part: &str) -> String {
    format!("ghp_{part}{}", "9d21c7be40fa")
}

/// What all of them have in common.
fn canary() -> String {
    token("").trim_start_matches("ghp_").to_owned()
}

/// As much of GitHub as one export asks, for a repository that is new. One token's files are refused in words that repeat the token.
struct Github {
    base: String,
    serving: JoinHandle<()>,
}

impl Github {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let routes = Router::new().fallback(answer);
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await.expect("it serves") });

        Self { base, serving }
    }
}

impl Drop for Github {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> (StatusCode, Json<Value>) {
    let bearer = headers["authorization"].to_str().expect("letters").to_owned();
    let path = uri.path().trim_start_matches("/repos/ada/recipes");
    let told = match (method.as_str(), path) {
        ("GET", "/user") if bearer.contains("refused") => {
            return (
                StatusCode::UNAUTHORIZED,
                Json(json!({ "message": format!("Bad {bearer}") })),
            );
        }
        ("GET", "/user") => json!({ "login": "ada" }),
        ("GET", "") => json!({ "full_name": "ada/recipes", "name": "recipes", "default_branch": "main",
            "html_url": "https://example.org/ada/recipes", "clone_url": "https://example.org/ada/recipes.git" }),
        ("POST", "/git/blobs") if bearer.contains("repeated") => {
            let told = json!({ "message": format!("No {bearer}"), "errors": [{ "message": bearer }] });
            return (StatusCode::UNPROCESSABLE_ENTITY, Json(told));
        }
        ("POST", "/git/blobs") => json!({ "sha": name_blob(&body).await }),
        ("GET", "/git/ref/heads/main") => json!({ "object": { "sha": "1".repeat(40) } }),
        ("GET", path) if path.starts_with("/git/trees/") => json!({ "tree": [] }),
        ("GET", "/commits") => json!([]),
        _ => json!({ "sha": "2".repeat(40), "tree": { "sha": "3".repeat(40) } }),
    };

    (StatusCode::OK, Json(told))
}

/// As git names it.
async fn name_blob(body: &[u8]) -> String {
    let blob: Value = serde_json::from_slice(body).expect("JSON");
    let mut git = Command::new("git")
        .args(["hash-object", "--stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git");
    let mut input = git.stdin.take().expect("a pipe");
    let content = blob["content"].as_str().expect("a text");
    input.write_all(content.as_bytes()).await.expect("it reads");
    drop(input);
    let output = git.wait_with_output().await.expect("it ends");

    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Every file below a folder that has the text in it.
fn find_in_files(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(find_in_files(&path, text));
        } else if std::fs::read(&path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(text)) {
            found.push(path.display().to_string());
        }
    }

    found
}

/// Exports with a token that is taken, with some that are not, and with bodies that are none.
async fn export_in_every_way(saga: &Saga) -> Vec<Value> {
    let door = Client::of(saga);
    let ada = Person::register(&door, "ada").await;
    let made = ada
        .post(&door, "/v1/projects/", json!({ "title": "Recipes" }))
        .await;
    let project = format!("/v1/projects/{}", made.body["id"].as_str().expect("an id"));
    let file = json!({ "path": "src/App.tsx", "content": "export {};\n", "language": "tsx" });
    assert_eq!(
        ada.post(&door, &format!("{project}/files"), file).await.status,
        201
    );

    let address = format!("{project}/export/github");
    let mut answers = Vec::new();
    for (token, status) in [
        (json!(token("taken")), 200),
        (json!(token("repeated")), 400),
        (json!(token("refused")), 422),
        (json!(format!("{} {}", token("spaced"), token("twice"))), 422),
        (json!([token("listed")]), 422),
    ] {
        let body = json!({ "repo_name": "recipes", "github_token": token });
        let answer = ada.post(&door, &address, body).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        answers.push(answer.body);
    }

    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_for_github_is_left_nowhere_once_its_export_is_answered() {
    let (data, github, spans) = (DataFolder::new(), Github::start().await, Collector::start().await);
    let saga = Launch::new(&data)
        .set("SAGA_STORY__GITHUB_API_URL", github.base.clone())
        .set("SAGA_SOURCES__ALLOW_PRIVATE", "true")
        .set("SAGA_TELEMETRY__LOG", "trace")
        .set("SAGA_TELEMETRY__OTLP_ENDPOINT", spans.endpoint())
        .set("OTEL_BSP_SCHEDULE_DELAY", "50")
        .serve()
        .await;

    let answers = export_in_every_way(&saga).await;
    for answer in &answers {
        assert!(!answer.to_string().contains(&canary()), "{answer}");
    }

    assert!(!saga.log().is_empty(), "there is a log");
    assert!(!saga.log().contains(&canary()), "a log");
    assert_eq!(find_in_files(data.path(), &canary()), Vec::<String>::new());
    until("spans to come", || async {
        (!spans.spans().is_empty()).then_some(())
    })
    .await;
    assert!(!spans.words().contains(&canary()), "a trace");

    // Connections end when both sides know; what their buffers held goes with them.
    let forgotten = until("the process to forget", || async {
        find_in_memory(&saga, &[canary()]).is_empty().then_some(())
    });
    tokio::time::timeout(Duration::from_secs(20), forgotten)
        .await
        .unwrap_or_else(|_| panic!("{:?}", find_in_memory(&saga, &[canary()])));
}
