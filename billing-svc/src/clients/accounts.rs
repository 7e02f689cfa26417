//! Auth-svc, whose the tier of an account is: it is told what somebody bought.

use std::time::Duration;

use kit::{
    actor::{Actor, Tier},
    rpc::{Caller, Calling, RequestId, RpcChannel},
};
use proto::v1::{SetTierRequest, operators_client::OperatorsClient};
use tonic::Status;
use uuid::Uuid;

const TIMEOUT: Duration = Duration::from_secs(10);

/// Scope of our own services among themselves.
pub(crate) const SERVICE: &str = "service";

#[derive(Clone)]
pub(crate) struct Accounts {
    channel: RpcChannel,
    caller: Caller,
}

impl Accounts {
    pub(crate) const fn new(channel: RpcChannel, caller: Caller) -> Self {
        Self { channel, caller }
    }

    pub(crate) async fn set_tier(&self, user: Uuid, tier: Tier) -> Result<(), Status> {
        let actor = Actor {
            scopes: vec![SERVICE.to_owned()],
            ..Actor::user(user, Tier::Free)
        };
        let calling = Calling::new(
            self.channel.clone(),
            self.caller.clone(),
            actor,
            RequestId::random(),
            TIMEOUT,
        );
        let message = SetTierRequest {
            user_id: user.to_string(),
            tier: tier.to_string(),
            ..SetTierRequest::default()
        };

        OperatorsClient::new(calling).set_tier(message).await.map(drop)
    }
}
