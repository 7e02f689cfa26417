//! What the four agents answer without a model, on Wednesday, 25 November 2026 at 10:00 in Berlin.

mod calendar;
mod email;
mod numbers;
mod route;
mod tasks;

use assistant::{Assistant, OFFLINE, answer_message};
use chrono::{DateTime, TimeZone, Utc};
use proto::tasks::adiuva::{AssistantInput, AssistantOutput, ChatContext};
use serde_json::{Value, json};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 25, 9, 0, 0)
        .single()
        .expect("a moment")
}

fn context(more: Value) -> ChatContext {
    let mut context: ChatContext = serde_json::from_value(more).expect("a context");
    context
        .user_profile
        .entry("timezone")
        .or_insert_with(|| json!("Europe/Berlin"));

    context
}

fn ask(assistant: Assistant, message: &str, more: Value) -> AssistantOutput {
    let input = AssistantInput {
        message: message.to_owned(),
        context: context(more),
        previous_results: Vec::new(),
    };
    let output = answer_message(assistant, &input, now());
    assert_eq!(
        output,
        answer_message(assistant, &input, now()),
        "it is the same each time"
    );
    assert!(output.response.ends_with(OFFLINE), "{}", output.response);

    output
}

/// A result as JSON: the output of the first call of a tool.
fn result(output: &AssistantOutput, tool: &str) -> Value {
    let results = serde_json::to_value(&output.results).expect("JSON");
    let found = results
        .as_array()
        .into_iter()
        .flatten()
        .find(|result| result["tool"] == tool);
    found.unwrap_or_else(|| panic!("no {tool} in {results}"))["output"].clone()
}

#[test]
fn every_agent_answers_an_empty_context_and_any_message_and_says_that_no_model_was_asked() {
    for assistant in Assistant::ALL {
        for message in [
            "hello",
            "?",
            "list",
            "draft a reply",
            "create",
            "move it",
            "report",
            "trend",
            "\u{0}",
            "👩‍💻 明天下午五点",
            "mark as done",
            &"a ".repeat(15_000),
        ] {
            let output = ask(assistant, message, json!({}));
            assert!(output.response.len() > OFFLINE.len(), "{message}");
        }
    }
}

#[test]
fn a_zone_that_is_missing_or_wrong_is_said() {
    for (profile, said) in [
        (json!({}), "There is no timezone"),
        (json!({ "timezone": "Mars/Base" }), "none of IANA's"),
    ] {
        let input = AssistantInput {
            message: "remind me to call Anna tomorrow at 5pm".to_owned(),
            context: serde_json::from_value(json!({ "user_profile": profile })).expect("a context"),
            previous_results: Vec::new(),
        };
        let output = answer_message(Assistant::Task, &input, now());
        assert!(output.response.contains(said), "{}", output.response);
        assert_eq!(
            result(&output, "create_task")["due_date"],
            "2026-11-26T17:00:00+00:00"
        );
    }
}
