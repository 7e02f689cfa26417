//! `saga.v1.Operators`.

use std::{pin::Pin, sync::Arc};

use chrono::DateTime;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use kit::{into_status, page::Cursor};
use proto::v1::{
    AuditEvent, ExportAuditRequest, FindUserRequest, Grant, Jwks, ListUsersRequest, ListUsersResponse,
    MintTokenRequest, ResetSecondFactorRequest, RotateKeysRequest, SetDisabledRequest, SetTierRequest, User,
    operators_server::Operators,
};
use tonic::{Request, Response, Status};

use super::convert::{self, encode_answer, open_request};
use crate::{
    domain::{audit::Audit, operators},
    error::AuthError,
    tokens::Keyring,
};

pub(crate) struct OperatorsRpc {
    pub(crate) operators: operators::Operators,
    pub(crate) audit: Audit,
    pub(crate) keyring: Arc<Keyring>,
}

#[tonic::async_trait]
impl Operators for OperatorsRpc {
    async fn list_users(
        &self,
        request: Request<ListUsersRequest>,
    ) -> Result<Response<ListUsersResponse>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let page = convert::parse_page(message.page_size, &message.page_token, convert::USERS)?;
        encode_answer(self.operators.list_users(&context, page).await, |page| {
            ListUsersResponse {
                next_page_token: page
                    .next
                    .map(|next| next.encode(convert::USERS))
                    .unwrap_or_default(),
                users: page.items.into_iter().map(convert::encode_user).collect(),
            }
        })
    }

    async fn find_user(&self, request: Request<FindUserRequest>) -> Result<Response<User>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        encode_answer(
            self.operators.find_user(&context, &message.identifier).await,
            convert::encode_user,
        )
    }

    async fn set_tier(&self, request: Request<SetTierRequest>) -> Result<Response<User>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let set = self
            .operators
            .set_tier(&context, &message.user_id, &message.tier)
            .await;
        encode_answer(set, convert::encode_user)
    }

    async fn set_disabled(&self, request: Request<SetDisabledRequest>) -> Result<Response<User>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let set = self
            .operators
            .set_disabled(&context, &message.user_id, message.disabled)
            .await;
        encode_answer(set, convert::encode_user)
    }

    async fn reset_second_factor(
        &self,
        request: Request<ResetSecondFactorRequest>,
    ) -> Result<Response<User>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let reset = self
            .operators
            .reset_second_factor(&context, &message.user_id)
            .await;
        encode_answer(reset, convert::encode_user)
    }

    async fn rotate_keys(&self, request: Request<RotateKeysRequest>) -> Result<Response<Jwks>, Status> {
        let (context, _) = open_request(request, |message| message.client.take())?;
        self.operators.rotate_keys(&context).await.map_err(into_status)?;

        convert::encode_public_keys(&self.keyring).await
    }

    async fn mint_token(&self, request: Request<MintTokenRequest>) -> Result<Response<Grant>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let minted = self
            .operators
            .mint_token(&context, &message.user_id, message.lifetime_seconds)
            .await;
        encode_answer(minted, convert::encode_grant)
    }

    type ExportAuditStream = Pin<Box<dyn Stream<Item = Result<AuditEvent, Status>> + Send>>;

    async fn export_audit(
        &self,
        request: Request<ExportAuditRequest>,
    ) -> Result<Response<Self::ExportAuditStream>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let since = parse_since(&message.since).map_err(into_status)?;
        self.audit
            .begin_export(&context, since.at)
            .await
            .map_err(into_status)?;
        let audit = self.audit.clone();
        let batches = stream::try_unfold(since, move |after| {
            let (audit, context) = (audit.clone(), context.clone());
            async move {
                let events = audit.export_events(&context, after).await.map_err(into_status)?;
                let next = events.last().map(|event| Cursor {
                    at: event.at,
                    id: event.id,
                });
                Ok::<_, Status>(next.map(|next| (events, next)))
            }
        });
        let events = batches
            .map_ok(|events| stream::iter(events).map(|event| Ok(convert::encode_event(event))))
            .try_flatten();

        Ok(Response::new(Box::pin(events)))
    }
}

fn parse_since(text: &str) -> Result<Cursor, AuthError> {
    if text.is_empty() {
        return Ok(Cursor::starting_at(DateTime::UNIX_EPOCH));
    }
    DateTime::parse_from_rfc3339(text)
        .map(|at| Cursor::starting_at(at.to_utc()))
        .map_err(|_| AuthError::invalid("since", "a time in RFC 3339"))
}
