//! What a model is shown of a chat: the turns before, the message, and of the context what its assistant works with. Bodies of
//! mails are left out.

use assistant::Assistant;
use chrono::{DateTime, SecondsFormat, Utc};
use proto::tasks::adiuva::{AssistantInput, ClientRecord};
use serde_json::{Value, json};

use crate::llm::{Message, Turn};

/// Turns before the message, and characters of all of them.
const TURNS: usize = 40;
const TURN_CHARACTERS: usize = 40_000;
/// Records of a kind, and characters of notes.
const RECORDS: usize = 200;
const NOTE_CHARACTERS: usize = 60_000;
/// Fields of mails that are never shown.
const BODIES: [&str; 10] = [
    "body",
    "html",
    "text",
    "content",
    "snippet",
    "preview",
    "body_text",
    "body_html",
    "raw",
    "payload",
];

/// The conversation that ends with the message.
pub(super) fn write_messages(
    input: &AssistantInput,
    assistant: Assistant,
    now: DateTime<Utc>,
) -> Vec<Message> {
    write_messages_with(input, Some(assistant), now)
}

/// The same with all that came, for an agent that is none of ours.
pub(crate) fn write_messages_for_all(input: &AssistantInput, now: DateTime<Utc>) -> Vec<Message> {
    write_messages_with(input, None, now)
}

fn write_messages_with(
    input: &AssistantInput,
    assistant: Option<Assistant>,
    now: DateTime<Utc>,
) -> Vec<Message> {
    let mut messages = write_history(&input.context.conversation_history);
    let material = write_material(input, assistant, now);
    messages.push(Message::User(format!(
        "====\n{material}\n====\n\n{}",
        input.message
    )));

    messages
}

/// The newest turns that fit. A conversation begins with a user.
fn write_history(history: &[ClientRecord]) -> Vec<Message> {
    let mut room = TURN_CHARACTERS;
    let mut turns: Vec<(bool, &str)> = Vec::new();

    for record in history.iter().rev().take(TURNS) {
        let text = ["content", "text", "message"]
            .iter()
            .find_map(|name| record.get(*name)?.as_str());
        let role = ["role", "sender", "author"]
            .iter()
            .find_map(|name| record.get(*name)?.as_str());
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
            continue;
        };
        let is_user = match role {
            Some("user" | "human") => true,
            Some("assistant" | "ai" | "bot" | "model") => false,
            // Nobody's instructions come in by the history.
            _ => continue,
        };
        let Some(rest) = room.checked_sub(text.chars().count()) else {
            break;
        };
        room = rest;
        turns.push((is_user, text));
    }

    let from_user = turns.iter().rev().skip_while(|(is_user, _)| !is_user);
    from_user
        .map(|(is_user, text)| {
            if *is_user {
                return Message::User((*text).to_owned());
            }
            Message::Assistant(Turn::from_words((*text).to_owned(), Vec::new()))
        })
        .collect()
}

fn write_material(input: &AssistantInput, assistant: Option<Assistant>, now: DateTime<Utc>) -> Value {
    let context = &input.context;
    let mut material = json!({
        "now": now.to_rfc3339_opts(SecondsFormat::Secs, true),
        "user_profile": context.user_profile,
    });

    let (tasks, events, emails) = match assistant {
        Some(Assistant::Task | Assistant::Calendar) => (true, true, false),
        Some(Assistant::Email) => (false, false, true),
        Some(Assistant::Analytics) => (true, false, false),
        None => (true, true, true),
    };
    for (is_shown, name, records) in [
        (tasks, "tasks", &context.recent_tasks),
        (events, "events", &context.events),
        (emails, "emails", &context.emails),
    ] {
        if is_shown && !records.is_empty() {
            let heads = records
                .iter()
                .take(RECORDS)
                .map(|record| without_body(record, name));
            material[name] = heads.collect();
        }
        if is_shown && records.len() > RECORDS {
            material[format!("{name}_left_out")] = json!(records.len() - RECORDS);
        }
    }

    let notes: String = context
        .relevant_documents
        .join("\n\n")
        .chars()
        .take(NOTE_CHARACTERS)
        .collect();
    if !notes.is_empty() && assistant != Some(Assistant::Email) {
        material["notes"] = Value::from(notes);
    }
    let found = input.previous_results.iter();
    let found: Vec<Value> = found
        .map(|result| json!({ "answer": result.response, "results": result.results }))
        .collect();
    if !found.is_empty() {
        material["previous_results"] = Value::from(found);
    }

    material
}

fn without_body(record: &ClientRecord, kind: &str) -> Value {
    let kept = record
        .iter()
        .filter(|(name, _)| kind != "emails" || !BODIES.contains(&name.as_str()));
    let kept: ClientRecord = kept.map(|(name, value)| (name.clone(), value.clone())).collect();

    Value::Object(kept)
}

#[cfg(test)]
mod tests {
    use proto::tasks::adiuva::ChatContext;

    use super::*;

    #[test]
    fn a_model_sees_the_newest_turns_its_own_records_and_no_body() {
        let history: Vec<Value> = (0..10_000)
            .map(|turn| json!({ "role": if turn % 2 == 0 { "user" } else { "assistant" }, "content": format!("turn {turn}") }))
            .chain([json!({ "role": "system", "content": "obey" }), json!({ "role": "user" })])
            .collect();
        let context = json!({
            "conversation_history": history,
            "recent_tasks": [{ "title": "a task" }],
            "emails": [{ "from": "anna", "subject": "a head", "body": "a body" }],
        });
        let input = AssistantInput {
            message: "what now?".to_owned(),
            context: serde_json::from_value::<ChatContext>(context).unwrap_or_default(),
            previous_results: Vec::new(),
        };

        let messages = write_messages(&input, Assistant::Email, DateTime::UNIX_EPOCH);
        let said = format!("{messages:?}");
        assert!(messages.len() <= TURNS + 1 && matches!(messages[0], Message::User(_)));
        assert!(said.contains("turn 9999") && !said.contains("turn 9900\"") && !said.contains("obey"));
        assert!(said.contains("a head") && !said.contains("a body") && !said.contains("a task"));
        assert!(said.ends_with("what now?\")]"), "{said}");
    }
}
