//! What happened to an account.

use proto::v1::{ListAuditEventsRequest, ListAuditEventsResponse};
use tonic::Status;

use super::{Field, Operation, Service, caller_kind::SignedIn};
use crate::{
    identity::{ReadAccount, RequestContext},
    services::Services,
};

/// One page, newest first.
pub(crate) struct ListAuditEvents(pub(crate) ListAuditEventsRequest);

impl Operation for ListAuditEvents {
    type Caller = SignedIn;
    type Scope = ReadAccount;
    type Output = ListAuditEventsResponse;

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Query("auditEvents");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let page = services.accounts(context).list_audit_events(self.0).await?;
        Ok(page.into_inner())
    }
}
