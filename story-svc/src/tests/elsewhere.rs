//! Auth-svc, billing-svc and the usage of agent-svc, as far as deleting an account asks them: they note what they are asked, and fail
//! as often as they are told to.

use std::sync::{Arc, Mutex};

use kit::rpc::actor_of;
use proto::v1::accounts_server::Accounts;
use proto::v1::billing_owners_server::BillingOwners;
use proto::v1::usage_owners_server::UsageOwners;
use proto::v1::{
    ApiKey, ApiKeyRequest, BatchGetUsersRequest, BatchGetUsersResponse, BeginSecondFactorRequest,
    ChangeEmailRequest, ChangePasswordRequest, ConfirmSecondFactorRequest, CreateApiKeyRequest,
    CreatedApiKey, DeleteAccountRequest, DeleteAccountResponse, DeleteBillingRequest, DeleteBillingResponse,
    DeleteUsageResponse, DisableSecondFactorRequest, FinishDeletionRequest, FinishDeletionResponse,
    GetMeRequest, GetProfileRequest, ListApiKeysRequest, ListApiKeysResponse, ListAuditEventsRequest,
    ListAuditEventsResponse, ListSessionsRequest, ListSessionsResponse, LogoutResponse, OwnerRequest,
    Profile, PutProfileRequest, RecoveryCodes, RenewRecoveryCodesRequest, RequestEmailVerificationRequest,
    RequestEmailVerificationResponse, RevokeSessionRequest, SecondFactorSecret, User,
};
use tonic::{Request, Response, Status};

#[derive(Clone, Default)]
pub(super) struct Elsewhere(Arc<Mutex<Told>>);

#[derive(Default)]
struct Told {
    asked: Vec<String>,
    failures: u32,
}

impl Elsewhere {
    /// What was done, in order.
    pub(super) fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().asked.clone()
    }

    pub(super) fn fails(&self, times: u32) {
        self.0.lock().unwrap().failures = times;
    }

    fn note<T>(&self, request: &Request<T>, what: String) -> Result<(), Status> {
        assert!(actor_of(request)?.has_scope("service"));
        let mut told = self.0.lock().unwrap();
        if told.failures > 0 {
            told.failures -= 1;
            return Err(Status::unavailable("not now"));
        }
        told.asked.push(what);
        Ok(())
    }
}

#[tonic::async_trait]
impl UsageOwners for Elsewhere {
    async fn delete_usage(
        &self,
        request: Request<OwnerRequest>,
    ) -> Result<Response<DeleteUsageResponse>, Status> {
        self.note(&request, format!("delete usage of {}", request.get_ref().user_id))?;
        Ok(Response::new(DeleteUsageResponse { rows: 0 }))
    }
}

#[tonic::async_trait]
impl BillingOwners for Elsewhere {
    async fn delete_billing(
        &self,
        request: Request<DeleteBillingRequest>,
    ) -> Result<Response<DeleteBillingResponse>, Status> {
        self.note(&request, format!("end what {} bought", request.get_ref().user_id))?;
        Ok(Response::new(DeleteBillingResponse {}))
    }
}

#[tonic::async_trait]
impl Accounts for Elsewhere {
    async fn get_me(&self, _: Request<GetMeRequest>) -> Result<Response<User>, Status> {
        Err(Status::unimplemented("nobody asks this here"))
    }

    async fn batch_get_users(
        &self,
        _: Request<BatchGetUsersRequest>,
    ) -> Result<Response<BatchGetUsersResponse>, Status> {
        Err(Status::unimplemented("nobody asks this here"))
    }

    async fn change_email(&self, _: Request<ChangeEmailRequest>) -> Result<Response<User>, Status> {
        Err(Status::unimplemented("nobody asks this here"))
    }

    async fn change_password(&self, _: Request<ChangePasswordRequest>) -> Result<Response<User>, Status> {
        Err(Status::unimplemented("nobody asks this here"))
    }

    async fn request_email_verification(
        &self,
        _: Request<RequestEmailVerificationRequest>,
    ) -> Result<Response<RequestEmailVerificationResponse>, Status> {
        Err(Status::unimplemented("nobody asks this here"))
    }

    async fn begin_second_factor(
        &self,
        _: Request<BeginSecondFactorRequest>,
    ) -> Result<Response<SecondFactorSecret>, Status> {
        Err(Status::unimplemented("nobody asks this here"))
    }

    async fn confirm_second_factor(
        &self,
        _: Request<ConfirmSecondFactorRequest>,
    ) -> Result<Response<RecoveryCodes>, Status> {
        Err(Status::unimplemented("nobody asks this here"))
    }

    async fn disable_second_factor(
        &self,
        _: Request<DisableSecondFactorRequest>,
    ) -> Result<Response<User>, Status> {
        Err(Status::unimplemented("nobody asks this here"))
    }

    async fn renew_recovery_codes(
        &self,
        _: Request<RenewRecoveryCodesRequest>,
    ) -> Result<Response<RecoveryCodes>, Status> {
        Err(Status::unimplemented("nobody asks this here"))
    }

    async fn delete_account(
        &self,
        _: Request<DeleteAccountRequest>,
    ) -> Result<Response<DeleteAccountResponse>, Status> {
        Err(Status::unimplemented("nobody asks this here"))
    }

    async fn finish_deletion(
        &self,
        request: Request<FinishDeletionRequest>,
    ) -> Result<Response<FinishDeletionResponse>, Status> {
        self.note(&request, format!("finish {}", request.get_ref().user_id))?;
        Ok(Response::new(FinishDeletionResponse {}))
    }

    async fn get_profile(&self, _: Request<GetProfileRequest>) -> Result<Response<Profile>, Status> {
        Err(Status::unimplemented("nobody asks this here"))
    }

    async fn put_profile(&self, _: Request<PutProfileRequest>) -> Result<Response<Profile>, Status> {
        Err(Status::unimplemented("nobody asks this here"))
    }

    async fn list_sessions(
        &self,
        _: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        Err(Status::unimplemented("nobody asks this here"))
    }

    async fn revoke_session(
        &self,
        _: Request<RevokeSessionRequest>,
    ) -> Result<Response<LogoutResponse>, Status> {
        Err(Status::unimplemented("nobody asks this here"))
    }

    async fn list_api_keys(
        &self,
        _: Request<ListApiKeysRequest>,
    ) -> Result<Response<ListApiKeysResponse>, Status> {
        Err(Status::unimplemented("nobody asks this here"))
    }

    async fn create_api_key(
        &self,
        _: Request<CreateApiKeyRequest>,
    ) -> Result<Response<CreatedApiKey>, Status> {
        Err(Status::unimplemented("nobody asks this here"))
    }

    async fn regenerate_api_key(&self, _: Request<ApiKeyRequest>) -> Result<Response<CreatedApiKey>, Status> {
        Err(Status::unimplemented("nobody asks this here"))
    }

    async fn revoke_api_key(&self, _: Request<ApiKeyRequest>) -> Result<Response<ApiKey>, Status> {
        Err(Status::unimplemented("nobody asks this here"))
    }

    async fn list_audit_events(
        &self,
        _: Request<ListAuditEventsRequest>,
    ) -> Result<Response<ListAuditEventsResponse>, Status> {
        Err(Status::unimplemented("nobody asks this here"))
    }
}
