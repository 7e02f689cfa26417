//! From messages to what the domain takes.

use chrono::{DateTime, Utc};
use proto::{Timestamp, v1};

use crate::domain::workflow::{OnConflict, WorkflowFilter, WorkflowStatus};
use crate::domain::workflows::{
    BulkAction, BulkRequest, ExecuteRequest, RawFilter, RawWorkflow, ReplyRequest, parse_filter,
};
use crate::error::StoryError;

/// Workflows that a numbered page may pass over.
const OFFSET_MAX: u32 = 100_000;

pub(super) fn workflow(message: v1::CreateWorkflowRequest) -> RawWorkflow {
    RawWorkflow {
        workflow_type: message.workflow_type,
        config: message.config,
        name: message.name,
        description: message.description,
        definition_version: message.definition_version,
        priority: message.priority,
        concurrency_key: message.concurrency_key,
        keep_last: message.keep_last,
        ttl_seconds: message.ttl_seconds,
    }
}

pub(super) fn filter(message: Option<v1::WorkflowFilter>) -> Result<WorkflowFilter, StoryError> {
    let message = message.unwrap_or_default();
    let mut statuses = Vec::with_capacity(message.statuses.len());
    for number in message.statuses {
        let known = v1::WorkflowStatus::try_from(number).ok();
        statuses.push(match known {
            Some(v1::WorkflowStatus::Created) => WorkflowStatus::Created,
            Some(v1::WorkflowStatus::Running) => WorkflowStatus::Running,
            Some(v1::WorkflowStatus::Interrupted) => WorkflowStatus::Interrupted,
            Some(v1::WorkflowStatus::Completed) => WorkflowStatus::Completed,
            Some(v1::WorkflowStatus::Failed) => WorkflowStatus::Failed,
            Some(v1::WorkflowStatus::Cancelled) => WorkflowStatus::Cancelled,
            Some(v1::WorkflowStatus::Unspecified) => continue,
            None => return Err(StoryError::invalid("filter.statuses", "the numbers of statuses")),
        });
    }

    parse_filter(RawFilter {
        statuses,
        types: message.workflow_types,
        search: message.search,
        created_after: time("filter.created_after", message.created_after)?,
        created_before: time("filter.created_before", message.created_before)?,
        failed_node: message.failed_node,
        ids: message.ids,
    })
}

pub(super) fn offset(offset: Option<u32>) -> Result<u32, StoryError> {
    match offset.unwrap_or_default() {
        offset @ 0..=OFFSET_MAX => Ok(offset),
        _ => Err(StoryError::invalid("offset", "at most 100000")),
    }
}

pub(super) fn time(field: &str, given: Option<Timestamp>) -> Result<Option<DateTime<Utc>>, StoryError> {
    let Some(given) = given else { return Ok(None) };
    let nanos = u32::try_from(given.nanos).ok();
    let at = nanos.and_then(|nanos| DateTime::from_timestamp(given.seconds, nanos));
    // What both databases can write and sort.
    let at = at.filter(|at| (0..253_402_300_799).contains(&at.timestamp()));

    at.map(Some)
        .ok_or_else(|| StoryError::invalid(field, "a time between 1970 and 9999"))
}

pub(super) fn execute(message: v1::ExecuteWorkflowRequest) -> Result<ExecuteRequest, StoryError> {
    let on_conflict = match v1::OnConflict::try_from(message.on_conflict) {
        Ok(v1::OnConflict::Unspecified | v1::OnConflict::Reject) => OnConflict::Reject,
        Ok(v1::OnConflict::Enqueue) => OnConflict::Enqueue,
        Ok(v1::OnConflict::Interrupt) => OnConflict::Interrupt,
        Ok(v1::OnConflict::Rollback) => OnConflict::Rollback,
        Err(_) => {
            return Err(StoryError::invalid(
                "on_conflict",
                "reject, enqueue, interrupt or rollback",
            ));
        }
    };

    Ok(ExecuteRequest {
        id: message.id,
        user_input: message.user_input,
        on_conflict,
        idempotency_key: message.idempotency_key,
        session_id: message.session_id,
    })
}

pub(super) fn reply(message: v1::AnswerQuestionRequest) -> Result<ReplyRequest, StoryError> {
    let answer = match message.reply {
        Some(v1::answer_question_request::Reply::Answer(answer)) => Some(answer),
        Some(v1::answer_question_request::Reply::Decline(true)) => None,
        _ => return Err(StoryError::invalid("answer", "an answer, or that it is declined")),
    };

    Ok(ReplyRequest {
        workflow_id: message.workflow_id,
        question_id: message.question_id,
        answer,
        session_id: message.session_id,
    })
}

pub(super) fn bulk(message: v1::BulkSteerWorkflowsRequest) -> Result<BulkRequest, StoryError> {
    let action = match v1::BulkAction::try_from(message.action) {
        Ok(v1::BulkAction::Cancel) => BulkAction::Cancel,
        Ok(v1::BulkAction::Retry) => BulkAction::Retry,
        Ok(v1::BulkAction::Resume) => BulkAction::Resume,
        _ => return Err(StoryError::invalid("action", "cancel, retry or resume")),
    };

    Ok(BulkRequest {
        action,
        filter: filter(message.filter)?,
        preview: message.preview,
        definition_version: message.definition_version,
    })
}
