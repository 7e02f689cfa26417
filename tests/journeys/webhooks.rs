//! Webhooks as their owners use them: told of what happens by messages that the library of Standard Webhooks verifies, also when the
//! process is killed in between.

use std::sync::{Arc, Mutex};

use axum::{Router, http::HeaderMap, http::StatusCode, routing::post};
use serde_json::json;
use tokio::net::TcpListener;

use crate::harness::{
    client::Client,
    node,
    people::Person,
    saga::{DataFolder, Launch},
    wait,
};

const HOOKS: &str = "/api/v1/webhooks";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_library_of_standard_webhooks_verifies_what_is_told() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    node::run("webhooks.mjs", &[saga.base()]).await;
}

/// The ids of what a server of somebody's was told, and which status it answers with.
type Told = Arc<Mutex<(Vec<String>, StatusCode)>>;

async fn receive() -> (String, Told) {
    let told: Told = Arc::new(Mutex::new((Vec::new(), StatusCode::SERVICE_UNAVAILABLE)));
    let taking = Arc::clone(&told);
    let take = move |headers: HeaderMap| {
        let mut told = taking.lock().expect("not poisoned");
        told.0
            .push(headers["webhook-id"].to_str().expect("text").to_owned());
        let status = told.1;
        async move { status }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/hook", post(take))).await });

    (url, told)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_told_before_the_process_died_is_told_by_the_next() {
    let (data, (url, told)) = (DataFolder::new(), receive().await);
    let saga = Launch::new(&data).serve().await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let made = ada
        .post(
            &door,
            HOOKS,
            json!({ "url": url, "event_types": ["workflow.completed"] }),
        )
        .await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.body);
    let hook = made.body["id"].as_str().expect("an id").to_owned();
    let source = json!({ "source": { "nodes": { "one": { "type": "transform", "value": 1 } } } });
    ada.call(&door, "PUT", "/api/v1/workflow-definitions/one", Some(source))
        .await;
    let workflow = ada
        .post(&door, "/api/v1/workflows", json!({ "workflow_type": "one" }))
        .await;
    let execute = format!(
        "/api/v1/workflows/{}/execute",
        workflow.body["id"].as_str().expect("an id")
    );
    ada.post(&door, &execute, json!({})).await;
    wait::until("the first attempt", || async {
        (!told.lock().expect("not poisoned").0.is_empty()).then_some(())
    })
    .await;
    saga.kill().await;

    told.lock().expect("not poisoned").1 = StatusCode::NO_CONTENT;
    let saga = Launch::new(&data).serve().await;
    let door = Client::of(&saga);
    let log = wait::until("the delivery to be made", || async {
        let log = ada.get(&door, &format!("{HOOKS}/{hook}/deliveries")).await;
        let log = log.body["deliveries"][0].clone();
        (log["state"] == "delivered").then_some(log)
    })
    .await;

    let ids = told.lock().expect("not poisoned").0.clone();
    assert!(ids.len() >= 2, "{ids:?}");
    assert!(ids.iter().all(|id| id.as_str() == log["id"]), "{ids:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_and_its_log_are_its_owners_alone() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let (ada, eve) = (
        Person::register(&door, "ada").await,
        Person::register(&door, "eve").await,
    );
    let made = ada
        .post(&door, HOOKS, json!({ "url": "https://hooks.example.org/" }))
        .await;
    let hook = format!("{HOOKS}/{}", made.body["id"].as_str().expect("an id"));
    let delivery = format!("{hook}/deliveries/00000000-0000-4000-8000-000000000000");

    for (method, path, body) in [
        ("GET", hook.clone(), None),
        ("PATCH", hook.clone(), Some(json!({ "active": false }))),
        ("DELETE", hook.clone(), None),
        ("POST", format!("{hook}/secret"), None),
        ("GET", format!("{hook}/deliveries"), None),
        ("GET", delivery.clone(), None),
        ("POST", format!("{delivery}/replay"), None),
    ] {
        let answer = eve.call(&door, method, &path, body).await;
        assert_eq!(answer.status.as_u16(), 404, "{method} {path}: {}", answer.body);
    }
    let guest = Person::guest(&door).await;
    let refused = guest
        .post(&door, HOOKS, json!({ "url": "https://hooks.example.org/" }))
        .await;
    assert_eq!(refused.status.as_u16(), 403, "{}", refused.body);

    let listed = ada.get(&door, HOOKS).await;
    assert_eq!(listed.body.as_array().map(Vec::len), Some(1), "{}", listed.body);
    assert_eq!(listed.body[0]["active"], true);
    assert!(listed.body[0].get("secret").is_none(), "{}", listed.body);
    assert_eq!(eve.get(&door, HOOKS).await.body, json!([]));
}
