//! Auth-svc's `Accounts`: what somebody who is signed in does with the own account.

use kit::Problem;
use proto::v1::{
    ApiKey, ApiKeyRequest, ChangeEmailRequest, ChangePasswordRequest, CreateApiKeyRequest, CreatedApiKey,
    DeleteAccountRequest, GetMeRequest, GetProfileRequest, ListApiKeysRequest, ListAuditEventsRequest,
    ListAuditEventsResponse, ListSessionsRequest, LogoutResponse, Profile, PutProfileRequest,
    RevokeSessionRequest, Session, User,
};

use super::Clients;
use crate::identity::Call;

impl Clients {
    pub(crate) async fn get_me(&self, call: &Call) -> Result<User, Problem> {
        let request = self.request(call, GetMeRequest {});
        self.answer(self.accounts.clone().get_me(request)).await
    }

    pub(crate) async fn change_email(
        &self,
        call: &Call,
        message: ChangeEmailRequest,
    ) -> Result<User, Problem> {
        let request = self.request(call, message);
        self.answer(self.accounts.clone().change_email(request)).await
    }

    pub(crate) async fn change_password(
        &self,
        call: &Call,
        message: ChangePasswordRequest,
    ) -> Result<User, Problem> {
        let request = self.request(call, message);
        self.answer(self.accounts.clone().change_password(request)).await
    }

    pub(crate) async fn delete_account(
        &self,
        call: &Call,
        message: DeleteAccountRequest,
    ) -> Result<(), Problem> {
        let request = self.request(call, message);
        self.answer(self.accounts.clone().delete_account(request)).await?;
        Ok(())
    }

    pub(crate) async fn get_profile(&self, call: &Call) -> Result<Profile, Problem> {
        let request = self.request(call, GetProfileRequest {});
        self.answer(self.accounts.clone().get_profile(request)).await
    }

    pub(crate) async fn put_profile(
        &self,
        call: &Call,
        message: PutProfileRequest,
    ) -> Result<Profile, Problem> {
        let request = self.request(call, message);
        self.answer(self.accounts.clone().put_profile(request)).await
    }

    pub(crate) async fn list_sessions(&self, call: &Call) -> Result<Vec<Session>, Problem> {
        let request = self.request(call, ListSessionsRequest {});
        Ok(self
            .answer(self.accounts.clone().list_sessions(request))
            .await?
            .sessions)
    }

    pub(crate) async fn revoke_session(
        &self,
        call: &Call,
        message: RevokeSessionRequest,
    ) -> Result<LogoutResponse, Problem> {
        let request = self.request(call, message);
        self.answer(self.accounts.clone().revoke_session(request)).await
    }

    pub(crate) async fn list_api_keys(&self, call: &Call) -> Result<Vec<ApiKey>, Problem> {
        let request = self.request(call, ListApiKeysRequest {});
        Ok(self
            .answer(self.accounts.clone().list_api_keys(request))
            .await?
            .keys)
    }

    pub(crate) async fn create_api_key(
        &self,
        call: &Call,
        message: CreateApiKeyRequest,
    ) -> Result<CreatedApiKey, Problem> {
        let request = self.request(call, message);
        self.answer(self.accounts.clone().create_api_key(request)).await
    }

    pub(crate) async fn regenerate_api_key(
        &self,
        call: &Call,
        message: ApiKeyRequest,
    ) -> Result<CreatedApiKey, Problem> {
        let request = self.request(call, message);
        self.answer(self.accounts.clone().regenerate_api_key(request))
            .await
    }

    pub(crate) async fn revoke_api_key(
        &self,
        call: &Call,
        message: ApiKeyRequest,
    ) -> Result<ApiKey, Problem> {
        let request = self.request(call, message);
        self.answer(self.accounts.clone().revoke_api_key(request)).await
    }

    pub(crate) async fn list_audit_events(
        &self,
        call: &Call,
        message: ListAuditEventsRequest,
    ) -> Result<ListAuditEventsResponse, Problem> {
        let request = self.request(call, message);
        self.answer(self.accounts.clone().list_audit_events(request))
            .await
    }
}
