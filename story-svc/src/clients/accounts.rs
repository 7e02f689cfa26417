//! What other services do when an account is deleted: agent-svc forgets its usage, backup-svc its backups, billing-svc ends what was
//! bought, auth-svc deletes the account itself.

use std::time::Duration;

use kit::actor::{Actor, Tier};
use kit::rpc::{Caller, Calling, RequestId, RpcChannel};
use proto::v1::accounts_client::AccountsClient;
use proto::v1::backup_owners_client::BackupOwnersClient;
use proto::v1::billing_owners_client::BillingOwnersClient;
use proto::v1::usage_owners_client::UsageOwnersClient;
use proto::v1::{DeleteBillingRequest, FinishDeletionRequest, OwnerRequest};
use tonic::Status;
use uuid::Uuid;

use crate::domain::owners::SERVICE;

/// A call of another service.
const CALL: Duration = Duration::from_secs(60);

/// Speaks for an account that is being deleted. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Accounts {
    pub(crate) agents: RpcChannel,
    pub(crate) auth: RpcChannel,
    /// None where nobody can keep backups.
    pub(crate) backup: Option<RpcChannel>,
    /// None where nothing can be bought.
    pub(crate) billing: Option<RpcChannel>,
    pub(crate) caller: Caller,
}

impl Accounts {
    /// Deletes what agent-svc counted of the user. Again is harmless.
    pub(crate) async fn delete_usage(&self, user: Uuid, request_id: &str) -> Result<(), Status> {
        let request = OwnerRequest {
            user_id: user.to_string(),
        };
        let mut usage = UsageOwnersClient::new(self.call(&self.agents, user, request_id));

        usage.delete_usage(request).await.map(drop)
    }

    /// Deletes what the user's devices kept. Again is harmless.
    pub(crate) async fn delete_backups(&self, user: Uuid, request_id: &str) -> Result<(), Status> {
        let Some(backup) = &self.backup else {
            return Ok(());
        };
        let request = OwnerRequest {
            user_id: user.to_string(),
        };
        let mut backups = BackupOwnersClient::new(self.call(backup, user, request_id));

        backups.delete_backups(request).await.map(drop)
    }

    /// Nothing is charged any more, and what was bought is forgotten. Again is harmless.
    pub(crate) async fn delete_billing(&self, user: Uuid, request_id: &str) -> Result<(), Status> {
        let Some(channel) = &self.billing else {
            return Ok(());
        };
        let request = DeleteBillingRequest {
            user_id: user.to_string(),
        };
        let mut billing = BillingOwnersClient::new(self.call(channel, user, request_id));

        billing.delete_billing(request).await.map(drop)
    }

    /// Deletes the account itself. Again is harmless.
    pub(crate) async fn finish_deletion(&self, user: Uuid, request_id: &str) -> Result<(), Status> {
        let request = FinishDeletionRequest {
            user_id: user.to_string(),
        };
        let mut accounts = AccountsClient::new(self.call(&self.auth, user, request_id));

        accounts.finish_deletion(request).await.map(drop)
    }

    fn call(&self, channel: &RpcChannel, user: Uuid, request_id: &str) -> Calling {
        let actor = Actor {
            scopes: vec![SERVICE.to_owned()],
            ..Actor::user(user, Tier::Free)
        };
        let request_id = RequestId::parse(request_id).unwrap_or_else(RequestId::random);

        Calling::new(channel.clone(), self.caller.clone(), actor, request_id, CALL)
    }
}
