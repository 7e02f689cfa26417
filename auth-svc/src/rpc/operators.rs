//! `saga.v1.Operators`.

use std::pin::Pin;
use std::sync::Arc;

use chrono::DateTime;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use kit::into_status;
use proto::v1::operators_server::Operators;
use proto::v1::{
    AuditEvent, ExportAuditRequest, FindUserRequest, Grant, Jwks, ListUsersRequest, ListUsersResponse,
    MintTokenRequest, RotateKeysRequest, SetDisabledRequest, SetTierRequest, User,
};
use tonic::{Request, Response, Status};

use super::convert::{self, answer, taken};
use crate::domain::audit::OPERATOR;
use crate::domain::core::Core;
use crate::domain::page::Cursor;
use crate::error::AuthError;

pub(crate) struct OperatorsRpc(pub(crate) Arc<Core>);

#[tonic::async_trait]
impl Operators for OperatorsRpc {
    async fn list_users(
        &self,
        request: Request<ListUsersRequest>,
    ) -> Result<Response<ListUsersResponse>, Status> {
        let (asking, message) = taken(request, |_| None)?;
        let page = convert::page(message.page_size, &message.page_token)?;
        answer(self.0.list_users(&asking, page).await, |page| ListUsersResponse {
            next_page_token: page.next.map(|next| next.encode()).unwrap_or_default(),
            users: page.items.into_iter().map(convert::user).collect(),
        })
    }

    async fn find_user(&self, request: Request<FindUserRequest>) -> Result<Response<User>, Status> {
        let (asking, message) = taken(request, |_| None)?;
        answer(
            self.0.find_user(&asking, &message.identifier).await,
            convert::user,
        )
    }

    async fn set_tier(&self, request: Request<SetTierRequest>) -> Result<Response<User>, Status> {
        let (asking, message) = taken(request, |_| None)?;
        let set = self.0.set_tier(&asking, &message.user_id, &message.tier).await;
        answer(set, convert::user)
    }

    async fn set_disabled(&self, request: Request<SetDisabledRequest>) -> Result<Response<User>, Status> {
        let (asking, message) = taken(request, |_| None)?;
        let set = self
            .0
            .set_disabled(&asking, &message.user_id, message.disabled)
            .await;
        answer(set, convert::user)
    }

    async fn rotate_keys(&self, request: Request<RotateKeysRequest>) -> Result<Response<Jwks>, Status> {
        let (asking, _) = taken(request, |_| None)?;
        self.0.rotate_keys(&asking).await.map_err(into_status)?;
        let rules = self.0.keyring.rules();
        answer(self.0.keyring.loaded().await, |loaded| Jwks {
            json: loaded.jwks.clone(),
            issuer: rules.issuer().to_owned(),
            audience: rules.audience().to_owned(),
        })
    }

    async fn mint_token(&self, request: Request<MintTokenRequest>) -> Result<Response<Grant>, Status> {
        let (asking, message) = taken(request, |_| None)?;
        let minted = self
            .0
            .mint_token(&asking, &message.user_id, message.lifetime_seconds)
            .await;
        answer(minted, convert::grant)
    }

    type ExportAuditStream = Pin<Box<dyn Stream<Item = Result<AuditEvent, Status>> + Send>>;

    async fn export_audit(
        &self,
        request: Request<ExportAuditRequest>,
    ) -> Result<Response<Self::ExportAuditStream>, Status> {
        let (asking, message) = taken(request, |_| None)?;
        asking.needs(OPERATOR).map_err(into_status)?;

        let since = since(&message.since).map_err(into_status)?;
        let core = Arc::clone(&self.0);
        let batches = stream::try_unfold(since, move |after| {
            let core = Arc::clone(&core);
            async move {
                let events = core.export_events(after).await.map_err(into_status)?;
                let next = events.last().map(|event| Cursor {
                    at: event.at,
                    id: event.id,
                });
                Ok::<_, Status>(next.map(|next| (events, next)))
            }
        });
        let events = batches
            .map_ok(|events| stream::iter(events).map(|event| Ok(convert::event(event))))
            .try_flatten();

        Ok(Response::new(Box::pin(events)))
    }
}

fn since(text: &str) -> Result<Cursor, AuthError> {
    if text.is_empty() {
        return Ok(Cursor::from(DateTime::UNIX_EPOCH));
    }
    DateTime::parse_from_rfc3339(text)
        .map(|at| Cursor::from(at.to_utc()))
        .map_err(|_| AuthError::invalid("since", "a time in RFC 3339"))
}
