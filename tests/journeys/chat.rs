//! A chat is answered and forgotten: after chats that were answered, failed, timed out and were cut, nothing of them is on the disk,
//! in a log at its loudest, in a trace, or in the memory of the process.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
    time::Duration,
};

use agent_svc::llm::{
    ProviderKind,
    testing::{Answer as Words, End, FakeProvider, Script},
};
use futures::{SinkExt, StreamExt};
use regex::bytes::Regex;
use serde_json::{Value, json};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use crate::harness::{
    client::Client,
    people::Person,
    saga::{DataFolder, Launch, Saga},
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

async fn launch(data: &DataFolder, provider: Option<&FakeProvider>) -> Saga {
    let mut launch = Launch::new(data)
        .set("SAGA_TELEMETRY__LOG", "trace")
        .set("SAGA_MODELS__RETRY__ATTEMPTS", "1")
        .set("SAGA_MODELS__CALL_TIMEOUT_MS", "2000");
    if let Some(provider) = provider {
        launch = launch.set(
            "SAGA_MODELS__PROVIDERS__COMPATIBLE__BASE_URL",
            provider.base_url(),
        );
    }

    launch.serve().await
}

/// How often the canary is in the process's memory, and in which kind of it.
fn find_in_memory(saga: &Saga) -> Vec<String> {
    let pid = saga.pid();
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).expect("our own child");
    let mut memory = File::open(format!("/proc/{pid}/mem")).expect("our own child");
    let wanted = Regex::new(&canary("")).expect("letters");
    let mut found = Vec::new();

    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (range, rest) = line.split_once(' ').expect("a range");
        let (from, to) = range.split_once('-').expect("two ends");
        let from = u64::from_str_radix(from, 16).expect("hex");
        let to = u64::from_str_radix(to, 16).expect("hex");
        if memory.seek(SeekFrom::Start(from)).is_err() {
            continue;
        }
        let mut bytes = vec![0; usize::try_from(to - from).expect("fits")];
        // What is not there any more can't be read, and holds nothing.
        if memory.read_exact(&mut bytes).is_err() {
            continue;
        }

        for place in wanted.find_iter(&bytes) {
            let around = &bytes[place.start().saturating_sub(60)..(place.end() + 60).min(bytes.len())];
            found.push(format!("{rest}: {:?}", String::from_utf8_lossy(around)));
        }
    }

    found
}

/// Every file below a folder that has the canary in it.
fn find_in_files(folder: &Path) -> Vec<String> {
    let wanted = Regex::new(&canary("")).expect("letters");
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

/// Chats over every door: answered, refused, failed, and cut in the middle.
async fn chat_at_every_door(saga: &Saga, person: &Person, fake: Option<&FakeProvider>) {
    let door = Client::of(saga);
    let script = |scripts: Vec<Script>| fake.inspect(|fake| fake.will(scripts));
    let whom = || Script::say(r#"{"responsible":["task"]}"#);
    let says = |part: &str| Script::say(&format!("I will remind you of {}.", canary(part)));

    script(vec![whom(), says("answer")]);
    let answered = person.post(&door, "/api/v1/chat", message("post")).await;
    assert_eq!(answered.status, 200, "{}", answered.body);

    let mut plan = message("plan");
    plan["execution_mode"] = json!("plan");
    script(vec![whom()]);
    assert_eq!(person.post(&door, "/api/v1/chat", plan).await.status, 200);

    let mut wrong = message("wrong");
    wrong["context"]["recent_tasks"] = json!([canary("field")]);
    assert_eq!(person.post(&door, "/api/v1/chat", wrong).await.status, 422);

    script(vec![whom(), says("streamed")]);
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
    let body = json!({ "query": query, "variables": { "input": input } });
    let answered = door
        .ask(reqwest::Method::POST, "/graphql", &headers, Some(body))
        .await;
    assert!(
        answered.body.to_string().contains("ChatAnswer"),
        "{}",
        answered.body
    );

    let url = saga.websocket(&format!("/api/v1/chat/stream?token={}", person.access));
    let (mut socket, _) = connect_async(&url).await.expect("a socket");
    script(vec![whom(), says("socket")]);
    socket
        .send(Message::text(message("socket").to_string()))
        .await
        .expect("sent");
    while let Some(Ok(message)) = socket.next().await {
        if message.is_close() {
            break;
        }
    }

    if let Some(fake) = fake {
        fake.will([whom(), Script::status(500)]);
        let failed = person.post(&door, "/api/v1/chat", message("failed")).await;
        assert_eq!(failed.status, 503, "{}", failed.body);

        fake.will([whom(), Script::Hang]);
        let late = person.post(&door, "/api/v1/chat", message("late")).await;
        assert_eq!(late.status, 504, "{}", late.body);

        let (mut socket, _) = connect_async(&url).await.expect("a socket");
        let stalls = Words::new(&format!(
            "{} and so on and on and on and on and on. ",
            canary("cut")
        ))
        .end(End::Stalls);
        fake.will([whom(), stalls.into()]);
        socket
            .send(Message::text(message("cut").to_string()))
            .await
            .expect("sent");
        assert!(matches!(socket.next().await, Some(Ok(Message::Text(_)))));
        assert!(!find_in_memory(saga).is_empty(), "the search finds what is there");
        drop(socket);
        tokio::time::timeout(Duration::from_secs(5), fake.until_closed(2))
            .await
            .expect("it is told");
    }
}

/// Waits until it is forgotten, for at most as long as the contract allows.
async fn until_forgotten(saga: &Saga) -> Vec<String> {
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        if find_in_memory(saga).is_empty() {
            return Vec::new();
        }
    }

    find_in_memory(saga)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_chat_is_left_anywhere_five_seconds_after_its_answer() {
    let provider = FakeProvider::start(ProviderKind::Compatible).await;
    for fake in [None, Some(&provider)] {
        let data = DataFolder::new();
        let saga = launch(&data, fake).await;
        let door = Client::of(&saga);
        let person = Person::register(&door, "ada").await;
        drop(door);

        chat_at_every_door(&saga, &person, fake).await;

        assert_eq!(until_forgotten(&saga).await, Vec::<String>::new(), "in memory");
        assert_eq!(
            find_in_files(data.path()),
            Vec::<String>::new(),
            "on disk, with the log"
        );
        assert!(!saga.log().contains(&canary("")), "in the log at its loudest");
        assert!(!saga.log().is_empty(), "there is a log");
    }
}
