//! Live progress: WebSocket and SSE over the same log, resumed without gap or repetition, from one upstream per run.

use std::{sync::atomic::Ordering, time::Duration};

use futures::{SinkExt, StreamExt};
use kit::{ErrorKind, Problem};
use proto::v1::RunStatus;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async, connect_async,
    tungstenite::{self, Message, protocol::CloseFrame},
};

use super::{
    fakes::{event, log},
    harness::{Answer, Door, until},
};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn connect(door: &Door, path: &str) -> Socket {
    connect_async(door.ws_url(path)).await.expect("accepted").0
}

/// The next message, as JSON; pings are answered on the way.
async fn next(socket: &mut Socket) -> Value {
    let mut message = whole(socket).await;
    let run = message.as_object_mut().unwrap().remove("run");
    assert!(
        run.is_some_and(|run| run.is_string()),
        "each message names its run"
    );

    message
}

/// The same with the run that it names.
async fn whole(socket: &mut Socket) -> Value {
    match heard(socket).await {
        Message::Text(text) => serde_json::from_str(&text).unwrap(),
        other => panic!("not a text: {other:?}"),
    }
}

async fn heard(socket: &mut Socket) -> Message {
    loop {
        let message = tokio::time::timeout(Duration::from_secs(10), socket.next())
            .await
            .expect("in time");
        match message.expect("not cut off").expect("a message") {
            Message::Ping(_) | Message::Pong(_) => {}
            other => return other,
        }
    }
}

async fn seqs(socket: &mut Socket, count: usize) -> Vec<u64> {
    let mut seqs = Vec::new();
    for _ in 0..count {
        seqs.push(next(socket).await["seq"].as_u64().expect("a number"));
    }
    seqs
}

async fn closed(socket: &mut Socket) -> (u16, String) {
    loop {
        match heard(socket).await {
            Message::Close(Some(CloseFrame { code, reason })) => return (code.into(), reason.to_string()),
            Message::Close(None) => panic!("closed without a reason"),
            _ => {}
        }
    }
}

fn running(door: &Door, id: u128) -> (String, String) {
    let story = door.world.story(id, RunStatus::Running);
    (format!("/ws/stories/{}/progress", story.id), story.run_id)
}

#[tokio::test]
async fn a_watcher_sees_the_contracts_messages_and_a_normal_close() {
    let door = Door::open().await;
    let (path, run) = running(&door, 1);
    door.world.tell(
        &run,
        [
            event(
                1,
                "status",
                r#"{"status":"running","phase":"analyzing","progress":5.0}"#,
            ),
            event(
                2,
                "log",
                r#"{"agent_name":"Analyzer","action":"Scanning","details":{"files":247},"level":"info"}"#,
            ),
        ],
    );

    let mut socket = connect(&door, &path).await;
    let status = json!({ "type": "status", "data": { "status": "analyzing", "progress": 5 }, "seq": 1 });

    assert_eq!(next(&mut socket).await, status);

    let line = json!({ "type": "log", "seq": 2, "data": {
        "agent_name": "Analyzer", "action": "Scanning", "details": { "files": 247 }, "level": "info",
        "timestamp": "2026-01-01T12:00:00.000Z"
    } });

    assert_eq!(next(&mut socket).await, line);

    door.world.tell(&run, [event(0, "delta", r#"{"text":"Once"}"#)]);
    assert_eq!(
        next(&mut socket).await,
        json!({ "type": "delta", "data": { "text": "Once" } })
    );

    door.world.tell(&run, [
        event(3, "status", r#"{"status":"completed","phase":"synthesizing","progress":100}"#),
        event(4, "complete", r#"{"audio_key":"s/a.mp3","audio_chunk_keys":["s/1.mp3","s/2.mp3"],"duration_seconds":622.7}"#),
    ]);
    door.world.end(&run);

    assert_eq!(
        next(&mut socket).await["data"],
        json!({ "status": "completed", "progress": 100 })
    );

    let url = |key: &str| format!("http://{}/media/{}", door.address, door.signer.sign(key, "mp3"));
    let data = json!({ "audio_url": url("s/a.mp3"), "audio_chunks": [url("s/1.mp3"), url("s/2.mp3")], "duration": 623 });

    assert_eq!(
        next(&mut socket).await,
        json!({ "type": "complete", "data": data, "seq": 4 })
    );
    assert_eq!(closed(&mut socket).await.0, 1000);
}

#[tokio::test]
async fn a_failure_is_told_and_then_the_socket_closes() {
    let door = Door::open().await;
    let (path, run) = running(&door, 1);
    door.world.tell(
        &run,
        [
            event(
                1,
                "status",
                r#"{"status":"failed","phase":"generating","progress":40}"#,
            ),
            event(2, "error", r#"{"error_message":"The repository is empty."}"#),
        ],
    );
    door.world.end(&run);

    let mut socket = connect(&door, &path).await;
    assert_eq!(next(&mut socket).await["data"]["status"], "failed");

    let error = json!({ "type": "error", "data": { "error_message": "The repository is empty." }, "seq": 2 });
    assert_eq!(next(&mut socket).await, error);
    assert_eq!(closed(&mut socket).await.0, 1000);
}

#[tokio::test]
async fn resuming_after_a_number_misses_nothing_and_repeats_nothing() {
    let door = Door::open().await;
    let (path, run) = running(&door, 1);
    door.world.tell(&run, (1..=100).map(log));

    let mut first = connect(&door, &path).await;
    assert_eq!(seqs(&mut first, 100).await, (1..=100).collect::<Vec<_>>());

    let mut late = connect(&door, &format!("{path}?after=97")).await;
    assert_eq!(seqs(&mut late, 3).await, [98, 99, 100]);

    door.world.tell(&run, (101..=103).map(log));

    for socket in [&mut first, &mut late] {
        assert_eq!(seqs(socket, 3).await, [101, 102, 103]);
    }
}

#[tokio::test]
async fn joining_while_events_come_neither_loses_nor_doubles_one() {
    let door = Door::open().await;
    let (path, run) = running(&door, 1);
    let teller = {
        let (world, run) = (door.world.clone(), run.clone());
        tokio::spawn(async move {
            for number in 1..=500 {
                world.tell(&run, [log(number)]);
                tokio::task::yield_now().await;
            }
        })
    };

    let mut watchers = Vec::new();
    for after in (0..20).map(|n| n * 3) {
        let mut socket = connect(&door, &format!("{path}?after={after}")).await;
        watchers.push(tokio::spawn(async move {
            // A number that the run had not reached when the client came means that it starts over.
            let first = next(&mut socket).await["seq"].as_u64().unwrap();
            assert!(first == after + 1 || first == 1, "{first} after {after}");
            let rest = usize::try_from(500 - first).unwrap();
            assert_eq!(
                seqs(&mut socket, rest).await,
                (first + 1..=500).collect::<Vec<_>>()
            );
        }));
    }

    teller.await.unwrap();

    for watcher in watchers {
        watcher.await.unwrap();
    }

    assert_eq!(door.world.lock().watched, [0], "one upstream");
}

#[tokio::test]
async fn many_clients_share_one_upstream_which_ends_with_the_last_of_them() {
    let door = Door::open().await;
    let (path, run) = running(&door, 1);
    let mut sockets = Vec::new();
    for _ in 0..50 {
        sockets.push(connect(&door, &path).await);
    }

    door.world.tell(&run, (1..=5).map(log));

    for socket in &mut sockets {
        assert_eq!(seqs(socket, 5).await, [1, 2, 3, 4, 5]);
    }

    assert_eq!(door.world.lock().watched, [0]);
    assert_eq!(door.world.open_watches.load(Ordering::SeqCst), 1);

    drop(sockets);
    until("the upstream is closed", || {
        door.world.open_watches.load(Ordering::SeqCst) == 0
    })
    .await;

    let mut again = connect(&door, &path).await;
    assert_eq!(seqs(&mut again, 5).await, [1, 2, 3, 4, 5]);
    assert_eq!(door.world.lock().watched, [0, 0]);
}

#[tokio::test]
async fn an_upstream_that_breaks_is_taken_up_again_where_it_broke() {
    let door = Door::open().await;
    let (path, run) = running(&door, 1);
    door.world.tell(&run, (1..=10).map(log));
    door.world.lock().break_after = Some(4);
    let mut socket = connect(&door, &path).await;
    assert_eq!(seqs(&mut socket, 10).await, (1..=10).collect::<Vec<_>>());
    assert_eq!(door.world.lock().watched, [0, 4]);
}

#[tokio::test]
async fn unknown_and_malformed_ids_are_accepted_and_then_closed_with_4404() {
    let door = Door::open().await;
    let person = door.world.account(kit::actor::Tier::Free);

    for id in ["7d444840-9dc0-41d1-b245-5ffdce74fad2", "nope", "%00", "%FF"] {
        // Without the token, the shorter one would wait for the client to say who it is.
        let short = format!("/ws/stories/{id}?token={}", person.token);
        for path in [format!("/ws/stories/{id}/progress"), short] {
            let mut socket = connect(&door, &path).await;
            assert_eq!(
                closed(&mut socket).await,
                (4404, "there is no such story".to_owned()),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn a_malformed_id_is_nobodys_and_not_waited_for() {
    let door = Door::open().await;
    let mut socket = connect(&door, "/ws/stories/nope").await;
    assert_eq!(closed(&mut socket).await.0, 4404);
}

#[tokio::test]
async fn the_shorter_name_shows_the_same() {
    let door = Door::open().await;
    let story = door.world.story(1, RunStatus::Running);
    door.world.tell(&story.run_id, [log(1)]);
    let mut socket = connect(&door, &format!("/ws/stories/{}/", story.id)).await;
    assert_eq!(seqs(&mut socket, 1).await, [1]);
}

#[tokio::test]
async fn a_guest_is_closed_with_4401_where_none_are_allowed() {
    let door = Door::open_with(|config| config.allow_anonymous = false).await;
    let (path, _) = running(&door, 1);
    let mut socket = connect(&door, &path).await;
    assert_eq!(closed(&mut socket).await.0, 4401);
}

#[tokio::test]
async fn a_service_that_is_down_closes_with_1013() {
    let door = Door::open().await;
    let (path, _) = running(&door, 1);
    door.world.lock().refusal = Some(Problem::new(ErrorKind::Unavailable, "X", "x"));
    let mut socket = connect(&door, &path).await;
    assert_eq!(closed(&mut socket).await.0, 1013);
}

#[tokio::test]
async fn more_clients_than_allowed_are_turned_away_and_a_free_place_is_given_again() {
    let door = Door::open_with(|config| config.stream.max_clients = 1).await;
    let (path, run) = running(&door, 1);
    door.world.tell(&run, [log(1)]);

    let mut first = connect(&door, &path).await;
    assert_eq!(seqs(&mut first, 1).await, [1]);

    let mut second = connect(&door, &path).await;
    assert_eq!(closed(&mut second).await.0, 1013);

    drop(first);
    until("the place is free", || {
        door.world.open_watches.load(Ordering::SeqCst) == 0
    })
    .await;

    let mut third = connect(&door, &path).await;
    assert_eq!(seqs(&mut third, 1).await, [1]);
}

#[tokio::test]
async fn a_clients_message_may_be_64_kib_and_not_a_byte_more() {
    let door = Door::open().await;
    let (path, run) = running(&door, 1);
    let mut socket = connect(&door, &path).await;
    socket.send(Message::text("x".repeat(65_536))).await.unwrap();
    door.world.tell(&run, [log(1)]);
    assert_eq!(seqs(&mut socket, 1).await, [1], "ignored");
    socket.send(Message::text("x".repeat(65_537))).await.unwrap();
    assert_eq!(closed(&mut socket).await.0, 1009);
}

#[tokio::test]
async fn a_silent_socket_is_pinged_and_one_that_does_not_answer_is_let_go() {
    let door = Door::open_with(|config| config.stream.ping_seconds = 1).await;
    let (path, _) = running(&door, 1);
    let mut socket = connect(&door, &path).await;
    for _ in 0..2 {
        let message = tokio::time::timeout(Duration::from_secs(5), socket.next())
            .await
            .expect("a ping");
        assert!(matches!(message, Some(Ok(Message::Ping(_)))), "{message:?}");
    }

    // From now on nobody reads, so nobody answers.
    until("the watcher is gone", || {
        door.world.open_watches.load(Ordering::SeqCst) == 0
    })
    .await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_dropped_and_the_others_are_not_held_up() {
    let door = Door::open_with(|config| config.stream.send_timeout_seconds = 1).await;
    let (path, run) = running(&door, 1);
    let mut slow = connect(&door, &path).await;
    let mut quick = connect(&door, &path).await;
    let big = format!(r#"{{"action":"{}"}}"#, "x".repeat(100_000));
    let teller = {
        let (world, run) = (door.world.clone(), run.clone());
        tokio::spawn(async move {
            for number in 1..=300 {
                world.tell(&run, [event(number, "log", &big)]);
                tokio::task::yield_now().await;
            }
        })
    };

    assert_eq!(seqs(&mut quick, 300).await, (1..=300).collect::<Vec<_>>());

    teller.await.unwrap();
    // Both watch the same run: its events are fetched until the slow one has been let go, too.
    drop(quick);
    until("the slow one is let go", || {
        door.world.open_watches.load(Ordering::SeqCst) == 0
    })
    .await;

    let mut last = None;
    while let Some(Ok(message)) = slow.next().await {
        last = Some(message);
    }

    // It reads what was on its way already; then the close, or a cut where even that did not fit.
    let seen = match last {
        Some(Message::Close(Some(frame))) => return assert_eq!(u16::from(frame.code), 1013),
        Some(Message::Text(text)) => serde_json::from_str::<Value>(&text).unwrap()["seq"]
            .as_u64()
            .unwrap(),
        other => panic!("{other:?}"),
    };

    assert!(seen < 300, "it got everything");
}

#[tokio::test]
async fn what_no_longer_fits_in_memory_is_fetched_for_who_needs_it() {
    let door = Door::open_with(|config| config.stream.log_bytes = 2_000).await;
    let (path, run) = running(&door, 1);
    door.world.tell(&run, (1..=100).map(log));

    let mut first = connect(&door, &format!("{path}?after=99")).await;
    assert_eq!(seqs(&mut first, 1).await, [100]);

    let mut late = connect(&door, &path).await;
    assert_eq!(seqs(&mut late, 100).await, (1..=100).collect::<Vec<_>>());

    door.world.tell(&run, [log(101)]);

    for socket in [&mut first, &mut late] {
        assert_eq!(seqs(socket, 1).await, [101]);
    }
}

#[tokio::test]
async fn a_soft_stop_says_goodbye_to_sockets_and_waits_for_them() {
    let mut door = Door::open().await;
    let (path, run) = running(&door, 1);
    door.world.tell(&run, [log(1)]);

    let mut socket = connect(&door, &path).await;
    assert_eq!(seqs(&mut socket, 1).await, [1]);

    door.shutdown.stop();
    assert_eq!(closed(&mut socket).await.0, 1001);

    drop(socket);

    let served = door.served.take().unwrap();
    tokio::time::timeout(Duration::from_secs(5), served)
        .await
        .expect("it ends")
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_plain_request_to_a_socket_is_told_to_upgrade() {
    let door = Door::open().await;
    let (path, _) = running(&door, 1);
    let answer = door.get(&path).await;

    assert_eq!(
        (answer.refusal().as_str(), answer.header("upgrade")),
        ("426 UPGRADE_REQUIRED", "websocket")
    );

    let wrong = connect_async(door.ws_url(&format!("{path}?after=x"))).await;
    let Err(tungstenite::Error::Http(response)) = wrong else {
        panic!("accepted")
    };

    assert_eq!(response.status(), 422);
}

#[tokio::test]
async fn nonsense_after_the_upgrade_ends_only_that_socket() {
    let door = Door::open().await;
    let (path, _) = running(&door, 1);
    let stream = TcpStream::connect(door.address).await.unwrap();
    let (socket, _) = client_async(door.ws_url(&path), stream).await.unwrap();
    let mut stream = socket.into_inner();
    stream.write_all(&[0xff; 64]).await.unwrap();

    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer))
        .await
        .expect("closed")
        .unwrap();

    assert_eq!(door.get("/api/health").await.status, 200);
}

/// Reads an event stream until it ends or `count` blocks have come.
async fn blocks(door: &Door, path: &str, headers: &[(&str, &str)], count: usize) -> Vec<String> {
    let request = headers
        .iter()
        .fold(door.http.get(door.url(path)), |request, (name, value)| {
            request.header(*name, *value)
        });
    let response = request.send().await.unwrap();

    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");

    let (mut bytes, mut text) = (response.bytes_stream(), String::new());
    while text.matches("\n\n").count() < count {
        match tokio::time::timeout(Duration::from_secs(10), bytes.next())
            .await
            .expect("in time")
        {
            Some(part) => text.push_str(std::str::from_utf8(&part.unwrap()).unwrap()),
            None => break,
        }
    }

    text.split_terminator("\n\n")
        .take(count)
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn sse_carries_the_same_messages_with_their_numbers_as_ids() {
    let door = Door::open().await;
    let story = door.world.story(1, RunStatus::Running);
    door.world.tell(&story.run_id, (1..=3).map(log));

    let path = format!("/api/stories/{}/events", story.id);
    let told = blocks(&door, &path, &[], 3).await;
    let (id, data) = told[2].split_once('\n').unwrap();

    assert_eq!(id, format!("id: 3@{}", story.run_id));

    let mut socket = connect(&door, &format!("/ws/stories/{}?after=2", story.id)).await;
    let same: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();

    assert_eq!(same, whole(&mut socket).await);
    assert_eq!(same["run"], json!(story.run_id));
}

#[tokio::test]
async fn sse_resumes_by_header_or_query_and_the_header_wins() {
    let door = Door::open().await;
    let story = door.world.story(1, RunStatus::Running);
    door.world.tell(&story.run_id, (1..=9).map(log));

    let path = format!("/api/stories/{}/events", story.id);
    let ids = |told: Vec<String>| {
        told.iter()
            .map(|block| block.split('@').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };

    assert_eq!(
        ids(blocks(&door, &format!("{path}?after=7"), &[], 2).await),
        ["id: 8", "id: 9"]
    );

    let both = blocks(&door, &format!("{path}?after=2"), &[("last-event-id", "8")], 1).await;
    assert_eq!(ids(both), ["id: 9"]);

    let whole = format!("8@{}", story.run_id);
    let named = blocks(&door, &path, &[("last-event-id", whole.as_str())], 1).await;
    assert_eq!(ids(named), ["id: 9"]);

    let odd = door.http.get(door.url(&path)).header("last-event-id", "x");
    assert_eq!(
        Answer::of(odd).await.refusal(),
        "422 VALIDATION_ERROR [Last-Event-ID value_error]"
    );
    assert_eq!(
        door.get(&format!("{path}?after=-1")).await.refusal(),
        "422 VALIDATION_ERROR [after value_error]"
    );
}

#[tokio::test]
async fn an_empty_last_event_id_is_as_good_as_none() {
    let door = Door::open().await;
    let story = door.world.story(1, RunStatus::Running);
    door.world.tell(&story.run_id, (1..=3).map(log));

    let path = format!("/api/stories/{}/events", story.id);
    for (path, empty, first) in [
        (path.clone(), "", "id: 1@"),
        (path.clone(), " ", "id: 1@"),
        (format!("{path}?after=2"), "", "id: 3@"),
    ] {
        let told = blocks(&door, &path, &[("last-event-id", empty)], 1).await;
        assert!(told[0].starts_with(first), "{path} {empty:?}: {}", told[0]);
    }
}

#[tokio::test]
async fn an_event_id_of_an_earlier_attempt_hides_nothing_of_the_current_one() {
    let door = Door::open().await;
    let story = door.world.story(1, RunStatus::Running);
    door.world.tell(&story.run_id, (1..=10).map(log));
    door.world.end(&story.run_id);

    let path = format!("/api/stories/{}/events", story.id);
    let told = blocks(&door, &path, &[], usize::MAX).await;
    let id = told[9].split_once('\n').unwrap().0;
    let last = id.strip_prefix("id: ").unwrap();

    // Nothing has been made anew yet.
    let back = door.http.get(door.url(&path)).header("last-event-id", last);
    assert_eq!(Answer::of(back).await.status, 204);

    let second = door.world.remake(&story, (1..=12).map(log));
    let again = blocks(&door, &path, &[("last-event-id", last)], usize::MAX).await;
    assert!(
        again.len() == 12 && again[0].starts_with(&format!("id: 1@{second}\n")),
        "{again:?}"
    );

    let again = blocks(&door, &format!("{path}?after={last}"), &[], usize::MAX).await;
    assert_eq!(again.len(), 12);

    // A number alone is one of the current attempt.
    let alone = blocks(&door, &path, &[("last-event-id", "10")], usize::MAX).await;
    assert!(alone.len() == 2 && alone[0].starts_with("id: 11@"), "{alone:?}");
}

#[tokio::test]
async fn a_socket_that_names_an_earlier_attempt_misses_nothing_of_the_current_one() {
    let door = Door::open().await;
    let story = door.world.story(1, RunStatus::Running);
    let path = format!("/ws/stories/{}/progress", story.id);
    door.world.tell(&story.run_id, (1..=10).map(log));
    door.world.end(&story.run_id);

    let mut socket = connect(&door, &format!("{path}?after=9")).await;
    let told = whole(&mut socket).await;
    assert_eq!((&told["seq"], &told["run"]), (&json!(10), &json!(story.run_id)));

    let second = door.world.remake(&story, (1..=12).map(log));

    let mut socket = connect(&door, &format!("{path}?after=10@{}", story.run_id)).await;
    assert_eq!(seqs(&mut socket, 12).await, (1..=12).collect::<Vec<_>>());

    for after in [format!("11@{second}"), "11".to_owned()] {
        let mut socket = connect(&door, &format!("{path}?after={after}")).await;
        let told = whole(&mut socket).await;
        assert_eq!(
            (&told["seq"], &told["run"]),
            (&json!(12), &json!(second)),
            "{after}"
        );
    }
}

#[tokio::test]
async fn sse_ends_with_the_run_and_has_nothing_for_who_saw_its_end() {
    let door = Door::open().await;
    let story = door.world.story(1, RunStatus::Completed);
    door.world.tell(&story.run_id, (1..=3).map(log));
    door.world.end(&story.run_id);

    let path = format!("/api/stories/{}/events", story.id);
    assert_eq!(blocks(&door, &path, &[], usize::MAX).await.len(), 3);
    assert_eq!(door.get(&format!("{path}?after=3")).await.status, 204);

    // A number of an earlier, longer run: from the start.
    assert_eq!(
        blocks(&door, &format!("{path}?after=50"), &[], usize::MAX)
            .await
            .len(),
        3
    );
}

#[tokio::test]
async fn a_silent_event_stream_gets_comments_and_ends_when_the_process_stops() {
    let door = Door::open_with(|config| config.stream.comment_seconds = 1).await;
    let story = door.world.story(1, RunStatus::Running);
    let path = format!("/api/stories/{}/events", story.id);

    assert_eq!(blocks(&door, &path, &[], 1).await, [":"]);

    let response = door.http.get(door.url(&path)).send().await.unwrap();
    door.shutdown.stop();
    tokio::time::timeout(Duration::from_secs(5), response.bytes())
        .await
        .expect("it ends")
        .unwrap();
}

#[tokio::test]
async fn sse_and_sockets_share_one_upstream() {
    let door = Door::open().await;
    let story = door.world.story(1, RunStatus::Running);
    door.world.tell(&story.run_id, [log(1)]);
    let mut socket = connect(&door, &format!("/ws/stories/{}", story.id)).await;
    assert_eq!(seqs(&mut socket, 1).await, [1]);
    blocks(&door, &format!("/api/stories/{}/events", story.id), &[], 1).await;
    assert_eq!(door.world.lock().watched, [0]);
}

#[tokio::test]
async fn a_socket_without_a_header_says_in_its_address_who_it_is() {
    let door = Door::open_with(|config| config.allow_anonymous = false).await;
    let person = door.world.account(kit::actor::Tier::Free);
    let (path, _) = running(&door, 1);
    let key = door.world.api_key(&person, &["stories:read"]);
    let other = door.world.api_key(&person, &["account:read"]);

    for (path, token, code) in [
        (path.as_str(), person.token.as_str(), 0),
        (path.as_str(), key.as_str(), 0),
        (path.trim_end_matches("/progress"), person.token.as_str(), 0),
        (path.as_str(), "nonsense", 4401),
        (path.as_str(), "", 4401),
        (path.trim_end_matches("/progress"), "nonsense", 4401),
        (path.as_str(), other.as_str(), 4403),
        (
            "/ws/stories/7d444840-9dc0-41d1-b245-5ffdce74fad2",
            person.token.as_str(),
            4404,
        ),
    ] {
        let mut socket = connect(&door, &format!("{path}?token={token}")).await;
        if code == 0 {
            assert_eq!(door.world.lock().actors.last().unwrap().user_id, person.id);
            socket.close(None).await.unwrap();
        } else {
            assert_eq!(closed(&mut socket).await.0, code, "{path} {token}");
        }
    }

    let mut socket = connect(&door, &path).await;
    assert_eq!(
        closed(&mut socket).await.0,
        4401,
        "and nothing else than an address here"
    );
}

#[tokio::test]
async fn a_socket_may_say_in_its_first_message_who_it_is() {
    let door = Door::open_with(|config| config.allow_anonymous = false).await;
    let person = door.world.account(kit::actor::Tier::Free);
    let (path, run) = running(&door, 1);
    let path = path.trim_end_matches("/progress").to_owned();
    let say = async |path: &str, message: Message| {
        let mut socket = connect(&door, path).await;
        socket.send(message).await.unwrap();
        socket
    };

    let auth = |token: &str| Message::text(json!({ "type": "auth", "token": token }).to_string());
    door.world.tell(&run, [log(1)]);

    let mut socket = say(&path, auth(&person.token)).await;
    assert_eq!(next(&mut socket).await["seq"], 1);
    assert_eq!(door.world.lock().actors.last().unwrap().user_id, person.id);

    for wrong in [
        auth("nonsense"),
        Message::text("{}"),
        Message::text(json!({ "type": "hello", "token": person.token }).to_string()),
        Message::text("nonsense"),
        Message::binary(vec![0]),
    ] {
        let mut socket = say(&path, wrong.clone()).await;
        assert_eq!(closed(&mut socket).await.0, 4401, "{wrong:?}");
    }

    let mut socket = say(
        "/ws/stories/7d444840-9dc0-41d1-b245-5ffdce74fad2",
        auth(&person.token),
    )
    .await;

    assert_eq!(closed(&mut socket).await.0, 4404);

    let mut socket = say(&path, Message::text("x".repeat(70_000))).await;
    assert_eq!(closed(&mut socket).await.0, 1009);

    let mut waiting = connect(&door, &path).await;
    door.shutdown.stop();

    assert_eq!(closed(&mut waiting).await.0, 1001);
}

#[tokio::test]
async fn a_guest_who_may_see_a_story_sees_it_without_a_word() {
    let door = Door::open().await;
    let (path, run) = running(&door, 1);
    door.world.tell(&run, [log(1)]);
    let mut socket = connect(&door, path.trim_end_matches("/progress")).await;
    assert_eq!(next(&mut socket).await["seq"], 1);
}

#[tokio::test]
async fn who_signs_out_while_watching_is_told_at_once() {
    let door = Door::open().await;
    let person = door.world.account(kit::actor::Tier::Free);
    let (path, run) = running(&door, 1);
    door.world.tell(&run, [log(1)]);

    let mut socket = connect(&door, &format!("{path}?token={}", person.token)).await;
    assert_eq!(next(&mut socket).await["seq"], 1);

    let events = door
        .http
        .get(door.url(&path.replace("/ws/", "/api/").replace("/progress", "/events")));
    let mut events = events.bearer_auth(&person.token).send().await.unwrap();

    assert!(events.chunk().await.unwrap().is_some());

    let mut guest = connect(&door, &path).await;
    assert_eq!(next(&mut guest).await["seq"], 1);

    let logout = door
        .http
        .post(door.url("/api/v1/auth/logout"))
        .bearer_auth(&person.token);

    assert_eq!(Answer::of(logout).await.status, 200);
    assert_eq!(closed(&mut socket).await.0, 4401);
    assert!(events.chunk().await.unwrap().is_none(), "the event stream ends");

    door.world.tell(&run, [log(2)]);
    assert_eq!(next(&mut guest).await["seq"], 2, "others watch on");
}
