//! Streams of foreign clients that break: cut at any byte, by a process that dies, by a budget that is used up. Who comes back has lost
//! nothing, and who can't go on is told so in the words of its own protocol.

use agent_svc::llm::{
    ProviderKind,
    testing::{Answer, FakeProvider},
};
use futures::StreamExt;
use kit::servers::Proxy;
use reqwest::{Response, header::HeaderMap};
use serde_json::{Value, json};

use crate::harness::{
    client::Client,
    people::{Person, graphql},
    saga::{DataFolder, Launch},
    wait,
};

/// Id, name and data of an event.
type Told = (String, String, String);

/// The events that came whole.
fn read_events(text: &str) -> Vec<Told> {
    let whole = text.rfind("\n\n").map_or("", |end| &text[..end]);
    let blocks = whole.split("\n\n").filter(|block| block.contains("event:"));
    let told = blocks.map(|block| {
        let field = |name: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().trim().to_owned()
        };
        (field("id:"), field("event:"), field("data:"))
    });

    told.collect()
}

/// As much as comes.
async fn read_all(answer: Response) -> (String, bool) {
    let (mut bytes, mut whole) = (Vec::new(), true);
    let mut body = answer.bytes_stream();
    while let Some(piece) = body.next().await {
        match piece {
            Ok(piece) => bytes.extend_from_slice(&piece),
            Err(_) => {
                whole = false;
                break;
            }
        }
    }

    (String::from_utf8_lossy(&bytes).into_owned(), whole)
}

/// A client that keeps no connection.
fn client() -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0);
    client.build().expect("a client")
}

async fn define(door: &Client, person: &Person, name: &str, source: Value) {
    let path = format!("/api/v1/workflow-definitions/{name}");
    let put = person
        .call(door, "PUT", &path, Some(json!({ "source": source })))
        .await;
    assert_eq!(put.status.as_u16(), 200, "{name}: {}", put.body);
}

async fn thread(door: &Client, person: &Person) -> String {
    let made = person.post(door, "/langgraph/threads", json!({})).await;
    made.body["thread_id"].as_str().expect("an id").to_owned()
}

/// Where the run is found, as the clients read it.
fn place_of(headers: &HeaderMap) -> String {
    let place = headers["content-location"].to_str().expect("a text");
    format!("/langgraph{place}")
}

async fn join(base: &str, person: &Person, place: &str, last: Option<&str>) -> reqwest::Result<Response> {
    let asked = client()
        .get(format!(
            "{base}{place}/stream?stream_mode=values&stream_mode=updates"
        ))
        .bearer_auth(&person.access);
    let asked = match last {
        Some(last) => asked.header("last-event-id", last),
        None => asked,
    };
    asked.send().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_cut_at_any_byte_goes_on_without_loss() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let (proxy, through) = Proxy::start_before(saga.base()).await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let write =
        json!({ "type": "transform", "output": "draft", "value": "About ${input.topic}", "next": "check" });
    let check = json!({ "type": "transform", "output": "review", "value": "ok" });
    let plain = json!({ "start": "write", "nodes": { "write": write, "check": check } });
    define(&door, &ada, "plain", plain).await;

    // While it is made: whatever was told before the cut and what is told from there on is all of it.
    for bytes in [1, 300, 700, 900, 1_100, 1_300, 1_500] {
        let thread = thread(&door, &ada).await;
        proxy.cut_after(bytes);
        let body = json!({ "assistant_id": "plain", "input": { "topic": "cats" }, "stream_mode": ["values", "updates"] });
        let begun = client()
            .post(format!("{through}/langgraph/threads/{thread}/runs/stream"))
            .bearer_auth(&ada.access)
            .json(&body)
            .send()
            .await;
        let (first, place) = match begun {
            Ok(answer) => {
                let place = place_of(answer.headers());
                (read_events(&read_all(answer).await.0), place)
            }
            Err(_) => {
                let runs = format!("/langgraph/threads/{thread}/runs");
                let run = wait::until("the run is listed", || async {
                    let listed = ada.get(&door, &runs).await;
                    listed.body[0]["run_id"].as_str().map(str::to_owned)
                })
                .await;
                (Vec::new(), format!("{runs}/{run}"))
            }
        };
        let last = first.last().map(|(id, ..)| id.as_str());
        let rest = join(saga.base(), &ada, &place, last).await.expect("an answer");
        let rest = read_events(&read_all(rest).await.0);
        let again = join(saga.base(), &ada, &place, None).await.expect("an answer");
        let whole = read_events(&read_all(again).await.0);
        assert_eq!([first, rest].concat(), whole, "cut after {bytes}");
        assert_eq!(whole.len(), 6, "{whole:?}");
    }

    // When it is over: at every third byte, headers included.
    let thread = thread(&door, &ada).await;
    let body = json!({ "assistant_id": "plain", "input": { "topic": "cats" } });
    let run = ada
        .post(&door, &format!("/langgraph/threads/{thread}/runs"), body)
        .await;
    let run = run.body["run_id"].as_str().expect("an id");
    let place = format!("/langgraph/threads/{thread}/runs/{run}");
    let whole = join(saga.base(), &ada, &place, None).await.expect("an answer");
    let whole = read_events(&read_all(whole).await.0);
    let mut cuts = 0;
    for bytes in (1..).step_by(3) {
        proxy.cut_after(bytes);
        let (first, is_whole) = match join(&through, &ada, &place, None).await {
            Ok(answer) => read_all(answer).await,
            Err(_) => (String::new(), false),
        };
        if is_whole {
            break;
        }
        cuts += 1;
        let first = read_events(&first);
        let last = first.last().map(|(id, ..)| id.as_str());
        let rest = join(saga.base(), &ada, &place, last).await.expect("an answer");
        let rest = read_events(&read_all(rest).await.0);
        assert_eq!([first, rest].concat(), whole, "cut after {bytes}");
    }
    assert!(cuts > 200, "{cuts}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_goes_on_where_a_process_that_was_killed_left_it() {
    let data = DataFolder::new();
    let saga = Launch::new(&data).serve().await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let write =
        json!({ "type": "transform", "output": "draft", "value": "About ${input.topic}", "next": "rest" });
    let rest = json!({ "type": "wait", "seconds": 2, "next": "done" });
    let done = json!({ "type": "transform", "output": "review", "value": "ok" });
    let slow = json!({ "start": "write", "nodes": { "write": write, "rest": rest, "done": done } });
    define(&door, &ada, "slow", slow).await;
    let thread = thread(&door, &ada).await;
    let body =
        json!({ "assistant_id": "slow", "input": { "topic": "cats" }, "stream_mode": ["values", "updates"] });
    let begun = client()
        .post(format!("{}/langgraph/threads/{thread}/runs/stream", saga.base()))
        .bearer_auth(&ada.access)
        .json(&body)
        .send()
        .await
        .expect("an answer");
    let place = place_of(begun.headers());

    let (mut stream, mut text) = (begun.bytes_stream(), String::new());
    while !text.contains("About cats") {
        let piece = stream.next().await.expect("more").expect("bytes");
        text.push_str(&String::from_utf8_lossy(&piece));
    }
    saga.kill().await;
    while let Some(Ok(piece)) = stream.next().await {
        text.push_str(&String::from_utf8_lossy(&piece));
    }
    let first = read_events(&text);

    let saga = Launch::new(&data).serve().await;
    let last = first.last().map(|(id, ..)| id.as_str());
    let rest = join(saga.base(), &ada, &place, last).await.expect("an answer");
    let rest = read_events(&read_all(rest).await.0);
    let again = join(saga.base(), &ada, &place, None).await.expect("an answer");
    let whole = read_events(&read_all(again).await.0);
    assert_eq!([first, rest].concat(), whole);
    let values: Value = serde_json::from_str(&whole.last().expect("an event").2).expect("JSON");
    assert_eq!(values["review"], "ok", "{whole:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_that_runs_out_between_two_steps_keeps_the_first_and_says_so() {
    let model = FakeProvider::start(ProviderKind::Compatible).await;
    model.otherwise(|_| {
        let mut answer = Answer::new("A model says this.");
        (answer.input_tokens, answer.output_tokens) = (99_500, 300);
        answer.into()
    });
    let plugins = tempfile::tempdir().expect("a folder");
    let plugin = plugins.path().join("say");
    std::fs::create_dir(&plugin).expect("a folder");
    let manifest = "name = \"demo.say\"\ndescription = \"Says something.\"\nleast_tier = \"free\"\nprompts = [\"prompt.md\"]\n";
    std::fs::write(plugin.join("agent.toml"), manifest).expect("written");
    std::fs::write(plugin.join("prompt.md"), "Say one short sentence.").expect("written");
    let saga = Launch::new(&DataFolder::new())
        .set("SAGA_MODELS__PROVIDERS__COMPATIBLE__BASE_URL", model.base_url())
        .set("SAGA_AGENTS__PLUGINS_DIR", plugins.path())
        .serve()
        .await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let say = |output: &str| json!({ "type": "agent", "agent": "demo.say", "attempts": 1, "output": output, "input": { "message": "${input.topic}" } });
    let mut first = say("one");
    first["next"] = json!("second");
    define(
        &door,
        &ada,
        "two",
        json!({ "start": "first", "nodes": { "first": first, "second": say("two") } }),
    )
    .await;
    let create = "mutation { createBudget(input: { unit: TOKENS, amount: 100000 }) { budget { id } } }";
    let made = graphql(&door, Some(&ada.access), create).await.body;
    assert!(made["errors"].is_null(), "{made}");

    let thread = thread(&door, &ada).await;
    let body =
        json!({ "assistant_id": "two", "input": { "topic": "cats" }, "stream_mode": ["values", "updates"] });
    let told = client()
        .post(format!("{}/langgraph/threads/{thread}/runs/stream", saga.base()))
        .bearer_auth(&ada.access)
        .json(&body)
        .send()
        .await
        .expect("an answer");
    let told = read_events(&read_all(told).await.0);
    let names: Vec<_> = told.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["metadata", "values", "updates", "values", "error"],
        "{told:?}"
    );
    let error: Value = serde_json::from_str(&told[4].2).expect("JSON");
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|why| why.to_lowercase().contains("budget")),
        "{error}"
    );
    let kept = ada.get(&door, &format!("/langgraph/threads/{thread}")).await.body;
    assert_eq!(kept["status"], "error", "{kept}");
    assert!(
        !kept["values"]["one"].is_null() && kept["values"]["two"].is_null(),
        "{kept}"
    );

    // The other door says it by its status and its code, before anything of an answer.
    let asked =
        json!({ "model": "saga", "stream": true, "messages": [{ "role": "user", "content": "Hello" }] });
    let refused = ada.post(&door, "/v1/chat/completions", asked).await;
    assert_eq!(refused.status.as_u16(), 429, "{}", refused.body);
    assert_eq!(
        refused.body["error"]["code"], "insufficient_quota",
        "{}",
        refused.body
    );
    assert_eq!(model.asked().len(), 1, "nobody was asked again");
}
