//! LangGraph's API: its own client, unchanged, against the binary; and what its client never sends.

use serde_json::{Value, json};

use crate::harness::{
    client::Client,
    node,
    people::Person,
    saga::{DataFolder, Launch, Saga},
};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

async fn define(door: &Client, person: &Person) {
    let write =
        json!({ "type": "transform", "output": "draft", "value": "About ${input.topic}", "next": "ask" });
    let ask =
        json!({ "type": "question", "output": "review", "prompt": "Good?", "value": "${values.draft}" });
    let mut check = write.clone();
    check["next"] = json!("check");
    let graphs = [
        (
            "asker",
            json!({ "start": "write", "nodes": { "write": write, "ask": ask } }),
        ),
        (
            "plain",
            json!({ "start": "write", "nodes": { "write": check,
            "check": { "type": "transform", "output": "review", "value": "ok" } } }),
        ),
        (
            "slow",
            json!({ "start": "wait", "nodes": { "wait": { "type": "wait", "seconds": 600, "next": "done" },
            "done": { "type": "transform", "output": "draft", "value": "slow" } } }),
        ),
        (
            "bad",
            json!({ "nodes": { "boom": { "type": "transform", "attempts": 1, "value": "${input.nothing.more}" } } }),
        ),
    ];
    for (name, source) in graphs {
        let path = format!("/api/v1/workflow-definitions/{name}");
        let put = person
            .call(door, "PUT", &path, Some(json!({ "source": source })))
            .await;
        assert_eq!(put.status.as_u16(), 200, "{name}: {}", put.body);
    }
}

async fn key(door: &Client, person: &Person, scopes: &[&str]) -> String {
    let made = person
        .post(
            door,
            "/api/v1/api-keys",
            json!({ "name": "key", "scopes": scopes }),
        )
        .await;
    made.body["key"]
        .as_str()
        .unwrap_or_else(|| panic!("{}", made.body))
        .to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_of_langgraph_works_unchanged() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    define(&door, &ada).await;
    let using = key(&door, &ada, &["workflows:read", "workflows:write"]).await;
    let other = key(&door, &ada, &["agents:run"]).await;

    node::run("langgraph.mjs", &[saga.base(), &using, &other]).await;
}

async fn send(saga: &Saga, ada: &Person, path: &str, body: String) -> (u16, Value) {
    let answer = reqwest::Client::new()
        .post(format!("{}/langgraph{path}", saga.base()))
        .header("content-type", "application/json")
        .bearer_auth(&ada.access)
        .body(body)
        .send()
        .await
        .expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_run_of_a_thread_can_be_is_refused_by_status_and_field() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    define(&door, &ada).await;
    let (_, thread) = send(&saga, &ada, "/threads", "{}".to_owned()).await;
    let path = format!(
        "/threads/{}/runs/stream",
        thread["thread_id"].as_str().unwrap_or_default()
    );

    let with = |more: Value| {
        let mut body = json!({ "assistant_id": "asker", "input": { "topic": "x" } });
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        body.to_string()
    };
    let rows = [
        (with(json!({ "assistant_id": "nothing" })), 422, "assistant_id"),
        (with(json!({ "assistant_id": NOBODY })), 404, "assistant"),
        (with(json!({ "assistant_id": null })), 422, "assistant_id"),
        (with(json!({ "input": "text" })), 422, "input"),
        (with(json!({ "input": null })), 422, "input"),
        (with(json!({ "stream_mode": "all" })), 422, "values, updates"),
        (
            with(json!({ "multitask_strategy": "wait" })),
            422,
            "multitask_strategy",
        ),
        (
            with(json!({ "interrupt_before": "ask" })),
            422,
            "interrupt_before",
        ),
        (with(json!({ "webhook": "ftp://example.org" })), 422, "webhook"),
        (with(json!({ "checkpoint_id": "1" })), 422, "checkpoint_id"),
        (with(json!({ "checkpoint_id": NOBODY })), 404, "Checkpoint"),
        (
            with(json!({ "command": { "goto": "nowhere" } })),
            422,
            "command.goto",
        ),
        (
            with(json!({ "command": { "goto": [{ "node": "ask", "input": {} }] } })),
            422,
            "command.goto",
        ),
        (
            with(json!({ "metadata": { "x": "a".repeat(10 << 20) } })),
            413,
            "",
        ),
        (r#"{"assistant_id":"#.to_owned(), 400, "JSON"),
        (with(json!({ "input": { "topic": "\0" } })), 422, "input"),
    ];
    for (body, status, word) in rows {
        let (told, answer) = send(&saga, &ada, &path, body.clone()).await;
        assert_eq!(told, status, "{body:.200}: {answer}");
        let detail = answer["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(word), "{body:.200}: {detail}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_is_its_owners_alone() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let (ada, eve) = (
        Person::register(&door, "ada").await,
        Person::register(&door, "eve").await,
    );
    define(&door, &ada).await;
    let thread = ada
        .post(
            &door,
            "/langgraph/threads",
            json!({ "metadata": { "secret": "yes" } }),
        )
        .await;
    let thread = thread.body["thread_id"].as_str().expect("an id").to_owned();
    let body = json!({ "assistant_id": "asker", "input": { "topic": "x" } });
    let run = ada
        .post(&door, &format!("/langgraph/threads/{thread}/runs"), body.clone())
        .await;
    let run = run.body["run_id"].as_str().expect("an id").to_owned();

    let of = |rest: &str| format!("/langgraph/threads/{thread}{rest}");
    let rows = [
        ("GET", of(""), None),
        ("PATCH", of(""), Some(json!({ "metadata": {} }))),
        ("DELETE", of(""), None),
        ("POST", of("/copy"), None),
        ("GET", of("/state"), None),
        ("POST", of("/state"), Some(json!({ "values": {} }))),
        ("GET", of(&format!("/state/{run}")), None),
        ("POST", of("/state/checkpoint"), Some(json!({ "checkpoint": {} }))),
        ("POST", of("/history"), Some(json!({}))),
        ("GET", of("/storage"), None),
        ("GET", of("/stream"), None),
        (
            "POST",
            of("/runs/crons"),
            Some(json!({ "assistant_id": "research", "schedule": "@daily", "input": {} })),
        ),
        ("GET", of("/runs"), None),
        (
            "POST",
            of("/runs"),
            Some(json!({ "assistant_id": "research", "input": {} })),
        ),
        (
            "POST",
            of("/runs/stream"),
            Some(json!({ "assistant_id": "research", "input": {} })),
        ),
        (
            "POST",
            of("/runs/wait"),
            Some(json!({ "assistant_id": "research", "input": {} })),
        ),
        ("GET", of(&format!("/runs/{run}")), None),
        ("DELETE", of(&format!("/runs/{run}")), None),
        ("GET", of(&format!("/runs/{run}/stream")), None),
        ("GET", of(&format!("/runs/{run}/join")), None),
        ("POST", of(&format!("/runs/{run}/cancel")), None),
    ];
    for (method, path, body) in rows {
        let told = eve.call(&door, method, &path, body.clone()).await;
        let unknown = eve
            .call(&door, method, &path.replace(&thread, NOBODY), body)
            .await;
        assert_eq!(told.status.as_u16(), 404, "{method} {path}: {}", told.body);
        let message = told.body["message"]
            .as_str()
            .unwrap_or_default()
            .replace(&thread, NOBODY);
        assert_eq!(json!(message), unknown.body["message"], "{method} {path}");
    }

    let made = json!({ "graph_id": "asker", "name": "Hers" });
    let made = ada.post(&door, "/langgraph/assistants", made).await;
    let assistant = made.body["assistant_id"].as_str().expect("an id").to_owned();
    let of_assistant = |rest: &str| format!("/langgraph/assistants/{assistant}{rest}");
    for (method, path, body) in [
        ("PATCH", of_assistant(""), Some(json!({ "name": "mine" }))),
        ("DELETE", of_assistant(""), None),
        ("POST", of_assistant("/versions"), Some(json!({}))),
        ("POST", of_assistant("/latest"), Some(json!({ "version": 1 }))),
    ] {
        let told = eve.call(&door, method, &path, body).await;
        assert_eq!(told.status.as_u16(), 404, "{method} {path}: {}", told.body);
    }
    let hers = json!({ "graph_id": "research", "assistant_id": assistant });
    let hers = eve.post(&door, "/langgraph/assistants", hers).await;
    assert_eq!(hers.status.as_u16(), 200, "{}", hers.body);
    eve.call(&door, "DELETE", &of_assistant(""), None).await;
    let kept = ada.get(&door, &of_assistant("")).await;
    assert_eq!(kept.body["name"], "Hers", "{}", kept.body);
    for strategy in ["delete", "keep_latest"] {
        let pruned = json!({ "thread_ids": [thread], "strategy": strategy });
        let pruned = eve.post(&door, "/langgraph/threads/prune", pruned).await;
        assert_eq!(pruned.body, json!({ "pruned_count": 0 }));
    }

    let found = eve.post(&door, "/langgraph/threads/search", json!({})).await;
    assert_eq!(found.body, json!([]));
    let theirs = eve
        .post(
            &door,
            "/langgraph/assistants/search",
            json!({ "graph_id": "asker" }),
        )
        .await;
    assert_eq!(theirs.body, json!([]));
    let begun = eve.post(&door, "/langgraph/runs/wait", body).await;
    assert_eq!(
        begun.status.as_u16(),
        422,
        "the graph is nobody else's: {}",
        begun.body
    );
    let kept = ada.get(&door, &of("")).await;
    assert_eq!(kept.body["metadata"]["secret"], "yes", "{}", kept.body);
}
