//! Subscriptions: everything above a number, then what happens, then the end or one typed error.

use std::sync::atomic::Ordering;

use kit::{ErrorKind, Problem};
use proto::v1::RunStatus;
use serde_json::json;
use uuid::Uuid;

use super::Desk;
use crate::tests::{
    fakes::{event, log},
    harness::until,
};

fn run_events(run: &str, rest: &str) -> String {
    format!("subscription {{ runEvents(id: \"{run}\"{rest}) {{ number kind data at }} }}")
}

fn progress(story: &str, rest: &str) -> String {
    format!(
        "subscription {{ storyProgress(id: \"{story}\"{rest}) {{ number kind at status progress phase
        log {{ agentName action details level timestamp }} delta {{ node text }} question
        usage {{ node provider model inputTokens outputTokens costMicroUsd }}
        complete {{ audioUrl audioChunks durationSeconds }} errorMessage }} }}"
    )
}

/// Every type with its own fields, and no null in between.
fn story_events(story: &str, rest: &str) -> String {
    format!(
        "subscription {{ storyEvents(id: \"{story}\"{rest}) {{ __typename number cursor runId at
        ... on StoryLogged {{ agentName action details level }}
        ... on StoryStatusChanged {{ status phase percent }}
        ... on StoryQuestionAsked {{ question }}
        ... on StoryModelUsed {{ usage {{ model costMicroUsd }} }}
        ... on StoryTextWritten {{ node text }}
        ... on StoryCompleted {{ audioUrl audioChunks durationSeconds story {{ id }} }}
        ... on StoryFailed {{ errorMessage }}
        ... on StoryOtherEvent {{ name payload }} }} }}"
    )
}

const NOON: &str = "2026-01-01T12:00:00Z";
const NOON_IN_A_LOG: &str = "2026-01-01T12:00:00.000Z";

#[tokio::test]
async fn a_runs_events_are_replayed_told_live_and_end_with_the_run() {
    let desk = Desk::new();
    let run = desk.world.story(1, RunStatus::Running).run_id;
    desk.world.tell(&run, [log(1)]);

    let mut watch = desk.watch(&run_events(&run, ""));
    let line =
        json!({ "agent_name": "Analyzer", "action": "Step 1", "level": "info", "timestamp": NOON_IN_A_LOG });

    assert_eq!(
        watch.event().await,
        json!({ "number": 1, "kind": "LOG", "data": line, "at": NOON })
    );

    desk.world.tell(&run, [event(0, "delta", r#"{"text":"Once"}"#)]);

    let delta = watch.event().await;
    assert_eq!(
        (&delta["number"], &delta["kind"]),
        (&json!(null), &json!("DELTA"))
    );

    let complete = r#"{"audio_key":"s/a.mp3","audio_chunk_keys":["s/1.mp3"],"duration_seconds":61.4}"#;
    desk.world
        .tell(&run, [event(2, "complete", complete), event(3, "novelty", "[1]")]);
    desk.world.end(&run);

    let url = |key: &str| format!("https://saga.example/media/{}", desk.signer.sign(key, "mp3"));
    let made = json!({ "audio_url": url("s/a.mp3"), "audio_chunks": [url("s/1.mp3")], "duration": 61 });
    let told = watch.event().await;

    assert_eq!(
        (&told["kind"], &told["data"]),
        (&json!("COMPLETE"), &made),
        "links, not the store's keys"
    );

    let told = watch.event().await;
    assert_eq!((&told["kind"], &told["data"]), (&json!("OTHER"), &json!([1])));
    assert_eq!(watch.response().await, None);
}

#[tokio::test]
async fn a_watcher_that_comes_back_with_a_number_misses_nothing_and_is_told_nothing_twice() {
    let desk = Desk::new();
    let story = desk.world.story(1, RunStatus::Running);
    desk.world.tell(&story.run_id, (1..=100).map(log));

    for query in [
        run_events(&story.run_id, ", after: 97"),
        progress(&story.id, ", after: 97"),
    ] {
        let mut watch = desk.watch(&query);
        assert_eq!(watch.numbers(3).await, [98, 99, 100], "{query}");
        assert!(watch.is_quiet());
    }

    desk.world.end(&story.run_id);

    let mut late = desk.watch(&run_events(&story.run_id, ", after: 100"));
    assert_eq!(late.response().await, None, "there is nothing left");
}

#[tokio::test]
async fn a_number_of_an_earlier_attempt_begins_a_storys_progress_anew() {
    let desk = Desk::new();
    let story = desk.world.story(1, RunStatus::Running);
    desk.world.tell(&story.run_id, (1..=3).map(log));
    let mut watch = desk.watch(&progress(&story.id, ", after: 50"));
    assert_eq!(watch.numbers(3).await, [1, 2, 3]);
}

#[tokio::test]
async fn a_number_that_names_an_earlier_attempt_hides_nothing_of_the_current_one() {
    let desk = Desk::new();
    let story = desk.world.story(1, RunStatus::Running);
    desk.world.tell(&story.run_id, (1..=10).map(log));
    desk.world.end(&story.run_id);

    let query = |rest: &str| {
        format!(
            "subscription {{ storyProgress(id: \"{}\"{rest}) {{ number run }} }}",
            story.id
        )
    };
    let after = |number: u64, run: &str| query(&format!(", after: {number}, run: \"{run}\""));

    let last = desk.watch(&after(9, &story.run_id)).event().await;
    assert_eq!(last, json!({ "number": 10, "run": story.run_id }));

    let second = desk.world.remake(&story, (1..=12).map(log));

    let mut all = desk.watch(&after(10, &story.run_id));
    assert_eq!(all.numbers(12).await, (1..=12).collect::<Vec<_>>());

    let last = desk.watch(&after(11, &second)).event().await;
    assert_eq!(last, json!({ "number": 12, "run": second }));

    // A number alone is one of the current attempt.
    assert_eq!(desk.watch(&query(", after: 11")).numbers(1).await, [12]);
}

#[tokio::test]
async fn a_storys_progress_tells_every_fact_that_rest_tells() {
    let desk = Desk::new();
    let story = desk.world.story(1, RunStatus::Running);
    let usage = r#"{"node":"write","provider":"p","model":"m","input_tokens":1,"output_tokens":2,"cost_micro_usd":3}"#;
    let details =
        r#"{"agent_name":"Analyzer","action":"Scanning","details":{"files":247},"level":"success"}"#;
    let status = r#"{"status":"running","progress":40,"phase":"generating"}"#;
    let cancelled = r#"{"status":"cancelled","progress":40,"phase":"generating"}"#;
    let complete = r#"{"audio_key":"s/a.mp3","audio_chunk_keys":[],"duration_seconds":622.7}"#;
    desk.world.tell(
        &story.run_id,
        [
            event(1, "status", status),
            event(2, "log", details),
            event(3, "question", r#"{"question":"Which?"}"#),
            event(4, "usage", usage),
            event(5, "complete", complete),
            event(6, "error", r#"{"error_message":"The repository is empty."}"#),
            event(7, "status", cancelled),
        ],
    );

    let mut watch = desk.watch(&progress(&story.id, ""));
    let audio = format!(
        "https://saga.example/media/{}",
        desk.signer.sign("s/a.mp3", "mp3")
    );

    let facts = [
        json!({ "kind": "STATUS", "status": "GENERATING", "progress": 40, "phase": "generating" }),
        json!({ "kind": "LOG", "log": { "agentName": "Analyzer", "action": "Scanning", "details": { "files": 247 },
            "level": "SUCCESS", "timestamp": NOON_IN_A_LOG } }),
        json!({ "kind": "QUESTION", "question": { "question": "Which?" } }),
        json!({ "kind": "USAGE", "usage": { "node": "write", "provider": "p", "model": "m", "inputTokens": 1,
            "outputTokens": 2, "costMicroUsd": 3 } }),
        json!({ "kind": "COMPLETE", "complete": { "audioUrl": audio, "audioChunks": [], "durationSeconds": 623 } }),
        json!({ "kind": "ERROR", "errorMessage": "The repository is empty." }),
        json!({ "kind": "STATUS", "status": "CANCELLED", "progress": 40, "phase": "generating", "errorMessage": "cancelled" }),
    ];
    for (number, mut expected) in (1..).zip(facts) {
        (expected["number"], expected["at"]) = (json!(number), json!(NOON));
        let mut told = watch.event().await;
        told.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        assert_eq!(told, expected);
    }

    desk.world.tell(
        &story.run_id,
        [event(0, "delta", r#"{"node":"write","text":"Once"}"#)],
    );

    let delta = watch.event().await;
    assert_eq!(delta["delta"], json!({ "node": "write", "text": "Once" }));
}

#[tokio::test]
async fn each_event_of_a_story_is_of_the_type_that_says_what_happened() {
    let desk = Desk::new();
    let story = desk.world.story(1, RunStatus::Running);
    let status = |word: &str| format!(r#"{{"status":"{word}","progress":40,"phase":"generating"}}"#);
    desk.world.tell(
        &story.run_id,
        [
            event(1, "status", &status("running")),
            log(2),
            event(3, "question", r#"{"question":"Which?"}"#),
            event(4, "usage", r#"{"model":"m","cost_micro_usd":3}"#),
            event(
                5,
                "complete",
                r#"{"audio_key":"s/a.mp3","audio_chunk_keys":[],"duration_seconds":622.7}"#,
            ),
            event(6, "error", r#"{"error_message":"The repository is empty."}"#),
            event(7, "status", &status("cancelled")),
            event(8, "status", &status("failed")),
            event(9, "something new", "[1]"),
        ],
    );
    let audio = format!(
        "https://saga.example/media/{}",
        desk.signer.sign("s/a.mp3", "mp3")
    );

    let facts = [
        json!({ "__typename": "StoryStatusChanged", "status": "GENERATING", "phase": "generating", "percent": 40 }),
        json!({ "__typename": "StoryLogged", "agentName": "Analyzer", "action": "Step 2", "details": {}, "level": "INFO" }),
        json!({ "__typename": "StoryQuestionAsked", "question": { "question": "Which?" } }),
        json!({ "__typename": "StoryModelUsed", "usage": { "model": "m", "costMicroUsd": 3 } }),
        json!({ "__typename": "StoryCompleted", "audioUrl": audio, "audioChunks": [], "durationSeconds": 623,
            "story": { "id": story.id } }),
        json!({ "__typename": "StoryFailed", "errorMessage": "The repository is empty." }),
        json!({ "__typename": "StoryStatusChanged", "status": "CANCELLED", "phase": "generating", "percent": 40 }),
        json!({ "__typename": "StoryStatusChanged", "status": "FAILED", "phase": "generating", "percent": 40 }),
        json!({ "__typename": "StoryOtherEvent", "name": "something new", "payload": [1] }),
    ];
    let mut watch = desk.watch(&story_events(&story.id, ""));
    for (number, mut expected) in (1..).zip(facts) {
        let told = watch.event().await;
        assert!(told["cursor"].is_string(), "{told}");
        (expected["number"], expected["at"]) = (json!(number), json!(NOON));
        (expected["runId"], expected["cursor"]) = (json!(story.run_id), told["cursor"].clone());
        assert_eq!(told, expected);
    }

    desk.world.tell(
        &story.run_id,
        [event(0, "delta", r#"{"node":"write","text":"Once"}"#)],
    );
    assert_eq!(
        watch.event().await,
        json!({ "__typename": "StoryTextWritten", "number": null, "at": NOON, "cursor": null, "runId": story.run_id,
            "node": "write", "text": "Once" })
    );
}

#[tokio::test]
async fn the_cursor_of_an_event_knows_its_attempt_and_where_to_go_on() {
    let desk = Desk::new();
    let story = desk.world.story(1, RunStatus::Running);
    desk.world.tell(&story.run_id, (1..=10).map(log));
    desk.world.end(&story.run_id);

    let mut first = desk.watch(&story_events(&story.id, ""));
    first.numbers(8).await;
    let ninth = first.event().await["cursor"].as_str().unwrap().to_owned();
    let after = format!(", after: \"{ninth}\"");
    assert_eq!(
        desk.watch(&story_events(&story.id, &after)).numbers(1).await,
        [10]
    );

    let by_cursor = run_events(&story.run_id, &format!(", cursor: \"{ninth}\""));
    assert_eq!(desk.watch(&by_cursor).numbers(1).await, [10]);

    let second = desk.world.remake(&story, (1..=12).map(log));
    let mut all = desk.watch(&story_events(&story.id, &after));
    assert_eq!(all.numbers(12).await, (1..=12).collect::<Vec<_>>());

    let mut other = desk.watch(&run_events(&second, &format!(", cursor: \"{ninth}\"")));
    assert_eq!(other.numbers(2).await, [1, 2], "it counts in another run");
}

#[tokio::test]
async fn each_event_of_a_run_is_of_the_type_that_says_what_happened() {
    let desk = Desk::new();
    let run = desk.world.story(1, RunStatus::Running).run_id;
    let status = |word: &str| format!(r#"{{"status":"{word}","progress":40,"phase":"generating"}}"#);
    desk.world.tell(
        &run,
        [
            event(1, "status", &status("queued")),
            event(2, "status", &status("running")),
            event(3, "status", &status("waiting_for_input")),
            event(4, "status", &status("cancelled")),
            log(5),
            event(
                6,
                "complete",
                r#"{"audio_key":"s/a.mp3","audio_chunk_keys":[],"duration_seconds":1}"#,
            ),
            event(7, "error", r#"{"error_message":"No."}"#),
            event(8, "something new", "[1]"),
        ],
    );
    desk.world.end(&run);

    let query = |field: &str| {
        format!(
            "{field} {{ __typename number runId kind
            ... on RunStatusChanged {{ status percent }} ... on RunLogged {{ action }}
            ... on RunCompleted {{ audio {{ durationSeconds }} }} ... on RunFailed {{ errorMessage }}
            ... on RunOtherEvent {{ name payload }} }}"
        )
    };
    let mut watch = desk.watch(&format!(
        "subscription {{ {} }}",
        query(&format!("runEvents(id: \"{run}\")"))
    ));
    let changed = |status: &str| json!({ "__typename": "RunStatusChanged", "kind": "STATUS", "status": status, "percent": 40 });
    let facts = [
        changed("QUEUED"),
        changed("RUNNING"),
        changed("WAITING_FOR_INPUT"),
        changed("CANCELLED"),
        json!({ "__typename": "RunLogged", "kind": "LOG", "action": "Step 5" }),
        json!({ "__typename": "RunCompleted", "kind": "COMPLETE", "audio": { "durationSeconds": 1 } }),
        json!({ "__typename": "RunFailed", "kind": "ERROR", "errorMessage": "No." }),
        json!({ "__typename": "RunOtherEvent", "kind": "OTHER", "name": "something new", "payload": [1] }),
    ];
    let mut told = Vec::new();
    for (number, mut expected) in (1..).zip(facts) {
        (expected["number"], expected["runId"]) = (json!(number), json!(run));
        told.push(expected.clone());
        assert_eq!(watch.event().await, expected);
    }

    // Read back, they are the same.
    let read = format!("{{ run(id: \"{run}\") {{ events {{ nodes {} }} }} }}", query(""));
    assert_eq!(desk.data(&read).await["run"]["events"]["nodes"], json!(told));
}

#[tokio::test]
async fn the_story_itself_can_be_asked_for_with_an_event() {
    let desk = Desk::new();
    let story = desk.world.story(1, RunStatus::Running);
    desk.world.tell(&story.run_id, [log(1)]);

    let query = format!(
        "subscription {{ storyProgress(id: \"{}\") {{ number story {{ id status }} }} }}",
        story.id
    );
    let mut watch = desk.watch(&query);
    let shown = |status: &str| json!({ "id": story.id, "status": status });

    assert_eq!(watch.event().await["story"], shown("ANALYZING"));

    let done = proto::v1::Story {
        status: RunStatus::Completed.into(),
        ..story.clone()
    };
    desk.world.lock().stories.insert(story.id.clone(), done);
    desk.world.tell(&story.run_id, [log(2)]);

    assert_eq!(
        watch.event().await["story"],
        shown("COMPLETED"),
        "nothing is remembered between events"
    );
}

#[tokio::test]
async fn many_watchers_share_one_upstream_which_ends_with_the_last_of_them() {
    let desk = Desk::new();
    let story = desk.world.story(1, RunStatus::Running);
    desk.world.tell(&story.run_id, [log(1)]);

    let mut watches = Vec::new();
    for place in 0..50 {
        let mut watch = match place % 2 {
            0 => desk.watch(&run_events(&story.run_id, "")),
            _ => desk.watch(&progress(&story.id, "")),
        };
        assert_eq!(watch.numbers(1).await, [1]);
        watches.push(watch);
    }

    assert_eq!(*desk.world.lock().watched, [0], "one upstream");

    drop(watches);
    until("the upstream is closed", || {
        desk.world.open_watches.load(Ordering::SeqCst) == 0
    })
    .await;
}

#[tokio::test]
async fn what_can_not_be_watched_is_refused_with_its_code() {
    let desk = Desk::new();
    let story = desk.world.story(1, RunStatus::Running);
    let missing = Uuid::from_u128(9).to_string();
    let rows = [
        (run_events(&missing, ""), "RESOURCE_NOT_FOUND STORY_NOT_FOUND"),
        (progress(&missing, ""), "RESOURCE_NOT_FOUND STORY_NOT_FOUND"),
        (run_events("x", ""), "VALIDATION_ERROR INVALID_FIELDS id"),
        (progress("x", ""), "VALIDATION_ERROR INVALID_FIELDS id"),
        (story_events("x", ""), "VALIDATION_ERROR INVALID_FIELDS id"),
        (story_events(&missing, ""), "RESOURCE_NOT_FOUND STORY_NOT_FOUND"),
        (
            story_events(&story.id, ", after: \"x\""),
            "VALIDATION_ERROR INVALID_FIELDS after",
        ),
        (
            run_events(&story.run_id, ", cursor: \"x\""),
            "VALIDATION_ERROR INVALID_FIELDS cursor",
        ),
        (
            run_events(&story.run_id, ", after: -1"),
            "VALIDATION_ERROR INVALID_FIELDS after",
        ),
        (
            progress(&story.id, ", after: -2147483648"),
            "VALIDATION_ERROR INVALID_FIELDS after",
        ),
    ];
    for (query, told) in rows {
        assert_eq!(desk.watch(&query).ends_with().await.1, told, "{query}");
    }

    assert!(
        desk.world.lock().watched.is_empty(),
        "no stream was opened for them"
    );
}

#[tokio::test]
async fn one_watcher_too_many_is_refused_and_told_when_to_come_back() {
    let desk = Desk::with(|config| config.stream.max_clients = 1);
    let run = desk.world.story(1, RunStatus::Running).run_id;
    desk.world.tell(&run, [log(1)]);

    let mut first = desk.watch(&run_events(&run, ""));
    assert_eq!(first.numbers(1).await, [1]);

    let (error, told) = desk.watch(&run_events(&run, "")).ends_with().await;
    assert_eq!(told, "EXTERNAL_SERVICE_ERROR");
    assert_eq!(error["extensions"]["retryAfter"], 5);

    drop(first);
    assert_eq!(desk.watch(&run_events(&run, "")).numbers(1).await, [1]);
}

#[tokio::test]
async fn a_watcher_that_is_too_slow_is_ended_and_told_where_to_go_on() {
    let desk = Desk::with(|config| config.stream.queue_events = 4);
    let run = desk.world.story(1, RunStatus::Running).run_id;
    desk.world.tell(&run, [log(1)]);

    let mut slow = desk.watch(&run_events(&run, ""));
    let mut quick = desk.watch(&run_events(&run, ""));

    assert_eq!(
        (slow.numbers(1).await, quick.numbers(1).await),
        (vec![1], vec![1])
    );
    // Both have everything now, and wait.
    assert!(slow.is_quiet() && quick.is_quiet());

    for _ in 0..10 {
        desk.world.tell(&run, [event(0, "delta", r#"{"text":"x"}"#)]);
        assert_eq!(quick.event().await["kind"], "DELTA");
    }

    let (error, told) = slow.ends_with().await;
    assert_eq!(told, "TOO_SLOW");
    assert_eq!(error["extensions"]["lastEvent"], 1);
    assert!(error["message"].as_str().unwrap().contains("after: 1"));
}

#[tokio::test]
async fn a_run_that_can_not_be_watched_any_more_ends_with_the_services_refusal() {
    let desk = Desk::new();
    let run = desk.world.story(1, RunStatus::Running).run_id;
    desk.world.tell(&run, [log(1), log(2)]);

    {
        let mut state = desk.world.lock();
        state.break_after = Some(1);
    }

    let mut watch = desk.watch(&run_events(&run, ""));
    assert_eq!(watch.numbers(1).await, [1]);

    desk.world.lock().refusal = Some(Problem::new(
        ErrorKind::NotFound,
        "RUN_NOT_FOUND",
        "There is no such run.",
    ));

    let (_, told) = watch.ends_with().await;
    assert_eq!(told, "RESOURCE_NOT_FOUND RUN_NOT_FOUND");
}

#[tokio::test]
async fn when_the_server_stops_every_subscription_says_goodbye() {
    let desk = Desk::new();
    let story = desk.world.story(1, RunStatus::Running);
    desk.world.tell(&story.run_id, [log(1), log(2)]);

    let mut watches = [
        desk.watch(&run_events(&story.run_id, "")),
        desk.watch(&progress(&story.id, "")),
    ];
    for watch in &mut watches {
        assert_eq!(watch.numbers(2).await, [1, 2]);
    }

    desk.stop.cancel();

    for watch in &mut watches {
        let (error, told) = watch.ends_with().await;
        assert_eq!(told, "GOING_AWAY");
        assert_eq!(error["extensions"]["lastEvent"], 2);
    }
}
