//! Adiuva's agents: the contract's types by their exact names and fields, and what each tool gives. Only shapes; a day is
//! `2026-12-31`, a moment RFC 3339 with an offset.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Names of the agents.
pub const TASK: &str = "adiuva.task";
pub const CALENDAR: &str = "adiuva.calendar";
pub const EMAIL: &str = "adiuva.email";
pub const ANALYTICS: &str = "adiuva.analytics";

/// A record as the client has it; unknown fields are kept.
pub type ClientRecord = Map<String, Value>;

/// What is known about whoever asks. All of it comes with the request and goes with the answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ChatContext {
    /// `timezone` (IANA), `locale` or `date_format`, `work_hours: {start, end}`, `name`.
    #[serde(default)]
    pub user_profile: ClientRecord,
    /// Notes, as text or as JSON.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub relevant_documents: Vec<String>,
    /// Tasks, and events and mails that the client keeps as tasks.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub recent_tasks: Vec<ClientRecord>,
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub conversation_history: Vec<ClientRecord>,
    /// Events of a calendar: `title`, `start`, `end`, `attendees`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10_000))]
    pub events: Vec<ClientRecord>,
    /// What mails have in their heads: `from`, `to`, `subject`, `date`, `labels`. Never a body.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10_000))]
    pub emails: Vec<ClientRecord>,
}

/// Input of each agent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AssistantInput {
    #[schemars(length(min = 1, max = 32_000))]
    pub message: String,
    #[serde(default)]
    pub context: ChatContext,
    /// What the agents before this one in a pipeline answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub previous_results: Vec<PreviousResult>,
}

/// What an agent before this one answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PreviousResult {
    pub agent: String,
    pub response: String,
    #[serde(default)]
    pub actions: Vec<PlanAction>,
    #[serde(default)]
    pub results: Vec<ToolResult>,
}

/// Output of each agent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AssistantOutput {
    pub response: String,
    /// What is proposed; the client does it or not.
    pub actions: Vec<PlanAction>,
    /// What the tools gave, in their order.
    pub results: Vec<ToolResult>,
}

/// What the client is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanActionKind {
    CreateRecord,
    UpdateRecord,
    DeleteRecord,
    IndexDocument,
    SendNotification,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanAction {
    #[serde(rename = "type")]
    pub kind: PlanActionKind,
    pub table: Option<String>,
    pub data: Option<ClientRecord>,
}

/// What a tool gave, by the tool's name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "tool", content = "output", rename_all = "snake_case")]
pub enum ToolResult {
    CreateTask(TaskDraft),
    UpdateTask(TaskUpdate),
    ListTasks(Vec<TaskItem>),
    SuggestTasks(Vec<TaskDraft>),
    ListEvents(Vec<EventItem>),
    DetectConflicts(Vec<Conflict>),
    SuggestReschedule(Vec<Reschedule>),
    ClassifyEmail(Vec<ClassifiedEmail>),
    ExtractActionItems(Vec<ActionItem>),
    DraftResponse(EmailDraft),
    CalculateMetrics(Vec<Metric>),
    GenerateReport(Report),
    TrendAnalysis(Vec<Trend>),
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    Low,
    #[default]
    Medium,
    High,
    Urgent,
}

impl Priority {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    #[default]
    Todo,
    InProgress,
    Done,
    Cancelled,
}

impl TaskStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Todo => "todo",
            Self::InProgress => "in_progress",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A task that is to be made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskDraft {
    pub title: String,
    pub description: String,
    pub priority: Priority,
    /// A day or a moment.
    pub due_date: Option<String>,
    /// A rule of RFC 5545.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<String>,
}

/// What is to be changed about a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskUpdate {
    pub id: Option<String>,
    pub title: String,
    /// The fields that change, and to what.
    pub updates: ClientRecord,
}

/// A task as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskItem {
    pub id: Option<String>,
    pub title: String,
    pub status: TaskStatus,
    pub priority: Priority,
    pub due_date: Option<String>,
    pub is_late: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventItem {
    pub id: Option<String>,
    pub title: String,
    pub start: String,
    pub end: String,
    pub is_all_day: bool,
}

/// Two events at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conflict {
    pub first: EventItem,
    pub second: EventItem,
    pub overlap_minutes: i64,
}

/// Where an event could go, the earliest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reschedule {
    pub event: EventItem,
    pub slots: Vec<Slot>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Slot {
    pub start: String,
    pub end: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EmailCategory {
    ActionRequired,
    Question,
    Meeting,
    Finance,
    Personal,
    Notification,
    Newsletter,
    Suspicious,
}

impl EmailCategory {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ActionRequired => "action required",
            Self::Question => "question",
            Self::Meeting => "meeting",
            Self::Finance => "finance",
            Self::Personal => "personal",
            Self::Notification => "notification",
            Self::Newsletter => "newsletter",
            Self::Suspicious => "suspicious",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClassifiedEmail {
    pub id: Option<String>,
    pub from: String,
    pub subject: String,
    pub category: EmailCategory,
    pub priority: Priority,
    /// What in the head says so.
    pub reasons: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActionItem {
    pub title: String,
    /// Who asks for it.
    pub from: String,
    pub due_date: Option<String>,
    pub priority: Priority,
    pub email_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EmailDraft {
    pub to: String,
    pub subject: String,
    pub body: String,
}

/// A number and how it came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Metric {
    pub name: String,
    /// None when there is nothing to compute it from.
    pub value: Option<f64>,
    pub unit: String,
    pub explanation: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    pub title: String,
    /// The first and the last day.
    pub from: String,
    pub until: String,
    pub metrics: Vec<Metric>,
    /// In Markdown.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Rising,
    Falling,
    Flat,
    /// Too few points, or no line fits them.
    Unclear,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trend {
    pub name: String,
    pub direction: Direction,
    pub points: usize,
    pub first: Option<f64>,
    pub last: Option<f64>,
    pub mean: Option<f64>,
    pub median: Option<f64>,
    /// By least squares, for each step between points.
    pub slope: Option<f64>,
    /// How much of the change the line explains, from 0 to 1.
    pub fit: Option<f64>,
}

/// What a client does step by step: its own steps on its own data, and a question to the server where a step names a
/// template. A template is named by its id; its text stays on the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExecutionPlan {
    pub id: String,
    pub name: String,
    /// `free`, `pro`, `power` or `team`.
    pub min_tier: String,
    pub agent: String,
    pub steps: Vec<PlanStep>,
}

/// One step. Its result is known to the steps behind it by its number, which begins at 0.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanStep {
    /// `select`, `first`, `count`, `generate`, `create_record` or `respond`.
    pub action: String,
    pub prompt_template: Option<String>,
    pub variables: Option<ClientRecord>,
    /// The earlier step whose result this one works on.
    pub data_from_step: Option<usize>,
}
