//! What happened to your account, over REST.

use axum::Json as Answer;
use proto::v1::ListAuditEventsRequest;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Query},
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

#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct PageSize(u32);

impl Default for PageSize {
    fn default() -> Self {
        Self(20)
    }
}

impl TryFrom<String> for PageSize {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let size = text.parse().ok().filter(|size| (1..=100).contains(size));
        size.map(Self).ok_or("expected a number from 1 to 100")
    }
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
