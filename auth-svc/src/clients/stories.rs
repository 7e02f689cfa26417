//! Story-svc, which must know when a guest has become an account and when an account is deleted.

use std::time::Duration;

use kit::{
    actor::{Actor, Tier},
    rpc::{Caller, Calling, RequestId, RpcChannel},
};
use proto::v1::{OwnerRequest, story_owners_client::StoryOwnersClient};
use tonic::Status;
use uuid::Uuid;

use crate::domain::request_context::SERVICE;

const TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) struct Stories {
    channel: RpcChannel,
    caller: Caller,
}

impl Stories {
    pub(crate) const fn new(channel: RpcChannel, caller: Caller) -> Self {
        Self { channel, caller }
    }

    /// What a guest made is the account's alone from now on.
    pub(crate) async fn claim(&self, user: Uuid) -> Result<(), Status> {
        let claimed = self.owners(user).claim_stories(message(user)).await;
        claimed.map(drop)
    }

    /// Begins the run that deletes what the account owns, or finds it under way.
    pub(crate) async fn start_deletion(&self, user: Uuid) -> Result<(), Status> {
        let started = self.owners(user).start_deletion(message(user)).await;
        started.map(drop)
    }

    /// In the name of the user, as only a service of ours may.
    fn owners(&self, user: Uuid) -> StoryOwnersClient<Calling> {
        let actor = Actor {
            scopes: vec![SERVICE.to_owned()],
            ..Actor::user(user, Tier::Free)
        };

        StoryOwnersClient::new(Calling::new(
            self.channel.clone(),
            self.caller.clone(),
            actor,
            RequestId::random(),
            TIMEOUT,
        ))
    }
}

fn message(user: Uuid) -> OwnerRequest {
    OwnerRequest {
        user_id: user.to_string(),
    }
}
