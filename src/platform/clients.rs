//! Clients of the services for commands, over the same channels as the gateway's.

use kit::{
    blobs::Blobs,
    rpc::{Caller, RpcChannel},
};
use proto::v1::{operators_client::OperatorsClient, runs_client::RunsClient, stories_client::StoriesClient};

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

    pub(crate) fn stories(&self) -> StoriesClient<RpcChannel> {
        StoriesClient::new(self.story.clone())
    }

    pub(crate) fn runs(&self) -> RunsClient<RpcChannel> {
        RunsClient::new(self.story.clone())
    }

    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    pub(crate) fn blobs(&self) -> &Blobs {
        &self.blobs
    }
}

/// The way to auth-svc for the operator's commands. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Operating {
    auth: RpcChannel,
    caller: Caller,
}

impl Operating {
    pub(super) fn new(auth: RpcChannel, caller: Caller) -> Self {
        Self { auth, caller }
    }

    pub(crate) fn operators(&self) -> OperatorsClient<RpcChannel> {
        OperatorsClient::new(self.auth.clone())
    }

    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }
}
