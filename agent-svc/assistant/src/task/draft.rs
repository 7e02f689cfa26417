//! A task from a sentence: what it is called, when it is due, how much it matters.

use chrono::TimeDelta;
use proto::tasks::adiuva::{Priority, TaskDraft, ToolResult};

use super::{create_action, tell_draft};
use crate::Reply;
use crate::context::Desk;
use crate::when::{Mention, Tie, When, find_uncountable};
use crate::words::{capitalise, count, find_priority, likeness, quoted, without};

/// What stands before a title. The longest that fits is taken off, again and again.
const OPENINGS: &[&str] = &[
    "please",
    "can you",
    "could you",
    "would you",
    "hey",
    "hi",
    "ok",
    "okay",
    "also",
    "and",
    "then",
    "so",
    "i'd like to",
    "i want to",
    "i want you to",
    "create a new task to",
    "create a new task for",
    "create a new task called",
    "create a new task named",
    "create a new task:",
    "create a new task",
    "create a task to",
    "create a task for",
    "create a task called",
    "create a task named",
    "create a task that says",
    "create a task:",
    "create a task",
    "create task to",
    "create task:",
    "create task",
    "add a new task to",
    "add a new task",
    "add a task to",
    "add a task for",
    "add a task called",
    "add a task:",
    "add a task",
    "add task to",
    "add task:",
    "add task",
    "add a todo to",
    "add a todo:",
    "add a todo",
    "add a to-do to",
    "add a to-do",
    "make a task to",
    "make a task for",
    "make a task",
    "make a todo to",
    "make a todo",
    "new task:",
    "new task to",
    "new task",
    "new todo:",
    "todo:",
    "to do:",
    "to-do:",
    "todo",
    "task:",
    "remind me to",
    "remind me about",
    "remind me of",
    "remind me that",
    "remind me",
    "set a reminder to",
    "set a reminder for",
    "set a reminder",
    "make a reminder to",
    "don't forget to",
    "do not forget to",
    "don't let me forget to",
    "remember to",
    "note to self:",
    "note to self",
    "i need to",
    "i have to",
    "i've got to",
    "i must",
    "i should",
    "we need to",
    "we have to",
    "we should",
    "put",
    "add",
    "create",
    "schedule a task to",
    "schedule",
    "an urgent task to",
    "an important task to",
    "a task to",
    "task to",
    "a reminder to",
    "-",
    "*",
    "•",
    ":",
    ",",
    "to",
    "urgent:",
    "important:",
];
/// What stands behind one.
const CLOSINGS: &[&str] = &[
    "to my list",
    "to my to-do list",
    "to my todo list",
    "to the list",
    "to my tasks",
    "on my list",
    "on my to-do list",
    "on my todo list",
    "as a task",
    "please",
    "thanks",
    "thank you",
    "with",
    "and",
    "by",
    "on",
    "at",
    "due",
    "for",
    "the",
    "is",
    "it's",
    "its",
    "this is",
    "that is",
    "in my tasks",
    "on",
    ",",
    ";",
    ":",
    "-",
    ".",
    "!",
    "(",
    "()",
    "with priority",
    "priority",
    "as",
    "before",
    "until",
    "from",
    "then",
    "starting",
    "it is",
    "every",
];

pub(super) fn create_tasks(desk: &mut Desk<'_>) -> Reply {
    let mut reply = Reply::default();
    if let Some(phrase) = find_uncountable(desk.message()) {
        reply.say(format!(
            "“{phrase}” is further away than I can count. On which day is the task due?"
        ));
        return reply;
    }

    let mut drafts: Vec<TaskDraft> = Vec::new();
    for request in find_requests(desk.message()) {
        let Some(draft) = draft_task(desk, &request) else {
            continue;
        };
        if !drafts.iter().any(|known| known.title == draft.title) {
            drafts.push(draft);
        }
    }
    if drafts.is_empty() {
        reply
            .say("What should the task be called? Say for example “remind me to call Anna tomorrow at 5pm”.");
        return reply;
    }

    for draft in &drafts {
        if let Some(known) = desk
            .tasks
            .iter()
            .find(|task| likeness(&task.item.title, &draft.title) >= 0.99)
        {
            let note = format!(
                "There is already a task “{}” ({}).",
                known.item.title,
                known.item.status.as_str()
            );
            desk.note(note);
        }
    }
    let lines: Vec<String> = drafts
        .iter()
        .map(|draft| format!("- {}", tell_draft(draft)))
        .collect();
    let head = if drafts.len() == 1 {
        "I propose this task:".to_owned()
    } else {
        format!("I propose {}:", count(drafts.len(), "task"))
    };
    reply.say(format!("{head}\n{}", lines.join("\n")));

    reply.actions.extend(drafts.iter().map(create_action));
    reply
        .results
        .extend(drafts.into_iter().map(ToolResult::CreateTask));
    reply
}

/// The sentences of a message that ask for a task each: its lines, when it is a list, or its parts.
fn find_requests(message: &str) -> Vec<String> {
    let lines: Vec<&str> = message
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let is_item =
        |line: &str| line.starts_with(['-', '*', '•']) || line.starts_with("[ ]") || starts_with_number(line);
    if lines.iter().filter(|line| is_item(line)).count() > 1 {
        return lines
            .into_iter()
            .filter(|line| is_item(line))
            .map(strip_item)
            .collect();
    }

    let mut parts = vec![message.replace('\n', " ")];
    for mark in [
        "; ",
        " and remind me to ",
        " and also remind me to ",
        " and add a task to ",
        " and create a task to ",
        ", and remind me to ",
    ] {
        parts = parts
            .iter()
            .flat_map(|part| part.split(mark).map(str::to_owned).collect::<Vec<_>>())
            .collect();
    }
    parts
}

fn starts_with_number(line: &str) -> bool {
    let rest = line.trim_start_matches(|sign: char| sign.is_ascii_digit());
    rest.len() < line.len() && rest.starts_with([')', '.']) && rest[1..].starts_with(' ')
}

/// A line without its bullet.
pub(super) fn strip_item(line: &str) -> String {
    let line = line.trim();
    let line = if starts_with_number(line) {
        line.trim_start_matches(|sign: char| sign.is_ascii_digit())
            .trim_start_matches([')', '.'])
    } else {
        line.trim_start_matches(['-', '*', '•'])
    };

    line.trim_start().trim_start_matches("[ ]").trim().to_owned()
}

/// A task from one sentence; none when nothing is left for a title.
pub(crate) fn draft_task(desk: &mut Desk<'_>, sentence: &str) -> Option<TaskDraft> {
    let mentions = desk.mentions(sentence);
    let mention = main_mention(&mentions);
    let priority = find_priority(sentence);

    let title = match quoted(sentence) {
        Some(title) => title.to_owned(),
        None => {
            let mut places: Vec<_> = mentions.iter().map(|mention| mention.place.clone()).collect();
            places.extend(priority.clone().map(|(_, place)| place));
            clean_title(&without(sentence, places))
        }
    };
    let is_opening = OPENINGS.contains(&title.to_lowercase().as_str());
    if is_opening || title.chars().filter(|sign| sign.is_alphanumeric()).count() < 2 {
        return None;
    }

    let due_date = mention.and_then(|mention| mention.when.deadline());
    let repeats = mention.and_then(|mention| match &mention.when {
        When::Repeats(rule, _) => Some(rule.clone()),
        _ => None,
    });
    let priority = match priority {
        Some((priority, _)) => priority,
        None => infer_priority(desk, mention),
    };
    let (title, description) = split_title(&title);

    Some(TaskDraft {
        title,
        description,
        priority,
        due_date,
        repeats,
    })
}

/// The one that says when it is due: a deadline before a repetition before any other.
fn main_mention(mentions: &[Mention]) -> Option<&Mention> {
    let rank = |mention: &Mention| match (&mention.when, mention.tie) {
        (When::Lasts(_), _) => 3,
        (When::Repeats(..), _) => 0,
        (_, Tie::By) => 1,
        _ => 2,
    };
    mentions
        .iter()
        .filter(|mention| !matches!(mention.when, When::Lasts(_)))
        .min_by_key(|mention| rank(mention))
}

/// Nothing is said about it: what is due within a day matters more than what is due some time.
fn infer_priority(desk: &Desk<'_>, mention: Option<&Mention>) -> Priority {
    let due = mention.and_then(|mention| match &mention.when {
        When::At(at) | When::Span(at, _) => Some(*at - desk.frame.now),
        When::Days(_, last) => Some(*last - desk.frame.today()),
        _ => None,
    });

    match due {
        Some(left) if left < TimeDelta::days(1) => Priority::High,
        _ => Priority::Medium,
    }
}

/// A title without what was said around it.
pub(super) fn clean_title(text: &str) -> String {
    let mut title = text.trim();
    loop {
        let before = title;
        title = title
            .trim_start_matches([' ', ',', ':', ';', '-', '–', '*', '•', '!', '.'])
            .trim();
        let opening = OPENINGS
            .iter()
            .filter(|opening| starts_with_words(title, opening))
            .max_by_key(|opening| opening.len());
        if let Some(opening) = opening {
            let rest = title[opening.len()..].trim_start();
            if !rest.is_empty() {
                title = rest;
            }
        }

        title = title
            .trim_end_matches([' ', ',', ';', ':', '-', '–', '.', '!', '('])
            .trim();
        // The mark of a question that the date stood before.
        title = title.strip_suffix(" ?").unwrap_or(title);
        let closing = CLOSINGS
            .iter()
            .filter(|closing| ends_with_words(title, closing))
            .max_by_key(|closing| closing.len());
        if let Some(closing) = closing {
            let rest = title[..title.len() - closing.len()].trim_end();
            if !rest.is_empty() {
                title = rest;
            }
        }
        if title == before {
            return capitalise(title);
        }
    }
}

fn starts_with_words(text: &str, words: &str) -> bool {
    let rest = text
        .get(..words.len())
        .filter(|start| start.eq_ignore_ascii_case(words))
        .map(|_| &text[words.len()..]);
    rest.is_some_and(|rest| {
        !words.ends_with(char::is_alphanumeric)
            || !rest.starts_with(|sign: char| sign.is_alphanumeric() || sign == '-' || sign == '\'')
    })
}

fn ends_with_words(text: &str, words: &str) -> bool {
    let Some(at) = text.len().checked_sub(words.len()) else {
        return false;
    };
    let is_there = text.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(words));
    is_there
        && (!words.starts_with(char::is_alphanumeric)
            || !text[..at].ends_with(|sign: char| sign.is_alphanumeric() || sign == '-' || sign == '\''))
}

/// A long sentence is a title and a description.
fn split_title(text: &str) -> (String, String) {
    for mark in [" because ", " – ", " - ", " so that ", ". "] {
        if let Some((title, rest)) = text.split_once(mark)
            && title.chars().count() >= 4
        {
            let reason = if matches!(mark, " because " | " so that ") {
                format!("{}{rest}", mark.trim_start())
            } else {
                rest.to_owned()
            };
            return (title.trim().to_owned(), capitalise(reason.trim()));
        }
    }

    (text.to_owned(), String::new())
}
