//! A message and its answer as Adiuva's clients write and read them. What is in here is nobody's to keep: it is read into, and
//! written from, memory that is overwritten.

use kit::ephemeral::{Ephemeral, Wipe, hush_panics, wipe_freed_memory};
use proto::v1::ChatAnswer;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};
use utoipa::ToSchema;

use crate::{
    error::ApiError,
    extract::{decode, read_json_text},
};

type ClientRecord = Map<String, Value>;

/// A message to the assistants, with what the client knows. Names may be written in camelCase too.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "message": "remind me to call Anna tomorrow at 5pm",
    "context": { "user_profile": { "timezone": "Europe/Berlin" }, "recent_tasks": [] },
    "execution_mode": "direct"
}))]
pub(crate) struct ChatRequest {
    /// Not empty, at most 32000 characters.
    message: String,
    #[serde(default)]
    context: ChatContext,
    #[serde(default, alias = "executionMode", skip_serializing)]
    execution_mode: ExecutionMode,
}

/// What the client knows; all of it goes with the answer.
#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChatContext {
    /// `timezone` (IANA), `locale` or `date_format`, `work_hours: {start, end}`, `name`.
    #[serde(default, alias = "userProfile")]
    #[schema(value_type = Object)]
    user_profile: ClientRecord,
    /// Notes, as text or as JSON.
    #[serde(default, alias = "relevantDocuments")]
    relevant_documents: Vec<String>,
    #[serde(default, alias = "recentTasks")]
    #[schema(value_type = Vec<Object>)]
    recent_tasks: Vec<ClientRecord>,
    /// `{role, content}`, the oldest first.
    #[serde(default, alias = "conversationHistory")]
    #[schema(value_type = Vec<Object>)]
    conversation_history: Vec<ClientRecord>,
    /// `title`, `start`, `end`, `attendees`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    events: Vec<ClientRecord>,
    /// Heads of mails: `from`, `to`, `subject`, `date`, `labels`. Never a body.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    emails: Vec<ClientRecord>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ExecutionMode {
    /// An answer.
    #[default]
    Direct,
    /// A plan that the client runs with its own data.
    Plan,
}

impl Wipe for ChatRequest {
    fn wipe(&mut self) {
        let context = &mut self.context;
        self.message.wipe();
        context.user_profile.wipe();
        context.relevant_documents.wipe();
        context.recent_tasks.wipe();
        context.conversation_history.wipe();
        context.events.wipe();
        context.emails.wipe();
    }
}

/// A message that was read: what agent-svc takes, and what is wanted.
pub(crate) struct AskedChat {
    pub(crate) input: Ephemeral<Vec<u8>>,
    pub(crate) mode: ExecutionMode,
}

impl AskedChat {
    /// Reads what a client sent.
    pub(crate) fn read(text: &Ephemeral<Vec<u8>>) -> Result<Self, ApiError> {
        hush_panics(|| Self::check(read_json_text(text.expose())?))
    }

    /// The same for what was read already.
    pub(crate) fn check(value: Value) -> Result<Self, ApiError> {
        wipe_freed_memory();
        let request: ChatRequest = decode(value).map_err(|fault| ApiError::fields(vec![fault]))?;
        let request = Ephemeral::new(request);

        Ok(Self {
            mode: request.expose().execution_mode,
            input: request.write_json().map_err(|_| ApiError::internal())?,
        })
    }
}

/// What a message is answered with.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChatView {
    /// `response`; a plan's is `plan`.
    #[schema(example = "response")]
    kind: &'static str,
    pub(crate) response: String,
    /// What is proposed: `{type, table, data}`. The client does it or not.
    #[schema(value_type = Vec<Object>)]
    pub(crate) actions: Box<RawValue>,
    /// Whether no language model was asked.
    pub(crate) offline: bool,
}

impl ChatView {
    pub(crate) fn read(answer: ChatAnswer) -> Result<Self, ApiError> {
        Ok(Self {
            kind: "response",
            response: answer.response,
            actions: read_raw_json(answer.actions)?,
            offline: answer.offline,
        })
    }
}

/// A plan: what a client does step by step with its own data.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanView {
    #[schema(example = "plan")]
    kind: &'static str,
    #[serde(flatten)]
    #[schema(value_type = ExecutionPlan)]
    pub(crate) plan: Map<String, Value>,
}

impl PlanView {
    pub(crate) fn read(plan: &[u8]) -> Result<Self, ApiError> {
        let plan = serde_json::from_slice(plan).map_err(|_| ApiError::internal())?;
        Ok(Self { kind: "plan", plan })
    }
}

/// An answer, or a plan.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum ChatOutcome {
    Answer(ChatView),
    Plan(PlanView),
}

/// A plan as the document describes it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) struct ExecutionPlan {
    #[schema(example = "weekly-report")]
    id: String,
    name: String,
    /// `free`, `pro`, `power` or `team`.
    min_tier: String,
    #[schema(example = "adiuva.analytics")]
    agent: String,
    steps: Vec<PlanStep>,
}

/// One step. Its result is known to those behind it by its number, from 0 on.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) struct PlanStep {
    /// `select`, `first`, `count`, `generate`, `create_record` or `respond`.
    action: String,
    /// Asked of `POST /api/v1/plans/templates/{id}`.
    prompt_template: Option<String>,
    #[schema(value_type = Option<Object>)]
    variables: Option<Value>,
    data_from_step: Option<u32>,
}

/// JSON of a service, as it came.
pub(crate) fn read_raw_json(json: Vec<u8>) -> Result<Box<RawValue>, ApiError> {
    let text = String::from_utf8(json).map_err(|_| ApiError::internal())?;
    RawValue::from_string(text).map_err(|_| ApiError::internal())
}
