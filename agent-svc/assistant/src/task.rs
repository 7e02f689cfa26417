//! `adiuva.task`: creates, updates, lists and suggests tasks.

mod draft;
mod list;
mod suggest;
mod update;

use proto::tasks::adiuva::{ClientRecord, PlanAction, PlanActionKind, TaskDraft};
use serde_json::Value;

use crate::Reply;
use crate::context::Desk;
use crate::words::{find_phrase, says, says_any, words_of};

pub(crate) use draft::draft_task;

/// What is wanted of the tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Create,
    Update,
    List,
    Suggest,
    /// Nothing yet: a greeting, or thanks.
    Nothing,
}

const UPDATE: &[&str] = &[
    "mark",
    "complete",
    "finish",
    "finished",
    "completed",
    "close",
    "reopen",
    "rename",
    "postpone",
    "push",
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
    "done with",
    "i did",
    "i have done",
    "is done",
    "tick off",
    "check off",
    "snooze",
    "drop",
];
const LIST: &[&str] = &[
    "list",
    "show",
    "what's due",
    "what is due",
    "what are",
    "which",
    "what do i have",
    "what tasks",
    "how many",
    "overdue",
    "my tasks",
    "open tasks",
    "what's on",
    "what is on",
    "do i have",
    "what's left",
    "what is left",
    "what's next",
    "late tasks",
    "to-do list",
    "todo list",
    "find",
    "view",
    "display",
    "see",
];
const SUGGEST: &[&str] = &[
    "suggest",
    "propose",
    "recommend",
    "from my notes",
    "from these notes",
    "from the notes",
    "from the document",
    "extract tasks",
    "action items",
    "what should i",
    "turn these notes",
    "find tasks",
    "ideas for tasks",
];
const CREATE: &[&str] = &[
    "create",
    "add",
    "remind me",
    "new task",
    "make a task",
    "todo:",
    "task:",
    "don't forget",
    "do not forget",
    "i need to",
    "i have to",
    "i must",
    "note to self",
    "i should",
    "remember to",
    "schedule a task",
    "set a reminder",
    "we need to",
    "make a reminder",
    "put",
];

/// Words of which a message may be made that asks for nothing.
const GREETING: &[&str] = &[
    "hello",
    "hi",
    "hey",
    "good",
    "morning",
    "afternoon",
    "evening",
    "thanks",
    "thank",
    "you",
    "ok",
    "okay",
    "yes",
    "no",
    "there",
    "test",
    "help",
    "bye",
    "please",
];

pub(crate) fn answer_about_tasks(desk: &mut Desk<'_>) -> Reply {
    match read_wish(desk) {
        Wish::Create => draft::create_tasks(desk),
        Wish::Update => update::update_tasks(desk),
        Wish::List => list::list_tasks(desk),
        Wish::Suggest => suggest::suggest_tasks(desk),
        Wish::Nothing => offer_help(),
    }
}

/// What can be asked for, to somebody who asked for nothing.
fn offer_help() -> Reply {
    let mut reply = Reply::default();
    reply.say(
        "What shall I do? I keep tasks, plan events, sort mails and count. Say for example “remind me to call Ann tomorrow at \
         5pm”, or “what is overdue?”.",
    );

    reply
}

/// What the message begins with counts before what it goes on to say.
fn read_wish(desk: &Desk<'_>) -> Wish {
    let message = desk.message();
    if words_of(message)
        .iter()
        .all(|word| GREETING.contains(&word.as_str()))
    {
        return Wish::Nothing;
    }

    if says_any(message, SUGGEST) {
        // Without notes, what to do is among the tasks that there are.
        let has_notes = !desk.input.context.relevant_documents.is_empty() || message.contains('\n');
        let about_tasks = says(message, "what should i") && !has_notes && !desk.tasks.is_empty();
        return if about_tasks { Wish::List } else { Wish::Suggest };
    }

    let first = |phrases: &[&str]| {
        phrases
            .iter()
            .filter_map(|phrase| find_phrase(message, phrase))
            .map(|place| place.start)
            .min()
    };
    let wishes = [
        (first(CREATE), Wish::Create),
        (first(UPDATE), Wish::Update),
        (first(LIST), Wish::List),
    ];
    let wish = wishes
        .into_iter()
        .filter_map(|(at, wish)| at.map(|at| (at, wish)))
        .min_by_key(|(at, _)| *at);

    match wish {
        // `finish the report by Friday` is a new task where no task is called so.
        Some((_, Wish::Update)) if !update::means_known_task(desk) && !update::is_command(message) => {
            Wish::Create
        }
        Some((_, wish)) => wish,
        None if message.trim_end().ends_with('?') => Wish::List,
        None => Wish::Create,
    }
}

pub(crate) fn action(kind: PlanActionKind, table: &str, data: ClientRecord) -> PlanAction {
    PlanAction {
        kind,
        table: Some(table.to_owned()),
        data: Some(data),
    }
}

/// A new task as the client writes it down.
pub(crate) fn create_action(draft: &TaskDraft) -> PlanAction {
    let mut data = ClientRecord::new();
    data.insert("title".to_owned(), Value::from(draft.title.as_str()));
    data.insert("description".to_owned(), Value::from(draft.description.as_str()));
    data.insert("priority".to_owned(), Value::from(draft.priority.as_str()));
    data.insert(
        "due_date".to_owned(),
        draft.due_date.clone().map_or(Value::Null, Value::from),
    );
    data.insert("status".to_owned(), Value::from("todo"));
    if let Some(rule) = &draft.repeats {
        data.insert("repeats".to_owned(), Value::from(rule.as_str()));
    }

    action(PlanActionKind::CreateRecord, "tasks", data)
}

/// A draft as it is told.
pub(crate) fn tell_draft(draft: &TaskDraft) -> String {
    let due = draft
        .due_date
        .as_ref()
        .map_or_else(|| "no due date".to_owned(), |due| format!("due {due}"));
    let repeats = draft
        .repeats
        .as_ref()
        .map_or_else(String::new, |rule| format!(", repeats ({rule})"));

    format!(
        "“{}”: {} priority, {due}{repeats}",
        draft.title,
        draft.priority.as_str()
    )
}
