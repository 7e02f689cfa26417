//! Tasks that notes ask for: boxes, promises and imperatives, without those that there are.

use proto::tasks::adiuva::{TaskDraft, ToolResult};

use super::draft::{draft_task, strip_item};
use super::{create_action, tell_draft};
use crate::Reply;
use crate::context::Desk;
use crate::words::{count, find_phrase, likeness, words_of};

const MOST: usize = 20;
/// What marks a line as something to do, and is no part of it.
const MARKS: &[&str] = &[
    "todo:",
    "todo",
    "action item:",
    "action:",
    "ai:",
    "next step:",
    "next:",
    "follow-up:",
    "follow up:",
    "[ ]",
    "task:",
];
/// What makes a sentence one to do; the title begins behind it.
const PROMISES: &[&str] = &[
    "i need to",
    "we need to",
    "need to",
    "i have to",
    "we have to",
    "i must",
    "we must",
    "must",
    "i should",
    "we should",
    "should",
    "i will",
    "we will",
    "i'll",
    "we'll",
    "don't forget to",
    "remember to",
    "make sure to",
    "please",
    "let's",
    "i promised to",
    "agreed to",
];
/// Verbs that things to do begin with.
const VERBS: &[&str] = &[
    "add",
    "answer",
    "arrange",
    "ask",
    "book",
    "buy",
    "call",
    "cancel",
    "check",
    "clean",
    "complete",
    "confirm",
    "contact",
    "create",
    "deploy",
    "discuss",
    "draft",
    "email",
    "file",
    "find",
    "finish",
    "fix",
    "follow",
    "get",
    "hire",
    "install",
    "invite",
    "investigate",
    "invoice",
    "mail",
    "meet",
    "merge",
    "move",
    "order",
    "organise",
    "organize",
    "pay",
    "pick",
    "plan",
    "prepare",
    "print",
    "publish",
    "read",
    "renew",
    "replace",
    "reply",
    "report",
    "research",
    "review",
    "schedule",
    "send",
    "set",
    "share",
    "sign",
    "submit",
    "test",
    "update",
    "upload",
    "verify",
    "visit",
    "write",
];

pub(super) fn suggest_tasks(desk: &mut Desk<'_>) -> Reply {
    let mut reply = Reply::default();
    let documents: Vec<String> = notes_of(desk);
    let mut drafts: Vec<TaskDraft> = Vec::new();
    let mut known = 0;

    for sentence in documents.iter().flat_map(|document| find_things_to_do(document)) {
        let Some(draft) = draft_task(desk, &sentence) else {
            continue;
        };
        let is_open = desk
            .tasks
            .iter()
            .any(|task| likeness(&task.item.title, &draft.title) > 0.8);
        if is_open {
            known += 1;
        } else if drafts.len() < MOST
            && !drafts
                .iter()
                .any(|other| likeness(&other.title, &draft.title) > 0.8)
        {
            drafts.push(draft);
        }
    }

    if documents.is_empty() {
        reply.say("There are no notes in the context to find tasks in.");
    } else if drafts.is_empty() {
        reply.say(format!(
            "In {} I found nothing to do that is not a task already ({known} known).",
            count(documents.len(), "note")
        ));
    } else {
        let lines: Vec<String> = drafts
            .iter()
            .map(|draft| format!("- {}", tell_draft(draft)))
            .collect();
        let already = if known > 0 {
            format!(" {known} more are tasks already.")
        } else {
            String::new()
        };
        reply.say(
            format!(
                "From {} I suggest:\n{}\n{already}",
                count(documents.len(), "note"),
                lines.join("\n")
            )
            .trim_end()
            .to_owned(),
        );
    }

    reply.actions.extend(drafts.iter().map(create_action));
    reply.results.push(ToolResult::SuggestTasks(drafts));
    reply
}

/// The documents, and what was pasted into the message below its first line.
fn notes_of(desk: &Desk<'_>) -> Vec<String> {
    let mut notes: Vec<String> = desk
        .input
        .context
        .relevant_documents
        .iter()
        .filter(|document| !document.trim().is_empty())
        .cloned()
        .collect();
    if let Some((_, rest)) = desk.message().split_once('\n')
        && !rest.trim().is_empty()
    {
        notes.push(rest.to_owned());
    }

    notes
}

/// Sentences of a note that say what is to be done.
fn find_things_to_do(note: &str) -> Vec<String> {
    note.lines()
        .filter(|line| !is_done(line))
        .flat_map(read_line)
        .collect()
}

fn is_done(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches(['-', '*', '•', ' ']);
    line.starts_with("[x]") || line.starts_with("[X]") || line.starts_with('#')
}

fn read_line(line: &str) -> Vec<String> {
    let is_box = line
        .trim_start()
        .trim_start_matches(['-', '*', '•', ' '])
        .starts_with("[ ]");
    let line = strip_item(line);
    if is_box && !line.is_empty() {
        return vec![line];
    }
    if let Some(mark) = MARKS
        .iter()
        .find(|mark| find_phrase(&line, mark).is_some_and(|place| place.start == 0))
    {
        let rest = line[mark.len()..].trim_start_matches([':', ' ', '-']);
        return if rest.is_empty() {
            Vec::new()
        } else {
            vec![rest.to_owned()]
        };
    }

    line.split_inclusive(['.', '!', '?'])
        .map(str::trim)
        .filter(|sentence| !sentence.ends_with('?'))
        .filter_map(read_sentence)
        .collect()
}

fn read_sentence(sentence: &str) -> Option<String> {
    let promise = PROMISES
        .iter()
        .filter_map(|promise| find_phrase(sentence, promise))
        .min_by_key(|place| (place.start, usize::MAX - place.end));
    if let Some(place) = promise {
        let rest = sentence[place.end..].trim();
        let first = words_of(rest).into_iter().next()?;
        let is_negated = matches!(first.as_str(), "not" | "never" | "be" | "have");
        return (!is_negated).then(|| rest.to_owned());
    }

    let first = words_of(sentence).into_iter().next()?;
    VERBS.contains(&first.as_str()).then(|| sentence.to_owned())
}
