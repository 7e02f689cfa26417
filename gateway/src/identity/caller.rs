//! Who asks, of one request, as every call to a service needs it. Says nothing of what the caller may do.

use std::sync::Arc;

use kit::{actor::Actor, rpc::RequestId};
use uuid::Uuid;

use super::{How, Identity, address::ClientInfo, standing::Standing};
use crate::services::OnBehalf;

/// One request's identity.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) actor: Actor,
    pub(crate) how: How,
    /// Where it comes from.
    pub(crate) client: Arc<ClientInfo>,
    pub(crate) standing: Standing,
    pub(crate) request_id: RequestId,
}

impl Call {
    pub(crate) fn new(identity: Identity, request_id: RequestId) -> Self {
        Self {
            actor: identity.actor,
            how: identity.how,
            client: identity.client,
            standing: identity.standing,
            request_id,
        }
    }

    /// Whether the caller is a guest who can become an account and keep its id.
    pub(crate) fn may_upgrade(&self) -> bool {
        self.actor.guest && self.how.may_upgrade(self.actor.user_id)
    }

    /// The same request, on behalf of nobody yet.
    pub(crate) fn stranger(&self) -> Self {
        Self {
            client: Arc::clone(&self.client),
            ..Self::of(Actor::guest(Uuid::nil()), self.request_id.clone())
        }
    }

    /// Whom limits count it for: nobody is everybody.
    pub(crate) fn counted_actor(&self) -> Option<&Actor> {
        (self.how != How::Nobody).then_some(&self.actor)
    }

    /// On behalf of `actor`, who has shown nothing.
    pub(super) fn of(actor: Actor, request_id: RequestId) -> Self {
        Self {
            actor,
            how: How::Nobody,
            client: Arc::default(),
            standing: Standing::Guest,
            request_id,
        }
    }
}

impl OnBehalf for Call {
    fn actor(&self) -> &Actor {
        &self.actor
    }

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }
}
