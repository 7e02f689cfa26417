//! Which agent a message is for. Words that only one of them is asked with decide; `adiuva.task` takes what is unclear.

use proto::tasks::adiuva::ChatContext;

use crate::Assistant;
use crate::words::{find_phrase, says_any};

/// Words and how much they say for an agent.
const SIGNS: &[(Assistant, u32, &[&str])] = &[
    (
        Assistant::Calendar,
        4,
        &[
            "calendar",
            "conflict",
            "conflicts",
            "double booked",
            "double-booked",
            "free slot",
            "free slots",
            "am i free",
            "when am i free",
            "availability",
            "find time",
            "find a time",
            "free time",
            "agenda",
            "clash",
            "overlap",
        ],
    ),
    (
        Assistant::Calendar,
        3,
        &[
            "meeting",
            "meetings",
            "appointment",
            "appointments",
            "event",
            "events",
            "schedule a call",
            "book a room",
            "reschedule",
            "invite",
            "set up a call",
            "find a slot",
            "stand-up",
            "standup",
            "1:1",
            "interview",
        ],
    ),
    (
        Assistant::Calendar,
        1,
        &["schedule", "book", "slot", "available", "busy"],
    ),
    (
        Assistant::Email,
        4,
        &[
            "email",
            "emails",
            "e-mail",
            "e-mails",
            "inbox",
            "mail",
            "mails",
            "reply to",
            "draft a reply",
            "draft a response",
            "newsletter",
            "newsletters",
            "respond to",
            "write back",
        ],
    ),
    (
        Assistant::Email,
        3,
        &["draft", "sender", "unread", "subject line", "thread", "reply"],
    ),
    (
        Assistant::Analytics,
        4,
        &[
            "trend",
            "trends",
            "analytics",
            "metric",
            "metrics",
            "statistics",
            "stats",
            "completion rate",
            "median",
            "average",
            "weekly report",
            "monthly report",
            "productivity",
            "throughput",
            "kpi",
            "slope",
            "dashboard",
            "how productive",
        ],
    ),
    (
        Assistant::Analytics,
        3,
        &[
            "report on",
            "generate a report",
            "report for",
            "summary of my week",
            "how fast",
            "on-time",
            "percentage",
            "per week",
            "over time",
            "improving",
            "progress report",
            "how many tasks did",
            "how many tasks have i",
            "rate",
        ],
    ),
    (
        Assistant::Analytics,
        1,
        &["report", "analyse", "analyze", "numbers", "summary"],
    ),
    (
        Assistant::Task,
        5,
        &[
            "remind me",
            "add a task",
            "create a task",
            "create task",
            "new task",
            "add task",
            "todo:",
            "make a task",
            "don't forget to",
            "set a reminder",
            "as a task",
        ],
    ),
    (
        Assistant::Task,
        3,
        &[
            "task",
            "tasks",
            "todo",
            "to-do",
            "todos",
            "reminder",
            "overdue",
            "mark",
            "due",
            "to do list",
            "deadline",
        ],
    ),
];
/// What joins two wishes in one message.
const JOINTS: &[&str] = &[
    " and then ",
    ", then ",
    " then ",
    " and also ",
    "; ",
    ". ",
    " and ",
];
/// An agent that is asked with less is not asked for its own.
const CLEAR: u32 = 3;

fn score(assistant: Assistant, message: &str) -> u32 {
    let signs = SIGNS.iter().filter(|(of, ..)| *of == assistant);
    signs
        .map(|(_, weight, phrases)| if says_any(message, phrases) { *weight } else { 0 })
        .sum()
}

/// The agent that a message is for.
#[must_use]
pub fn choose_assistant(message: &str, context: &ChatContext) -> Assistant {
    // What it begins with is what is wanted; `remind me to mail Anna` is no mail.
    let opens_task = [
        "remind me",
        "add a task",
        "create a task",
        "new task",
        "todo:",
        "add task",
        "create task",
        "note to self",
        "don't forget",
        "set a reminder",
        "make a task",
    ];
    if opens_task
        .iter()
        .any(|phrase| find_phrase(message, phrase).is_some_and(|place| place.start <= 12))
    {
        return Assistant::Task;
    }

    let best = Assistant::ALL
        .into_iter()
        .map(|assistant| (score(assistant, message), assistant))
        .filter(|(score, _)| *score > 0);
    // Of two alike the first one stays, and tasks are first.
    let best = best.fold(None, |best: Option<(u32, Assistant)>, next| {
        if best.is_none_or(|best| next.0 > best.0) {
            Some(next)
        } else {
            best
        }
    });
    match best {
        Some((score, assistant)) if score >= CLEAR => assistant,
        // Unclear words, and only one kind of thing to be asked about.
        _ if !context.emails.is_empty() && context.events.is_empty() && context.recent_tasks.is_empty() => {
            Assistant::Email
        }
        _ if !context.events.is_empty() && context.emails.is_empty() && context.recent_tasks.is_empty() => {
            Assistant::Calendar
        }
        _ => Assistant::Task,
    }
}

/// The agents that a message is for, in the order of its wishes; one for most messages.
#[must_use]
pub fn choose_assistants(message: &str, context: &ChatContext) -> Vec<Assistant> {
    let mut parts = vec![message.to_owned()];
    for joint in JOINTS {
        parts = parts
            .iter()
            .flat_map(|part| part.split(joint).map(str::to_owned).collect::<Vec<_>>())
            .collect();
    }
    let mut chosen: Vec<Assistant> = Vec::new();
    for part in &parts {
        let assistant = choose_assistant(part, &ChatContext::default());
        let is_clear = score(assistant, part) >= CLEAR;
        if is_clear && !chosen.contains(&assistant) {
            chosen.push(assistant);
        }
    }

    // One wish in many words is for the one that the whole is for.
    let whole = choose_assistant(message, context);
    if chosen.len() < 2
        || (whole == Assistant::Task
            && find_phrase(message, "remind me").is_some_and(|place| place.start <= 12))
    {
        return vec![whole];
    }
    chosen
}
