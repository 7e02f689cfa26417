//! Attacks on GraphQL over a real listener: each has its answer, and while several connections repeat it somebody else
//! is still served.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures::future::join_all;
use proto::v1 as pb;
use serde_json::json;

use super::harness::{Answer, Door};

/// Connections that attack at once, and how often each does.
const ATTACKERS: usize = 4;
const TIMES: usize = 10;

fn many(n: usize, text: &str) -> String {
    (0..n)
        .map(|index| text.replace('#', &index.to_string()))
        .collect()
}

fn document(text: impl Into<String>) -> Vec<u8> {
    json!({ "query": text.into() }).to_string().into_bytes()
}

/// Fragments that each spread the next one a hundred times, four levels deep, in 2.5 KB.
fn bomb() -> String {
    let level = |index: usize| {
        let spreads = format!("...F{} ", index + 1).repeat(100);
        format!("fragment F{index} on Query {{ {spreads} }} ")
    };
    let levels: String = (0..4).map(level).collect();
    format!("{{ ...F0 }} {levels} fragment F4 on Query {{ __typename }}")
}

/// Every agent twenty times, with its schemas.
fn agents() -> String {
    format!(
        "{{{}}}",
        many(20, "a#: agents { name description inputSchema outputSchema } ")
    )
}

/// Five hundred stories with all that they say.
fn whole_stories() -> String {
    let page = "a#: stories(first: 100) { nodes { chapters { content codeExamples } } } ";
    format!("{{{}}}", many(5, page))
}

/// Ten agents that say much of themselves, and a hundred stories of 21 KB.
fn fill(door: &Door) {
    let property = |index: usize| {
        format!(
            r#""p{index}":{{"type":"string","description":"{}"}}"#,
            "d".repeat(60)
        )
    };
    let properties: Vec<_> = (0..10).map(property).collect();
    let schema = format!(r#"{{"type":"object","properties":{{{}}}}}"#, properties.join(","));
    let agent = |index| pb::Agent {
        name: format!("agent.{index}"),
        description: "Thinks. ".repeat(10),
        least_tier: "free".into(),
        input_schema: schema.clone(),
        output_schema: schema.clone(),
    };
    door.world.lock().agents = (0..10).map(agent).collect();

    let chapter = json!({ "title": "One", "content": "x".repeat(3_500), "code_examples": [], "files": [],
        "duration_seconds": 61, "timestamp_start": 0 });
    let chapters = json!(vec![chapter; 6]).to_string();
    for id in 0..100 {
        let story = door.world.story(id, pb::RunStatus::Completed);
        let made = pb::CodeResult {
            chapters: Some(chapters.clone()),
            ..pb::CodeResult::default()
        };
        let story = pb::Story {
            result: Some(pb::story::Result::CodeResult(made)),
            ..story
        };
        door.world.lock().stories.insert(story.id.clone(), story);
    }
}

/// Bodies, with the status and code of their answers.
fn attacks() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let nested = |open: &str, close: &str, n: usize| format!("{}{}", open.repeat(n), close.repeat(n));
    let variables =
        |value: &str| format!(r#"{{"query":"{{__typename}}","variables":{{"a":{value}}}}}"#).into_bytes();

    vec![
        (
            "1 MB of parentheses",
            document("(".repeat(1_000_000)),
            "400 QUERY_TOO_LARGE",
        ),
        (
            "more than 1 MB",
            document("(".repeat(1_048_576)),
            "413 PAYLOAD_TOO_LARGE",
        ),
        (
            "64 KB of parentheses",
            document("(".repeat(65_536)),
            "400 GRAPHQL_PARSE_FAILED",
        ),
        (
            "50,000 aliases",
            document(format!("{{{}}}", many(50_000, "a#:__typename "))),
            "400 QUERY_TOO_LARGE",
        ),
        (
            "600 aliases",
            document(format!("{{{}}}", many(600, "a#:__typename "))),
            "400 QUERY_TOO_MANY_ALIASES",
        ),
        (
            "the spread bomb",
            document(bomb()),
            "400 QUERY_TOO_MANY_SELECTIONS",
        ),
        (
            "a circle of fragments",
            document("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"),
            "400 GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "deep selections",
            document(nested("{a", "}", 10_000)),
            "400 QUERY_NESTED_TOO_DEEP",
        ),
        (
            "deep lists",
            document(format!("{{a(b:{})}}", nested("[", "]", 30_000))),
            "400 QUERY_NESTED_TOO_DEEP",
        ),
        (
            "deep objects",
            document(format!("{{a(b:{}", "{a:".repeat(20_000))),
            "400 QUERY_NESTED_TOO_DEEP",
        ),
        (
            "deep variables",
            variables(&nested("[", "]", 100)),
            "400 VARIABLES_NESTED_TOO_DEEP",
        ),
        (
            "variables too deep to read",
            variables(&nested("[", "]", 400_000)),
            "400 BAD_REQUEST",
        ),
        (
            "large variables",
            variables(&format!("\"{}\"", "x".repeat(900_000))),
            "400 VARIABLES_TOO_LARGE",
        ),
        (
            "many variables",
            document(format!("query({}){{a}}", many(500, "$v#:Int "))),
            "400 QUERY_TOO_MANY_VARIABLES",
        ),
        (
            "1,000 directives",
            document(format!("{{__typename{}}}", "@a".repeat(1_000))),
            "400 QUERY_TOO_MANY_DIRECTIVES",
        ),
        (
            "huge names",
            document(format!("{{{}}}", "x".repeat(60_000))),
            "400 GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "fragments that nobody uses",
            document(format!(
                "{{__typename}}{}",
                many(200, "fragment F# on Query{__typename}")
            )),
            "400 QUERY_TOO_MANY_FRAGMENTS",
        ),
        (
            "fields with other arguments",
            document(format!("{{{}}}", many(18, "__type(name:\"#\"){name}"))),
            "400 GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "introspection in circles",
            document(format!(
                "{{{}}}",
                many(
                    20,
                    "a#:__schema{types{fields{type{fields{args{type{fields{name}}}}}}}}"
                )
            )),
            "200 or refused",
        ),
        (
            "a batch of 1,000",
            json!(vec![json!({ "query": "{__typename}" }); 1_000])
                .to_string()
                .into_bytes(),
            "400 BAD_REQUEST",
        ),
        (
            "a batch of bombs",
            json!(vec![json!({ "query": bomb() }); 10])
                .to_string()
                .into_bytes(),
            "200 or refused",
        ),
        ("long leaves, many times", document(agents()), "200 or refused"),
        (
            "a batch of long leaves",
            json!(vec![json!({ "query": agents() }); 10])
                .to_string()
                .into_bytes(),
            "200 or refused",
        ),
        (
            "whole stories",
            document(whole_stories()),
            "400 QUERY_TOO_COMPLEX",
        ),
        (
            "a batch of whole stories",
            json!(vec![json!({ "query": whole_stories() }); 10])
                .to_string()
                .into_bytes(),
            "200 or refused",
        ),
        (
            "half a body",
            br#"{"query":"{__typename"#.to_vec(),
            "400 BAD_REQUEST",
        ),
        (
            "no UTF-8",
            b"{\"query\":\"\xff\xfe\"}".to_vec(),
            "400 BAD_REQUEST",
        ),
        ("no document", b"{}".to_vec(), "400 BAD_REQUEST"),
        (
            "types that are wrong",
            br#"{"query":1,"variables":[],"operationName":{}}"#.to_vec(),
            "400 BAD_REQUEST",
        ),
        (
            "two operations",
            document("query A{__typename}query B{__typename}"),
            "400 OPERATION_RESOLUTION_FAILURE",
        ),
    ]
}

fn told(answer: &Answer) -> String {
    let body = answer.json();
    let code = body["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_default();
    format!("{} {code}", answer.status.as_u16())
}

/// Asks until the attack is over; the times of all answers.
async fn stand_by(door: &Door, over: &AtomicBool) -> Vec<Duration> {
    let mut times = Vec::new();
    while !over.load(Ordering::Relaxed) || times.is_empty() {
        let started = Instant::now();
        let answer = door.post("/graphql", &json!({ "query": "{ __typename }" })).await;
        times.push(started.elapsed());
        assert_eq!(answer.text(), r#"{"data":{"__typename":"Query"}}"#);
    }

    times.sort_unstable();

    times
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bystander_is_served_while_each_attack_is_repeated() {
    let door = Arc::new(Door::open().await);
    fill(&door);
    // Each keeps a connection of its own.
    let clients: Vec<_> = (0..ATTACKERS)
        .map(|_| reqwest::Client::builder().no_proxy().build().unwrap())
        .collect();
    for (name, body, expected) in attacks() {
        let over = AtomicBool::new(false);
        let attackers = clients.iter().map(|client| {
            let (door, body, client) = (Arc::clone(&door), body.clone(), client.clone());
            tokio::spawn(async move {
                for _ in 0..TIMES {
                    let request = client.post(door.url("/graphql"));
                    let request = request
                        .header("content-type", "application/json")
                        .header("accept", "application/graphql-response+json")
                        .body(body.clone());
                    let answer = Answer::of(request).await;

                    assert!(answer.body.len() < 500_000, "{name}: {}", answer.body.len());

                    if expected != "200 or refused" {
                        assert_eq!(told(&answer), expected, "{name}");
                        assert!(answer.body.len() < 8_000, "{name}: {}", answer.text());
                    }
                }
            })
        });

        let attack = async {
            for outcome in join_all(attackers).await {
                outcome.unwrap();
            }
            over.store(true, Ordering::Relaxed);
        };
        let (times, ()) = tokio::join!(stand_by(&door, &over), attack);
        let (worst, half, count) = (times[times.len() - 1], times[times.len() / 2], times.len());
        let shown = [worst, half].map(|time| time.as_secs_f64() * 1e3);
        println!(
            "{:>8.1} ms at worst, {:>6.1} ms for half of {count}: {name}",
            shown[0], shown[1]
        );
    }

    assert_eq!(door.get("/api/health").await.status, 200);
}

#[tokio::test]
async fn the_requests_of_a_batch_share_what_one_may_cost() {
    let door = Door::open().await;
    fill(&door);

    let batch = json!(vec![json!({ "query": agents() }); 10]);
    let answers = door.post("/graphql", &batch).await.json();
    let told: Vec<_> = answers
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| {
            answer["errors"][0]["extensions"]["code"]
                .as_str()
                .unwrap_or("done")
        })
        .collect();
    assert_eq!(told[0], "done", "{answers}");
    assert_eq!(told[1..], ["QUERY_TOO_COMPLEX"; 9]);

    // What is cheap is not held back by it.
    let batch = json!([{ "query": whole_stories() }, { "query": "{ __typename }" }]);
    let answers = door.post("/graphql", &batch).await.json();
    assert_eq!(answers[0]["errors"][0]["extensions"]["code"], "QUERY_TOO_COMPLEX");
    assert_eq!(answers[1], json!({ "data": { "__typename": "Query" } }));
}

#[tokio::test]
async fn an_answer_with_too_many_bytes_is_told_as_such_alone_in_a_batch_and_in_a_stream() {
    let door = Door::open_with(|config| config.graphql.limits.answer_bytes = 100_000).await;
    fill(&door);

    let page = |first: usize| json!({ "query": format!("{{ stories(first: {first}) {{ nodes {{ chapters {{ content }} }} }} }}") });
    let code = |answer: &serde_json::Value| answer["errors"][0]["extensions"]["code"].clone();

    let answer = door.post("/graphql", &page(4)).await;
    assert!(answer.body.len() > 80_000 && code(&answer.json()).is_null());

    let answer = door.post("/graphql", &page(20)).await;
    assert_eq!(answer.status, 200);
    let told = answer.json();
    assert_eq!(
        (code(&told), &told["data"]),
        (json!("ANSWER_TOO_LARGE"), &serde_json::Value::Null)
    );
    assert_eq!(
        told["errors"][0]["extensions"]["requestId"],
        answer.header("x-request-id")
    );
    assert!(answer.body.len() < 1_000, "{}", answer.body.len());

    let answer = door
        .post(
            "/graphql",
            &json!([page(4), page(4), { "query": "{ __typename }" }]),
        )
        .await;
    let told = answer.json();
    assert!(
        code(&told[0]).is_null() && answer.body.len() < 101_000,
        "{}",
        answer.body.len()
    );
    assert_eq!(code(&told[1]), "ANSWER_TOO_LARGE");
    assert_eq!(told[2], json!({ "data": { "__typename": "Query" } }));

    for accept in ["text/event-stream", "multipart/mixed;subscriptionSpec=1.0"] {
        let request = door.http.post(door.url("/graphql")).header("accept", accept);
        let answer = Answer::of(request.json(&page(20))).await;
        assert!(
            answer.text().contains("ANSWER_TOO_LARGE") && answer.body.len() < 1_000,
            "{accept}"
        );
    }
}
