//! OpenAI's API: its own client, unchanged, against the binary with a model that this test plays; and what its client never sends.

use agent_svc::llm::{
    ProviderKind,
    testing::{Answer, End, FakeProvider},
};
use serde_json::{Value, json};

use crate::harness::{
    client::Client,
    node,
    people::Person,
    saga::{DataFolder, Launch, Saga},
    wait,
};

/// A model that says one thing, or goes on until it is left.
async fn model() -> FakeProvider {
    let model = FakeProvider::start(ProviderKind::Compatible).await;
    model.otherwise(|asked| {
        let mut answer = Answer::new("A model says this.");
        (answer.input_tokens, answer.output_tokens) = (11, 7);
        match asked.body.to_string().contains("for ever") {
            true => Answer::new("on and on and on and on and on")
                .end(End::Stalls)
                .into(),
            false => answer.into(),
        }
    });

    model
}

async fn key(door: &Client, person: &Person, scope: &str) -> String {
    let body = json!({ "name": scope, "scopes": [scope] });
    let made = person.post(door, "/api/v1/api-keys", body).await;

    made.body["key"]
        .as_str()
        .unwrap_or_else(|| panic!("{}", made.body))
        .to_owned()
}

/// Status, and the error as OpenAI's clients read it.
async fn send(
    saga: &Saga,
    key: &str,
    method: &str,
    path: &str,
    body: impl Into<reqwest::Body>,
) -> (u16, Value) {
    let method = method.parse::<reqwest::Method>().expect("a method");
    let answer = reqwest::Client::new()
        .request(method, format!("{}{path}", saga.base()))
        .header("content-type", "application/json")
        .bearer_auth(key)
        .body(body)
        .send()
        .await
        .expect("an answer");
    let status = answer.status().as_u16();
    let text = answer.text().await.expect("a text");
    let body: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} {text:.200}"));

    (status, body["error"].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_of_openai_works_unchanged_and_who_goes_away_stops_the_model() {
    let model = model().await;
    let saga = Launch::new(&DataFolder::new())
        .set("SAGA_MODELS__PROVIDERS__COMPATIBLE__BASE_URL", model.base_url())
        .serve()
        .await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let (using, other) = (
        key(&door, &ada, "models:use").await,
        key(&door, &ada, "agents:run").await,
    );

    if node::run("openai.mjs", &[saga.base(), &using, &other]).await {
        model.until_closed(1).await;
    }

    let path = "/v1/chat/completions";
    let hello =
        json!({ "model": "saga-offline", "messages": [{ "role": "user", "content": "x" }] }).to_string();
    let deep = format!(
        r#"{{"model":"saga","messages":{}{}}}"#,
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    let rows: [(&str, &str, String, u16, &str); 9] = [
        ("POST", path, "a".repeat(10 << 20), 413, "invalid_request_error"),
        (
            "POST",
            path,
            r#"{"model": "saga", "messages": ["#.to_owned(),
            400,
            "invalid_request_error",
        ),
        (
            "POST",
            path,
            hello.replace('x', r"\ud800"),
            400,
            "invalid_request_error",
        ),
        ("POST", path, deep, 400, "invalid_request_error"),
        ("POST", path, "[]".to_owned(), 400, "invalid_request_error"),
        (
            "POST",
            path,
            hello.replace(r#""user""#, "7"),
            400,
            "invalid_request_error",
        ),
        ("GET", path, String::new(), 405, "invalid_request_error"),
        (
            "POST",
            "/v1/responses/resp_1/cancel",
            String::new(),
            404,
            "invalid_request_error",
        ),
        (
            "GET",
            "/v1/models/openai/gpt-9",
            String::new(),
            404,
            "invalid_request_error",
        ),
    ];
    for (method, path, body, status, kind) in rows {
        let told = send(&saga, &using, method, path, body).await;
        assert_eq!(
            (told.0, &told.1["type"]),
            (status, &json!(kind)),
            "{method} {path}: {told:?}"
        );
        assert!(
            told.1["message"].as_str().is_some_and(|text| text.len() > 10),
            "{told:?}"
        );
    }
    let none = send(&saga, "", "POST", path, hello).await;
    assert_eq!((none.0, &none.1["code"]), (401, &json!("invalid_api_key")));

    let elsewhere = send(&saga, &using, "GET", "/v1/projects", "").await;
    assert!(
        elsewhere.1.is_string() || elsewhere.1.is_null(),
        "another door's words: {elsewhere:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kept_answer_is_its_owners_alone_and_goes_on_when_nobody_listens() {
    let model = model().await;
    let saga = Launch::new(&DataFolder::new())
        .set("SAGA_MODELS__PROVIDERS__COMPATIBLE__BASE_URL", model.base_url())
        .serve()
        .await;
    let door = Client::of(&saga);
    let (ada, eve) = (
        Person::register(&door, "ada").await,
        Person::register(&door, "eve").await,
    );
    let question = json!({ "model": "saga", "input": "for ever", "background": true });
    let begun = ada.post(&door, "/v1/responses", question).await;
    assert_eq!(begun.body["status"], "queued", "{}", begun.body);
    let id = begun.body["id"].as_str().expect("an id");
    let path = format!("/v1/responses/{id}");

    let rows = [
        ("GET", path.clone()),
        ("GET", format!("{path}?stream=true")),
        ("GET", format!("{path}/input_items")),
        ("POST", format!("{path}/cancel")),
        ("DELETE", path.clone()),
    ];
    for (method, path) in rows {
        let told = eve.call(&door, method, &path, None).await;
        assert_eq!(told.status.as_u16(), 404, "{method} {path}: {}", told.body);
        let words = format!("Response with id '{id}' not found.");
        assert_eq!(told.body["error"]["message"], words.as_str(), "{method} {path}");
    }
    let malformed = ada.get(&door, "/v1/responses/resp_1").await;
    assert_eq!(
        malformed.body["error"]["message"],
        "Response with id 'resp_1' not found."
    );
    let behind = json!({ "model": "saga", "input": "x", "previous_response_id": begun.body["id"] });
    let told = eve.post(&door, "/v1/responses", behind).await;
    assert_eq!(
        told.body["error"]["param"], "previous_response_id",
        "{}",
        told.body
    );

    // Nobody listens, and it is told.
    let text = |body: &Value| {
        body["output"][0]["content"][0]["text"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    // What may still turn into something that must not be told is held back.
    let words = wait::until("some of the model's words are kept", || async {
        let told = text(&ada.get(&door, &path).await.body);
        told.starts_with("on and on").then_some(told)
    })
    .await;
    let stopped = ada.post(&door, &format!("{path}/cancel"), json!({})).await;
    assert_eq!(stopped.body["status"], "cancelled", "{}", stopped.body);
    assert!(text(&stopped.body).starts_with(&words), "{}", stopped.body);
    model.until_closed(1).await;
    for beyond in ["1000000", "18446744073709551615", "99999999999999999999", "-1"] {
        let refused = ada
            .get(&door, &format!("{path}?stream=true&starting_after={beyond}"))
            .await;
        assert_eq!(refused.status.as_u16(), 400, "{beyond}: {}", refused.body);
        assert_eq!(refused.body["error"]["param"], "starting_after");
    }

    // One that is waited for is stopped by going away.
    let waited = json!({ "model": "saga", "input": "for ever", "store": true, "stream": false });
    tokio::select! {
        told = ada.post(&door, "/v1/responses", waited) => panic!("nobody ended it: {}", told.body),
        () = model.until_asked(2) => {}
    }
    model.until_closed(2).await;

    let deleted = ada.call(&door, "DELETE", &path, None).await;
    assert_eq!(deleted.body["deleted"], true, "{}", deleted.body);
    assert_eq!(ada.get(&door, &path).await.status.as_u16(), 404);
}
