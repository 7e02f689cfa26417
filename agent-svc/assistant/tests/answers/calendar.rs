//! `adiuva.calendar`.

use assistant::Assistant;
use serde_json::{Value, json};

use crate::{ask, result};

fn events() -> Value {
    json!({ "events": [
        { "id": "e1", "title": "Standup", "start": "2026-11-26T09:00:00+01:00", "end": "2026-11-26T09:30:00+01:00", "attendees": ["a", "b", "c"] },
        { "id": "e2", "title": "Budget review", "start": "2026-11-26T09:15:00+01:00", "end": "2026-11-26T10:15:00+01:00", "attendees": ["a"] },
        { "id": "e3", "title": "Lunch with Ben", "start": "2026-11-26T11:00:00Z", "duration_minutes": 60 },
        { "id": "e4", "title": "Anna's birthday", "start": "2026-11-26" },
        { "id": "e5", "title": "Old idea", "start": "2026-11-26T09:00:00+01:00", "end": "2026-11-26T12:00:00+01:00", "status": "cancelled" },
        { "id": "e6", "title": "Workshop", "start": "2026-12-01T09:00:00+01:00", "end": "2026-12-01T17:00:00+01:00" },
    ] })
}

fn ids(listed: &Value) -> String {
    let ids: Vec<&str> = listed
        .as_array()
        .expect("a list")
        .iter()
        .map(|event| event["id"].as_str().expect("an id"))
        .collect();
    ids.join(" ")
}

#[test]
fn events_are_listed_by_days() {
    for (message, expected) in [
        ("what's on my calendar tomorrow?", "e4 e5 e1 e2 e3"),
        ("show my events today", ""),
        ("what do I have next week?", "e6"),
        ("agenda for December 1", "e6"),
        ("list my meetings", "e4 e5 e1 e2 e3 e6"),
    ] {
        let output = ask(Assistant::Calendar, message, events());
        assert_eq!(
            ids(&result(&output, "list_events")),
            expected,
            "{message}: {}",
            output.response
        );
    }
}

#[test]
fn real_conflicts_are_found_and_free_times_proposed() {
    let output = ask(Assistant::Calendar, "do I have any conflicts tomorrow?", events());
    let conflicts = result(&output, "detect_conflicts");
    assert_eq!(conflicts.as_array().unwrap().len(), 1, "{conflicts}");
    assert_eq!(
        (
            &conflicts[0]["first"]["id"],
            &conflicts[0]["second"]["id"],
            &conflicts[0]["overlap_minutes"]
        ),
        (&json!("e1"), &json!("e2"), &json!(15))
    );

    // The one with fewer people moves, to the first hours that nothing else needs.
    let proposal = &result(&output, "suggest_reschedule")[0];
    assert_eq!(proposal["event"]["id"], "e2");
    let starts: Vec<&str> = proposal["slots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|slot| slot["start"].as_str().unwrap())
        .collect();
    assert_eq!(
        starts,
        [
            "2026-11-26T09:30:00+01:00",
            "2026-11-26T10:30:00+01:00",
            "2026-11-27T09:00:00+01:00"
        ]
    );
    assert_eq!(
        output.actions[0].data.clone().unwrap()["start"],
        "2026-11-26T09:30:00+01:00"
    );

    let output = ask(Assistant::Calendar, "any conflicts next week?", events());
    assert!(result(&output, "detect_conflicts").as_array().unwrap().is_empty() && output.actions.is_empty());
}

#[test]
fn meetings_that_touch_do_not_conflict_and_zones_are_minded() {
    let two = |second: &str| {
        json!({ "events": [
        { "title": "A", "start": "2026-11-26T09:00:00+01:00", "end": "2026-11-26T10:00:00+01:00" },
        { "title": "B", "start": second, "duration_minutes": 30 },
    ] })
    };
    for (second, count) in [
        ("2026-11-26T10:00:00+01:00", 0),
        ("2026-11-26T09:59:00+01:00", 1),
        ("2026-11-26T08:30:00Z", 1),
        ("2026-11-26T03:30:00-05:00", 1),
        ("2026-11-26T09:30", 1),
        ("2026-11-26 10:30", 0),
    ] {
        let output = ask(Assistant::Calendar, "check for conflicts", two(second));
        assert_eq!(
            result(&output, "detect_conflicts").as_array().unwrap().len(),
            count,
            "{second}"
        );
    }
}

#[test]
fn free_times_are_told_and_a_busy_one_is_not_free() {
    let output = ask(Assistant::Calendar, "find a 90 minute slot tomorrow", events());
    assert!(
        output.response.contains("Free for 1 h 30 min")
            && output.response.contains("Thursday, 26 November 10:15 to 11:45"),
        "{}",
        output.response
    );
    assert!(
        ask(Assistant::Calendar, "am I free tomorrow at 12:30?", events())
            .response
            .contains("not free then: “Lunch with Ben”")
    );
    assert!(
        ask(Assistant::Calendar, "am I free tomorrow at 3pm?", events())
            .response
            .contains("You are free")
    );
}

#[test]
fn events_are_made_and_moved_and_what_is_in_the_way_is_said() {
    let output = ask(
        Assistant::Calendar,
        "schedule a call with Anna tomorrow at 3pm for 45 minutes",
        events(),
    );
    assert_eq!(
        serde_json::to_value(&output.actions).unwrap(),
        json!([{ "type": "create_record", "table": "events", "data": {
        "title": "Call with Anna", "start": "2026-11-26T15:00:00+01:00", "end": "2026-11-26T15:45:00+01:00" } }]),
        "{}",
        output.response
    );

    let output = ask(Assistant::Calendar, "book a meeting tomorrow at 12:15", events());
    assert!(
        output.response.contains("conflicts with “Lunch with Ben”"),
        "{}",
        output.response
    );
    let output = ask(
        Assistant::Calendar,
        "set up a team sync every Monday at 10am for 30 minutes",
        events(),
    );
    let data = output.actions[0].data.clone().unwrap();
    assert_eq!(
        (
            data["title"].as_str(),
            data["repeats"].as_str(),
            data["start"].as_str()
        ),
        (
            Some("Team sync"),
            Some("FREQ=WEEKLY;BYDAY=MO"),
            Some("2026-11-30T10:00:00+01:00")
        )
    );

    let output = ask(
        Assistant::Calendar,
        "move the budget review to Friday at 14:00",
        events(),
    );
    let data = output.actions[0].data.clone().unwrap();
    assert_eq!(
        (data["id"].as_str(), data["start"].as_str(), data["end"].as_str()),
        (
            Some("e2"),
            Some("2026-11-27T14:00:00+01:00"),
            Some("2026-11-27T15:00:00+01:00")
        )
    );
    let output = ask(
        Assistant::Calendar,
        "reschedule lunch with Ben to tomorrow at 9:30",
        events(),
    );
    assert!(
        output.response.contains("taken by “Budget review”"),
        "{}",
        output.response
    );
    assert!(
        ask(Assistant::Calendar, "move the opera to Friday", events())
            .actions
            .is_empty()
    );
}
