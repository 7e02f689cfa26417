//! The pages in headless Chromium: the real binary, driven by the scripts beside this file as a person would. What they
//! showed is in `target/screenshots`.

#![expect(
    clippy::print_stdout,
    reason = "what a script said is for whoever reads the test's output"
)]

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use agent_svc::llm::{
    ProviderKind,
    testing::{Answer, End, FakeProvider, Script as Words},
};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::harness::{
    client::Client,
    elevenlabs::ElevenLabs,
    repositories::Repositories,
    saga::{DataFolder, Launch},
    wait::PATIENCE,
};

const CHROMIUM: &str = "/usr/bin/chromium";

fn scripts() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser"))
}

/// Whether Node, the browser and `more` are here. In CI they must be.
fn can_run(more: &[PathBuf]) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let node = std::env::split_paths(&paths).find(|folder| folder.join("node").is_file());
    let needed = [CHROMIUM.into(), scripts().join("node_modules")];
    let needed = needed.iter().chain(more);
    let mut missing: Vec<_> = needed.filter(|path| !path.exists()).cloned().collect();
    missing.extend(node.is_none().then(|| "node".into()));

    if missing.is_empty() {
        return true;
    }

    assert!(std::env::var_os("CI").is_none(), "CI has no {missing:?}");

    println!("skipped: {missing:?} not there; `.ci/install` brings them");

    false
}

/// A script in Node that says on its output what it did and what it needs done.
struct Script {
    child: Child,
    said: Vec<String>,
}

impl Script {
    fn start(name: &str, variables: &[(&str, &str)]) -> Self {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .parent()
            .expect("the target folder");
        let screenshots = target.join("screenshots");
        std::fs::create_dir_all(&screenshots).expect("a folder for the screenshots");

        let child = Command::new("node")
            .arg(scripts().join(name))
            .env("CHROMIUM", CHROMIUM)
            .env("SCREENSHOTS", screenshots)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .expect("Node runs");

        Self {
            child,
            said: Vec::new(),
        }
    }

    /// Runs it to its end; `answer` does what it asks for.
    async fn run(mut self, mut answer: impl AsyncFnMut(&str)) {
        let mut orders = self.child.stdin.take().expect("piped");
        let mut lines = BufReader::new(self.child.stdout.take().expect("piped")).lines();

        // Every step inside has its own patience; this one is for a script that does not end.
        let all = timeout(4 * PATIENCE, async {
            while let Some(line) = lines.next_line().await.expect("text") {
                if let Some(wish) = line.strip_prefix("please ") {
                    answer(wish).await;
                    orders.write_all(b"done\n").await.expect("it listens");
                }
                self.said.push(line);
            }
            self.child.wait().await.expect("it ended")
        });
        let status = all.await.expect("the script ends");
        let said = self.said.join("\n");
        println!("{said}");

        assert!(status.success() && said.ends_with("passed"), "after:\n{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_asks_for_a_story_watches_it_and_listens() {
    if !can_run(&[]) {
        return;
    }

    let (data, repositories) = (DataFolder::new(), Repositories::start().await);
    let voice = ElevenLabs::start_with(0).await;

    // The same address before and after the crash, so that the page can find its server again.
    let port = free_port();
    let launch = || {
        Launch::new(&data)
            .set("SAGA_GATEWAY__LISTEN", format!("127.0.0.1:{port}"))
            .set("SAGA_VOICE__ELEVENLABS_API_KEY", "key")
            .set("SAGA_VOICE__ELEVENLABS_BASE_URL", voice.base())
    };
    let mut saga = Some(launch().serve().await);
    let base = saga.as_ref().expect("it serves").base().to_owned();
    let script = Script::start(
        "page.mjs",
        &[
            ("BASE", &base),
            ("REPOSITORY", &repositories.sample()),
            ("MISSING", &repositories.missing()),
        ],
    );

    script
        .run(async |wish| match wish {
            "kill" => saga.take().expect("it serves").kill().await,
            "serve" => saga = Some(launch().serve().await),
            "speak" => voice.allow(usize::MAX),
            other => panic!("the script asks for {other:?}"),
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_signs_up_keeps_the_story_and_deletes_the_account() {
    if !can_run(&[]) {
        return;
    }

    let (data, repositories) = (DataFolder::new(), Repositories::start().await);
    let saga = Launch::new(&data).serve().await;
    let script = Script::start(
        "account.mjs",
        &[("BASE", saga.base()), ("REPOSITORY", &repositories.sample())],
    );
    script
        .run(async |wish| panic!("the script asks for {wish:?}"))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_asks_the_assistants_sees_the_answer_come_and_stops_one() {
    if !can_run(&[]) {
        return;
    }

    let (data, fake) = (
        DataFolder::new(),
        FakeProvider::start(ProviderKind::Compatible).await,
    );
    let saga = Launch::new(&data)
        .set("SAGA_MODELS__PROVIDERS__COMPATIBLE__BASE_URL", fake.base_url())
        .serve()
        .await;
    let whom = || Words::say(r#"{"responsible":["task"]}"#);
    let task = json!({ "title": "Call Anna", "priority": "high", "due_date": "2030-03-01" });
    fake.will([
        whom(),
        Answer::new("").call("create_task", task).into(),
        Words::say("I propose a task: call Anna on 1 March 2030."),
        whom(),
        Answer::new("It goes on and on and on and on and on and on. ")
            .end(End::Stalls)
            .into(),
    ]);

    let script = Script::start("chat.mjs", &[("BASE", saga.base())]);
    script
        .run(async |_| {
            let told = timeout(PATIENCE, fake.until_closed(1));
            told.await.expect("the model is told");
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workflow_is_executed_answered_and_forked_in_the_page() {
    if !can_run(&[]) {
        return;
    }

    let saga = Launch::new(&DataFolder::new()).serve().await;
    let script = Script::start("workflow.mjs", &[("BASE", saga.base())]);
    script
        .run(async |wish| panic!("the script asks for {wish:?}"))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_book_is_begun_answered_read_while_it_is_written_and_listened_to_in_the_page() {
    if !can_run(&[]) {
        return;
    }

    let voice = ElevenLabs::start_with(usize::MAX).await;
    let saga = Launch::new(&DataFolder::new())
        .set("SAGA_VOICE__ELEVENLABS_API_KEY", "key")
        .set("SAGA_VOICE__ELEVENLABS_BASE_URL", voice.base())
        .serve()
        .await;
    let script = Script::start("fiction.mjs", &[("BASE", saga.base())]);
    script
        .run(async |wish| panic!("the script asks for {wish:?}"))
        .await;
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn graphiql_runs_a_query_and_a_subscription_without_a_network() {
    let bundle = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/gateway/graphiql/dist/graphiql.js.gz"
    );
    if !can_run(&[bundle.into()]) {
        return;
    }

    let (data, repositories) = (DataFolder::new(), Repositories::start().await);
    let saga = Launch::new(&data).serve().await;
    let client = Client::of(&saga);
    let story = client.generate(&repositories.sample()).await;
    client.story_in(&story, &["completed"]).await;

    let script = Script::start("graphiql.mjs", &[("BASE", saga.base()), ("STORY", &story)]);
    script
        .run(async |wish| panic!("the script asks for {wish:?}"))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_own_explorer_runs_everything_that_the_schema_offers() {
    if !can_run(&[]) {
        return;
    }

    let (data, repositories) = (DataFolder::new(), Repositories::start().await);
    let saga = Launch::new(&data).serve().await;
    let client = Client::of(&saga);
    let story = client.generate(&repositories.sample()).await;
    client.story_in(&story, &["completed"]).await;

    let (policy, _) = gateway::read_own_explorer();
    let script = Script::start(
        "explorer.mjs",
        &[("BASE", saga.base()), ("STORY", &story), ("POLICY", policy)],
    );
    script
        .run(async |wish| panic!("the script asks for {wish:?}"))
        .await;
}
