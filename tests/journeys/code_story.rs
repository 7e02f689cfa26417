//! Code Story as its clients use it.

use std::process::Stdio;

use reqwest::{
    Method, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RANGE},
};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::harness::{
    client::{Client, watch},
    repositories::Repositories,
    saga::{DataFolder, Launch},
};

/// The contract's keys of a story, in its order.
const KEYS: [&str; 15] = [
    "id",
    "repo_url",
    "repo_name",
    "status",
    "progress",
    "style",
    "duration_minutes",
    "audio_url",
    "audio_chunks",
    "chapters",
    "cover_url",
    "created_at",
    "updated_at",
    "error_message",
    "duration_seconds",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_contracts_gates_pass_with_curl() {
    let missing: Vec<_> = ["bash", "curl", "jq"]
        .into_iter()
        .filter(|tool| !is_installed(tool))
        .collect();
    if !missing.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "CI has no {missing:?}");
        println!("skipped: {missing:?} not installed");
        return;
    }

    let (data, repositories) = (DataFolder::new(), Repositories::start().await);
    let saga = Launch::new(&data).serve().await;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/journeys/gates.sh");
    let run = Command::new("bash")
        .arg(script)
        .env("BASE", saga.base())
        .env("REPO", repositories.sample())
        .env("no_proxy", "*")
        .stdin(Stdio::null())
        .output()
        .await
        .expect("bash runs");
    let said = String::from_utf8_lossy(&run.stdout);

    assert!(
        run.status.success(),
        "{said}\n{}\n{}",
        String::from_utf8_lossy(&run.stderr),
        saga.log()
    );
    assert!(said.contains("All gates passed"));
}

fn is_installed(tool: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|folder| folder.join(tool).is_file())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repository_becomes_a_narrated_story() {
    let (data, repositories) = (DataFolder::new(), Repositories::start().await);
    let saga = Launch::new(&data).serve().await;
    let client = Client::of(&saga);
    let id = client.generate(&repositories.sample()).await;
    let story = client.story_in(&id, &["completed"]).await;

    for key in KEYS {
        assert!(story.get(key).is_some(), "no `{key}` in {story}");
    }

    assert_eq!(
        (&story["progress"], &story["duration_minutes"]),
        (&json!(100), &json!(5))
    );

    let seconds = story["duration_seconds"].as_f64().expect("seconds");
    assert!(
        (240.0..=360.0).contains(&seconds),
        "a five-minute story lasts {seconds} s"
    );

    let chapters = story["chapters"].as_array().expect("chapters");
    assert!(chapters.len() >= 3, "{} chapters", chapters.len());

    let chunks = story["audio_chunks"].as_array().expect("chunks");
    assert_eq!(
        chunks.len(),
        chapters.len(),
        "one piece of audio for each chapter"
    );

    let mut end = 0.0;
    for chapter in chapters {
        assert!(!chapter["content"].as_str().expect("content").is_empty());
        let start = chapter["timestamp_start"].as_f64().expect("a start");
        assert!(
            start + 1.5 >= end,
            "chapters follow one another: {start} after {end}"
        );
        end = start + chapter["duration_seconds"].as_f64().expect("a duration");
    }

    for url in chunks.iter().chain([&story["audio_url"]]) {
        let bytes = client.bytes(url.as_str().expect("a URL")).await;
        assert_eq!(bytes[..2], [0xff, 0xfb], "an MPEG layer III frame opens the file");
    }

    let cover = client.bytes(story["cover_url"].as_str().expect("a cover")).await;
    assert!(String::from_utf8(cover).expect("SVG is text").contains("<svg"));

    check_messages(&watch(&saga, &id, 0).await, seconds);
}

fn check_messages(messages: &[Value], seconds: f64) {
    let logged = |action: &str| {
        let found = messages
            .iter()
            .position(|message| message["data"]["action"] == action);
        found.unwrap_or_else(|| panic!("`{action}` is not in the log"))
    };

    let lines = [
        ("Intent", "Parsing user request", "info"),
        ("Intent", "Intent extracted", "success"),
        ("Analyzer", "Starting repository analysis", "info"),
        ("Analyzer", "Analysis complete", "success"),
        ("Architect", "Generating narrative", "info"),
        ("Architect", "Script complete", "success"),
        ("Synthesizer", "Generating audio", "info"),
        ("Synthesizer", "Audio complete", "success"),
        ("System", "Story generation complete", "success"),
    ];

    assert!(
        lines.map(|(_, action, _)| logged(action)).is_sorted(),
        "the contract's lines come in its order"
    );

    for (agent, action, level) in lines {
        let data = &messages[logged(action)]["data"];
        assert_eq!(
            (&data["agent_name"], &data["level"]),
            (&json!(agent), &json!(level)),
            "{data}"
        );
        assert!(
            data["timestamp"].as_str().is_some_and(|at| at.ends_with('Z')),
            "{data}"
        );
    }

    let last = messages.last().expect("messages");
    assert_eq!(last["type"], "complete");

    let told = last["data"]["duration"].as_f64().expect("seconds");
    assert!(
        (told - seconds).abs() <= 1.0,
        "the socket and the story agree on {seconds} s, not {told}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn audio_answers_heads_ranges_and_conditions_but_no_forged_name() {
    let (data, repositories) = (DataFolder::new(), Repositories::start().await);
    let saga = Launch::new(&data).serve().await;
    let client = Client::of(&saga);
    let id = client.generate(&repositories.sample()).await;
    let story = client.story_in(&id, &["completed"]).await;
    let url = story["audio_url"].as_str().expect("a URL").to_owned();

    assert!(url.starts_with(saga.base()), "{url} is absolute");

    let head = client.http().head(&url).send().await.expect("an answer");
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(head.headers()[CONTENT_TYPE], "audio/mpeg");

    let length: u64 = head.headers()[CONTENT_LENGTH]
        .to_str()
        .expect("text")
        .parse()
        .expect("a number");

    assert_eq!(client.bytes(&url).await.len() as u64, length);

    let part = client
        .http()
        .get(&url)
        .header(RANGE, "bytes=100-199")
        .send()
        .await
        .expect("an answer");

    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.headers()[CONTENT_RANGE], format!("bytes 100-199/{length}"));
    assert_eq!(part.bytes().await.expect("bytes").len(), 100);

    let same = client
        .http()
        .get(&url)
        .header(IF_NONE_MATCH, &head.headers()[ETAG])
        .send()
        .await
        .expect("an answer");

    assert_eq!(same.status(), StatusCode::NOT_MODIFIED);

    let (folder, name) = url.rsplit_once('/').expect("a path");
    let forged = format!("{folder}/{}", flip_one_letter(name));
    let refused = client
        .http()
        .request(Method::GET, forged)
        .send()
        .await
        .expect("an answer");

    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
}

fn flip_one_letter(name: &str) -> String {
    let swapped = if name.starts_with('A') { 'B' } else { 'A' };
    std::iter::once(swapped).chain(name.chars().skip(1)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restarting_tells_the_story_again() {
    let (data, repositories) = (DataFolder::new(), Repositories::start().await);
    let saga = Launch::new(&data).serve().await;
    let client = Client::of(&saga);
    let id = client.generate(&repositories.sample()).await;
    let first = client.story_in(&id, &["completed"]).await;

    let answer = client
        .post(&format!("/api/stories/{id}/restart"), json!({}))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(
        answer.body,
        json!({ "id": id, "status": "pending", "message": "Story generation restarted" })
    );

    client
        .story_in(&id, &["pending", "analyzing", "generating", "synthesizing"])
        .await;

    let second = client.story_in(&id, &["completed"]).await;
    assert_eq!(
        first["chapters"], second["chapters"],
        "the offline author is deterministic"
    );
}
