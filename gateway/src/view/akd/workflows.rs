//! Workflows as clients know them: AKD's names and words, made from the services' messages. What a service sends as JSON
//! text goes out as it came.

use async_graphql::Enum;
use proto::{
    Timestamp,
    v1::{self, RunStatus},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::view::stories::{percent, rfc3339};

/// Where a workflow stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WorkflowStatus {
    /// It has not begun, or waits for a worker.
    Created,
    /// A worker works on it.
    Running,
    /// It waits for an answer, or is paused.
    Interrupted,
    /// Everything in it was done.
    Completed,
    /// A step failed for the last time.
    Failed,
    /// Somebody stopped it for good.
    Cancelled,
}

impl WorkflowStatus {
    /// A run that nobody has taken yet is as good as none (contract, row 39 and 3.2).
    pub(crate) fn project(workflow: &v1::Workflow) -> Self {
        match (workflow.status(), workflow.run_status()) {
            (v1::WorkflowStatus::Running, RunStatus::Queued) if workflow.step == 0 => Self::Created,
            (v1::WorkflowStatus::Unspecified | v1::WorkflowStatus::Created, _) => Self::Created,
            (v1::WorkflowStatus::Running, _) => Self::Running,
            (v1::WorkflowStatus::Interrupted, _) => Self::Interrupted,
            (v1::WorkflowStatus::Completed, _) => Self::Completed,
            (v1::WorkflowStatus::Failed, _) => Self::Failed,
            (v1::WorkflowStatus::Cancelled, _) => Self::Cancelled,
        }
    }

    pub(crate) fn to_number(self) -> i32 {
        match self {
            Self::Created => v1::WorkflowStatus::Created,
            Self::Running => v1::WorkflowStatus::Running,
            Self::Interrupted => v1::WorkflowStatus::Interrupted,
            Self::Completed => v1::WorkflowStatus::Completed,
            Self::Failed => v1::WorkflowStatus::Failed,
            Self::Cancelled => v1::WorkflowStatus::Cancelled,
        }
        .into()
    }

    /// The word for what the engine calls so.
    pub(crate) fn of_run(word: &str) -> &'static str {
        match word {
            "queued" => "created",
            "waiting_for_input" => "interrupted",
            "completed" => "completed",
            "failed" => "failed",
            "cancelled" => "cancelled",
            _ => "running",
        }
    }
}

/// JSON text as it came; `None` for an empty one, and for what is none.
pub(crate) fn raw(text: impl AsRef<str>) -> Option<Box<RawValue>> {
    serde_json::from_str(text.as_ref()).ok()
}

fn raw_of(text: Option<&String>) -> Option<Box<RawValue>> {
    text.and_then(raw)
}

fn time(at: Option<&Timestamp>) -> Option<String> {
    at.map(ToString::to_string)
}

/// A workflow, with where it stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkflowView {
    pub(crate) id: String,
    #[schema(example = "research")]
    workflow_type: String,
    name: String,
    description: String,
    #[schema(inline)]
    status: WorkflowStatus,
    is_public: bool,
    /// The workflow that it was forked from.
    fork_from_id: Option<String>,
    created_at: String,
    updated_at: String,
    #[schema(value_type = Object)]
    config: Option<Box<RawValue>>,
    /// The values that it has reached; null in lists.
    #[schema(value_type = Option<Object>)]
    state: Option<Box<RawValue>>,
    /// The same, by AKD's name for it.
    #[schema(value_type = Option<Object>)]
    state_snapshot: Option<Box<RawValue>>,
    /// What it ended with; null until it has completed, and in lists.
    #[schema(value_type = Option<Object>)]
    output: Option<Box<RawValue>>,
    /// The id under which LangGraph's clients know it: the same.
    langgraph_thread_id: String,
    definition: Option<String>,
    definition_version: Option<u32>,
    priority: i32,
    concurrency_key: Option<String>,
    keep_last: Option<u32>,
    ttl_seconds: Option<u32>,
    /// `{nodes: [{id, type, label}], edges: [{source, target, conditional}]}`; null in lists.
    #[schema(value_type = Option<Object>)]
    graph: Option<Box<RawValue>>,
    #[serde(flatten)]
    standing: Standing,
}

/// How far a workflow has come.
#[derive(Serialize, ToSchema)]
pub(crate) struct Standing {
    /// The current run; null while it was never executed.
    run_id: Option<String>,
    phase: Option<String>,
    /// 0 to 100.
    #[schema(example = 40)]
    progress: u8,
    /// Steps that are done.
    step: u64,
    /// Nodes that run next.
    next: Vec<String>,
    /// Open questions, oldest first.
    questions: Vec<QuestionView>,
    /// Stopped by `interrupt` with `pause`, or about to be.
    paused: bool,
    error_message: Option<String>,
    error_code: Option<String>,
    /// The finer word of what failed it, e.g. `QUESTION_DECLINED`.
    error_reason: Option<String>,
    /// The node that failed.
    failed_node: Option<String>,
    /// Number of the newest event: what `?after=` takes to be told only what comes next.
    last_event: u64,
}

impl Standing {
    fn new(workflow: &v1::Workflow) -> Self {
        Self {
            run_id: workflow.run_id.clone(),
            phase: Some(workflow.phase.clone()).filter(|phase| !phase.is_empty()),
            progress: percent(workflow.progress),
            step: workflow.step,
            next: workflow.next.clone(),
            questions: workflow.questions.iter().map(QuestionView::from).collect(),
            paused: workflow.paused,
            error_message: workflow.error_message.clone(),
            error_code: workflow.error_code.clone(),
            error_reason: workflow.error_reason.clone(),
            failed_node: workflow.failed_node.clone(),
            last_event: workflow.last_event,
        }
    }
}

impl From<v1::Workflow> for WorkflowView {
    fn from(workflow: v1::Workflow) -> Self {
        let state = raw_of(workflow.state.as_ref());

        Self {
            status: WorkflowStatus::project(&workflow),
            standing: Standing::new(&workflow),
            created_at: rfc3339(workflow.created_at.as_ref()),
            updated_at: rfc3339(workflow.updated_at.as_ref()),
            config: raw(&workflow.config),
            state_snapshot: state.clone(),
            state,
            output: raw_of(workflow.output.as_ref()),
            graph: raw_of(workflow.graph.as_ref()),
            langgraph_thread_id: workflow.id.clone(),
            id: workflow.id,
            workflow_type: workflow.workflow_type,
            name: workflow.name,
            description: workflow.description,
            is_public: workflow.is_public,
            fork_from_id: workflow.fork_from_id,
            definition: workflow.definition,
            definition_version: workflow.definition_version,
            priority: workflow.priority,
            concurrency_key: workflow.concurrency_key,
            keep_last: workflow.keep_last,
            ttl_seconds: workflow.ttl_seconds,
        }
    }
}

/// What a workflow has come to: AKD's `WorkflowUpdate`.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkflowUpdate {
    workflow_id: String,
    #[schema(inline)]
    status: WorkflowStatus,
    #[schema(value_type = Option<Object>)]
    state: Option<Box<RawValue>>,
    #[schema(value_type = Option<Object>)]
    output: Option<Box<RawValue>>,
    updated_at: String,
    #[serde(flatten)]
    standing: Standing,
}

impl From<v1::Workflow> for WorkflowUpdate {
    fn from(workflow: v1::Workflow) -> Self {
        Self {
            status: WorkflowStatus::project(&workflow),
            standing: Standing::new(&workflow),
            state: raw_of(workflow.state.as_ref()),
            output: raw_of(workflow.output.as_ref()),
            updated_at: rfc3339(workflow.updated_at.as_ref()),
            workflow_id: workflow.id,
        }
    }
}

/// Something that a workflow asks a person.
#[derive(Serialize, ToSchema)]
pub(crate) struct QuestionView {
    id: String,
    /// Why it is asked, as a word.
    #[schema(example = "review")]
    reason: String,
    prompt: String,
    /// What it is about.
    #[schema(value_type = Option<Object>)]
    value: Option<Box<RawValue>>,
    /// JSON Schema of the answer; null takes any JSON.
    #[schema(value_type = Option<Object>)]
    response_schema: Option<Box<RawValue>>,
    /// From then on it counts as declined.
    expires_at: Option<String>,
    node: String,
    asked_at: String,
    #[schema(inline)]
    state: QuestionState,
    /// Only when it was answered.
    #[schema(value_type = Option<Object>)]
    answer: Option<Box<RawValue>>,
}

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum QuestionState {
    /// It waits for an answer.
    Open,
    /// Somebody has answered it.
    Answered,
    /// Somebody declined to answer it.
    Declined,
    /// Nobody answered in time, which counts as declined.
    Expired,
}

impl From<v1::QuestionState> for QuestionState {
    fn from(state: v1::QuestionState) -> Self {
        match state {
            v1::QuestionState::Unspecified | v1::QuestionState::Open => Self::Open,
            v1::QuestionState::Answered => Self::Answered,
            v1::QuestionState::Declined => Self::Declined,
            v1::QuestionState::Expired => Self::Expired,
        }
    }
}

impl From<&v1::Question> for QuestionView {
    fn from(question: &v1::Question) -> Self {
        Self {
            id: question.id.clone(),
            reason: question.reason.clone(),
            prompt: question.prompt.clone(),
            value: raw_of(question.value.as_ref()),
            response_schema: raw_of(question.response_schema.as_ref()),
            expires_at: time(question.expires_at.as_ref()),
            node: question.node.clone(),
            asked_at: rfc3339(question.asked_at.as_ref()),
            state: question.state().into(),
            answer: raw_of(question.answer.as_ref()),
        }
    }
}

/// One page of workflows.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkflowPage {
    pub(crate) workflows: Vec<WorkflowView>,
    /// How many there are on all pages.
    pub(crate) total: u64,
    pub(crate) page: u32,
    pub(crate) page_size: u32,
}

/// A moment of a run that is kept.
#[derive(Serialize, ToSchema)]
pub(crate) struct CheckpointView {
    /// It names the checkpoint everywhere: `<run>:<step>`.
    id: String,
    run_id: String,
    /// Steps that were done; 0 is before the first one.
    step: u64,
    /// Nodes that run next; none at the end.
    next: Vec<String>,
    created_at: String,
    /// The values; null in lists.
    #[schema(value_type = Option<Object>)]
    state: Option<Box<RawValue>>,
    /// Version of the state's schema when it was written.
    schema_version: u32,
}

impl From<v1::WorkflowCheckpoint> for CheckpointView {
    fn from(kept: v1::WorkflowCheckpoint) -> Self {
        Self {
            id: format!("{}:{}", kept.run_id, kept.step),
            created_at: rfc3339(kept.created_at.as_ref()),
            state: raw_of(kept.state.as_ref()),
            run_id: kept.run_id,
            step: kept.step,
            next: kept.next,
            schema_version: kept.schema_version,
        }
    }
}

/// One execution of a workflow.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkflowRunView {
    id: String,
    /// 1 is the first.
    ordinal: u32,
    #[schema(example = "completed")]
    status: &'static str,
    progress: u8,
    error_message: Option<String>,
    error_code: Option<String>,
    /// The finer word of what failed it, e.g. `QUESTION_DECLINED`.
    error_reason: Option<String>,
    created_at: String,
    updated_at: String,
}

impl From<v1::WorkflowRun> for WorkflowRunView {
    fn from(run: v1::WorkflowRun) -> Self {
        let ordinal = run.ordinal;
        let run = run.run.unwrap_or_default();
        let status = match run.status() {
            RunStatus::Unspecified | RunStatus::Queued => "created",
            RunStatus::Running | RunStatus::Cancelling => "running",
            RunStatus::WaitingForInput => "interrupted",
            RunStatus::Completed => "completed",
            RunStatus::Failed => "failed",
            RunStatus::Cancelled => "cancelled",
        };

        Self {
            ordinal,
            status,
            progress: percent(run.progress),
            created_at: rfc3339(run.created_at.as_ref()),
            updated_at: rfc3339(run.updated_at.as_ref()),
            id: run.id,
            error_message: run.error_message,
            error_code: run.error_code,
            error_reason: run.error_reason,
        }
    }
}

/// A link by which whoever has it may read and fork a workflow.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShareView {
    id: String,
    workflow_id: String,
    token: String,
    /// What to hand on.
    url: String,
    #[schema(example = "public")]
    visibility: &'static str,
    created_at: String,
    expires_at: Option<String>,
}

impl ShareView {
    pub(crate) fn new(share: v1::WorkflowShare, base: &str) -> Self {
        Self {
            url: share_url(base, &share.token),
            visibility: "public",
            created_at: rfc3339(share.created_at.as_ref()),
            expires_at: time(share.expires_at.as_ref()),
            id: share.id,
            workflow_id: share.workflow_id,
            token: share.token,
        }
    }
}

/// Where a shared workflow is read.
pub(crate) fn share_url(base: &str, token: &str) -> String {
    format!("{base}/api/v1/shared/{token}")
}

/// A session that worked with a workflow.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkflowSessionView {
    session_id: String,
    workflow_id: String,
    first_used_at: String,
    last_used_at: String,
}

impl From<v1::WorkflowSession> for WorkflowSessionView {
    fn from(session: v1::WorkflowSession) -> Self {
        Self {
            first_used_at: rfc3339(session.first_used_at.as_ref()),
            last_used_at: rfc3339(session.last_used_at.as_ref()),
            session_id: session.session_id,
            workflow_id: session.workflow_id,
        }
    }
}

/// What became of several workflows, or would.
#[derive(Serialize, ToSchema)]
pub(crate) struct SteeredView {
    /// How many the filter and the action fit.
    matching: u64,
    done: Vec<String>,
    /// Those that changed meanwhile, or could not be steered.
    refused: Vec<String>,
}

impl From<v1::BulkSteerWorkflowsResponse> for SteeredView {
    fn from(steered: v1::BulkSteerWorkflowsResponse) -> Self {
        Self {
            matching: steered.matching,
            done: steered.done_ids,
            refused: steered.refused_ids,
        }
    }
}

/// A kind of workflow that can be created.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkflowTypeView {
    #[schema(example = "research")]
    name: String,
    title: String,
    description: String,
    built_in: bool,
    /// Newest version; 0 for what is built in.
    version: u32,
    #[schema(value_type = Option<Object>)]
    config_schema: Option<Box<RawValue>>,
    #[schema(value_type = Option<Object>)]
    input_schema: Option<Box<RawValue>>,
    #[schema(value_type = Option<Object>)]
    graph: Option<Box<RawValue>>,
}

impl From<v1::WorkflowType> for WorkflowTypeView {
    fn from(kind: v1::WorkflowType) -> Self {
        Self {
            config_schema: raw_of(kind.config_schema.as_ref()),
            input_schema: raw_of(kind.input_schema.as_ref()),
            graph: raw(&kind.graph),
            name: kind.name,
            title: kind.title,
            description: kind.description,
            built_in: kind.built_in,
            version: kind.version,
        }
    }
}

/// A graph as data.
#[derive(Serialize, ToSchema)]
pub(crate) struct DefinitionView {
    name: String,
    version: u32,
    /// As it was given, JSON or YAML; null in lists.
    source: Option<String>,
    created_at: String,
    #[schema(value_type = Option<Object>)]
    graph: Option<Box<RawValue>>,
}

impl From<v1::WorkflowDefinition> for DefinitionView {
    fn from(definition: v1::WorkflowDefinition) -> Self {
        Self {
            created_at: rfc3339(definition.created_at.as_ref()),
            graph: raw(&definition.graph),
            name: definition.name,
            version: definition.version,
            source: definition.source,
        }
    }
}

/// What is wrong with a definition.
#[derive(Serialize, ToSchema)]
pub(crate) struct ValidationView {
    valid: bool,
    faults: Vec<FaultView>,
    /// Only when it is right.
    #[schema(value_type = Option<Object>)]
    graph: Option<Box<RawValue>>,
}

/// One mistake of a definition.
#[derive(Serialize, ToSchema)]
struct FaultView {
    #[schema(example = "nodes.ask.prompt")]
    field: String,
    expected: String,
    node: Option<String>,
}

impl From<v1::ValidateDefinitionResponse> for ValidationView {
    fn from(judged: v1::ValidateDefinitionResponse) -> Self {
        let faults = judged.faults.into_iter().map(|fault| FaultView {
            field: fault.field,
            expected: fault.expected,
            node: fault.node,
        });
        let faults: Vec<_> = faults.collect();

        Self {
            valid: faults.is_empty(),
            faults,
            graph: raw_of(judged.graph.as_ref()),
        }
    }
}
