//! Where somebody is signed in: seen, and ended one by one.

use proto::v1::{ListSessionsRequest, RevokeSessionRequest, Session};
use tonic::Status;
use uuid::Uuid;

use super::{Effects, Field, Operation, Service, caller_kind::SignedIn};
use crate::{
    identity::{ReadAccount, RequestContext, WriteAccount},
    services::Services,
};

pub(crate) struct ListSessions;

impl Operation for ListSessions {
    type Caller = SignedIn;
    type Scope = ReadAccount;
    type Output = Vec<Session>;

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Query("sessions");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let list = services
            .accounts(context)
            .list_sessions(ListSessionsRequest {})
            .await?;
        Ok(list.into_inner().sessions)
    }
}

pub(crate) struct RevokeSession {
    pub(crate) id: Uuid,
}

impl Operation for RevokeSession {
    type Caller = SignedIn;
    type Scope = WriteAccount;
    /// The ids of the sessions that ended.
    type Output = Vec<String>;

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Mutation("revokeSession");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = RevokeSessionRequest {
            id: self.id.to_string(),
            client: Some(context.client.to_proto()),
        };
        let ended = services.accounts(context).revoke_session(request).await?;

        Ok(ended.into_inner().revoked_session_ids)
    }

    fn effects(ended: &Self::Output, context: &RequestContext) -> Effects {
        Effects::change_account(context.actor.user_id).end_sessions(ended)
    }
}
