//! A chat is answered and forgotten: after chats that were answered, failed, timed out, panicked and were cut, nothing of them, and
//! nothing of a key that came with one, is on the disk, in a log at its loudest, in a trace, in an error report, on the bus, or in the
//! memory of a process, whether one process has all roles or agents have one of their own. Clients stay as connected as they can.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use agent_svc::llm::{
    ProviderKind,
    testing::{Answer as Words, End, FakeProvider, KEY, PANIC_WORD, Script},
};
use axum::{Router, body::Bytes};
use futures::{SinkExt, StreamExt};
use regex::bytes::Regex;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::backups::set_tier;
use crate::harness::{
    client::Client,
    collector::Collector,
    memory::find_in_memory,
    people::{Person, with},
    saga::{DataFolder, Launch, Saga},
    wait::until,
    wiretap::Wiretap,
};

/// What is looked for is put together only where it is looked for: this process is searched by nobody.
fn canary(part: &str) -> String {
    format!("canary{}{part}", "4f1c9b72d0e3")
}

fn message(part: &str) -> Value {
    json!({
        "message": format!("remind me to write to {} tomorrow at 5pm", canary(part)),
        "context": {
            "user_profile": { "timezone": "Europe/Berlin", "name": canary("profile") },
            "relevant_documents": [format!("TODO: call {}", canary("notes"))],
            "recent_tasks": [{ "id": "t1", "title": canary("task"), "status": "todo" }],
            "conversation_history": [{ "role": "user", "content": canary("history") }],
        }
    })
}

/// What is looked for: chats, and keys of people's own.
fn secrets() -> [String; 2] {
    [canary(""), KEY.to_owned()]
}

/// The same, for bytes of any kind.
fn wanted() -> Regex {
    Regex::new(&secrets().join("|")).expect("letters")
}

/// Takes error reports and keeps what they say.
struct Reports {
    dsn: String,
    said: Arc<Mutex<Vec<u8>>>,
    task: JoinHandle<()>,
}

impl Reports {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let dsn = format!("http://key@{}/1", listener.local_addr().expect("an address"));
        let said = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&said);
        let take = move |body: Bytes| async move {
            kept.lock().expect("no panic").extend_from_slice(&body);
        };
        let app = Router::new().fallback(take);
        let task = tokio::spawn(async move { axum::serve(listener, app).await.expect("it serves") });

        Self { dsn, said, task }
    }
}

impl Drop for Reports {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Where a platform tells of itself.
struct Watchers {
    spans: Collector,
    reports: Reports,
    /// None where no broker is named, and the bus is in the process's memory.
    bus: Option<Wiretap>,
}

impl Watchers {
    async fn start() -> Self {
        let bus = match std::env::var("SAGA_TEST_AMQP_URL") {
            Ok(url) => Some(Wiretap::start_before(&url).await),
            Err(_) => None,
        };

        Self {
            spans: Collector::start().await,
            reports: Reports::start().await,
            bus,
        }
    }
}

fn prepare(data: &DataFolder, provider: Option<&FakeProvider>, watchers: &Watchers) -> Launch {
    let scratch = data.path().join("scratch");
    std::fs::create_dir_all(&scratch).expect("a folder for temporary files");
    let mut launch = Launch::new(data)
        .set("TMPDIR", scratch)
        .set("SAGA_RPC__LISTEN", "127.0.0.1:0")
        .set("SAGA_TELEMETRY__LOG", "trace")
        .set("SAGA_TELEMETRY__OTLP_ENDPOINT", watchers.spans.endpoint())
        .set("SAGA_TELEMETRY__SENTRY_DSN", watchers.reports.dsn.clone())
        .set("OTEL_BSP_SCHEDULE_DELAY", "50")
        .set("SAGA_MODELS__RETRY__ATTEMPTS", "1")
        .set("SAGA_MODELS__CALL_TIMEOUT_MS", "2000");
    if let Some(bus) = &watchers.bus {
        launch = launch.set("AMQP_URL", bus.url.clone());
    }
    if let Some(provider) = provider {
        launch = launch.set(
            "SAGA_MODELS__PROVIDERS__COMPATIBLE__BASE_URL",
            provider.base_url(),
        );
    }

    launch
}

/// The agents in one process, everything else in another, which is the last one.
async fn launch_apart(data: &DataFolder, provider: &FakeProvider, watchers: &Watchers) -> Vec<Saga> {
    let agent = prepare(data, Some(provider), watchers)
        .argument("serve")
        .argument("--role")
        .argument("agent")
        .serve()
        .await;
    let mut rest = prepare(data, None, watchers).argument("serve");
    for role in ["gateway", "auth", "story", "worker", "backup", "billing"] {
        rest = rest.argument("--role").argument(role);
    }
    let place = format!("rpc.services.agent={}", agent.place("gRPC"));
    let rest = rest.argument("--set").argument(place).serve().await;

    vec![agent, rest]
}

/// Every file below a folder that has the canary in it.
fn find_in_files(folder: &Path) -> Vec<String> {
    let wanted = wanted();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(find_in_files(&path));
        } else if std::fs::read(&path).is_ok_and(|bytes| wanted.is_match(&bytes)) {
            found.push(path.display().to_string());
        }
    }

    found
}

/// The small model's word on whom a message is for.
fn for_tasks() -> Script {
    Script::say(r#"{"responsible":["task"]}"#)
}

/// Chats over every door: answered, refused, failed, panicked, and cut in the middle; and one more, so that what they leave in buffers is
/// not written over by a failure. The client is still there, and connected where the server lets it.
async fn chat_at_every_door(sagas: &[Saga], person: &Person, fake: Option<&FakeProvider>) -> Client {
    let saga = sagas.last().expect("a gateway");
    let door = Client::of(saga);
    let script = |scripts: Vec<Script>| fake.inspect(|fake| fake.will(scripts));
    let says = |part: &str| Script::say(&format!("I will remind you of {}.", canary(part)));

    script(vec![for_tasks(), says("answer")]);
    let answered = person.post(&door, "/api/v1/chat", message("post")).await;
    assert_eq!(answered.status, 200, "{}", answered.body);

    let mut plan = message("plan");
    plan["execution_mode"] = json!("plan");
    script(vec![for_tasks()]);
    assert_eq!(person.post(&door, "/api/v1/chat", plan).await.status, 200);

    let mut wrong = message("wrong");
    wrong["context"]["recent_tasks"] = json!([canary("field")]);
    assert_eq!(person.post(&door, "/api/v1/chat", wrong).await.status, 422);

    let query = "subscription($input: ChatInput!) { chat(input: $input) { __typename } }";
    let chat = message("graphql");
    let input = json!({ "message": chat["message"], "context": chat["context"] });
    let headers = [
        ("authorization", format!("Bearer {}", person.access)),
        ("accept", "text/event-stream".to_owned()),
    ];
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    // In variables, and in the document itself, where others are remembered.
    let inline = format!(
        "subscription {{ chat(input: {{ message: {:?} }}) {{ __typename }} }}",
        canary("inline")
    );
    for body in [
        json!({ "query": query, "variables": { "input": input } }),
        json!({ "query": inline }),
    ] {
        script(vec![for_tasks(), says("streamed")]);
        let answered = door
            .ask(reqwest::Method::POST, "/graphql", &headers, Some(body))
            .await;
        let told = answered.body.to_string();
        assert!(told.contains("ChatAnswer"), "{told}");
    }

    let url = saga.websocket(&format!("/api/v1/chat/stream?token={}", person.access));
    let (mut socket, _) = connect_async(&url).await.expect("a socket");
    script(vec![for_tasks(), says("socket")]);
    socket
        .send(Message::text(message("socket").to_string()))
        .await
        .expect("sent");
    while let Some(Ok(message)) = socket.next().await {
        if message.is_close() {
            break;
        }
    }

    panic_over_chat(sagas, &door, person, fake).await;
    if let Some(fake) = fake {
        chat_with_own_keys(&door, person, fake).await;
        complete_with_own_key(&door, person, fake).await;
        chat_over_graphql_socket(saga, person, fake).await;
        fail_and_cut_chats(sagas, &door, person, fake).await;
    }

    script(vec![for_tasks(), says("last")]);
    let answered = person.post(&door, "/api/v1/chat", message("last")).await;
    assert_eq!(answered.status, 200, "{}", answered.body);
    door
}

/// A panic with a chat in hand is told, and not with its words.
async fn panic_over_chat(sagas: &[Saga], door: &Client, person: &Person, fake: Option<&FakeProvider>) {
    let mut over = message("panic");
    over["message"] = json!(format!("{PANIC_WORD} {}", canary("panic")));
    if let Some(fake) = fake {
        fake.will([for_tasks()]);
    }
    let broken = person.post(door, "/api/v1/chat", over).await;
    assert_eq!(broken.status, 500, "{}", broken.body);

    let is_told = |saga: &Saga| saga.log().contains("panicked with a chat in hand");
    assert!(sagas.iter().any(is_told), "a panic is told by its place");
}

/// The provider fails, says nothing, and stops in the middle, where the client leaves.
async fn fail_and_cut_chats(sagas: &[Saga], door: &Client, person: &Person, fake: &FakeProvider) {
    fake.will([for_tasks(), Script::status(500)]);
    let failed = person.post(door, "/api/v1/chat", message("failed")).await;
    assert_eq!(failed.status, 503, "{}", failed.body);

    fake.will([for_tasks(), Script::Hang]);
    let late = person.post(door, "/api/v1/chat", message("late")).await;
    assert_eq!(late.status, 504, "{}", late.body);

    let saga = sagas.last().expect("a gateway");
    let url = saga.websocket(&format!("/api/v1/chat/stream?token={}", person.access));
    let (mut socket, _) = connect_async(&url).await.expect("a socket");
    let stalls = Words::new(&format!(
        "{} and so on and on and on and on and on. ",
        canary("cut")
    ))
    .end(End::Stalls);
    fake.will([for_tasks(), stalls.into()]);
    socket
        .send(Message::text(message("cut").to_string()))
        .await
        .expect("sent");
    assert!(matches!(socket.next().await, Some(Ok(Message::Text(_)))));
    // Who only passes it on may hold nothing at that moment.
    let holds = |saga: &Saga| !find_in_memory(saga, &secrets()).is_empty();
    assert!(sagas.iter().any(holds), "the search finds what is there");

    drop(socket);
    tokio::time::timeout(Duration::from_secs(5), fake.until_closed(2))
        .await
        .expect("it is told");
}

/// A conversation over OpenAI's API with a key of the person's own, which is as secret.
async fn complete_with_own_key(door: &Client, person: &Person, fake: &FakeProvider) {
    let bearer = format!("Bearer {}", person.access);
    let headers = [
        ("authorization", bearer.as_str()),
        ("x-provider-key", KEY),
        ("x-provider", "compatible"),
    ];
    for streamed in [false, true] {
        fake.will([Script::say(&canary("completed"))]);
        let body = json!({
            "model": "saga",
            "stream": streamed,
            "messages": [{ "role": "user", "content": canary("conversation") }],
        });
        let answered = with(door, &headers, "POST", "/v1/chat/completions", Some(body)).await;
        assert_eq!(answered.status, 200, "{}", answered.body);
        // Streamed, a word may come in two pieces.
        let is_whole = answered.body.to_string().contains(&canary("completed"));
        assert!(is_whole || streamed, "{}", answered.body);
    }
    let asked = fake.asked().pop().expect("it was asked");
    assert_eq!(asked.headers["authorization"], format!("Bearer {KEY}"));

    let kept = json!({ "model": "saga", "input": "Hello", "store": true });
    let texts = json!({ "model": "saga", "input": "Hello" });
    for (path, body) in [("/v1/responses", kept), ("/v1/embeddings", texts)] {
        let refused = with(door, &headers, "POST", path, Some(body)).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert_eq!(refused.body["error"]["param"], "X-Provider-Key", "{path}");
    }
}

/// A subscription on a socket whose first message brings the key; the server closes the socket behind the chat.
async fn chat_over_graphql_socket(saga: &Saga, person: &Person, fake: &FakeProvider) {
    let mut request = saga
        .websocket("/graphql")
        .into_client_request()
        .expect("an address");
    let subprotocol = "graphql-transport-ws".parse().expect("a value");
    request
        .headers_mut()
        .insert("sec-websocket-protocol", subprotocol);
    let (mut socket, _) = connect_async(request).await.expect("a socket");
    let asked = fake.asked().len();
    fake.will([for_tasks(), Script::say(&canary("subscribed"))]);

    let chat = message("subscription");
    let input = json!({ "message": chat["message"], "context": chat["context"] });
    let query = "subscription($input: ChatInput!) { chat(input: $input) { __typename ... on ChatAnswer { response } } }";
    let init = json!({ "token": person.access, "providerKey": KEY, "provider": "compatible" });
    let payload = json!({ "query": query, "variables": { "input": input } });
    for said in [
        json!({ "type": "connection_init", "payload": init }),
        json!({ "id": "1", "type": "subscribe", "payload": payload }),
    ] {
        socket.send(Message::text(said.to_string())).await.expect("sent");
        // The acknowledgement, or the first words.
        assert!(matches!(socket.next().await, Some(Ok(Message::Text(_)))));
    }

    let mut told = String::new();
    while let Some(Ok(message)) = socket.next().await {
        match message {
            Message::Text(text) => told.push_str(&text),
            Message::Close(frame) => {
                assert_eq!(frame.map(|frame| u16::from(frame.code)), Some(1000));
                break;
            }
            _ => {}
        }
    }
    assert!(
        told.contains("ChatAnswer") && told.contains(&canary("subscribed")),
        "{told}"
    );
    let asked = fake.asked().split_off(asked);
    assert!(
        asked
            .iter()
            .all(|asked| asked.headers["authorization"] == format!("Bearer {KEY}")),
        "the key of the first message is used"
    );
}

/// With keys of the person's own: one that its provider takes, and one that it refuses.
async fn chat_with_own_keys(door: &Client, person: &Person, fake: &FakeProvider) {
    let bearer = format!("Bearer {}", person.access);
    let refused = canary("key");
    let ask = |key: &'static str, provider: &'static str| {
        [
            ("authorization", bearer.clone()),
            ("x-provider-key", key.to_owned()),
            ("x-provider", provider.to_owned()),
        ]
    };
    let post = async |headers: [(&'static str, String); 3]| {
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        with(door, &headers, "POST", "/api/v1/chat", Some(message("own"))).await
    };

    fake.will([for_tasks(), Script::say(&canary("paid"))]);
    let answered = post(ask(KEY, "compatible")).await;
    assert_eq!(answered.status, 200, "{}", answered.body);

    let mut wrong = ask("", "compatible");
    wrong[1].1 = refused;
    let answered = post(wrong).await;
    assert_eq!(answered.status, 422, "{}", answered.body);
    assert_eq!(
        answered.body["details"]["errors"][0]["field"], "X-Provider-Key",
        "{}",
        answered.body
    );
    assert!(answered.body.to_string().contains("yours"), "{}", answered.body);

    let answered = post(ask(KEY, "nobody")).await;
    assert_eq!(answered.status, 422, "{}", answered.body);
    assert_eq!(
        answered.body["details"]["errors"][0]["field"], "X-Provider",
        "{}",
        answered.body
    );
}

/// Waits until it is forgotten, for at most as long as the contract allows.
async fn until_forgotten(saga: &Saga) -> Vec<String> {
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        if find_in_memory(saga, &secrets()).is_empty() {
            return Vec::new();
        }
    }

    find_in_memory(saga, &secrets())
}

/// Whatever is left of the chats, of any process, and wherever it is.
async fn find_everywhere(sagas: &[Saga], data: &DataFolder, watchers: &Watchers) -> Vec<String> {
    let mut found = Vec::new();
    for saga in sagas {
        found.extend(until_forgotten(saga).await);
        assert!(!saga.log().is_empty(), "there is a log");
        if wanted().is_match(saga.log().as_bytes()) {
            found.push("a log".to_owned());
        }
    }

    found.extend(find_in_files(data.path()));
    until("spans to come", || async {
        (!watchers.spans.spans().is_empty()).then_some(())
    })
    .await;
    if wanted().is_match(watchers.spans.words().as_bytes()) {
        found.push("a trace".to_owned());
    }
    if let Some(bus) = &watchers.bus {
        let heard = bus.heard();
        assert!(heard.starts_with(b"AMQP"), "the bus is heard");
        if wanted().is_match(&heard) {
            found.push("the bus".to_owned());
        }
    }
    let reported = watchers.reports.said.lock().expect("no panic");
    if wanted().is_match(&reported) {
        found.push("an error report".to_owned());
    }
    found
}

/// Somebody whose tier has all that a chat may need.
async fn powerful(data: &DataFolder, saga: &Saga) -> Person {
    let door = Client::of(saga);
    Person::register(&door, "ada").await;
    set_tier(data, "ada", "power").await;

    Person::login(&door, "ada").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_chat_is_left_anywhere_five_seconds_after_its_answer() {
    let provider = FakeProvider::start(ProviderKind::Compatible).await;
    for fake in [None, Some(&provider)] {
        let (data, watchers) = (DataFolder::new(), Watchers::start().await);
        let sagas = [prepare(&data, fake, &watchers).serve().await];
        let person = powerful(&data, &sagas[0]).await;

        let door = chat_at_every_door(&sagas, &person, fake).await;

        let found = find_everywhere(&sagas, &data, &watchers).await;
        assert_eq!(found, Vec::<String>::new());
        drop(door);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_chat_is_left_where_agents_have_a_process_of_their_own() {
    let provider = FakeProvider::start(ProviderKind::Compatible).await;
    let (data, watchers) = (DataFolder::new(), Watchers::start().await);
    let sagas = launch_apart(&data, &provider, &watchers).await;
    let person = powerful(&data, sagas.last().expect("a gateway")).await;

    let door = chat_at_every_door(&sagas, &person, Some(&provider)).await;

    let found = find_everywhere(&sagas, &data, &watchers).await;
    assert_eq!(found, Vec::<String>::new());
    drop(door);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_ones_own_needs_a_tier_that_has_it() {
    let data = DataFolder::new();
    // Where nothing is sold, nobody is capped.
    let saga = Launch::new(&data)
        .set("STRIPE_SECRET_KEY", "sk_test_of_this_test")
        .set("STRIPE_WEBHOOK_SECRET", "whsec_of_this_test")
        .set("SAGA_BILLING__STRIPE_URL", "http://127.0.0.1:9")
        .serve()
        .await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;

    let bearer = format!("Bearer {}", ada.access);
    let headers = [("authorization", bearer.as_str()), ("x-provider-key", "sk-1")];
    let body = json!({ "message": "remind me to call Anna" });
    let refused = with(&door, &headers, "POST", "/api/v1/chat", Some(body)).await;

    assert_eq!(refused.status, 403, "{}", refused.body);
    assert_eq!(
        [&refused.body["feature"], &refused.body["least_tier"]],
        ["byok", "power"],
        "{}",
        refused.body
    );
}
