//! `graphql-transport-ws`: every message, every close code, and what a socket may cost.

use std::time::Duration;

use axum::http::HeaderValue;
use futures::{SinkExt, StreamExt};
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

use super::harness::Door;

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
        "GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
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
    door.shutdown.stop();
    assert_eq!(begun.closed().await.0, 1001);
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
