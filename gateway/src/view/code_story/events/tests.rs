//! Each event of the engine, as clients see it.

use expect_test::{Expect, expect};
use kit::media::MediaSigner;

use super::*;
use crate::view::{code_story::GRAPH, events};

fn engine_event(number: u64, kind: &str, data: &str) -> RunEvent {
    RunEvent {
        number,
        kind: kind.into(),
        data: data.into(),
        at: "2026-01-01T12:00:00.250Z".parse().ok(),
        run_id: "r".into(),
        graph: GRAPH.into(),
    }
}

/// The kind and the data of the projected event.
fn check(kind: &str, data: Value, expected: Expect) {
    let event = project(engine_event(3, kind, &data.to_string())).unwrap();
    expected.assert_eq(&format!("{} {}", event.kind, event.data));
}

fn try_message(event: RunEvent) -> Result<String, serde_json::Error> {
    let signer = MediaSigner::new(kit::secrets::Key::random());
    let links = Links {
        base: "https://saga.example",
        signer: &signer,
    };

    events::project_event(event).and_then(|event| events::message(&event, links))
}

#[test]
fn a_runs_status_is_said_in_code_storys_words() {
    let status = |status: &str, phase: &str| json!({ "status": status, "phase": phase, "progress": 69.6 });
    check(
        "status",
        status("queued", ""),
        expect![[r#"status {"status":"pending","progress":70,"phase":"analyzing","run_status":"queued"}"#]],
    );
    check(
        "status",
        status("running", ""),
        expect![[
            r#"status {"status":"analyzing","progress":70,"phase":"analyzing","run_status":"running"}"#
        ]],
    );

    check(
        "status",
        status("running", "generating"),
        expect![[
            r#"status {"status":"generating","progress":70,"phase":"generating","run_status":"running"}"#
        ]],
    );
    check(
        "status",
        status("waiting_for_input", "generating"),
        expect![[
            r#"status {"status":"generating","progress":70,"phase":"generating","run_status":"waiting_for_input"}"#
        ]],
    );
    check(
        "status",
        status("cancelling", "generating"),
        expect![[
            r#"status {"status":"generating","progress":70,"phase":"generating","run_status":"cancelling"}"#
        ]],
    );

    check(
        "status",
        status("completed", "synthesizing"),
        expect![[
            r#"status {"status":"completed","progress":70,"phase":"synthesizing","run_status":"completed"}"#
        ]],
    );
    check(
        "status",
        status("failed", "synthesizing"),
        expect![[r#"status {"status":"failed","progress":70,"phase":"synthesizing","run_status":"failed"}"#]],
    );
    check(
        "status",
        status("cancelled", "synthesizing"),
        expect![[
            r#"status {"status":"failed","progress":70,"phase":"synthesizing","run_status":"cancelled","error_message":"cancelled"}"#
        ]],
    );
}

#[test]
fn a_log_line_gets_the_time_of_its_event() {
    let line = json!({ "agent_name": "Intent", "action": "Parsing", "details": {}, "level": "info" });
    check(
        "log",
        line,
        expect![[
            r#"log {"agent_name":"Intent","action":"Parsing","details":{},"level":"info","timestamp":"2026-01-01T12:00:00.250Z"}"#
        ]],
    );
}

#[test]
fn the_engines_retry_is_a_warning_in_the_log() {
    check(
        "retry",
        json!({ "node": "write", "attempt": 1, "in_seconds": 60.0, "error": "Busy." }),
        expect![[
            r#"log {"agent_name":"System","action":"Trying again","details":{"error_message":"Busy.","attempt":1,"retry_in_seconds":60.0},"level":"warning","timestamp":"2026-01-01T12:00:00.250Z"}"#
        ]],
    );
}

#[test]
fn what_this_product_does_not_know_goes_through_as_it_is() {
    check(
        "usage",
        json!({ "input_tokens": 7 }),
        expect![[r#"usage {"input_tokens":7}"#]],
    );
}

#[test]
fn each_kind_is_told_in_the_contracts_form() {
    let told = |number, kind, data| try_message(engine_event(number, kind, data)).unwrap();
    let log = r#"{"agent_name":"Intent","action":"Parsing user request"}"#;

    let told = [
        told(1, "status", r#"{"status":"queued","phase":"","progress":0}"#),
        told(
            2,
            "status",
            r#"{"status":"running","phase":"generating","progress":40.7}"#,
        ),
        told(
            3,
            "status",
            r#"{"status":"cancelled","phase":"generating","progress":41}"#,
        ),
        told(
            4,
            "status",
            r#"{"status":"running","phase":"synthesizing","progress":70}"#,
        ),
        told(5, "log", log),
        told(6, "question", "{\n  \"question\": \"Which?\"\n}"),
        told(7, "complete", r#"{"duration":12}"#),
        told(0, "delta", r#"{"text":"Once"}"#),
    ];

    expect![[r#"
        {"type":"status","data":{"status":"pending","progress":0},"seq":1,"run":"r"}
        {"type":"status","data":{"status":"generating","progress":41},"seq":2,"run":"r"}
        {"type":"status","data":{"status":"failed","progress":41},"seq":3,"run":"r"}
        {"type":"status","data":{"status":"synthesizing","progress":70},"seq":4,"run":"r"}
        {"type":"log","data":{"agent_name":"Intent","action":"Parsing user request","details":{},"level":"info","timestamp":"2026-01-01T12:00:00.250Z"},"seq":5,"run":"r"}
        {"type":"question","data":{"question":"Which?"},"seq":6,"run":"r"}
        {"type":"complete","data":{"audio_url":null,"audio_chunks":[],"duration":12},"seq":7,"run":"r"}
        {"type":"delta","data":{"text":"Once"},"run":"r"}"#]]
    .assert_eq(&told.join("\n"));
}

#[test]
fn data_that_is_not_json_is_refused() {
    for (kind, data) in [
        ("log", "{"),
        ("log", "7"),
        ("status", "7"),
        ("retry", "7"),
        ("note", "{}{}"),
        ("complete", "7"),
        ("delta", ""),
    ] {
        assert!(try_message(engine_event(1, kind, data)).is_err(), "{kind} {data}");
    }
}

#[test]
fn a_run_that_is_no_products_is_told_in_the_engines_own_words() {
    let event = RunEvent {
        graph: "account_deletion".into(),
        ..engine_event(1, "status", r#"{"status":"queued","phase":"","progress":0.0}"#)
    };

    expect![[r#"{"type":"status","data":{"status":"queued","phase":"","progress":0.0},"seq":1,"run":"r"}"#]]
        .assert_eq(&try_message(event).unwrap());
}
