//! Who asks, of one request, as every call to a service needs it. Says nothing of what the caller may do.

use std::sync::Arc;

use kit::{actor::Actor, rpc::RequestId};
use uuid::Uuid;

use super::{AuthMethod, Identity, address::ClientInfo, credential_state::CredentialState};
use crate::services::OnBehalf;

/// One request's identity.
#[derive(Clone, Debug)]
pub(crate) struct RequestContext {
    pub(crate) actor: Actor,
    pub(crate) auth_method: AuthMethod,
    /// Where it comes from.
    pub(crate) client: Arc<ClientInfo>,
    pub(crate) credential: CredentialState,
    pub(crate) request_id: RequestId,
}

impl RequestContext {
    pub(crate) fn new(identity: Identity, request_id: RequestId) -> Self {
        Self {
            actor: identity.actor,
            auth_method: identity.auth_method,
            client: identity.client,
            credential: identity.credential,
            request_id,
        }
    }

    /// Whether the caller is a guest who can become an account and keep its id.
    pub(crate) fn may_upgrade(&self) -> bool {
        self.actor.guest && self.auth_method.may_upgrade()
    }

    /// The same request, on behalf of nobody yet.
    pub(crate) fn to_stranger(&self) -> Self {
        Self {
            client: Arc::clone(&self.client),
            ..Self::act_for(Actor::guest(Uuid::nil()), self.request_id.clone())
        }
    }

    /// Whom limits count it for, beside its network: nobody who is somebody else with the next request.
    pub(crate) fn counted_actor(&self) -> Option<&Actor> {
        self.auth_method.is_lasting().then_some(&self.actor)
    }

    /// On behalf of `actor`, who has shown nothing.
    pub(super) fn act_for(actor: Actor, request_id: RequestId) -> Self {
        Self {
            actor,
            auth_method: AuthMethod::Nobody,
            client: Arc::default(),
            credential: CredentialState::Guest,
            request_id,
        }
    }
}

impl OnBehalf for RequestContext {
    fn actor(&self) -> &Actor {
        &self.actor
    }

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }
}
