//! Where you are signed in, over REST.

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::{Path, State, rejection::PathRejection},
};
use proto::v1::RevokeSessionRequest;

use super::auth::refused;
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    identity::{Member, ReadAccount, WriteAccount},
    view::accounts::{Done, SessionView},
};

/// Where you are signed in.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "accounts",
    responses(
        (status = 200, description = "Your sessions", body = Vec<SessionView>),
        (status = 401, description = "Not signed in", body = ErrorBody)))]
pub(crate) async fn list_sessions(
    State(app): State<Arc<App>>,
    call: Member<ReadAccount>,
) -> Result<Answer<Vec<SessionView>>, ApiError> {
    let sessions = app.clients.list_sessions(&call).await.map_err(refused)?;
    Ok(Answer(sessions.into_iter().map(SessionView::from).collect()))
}

/// Sign out of one session.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "accounts", params(("id" = String, Path, description = "Session id")),
    responses(
        (status = 200, description = "It has ended", body = Done),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 404, description = "No such session, or not yours", body = ErrorBody)))]
pub(crate) async fn revoke_session(
    State(app): State<Arc<App>>,
    call: Member<WriteAccount>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Done>, ApiError> {
    let request = RevokeSessionRequest {
        id: super::uuid(id, "There is no such session.")?,
        client: Some(call.client.to_proto()),
    };

    let ended = app
        .clients
        .revoke_session(&call, request)
        .await
        .map_err(refused)?;
    app.people.ended(call.actor.user_id, &ended.revoked_session_ids);

    Ok(Answer(Done::YES))
}
