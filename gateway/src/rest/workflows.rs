//! Workflows over REST: created, listed, read, changed, executed and moved; steering (`steer`), going back
//! (`checkpoints`), sharing (`share`) and definitions (`definitions`).

pub(crate) mod checkpoints;
pub(crate) mod definitions;
pub(crate) mod share;
pub(crate) mod steer;

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use proto::v1::{
    CreateWorkflowRequest, DeleteWorkflowRequest, ExecuteWorkflowRequest, ExportWorkflowRequest,
    GetWorkflowRequest, ImportWorkflowRequest, ListWorkflowsRequest, OnConflict, UpdateWorkflowRequest,
    WorkflowFilter,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{answers::Invalid, parse_id};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, FARTHEST_ROW, IdempotencyKey, Json, JsonText, PageNumber, PageSize, Query},
    operation::workflows::{
        CreateWorkflow, DeleteWorkflow, ExecuteWorkflow, ExportWorkflow, GetWorkflow, ImportWorkflow,
        ListWorkflows, UpdateWorkflow,
    },
    view::{
        accounts::Done,
        akd::workflows::{WorkflowPage, WorkflowStatus, WorkflowUpdate, WorkflowView},
    },
};

/// The id of a path.
pub(crate) fn parse_workflow_id(id: Result<Path<String>, PathRejection>) -> Result<Uuid, ApiError> {
    parse_id(id, "There is no such workflow.")
}

/// An object as services take it.
pub(crate) fn write_object(object: Option<Map<String, Value>>) -> String {
    Value::Object(object.unwrap_or_default()).to_string()
}

/// A workflow to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "workflow_type": "research", "config": { "review": false }, "name": "Quorums" }))]
pub(crate) struct CreateWorkflowBody {
    /// One of `GET /api/v1/workflows/types`, or the name of a definition of yours.
    #[serde(alias = "workflowType")]
    workflow_type: String,
    /// What fits the type's config schema; default: `{}`.
    #[schema(value_type = Option<Object>)]
    config: Option<Map<String, Value>>,
    /// At most 200 characters; default: the type's title.
    name: Option<String>,
    /// At most 4000 characters.
    description: Option<String>,
    /// Of the definition; default: the newest.
    #[serde(alias = "definitionVersion")]
    definition_version: Option<u32>,
    /// -100 to 100; a higher one is taken first among your own. Default: 0.
    priority: Option<i32>,
    /// Workflows of yours with the same key run one after another.
    #[serde(alias = "concurrencyKey")]
    concurrency_key: Option<String>,
    /// Checkpoints that each run keeps: 1 to 1000.
    #[serde(alias = "keepLast")]
    keep_last: Option<u32>,
    /// Seconds for which a run keeps them after its end: 60 to 2592000.
    #[serde(alias = "ttl", alias = "ttlSeconds")]
    ttl_seconds: Option<u32>,
}

/// Create a workflow. Nothing runs before it is executed.
#[utoipa::path(post, path = "/api/v1/workflows", tag = "workflows", request_body = CreateWorkflowBody,
    responses((status = 201, description = "The workflow", body = WorkflowView), Invalid,
        (status = 404, description = "No such version of the definition", body = ErrorBody)))]
pub(crate) async fn create_workflow(
    door: Door<CreateWorkflow>,
    Json(body): Json<CreateWorkflowBody>,
) -> Result<(StatusCode, Answer<WorkflowView>), ApiError> {
    let request = CreateWorkflowRequest {
        workflow_type: body.workflow_type,
        config: write_object(body.config),
        name: body.name,
        description: body.description,
        definition_version: body.definition_version,
        priority: body.priority,
        concurrency_key: body.concurrency_key,
        keep_last: body.keep_last,
        ttl_seconds: body.ttl_seconds,
    };
    let workflow = door.perform(CreateWorkflow(request)).await?;

    Ok((StatusCode::CREATED, Answer(workflow.into())))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WorkflowListQuery {
    /// 1, 2, 3…; default: 1.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1)]
    page: PageNumber,
    /// 1 to 100; default: 20.
    #[serde(default, alias = "pageSize")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    page_size: PageSize,
    /// Only those that stand so.
    #[param(inline)]
    status: Option<WorkflowStatus>,
    /// Only those of this type.
    #[serde(alias = "workflowType")]
    workflow_type: Option<String>,
    /// Words that name or description must all contain.
    #[serde(default)]
    search: Option<String>,
}

/// Your workflows, newest first.
#[utoipa::path(get, path = "/api/v1/workflows", tag = "workflows", params(WorkflowListQuery),
    responses((status = 200, description = "One page of them", body = WorkflowPage)))]
pub(crate) async fn list_workflows(
    door: Door<ListWorkflows>,
    Query(query): Query<WorkflowListQuery>,
) -> Result<Answer<WorkflowPage>, ApiError> {
    let (page, page_size) = (query.page.0, query.page_size.0);
    let offset = (page - 1).saturating_mul(page_size);
    if offset > FARTHEST_ROW {
        let expected = format!("expected a page within the first {FARTHEST_ROW} workflows");
        return Err(ApiError::field("page", "value_error", expected));
    }

    let filter = WorkflowFilter {
        statuses: query.status.map(WorkflowStatus::to_number).into_iter().collect(),
        workflow_types: query.workflow_type.into_iter().collect(),
        search: query.search.unwrap_or_default(),
        ..WorkflowFilter::default()
    };
    let request = ListWorkflowsRequest {
        filter: Some(filter),
        page_size: Some(page_size),
        with_total: true,
        offset: Some(offset),
        ..ListWorkflowsRequest::default()
    };
    let list = door.perform(ListWorkflows(request)).await?;

    Ok(Answer(WorkflowPage {
        workflows: list.workflows.into_iter().map(WorkflowView::from).collect(),
        total: list.total.unwrap_or_default(),
        page,
        page_size,
    }))
}

/// A workflow and where it stands.
#[utoipa::path(get, path = "/api/v1/workflows/{id}", tag = "workflows",
    params(("id" = String, Path, description = "Workflow id")),
    responses(
        (status = 200, description = "The workflow", body = WorkflowView),
        (status = 404, description = "No such workflow, or not yours", body = ErrorBody)))]
pub(crate) async fn get_workflow(
    door: Door<GetWorkflow>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<WorkflowView>, ApiError> {
    let id = parse_workflow_id(id)?.to_string();
    let workflow = door.perform(GetWorkflow(GetWorkflowRequest { id })).await?;

    Ok(Answer(workflow.into()))
}

/// What to change of a workflow; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Quorums, again" }))]
pub(crate) struct WorkflowChange {
    name: Option<String>,
    description: Option<String>,
    /// True makes a link for everybody; false ends all links.
    #[serde(alias = "isPublic")]
    is_public: Option<bool>,
    priority: Option<i32>,
}

/// Change a workflow's name, description, priority, or whether it is public.
#[utoipa::path(put, path = "/api/v1/workflows/{id}", tag = "workflows", request_body = WorkflowChange,
    params(("id" = String, Path, description = "Workflow id")),
    responses(
        (status = 200, description = "The workflow", body = WorkflowView),
        (status = 404, description = "No such workflow, or not yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn update_workflow(
    door: Door<UpdateWorkflow>,
    id: Result<Path<String>, PathRejection>,
    Json(change): Json<WorkflowChange>,
) -> Result<Answer<WorkflowView>, ApiError> {
    let request = UpdateWorkflowRequest {
        id: parse_workflow_id(id)?.to_string(),
        name: change.name,
        description: change.description,
        is_public: change.is_public,
        priority: change.priority,
    };
    let workflow = door.perform(UpdateWorkflow(request)).await?;

    Ok(Answer(workflow.into()))
}

/// Delete a workflow with its runs, checkpoints, questions and links. What still works is stopped.
#[utoipa::path(delete, path = "/api/v1/workflows/{id}", tag = "workflows",
    params(("id" = String, Path, description = "Workflow id")),
    responses(
        (status = 200, description = "It is deleted", body = Done),
        (status = 404, description = "No such workflow, or not yours", body = ErrorBody)))]
pub(crate) async fn delete_workflow(
    door: Door<DeleteWorkflow>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Done>, ApiError> {
    let id = parse_workflow_id(id)?.to_string();
    door.perform(DeleteWorkflow(DeleteWorkflowRequest { id })).await?;

    Ok(Answer(Done::YES))
}

/// What becomes of a run that still works or waits.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ConflictPolicy {
    /// The new one is refused with 409.
    #[default]
    Reject,
    /// The new one begins after it.
    Enqueue,
    /// It is stopped, and the new one begins with what it had reached.
    Interrupt,
    /// It is stopped and undone, and the new one begins where it had begun.
    Rollback,
}

impl ConflictPolicy {
    pub(crate) fn to_number(self) -> i32 {
        match self {
            Self::Reject => OnConflict::Reject,
            Self::Enqueue => OnConflict::Enqueue,
            Self::Interrupt => OnConflict::Interrupt,
            Self::Rollback => OnConflict::Rollback,
        }
        .into()
    }
}

/// What a workflow is executed with.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "user_input": { "question": "What is a quorum?", "documents": [{ "text": "A quorum is a majority of the voters." }] } }))]
pub(crate) struct ExecuteBody {
    /// What fits the type's input schema; default: `{}`.
    #[serde(default, alias = "userInput")]
    #[schema(value_type = Option<Object>)]
    user_input: Option<Map<String, Value>>,
    /// Default: reject.
    #[serde(default, alias = "onConflict")]
    on_conflict: ConflictPolicy,
}

/// Execute a workflow. It is queued, and answered before it has begun.
#[utoipa::path(post, path = "/api/v1/workflows/{id}/execute", tag = "workflows",
    request_body = Option<ExecuteBody>,
    params(("id" = String, Path, description = "Workflow id"),
        ("Idempotency-Key" = Option<String>, Header, description = "At most 255 visible ASCII characters")),
    responses(
        (status = 200, description = "Where it stands", body = WorkflowUpdate),
        (status = 400, description = "Not JSON, or it has completed: fork it", body = ErrorBody),
        (status = 404, description = "No such workflow, or not yours", body = ErrorBody),
        (status = 409, description = "A run of it still works or waits; or the idempotency key was used for another request",
            body = ErrorBody),
        Invalid))]
pub(crate) async fn execute_workflow(
    door: Door<ExecuteWorkflow>,
    id: Result<Path<String>, PathRejection>,
    key: IdempotencyKey,
    body: Option<Json<ExecuteBody>>,
) -> Result<Answer<WorkflowUpdate>, ApiError> {
    let body = body.unwrap_or_default().0;
    let request = ExecuteWorkflowRequest {
        id: parse_workflow_id(id)?.to_string(),
        user_input: write_object(body.user_input),
        on_conflict: body.on_conflict.to_number(),
        idempotency_key: key.into_text(),
        ..ExecuteWorkflowRequest::default()
    };
    let workflow = door.perform(ExecuteWorkflow(request)).await?;

    Ok(Answer(workflow.into()))
}

/// A workflow as one document: itself, its definition, its kept checkpoints, a manifest of artefacts and a checksum.
#[utoipa::path(get, path = "/api/v1/workflows/{id}/export", tag = "workflows",
    params(("id" = String, Path, description = "Workflow id")),
    responses(
        (status = 200, description = "The bundle, which import takes as it is", body = Object),
        (status = 404, description = "No such workflow, or not yours", body = ErrorBody)))]
pub(crate) async fn export_workflow(
    door: Door<ExportWorkflow>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    let id = parse_workflow_id(id)?.to_string();
    let name = format!("attachment; filename=\"workflow-{id}.json\"");
    let export = door.perform(ExportWorkflow(ExportWorkflowRequest { id })).await?;

    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, export.bundle).into_response())
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// What to call it; default: as the one that was exported.
    name: Option<String>,
}

/// Make a workflow of an export. It may have up to 3 MiB.
#[utoipa::path(post, path = "/api/v1/workflows/import", tag = "workflows", params(ImportQuery), request_body = Object,
    responses(
        (status = 201, description = "The new workflow", body = WorkflowView),
        (status = 422, description = "Not an export, changed since (`bundle.checksum`), or made by a newer version \
            (`bundle.format`)", body = ErrorBody)))]
pub(crate) async fn import_workflow(
    door: Door<ImportWorkflow>,
    Query(query): Query<ImportQuery>,
    JsonText(bundle): JsonText,
) -> Result<(StatusCode, Answer<WorkflowView>), ApiError> {
    let request = ImportWorkflowRequest {
        bundle,
        name: query.name,
    };
    let workflow = door.perform(ImportWorkflow(request)).await?;

    Ok((StatusCode::CREATED, Answer(workflow.into())))
}
