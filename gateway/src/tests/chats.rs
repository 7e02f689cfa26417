//! The doors of a chat: REST, server-sent events, the socket and the subscription; what is refused, and in which words.

use std::{sync::atomic::Ordering, time::Duration};

use futures::{SinkExt, StreamExt};
use kit::{ErrorKind, Problem, actor::Tier};
use proto::v1::{ChatAnswer, chat_event::Event};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, protocol::frame::coding::CloseCode},
};

use super::{
    fakes::Person,
    graphql_identity::{begin, lasting},
    graphql_socket::{running, watch},
    harness::{Answer, Door, until},
};

const CHAT: &str = "/api/v1/chat";
const SOCKET: &str = "/api/v1/chat/stream";

type ChatSocket = WebSocketStream<MaybeTlsStream<TcpStream>>;

fn token(words: &str) -> Result<Event, Problem> {
    Ok(Event::Token(words.to_owned()))
}

fn answer() -> Result<Event, Problem> {
    Ok(Event::Answer(ChatAnswer {
        response: "I propose it.".to_owned(),
        actions: br#"[{"type":"create_record","table":"tasks","data":{"title":"Call"}}]"#.to_vec(),
        offline: true,
    }))
}

fn told() -> Value {
    json!({
        "kind": "response", "response": "I propose it.", "offline": true,
        "actions": [{ "type": "create_record", "table": "tasks", "data": { "title": "Call" } }]
    })
}

fn message() -> Value {
    json!({ "message": "call Anna", "context": { "userProfile": { "timezone": "UTC" }, "recent_tasks": [{ "id": 1 }] } })
}

async fn open(script: Vec<Result<Event, Problem>>) -> (Door, Person) {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    door.world.lock().chat = script;

    (door, person)
}

async fn post(door: &Door, person: &Person, accept: &str, body: &Value) -> Answer {
    let request = door.http.post(door.url(CHAT)).bearer_auth(&person.token);
    Answer::of(request.header("accept", accept).json(body)).await
}

async fn connect(door: &Door, person: &Person) -> ChatSocket {
    let path = format!("{SOCKET}?token={}", person.token);
    connect_async(door.ws_url(&path)).await.expect("accepted").0
}

/// What is said until the socket closes, and the code that it closes with.
async fn heard(socket: &mut ChatSocket) -> (Vec<String>, u16) {
    let mut texts = Vec::new();
    loop {
        let message = tokio::time::timeout(Duration::from_secs(15), socket.next());
        match message.await.expect("in time") {
            Some(Ok(Message::Text(text))) => texts.push(text.to_string()),
            Some(Ok(Message::Close(frame))) => return (texts, frame.map_or(0, |frame| frame.code.into())),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return (texts, 0),
        }
    }
}

#[tokio::test]
async fn a_message_is_answered_with_one_object_and_goes_on_in_our_spelling() {
    let (door, person) = open(vec![token("I "), token("propose it."), answer()]).await;
    let answered = post(&door, &person, "*/*", &message()).await;
    assert_eq!((answered.status.as_u16(), answered.json()), (200, told()));

    let asked = door.world.lock().chats.remove(0);
    let input: Value = serde_json::from_slice(&asked.input).unwrap();
    assert!(!asked.plan);
    assert_eq!(
        (
            &input["message"],
            &input["context"]["user_profile"]["timezone"],
            &input["context"]["recent_tasks"]
        ),
        (&json!("call Anna"), &json!("UTC"), &json!([{ "id": 1 }]))
    );
}

#[tokio::test]
async fn a_plan_is_told_by_its_kind() {
    let plan = Event::Plan(br#"{"id":"p","agent":"adiuva.task","steps":[]}"#.to_vec());
    let (door, person) = open(vec![Ok(plan)]).await;
    let mut body = message();
    body["executionMode"] = json!("plan");

    let answered = post(&door, &person, "*/*", &body).await;
    assert_eq!(
        answered.json(),
        json!({ "kind": "plan", "id": "p", "agent": "adiuva.task", "steps": [] })
    );
    assert!(door.world.lock().chats[0].plan);
}

#[tokio::test]
async fn as_an_event_stream_words_come_as_they_are_made_and_failures_in_it_too() {
    let (door, person) = open(vec![
        token("I\n"),
        Ok(Event::Restart(true)),
        token("I propose it."),
        answer(),
    ])
    .await;
    let answered = post(&door, &person, "text/event-stream", &message()).await;
    assert_eq!(answered.header("content-type"), "text/event-stream");
    let text = answered.text();
    let names: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("event: "))
        .collect();
    assert_eq!(names, ["token", "restart", "token", "final"]);
    assert!(text.contains(r#"data: {"text":"I\n"}"#), "{text}");

    let broken = Problem::new(
        ErrorKind::Unavailable,
        "MODEL_UNAVAILABLE",
        "The language model does not answer.",
    );
    door.world.lock().chat = vec![token("I "), Err(broken)];
    let text = post(&door, &person, "text/event-stream", &message()).await.text();
    assert!(
        text.contains("event: error\ndata: {\"error\":\"EXTERNAL_SERVICE_ERROR\""),
        "{text}"
    );

    let whole = post(&door, &person, "application/json", &message()).await;
    assert_eq!(whole.status, 503, "before anything was said it is a status");
}

#[tokio::test]
async fn what_is_no_message_is_told_by_its_field_at_every_door_and_asks_nobody() {
    let (door, person) = open(vec![answer()]).await;
    let deep = format!("{{\"message\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));

    for (text, status, said) in [
        ("{".to_owned(), 400, "line 1"),
        (deep, 400, "line 1"),
        (r#"{"message":"\ud800"}"#.to_owned(), 400, "line 1"),
        (
            r#"{"message":"a\u0000"}"#.to_owned(),
            422,
            "`message`: must not hold the NUL character",
        ),
        (r#"{"message":7}"#.to_owned(), 422, "`message`"),
        (r#"{}"#.to_owned(), 422, "`message`"),
        (
            r#"{"message":"a","execution_mode":"yolo"}"#.to_owned(),
            422,
            "expected one of direct, plan",
        ),
        (
            r#"{"message":"a","context":{"recent_tasks":[7]}}"#.to_owned(),
            422,
            "`context.recent_tasks.0`",
        ),
        (
            r#"{"message":"a","context":{"tables":[]}}"#.to_owned(),
            422,
            "`context.tables`",
        ),
    ] {
        let request = door.http.post(door.url(CHAT)).bearer_auth(&person.token);
        let refused = Answer::of(
            request
                .header("content-type", "application/json")
                .body(text.clone()),
        )
        .await;
        assert_eq!(refused.status, status, "{text:.60}");
        assert!(refused.text().contains(said), "{text:.60}: {}", refused.text());

        let mut socket = connect(&door, &person).await;
        socket.send(Message::text(text.clone())).await.unwrap();
        let (texts, code) = heard(&mut socket).await;
        assert_eq!((texts.len(), code), (1, 4_000 + status), "{text:.60}");
        let failure: Value = serde_json::from_str(&texts[0]).unwrap();
        assert_eq!(failure["done"], false);
        assert!(
            failure["error"]["message"].as_str().unwrap().contains(said),
            "{failure}"
        );
    }

    assert!(door.world.lock().chats.is_empty());
}

#[tokio::test]
async fn ten_megabytes_are_too_many_and_ten_thousand_turns_are_not() {
    let (door, person) = open(vec![answer()]).await;
    let huge = json!({ "message": "a", "context": { "relevant_documents": ["x".repeat(10 << 20)] } });
    assert_eq!(post(&door, &person, "*/*", &huge).await.status, 413);

    let mut socket = connect(&door, &person).await;
    let _ = socket.send(Message::text(huge.to_string())).await;
    assert!(matches!(heard(&mut socket).await.1, 1009 | 0));
    assert!(door.world.lock().chats.is_empty());

    let turns: Vec<Value> = (0..10_000)
        .map(|turn| json!({ "role": "user", "content": format!("turn {turn}") }))
        .collect();
    let long = json!({ "message": "a", "context": { "conversation_history": turns } });
    assert_eq!(post(&door, &person, "*/*", &long).await.status, 200);
}

#[tokio::test]
async fn on_the_socket_words_are_frames_and_the_last_one_says_so() {
    let (door, person) = open(vec![
        token("I "),
        token("{\"done\":true}"),
        Ok(Event::Restart(true)),
        token("I propose it."),
        answer(),
    ])
    .await;
    let mut socket = connect(&door, &person).await;
    socket.send(Message::text(message().to_string())).await.unwrap();

    let (texts, code) = heard(&mut socket).await;
    let (last, words) = texts.split_last().unwrap();
    assert_eq!(
        words,
        ["I ", "{", "\"done\":true}", "{\"restart\":true}", "I propose it."]
    );
    let mut done = told();
    done["done"] = json!(true);
    assert_eq!((serde_json::from_str::<Value>(last).unwrap(), code), (done, 1000));
}

#[tokio::test]
async fn frames_that_are_no_first_message_close_the_socket_with_a_reason() {
    let (door, person) = open(vec![token("I ")]).await;

    let mut socket = connect(&door, &person).await;
    socket.send(Message::binary(b"{}".to_vec())).await.unwrap();
    assert_eq!(heard(&mut socket).await.1, u16::from(CloseCode::Unsupported));

    let mut socket = connect(&door, &person).await;
    socket.send(Message::text(message().to_string())).await.unwrap();
    socket.send(Message::text(message().to_string())).await.unwrap();
    assert_eq!(heard(&mut socket).await.1, 4400);

    let mut socket = connect_async(door.ws_url(SOCKET)).await.unwrap().0;
    assert_eq!(heard(&mut socket).await.1, 4401, "who is nobody is told so");

    let mut silent = connect(&door, &person).await;
    assert_eq!(heard(&mut silent).await.1, 4408, "no message came");
}

#[tokio::test]
async fn who_goes_away_or_signs_out_ends_the_work() {
    let (door, person) = open(vec![token("I ")]).await;
    let mut socket = connect(&door, &person).await;
    socket.send(Message::text(message().to_string())).await.unwrap();
    assert!(matches!(socket.next().await, Some(Ok(Message::Text(_)))));
    assert_eq!(door.world.open_watches.load(Ordering::SeqCst), 1);

    drop(socket);
    until("the work ends", || {
        door.world.open_watches.load(Ordering::SeqCst) == 0
    })
    .await;

    let mut socket = connect(&door, &person).await;
    socket.send(Message::text(message().to_string())).await.unwrap();
    assert!(matches!(socket.next().await, Some(Ok(Message::Text(_)))));
    let request = door.http.post(door.url(CHAT)).bearer_auth(&person.token);
    let mut events = request
        .header("accept", "text/event-stream")
        .json(&message())
        .send()
        .await
        .unwrap();
    assert!(events.chunk().await.unwrap().is_some());

    let logout = door
        .http
        .post(door.url("/api/v1/auth/logout"))
        .bearer_auth(&person.token);
    assert_eq!(Answer::of(logout).await.status, 200);
    assert_eq!(heard(&mut socket).await.1, 4401);
    let last = events.chunk().await.unwrap().expect("it is told in the stream");
    assert!(
        String::from_utf8_lossy(&last).starts_with("event: error\ndata: {\"error\":\"AUTHENTICATION_ERROR\"")
    );
    until("the work ends", || {
        door.world.open_watches.load(Ordering::SeqCst) == 0
    })
    .await;
}

#[tokio::test]
async fn a_token_that_runs_out_in_the_middle_ends_nothing_and_the_end_of_its_session_does() {
    let (door, person) = open(vec![token("I ")]).await;
    let brief = lasting(&door, &person, 2);
    let mut socket = connect(&door, &brief).await;
    socket.send(Message::text(message().to_string())).await.unwrap();
    assert!(matches!(socket.next().await, Some(Ok(Message::Text(_)))));

    loop {
        let me = door
            .http
            .get(door.url("/api/v1/auth/me"))
            .bearer_auth(&brief.token);
        if Answer::of(me).await.status == 401 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(door.world.open_watches.load(Ordering::SeqCst), 1, "it goes on");

    let logout = door
        .http
        .post(door.url("/api/v1/auth/logout"))
        .bearer_auth(&person.token);
    assert_eq!(Answer::of(logout).await.status, 200);
    assert_eq!(heard(&mut socket).await.1, 4401);
}

#[tokio::test]
async fn the_connection_of_a_chat_ends_with_its_answer_and_others_stay() {
    let (door, person) = open(vec![token("I "), answer()]).await;
    let answered = post(&door, &person, "*/*", &message()).await;
    assert_eq!(answered.header("connection"), "close");
    let answered = post(&door, &person, "text/event-stream", &message()).await;
    assert_eq!(answered.header("connection"), "close");
    let wrong = post(&door, &person, "*/*", &json!({ "message": 7 })).await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.header("connection")),
        (422, "close"),
        "what is refused was a chat, too"
    );

    let query = "subscription { chat(input: { message: \"call Anna\" }) { __typename } }";
    let subscribed = door.http.post(door.url("/graphql")).bearer_auth(&person.token);
    let subscribed = subscribed.header("accept", "text/event-stream");
    let subscribed = Answer::of(subscribed.json(&json!({ "query": query }))).await;
    assert_eq!(subscribed.header("connection"), "close");

    let other = door.http.get(door.url("/api/v1/plans/playbook"));
    let other = Answer::of(other.bearer_auth(&person.token)).await;
    assert_eq!((other.status.as_u16(), other.header("connection")), (200, ""));
}

#[tokio::test]
async fn a_graphql_socket_takes_a_key_of_ones_own_and_closes_behind_its_last_chat() {
    let (door, person) = open(vec![token("I "), answer()]).await;
    let payload = json!({ "token": person.token, "providerKey": "sk-own", "provider": "anthropic" });
    let (mut socket, _) = begin(&door, payload).await;
    let query = "subscription { chat(input: { message: \"call Anna\" }) { __typename } }";
    socket.subscribe("1", query).await;

    let kinds = [socket.heard().await, socket.heard().await, socket.heard().await];
    let kinds = kinds
        .each_ref()
        .map(|told| told["type"].as_str().unwrap_or_default());
    assert_eq!(kinds, ["next", "next", "complete"]);
    assert_eq!(socket.closed().await.0, 1000);

    let asked = door.world.lock().chats.remove(0).provider_key.expect("a key");
    assert_eq!(
        (asked.provider.as_str(), asked.key.as_str()),
        ("anthropic", "sk-own")
    );

    let payload = json!({ "token": person.token, "providerKey": "a b" });
    let (mut socket, _) = begin(&door, payload).await;
    socket.subscribe("1", query).await;
    let told = socket.heard().await.to_string();
    assert!(told.contains("X-Provider-Key"), "{told}");
    assert!(door.world.lock().chats.is_empty());
}

#[tokio::test]
async fn a_graphql_socket_closes_behind_its_only_chat_whatever_else_is_open_on_it() {
    let (door, person) = open(vec![answer()]).await;
    let (story, _) = running(&door, 1);
    let (mut socket, _) = begin(&door, json!({ "token": person.token })).await;
    socket.say(watch("story", &story, 0)).await;
    assert_eq!(socket.heard().await["id"], "story");

    let query = "subscription { chat(input: { message: \"call Anna\" }) { __typename } }";
    socket.subscribe("1", query).await;
    assert_eq!(socket.heard().await["type"], "next");
    assert_eq!(socket.heard().await["type"], "complete");
    socket.subscribe("2", query).await;
    let refused = socket.heard().await;
    let code = &refused["payload"][0]["extensions"]["code"];
    assert_eq!(
        (&refused["id"], code),
        (&json!("2"), &json!("TOO_MANY_SUBSCRIPTIONS"))
    );
    assert_eq!(socket.closed().await.0, 1012);

    // What is refused was read, too.
    let (mut socket, _) = begin(&door, json!({ "token": person.token })).await;
    socket.say(watch("story", &story, 0)).await;
    assert_eq!(socket.heard().await["id"], "story");
    socket
        .subscribe("1", "subscription { chat(input: { message: 7 }) { __typename } }")
        .await;
    assert_eq!(socket.heard().await["type"], "error");
    assert_eq!(socket.closed().await.0, 1012);
}

#[tokio::test]
async fn guests_and_nobody_do_not_chat() {
    let (door, _) = open(vec![answer()]).await;
    let refused = door.post(CHAT, &message()).await;
    assert_eq!(refused.status, 401);
    assert!(door.world.lock().chats.is_empty());
}

#[tokio::test]
async fn a_subscription_hears_words_and_then_the_answer() {
    let (door, person) = open(vec![
        token("I "),
        Ok(Event::Restart(true)),
        token("I propose it."),
        answer(),
    ])
    .await;
    let query = "subscription($input: ChatInput!) { chat(input: $input) { __typename ... on ChatWords { text } \
                 ... on ChatAnswer { response actions offline } } }";
    let ask = async |input: Value| {
        let request = door.http.post(door.url("/graphql")).bearer_auth(&person.token);
        let request = request.header("accept", "text/event-stream");
        Answer::of(request.json(&json!({ "query": query, "variables": { "input": input } })))
            .await
            .text()
    };

    let text = ask(json!({ "message": "call Anna", "context": { "recent_tasks": [] } })).await;
    let kinds: Vec<&str> = text
        .split("\"__typename\":\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(
        kinds,
        ["ChatWords", "ChatRestart", "ChatWords", "ChatAnswer"],
        "{text}"
    );
    assert!(text.contains("\"title\":\"Call\""), "{text}");

    let text = ask(json!({ "message": "a", "context": { "recent_tasks": 7 } })).await;
    assert!(text.contains("input.context.recent_tasks"), "{text}");
}

#[tokio::test]
async fn playbooks_and_templates_have_their_routes() {
    let (door, person) = open(Vec::new()).await;
    let get = async |path: &str| Answer::of(door.http.get(door.url(path)).bearer_auth(&person.token)).await;
    assert_eq!(
        get("/api/v1/plans/playbook").await.json(),
        json!([{ "id": "p", "steps": [] }])
    );
    assert_eq!(get("/api/v1/plans/playbook/nothing").await.status, 404);

    let path = "/api/v1/plans/templates/task.draft";
    let body = json!({ "variables": { "message": "a" }, "userProfile": { "timezone": "UTC" } });
    let request = door.http.post(door.url(path)).bearer_auth(&person.token);
    let answered = Answer::of(request.json(&body)).await;
    assert_eq!(
        answered.json(),
        json!({ "variables": { "message": "a" }, "data": null, "user_profile": { "timezone": "UTC" } }),
        "the fake repeats what it was asked"
    );
}
