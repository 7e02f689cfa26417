//! Each event of the engine, as clients see it.

use expect_test::{Expect, expect};

use super::*;

fn check(kind: &str, data: Value, expected: Expect) {
    let told = project(RunEvent {
        number: 3,
        kind: kind.to_owned(),
        data: data.to_string(),
        at: "2026-01-01T12:00:00.250Z".parse().ok(),
        run_id: String::new(),
        graph: GRAPH.to_owned(),
    });

    expected.assert_eq(&format!("{} {}", told.kind, told.data));
}

#[test]
fn a_runs_status_is_said_in_code_storys_words() {
    let status = |status: &str, phase: &str| json!({ "status": status, "phase": phase, "progress": 69.6 });
    check(
        "status",
        status("queued", ""),
        expect![[r#"status {"status":"pending","progress":70,"phase":"analyzing"}"#]],
    );
    check(
        "status",
        status("running", ""),
        expect![[r#"status {"status":"analyzing","progress":70,"phase":"analyzing"}"#]],
    );

    for named in ["running", "waiting_for_input", "cancelling"] {
        check(
            "status",
            status(named, "generating"),
            expect![[r#"status {"status":"generating","progress":70,"phase":"generating"}"#]],
        );
    }

    check(
        "status",
        status("completed", "synthesizing"),
        expect![[r#"status {"status":"completed","progress":70,"phase":"synthesizing"}"#]],
    );
    check(
        "status",
        status("failed", "synthesizing"),
        expect![[r#"status {"status":"failed","progress":70,"phase":"synthesizing"}"#]],
    );
    check(
        "status",
        status("cancelled", "synthesizing"),
        expect![[
            r#"status {"status":"failed","progress":70,"phase":"synthesizing","error_message":"cancelled"}"#
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
fn what_is_no_json_object_goes_through_as_it_is() {
    for data in ["{", "7", ""] {
        let event = RunEvent {
            number: 1,
            kind: "log".to_owned(),
            data: data.to_owned(),
            graph: GRAPH.to_owned(),
            ..RunEvent::default()
        };
        assert_eq!(project(event.clone()), event);
    }
}
