//! Which agent a message is for, and several in turn.

use assistant::Assistant::{Analytics, Calendar, Email, Task};
use assistant::{OFFLINE, answer_in_turn, choose_assistant, choose_assistants};
use proto::tasks::adiuva::{AssistantInput, ChatContext};
use serde_json::json;

use crate::{context, now};

#[test]
fn a_message_goes_to_whom_it_is_for() {
    let mut broken = Vec::new();
    for (message, expected) in [
        ("remind me to call Anna tomorrow", Task),
        ("add a task to mail the invoice", Task),
        ("remind me to reply to Ben's email", Task),
        ("what's overdue?", Task),
        ("list my tasks for this week", Task),
        ("mark the report as done", Task),
        ("buy milk", Task),
        ("suggest tasks from my notes", Task),
        ("hello", Task),
        ("", Task),
        ("show my to-do list", Task),
        ("what's on my calendar tomorrow?", Calendar),
        ("do I have conflicts next week?", Calendar),
        ("schedule a meeting with Ben on Friday", Calendar),
        ("am I free on Tuesday at 3pm?", Calendar),
        ("find time for a 1:1 with Carl", Calendar),
        ("reschedule the budget meeting", Calendar),
        ("which meetings overlap?", Calendar),
        ("show today's agenda", Calendar),
        ("classify my emails", Email),
        ("draft a reply to Anna", Email),
        ("what's in my inbox?", Email),
        ("which mails need an answer?", Email),
        ("respond to Carl's mail", Email),
        ("extract action items from my emails", Email),
        ("generate a weekly report", Analytics),
        ("what is my completion rate?", Analytics),
        ("show the trend of finished tasks", Analytics),
        ("how productive was I last month?", Analytics),
        ("median time to finish a task", Analytics),
        ("monthly report please", Analytics),
    ] {
        let chosen = choose_assistant(message, &ChatContext::default());
        if chosen != expected {
            broken.push(format!("{message:?}: expected {expected:?}, found {chosen:?}"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn unclear_words_go_by_what_comes_with_them() {
    let mails = context(json!({ "emails": [{ "from": "a", "subject": "b" }] }));
    assert_eq!(choose_assistant("anything important?", &mails), Email);
    let events = context(json!({ "events": [{ "title": "a", "start": "2026-11-26" }] }));
    assert_eq!(choose_assistant("anything important?", &events), Calendar);
}

#[test]
fn several_wishes_are_several_agents_in_turn() {
    let none = ChatContext::default();
    for (message, expected) in [
        (
            "classify my emails and then show my calendar",
            vec![Email, Calendar],
        ),
        (
            "check for conflicts, then generate a weekly report",
            vec![Calendar, Analytics],
        ),
        ("remind me to call Anna and Ben tomorrow", vec![Task]),
        ("show my meetings and appointments", vec![Calendar]),
        ("buy milk and bread", vec![Task]),
    ] {
        assert_eq!(choose_assistants(message, &none), expected, "{message}");
    }

    let input = AssistantInput {
        message: "extract action items from my emails and then show my calendar".to_owned(),
        context: context(
            json!({ "emails": [{ "from": "anna@example.com", "subject": "Please sign the contract by Friday" }], "events": [{ "title": "Standup", "start": "2026-11-26T09:00:00+01:00" }] }),
        ),
        previous_results: Vec::new(),
    };
    let output = answer_in_turn(&[Email, Calendar], &input, now());
    assert!(
        output.response.contains("Sign the contract") && output.response.contains("Standup"),
        "{}",
        output.response
    );
    assert_eq!(output.response.matches(OFFLINE).count(), 1);
    assert_eq!(output.actions.len(), 1);
}
