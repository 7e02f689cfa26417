//! The agents' tools as models use them: what each takes, and what it gives from its arguments and what came with the message.
//! An argument that is left out stands for the client's own records. What is wrong is said to the model, never repeated.

mod definitions;

use chrono::{DateTime, Utc};
use proto::tasks::adiuva::{
    AssistantInput, AssistantOutput, ClientRecord, PlanAction, PlanActionKind, TaskDraft, TaskUpdate,
    ToolResult,
};
use serde_json::Value;

pub use self::definitions::{ToolDefinition, list_tools};
use crate::context::{Desk, read_stamp};
use crate::task::{action, create_action};
use crate::words::{priority_of, status_of};
use crate::{Assistant, answer_message};

/// Characters of a text argument.
const LONGEST: usize = 10_000;
/// What a task can be changed in.
const CHANGEABLE: [&str; 5] = ["title", "description", "status", "priority", "due_date"];

/// What a tool gave, and what it proposes to the client.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolOutcome {
    pub result: ToolResult,
    pub actions: Vec<PlanAction>,
}

/// Uses a tool of an agent's.
///
/// # Errors
/// What was expected, for the model.
pub fn use_tool(
    name: &str,
    arguments: &ClientRecord,
    input: &AssistantInput,
    now: DateTime<Utc>,
) -> Result<ToolOutcome, String> {
    let tool = list_tools().iter().find(|tool| tool.name == name);
    let Some(tool) = tool else {
        return Err(format!("there is no tool {name}"));
    };
    tool.check(arguments)?;
    for (name, value) in arguments {
        check_texts(value).map_err(|expected| format!("{name}: {expected}"))?;
    }

    match name {
        "create_task" => create_task(arguments, input, now),
        "update_task" => update_task(arguments, input, now),
        _ => ask_assistant(tool, arguments, input, now),
    }
}

/// Texts go into what is proposed to the client, who may keep them.
fn check_texts(value: &Value) -> Result<(), String> {
    match value {
        Value::String(text) if text.contains('\0') => Err("expected a text without NUL".to_owned()),
        Value::String(text) if text.chars().nth(LONGEST).is_some() => {
            Err(format!("expected a text of at most {LONGEST} characters"))
        }
        Value::Array(items) => items.iter().try_for_each(check_texts),
        Value::Object(fields) => fields.values().try_for_each(check_texts),
        _ => Ok(()),
    }
}

fn create_task(
    arguments: &ClientRecord,
    input: &AssistantInput,
    now: DateTime<Utc>,
) -> Result<ToolOutcome, String> {
    let title = text_in(arguments, "title").filter(|title| !title.trim().is_empty());
    let Some(title) = title else {
        return Err("title: expected a text that is not empty".to_owned());
    };

    let draft = TaskDraft {
        title: title.trim().to_owned(),
        description: text_in(arguments, "description").unwrap_or_default().to_owned(),
        priority: match text_in(arguments, "priority") {
            Some(word) => priority_of(word).ok_or("priority: expected low, medium, high or urgent")?,
            None => Default::default(),
        },
        due_date: read_due(arguments, input, now)?,
        repeats: None,
    };

    Ok(ToolOutcome {
        actions: vec![create_action(&draft)],
        result: ToolResult::CreateTask(draft),
    })
}

fn read_due(
    arguments: &ClientRecord,
    input: &AssistantInput,
    now: DateTime<Utc>,
) -> Result<Option<String>, String> {
    let Some(text) = text_in(arguments, "due_date").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let desk = Desk::open(input, now);
    if read_stamp(text, desk.frame.zone()).is_none() {
        return Err(
            "due_date: expected a day such as 2026-12-31, or a moment as RFC 3339 writes it".to_owned(),
        );
    }

    Ok(Some(text.to_owned()))
}

fn update_task(
    arguments: &ClientRecord,
    input: &AssistantInput,
    now: DateTime<Utc>,
) -> Result<ToolOutcome, String> {
    let desk = Desk::open(input, now);
    let id = text_in(arguments, "id").unwrap_or_default();
    let known = desk.tasks.iter().find(|task| task.item.id.as_deref() == Some(id));
    let Some(task) = known else {
        return Err("id: expected the id of one of the tasks".to_owned());
    };

    let updates = arguments
        .get("updates")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    if updates.is_empty() || updates.keys().any(|name| !CHANGEABLE.contains(&name.as_str())) {
        return Err(format!("updates: expected some of {}", CHANGEABLE.join(", ")));
    }
    if updates
        .values()
        .any(|value| !value.is_string() && !value.is_null())
    {
        return Err("updates: expected texts".to_owned());
    }
    if text_in(&updates, "priority").is_some_and(|word| priority_of(word).is_none()) {
        return Err("updates.priority: expected low, medium, high or urgent".to_owned());
    }
    if text_in(&updates, "status").is_some_and(|word| status_of(word).is_none()) {
        return Err("updates.status: expected todo, in_progress, done or cancelled".to_owned());
    }
    read_due(&updates, input, now).map_err(|error| format!("updates.{error}"))?;

    let mut data = ClientRecord::new();
    data.insert("id".to_owned(), Value::from(id));
    data.extend(updates.clone());
    Ok(ToolOutcome {
        actions: vec![action(PlanActionKind::UpdateRecord, "tasks", data)],
        result: ToolResult::UpdateTask(TaskUpdate {
            id: Some(id.to_owned()),
            title: task.item.title.clone(),
            updates,
        }),
    })
}

/// What the agent finds without a model, when it is asked for just this.
fn ask_assistant(
    tool: &ToolDefinition,
    arguments: &ClientRecord,
    input: &AssistantInput,
    now: DateTime<Utc>,
) -> Result<ToolOutcome, String> {
    let mut own = AssistantInput {
        message: tool.question.to_owned(),
        context: input.context.clone(),
        previous_results: Vec::new(),
    };

    for (argument, value) in arguments {
        give_argument(&mut own, argument, value);
    }

    let AssistantOutput { actions, results, .. } = answer_message(tool.assistant, &own, now);
    let result = results
        .into_iter()
        .find(|result| name_result(result) == tool.name);
    match result {
        Some(result) => Ok(ToolOutcome { result, actions }),
        None => Err("there is nothing in the message's context to do that with".to_owned()),
    }
}

/// Records take the place of the client's own; words narrow the question.
fn give_argument(own: &mut AssistantInput, argument: &str, value: &Value) {
    let context = &mut own.context;

    match (argument, value) {
        ("notes_context", Value::String(notes)) if !notes.trim().is_empty() => {
            context.relevant_documents = vec![notes.clone()];
        }
        ("data_points", points) if !is_empty(points) => {
            context.recent_tasks.clear();
            context.relevant_documents = vec![points.to_string()];
        }
        ("events", Value::Array(_)) => take_records(&mut context.events, value),
        ("conflict", Value::Object(conflict)) if context.events.is_empty() => {
            let both = ["first", "second"]
                .iter()
                .filter_map(|name| conflict.get(*name)?.as_object());
            context.events = both.cloned().collect();
        }
        ("metadata" | "thread_context", Value::Array(_) | Value::Object(_)) => {
            take_records(&mut context.emails, value);
        }
        ("task_data" | "data", Value::Array(_)) => take_records(&mut context.recent_tasks, value),
        ("date_range" | "filters" | "period" | "thread_context" | "metadata", value) => {
            own.message = format!("{} {}", own.message, say_words(value));
        }
        _ => {}
    }
}

fn take_records(own: &mut Vec<ClientRecord>, value: &Value) {
    let records: Vec<ClientRecord> = match value {
        Value::Array(items) => items.iter().filter_map(Value::as_object).cloned().collect(),
        Value::Object(record) => vec![record.clone()],
        _ => Vec::new(),
    };
    if !records.is_empty() {
        *own = records;
    }
}

/// A range or a filter in words: `from … to …`, and the values of all other fields.
fn say_words(value: &Value) -> String {
    match value {
        Value::String(text) => text.chars().take(LONGEST).collect(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => items.iter().map(say_words).collect::<Vec<_>>().join(" "),
        Value::Object(fields) => {
            let text = |names: &[&str]| names.iter().find_map(|name| fields.get(*name)?.as_str());
            if let (Some(from), Some(to)) = (
                text(&["from", "start", "after"]),
                text(&["to", "until", "end", "before"]),
            ) {
                return format!("from {from} to {to}");
            }
            fields
                .iter()
                .map(|(name, value)| say_field(name, value))
                .collect::<Vec<_>>()
                .join(" ")
        }
        Value::Bool(_) | Value::Null => String::new(),
    }
}

fn say_field(name: &str, value: &Value) -> String {
    match (name, value) {
        ("priority", Value::String(word)) => format!("{word} priority"),
        (_, Value::Bool(true)) => name.replace('_', " ").trim_start_matches("is ").to_owned(),
        ("due" | "due_date", Value::String(day)) => format!("due {day}"),
        (_, value) => say_words(value),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::String(text) => text.trim().is_empty(),
        _ => value.is_null(),
    }
}

fn text_in<'r>(record: &'r ClientRecord, name: &str) -> Option<&'r str> {
    record.get(name).and_then(Value::as_str)
}

/// The tool that gives such a result.
const fn name_result(result: &ToolResult) -> &'static str {
    match result {
        ToolResult::CreateTask(_) => "create_task",
        ToolResult::UpdateTask(_) => "update_task",
        ToolResult::ListTasks(_) => "list_tasks",
        ToolResult::SuggestTasks(_) => "suggest_tasks",
        ToolResult::ListEvents(_) => "list_events",
        ToolResult::DetectConflicts(_) => "detect_conflicts",
        ToolResult::SuggestReschedule(_) => "suggest_reschedule",
        ToolResult::ClassifyEmail(_) => "classify_email",
        ToolResult::ExtractActionItems(_) => "extract_action_items",
        ToolResult::DraftResponse(_) => "draft_response",
        ToolResult::CalculateMetrics(_) => "calculate_metrics",
        ToolResult::GenerateReport(_) => "generate_report",
        ToolResult::TrendAnalysis(_) => "trend_analysis",
    }
}

/// Whose tool it is, by its name.
#[must_use]
pub fn assistant_of_tool(name: &str) -> Option<Assistant> {
    let mut all = Assistant::ALL.into_iter();
    all.find(|assistant| assistant.tools().contains(&name))
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use proto::tasks::adiuva::ChatContext;
    use serde_json::json;

    use super::*;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 25, 9, 0, 0)
            .single()
            .unwrap_or_default()
    }

    fn input() -> AssistantInput {
        let context = json!({
            "user_profile": { "timezone": "Europe/Berlin" },
            "recent_tasks": [
                { "id": "t1", "title": "Pay the rent", "due_date": "2026-11-20", "status": "todo", "priority": "high" },
                { "id": "t2", "title": "Water the plants", "status": "done", "completed_at": "2026-11-24T10:00:00Z" },
            ],
            "events": [
                { "title": "Standup", "start": "2026-11-26T09:00:00+01:00", "duration_minutes": 30 },
                { "title": "Review", "start": "2026-11-26T09:15:00+01:00", "duration_minutes": 30 },
            ],
            "emails": [{ "from": "anna@example.com", "subject": "Please sign the contract by 2026-12-01" }],
        });
        AssistantInput {
            message: "whatever".to_owned(),
            context: serde_json::from_value::<ChatContext>(context).unwrap_or_default(),
            previous_results: Vec::new(),
        }
    }

    fn tool(name: &str, arguments: Value) -> Result<ToolOutcome, String> {
        let arguments = arguments.as_object().cloned().unwrap_or_default();
        use_tool(name, &arguments, &input(), now())
    }

    #[test]
    fn every_tool_of_every_agent_gives_its_own_result() {
        for (name, arguments) in [
            (
                "create_task",
                json!({ "title": "Call Anna", "description": "", "priority": "high", "due_date": "2026-12-01" }),
            ),
            (
                "update_task",
                json!({ "id": "t1", "updates": { "status": "done" } }),
            ),
            (
                "list_tasks",
                json!({ "filters": { "priority": "high", "overdue": true } }),
            ),
            (
                "suggest_tasks",
                json!({ "notes_context": "TODO: buy milk. We need to book the venue by Friday." }),
            ),
            (
                "list_events",
                json!({ "date_range": { "from": "2026-11-26", "to": "2026-11-27" } }),
            ),
            ("detect_conflicts", json!({})),
            ("suggest_reschedule", json!({ "conflict": {} })),
            (
                "classify_email",
                json!({ "metadata": { "from": "a@example.com", "subject": "Your invoice" } }),
            ),
            ("extract_action_items", json!({})),
            (
                "draft_response",
                json!({ "thread_context": [{ "from": "Ben <ben@example.com>", "subject": "Lunch?" }] }),
            ),
            ("calculate_metrics", json!({})),
            ("generate_report", json!({ "period": "weekly" })),
            ("trend_analysis", json!({ "data_points": [1, 2, 4, 8, 16] })),
        ] {
            let outcome = tool(name, arguments).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(name_result(&outcome.result), name);
            assert!(assistant_of_tool(name).is_some(), "{name}");
        }

        let names: Vec<&str> = list_tools().iter().map(|tool| tool.name).collect();
        let exact: Vec<&str> = Assistant::ALL
            .iter()
            .flat_map(|assistant| assistant.tools())
            .copied()
            .collect();
        assert_eq!(names, exact);
    }

    #[test]
    fn broken_arguments_are_told_by_their_names_and_not_repeated() {
        for (name, arguments, said) in [
            ("create_task", json!({}), "title"),
            ("create_task", json!({ "title": " " }), "title"),
            (
                "create_task",
                json!({ "title": "a", "priority": "canary" }),
                "priority",
            ),
            (
                "create_task",
                json!({ "title": "a", "due_date": "canary" }),
                "due_date",
            ),
            (
                "create_task",
                json!({ "title": "a", "canary": 1 }),
                "expected only",
            ),
            (
                "update_task",
                json!({ "id": "canary", "updates": { "status": "done" } }),
                "id",
            ),
            (
                "update_task",
                json!({ "id": "t1", "updates": { "canary": "done" } }),
                "updates",
            ),
            ("update_task", json!({ "id": "t1", "updates": {} }), "updates"),
            (
                "update_task",
                json!({ "id": "t1", "updates": { "title": ["canary"] } }),
                "updates",
            ),
            (
                "update_task",
                json!({ "id": "t1", "updates": { "title": "canary\0" } }),
                "updates",
            ),
            ("create_task", json!({ "title": "canary\0" }), "title"),
            (
                "create_task",
                json!({ "title": "a", "description": "canary".repeat(LONGEST) }),
                "description",
            ),
            ("list_events", json!({ "date_range": 7 }), "date_range"),
            ("no_tool", json!({}), "no tool"),
        ] {
            let error = tool(name, arguments.clone()).expect_err("it is broken");
            assert!(
                error.contains(said) && !error.contains("canary"),
                "{name} {arguments}: {error}"
            );
        }
    }
}
