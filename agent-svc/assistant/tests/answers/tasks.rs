//! `adiuva.task`.

use assistant::Assistant;
use serde_json::{Value, json};

use crate::{ask, result};

fn tasks() -> Value {
    json!({ "recent_tasks": [
        { "id": "t1", "title": "Write the quarterly report", "status": "in_progress", "priority": "high", "due_date": "2026-11-27", "tags": ["work"] },
        { "id": "t2", "title": "Pay the rent", "status": "todo", "priority": "urgent", "due_date": "2026-11-20" },
        { "id": "t3", "title": "Call the dentist", "status": "todo", "due_date": "2026-11-25T16:00:00+01:00" },
        { "id": "t4", "title": "Book flights to Oslo", "status": "done", "completed_at": "2026-11-24T09:00:00Z", "project": "travel" },
        { "id": "t5", "title": "Water the plants", "priority": "low" },
        { "id": "t6", "title": "Review Anna's budget", "status": "open", "priority": 2, "due": "2026-12-03", "labels": ["work", "finance"] },
    ] })
}

#[test]
fn a_day_that_is_too_far_away_is_asked_about_and_no_part_of_a_title() {
    let output = ask(
        Assistant::Task,
        "remind me to call Anna in 99999999999999999 weeks",
        json!({}),
    );

    assert!(output.actions.is_empty(), "{output:?}");
    assert!(
        output.response.contains("“in 99999999999999999 weeks”") && output.response.contains('?'),
        "{}",
        output.response
    );
}

#[test]
fn tasks_are_made_of_sentences_as_people_write_them() {
    let mut broken = Vec::new();
    for (message, title, priority, due) in [
        (
            "Remind me to call Anna tomorrow at 5pm",
            "Call Anna",
            "medium",
            "2026-11-26T17:00:00+01:00",
        ),
        (
            "remind me to call Anna tomorrow 5pm",
            "Call Anna",
            "medium",
            "2026-11-26T17:00:00+01:00",
        ),
        (
            "tomorrow at 5pm remind me to call Anna",
            "Call Anna",
            "medium",
            "2026-11-26T17:00:00+01:00",
        ),
        ("Add a task to buy milk", "Buy milk", "medium", ""),
        ("add buy milk to my list", "Buy milk", "medium", ""),
        (
            "Create a task: finish the slides by Friday",
            "Finish the slides",
            "medium",
            "2026-11-27",
        ),
        (
            "Create a task called \"Finish the slides\" due next Friday",
            "Finish the slides",
            "medium",
            "2026-12-04",
        ),
        (
            "urgent: pay the electricity bill today",
            "Pay the electricity bill",
            "urgent",
            "2026-11-25",
        ),
        (
            "Pay the electricity bill today",
            "Pay the electricity bill",
            "high",
            "2026-11-25",
        ),
        (
            "please add a high priority task to review the contract by end of month",
            "Review the contract",
            "high",
            "2026-11-30",
        ),
        (
            "I need to renew my passport in two weeks",
            "Renew my passport",
            "medium",
            "2026-12-09",
        ),
        (
            "don't forget to water the garden tonight",
            "Water the garden",
            "high",
            "2026-11-25T20:00:00+01:00",
        ),
        ("todo: fix the login bug asap", "Fix the login bug", "urgent", ""),
        ("TODO fix the login bug", "Fix the login bug", "medium", ""),
        (
            "clean the garage someday, no rush",
            "Clean the garage someday",
            "low",
            "",
        ),
        (
            "Send the invoice to Ben by 1 December",
            "Send the invoice to Ben",
            "medium",
            "2026-12-01",
        ),
        (
            "New task: prepare the workshop, due 12/24/2026, low priority",
            "Prepare the workshop",
            "low",
            "2026-12-24",
        ),
        (
            "I have to submit the tax return before the end of the year",
            "Submit the tax return",
            "medium",
            "2026-12-31",
        ),
        (
            "Set a reminder for the dentist on Monday at 9:30",
            "The dentist",
            "medium",
            "2026-11-30T09:30:00+01:00",
        ),
        (
            "we need to book a room for 12 people on December 3rd",
            "Book a room for 12 people",
            "medium",
            "2026-12-03",
        ),
        (
            "Note to self: ask Maria about the offer next week",
            "Ask Maria about the offer",
            "medium",
            "2026-12-06",
        ),
        (
            "Could you add a task to back up the laptop this weekend?",
            "Back up the laptop",
            "medium",
            "2026-11-29",
        ),
        (
            "remember to take the bins out in 2 hours",
            "Take the bins out",
            "high",
            "2026-11-25T12:00:00+01:00",
        ),
        (
            "Submit timesheet by EOD",
            "Submit timesheet",
            "high",
            "2026-11-25T17:00:00+01:00",
        ),
        ("important: call mum on Sunday", "Call mum", "high", "2026-11-29"),
        ("Prepare the demo !!!", "Prepare the demo", "urgent", ""),
        ("Write 3 blog posts", "Write 3 blog posts", "medium", ""),
        (
            "Read chapter 5 tomorrow",
            "Read chapter 5",
            "medium",
            "2026-11-26",
        ),
        (
            "Submit the report every other Tuesday at 9am",
            "Submit the report",
            "medium",
            "2026-12-01T09:00:00+01:00",
        ),
        (
            "Take vitamins every day at 8am",
            "Take vitamins",
            "medium",
            "2026-11-26T08:00:00+01:00",
        ),
        (
            "Write the weekly report by Friday",
            "Write the weekly report",
            "medium",
            "2026-11-27",
        ),
        (
            "Order cake for Tom's birthday on the 15th",
            "Order cake for Tom's birthday",
            "medium",
            "2026-12-15",
        ),
    ] {
        let output = ask(Assistant::Task, message, json!({}));
        let Some(action) = output.actions.first() else {
            broken.push(format!("{message:?}: {}", output.response));
            continue;
        };
        let data = action.data.clone().expect("data");
        let found = (
            data["title"].as_str().unwrap_or(""),
            data["priority"].as_str().unwrap_or(""),
            data["due_date"].as_str().unwrap_or(""),
        );
        if found != (title, priority, due)
            || output.actions.len() != 1
            || action.table.as_deref() != Some("tasks")
        {
            broken.push(format!(
                "{message:?}\n   expected {:?}\n   found    {found:?}",
                (title, priority, due)
            ));
        }
    }
    assert!(broken.is_empty(), "{}:\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn several_tasks_in_one_message_are_several_and_one_that_is_there_is_said() {
    let output = ask(
        Assistant::Task,
        "Add these:\n- buy milk\n- call Anna tomorrow at 5pm\n3. pay the rent",
        tasks(),
    );
    let titles: Vec<String> = output
        .actions
        .iter()
        .map(|action| action.data.clone().unwrap()["title"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(titles, ["Buy milk", "Call Anna", "Pay the rent"]);
    assert!(
        output.response.contains("already a task “Pay the rent”"),
        "{}",
        output.response
    );

    let output = ask(
        Assistant::Task,
        "remind me to buy milk today and remind me to call Anna tomorrow",
        json!({}),
    );
    assert_eq!(output.actions.len(), 2, "{}", output.response);
    let rule = &ask(
        Assistant::Task,
        "remind me to stretch every weekday at 15:00",
        json!({}),
    )
    .actions[0];
    assert_eq!(
        rule.data.clone().unwrap()["repeats"],
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
    );
    assert!(ask(Assistant::Task, "remind me", json!({})).actions.is_empty());
}

#[test]
fn who_asks_for_nothing_is_told_what_can_be_asked_for() {
    for message in ["Hello", "hi there!", "Thanks", "Good morning"] {
        let answer = ask(Assistant::Task, message, json!({}));
        assert!(answer.actions.is_empty(), "{message}");
        assert!(
            answer.response.starts_with("What shall I do?"),
            "{}",
            answer.response
        );
    }
}

#[test]
fn tasks_are_listed_by_what_is_asked() {
    for (message, expected) in [
        ("list my tasks", "t2 t3 t1 t6 t5"),
        ("show all my tasks", "t2 t3 t1 t6 t4 t5"),
        ("what is overdue?", "t2"),
        ("which tasks are late?", "t2"),
        ("what's due today?", "t3"),
        ("what do I have to do this week?", "t3 t1"),
        ("what is due by next week", "t6"),
        ("list high priority tasks", "t1 t6"),
        ("show me urgent tasks", "t2"),
        ("show tasks in progress", "t1"),
        ("list completed tasks", "t4"),
        ("what have I done this week?", "t4"),
        ("list #work tasks", "t1 t6"),
        ("show me the travel tasks that are done", "t4"),
        ("show tasks tagged finance", "t6"),
        ("list tasks about the budget", "t6"),
        ("tasks without a due date, list them", "t5"),
        ("what should I do first?", "t2 t3 t1 t6 t5"),
        ("what tasks are due on December 3?", "t6"),
        ("list cancelled tasks", ""),
    ] {
        let output = ask(Assistant::Task, message, tasks());
        let listed = result(&output, "list_tasks");
        let ids: Vec<&str> = listed
            .as_array()
            .unwrap()
            .iter()
            .map(|task| task["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids.join(" "), expected, "{message}: {}", output.response);
        assert!(output.actions.is_empty());
    }
}

#[test]
fn known_tasks_are_changed_and_others_are_asked_about() {
    for (message, id, field, value) in [
        ("mark the quarterly report as done", "t1", "status", "done"),
        ("I finished the quarterly report", "t1", "status", "done"),
        ("complete t3", "t3", "status", "done"),
        ("start reviewing Anna's budget", "t6", "status", "in_progress"),
        (
            "move the dentist to Friday at 3pm",
            "t3",
            "due_date",
            "2026-11-27T15:00:00+01:00",
        ),
        ("postpone the rent to tomorrow", "t2", "due_date", "2026-11-26"),
        (
            "push the quarterly report by two days",
            "t1",
            "due_date",
            "2026-11-29",
        ),
        ("move Anna's budget a week later", "t6", "due_date", "2026-12-10"),
        (
            "change the priority of the plants to urgent",
            "t5",
            "priority",
            "urgent",
        ),
        ("set the dentist to high priority", "t3", "priority", "high"),
        (
            "rename \"Water the plants\" to \"Water the orchids\"",
            "t5",
            "title",
            "Water the orchids",
        ),
        ("reopen the flights task", "t4", "status", "todo"),
        ("cancel the dentist task", "t3", "status", "cancelled"),
    ] {
        let output = ask(Assistant::Task, message, tasks());
        assert_eq!(output.actions.len(), 1, "{message}: {}", output.response);
        let data = output.actions[0].data.clone().unwrap();
        assert_eq!(
            (data["id"].as_str(), data[field].as_str()),
            (Some(id), Some(value)),
            "{message}: {data:?}"
        );
        assert_eq!(result(&output, "update_task")["id"], id);
    }

    let output = ask(Assistant::Task, "delete the rent task", tasks());
    assert_eq!(
        serde_json::to_value(&output.actions).unwrap(),
        json!([{ "type": "delete_record", "table": "tasks", "data": { "id": "t2" } }])
    );
    let output = ask(Assistant::Task, "mark the unicorn as done", tasks());
    assert!(
        output.actions.is_empty() && output.response.contains("no task of that name"),
        "{}",
        output.response
    );
    let several = json!({ "recent_tasks": [{ "title": "Call Anna" }, { "title": "Call Ben" }] });
    let output = ask(Assistant::Task, "mark call as done", several);
    assert!(
        output.actions.is_empty() && output.response.contains("- Call Anna\n- Call Ben"),
        "{}",
        output.response
    );
}

#[test]
fn tasks_are_suggested_from_notes_without_those_that_are_there() {
    let mut context = tasks();
    context["relevant_documents"] = json!([
        "# Meeting\n- [ ] Send the minutes to Ben by Friday\n- [x] Book a room\nWe agreed on the price. We need to update the website next week.\nTODO: pay the rent\nAnna will think about it. Should we wait?\n* Call the printer tomorrow at 10am"
    ]);
    let output = ask(Assistant::Task, "Suggest tasks from my notes", context);
    let titles: Vec<(String, Option<String>)> =
        serde_json::from_value::<Vec<Value>>(result(&output, "suggest_tasks"))
            .unwrap()
            .iter()
            .map(|task| {
                (
                    task["title"].as_str().unwrap().to_owned(),
                    task["due_date"].as_str().map(str::to_owned),
                )
            })
            .collect();
    assert_eq!(
        titles,
        [
            (
                "Send the minutes to Ben".to_owned(),
                Some("2026-11-27".to_owned())
            ),
            ("Update the website".to_owned(), Some("2026-12-06".to_owned())),
            (
                "Call the printer".to_owned(),
                Some("2026-11-26T10:00:00+01:00".to_owned())
            ),
        ]
    );
    assert!(
        output.response.contains("1 more are tasks already"),
        "{}",
        output.response
    );
    assert_eq!(output.actions.len(), 3);
}
