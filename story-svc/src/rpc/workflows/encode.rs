//! From what the domain gives to messages.

use kit::page::Cursor;
use proto::v1;
use serde_json::Value;
use uuid::Uuid;

use crate::domain::runs::Seen;
use crate::domain::workflow::{
    Workflow, WorkflowRecord, WorkflowRun, WorkflowSession, WorkflowShare, WorkflowStatus, event_base,
};
use crate::domain::workflows::{AskedQuestion, ClosedQuestion, ShownCheckpoint, open_questions};
use crate::graphs::workflow::WORKFLOW;
use crate::rpc::{convert, runs};

/// What tokens of lists of workflows are marked with.
pub(super) const LIST: &str = "workflows, the newest first";

/// A workflow of a list, with the place where the list goes on after it.
pub(super) fn item(workflow: Workflow) -> v1::Workflow {
    let record = &workflow.record;
    let cursor = Cursor {
        at: record.created_at,
        id: record.id,
    };
    v1::Workflow {
        page_token: Some(cursor.encode(LIST)),
        ..self::workflow(workflow)
    }
}

pub(super) fn workflow(workflow: Workflow) -> v1::Workflow {
    let Workflow { record, run, now } = workflow;
    let status = status(WorkflowStatus::of_run(run.as_ref()));
    let questions = run.iter().flat_map(open_questions).map(question).collect();
    let graph = record.compiled.as_ref().map(|graph| graph.drawing().to_string());
    let updated = run
        .as_ref()
        .map_or(record.updated_at, |run| run.updated_at.max(record.updated_at));
    let (state, next, output) = match now {
        Some(now) => (Some(now.state.shown()), now.next, now.output),
        None => (None, Vec::new(), None),
    };

    let mut message = v1::Workflow {
        status: status.into(),
        questions,
        graph,
        state: state.map(|state| state.to_string()),
        output: output.map(|output| output.to_string()),
        next,
        updated_at: Some(convert::timestamp(updated)),
        event_base: event_base(record.ordinal),
        ..of_record(record)
    };
    if let Some(run) = run {
        message.run_id = Some(run.id.to_string());
        message.run_status = convert::status(run.status).into();
        message.phase = run.phase;
        message.progress = run.progress;
        message.error_message = convert::error_message(run.status, run.error_message);
        message.error_code = convert::error_code(run.status);
        message.error_reason = run.error_reason;
        message.failed_node = run.failed_node;
        message.paused = run.paused;
        message.step = run.step;
        message.last_event = message.event_base + run.last_event;
    }

    message
}

fn of_record(record: WorkflowRecord) -> v1::Workflow {
    v1::Workflow {
        id: record.id.to_string(),
        definition: Some(record.workflow_type.clone()),
        definition_version: Some(record.definition_version),
        workflow_type: record.workflow_type,
        name: record.name,
        description: record.description,
        config: record.config.to_string(),
        is_public: record.shared,
        fork_from_id: record.fork_from_id.map(|id| id.to_string()),
        created_at: Some(convert::timestamp(record.created_at)),
        priority: record.options.priority,
        concurrency_key: record.options.concurrency_key,
        keep_last: record.options.keep_last,
        ttl_seconds: record.options.ttl_seconds,
        ..v1::Workflow::default()
    }
}

fn status(status: WorkflowStatus) -> v1::WorkflowStatus {
    match status {
        WorkflowStatus::Created => v1::WorkflowStatus::Created,
        WorkflowStatus::Running => v1::WorkflowStatus::Running,
        WorkflowStatus::Interrupted => v1::WorkflowStatus::Interrupted,
        WorkflowStatus::Completed => v1::WorkflowStatus::Completed,
        WorkflowStatus::Failed => v1::WorkflowStatus::Failed,
        WorkflowStatus::Cancelled => v1::WorkflowStatus::Cancelled,
    }
}

pub(super) fn question(asked: AskedQuestion) -> v1::Question {
    let said = &asked.question;
    let text = |key: &str| said[key].as_str().unwrap_or_default().to_owned();
    let json = |key: &str| {
        said.get(key)
            .filter(|value| !value.is_null())
            .map(Value::to_string)
    };
    let expires_at = said["expires_at"].as_str();
    let expires_at = expires_at.and_then(|text| chrono::DateTime::parse_from_rfc3339(text).ok());
    let state = match asked.closed {
        None => v1::QuestionState::Open,
        Some(ClosedQuestion::Answered) => v1::QuestionState::Answered,
        Some(ClosedQuestion::Declined) => v1::QuestionState::Declined,
        Some(ClosedQuestion::Expired) => v1::QuestionState::Expired,
    };

    v1::Question {
        reason: text("reason"),
        prompt: text("prompt"),
        value: json("value"),
        response_schema: json("response_schema"),
        expires_at: expires_at.map(|at| convert::timestamp(at.to_utc())),
        id: asked.id,
        node: asked.node,
        asked_at: Some(convert::timestamp(asked.asked_at)),
        state: state.into(),
        answer: asked.answer.map(|answer| answer.to_string()),
    }
}

pub(super) fn checkpoint(shown: ShownCheckpoint) -> v1::WorkflowCheckpoint {
    v1::WorkflowCheckpoint {
        run_id: shown.run.to_string(),
        step: shown.entry.step,
        next: shown.entry.next,
        created_at: Some(convert::timestamp(shown.entry.created_at)),
        schema_version: shown
            .state
            .as_ref()
            .map_or(crate::graphs::workflow::state::SCHEMA_VERSION, |state| {
                state.schema_version
            }),
        state: shown.state.map(|state| state.shown().to_string()),
    }
}

pub(super) fn run(run: WorkflowRun) -> v1::WorkflowRun {
    v1::WorkflowRun {
        run: Some(runs::encode(run.run)),
        ordinal: run.ordinal,
        event_base: event_base(run.ordinal),
    }
}

/// With the number that rises through the workflow's whole life.
pub(super) fn event(seen: Seen, base: u64, run: Uuid) -> v1::RunEvent {
    let numbered = seen.number > 0;
    let number = if numbered { base + seen.number } else { 0 };
    v1::RunEvent {
        number,
        ..runs::event(seen, &run.to_string(), WORKFLOW)
    }
}

pub(super) fn share(share: WorkflowShare) -> v1::WorkflowShare {
    v1::WorkflowShare {
        id: share.id.to_string(),
        workflow_id: share.workflow_id.to_string(),
        token: share.token,
        created_at: Some(convert::timestamp(share.created_at)),
        expires_at: share.expires_at.map(convert::timestamp),
    }
}

pub(super) fn session(session: WorkflowSession) -> v1::WorkflowSession {
    v1::WorkflowSession {
        session_id: session.session_id,
        workflow_id: session.workflow_id.to_string(),
        first_used_at: Some(convert::timestamp(session.first_used_at)),
        last_used_at: Some(convert::timestamp(session.last_used_at)),
    }
}
