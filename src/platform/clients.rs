//! Clients of the services for commands, over the same channels as the gateway's.

use std::time::Duration;

use kit::{
    actor::Actor,
    blobs::Blobs,
    rpc::{Caller, Calling, RequestId, RpcChannel},
};
use proto::v1::{books_client::BooksClient, runs_client::RunsClient, stories_client::StoriesClient};

/// How long one answer to a command may take.
const CALL: Duration = Duration::from_secs(30);

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Clients {
    story: RpcChannel,
    caller: Caller,
    blobs: Blobs,
}

impl Clients {
    pub(super) fn new(story: RpcChannel, caller: Caller, blobs: Blobs) -> Self {
        Self { story, caller, blobs }
    }

    pub(crate) fn stories(&self, actor: &Actor, id: &RequestId) -> StoriesClient<Calling> {
        StoriesClient::new(self.calling(actor, id))
    }

    pub(crate) fn books(&self, actor: &Actor, id: &RequestId) -> BooksClient<Calling> {
        BooksClient::new(self.calling(actor, id))
    }

    /// For watching: a stream lasts as long as its run.
    pub(crate) fn runs(&self, actor: &Actor, id: &RequestId) -> RunsClient<Calling> {
        RunsClient::new(self.calling(actor, id).without_deadline())
    }

    pub(crate) fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    fn calling(&self, actor: &Actor, id: &RequestId) -> Calling {
        Calling::new(
            self.story.clone(),
            self.caller.clone(),
            actor.clone(),
            id.clone(),
            CALL,
        )
    }
}

/// The ways to auth-svc and billing-svc for the operator's commands. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Operating {
    auth: RpcChannel,
    billing: Option<RpcChannel>,
    caller: Caller,
}

impl Operating {
    pub(super) fn new(auth: RpcChannel, billing: Option<RpcChannel>, caller: Caller) -> Self {
        Self {
            auth,
            billing,
            caller,
        }
    }

    /// None where the billing role is not within reach.
    pub(crate) fn calling_billing(&self, actor: Actor, id: RequestId) -> Option<Calling> {
        let billing = self.billing.clone()?;
        Some(Calling::new(billing, self.caller.clone(), actor, id, CALL))
    }

    pub(crate) fn calling(&self, actor: Actor, id: RequestId) -> Calling {
        Calling::new(self.auth.clone(), self.caller.clone(), actor, id, CALL)
    }
}
