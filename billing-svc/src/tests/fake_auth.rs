//! An auth-svc that takes tiers, or is away.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use proto::v1::{
    AuditEvent, ExportAuditRequest, FindUserRequest, Grant, Jwks, ListUsersRequest, ListUsersResponse,
    MintTokenRequest, ResetSecondFactorRequest, RotateKeysRequest, SetDisabledRequest, SetTierRequest, User,
    operators_server::Operators,
};
use tonic::{Request, Response, Status};

#[derive(Clone, Default)]
pub(super) struct FakeAuth {
    tiers: Arc<Mutex<BTreeMap<String, String>>>,
    pub(super) away: Arc<AtomicBool>,
}

impl FakeAuth {
    pub(super) fn tier(&self, user: &str) -> Option<String> {
        self.tiers.lock().unwrap().get(user).cloned()
    }
}

fn unasked<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("billing-svc doesn't ask this"))
}

#[tonic::async_trait]
impl Operators for FakeAuth {
    async fn set_tier(&self, request: Request<SetTierRequest>) -> Result<Response<User>, Status> {
        if self.away.load(Ordering::SeqCst) {
            return Err(Status::unavailable("away"));
        }
        let actor = kit::rpc::actor_of(&request)?;
        assert!(actor.has_scope("service"), "a service asks");
        let message = request.into_inner();
        self.tiers.lock().unwrap().insert(message.user_id, message.tier);
        Ok(Response::new(User::default()))
    }

    async fn list_users(&self, _: Request<ListUsersRequest>) -> Result<Response<ListUsersResponse>, Status> {
        unasked()
    }

    async fn find_user(&self, _: Request<FindUserRequest>) -> Result<Response<User>, Status> {
        unasked()
    }

    async fn set_disabled(&self, _: Request<SetDisabledRequest>) -> Result<Response<User>, Status> {
        unasked()
    }

    async fn reset_second_factor(
        &self,
        _: Request<ResetSecondFactorRequest>,
    ) -> Result<Response<User>, Status> {
        unasked()
    }

    async fn rotate_keys(&self, _: Request<RotateKeysRequest>) -> Result<Response<Jwks>, Status> {
        unasked()
    }

    async fn mint_token(&self, _: Request<MintTokenRequest>) -> Result<Response<Grant>, Status> {
        unasked()
    }

    type ExportAuditStream = Pin<Box<dyn futures::Stream<Item = Result<AuditEvent, Status>> + Send>>;

    async fn export_audit(
        &self,
        _: Request<ExportAuditRequest>,
    ) -> Result<Response<Self::ExportAuditStream>, Status> {
        Err(Status::unimplemented("billing-svc doesn't ask this"))
    }
}
