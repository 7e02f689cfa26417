//! `saga.v1.Accounts`.

use std::sync::Arc;

use kit::into_status;
use proto::v1::accounts_server::Accounts;
use proto::v1::{
    ApiKey, ApiKeyRequest, BatchGetUsersRequest, BatchGetUsersResponse, ChangeEmailRequest,
    ChangePasswordRequest, CreateApiKeyRequest, CreatedApiKey, DeleteAccountRequest, DeleteAccountResponse,
    FinishDeletionRequest, FinishDeletionResponse, GetMeRequest, GetProfileRequest, ListApiKeysRequest,
    ListApiKeysResponse, ListAuditEventsRequest, ListAuditEventsResponse, ListSessionsRequest,
    ListSessionsResponse, LogoutResponse, Profile, PutProfileRequest, RevokeSessionRequest, User,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{self, answer, taken};
use crate::domain::api_keys::RawKey;
use crate::domain::core::Core;
use crate::domain::profile::RawChange;
use crate::error::AuthError;
use crate::store::api_keys::ApiKey as ApiKeyRow;
use crate::tokens::Secret;

/// Ids of one batch, by contract.
const BATCH: usize = 100;

pub(crate) struct AccountsRpc(pub(crate) Arc<Core>);

#[tonic::async_trait]
impl Accounts for AccountsRpc {
    async fn get_me(&self, request: Request<GetMeRequest>) -> Result<Response<User>, Status> {
        let (asking, _) = taken(request, |_| None)?;
        answer(self.0.me(&asking).await, convert::user)
    }

    async fn batch_get_users(
        &self,
        request: Request<BatchGetUsersRequest>,
    ) -> Result<Response<BatchGetUsersResponse>, Status> {
        let (asking, message) = taken(request, |_| None)?;
        if message.ids.len() > BATCH {
            return Err(into_status(AuthError::invalid("ids", "at most 100 ids")));
        }

        let own = self.0.signed_in(&asking).await;
        answer(own, |user| {
            let asked = message.ids.contains(&user.id.to_string());
            BatchGetUsersResponse {
                users: asked.then(|| convert::user(user)).into_iter().collect(),
            }
        })
    }

    async fn change_email(&self, request: Request<ChangeEmailRequest>) -> Result<Response<User>, Status> {
        let (asking, message) = taken(request, |message| message.client.take())?;
        let changed = self
            .0
            .change_email(&asking, &message.email, message.password.into())
            .await;
        answer(changed, convert::user)
    }

    async fn change_password(
        &self,
        request: Request<ChangePasswordRequest>,
    ) -> Result<Response<User>, Status> {
        let (asking, message) = taken(request, |message| message.client.take())?;
        let changed = self
            .0
            .change_password(&asking, message.current_password.into(), &message.new_password)
            .await;
        answer(changed, convert::user)
    }

    async fn delete_account(
        &self,
        request: Request<DeleteAccountRequest>,
    ) -> Result<Response<DeleteAccountResponse>, Status> {
        let (asking, message) = taken(request, |message| message.client.take())?;
        let deleted = self.0.delete_account(&asking, message.password.into()).await;
        answer(deleted, |()| DeleteAccountResponse {})
    }

    async fn finish_deletion(
        &self,
        request: Request<FinishDeletionRequest>,
    ) -> Result<Response<FinishDeletionResponse>, Status> {
        let (asking, message) = taken(request, |_| None)?;
        let user = Uuid::try_parse(&message.user_id)
            .map_err(|_| into_status(AuthError::invalid("user_id", "the id of a user")))?;
        answer(self.0.finish_deletion(&asking, user).await, |()| {
            FinishDeletionResponse {}
        })
    }

    async fn get_profile(&self, request: Request<GetProfileRequest>) -> Result<Response<Profile>, Status> {
        let (asking, _) = taken(request, |_| None)?;
        answer(self.0.profile(&asking).await, convert::profile)
    }

    async fn put_profile(&self, request: Request<PutProfileRequest>) -> Result<Response<Profile>, Status> {
        let (asking, message) = taken(request, |_| None)?;
        let change = RawChange {
            username: message.username,
            full_name: message.full_name,
            avatar_url: message.avatar_url,
            skill_level: message.skill_level,
        };
        answer(self.0.put_profile(&asking, change).await, convert::profile)
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        let (asking, _) = taken(request, |_| None)?;
        let own = asking.actor.session_id;

        answer(self.0.list_sessions(&asking).await, |sessions| {
            ListSessionsResponse {
                sessions: sessions
                    .into_iter()
                    .map(|session| {
                        let current = Some(session.id) == own;
                        convert::session(session, current)
                    })
                    .collect(),
            }
        })
    }

    async fn revoke_session(
        &self,
        request: Request<RevokeSessionRequest>,
    ) -> Result<Response<LogoutResponse>, Status> {
        let (asking, message) = taken(request, |message| message.client.take())?;
        answer(self.0.revoke_session(&asking, &message.id).await, |id| {
            LogoutResponse {
                revoked_session_ids: vec![id.to_string()],
            }
        })
    }

    async fn list_api_keys(
        &self,
        request: Request<ListApiKeysRequest>,
    ) -> Result<Response<ListApiKeysResponse>, Status> {
        let (asking, _) = taken(request, |_| None)?;
        answer(self.0.list_api_keys(&asking).await, |keys| ListApiKeysResponse {
            keys: keys.into_iter().map(convert::api_key).collect(),
        })
    }

    async fn create_api_key(
        &self,
        request: Request<CreateApiKeyRequest>,
    ) -> Result<Response<CreatedApiKey>, Status> {
        let (asking, message) = taken(request, |message| message.client.take())?;
        let raw = RawKey {
            name: message.name,
            scopes: message.scopes,
            expires_at: message.expires_at,
        };
        answer(self.0.create_api_key(&asking, raw).await, created)
    }

    async fn regenerate_api_key(
        &self,
        request: Request<ApiKeyRequest>,
    ) -> Result<Response<CreatedApiKey>, Status> {
        let (asking, message) = taken(request, |message| message.client.take())?;
        answer(self.0.regenerate_api_key(&asking, &message.id).await, created)
    }

    async fn revoke_api_key(&self, request: Request<ApiKeyRequest>) -> Result<Response<ApiKey>, Status> {
        let (asking, message) = taken(request, |message| message.client.take())?;
        answer(
            self.0.revoke_api_key(&asking, &message.id).await,
            convert::api_key,
        )
    }

    async fn list_audit_events(
        &self,
        request: Request<ListAuditEventsRequest>,
    ) -> Result<Response<ListAuditEventsResponse>, Status> {
        let (asking, message) = taken(request, |_| None)?;
        let page = convert::page(message.page_size, &message.page_token)?;
        answer(self.0.own_events(&asking, page).await, |page| {
            ListAuditEventsResponse {
                next_page_token: page.next.map(|next| next.encode()).unwrap_or_default(),
                events: page.items.into_iter().map(convert::event).collect(),
            }
        })
    }
}

fn created((key, secret): (ApiKeyRow, Secret)) -> CreatedApiKey {
    CreatedApiKey {
        key: Some(convert::api_key(key)),
        secret: secret.expose().to_owned(),
    }
}
