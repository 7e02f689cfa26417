//! `saga.v1.Accounts`.

use kit::into_status;
use proto::v1::{
    ApiKey, ApiKeyRequest, BatchGetUsersRequest, BatchGetUsersResponse, BeginSecondFactorRequest,
    ChangeEmailRequest, ChangePasswordRequest, ConfirmSecondFactorRequest, CreateApiKeyRequest,
    CreatedApiKey, DeleteAccountRequest, DeleteAccountResponse, DisableSecondFactorRequest,
    FinishDeletionRequest, FinishDeletionResponse, GetMeRequest, GetProfileRequest, ListApiKeysRequest,
    ListApiKeysResponse, ListAuditEventsRequest, ListAuditEventsResponse, ListSessionsRequest,
    ListSessionsResponse, LogoutResponse, Profile, PutProfileRequest, RecoveryCodes,
    RenewRecoveryCodesRequest, RequestEmailVerificationRequest, RequestEmailVerificationResponse,
    RevokeSessionRequest, SecondFactorSecret, User, accounts_server::Accounts,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{self, encode_answer, open_request};
use crate::{
    domain::{
        accounts,
        api_keys::{ApiKeyInput, ApiKeys},
        audit::Audit,
        email_addresses::EmailAddresses,
        owner_proof::Proof,
        profiles::{ProfileInput, Profiles},
        second_factors::SecondFactors,
        sessions::Sessions,
    },
    error::AuthError,
    store::api_keys::ApiKey as ApiKeyRow,
    tokens::Secret,
};

/// Ids of one batch, by contract.
const BATCH: usize = 100;

pub(crate) struct AccountsRpc {
    pub(crate) accounts: accounts::Accounts,
    pub(crate) email_addresses: EmailAddresses,
    pub(crate) second_factors: SecondFactors,
    pub(crate) profiles: Profiles,
    pub(crate) sessions: Sessions,
    pub(crate) api_keys: ApiKeys,
    pub(crate) audit: Audit,
}

#[tonic::async_trait]
impl Accounts for AccountsRpc {
    async fn get_me(&self, request: Request<GetMeRequest>) -> Result<Response<User>, Status> {
        let (context, _) = open_request(request, |_| None)?;
        encode_answer(self.accounts.find_own(&context).await, convert::encode_user)
    }

    async fn batch_get_users(
        &self,
        request: Request<BatchGetUsersRequest>,
    ) -> Result<Response<BatchGetUsersResponse>, Status> {
        let (context, message) = open_request(request, |_| None)?;
        if message.ids.len() > BATCH {
            return Err(into_status(AuthError::invalid("ids", "at most 100 ids")));
        }

        let visible = self.accounts.find_visible(&context, &message.ids).await;
        encode_answer(visible, |users| BatchGetUsersResponse {
            users: users.into_iter().map(convert::encode_user).collect(),
        })
    }

    async fn change_email(&self, request: Request<ChangeEmailRequest>) -> Result<Response<User>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let proof = read_proof(message.password, "password", message.code);
        let changed = self.email_addresses.change(&context, &message.email, proof).await;
        encode_answer(changed, convert::encode_user)
    }

    async fn request_email_verification(
        &self,
        request: Request<RequestEmailVerificationRequest>,
    ) -> Result<Response<RequestEmailVerificationResponse>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let asked = self
            .email_addresses
            .request_verification(&context, &message.email)
            .await;
        encode_answer(asked, |()| RequestEmailVerificationResponse {})
    }

    async fn change_password(
        &self,
        request: Request<ChangePasswordRequest>,
    ) -> Result<Response<User>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let proof = read_proof(message.current_password, "current_password", message.code);
        let changed = self
            .accounts
            .change_password(&context, proof, &message.new_password)
            .await;
        encode_answer(changed, convert::encode_user)
    }

    async fn delete_account(
        &self,
        request: Request<DeleteAccountRequest>,
    ) -> Result<Response<DeleteAccountResponse>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let proof = read_proof(message.password, "password", message.code);
        let deleted = self.accounts.delete(&context, proof).await;
        encode_answer(deleted, |()| DeleteAccountResponse {})
    }

    async fn finish_deletion(
        &self,
        request: Request<FinishDeletionRequest>,
    ) -> Result<Response<FinishDeletionResponse>, Status> {
        let (context, message) = open_request(request, |_| None)?;
        let user = Uuid::try_parse(&message.user_id)
            .map_err(|_| into_status(AuthError::invalid("user_id", "the id of a user")))?;
        encode_answer(self.accounts.finish_deletion(&context, user).await, |()| {
            FinishDeletionResponse {}
        })
    }

    async fn begin_second_factor(
        &self,
        request: Request<BeginSecondFactorRequest>,
    ) -> Result<Response<SecondFactorSecret>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let proof = read_proof(message.password, "password", String::new());
        encode_answer(self.second_factors.begin(&context, proof).await, |enrolment| {
            SecondFactorSecret {
                secret: enrolment.secret,
                uri: enrolment.uri,
                qr_svg: enrolment.qr_svg,
            }
        })
    }

    async fn confirm_second_factor(
        &self,
        request: Request<ConfirmSecondFactorRequest>,
    ) -> Result<Response<RecoveryCodes>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let confirmed = self.second_factors.confirm(&context, &message.code).await;
        encode_answer(confirmed, |codes| RecoveryCodes { codes })
    }

    async fn disable_second_factor(
        &self,
        request: Request<DisableSecondFactorRequest>,
    ) -> Result<Response<User>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let proof = read_proof(message.password, "password", message.code);
        encode_answer(
            self.second_factors.disable(&context, proof).await,
            convert::encode_user,
        )
    }

    async fn renew_recovery_codes(
        &self,
        request: Request<RenewRecoveryCodesRequest>,
    ) -> Result<Response<RecoveryCodes>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let proof = read_proof(message.password, "password", message.code);
        let renewed = self.second_factors.renew_recovery_codes(&context, proof).await;
        encode_answer(renewed, |codes| RecoveryCodes { codes })
    }

    async fn get_profile(&self, request: Request<GetProfileRequest>) -> Result<Response<Profile>, Status> {
        let (context, _) = open_request(request, |_| None)?;
        encode_answer(self.profiles.find(&context).await, convert::encode_profile)
    }

    async fn put_profile(&self, request: Request<PutProfileRequest>) -> Result<Response<Profile>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let change = ProfileInput {
            username: message.username,
            full_name: message.full_name,
            avatar_url: message.avatar_url,
            skill_level: message.skill_level,
        };
        encode_answer(self.profiles.put(&context, change).await, convert::encode_profile)
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        let (context, _) = open_request(request, |_| None)?;
        let own = context.actor.session_id;

        encode_answer(self.sessions.list(&context).await, |sessions| {
            ListSessionsResponse {
                sessions: sessions
                    .into_iter()
                    .map(|session| {
                        let current = Some(session.id) == own;
                        convert::encode_session(session, current)
                    })
                    .collect(),
            }
        })
    }

    async fn revoke_session(
        &self,
        request: Request<RevokeSessionRequest>,
    ) -> Result<Response<LogoutResponse>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        encode_answer(self.sessions.revoke(&context, &message.id).await, |id| {
            LogoutResponse {
                revoked_session_ids: vec![id.to_string()],
            }
        })
    }

    async fn list_api_keys(
        &self,
        request: Request<ListApiKeysRequest>,
    ) -> Result<Response<ListApiKeysResponse>, Status> {
        let (context, _) = open_request(request, |_| None)?;
        encode_answer(self.api_keys.list(&context).await, |keys| ListApiKeysResponse {
            keys: keys.into_iter().map(convert::encode_api_key).collect(),
        })
    }

    async fn create_api_key(
        &self,
        request: Request<CreateApiKeyRequest>,
    ) -> Result<Response<CreatedApiKey>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let raw = ApiKeyInput {
            name: message.name,
            scopes: message.scopes,
            expires_at: message.expires_at,
        };
        encode_answer(self.api_keys.create(&context, raw).await, encode_created_key)
    }

    async fn regenerate_api_key(
        &self,
        request: Request<ApiKeyRequest>,
    ) -> Result<Response<CreatedApiKey>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        encode_answer(
            self.api_keys.regenerate(&context, &message.id).await,
            encode_created_key,
        )
    }

    async fn revoke_api_key(&self, request: Request<ApiKeyRequest>) -> Result<Response<ApiKey>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        encode_answer(
            self.api_keys.revoke(&context, &message.id).await,
            convert::encode_api_key,
        )
    }

    async fn list_audit_events(
        &self,
        request: Request<ListAuditEventsRequest>,
    ) -> Result<Response<ListAuditEventsResponse>, Status> {
        let (context, message) = open_request(request, |_| None)?;
        let page = convert::parse_page(message.page_size, &message.page_token, convert::AUDIT_EVENTS)?;
        encode_answer(self.audit.list_own_events(&context, page).await, |page| {
            ListAuditEventsResponse {
                next_page_token: page
                    .next
                    .map(|next| next.encode(convert::AUDIT_EVENTS))
                    .unwrap_or_default(),
                events: page.items.into_iter().map(convert::encode_event).collect(),
            }
        })
    }
}

/// What shows that it is the owner who asks; `field` is the password's.
fn read_proof(password: String, field: &'static str, code: String) -> Proof {
    Proof {
        password: password.into(),
        field,
        code,
    }
}

fn encode_created_key((key, secret): (ApiKeyRow, Secret)) -> CreatedApiKey {
    CreatedApiKey {
        key: Some(convert::encode_api_key(key)),
        secret: secret.expose().to_owned(),
    }
}
