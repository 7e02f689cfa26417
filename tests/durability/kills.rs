//! `kill -9` in every phase of a story.

use serde_json::Value;

use crate::harness::{
    client::{Client, watch, watch_while},
    elevenlabs::ElevenLabs,
    repositories::Repositories,
    saga::{DataFolder, Launch, Saga},
};

async fn serve(data: &DataFolder, voice: &ElevenLabs) -> Saga {
    Launch::new(data)
        .set("ELEVENLABS_API_KEY", "a-test-key")
        .set("SAGA_VOICE__ELEVENLABS_BASE_URL", voice.base())
        .set("SAGA_STORY__CHUNKS_AT_ONCE", "1")
        .serve()
        .await
}

/// Watches the story until `here` says so, then kills the process.
async fn kill_when(saga: Saga, story: &str, here: impl Fn(&Value) -> bool) {
    watch_while(&saga, story, 0, |message| !here(message)).await;
    saga.kill().await;
}

fn status(message: &Value) -> Option<(&str, i64)> {
    (message["type"] == "status").then(|| {
        (
            message["data"]["status"].as_str().unwrap_or_default(),
            message["data"]["progress"].as_i64().unwrap_or(-1),
        )
    })
}

fn is_action(message: &Value, action: &str) -> bool {
    message["type"] == "log" && message["data"]["action"] == action
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_story_killed_in_every_phase_is_finished_without_doing_finished_work_twice() {
    let (data, voice, repositories) = (
        DataFolder::new(),
        ElevenLabs::start_with(0).await,
        Repositories::start().await,
    );
    let repository = repositories.sample();

    let saga = serve(&data, &voice).await;
    let story = Client::of(&saga).generate(&repository).await;
    kill_when(saga, &story, |message| {
        is_action(message, "Starting repository analysis")
    })
    .await;

    let saga = serve(&data, &voice).await;
    kill_when(saga, &story, |message| is_action(message, "Generating narrative")).await;

    let saga = serve(&data, &voice).await;
    kill_when(saga, &story, |message| is_action(message, "Generating audio")).await;

    let saga = serve(&data, &voice).await;
    voice.held(1).await;
    voice.allow(2);

    // One piece at a time: the third is asked for only when the first two are journalled.
    voice.asked(3).await;
    saga.kill().await;

    let spoken = voice.answered();
    assert_eq!(spoken, 2);

    let saga = serve(&data, &voice).await;
    voice.allow(usize::MAX);
    Client::of(&saga).story_in(&story, &["completed"]).await;

    let twice: Vec<_> = voice
        .said()
        .into_iter()
        .filter(|(_, said)| said.answered != 1)
        .collect();

    assert!(
        twice.is_empty(),
        "every piece is paid for exactly once, but: {twice:?}"
    );
    assert!(voice.answered() > spoken, "the rest was spoken after the kill");

    let messages = watch(&saga, &story, 0).await;
    for action in [
        "Parsing user request",
        "Intent extracted",
        "Starting repository analysis",
        "Analysis complete",
        "Generating narrative",
        "Script complete",
        "Generating audio",
        "Audio complete",
        "Story generation complete",
    ] {
        let times = messages
            .iter()
            .filter(|message| is_action(message, action))
            .count();
        assert_eq!(
            times, 1,
            "`{action}` is logged once, however often the process was killed"
        );
    }

    let progress: Vec<_> = messages
        .iter()
        .filter_map(status)
        .map(|(_, progress)| progress)
        .collect();

    assert!(progress.is_sorted(), "progress never falls: {progress:?}");
    assert_eq!(progress.last(), Some(&100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_has_a_number_and_none_is_lost_across_a_kill() {
    let (data, voice, repositories) = (
        DataFolder::new(),
        ElevenLabs::start_with(1).await,
        Repositories::start().await,
    );
    let saga = serve(&data, &voice).await;
    let story = Client::of(&saga).generate(&repositories.sample()).await;
    let mut before = Vec::new();
    watch_while(&saga, &story, 0, |message| {
        before.push(message.clone());
        !is_action(message, "Generating audio")
    })
    .await;
    voice.held(1).await;
    saga.kill().await;

    let saga = serve(&data, &voice).await;
    voice.allow(usize::MAX);

    let last = number(before.last().expect("something was watched"));
    let after = watch(&saga, &story, last).await;

    let numbers: Vec<_> = before
        .iter()
        .chain(&after)
        .filter(|message| message["seq"].is_u64())
        .map(number)
        .collect();
    let expected: Vec<_> = (1..=numbers.len() as u64).collect();

    assert_eq!(numbers, expected, "numbers run from 1 without gap or repetition");

    let whole = watch(&saga, &story, 0).await;
    assert_eq!(
        whole,
        before
            .into_iter()
            .chain(after)
            .filter(|message| message["type"] != "delta")
            .collect::<Vec<_>>()
    );
}

fn number(message: &Value) -> u64 {
    message["seq"]
        .as_u64()
        .unwrap_or_else(|| panic!("a number in {message}"))
}
