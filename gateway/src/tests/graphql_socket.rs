//! `graphql-transport-ws`: every message, every close code, and what a socket may cost.

use std::{sync::atomic::Ordering, time::Duration};

use axum::http::HeaderValue;
use futures::{SinkExt, StreamExt};
use proto::v1::RunStatus;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        Message,
        client::IntoClientRequest,
        protocol::{
            CloseFrame,
            frame::{
                Frame,
                coding::{Data, OpCode},
            },
        },
    },
};

use super::{
    fakes::{event, log},
    harness::{Door, until},
};

pub(super) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// A handshake that offers these subprotocols; also tells the one that was chosen.
    async fn offer(door: &Door, subprotocols: &str) -> (Self, String) {
        let mut request = door.ws_url("/graphql").into_client_request().unwrap();
        if !subprotocols.is_empty() {
            let value = HeaderValue::from_str(subprotocols).unwrap();
            request.headers_mut().insert("sec-websocket-protocol", value);
        }

        let (socket, response) = connect_async(request).await.expect("accepted");
        let chosen = response.headers().get("sec-websocket-protocol");
        let chosen = chosen.map_or("", |value| value.to_str().unwrap()).to_owned();

        (Self(socket), chosen)
    }

    pub(super) async fn raw(door: &Door) -> Self {
        Self::offer(door, "graphql-transport-ws").await.0
    }

    /// A socket that was acknowledged.
    pub(super) async fn open(door: &Door) -> Self {
        let mut socket = Self::raw(door).await;
        socket.say(json!({ "type": "connection_init" })).await;
        assert_eq!(socket.heard().await, json!({ "type": "connection_ack" }));
        socket
    }

    pub(super) async fn say(&mut self, message: Value) {
        self.0
            .send(Message::Text(message.to_string().into()))
            .await
            .expect("open");
    }

    pub(super) async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({ "id": id, "type": "subscribe", "payload": { "query": query } }))
            .await;
    }

    async fn frame(&mut self) -> Message {
        loop {
            let message = tokio::time::timeout(Duration::from_secs(10), self.0.next())
                .await
                .expect("in time");
            match message.expect("not cut off").expect("a message") {
                Message::Ping(_) | Message::Pong(_) => {}
                other => return other,
            }
        }
    }

    /// The next message; pings are answered on the way.
    pub(super) async fn heard(&mut self) -> Value {
        match self.frame().await {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("not a text: {other:?}"),
        }
    }

    /// Reads until the server closes.
    pub(super) async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.frame().await {
                Message::Close(Some(CloseFrame { code, reason })) => {
                    return (code.into(), reason.to_string());
                }
                Message::Close(None) => panic!("closed without a reason"),
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn a_client_without_our_subprotocol_is_let_in_and_closed_with_4406() {
    let door = Door::open().await;
    for offered in ["", "graphql-ws", "chat, soap"] {
        // A client library refuses an answer that chooses none of what it offered, so the wire is read by hand.
        let code = raw_close(&door, offered).await;
        assert_eq!(code, 4406, "{offered}");
    }

    for offered in ["graphql-transport-ws", "graphql-ws, graphql-transport-ws"] {
        assert_eq!(Socket::offer(&door, offered).await.1, "graphql-transport-ws");
    }
}

async fn raw_close(door: &Door, offered: &str) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let mut wire = TcpStream::connect(door.address).await.unwrap();
    let offer = if offered.is_empty() {
        String::new()
    } else {
        format!("sec-websocket-protocol: {offered}\r\n")
    };

    let head = format!(
        "GET /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{offer}\r\n"
    );
    wire.write_all(head.as_bytes()).await.unwrap();

    let mut seen = Vec::new();
    // Until the head of the answer, and a close frame with its code, are there.
    loop {
        let mut part = [0; 1_024];
        let read = wire.read(&mut part).await.unwrap();

        assert_ne!(read, 0, "{}", String::from_utf8_lossy(&seen));

        seen.extend_from_slice(&part[..read]);

        let end = seen
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .map(|at| at + 4);

        if let Some([0x88, _, high, low, ..]) = end.map(|end| &seen[end..]) {
            assert!(seen.starts_with(b"HTTP/1.1 101"));
            return u16::from_be_bytes([*high, *low]);
        }
    }
}

#[tokio::test]
async fn a_query_is_answered_with_one_next_and_complete() {
    let door = Door::open().await;
    let mut socket = Socket::open(&door).await;
    socket
        .say(json!({ "id": "1", "type": "subscribe", "payload": {
            "query": "query A { a: __typename } query B($n: String!) { __type(name: $n) { name } }",
            "operationName": "B", "variables": { "n": "Query" }
        } }))
        .await;

    let next = json!({ "type": "next", "id": "1", "payload": { "data": { "__type": { "name": "Query" } } } });
    assert_eq!(socket.heard().await, next);
    assert_eq!(socket.heard().await, json!({ "type": "complete", "id": "1" }));

    // The id is free again, and completing what has completed is nothing.
    socket.say(json!({ "id": "1", "type": "complete" })).await;
    socket.say(json!({ "id": "unknown", "type": "complete" })).await;
    socket.subscribe("1", "{ __typename }").await;

    assert_eq!(
        socket.heard().await["payload"],
        json!({ "data": { "__typename": "Query" } })
    );
    assert_eq!(socket.heard().await["type"], "complete");
}

#[tokio::test]
async fn a_document_that_is_not_valid_is_one_error_and_the_socket_stays() {
    let door = Door::open().await;
    let mut socket = Socket::open(&door).await;
    for query in [
        "{",
        "{ nothing_of_this_name }",
        "query A { a: __typename } query B { b: __typename }",
    ] {
        socket.subscribe("1", query).await;

        let error = socket.heard().await;
        assert_eq!(
            (&error["type"], &error["id"]),
            (&json!("error"), &json!("1")),
            "{error}"
        );

        let first = &error["payload"][0];
        assert!(
            first["message"].is_string() && first["extensions"]["code"].is_string(),
            "{error}"
        );
        assert!(first["extensions"]["requestId"].is_string(), "{error}");
    }

    // No `complete` came in between.
    socket.subscribe("1", "{ __typename }").await;
    assert_eq!(socket.heard().await["type"], "next");
}

#[tokio::test]
async fn pings_are_answered_with_their_payload_also_before_the_acknowledgement() {
    let door = Door::open().await;
    let mut socket = Socket::raw(&door).await;
    socket.say(json!({ "type": "ping" })).await;

    assert_eq!(socket.heard().await, json!({ "type": "pong" }));

    socket
        .say(json!({ "type": "ping", "payload": { "n": [1, { "é": null }] } }))
        .await;
    assert_eq!(
        socket.heard().await,
        json!({ "type": "pong", "payload": { "n": [1, { "é": null }] } })
    );

    socket.say(json!({ "type": "pong" })).await;
    socket.say(json!({ "type": "pong", "payload": { "n": 1 } })).await;
    socket
        .say(json!({ "type": "connection_init", "payload": null }))
        .await;

    assert_eq!(socket.heard().await["type"], "connection_ack");
}

#[tokio::test]
async fn the_server_pings_and_lets_go_who_does_not_answer() {
    let door = Door::open_with(|config| config.stream.ping_seconds = 1).await;
    let mut socket = Socket::open(&door).await;
    let ping = tokio::time::timeout(Duration::from_secs(5), socket.0.next())
        .await
        .expect("in time");

    assert!(matches!(ping, Some(Ok(Message::Ping(_)))), "{ping:?}");

    // The library answers pings as it reads; a wire that only takes bytes does not.
    use tokio::io::AsyncReadExt;

    let MaybeTlsStream::Plain(wire) = socket.0.get_mut() else {
        panic!("plain")
    };
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(10), wire.read_to_end(&mut rest))
        .await
        .expect("let go")
        .unwrap();
}

#[tokio::test]
async fn messages_that_are_not_in_the_protocol_close_with_4400() {
    let door = Door::open().await;
    for (text, reason) in [
        ("nonsense", "JSON"),
        ("[]", "JSON"),
        ("{}", "JSON"),
        (r#"{"type":"start","id":"1","payload":{}}"#, "no such type"),
        (r#"{"type":"next","id":"1","payload":{}}"#, "no such type"),
        (r#"{"type":"connection_init","payload":"x"}"#, "payload"),
        (
            r#"{"type":"subscribe","id":"","payload":{"query":"{ a }"}}"#,
            "id",
        ),
        (r#"{"type":"subscribe","id":"1","payload":{}}"#, "query"),
        (r#"{"type":"complete"}"#, "id"),
    ] {
        let mut socket = Socket::raw(&door).await;
        socket.0.send(Message::Text(text.into())).await.unwrap();
        let (code, told) = socket.closed().await;
        assert!(
            code == 4400 && told.starts_with("Invalid message: ") && told.contains(reason),
            "{text}: {code} {told}"
        );
    }

    let mut socket = Socket::raw(&door).await;
    socket
        .0
        .send(Message::Binary(br#"{"type":"ping"}"#.to_vec().into()))
        .await
        .unwrap();

    assert_eq!(socket.closed().await.0, 4400);

    let mut socket = Socket::open(&door).await;
    let broken = Frame::message(b"{\"type\":\"\xff\"}".to_vec(), OpCode::Data(Data::Text), true);
    socket.0.send(Message::Frame(broken)).await.unwrap();

    assert_eq!(
        socket.closed().await,
        (4400, "Invalid message: expected UTF-8".into())
    );
}

#[tokio::test]
async fn asking_before_the_acknowledgement_closes_with_4401() {
    let door = Door::open().await;
    let mut socket = Socket::raw(&door).await;
    socket.subscribe("1", "{ __typename }").await;
    assert_eq!(socket.closed().await, (4401, "Unauthorized".into()));
}

#[tokio::test]
async fn credentials_that_are_refused_close_with_4403() {
    let door = Door::open().await;
    for payload in [
        json!({ "authorization": "Bearer x.y.z" }),
        json!({ "Authorization": "Bearer x.y.z" }),
        json!({ "token": "x.y.z" }),
        json!({ "token": 7 }),
        json!({ "token": "a\nb" }),
    ] {
        let mut socket = Socket::raw(&door).await;
        socket
            .say(json!({ "type": "connection_init", "payload": payload }))
            .await;
        assert_eq!(socket.closed().await, (4403, "Forbidden".into()), "{payload}");
    }

    let closed = Door::open_with(|config| config.allow_anonymous = false).await;
    let mut socket = Socket::raw(&closed).await;
    socket.say(json!({ "type": "connection_init" })).await;

    assert_eq!(socket.closed().await.0, 4403);
}

#[tokio::test]
async fn a_client_that_does_not_begin_is_closed_with_4408_and_one_that_has_is_not() {
    let door = Door::open_with(|config| config.graphql.init_timeout_seconds = 1).await;
    let mut silent = Socket::raw(&door).await;
    let mut begun = Socket::open(&door).await;

    assert_eq!(
        silent.closed().await,
        (4408, "Connection initialisation timeout".into())
    );

    begun.subscribe("1", "{ __typename }").await;
    assert_eq!(begun.heard().await["type"], "next");
}

#[tokio::test]
async fn beginning_twice_closes_with_4429() {
    let door = Door::open().await;
    let mut socket = Socket::open(&door).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(
        socket.closed().await,
        (4429, "Too many initialisation requests".into())
    );
}

#[tokio::test]
async fn a_message_at_the_limit_is_read_and_one_byte_more_closes_with_1009() {
    let door = Door::open_with(|config| config.stream.client_message_bytes = 1_000).await;
    let sized = |bytes: usize| {
        let empty = json!({ "type": "ping", "payload": { "x": "" } })
            .to_string()
            .len();
        json!({ "type": "ping", "payload": { "x": "x".repeat(bytes - empty) } })
    };

    let mut socket = Socket::open(&door).await;
    socket.say(sized(1_000)).await;

    assert_eq!(socket.heard().await["type"], "pong");

    socket.say(sized(1_001)).await;
    assert_eq!(socket.closed().await.0, 1009);
}

#[tokio::test]
async fn a_stopping_server_closes_with_1001() {
    let door = Door::open().await;
    let (mut begun, mut raw) = (Socket::open(&door).await, Socket::raw(&door).await);
    let (story, _) = running(&door, 1);
    begun.say(watch("a", &story, 0)).await;

    assert_eq!(begun.heard().await, next("a", 1));

    door.shutdown.stop();

    // Nothing is told as complete: a client would not come back for it.
    match begun.frame().await {
        Message::Close(Some(frame)) => assert_eq!(u16::from(frame.code), 1001),
        other => panic!("{other:?}"),
    }

    assert_eq!(raw.closed().await.0, 1001);
}

#[tokio::test]
async fn sockets_beyond_the_limit_are_refused_at_the_door() {
    let door = Door::open_with(|config| config.stream.max_clients = 2).await;
    let (_first, _second) = (Socket::open(&door).await, Socket::open(&door).await);
    let request = {
        let mut request = door.ws_url("/graphql").into_client_request().unwrap();
        let value = HeaderValue::from_static("graphql-transport-ws");
        request.headers_mut().insert("sec-websocket-protocol", value);
        request
    };
    let error = connect_async(request).await.expect_err("refused");
    let tokio_tungstenite::tungstenite::Error::Http(response) = error else {
        panic!("{error}")
    };

    assert_eq!(response.status(), 503);
}

#[tokio::test]
async fn an_upgrade_that_is_none_is_told_what_is_missing() {
    let door = Door::open().await;
    let request = door
        .http
        .get(door.url("/graphql"))
        .header("connection", "upgrade")
        .header("upgrade", "h2c");
    let response = request.send().await.unwrap();

    assert_eq!(response.status(), 426);
    assert_eq!(
        response.json::<Value>().await.unwrap()["errors"][0]["extensions"]["code"],
        "UPGRADE_REQUIRED"
    );
}

#[tokio::test]
async fn a_flood_of_pings_does_not_keep_an_answer_away() {
    let door = Door::open().await;
    let mut socket = Socket::open(&door).await;
    for number in 0..5_000 {
        socket
            .0
            .feed(Message::Text(
                json!({ "type": "ping", "payload": { "n": number } })
                    .to_string()
                    .into(),
            ))
            .await
            .unwrap();

        if number == 100 {
            let query = json!({ "id": "1", "type": "subscribe", "payload": { "query": "{ __typename }" } });
            socket
                .0
                .feed(Message::Text(query.to_string().into()))
                .await
                .unwrap();
        }

        if number % 50 == 0 {
            socket.0.flush().await.unwrap();
        }
    }

    socket.0.flush().await.unwrap();

    let (mut pongs, mut answered_after) = (0, None);
    while pongs < 5_000 || answered_after.is_none() {
        let message = socket.heard().await;
        match message["type"].as_str().unwrap() {
            "pong" => {
                assert_eq!(message["payload"]["n"], pongs, "in their order");
                pongs += 1;
            }
            "next" => answered_after = Some(pongs),
            _ => {}
        }
    }

    assert!(answered_after.unwrap() < 1_000, "{answered_after:?}");
}

const PROGRESS: &str =
    "subscription P($id: UUID!, $after: Int) { storyProgress(id: $id, after: $after) { number } }";

/// A running story with events 1 to `events`; its id and its run's.
pub(super) fn running(door: &Door, events: u64) -> (String, String) {
    let story = door.world.story(1, RunStatus::Running);
    door.world.tell(&story.run_id, (1..=events).map(log));
    (story.id, story.run_id)
}

pub(super) fn watch(id: &str, story: &str, after: u64) -> Value {
    let variables = json!({ "id": story, "after": after });
    json!({ "id": id, "type": "subscribe", "payload": { "query": PROGRESS, "variables": variables } })
}

fn next(id: &str, number: u64) -> Value {
    json!({ "type": "next", "id": id, "payload": { "data": { "storyProgress": { "number": number } } } })
}

#[tokio::test]
async fn a_story_is_followed_resumed_and_completed() {
    let door = Door::open().await;
    let (story, run) = running(&door, 3);
    let mut socket = Socket::open(&door).await;
    socket.say(watch("a", &story, 1)).await;

    for number in [2, 3] {
        assert_eq!(socket.heard().await, next("a", number));
    }

    door.world.tell(&run, [log(4)]);
    assert_eq!(socket.heard().await, next("a", 4));

    door.world.end(&run);
    assert_eq!(socket.heard().await, json!({ "type": "complete", "id": "a" }));

    socket.say(watch("a", &story, 3)).await;
    assert_eq!(socket.heard().await, next("a", 4));
    assert_eq!(socket.heard().await["type"], "complete");
}

#[tokio::test]
async fn completing_ends_the_upstream_at_once_and_nothing_more_is_said() {
    let door = Door::open().await;
    let (story, run) = running(&door, 1);
    let mut socket = Socket::open(&door).await;
    socket.say(watch("a", &story, 0)).await;

    assert_eq!(socket.heard().await, next("a", 1));
    assert_eq!(door.world.open_watches.load(Ordering::SeqCst), 1);

    socket.say(json!({ "id": "a", "type": "complete" })).await;
    until("the upstream is gone", || {
        door.world.open_watches.load(Ordering::SeqCst) == 0
    })
    .await;
    door.world.tell(&run, [log(2)]);

    // The same id again, and its events alone.
    socket.say(watch("a", &story, 1)).await;
    assert_eq!(socket.heard().await, next("a", 2));
}

#[tokio::test]
async fn a_client_that_goes_away_ends_what_it_watched() {
    let door = Door::open().await;
    let (story, _) = running(&door, 1);

    for politely in [true, false] {
        let mut socket = Socket::open(&door).await;
        socket.say(watch("a", &story, 0)).await;

        assert_eq!(socket.heard().await, next("a", 1));
        assert_eq!(door.world.open_watches.load(Ordering::SeqCst), 1);

        if politely {
            socket.0.close(None).await.unwrap();
        }

        drop(socket);
        until("the upstream is gone", || {
            door.world.open_watches.load(Ordering::SeqCst) == 0
        })
        .await;
    }
}

#[tokio::test]
async fn an_id_that_is_in_use_closes_with_4409() {
    let door = Door::open().await;
    let (story, _) = running(&door, 1);
    let mut socket = Socket::open(&door).await;
    socket.say(watch("a", &story, 0)).await;

    assert_eq!(socket.heard().await, next("a", 1));

    socket.say(watch("a", &story, 0)).await;
    assert_eq!(
        socket.closed().await,
        (4409, "Subscriber for a already exists".into())
    );

    until("the upstream is gone", || {
        door.world.open_watches.load(Ordering::SeqCst) == 0
    })
    .await;
}

#[tokio::test]
async fn what_can_not_be_watched_is_one_error_without_complete() {
    let door = Door::open().await;
    let mut socket = Socket::open(&door).await;
    socket
        .say(watch("a", "00000000-0000-4000-8000-000000000000", 0))
        .await;

    let error = socket.heard().await;
    assert_eq!(
        (&error["type"], &error["id"]),
        (&json!("error"), &json!("a")),
        "{error}"
    );
    assert_eq!(error["payload"][0]["extensions"]["code"], "RESOURCE_NOT_FOUND");

    socket.subscribe("a", "{ __typename }").await;
    assert_eq!(socket.heard().await["type"], "next");
}

#[tokio::test]
async fn of_a_thousand_subscriptions_on_one_socket_the_first_hundred_work_and_the_rest_are_refused() {
    let door = Door::open().await;
    let most = super::harness::config().graphql.subscriptions_per_socket;
    let (story, run) = running(&door, 0);
    let mut socket = Socket::open(&door).await;
    for number in 0..1_000 {
        socket.say(watch(&number.to_string(), &story, 0)).await;
    }

    for number in most..1_000 {
        let error = socket.heard().await;
        assert_eq!(
            (&error["type"], &error["id"]),
            (&json!("error"), &json!(number.to_string()))
        );
        assert_eq!(
            error["payload"][0]["extensions"]["code"],
            "TOO_MANY_SUBSCRIPTIONS"
        );
    }

    door.world.tell(&run, [log(1)]);

    let mut told = std::collections::BTreeSet::new();
    for _ in 0..most {
        let message = socket.heard().await;
        assert_eq!(message["type"], "next", "{message}");
        told.insert(message["id"].as_str().unwrap().parse::<usize>().unwrap());
    }

    assert_eq!(told, (0..most).collect());
    assert_eq!(door.world.lock().watched.len(), 1, "one upstream");

    // One ends, and there is room for one.
    socket.say(json!({ "id": "0", "type": "complete" })).await;
    socket.say(watch("again", &story, 0)).await;

    assert_eq!(socket.heard().await, next("again", 1));

    socket.say(watch("more", &story, 0)).await;
    assert_eq!(socket.heard().await["type"], "error");
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_closed_with_1013_and_holds_nothing() {
    let door = Door::open_with(|config| config.stream.send_timeout_seconds = 1).await;
    let (story, run) = running(&door, 1);
    let mut socket = Socket::open(&door).await;
    let query = PROGRESS.replace("{ number }", "{ number log { action } }");
    let payload = json!({ "query": query, "variables": { "id": story } });
    socket
        .say(json!({ "id": "a", "type": "subscribe", "payload": payload }))
        .await;

    assert_eq!(socket.heard().await["type"], "next");

    let (long, mut number) = ("x".repeat(60_000), 1);
    until("it is given up", || {
        // As much as it takes to fill whatever lies between.
        if number < 2_000 {
            number += 1;
            let data = json!({ "agent_name": "A", "action": long, "level": "info" });
            door.world.tell(&run, [event(number, "log", &data.to_string())]);
        }
        door.world.open_watches.load(Ordering::SeqCst) == 0
    })
    .await;

    assert_eq!(socket.closed().await, (1013, "too slow; connect again".into()));
}

#[tokio::test]
async fn operations_of_one_socket_do_not_wait_for_one_another() {
    let door = Door::open().await;
    let (story, run) = running(&door, 1);
    let mut socket = Socket::open(&door).await;
    socket.say(watch("a", &story, 0)).await;

    assert_eq!(socket.heard().await, next("a", 1));

    door.world.lock().silent = true;
    socket
        .subscribe("b", "{ stories { edges { node { id } } } }")
        .await;
    until("the call is under way", || {
        door.world.lock().listed.is_empty() && door.world.lock().actors.len() > 2
    })
    .await;
    door.world.lock().silent = false;
    door.world.tell(&run, [log(2)]);

    assert_eq!(socket.heard().await, next("a", 2));

    socket.subscribe("c", "{ __typename }").await;
    assert_eq!(socket.heard().await["id"], "c");
}
