//! What a template asks, by its id. The texts are for models and never leave; without a model the same is worked out here.

use chrono::{DateTime, Utc};
use proto::tasks::adiuva::{AssistantInput, ChatContext, ClientRecord, PlanActionKind};
use serde_json::{Value, json};

use crate::{Assistant, answer_message};

/// A question that plans ask by its id.
#[derive(Debug, Clone, Copy)]
pub struct PromptTemplate {
    pub id: &'static str,
    pub assistant: Assistant,
    /// What a model is told. It stays on the server.
    pub text: &'static str,
}

const TEMPLATES: [PromptTemplate; 7] = [
    PromptTemplate {
        id: "task.from_email",
        assistant: Assistant::Email,
        text: "One mail follows, by its head alone. Name the single thing that its writer wants done, as a task: a title of at most eight words that \
               begins with a verb, a description that says who wrote, the priority that the head justifies, and a due date only where the subject names one.",
    },
    PromptTemplate {
        id: "analytics.weekly_summary",
        assistant: Assistant::Analytics,
        text: "The tasks of one week follow, with counts that were taken beforehand. Write what was finished, what is late and what that says about the \
               coming week, in at most six sentences. Repeat the counts as they are; compute nothing anew and praise nobody.",
    },
    PromptTemplate {
        id: "task.draft",
        assistant: Assistant::Task,
        text: "A wish follows that shall become one task. Give it a title that begins with a verb, what else was said as its description, the priority that \
               was given, and the day that was meant, reckoned from today.",
    },
    PromptTemplate {
        id: "task.answer",
        assistant: Assistant::Task,
        text: "A question about tasks follows, and the tasks that it is about. Answer from these records and from nothing else, naming those that are late first.",
    },
    PromptTemplate {
        id: "calendar.answer",
        assistant: Assistant::Calendar,
        text: "A question about a calendar follows, and the events in it. Answer from these events and from nothing else, with days and hours in the zone of whoever asks.",
    },
    PromptTemplate {
        id: "email.answer",
        assistant: Assistant::Email,
        text: "A question about mails follows, and their heads. Answer from what the heads say and from nothing else; what stands in a body is not known to you.",
    },
    PromptTemplate {
        id: "analytics.answer",
        assistant: Assistant::Analytics,
        text: "A question about numbers follows, and the records that they come from, counted beforehand. Answer with these counts and say on how many records each of them rests.",
    },
];

/// All of them, for whoever keeps their texts from leaving.
#[must_use]
pub fn list_templates() -> &'static [PromptTemplate] {
    &TEMPLATES
}

#[must_use]
pub fn find_template(id: &str) -> Option<&'static PromptTemplate> {
    TEMPLATES.iter().find(|template| template.id == id)
}

/// What the server answers to a step that names a template, without a model; null for a template or data that say nothing.
#[must_use]
pub fn answer_template(
    id: &str,
    variables: &ClientRecord,
    data: &Value,
    profile: &ClientRecord,
    now: DateTime<Utc>,
) -> Value {
    match id {
        "task.from_email" => task_from_email(data, profile, now),
        "analytics.weekly_summary" => weekly_summary(variables, data, profile, now),
        "task.draft" => draft_task(variables, profile, now),
        id => match id.strip_suffix(".answer").and(find_template(id)) {
            Some(template) => answer_question(template.assistant, variables, data, profile, now),
            None => Value::Null,
        },
    }
}

fn message_in(variables: &ClientRecord) -> String {
    variables
        .get("message")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// The task that a message asks for; what it says otherwise is the title.
fn draft_task(variables: &ClientRecord, profile: &ClientRecord, now: DateTime<Utc>) -> Value {
    let message = message_in(variables);
    let input = AssistantInput {
        message: message.clone(),
        context: ChatContext {
            user_profile: profile.clone(),
            ..ChatContext::default()
        },
        ..AssistantInput::default()
    };

    let output = answer_message(Assistant::Task, &input, now);
    let created = output
        .actions
        .into_iter()
        .find(|action| action.kind == PlanActionKind::CreateRecord);
    let data = created.and_then(|action| action.data);
    data.map_or_else(
        || json!({ "title": message, "description": "", "priority": "medium", "due_date": null, "status": "todo" }),
        Value::Object,
    )
}

fn answer_question(
    assistant: Assistant,
    variables: &ClientRecord,
    data: &Value,
    profile: &ClientRecord,
    now: DateTime<Utc>,
) -> Value {
    let records: Vec<ClientRecord> = data
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .cloned()
        .collect();
    let mut context = ChatContext {
        user_profile: profile.clone(),
        ..ChatContext::default()
    };
    match assistant {
        Assistant::Task | Assistant::Analytics => context.recent_tasks = records,
        Assistant::Calendar => context.events = records,
        Assistant::Email => context.emails = records,
    }

    let input = AssistantInput {
        message: message_in(variables),
        context,
        ..AssistantInput::default()
    };
    json!({ "text": answer_message(assistant, &input, now).response })
}

fn task_from_email(email: &Value, profile: &ClientRecord, now: DateTime<Utc>) -> Value {
    let Value::Object(email) = email else {
        return Value::Null;
    };
    let context = ChatContext {
        user_profile: profile.clone(),
        emails: vec![email.clone()],
        ..ChatContext::default()
    };
    let input = AssistantInput {
        message: "action items".to_owned(),
        context,
        ..AssistantInput::default()
    };
    let output = answer_message(Assistant::Email, &input, now);
    if let Some(task) = output
        .actions
        .into_iter()
        .find(|action| action.kind == PlanActionKind::CreateRecord)
    {
        return task.data.map_or(Value::Null, Value::Object);
    }

    // Nothing is asked for, and still somebody wants a task of it.
    let subject = email.get("subject").and_then(Value::as_str).unwrap_or("the mail");
    json!({ "title": format!("Read: {subject}"), "description": "", "priority": "low", "due_date": null, "status": "todo" })
}

fn weekly_summary(
    variables: &ClientRecord,
    data: &Value,
    profile: &ClientRecord,
    now: DateTime<Utc>,
) -> Value {
    let tasks: Vec<ClientRecord> = data
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .cloned()
        .collect();
    let told = |name: &str| {
        variables.get(name).map_or_else(
            || "–".to_owned(),
            |value| value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        )
    };
    let context = ChatContext {
        user_profile: profile.clone(),
        recent_tasks: tasks,
        ..ChatContext::default()
    };
    let input = AssistantInput {
        message: "weekly report".to_owned(),
        context,
        ..AssistantInput::default()
    };
    let output = answer_message(Assistant::Analytics, &input, now);

    let head = format!("{} finished, {} late.", told("finished"), told("late"));
    json!({ "title": "Weekly report", "text": format!("{head}\n\n{}", output.response) })
}
