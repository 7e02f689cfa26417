//! A plan for a message: the playbook that it asks for, or the few steps by which a client does the same with its own data.

use chrono::{DateTime, Utc};
use proto::tasks::adiuva::{AssistantInput, ClientRecord, ExecutionPlan, PlanActionKind};
use serde_json::{Value, json};

use super::{PlanBuilder, PlanError, find_playbook};
use crate::words::says_any;
use crate::{Assistant, answer_message};

/// Phrases that ask for a playbook.
const ASKED_BY: [(&str, Assistant, &[&str]); 3] = [
    (
        "create-task-from-email",
        Assistant::Email,
        &[
            "task from",
            "as a task",
            "into a task",
            "make a task",
            "create a task",
        ],
    ),
    (
        "daily-agenda",
        Assistant::Calendar,
        &["agenda", "my day", "today's plan"],
    ),
    (
        "weekly-report",
        Assistant::Analytics,
        &["weekly report", "report of the week", "this week's report"],
    ),
];

/// Phrases that ask for a task of a mail, also where tasks are what is spoken of.
const OF_EMAIL: &[&str] = &[
    "of this email",
    "of this mail",
    "of that email",
    "of the email",
    "from this email",
    "from this mail",
    "from the email",
    "from an email",
    "from my email",
    "this email into",
];

/// The plan. What the message says is in its variables alone.
///
/// # Errors
/// [`PlanError`] when a step is none, which a test rules out.
pub fn plan_message(
    assistant: Assistant,
    message: &str,
    now: DateTime<Utc>,
) -> Result<ExecutionPlan, PlanError> {
    let asked = ASKED_BY
        .iter()
        .find(|(_, of, phrases)| *of == assistant && says_any(message, phrases));
    let id = match asked {
        Some((id, ..)) => Some(*id),
        None if assistant == Assistant::Task && says_any(message, OF_EMAIL) => Some("create-task-from-email"),
        None => None,
    };
    if let Some(playbook) = id.and_then(find_playbook) {
        return Ok(playbook.plan);
    }

    match assistant {
        Assistant::Task if creates_task(message, now) => draft_plan(message),
        _ => answer_plan(assistant, message),
    }
}

fn creates_task(message: &str, now: DateTime<Utc>) -> bool {
    let input = AssistantInput {
        message: message.to_owned(),
        ..AssistantInput::default()
    };
    let output = answer_message(Assistant::Task, &input, now);

    output
        .actions
        .iter()
        .any(|action| action.kind == PlanActionKind::CreateRecord)
}

/// A task out of the message.
fn draft_plan(message: &str) -> Result<ExecutionPlan, PlanError> {
    PlanBuilder::new("create-task", "Create a task", Assistant::Task.name(), "free")
        .add_llm_step(
            "task.draft",
            record(json!({ "message": without_references(message) })),
            None,
        )
        .add_data_step("create_record", Some(record(json!({ "table": "tasks" }))), 0)
        .add_step("respond", record(json!({ "text": "{{0.title}}" })))
        .build()
}

/// An answer from the client's records of the kind that the assistant works with.
fn answer_plan(assistant: Assistant, message: &str) -> Result<ExecutionPlan, PlanError> {
    let (id, name, source, template, tier) = match assistant {
        Assistant::Task => (
            "answer-tasks",
            "Answer about tasks",
            "recent_tasks",
            "task.answer",
            "free",
        ),
        Assistant::Calendar => (
            "answer-calendar",
            "Answer about events",
            "events",
            "calendar.answer",
            "free",
        ),
        Assistant::Email => (
            "answer-email",
            "Answer about mails",
            "emails",
            "email.answer",
            "free",
        ),
        Assistant::Analytics => (
            "answer-analytics",
            "Answer about numbers",
            "recent_tasks",
            "analytics.answer",
            "pro",
        ),
    };

    PlanBuilder::new(id, name, assistant.name(), tier)
        .add_step("select", record(json!({ "source": source })))
        .add_llm_step(
            template,
            record(json!({ "message": without_references(message) })),
            Some(0),
        )
        .add_step("respond", record(json!({ "text": "{{1.text}}" })))
        .build()
}

/// Two braces in a row would stand for an earlier step's result.
fn without_references(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    for symbol in message.chars() {
        if symbol == '{' && text.ends_with('{') {
            text.push(' ');
        }
        text.push(symbol);
    }

    text
}

fn record(value: Value) -> ClientRecord {
    match value {
        Value::Object(fields) => fields,
        _ => ClientRecord::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans::{answer_template, evaluate_plan};

    #[test]
    fn a_message_becomes_a_plan_that_a_client_can_run() {
        let now = DateTime::UNIX_EPOCH;
        let context = json!({
            "recent_tasks": [{ "id": "t1", "title": "Pay the rent", "status": "todo", "due_date": "1969-12-01" }],
            "events": [{ "title": "Standup", "start": "1970-01-02T09:00:00Z" }],
            "emails": [{ "from": "anna@example.com", "subject": "Please sign by Friday" }],
        });
        for (assistant, message, id, said) in [
            (
                Assistant::Task,
                "remind me to call Anna {{7}} tomorrow",
                "create-task",
                "Call Anna",
            ),
            (
                Assistant::Task,
                "what is overdue?",
                "answer-tasks",
                "Pay the rent",
            ),
            (
                Assistant::Calendar,
                "list my events",
                "answer-calendar",
                "Standup",
            ),
            (
                Assistant::Calendar,
                "what is on my agenda?",
                "daily-agenda",
                "0 events",
            ),
            (Assistant::Email, "classify my mails", "answer-email", "sign"),
            (
                Assistant::Email,
                "make a task of this mail",
                "create-task-from-email",
                "A task from",
            ),
            (
                Assistant::Analytics,
                "show my metrics",
                "answer-analytics",
                "1 task",
            ),
            (
                Assistant::Analytics,
                "write the weekly report",
                "weekly-report",
                "finished",
            ),
        ] {
            let plan =
                plan_message(assistant, message, now).unwrap_or_else(|error| panic!("{message}: {error}"));
            assert_eq!(plan.id, id, "{message}");

            let done = evaluate_plan(&plan, &context, now.date_naive(), |question| {
                let answer = answer_template(
                    question.template,
                    &question.variables,
                    question.data,
                    &ClientRecord::new(),
                    now,
                );
                Ok::<_, std::convert::Infallible>(answer)
            });
            let done = done.unwrap_or_else(|error| panic!("{message}: {error:?}"));
            assert!(done.response.contains(said), "{message}: {}", done.response);
        }
    }
}
