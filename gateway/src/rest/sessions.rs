//! Where you are signed in, over REST.

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
};

use super::parse_id;
use crate::{
    error::{ApiError, ErrorBody},
    extract::Door,
    operation::sessions::{ListSessions, RevokeSession},
    view::accounts::{Done, SessionView},
};

/// Where you are signed in.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "accounts",
    responses((status = 200, description = "Your sessions", body = Vec<SessionView>)))]
pub(crate) async fn list_sessions(door: Door<ListSessions>) -> Result<Answer<Vec<SessionView>>, ApiError> {
    let sessions = door.perform(ListSessions).await?;
    Ok(Answer(sessions.into_iter().map(SessionView::from).collect()))
}

/// Sign out of one session.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "accounts", params(("id" = String, Path, description = "Session id")),
    responses(
        (status = 200, description = "It has ended", body = Done),
        (status = 404, description = "No such session, or not yours", body = ErrorBody)))]
pub(crate) async fn revoke_session(
    door: Door<RevokeSession>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Done>, ApiError> {
    let id = parse_id(id, "There is no such session.")?;
    door.perform(RevokeSession { id }).await?;

    Ok(Answer(Done::YES))
}
