//! What happened to your account, over REST.

use axum::Json as Answer;
use proto::v1::ListAuditEventsRequest;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, PageSize, Query},
    operation::audit::ListAuditEvents,
    view::accounts::AuditView,
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// 1 to 100; default: 20.
    #[serde(default, alias = "pageSize")]
    #[param(value_type = Option<u32>, example = 20)]
    page_size: PageSize,
    /// From the answer before.
    #[serde(default, alias = "pageToken")]
    #[param(value_type = Option<String>)]
    page_token: String,
}

/// What happened to your account, newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "accounts", params(AuditQuery),
    responses(
        (status = 200, description = "The events", body = AuditView),
        (status = 422, description = "A parameter is wrong", body = ErrorBody)))]
pub(crate) async fn list_audit_events(
    door: Door<ListAuditEvents>,
    Query(query): Query<AuditQuery>,
) -> Result<Answer<AuditView>, ApiError> {
    let request = ListAuditEventsRequest {
        page_size: query.page_size.0,
        page_token: query.page_token,
    };
    let page = door.perform(ListAuditEvents(request)).await?;

    Ok(Answer(AuditView::new(page.events, page.next_page_token)))
}
