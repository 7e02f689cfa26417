//! What models are told of each tool: its name, what it is for, and its arguments.

use std::sync::LazyLock;

use proto::tasks::adiuva::ClientRecord;
use serde_json::{Value, json};

use crate::Assistant;

/// A tool of an agent's.
#[derive(Debug)]
pub struct ToolDefinition {
    pub assistant: Assistant,
    pub name: &'static str,
    pub description: &'static str,
    /// Its arguments as JSON Schema.
    pub parameters: Value,
    /// What the agent is asked when the tool is used.
    pub(super) question: &'static str,
}

/// Every tool, agent by agent.
#[must_use]
pub fn list_tools() -> &'static [ToolDefinition] {
    &*TOOLS
}

impl ToolDefinition {
    /// Whether the arguments are those of the schema, by name and type.
    pub(super) fn check(&self, arguments: &ClientRecord) -> Result<(), String> {
        let empty = ClientRecord::new();
        let known = self.parameters["properties"].as_object().unwrap_or(&empty);
        if arguments.keys().any(|name| !known.contains_key(name)) {
            let names: Vec<&str> = known.keys().map(String::as_str).collect();
            return Err(format!("expected only the arguments {}", names.join(", ")));
        }

        let required = self.parameters["required"].as_array();
        let missing = required.into_iter().flatten().filter_map(Value::as_str);
        if let Some(name) = missing.into_iter().find(|name| !arguments.contains_key(*name)) {
            return Err(format!("{name}: this argument is required"));
        }

        for (name, value) in arguments.iter().filter(|(_, value)| !value.is_null()) {
            let wanted = &known[name]["type"];
            let kinds: Vec<&str> = match wanted {
                Value::String(kind) => vec![kind],
                Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
                _ => continue,
            };
            if !kinds.contains(&kind_of(value)) {
                return Err(format!(
                    "{name}: expected a value of the type {}",
                    kinds.join(" or ")
                ));
            }
        }

        Ok(())
    }
}

const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// An object of these properties; those that are named must be there.
fn arguments(properties: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn records(description: &str) -> Value {
    json!({ "type": "array", "items": { "type": "object" }, "description": description })
}

static TOOLS: LazyLock<[ToolDefinition; 13]> = LazyLock::new(|| {
    let [create, update, list, suggest] = task_tools();
    let [events, conflicts, reschedule] = calendar_tools();
    let [classify, extract, draft] = email_tools();
    let [metrics, report, trend] = analytics_tools();

    [
        create, update, list, suggest, events, conflicts, reschedule, classify, extract, draft, metrics,
        report, trend,
    ]
});

fn task_tools() -> [ToolDefinition; 4] {
    let tool = |name, description, parameters, question| ToolDefinition {
        assistant: Assistant::Task,
        name,
        description,
        parameters,
        question,
    };

    [
        tool(
            "create_task",
            "Proposes to the client that one new task is written down. Use it once for each task that the message asks for.",
            arguments(
                &json!({
                    "title": { "type": "string", "description": "What is to be done, beginning with a verb" },
                    "description": { "type": "string", "description": "What else the message says about it" },
                    "priority": { "type": "string", "enum": ["low", "medium", "high", "urgent"] },
                    "due_date": { "type": ["string", "null"], "description": "A day such as 2026-12-31, or a moment as RFC 3339 writes it" },
                }),
                &["title"],
            ),
            "",
        ),
        tool(
            "update_task",
            "Proposes to the client that one of its tasks changes. Only tasks that came with the message can change.",
            arguments(
                &json!({
                    "id": { "type": "string", "description": "The id of the task, as it came with the message" },
                    "updates": { "type": "object", "description": "The new values of title, description, status, priority or due_date" },
                }),
                &["id", "updates"],
            ),
            "",
        ),
        tool(
            "list_tasks",
            "Lists the tasks that came with the message, those that are late or due first.",
            arguments(
                &json!({ "filters": { "type": ["object", "string"], "description": "Which ones: status, priority, tag, due, overdue or words" } }),
                &[],
            ),
            "list tasks",
        ),
        tool(
            "suggest_tasks",
            "Finds what the client's notes say is still to be done, as drafts of tasks.",
            arguments(
                &json!({ "notes_context": { "type": "string", "description": "The notes; left out, those that came with the message" } }),
                &[],
            ),
            "suggest tasks from my notes",
        ),
    ]
}

fn calendar_tools() -> [ToolDefinition; 3] {
    let tool = |name, description, parameters, question| ToolDefinition {
        assistant: Assistant::Calendar,
        name,
        description,
        parameters,
        question,
    };

    [
        tool(
            "list_events",
            "Lists the events that came with the message and lie within a range of days.",
            arguments(
                &json!({ "date_range": { "type": ["object", "string"], "description": "From when to when: days such as 2026-12-31, or words such as next week" } }),
                &[],
            ),
            "list my events",
        ),
        tool(
            "detect_conflicts",
            "Finds the pairs of events that overlap, and by how many minutes they do.",
            arguments(
                &json!({ "events": records("The events to compare; left out, those that came with the message") }),
                &[],
            ),
            "any conflicts?",
        ),
        tool(
            "suggest_reschedule",
            "Finds free slots within working hours for an event that conflicts with another one.",
            arguments(
                &json!({ "conflict": { "type": "object", "description": "The pair, as detect_conflicts gives it" } }),
                &[],
            ),
            "any conflicts?",
        ),
    ]
}

fn email_tools() -> [ToolDefinition; 3] {
    let metadata = json!({ "type": ["object", "array"], "items": { "type": "object" }, "description": "Heads of mails (from, to, subject, date, labels), never their bodies; left out, those that came with the message" });
    let tool = |name, description, parameters, question| ToolDefinition {
        assistant: Assistant::Email,
        name,
        description,
        parameters,
        question,
    };

    [
        tool(
            "classify_email",
            "Sorts mails by what their heads say: what needs an answer, what is a newsletter, what looks like a fraud.",
            arguments(&json!({ "metadata": metadata }), &[]),
            "classify my mails",
        ),
        tool(
            "extract_action_items",
            "Finds what the heads of mails ask the client to do, with the days that they name.",
            arguments(&json!({ "metadata": metadata }), &[]),
            "extract action items",
        ),
        tool(
            "draft_response",
            "Drafts an answer to a mail from its head and from what the client wants to say.",
            arguments(
                &json!({ "thread_context": { "type": ["object", "array", "string"], "items": { "type": "object" }, "description": "The mail to answer, or what the answer should say" } }),
                &[],
            ),
            "draft a reply",
        ),
    ]
}

fn analytics_tools() -> [ToolDefinition; 3] {
    let tool = |name, description, parameters, question| ToolDefinition {
        assistant: Assistant::Analytics,
        name,
        description,
        parameters,
        question,
    };

    [
        tool(
            "calculate_metrics",
            "Computes counts, rates and medians of tasks, each with how it came about.",
            arguments(
                &json!({ "task_data": records("The tasks to measure; left out, those that came with the message") }),
                &[],
            ),
            "show my metrics",
        ),
        tool(
            "generate_report",
            "Writes a report on the tasks of a period, with its numbers.",
            arguments(
                &json!({
                    "period": { "type": ["string", "object"], "description": "Daily, weekly, monthly, quarterly or yearly, or from which day to which" },
                    "data": records("The tasks to report on; left out, those that came with the message"),
                }),
                &[],
            ),
            "report",
        ),
        tool(
            "trend_analysis",
            "Fits a line through numbers over time and says whether they rise, fall or do neither.",
            arguments(
                &json!({ "data_points": { "type": "array", "description": "Numbers, or objects with a date and a value; left out, tasks finished by week" } }),
                &[],
            ),
            "show the trend",
        ),
    ]
}
