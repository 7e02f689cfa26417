//! Subscriptions over HTTP: graphql-sse's events and Apollo's parts, byte by byte, resumed by number, and let go when
//! nobody listens.

use std::{sync::atomic::Ordering, time::Duration};

use http::Method;
use proto::v1::RunStatus;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    fakes::{event, log},
    harness::{Answer, Door, until},
};

const SSE: &str = "text/event-stream";
const MULTIPART: &str = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json;q=0.9";
const PROGRESS: &str =
    "subscription P($id: UUID!, $after: Int) { storyProgress(id: $id, after: $after) { number } }";

struct Running {
    story: String,
    run: String,
}

fn running(door: &Door, events: u64) -> Running {
    let story = door.world.story(1, RunStatus::Running);
    door.world.tell(&story.run_id, (1..=events).map(log));
    Running {
        story: story.id,
        run: story.run_id,
    }
}

fn body(story: &str, after: u64) -> Value {
    json!({ "query": PROGRESS, "variables": { "id": story, "after": after } })
}

fn post(door: &Door, accept: &str, body: &Value) -> RequestBuilder {
    let request = door.http.post(door.url("/graphql")).header("accept", accept);
    request
        .header("content-type", "application/json")
        .body(body.to_string())
}

fn event_of(number: u64) -> String {
    format!("event: next\ndata: {{\"data\":{{\"storyProgress\":{{\"number\":{number}}}}}}}\n\n")
}

fn part_of(number: u64) -> String {
    let payload = format!("{{\"payload\":{{\"data\":{{\"storyProgress\":{{\"number\":{number}}}}}}}}}");
    format!("\r\ncontent-type: application/json\r\n\r\n{payload}\r\n---")
}

/// Reads from a response until its body has this text.
async fn read_until(response: &mut reqwest::Response, seen: &mut String, text: &str) {
    let reading = async {
        while !seen.contains(text) {
            let part = response.chunk().await.expect("a body").expect("more");
            seen.push_str(std::str::from_utf8(&part).unwrap());
        }
    };

    tokio::time::timeout(Duration::from_secs(10), reading)
        .await
        .unwrap_or_else(|_| panic!("only {seen:?}"));
}

#[tokio::test]
async fn a_story_is_followed_as_events_until_it_is_complete() {
    let door = Door::open().await;
    let Running { story, run } = running(&door, 2);
    let mut response = post(&door, SSE, &body(&story, 0)).send().await.unwrap();

    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-cache");

    let mut seen = String::new();
    read_until(&mut response, &mut seen, &event_of(2)).await;
    door.world.tell(&run, [log(3)]);
    door.world.end(&run);

    let rest = response.text().await.unwrap();
    seen.push_str(&rest);

    let expected: String = (1..=3).map(event_of).collect();
    assert_eq!(seen, format!(":\n\n{expected}event: complete\ndata: \n\n"));
}

#[tokio::test]
async fn a_story_is_followed_as_parts_until_it_is_complete() {
    let door = Door::open().await;
    let Running { story, run } = running(&door, 2);
    let mut response = post(&door, MULTIPART, &body(&story, 0)).send().await.unwrap();

    assert_eq!(response.status(), 200);

    let content_type = "multipart/mixed;boundary=\"-\";subscriptionSpec=1.0";
    assert_eq!(response.headers()["content-type"], content_type);

    let mut seen = String::new();
    read_until(&mut response, &mut seen, &part_of(2)).await;
    door.world.tell(&run, [log(3)]);
    door.world.end(&run);
    seen.push_str(&response.text().await.unwrap());

    let expected: String = (1..=3).map(part_of).collect();
    assert_eq!(seen, format!("\r\n---{expected}--\r\n"));
}

#[tokio::test]
async fn coming_back_with_a_number_misses_nothing_and_repeats_nothing() {
    let door = Door::open().await;
    let Running { story, run } = running(&door, 100);
    door.world.end(&run);

    let events = Answer::of(post(&door, SSE, &body(&story, 97))).await.text();
    let expected: String = (98..=100).map(event_of).collect();

    assert_eq!(events, format!(":\n\n{expected}event: complete\ndata: \n\n"));

    let parts = Answer::of(post(&door, MULTIPART, &body(&story, 97))).await.text();
    let expected: String = (98..=100).map(part_of).collect();

    assert_eq!(parts, format!("\r\n---{expected}--\r\n"));

    let mut url = url::Url::parse(&door.url("/graphql")).unwrap();
    let variables = json!({ "id": story, "after": 99 }).to_string();
    url.query_pairs_mut()
        .append_pair("query", PROGRESS)
        .append_pair("variables", &variables);

    let events = Answer::of(door.http.get(url).header("accept", SSE)).await.text();
    assert_eq!(
        events,
        format!(":\n\n{}event: complete\ndata: \n\n", event_of(100))
    );
}

#[tokio::test]
async fn a_query_that_is_asked_for_as_a_stream_is_one_result_and_the_end() {
    let door = Door::open().await;
    let query = json!({ "query": "{ __typename }" });
    let events = Answer::of(post(&door, SSE, &query)).await.text();

    assert_eq!(
        events,
        ":\n\nevent: next\ndata: {\"data\":{\"__typename\":\"Query\"}}\n\nevent: complete\ndata: \n\n"
    );

    let only = "multipart/mixed;subscriptionSpec=1.0";
    let parts = Answer::of(post(&door, only, &query)).await.text();
    let payload = "{\"payload\":{\"data\":{\"__typename\":\"Query\"}}}";

    assert_eq!(
        parts,
        format!("\r\n---\r\ncontent-type: application/json\r\n\r\n{payload}\r\n-----\r\n")
    );
}

#[tokio::test]
async fn what_is_not_valid_is_told_in_the_stream_that_was_asked_for() {
    let door = Door::open().await;
    let wrong = json!({ "query": "subscription { nothing_of_this_name }" });
    let answer = Answer::of(post(&door, SSE, &wrong)).await;

    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, SSE)
    );

    let text = answer.text();
    assert!(
        text.starts_with(":\n\nevent: next\ndata: {\"errors\":[{\"message\":"),
        "{text}"
    );
    assert!(
        !text.contains("\"data\":null") && text.ends_with("}\n\nevent: complete\ndata: \n\n"),
        "{text}"
    );

    // Somebody who can read one result gets it as such, with its status.
    let answer = Answer::of(post(
        &door,
        "multipart/mixed;subscriptionSpec=1.0;q=0.9, application/graphql-response+json",
        &wrong,
    ))
    .await;

    assert_eq!(answer.status, 400);

    // What is no request at all is told before there is a stream.
    let answer = Answer::of(post(&door, SSE, &json!({ "query": 1 }))).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (400, "application/json; charset=utf-8")
    );
}

#[tokio::test]
async fn what_can_not_be_watched_is_an_error_and_the_end() {
    let door = Door::open().await;
    let unknown = body("00000000-0000-4000-8000-000000000000", 0);

    for accept in [SSE, MULTIPART] {
        let text = Answer::of(post(&door, accept, &unknown)).await.text();
        assert!(text.contains("RESOURCE_NOT_FOUND"), "{text}");
        assert!(!text.contains("\"data\""), "nothing was executed: {text}");
        assert!(
            text.ends_with("event: complete\ndata: \n\n") || text.ends_with("\r\n-----\r\n"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_subscription_that_is_not_asked_for_as_a_stream_is_406_and_says_how() {
    let door = Door::open().await;
    let Running { story, .. } = running(&door, 1);
    for accept in [
        "*/*",
        "application/json",
        "application/graphql-response+json",
        "multipart/mixed;deferSpec=20220824, */*",
    ] {
        let answer = Answer::of(post(&door, accept, &body(&story, 0))).await;
        assert_eq!(answer.status, 406, "{accept}");
        let error = &answer.json()["errors"][0];
        assert_eq!(error["extensions"]["code"], "NOT_ACCEPTABLE");
        assert!(error["message"].as_str().unwrap().contains("text/event-stream"));
    }

    let batch = json!([{ "query": "{ __typename }" }, body(&story, 0)]);
    let told = Answer::of(post(&door, "application/json", &batch)).await.json();

    assert_eq!(told[0], json!({ "data": { "__typename": "Query" } }));
    assert_eq!(
        told[1]["errors"][0]["message"],
        "A batch can not hold a subscription."
    );

    let head = Answer::of(door.http.request(
        Method::HEAD,
        format!("{}?query=subscription%7B__typename%7D", door.url("/graphql")),
    ))
    .await;

    assert!(head.status.is_success() || head.status.is_client_error());
    assert_eq!(door.world.open_watches.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_silent_stream_is_kept_alive() {
    let door = Door::open_with(|config| config.stream.comment_seconds = 1).await;
    let Running { story, .. } = running(&door, 1);
    let mut events = post(&door, SSE, &body(&story, 0)).send().await.unwrap();
    let mut seen = String::new();
    read_until(&mut events, &mut seen, &format!("{}:\n\n:\n\n", event_of(1))).await;

    let mut parts = post(&door, MULTIPART, &body(&story, 0)).send().await.unwrap();
    let heartbeat = "\r\ncontent-type: application/json\r\n\r\n{}\r\n---";
    read_until(
        &mut parts,
        &mut String::new(),
        &format!("{}{heartbeat}{heartbeat}", part_of(1)),
    )
    .await;
}

#[tokio::test]
async fn a_client_that_goes_away_ends_what_it_watched() {
    let door = Door::open().await;
    let Running { story, .. } = running(&door, 1);

    for accept in [SSE, MULTIPART] {
        let mut response = post(&door, accept, &body(&story, 0)).send().await.unwrap();
        read_until(&mut response, &mut String::new(), "\"number\":1").await;
        assert_eq!(door.world.open_watches.load(Ordering::SeqCst), 1);
        drop(response);
        until("the upstream is gone", || {
            door.world.open_watches.load(Ordering::SeqCst) == 0
        })
        .await;
    }
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_given_up_and_holds_nothing() {
    for accept in [SSE, "multipart/mixed;subscriptionSpec=1.0"] {
        let door = Door::open_with(|config| config.stream.send_timeout_seconds = 1).await;
        let Running { story, run } = running(&door, 1);
        let query = PROGRESS.replace("{ number }", "{ number log { action } }");
        let body = json!({ "query": query, "variables": { "id": story, "after": 0 } }).to_string();
        let mut wire = TcpStream::connect(door.address).await.unwrap();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: {accept}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        wire.write_all(head.as_bytes()).await.unwrap();
        until("it is watched", || !door.world.lock().watched.is_empty()).await;

        let long = "x".repeat(60_000);
        let mut number = 1;
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
    }
}

#[tokio::test]
async fn a_stopping_server_ends_its_streams() {
    let mut door = Door::open().await;
    let Running { story, .. } = running(&door, 1);
    let mut events = post(&door, SSE, &body(&story, 0)).send().await.unwrap();
    let mut parts = post(&door, MULTIPART, &body(&story, 0)).send().await.unwrap();
    let (mut seen_events, mut seen_parts) = (String::new(), String::new());
    read_until(&mut events, &mut seen_events, &event_of(1)).await;
    read_until(&mut parts, &mut seen_parts, &part_of(1)).await;

    let served = door.served.take().unwrap();
    door.shutdown.stop();
    seen_parts.push_str(&parts.text().await.unwrap());

    assert!(
        seen_parts.ends_with("\r\n-----\r\n") && seen_parts.contains("The server is restarting"),
        "{seen_parts}"
    );
    // It only ends: whoever is not told that it is complete comes back.
    assert!(!events.text().await.unwrap().contains("event:"));

    tokio::time::timeout(Duration::from_secs(5), served)
        .await
        .expect("it ends")
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn streams_beyond_the_limit_are_refused() {
    let door = Door::open_with(|config| config.stream.max_clients = 1).await;
    let Running { story, .. } = running(&door, 1);
    let mut first = post(&door, SSE, &body(&story, 0)).send().await.unwrap();
    read_until(&mut first, &mut String::new(), &event_of(1)).await;
    let second = Answer::of(post(&door, SSE, &body(&story, 0))).await;
    assert_eq!((second.status.as_u16(), second.header("retry-after")), (503, "5"));
    assert!(second.json()["errors"][0]["extensions"]["retryAfter"].is_number());
}

#[tokio::test]
async fn the_wire_of_an_event_stream_is_not_held_back() {
    let door = Door::open().await;
    let Running { story, run } = running(&door, 1);
    let body = body(&story, 0).to_string();
    let mut wire = TcpStream::connect(door.address).await.unwrap();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: {SSE}\r\naccept-encoding: gzip\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    wire.write_all(head.as_bytes()).await.unwrap();

    let mut seen = String::new();
    for number in 1..=5 {
        let reading = async {
            while !seen.contains(&event_of(number)) {
                let mut part = [0; 4_096];
                let read = wire.read(&mut part).await.unwrap();
                seen.push_str(std::str::from_utf8(&part[..read]).unwrap());
            }
        };

        tokio::time::timeout(Duration::from_secs(10), reading)
            .await
            .expect("in time");
        door.world.tell(&run, [log(number + 1)]);
    }
}
