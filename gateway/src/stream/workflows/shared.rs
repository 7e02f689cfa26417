//! The events of a workflow that is shared, live, for whoever has its link.

use std::sync::Arc;

use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use http::HeaderMap;
use proto::v1::GetSharedWorkflowRequest;

use super::{Listener, ModesQuery, respond};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Door, Query},
    identity::PublicBase,
    operation::workflows::WatchSharedWorkflow,
    rest::answers::StreamedEvent,
    stream::watch::Resume,
};

/// The events of a workflow that is shared, as server-sent events, for whoever has its link.
///
/// As `GET /api/v1/workflows/{id}/events`, resumable in the same way, without what reading by the link does not give: no `log` and no
/// `usage`, so numbers may be missing. The link is looked at before each event. Once it is revoked or has expired, the last event is
/// `closed`, whose data is an error's body with the reason `WORKFLOW_SHARE_NOT_FOUND`; asking again is answered with 404, which stops an
/// `EventSource`.
#[utoipa::path(get, path = "/api/v1/shared/{token}/events", tag = "workflows",
    params(("token" = String, Path, description = "The token of the link"), Resume, ModesQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "As `after`; it wins over it")),
    responses(
        (status = 200, description = "The events, with `id:` lines and a comment each 15 s", body = StreamedEvent,
            content_type = "text/event-stream"),
        (status = 204, description = "It has ended and the client has seen everything"),
        (status = 404, description = "No workflow is shared by this link (any more)", body = ErrorBody),
        (status = 503, description = "Too many watch already", body = ErrorBody)))]
pub(crate) async fn shared_workflow_events(
    State(app): State<Arc<App>>,
    door: Door<WatchSharedWorkflow>,
    token: Result<Path<String>, PathRejection>,
    base: PublicBase,
    Query(resume): Query<Resume>,
    Query(modes): Query<ModesQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let Path(token) = token.map_err(|_| ApiError::not_found("There is no such workflow."))?;
    let number = resume.after_in(&headers)?.number();
    let request = GetSharedWorkflowRequest { token: token.clone() };
    let workflow = door.perform(WatchSharedWorkflow(request)).await?;

    let listener = Listener {
        operations: Arc::clone(&app.operations),
        call: door.context.clone(),
        workflow: workflow.id.clone(),
        link: Some(token),
        modes: modes.modes(),
    };
    respond(app, listener, &workflow, number, &base).await
}
