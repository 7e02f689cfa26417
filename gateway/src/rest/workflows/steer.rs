//! How people steer workflows over REST: answering and pausing, going on and stopping, one or many.

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
};
use proto::{
    Timestamp,
    v1::{
        AnswerQuestionRequest, BulkAction, BulkSteerWorkflowsRequest, CancelWorkflowRequest,
        ListQuestionsRequest, PauseWorkflowRequest, ResumeWorkflowRequest, WorkflowFilter,
        answer_question_request::Reply,
    },
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::parse_workflow_id;
use crate::{
    error::{ApiError, ErrorBody, FieldError},
    extract::{Door, Json, Query, Switch},
    operation::workflows::{
        AnswerQuestion, CancelWorkflow, ListQuestions, PauseWorkflow, ResumeWorkflow, SteerWorkflows,
    },
    rest::{answers::Invalid, parse_id},
    view::akd::workflows::{QuestionView, SteeredView, WorkflowStatus, WorkflowUpdate},
};

/// What an interruption is.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Interruption {
    /// The answer to a question.
    #[default]
    Respond,
    /// Stop after the current step.
    Pause,
    /// No answer to a question: the workflow goes on without.
    Decline,
}

/// An answer, or a pause.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "human_response": { "approved": true } }))]
pub(crate) struct InterruptBody {
    /// Default: respond.
    #[serde(default)]
    action: Interruption,
    /// What fits the question's `response_schema`.
    #[serde(default, alias = "humanResponse", deserialize_with = "keep_null")]
    #[schema(value_type = Option<Object>)]
    human_response: Option<Value>,
    /// Which question; default: the oldest open one.
    #[serde(default, alias = "questionId")]
    question_id: Option<String>,
}

/// A null that was sent is an answer; only what was not sent is none.
fn keep_null<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

/// Answer or decline what a workflow asks, or pause it.
///
/// When everything that a step asked is answered or declined, the workflow goes on.
#[utoipa::path(post, path = "/api/v1/workflows/{id}/interrupt", tag = "workflows", request_body = InterruptBody,
    params(("id" = String, Path, description = "Workflow id")),
    responses(
        (status = 200, description = "Where it stands", body = WorkflowUpdate),
        (status = 400, description = "Not JSON, or there is nothing to pause", body = ErrorBody),
        (status = 404, description = "No such workflow or question, or not yours", body = ErrorBody),
        (status = 409, description = "The question was answered already, or none is open", body = ErrorBody),
        Invalid))]
pub(crate) async fn interrupt_workflow(
    answers: Door<AnswerQuestion>,
    pauses: Door<PauseWorkflow>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<InterruptBody>,
) -> Result<Answer<WorkflowUpdate>, ApiError> {
    let id = parse_workflow_id(id)?.to_string();
    let reply = match body.action {
        Interruption::Pause => {
            let workflow = pauses.perform(PauseWorkflow(PauseWorkflowRequest { id })).await?;
            return Ok(Answer(workflow.into()));
        }
        Interruption::Decline => Reply::Decline(true),
        Interruption::Respond => {
            let missing = || ApiError::field("human_response", "missing", "this field is required");
            Reply::Answer(body.human_response.ok_or_else(missing)?.to_string())
        }
    };

    let request = AnswerQuestionRequest {
        workflow_id: id,
        question_id: body.question_id,
        reply: Some(reply),
        session_id: None,
    };
    let workflow = answers.perform(AnswerQuestion(request)).await;

    let workflow = workflow.map_err(|error| error.rename(name_response))?;
    Ok(Answer(workflow.into()))
}

/// The answer by the name that this route has for it.
fn name_response(mut fault: FieldError) -> FieldError {
    if let Some(rest) = fault.field.strip_prefix("answer") {
        fault.field = format!("human_response{rest}");
    }
    fault
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct QuestionsQuery {
    /// Closed ones too.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    all: Switch,
}

/// What a workflow asks, oldest first.
#[utoipa::path(get, path = "/api/v1/workflows/{id}/questions", tag = "workflows",
    params(("id" = String, Path, description = "Workflow id"), QuestionsQuery),
    responses(
        (status = 200, description = "The questions", body = Vec<QuestionView>),
        (status = 404, description = "No such workflow, or not yours", body = ErrorBody)))]
pub(crate) async fn list_questions(
    door: Door<ListQuestions>,
    id: Result<Path<String>, PathRejection>,
    Query(query): Query<QuestionsQuery>,
) -> Result<Answer<Vec<QuestionView>>, ApiError> {
    let request = ListQuestionsRequest {
        workflow_id: parse_workflow_id(id)?.to_string(),
        all: query.all.0,
    };
    let list = door.perform(ListQuestions(request)).await?;

    Ok(Answer(list.questions.iter().map(QuestionView::from).collect()))
}

/// The answer to one question, or no answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "answer": { "approved": true } }))]
pub(crate) struct AnswerBody {
    /// What fits the question's `response_schema`.
    #[serde(default, deserialize_with = "keep_null")]
    #[schema(value_type = Option<Object>)]
    answer: Option<Value>,
    /// True: it is not answered, and the workflow goes on without.
    #[serde(default)]
    decline: bool,
}

/// Answer or decline one question.
#[utoipa::path(post, path = "/api/v1/workflows/{id}/questions/{question_id}", tag = "workflows", request_body = AnswerBody,
    params(("id" = String, Path, description = "Workflow id"), ("question_id" = String, Path, description = "Question id")),
    responses(
        (status = 200, description = "Where the workflow stands", body = WorkflowUpdate),
        (status = 404, description = "No such workflow or question, or not yours", body = ErrorBody),
        (status = 409, description = "The question was answered already", body = ErrorBody),
        Invalid))]
pub(crate) async fn answer_question(
    door: Door<AnswerQuestion>,
    path: Result<Path<(String, String)>, PathRejection>,
    Json(body): Json<AnswerBody>,
) -> Result<Answer<WorkflowUpdate>, ApiError> {
    let Path((id, question)) = path.map_err(|_| ApiError::not_found("There is no such question."))?;
    let id = parse_workflow_id(Ok(Path(id)))?;
    let question = parse_id(Ok(Path(question)), "There is no such question.")?;
    let reply = match (body.answer, body.decline) {
        (None, true) => Reply::Decline(true),
        (Some(answer), false) => Reply::Answer(answer.to_string()),
        (Some(_), true) => {
            let expected = "expected no answer to what is declined";
            return Err(ApiError::field("answer", "value_error", expected));
        }
        (None, false) => return Err(ApiError::field("answer", "missing", "this field is required")),
    };

    let request = AnswerQuestionRequest {
        workflow_id: id.to_string(),
        question_id: Some(question.to_string()),
        reply: Some(reply),
        session_id: None,
    };
    let workflow = door.perform(AnswerQuestion(request)).await?;

    Ok(Answer(workflow.into()))
}

/// With which version a workflow goes on.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResumeBody {
    /// Another version of its definition, for one that failed.
    #[serde(default, alias = "definitionVersion")]
    definition_version: Option<u32>,
}

/// Go on: a paused workflow where it stopped, a failed or cancelled one at the step that it failed at.
#[utoipa::path(post, path = "/api/v1/workflows/{id}/resume", tag = "workflows", request_body = Option<ResumeBody>,
    params(("id" = String, Path, description = "Workflow id")),
    responses(
        (status = 200, description = "Where it stands", body = WorkflowUpdate),
        (status = 400, description = "It is neither paused nor failed nor cancelled, or its next steps are not in that version",
            body = ErrorBody),
        (status = 404, description = "No such workflow or version, or not yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn resume_workflow(
    door: Door<ResumeWorkflow>,
    id: Result<Path<String>, PathRejection>,
    body: Option<Json<ResumeBody>>,
) -> Result<Answer<WorkflowUpdate>, ApiError> {
    let request = ResumeWorkflowRequest {
        id: parse_workflow_id(id)?.to_string(),
        definition_version: body.unwrap_or_default().0.definition_version,
        worker_share: None,
    };
    let workflow = door.perform(ResumeWorkflow(request)).await?;

    Ok(Answer(workflow.into()))
}

/// Stop a workflow for good.
#[utoipa::path(post, path = "/api/v1/workflows/{id}/cancel", tag = "workflows",
    params(("id" = String, Path, description = "Workflow id")),
    responses(
        (status = 200, description = "It is stopping, or has stopped", body = WorkflowUpdate),
        (status = 400, description = "Nothing of it works or waits", body = ErrorBody),
        (status = 404, description = "No such workflow, or not yours", body = ErrorBody)))]
pub(crate) async fn cancel_workflow(
    door: Door<CancelWorkflow>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<WorkflowUpdate>, ApiError> {
    let id = parse_workflow_id(id)?.to_string();
    let workflow = door.perform(CancelWorkflow(CancelWorkflowRequest { id })).await?;

    Ok(Answer(workflow.into()))
}

/// What is done to many.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SteerAction {
    /// Stop them for good.
    Cancel,
    /// Execute them anew with the same input.
    Retry,
    /// Go on where they failed or were paused.
    Resume,
}

impl SteerAction {
    fn to_number(self) -> i32 {
        match self {
            Self::Cancel => BulkAction::Cancel,
            Self::Retry => BulkAction::Retry,
            Self::Resume => BulkAction::Resume,
        }
        .into()
    }
}

/// Which workflows: all that is given must hold, and something must be given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FilterBody {
    #[serde(default)]
    #[schema(inline)]
    statuses: Vec<WorkflowStatus>,
    #[serde(default, alias = "workflowTypes")]
    workflow_types: Vec<String>,
    /// Words that name or description must all contain.
    #[serde(default)]
    search: String,
    /// RFC 3339.
    #[serde(default, alias = "createdAfter")]
    created_after: Option<String>,
    /// RFC 3339.
    #[serde(default, alias = "createdBefore")]
    created_before: Option<String>,
    /// The node that failed.
    #[serde(default, alias = "failedNode")]
    failed_node: Option<String>,
    /// At most 1000.
    #[serde(default)]
    ids: Vec<String>,
}

impl FilterBody {
    fn into_proto(self) -> Result<WorkflowFilter, ApiError> {
        Ok(WorkflowFilter {
            statuses: self.statuses.into_iter().map(WorkflowStatus::to_number).collect(),
            workflow_types: self.workflow_types,
            search: self.search,
            created_after: parse_time(self.created_after.as_deref(), "filter.created_after")?,
            created_before: parse_time(self.created_before.as_deref(), "filter.created_before")?,
            failed_node: self.failed_node,
            ids: self.ids,
        })
    }
}

/// A moment, or a refusal that names its field.
pub(crate) fn parse_time(text: Option<&str>, field: &str) -> Result<Option<Timestamp>, ApiError> {
    let parse = |text: &str| {
        text.parse().map_err(|_| {
            let expected = "expected a time as RFC 3339 writes it, such as 2026-12-31T23:00:00Z";
            ApiError::field(field, "value_error", expected)
        })
    };

    text.map(parse).transpose()
}

/// Something to do to many workflows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "action": "resume", "filter": { "statuses": ["failed"], "failed_node": "fetch" }, "preview": true }))]
pub(crate) struct SteerBody {
    #[schema(inline)]
    action: SteerAction,
    filter: FilterBody,
    /// Only count them.
    #[serde(default)]
    preview: bool,
    /// Another version of their definition, to resume on.
    #[serde(default, alias = "definitionVersion")]
    definition_version: Option<u32>,
}

/// Cancel, retry or resume all workflows of yours that a filter fits, at most 1000 at once.
#[utoipa::path(post, path = "/api/v1/workflows/bulk", tag = "workflows", request_body = SteerBody,
    responses((status = 200, description = "What became of them; of a preview only their count", body = SteeredView), Invalid))]
pub(crate) async fn steer_workflows(
    door: Door<SteerWorkflows>,
    Json(body): Json<SteerBody>,
) -> Result<Answer<SteeredView>, ApiError> {
    let request = BulkSteerWorkflowsRequest {
        action: body.action.to_number(),
        filter: Some(body.filter.into_proto()?),
        preview: body.preview,
        definition_version: body.definition_version,
        worker_share: None,
    };
    let steered = door.perform(SteerWorkflows(request)).await?;

    Ok(Answer(steered.into()))
}
