//! Changes of known tasks: done, later, more important, renamed, gone. Which task is meant is found by its id or its words.

use proto::tasks::adiuva::{ClientRecord, PlanActionKind, TaskStatus, TaskUpdate, ToolResult};
use serde_json::Value;

use super::action;
use crate::Reply;
use crate::context::{Desk, Task};
use crate::when::{Mention, When};
use crate::words::{capitalise, find_phrase, find_priority, key_words, quoted, says, says_any, without};

/// Words that say what is done to a task and not which one it is.
const VERBS: &[&str] = &[
    "mark",
    "complete",
    "completed",
    "finish",
    "finished",
    "close",
    "closed",
    "reopen",
    "rename",
    "postpone",
    "push",
    "back",
    "reschedule",
    "move",
    "delay",
    "update",
    "change",
    "set",
    "delete",
    "remove",
    "cancel",
    "bump",
    "raise",
    "lower",
    "start",
    "started",
    "done",
    "tick",
    "check",
    "off",
    "snooze",
    "drop",
    "did",
    "have",
    "priority",
    "high",
    "low",
    "medium",
    "urgent",
    "status",
    "due",
    "date",
    "progress",
    "can",
    "could",
    "i",
    "i'm",
    "i've",
    "list",
    "up",
    "until",
    "open",
    "not",
    "important",
    "be",
    "was",
    "again",
    "just",
    "todo",
    "tasks",
    "all",
];

/// Whether the message can't be anything but a change.
pub(super) fn is_command(message: &str) -> bool {
    says_any(
        message,
        &[
            "mark",
            "rename",
            "reopen",
            "delete",
            "remove",
            "postpone",
            "reschedule",
            "snooze",
            "tick off",
            "check off",
            "update task",
            "change the",
            "set the",
            "cancel the",
        ],
    )
}

pub(super) fn means_known_task(desk: &Desk<'_>) -> bool {
    !find_tasks(desk, desk.message()).is_empty()
}

pub(super) fn update_tasks(desk: &mut Desk<'_>) -> Reply {
    let mut reply = Reply::default();
    let mentions = desk.mentions(desk.message());
    let message = desk.message();
    let found: Vec<Task> = find_tasks(desk, message).into_iter().cloned().collect();
    let means_all = says_any(message, &["all", "every", "both"]);

    match found.as_slice() {
        [] => {
            reply.say(if desk.tasks.is_empty() {
                "There are no tasks in the context, so there is none to change.".to_owned()
            } else {
                "I found no task of that name in the context. Which one do you mean?".to_owned()
            });
            return reply;
        }
        [_, _, ..] if !means_all => {
            let names: Vec<String> = found
                .iter()
                .map(|task| format!("- {}", task.item.title))
                .collect();
            reply.say(format!(
                "That could be one of several tasks; which one do you mean?\n{}",
                names.join("\n")
            ));
            return reply;
        }
        _ => {}
    }

    for task in &found {
        change_task(&mut reply, message, task, &mentions);
    }
    reply
}

fn change_task(reply: &mut Reply, message: &str, task: &Task, mentions: &[Mention]) {
    let title = &task.item.title;
    let mut data = ClientRecord::new();
    if let Some(id) = &task.item.id {
        data.insert("id".to_owned(), Value::from(id.as_str()));
    } else {
        data.insert("title".to_owned(), Value::from(title.as_str()));
    }

    if says_any(message, &["delete", "remove"]) {
        reply.say(format!("I propose to delete “{title}”."));
        reply
            .actions
            .push(action(PlanActionKind::DeleteRecord, "tasks", data));
        return;
    }
    let updates = read_updates(message, task, mentions);
    if updates.is_empty() {
        reply.say(format!(
            "What should change about “{title}”: its state, its due date, its priority or its name?"
        ));
        return;
    }

    let told: Vec<String> = updates
        .iter()
        .map(|(field, value)| format!("{} {}", field.replace('_', " "), value.as_str().unwrap_or("none")))
        .collect();
    reply.say(format!("I propose for “{title}”: {}.", told.join(", ")));
    data.extend(updates.clone());
    reply
        .actions
        .push(action(PlanActionKind::UpdateRecord, "tasks", data));
    reply.results.push(ToolResult::UpdateTask(TaskUpdate {
        id: task.item.id.clone(),
        title: title.clone(),
        updates,
    }));
}

fn read_updates(message: &str, task: &Task, mentions: &[Mention]) -> ClientRecord {
    let mut updates = ClientRecord::new();
    if let Some(status) = read_new_status(message) {
        updates.insert("status".to_owned(), Value::from(status.as_str()));
    }
    if let Some((priority, _)) = find_priority(message) {
        updates.insert("priority".to_owned(), Value::from(priority.as_str()));
    }

    // `push it by two days` counts from when it is due.
    let shift = mentions.iter().find_map(|mention| match mention.when {
        When::Days(..) | When::At(_) | When::Span(..) => mention.when.deadline(),
        _ => None,
    });
    if let Some(due) = shift_by(message, task)
        .or(shift)
        .filter(|_| !updates.get("status").is_some_and(|status| status == "done"))
    {
        updates.insert("due_date".to_owned(), Value::from(due));
    }
    if says(message, "rename")
        && let Some(place) = find_phrase(message, "to").or_else(|| find_phrase(message, "as"))
    {
        let rest = message[place.end..].trim();
        let name = quoted(rest).unwrap_or(rest).trim_end_matches(['.', '!']);
        updates.insert("title".to_owned(), Value::from(capitalise(name)));
        updates.shift_remove("due_date");
        updates.shift_remove("priority");
    }

    updates
}

/// `by 3 days`, `a week later`: from when it is due now.
fn shift_by(message: &str, task: &Task) -> Option<String> {
    let lower = message.to_lowercase();
    let due = task.due?;
    let counted = lower
        .split_once(" by ")
        .map(|(_, rest)| rest.to_owned())
        .or_else(|| {
            let (before, _) = lower.split_once(" later")?;
            let words: Vec<&str> = before.split_whitespace().collect();
            Some(words[words.len().saturating_sub(2)..].join(" "))
        })?;
    let mut words = counted.split_whitespace();
    let number: u64 = match words.next()? {
        "a" | "an" | "one" => 1,
        "two" => 2,
        "three" => 3,
        digits => digits.parse().ok().filter(|number| *number < 1_000)?,
    };
    let days = match words.next()?.trim_end_matches(['.', '!']) {
        "day" | "days" => number,
        "week" | "weeks" => 7 * number,
        _ => return None,
    };

    Some((due.day + chrono::Days::new(days)).to_string())
}

fn read_new_status(message: &str) -> Option<TaskStatus> {
    if says_any(message, &["reopen", "not done", "undo", "as open", "to do again"]) {
        return Some(TaskStatus::Todo);
    }
    if says_any(message, &["in progress", "started", "start", "working on"]) {
        return Some(TaskStatus::InProgress);
    }
    if says_any(
        message,
        &[
            "done",
            "complete",
            "completed",
            "finish",
            "finished",
            "close",
            "tick off",
            "check off",
            "i did",
        ],
    ) {
        return Some(TaskStatus::Done);
    }

    says_any(message, &["cancel", "drop"]).then_some(TaskStatus::Cancelled)
}

/// The tasks that a message can mean: the one of an id, or those with the most of its words.
fn find_tasks<'d>(desk: &'d Desk<'_>, message: &str) -> Vec<&'d Task> {
    let id = message
        .split_whitespace()
        .map(|word| word.trim_matches(|sign: char| !sign.is_alphanumeric() && sign != '-'));
    let ids: Vec<&str> = id.collect();
    let named = desk.tasks.iter().find(|task| {
        task.item
            .id
            .as_deref()
            .is_some_and(|id| (id.len() > 1 || message.contains(&format!("#{id}"))) && ids.contains(&id))
    });
    if let Some(task) = named {
        return vec![task];
    }
    if says_any(message, &["all", "every"]) && says_any(message, &["overdue", "late"]) {
        return desk.tasks.iter().filter(|task| task.item.is_late).collect();
    }

    let places = crate::when::find_mentions(message, &desk.frame)
        .into_iter()
        .map(|mention| mention.place)
        .collect();
    let text = quoted(message).map_or_else(|| without(message, places), str::to_owned);
    let text = if says(message, "rename") {
        text.split(" to ").next().unwrap_or_default().to_owned()
    } else {
        text
    };
    let wanted: Vec<String> = key_words(&text)
        .into_iter()
        .filter(|word| !VERBS.contains(&word.as_str()))
        .collect();
    let score = |task: &Task| {
        let words = key_words(&task.item.title);
        let common = wanted
            .iter()
            .filter(|word| words.iter().any(|own| own == *word || is_same_word(own, word)))
            .count();
        (common, usize::from(common == words.len()))
    };

    let best = desk
        .tasks
        .iter()
        .map(score)
        .max()
        .filter(|(common, _)| *common > 0);
    let Some(best) = best else { return Vec::new() };
    desk.tasks.iter().filter(|task| score(task) == best).collect()
}

/// `report` and `reports`.
fn is_same_word(one: &str, other: &str) -> bool {
    one.strip_suffix('s') == Some(other) || other.strip_suffix('s') == Some(one)
}
