//! Workflows for others over REST: links, what they lead to, and the sessions that worked with a workflow.

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
};
use http::StatusCode;
use proto::v1::{
    GetSharedWorkflowRequest, ListWorkflowSessionsRequest, ListWorkflowSharesRequest,
    RevokeWorkflowShareRequest, ShareWorkflowRequest,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{parse_workflow_id, steer::parse_time};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json},
    identity::PublicBase,
    operation::workflows::{
        GetSharedWorkflow, ListWorkflowSessions, ListWorkflowShares, RevokeWorkflowShare, ShareWorkflow,
    },
    rest::answers::Invalid,
    view::{
        accounts::Done,
        akd::workflows::{ShareView, WorkflowSessionView, WorkflowView},
    },
};

/// Who may read it.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Visibility {
    /// Whoever has the link.
    #[default]
    Public,
}

/// How to share a workflow.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShareBody {
    /// Default: public.
    #[serde(default, rename = "visibility")]
    _visibility: Visibility,
    /// RFC 3339; default: never.
    #[serde(default, alias = "expiresAt")]
    expires_at: Option<String>,
}

/// Make a link by which whoever has it may read and fork a workflow. At most 20 of one workflow.
#[utoipa::path(post, path = "/api/v1/workflows/{id}/share", tag = "workflows", request_body = Option<ShareBody>,
    params(("id" = String, Path, description = "Workflow id")),
    responses(
        (status = 201, description = "The link", body = ShareView),
        (status = 400, description = "Not JSON, or it has 20 links", body = ErrorBody),
        (status = 404, description = "No such workflow, or not yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn share_workflow(
    door: Door<ShareWorkflow>,
    base: PublicBase,
    id: Result<Path<String>, PathRejection>,
    body: Option<Json<ShareBody>>,
) -> Result<(StatusCode, Answer<ShareView>), ApiError> {
    let body = body.unwrap_or_default().0;
    let request = ShareWorkflowRequest {
        workflow_id: parse_workflow_id(id)?.to_string(),
        expires_at: parse_time(body.expires_at.as_deref(), "expires_at")?,
    };
    let share = door.perform(ShareWorkflow(request)).await?;

    Ok((StatusCode::CREATED, Answer(ShareView::new(share, &base.0))))
}

/// The links of a workflow, oldest first.
#[utoipa::path(get, path = "/api/v1/workflows/{id}/share", tag = "workflows",
    params(("id" = String, Path, description = "Workflow id")),
    responses(
        (status = 200, description = "The links, expired ones too", body = Vec<ShareView>),
        (status = 404, description = "No such workflow, or not yours", body = ErrorBody)))]
pub(crate) async fn list_workflow_shares(
    door: Door<ListWorkflowShares>,
    base: PublicBase,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Vec<ShareView>>, ApiError> {
    let workflow_id = parse_workflow_id(id)?.to_string();
    let list = door
        .perform(ListWorkflowShares(ListWorkflowSharesRequest { workflow_id }))
        .await?;

    let shares = list.shares.into_iter();
    Ok(Answer(
        shares.map(|share| ShareView::new(share, &base.0)).collect(),
    ))
}

/// End a link. It leads nowhere from now on.
#[utoipa::path(delete, path = "/api/v1/workflows/{id}/share/{share_id}", tag = "workflows",
    params(("id" = String, Path, description = "Workflow id"),
        ("share_id" = String, Path, description = "The id of the link, or its token")),
    responses(
        (status = 200, description = "It has ended", body = Done),
        (status = 404, description = "No such workflow or link, or not yours", body = ErrorBody)))]
pub(crate) async fn revoke_workflow_share(
    door: Door<RevokeWorkflowShare>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Answer<Done>, ApiError> {
    let Path((id, share_id)) = path.map_err(|_| ApiError::not_found("There is no such link."))?;
    let request = RevokeWorkflowShareRequest {
        workflow_id: parse_workflow_id(Ok(Path(id)))?.to_string(),
        share_id,
    };
    door.perform(RevokeWorkflowShare(request)).await?;

    Ok(Answer(Done::YES))
}

/// A workflow that is shared, for whoever has its link.
#[utoipa::path(get, path = "/api/v1/shared/{token}", tag = "workflows",
    params(("token" = String, Path, description = "The token of the link")),
    responses(
        (status = 200, description = "The workflow", body = WorkflowView),
        (status = 404, description = "No workflow is shared by this link (any more)", body = ErrorBody)))]
pub(crate) async fn get_shared_workflow(
    door: Door<GetSharedWorkflow>,
    token: Result<Path<String>, PathRejection>,
) -> Result<Answer<WorkflowView>, ApiError> {
    let Path(token) = token.map_err(|_| ApiError::not_found("There is no such workflow."))?;
    let workflow = door
        .perform(GetSharedWorkflow(GetSharedWorkflowRequest { token }))
        .await?;

    Ok(Answer(workflow.into()))
}

/// The sign-in sessions that worked with a workflow, the last one first.
#[utoipa::path(get, path = "/api/v1/workflows/{id}/sessions", tag = "workflows",
    params(("id" = String, Path, description = "Workflow id")),
    responses(
        (status = 200, description = "The sessions", body = Vec<WorkflowSessionView>),
        (status = 404, description = "No such workflow, or not yours", body = ErrorBody)))]
pub(crate) async fn list_workflow_sessions(
    door: Door<ListWorkflowSessions>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Vec<WorkflowSessionView>>, ApiError> {
    let request = ListWorkflowSessionsRequest {
        workflow_id: Some(parse_workflow_id(id)?.to_string()),
        session_id: None,
    };
    let list = door.perform(ListWorkflowSessions(request)).await?;

    Ok(Answer(
        list.sessions.into_iter().map(WorkflowSessionView::from).collect(),
    ))
}
