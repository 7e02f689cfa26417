//! One request: who asks, and under which id.

use kit::{actor::Actor, rpc::RequestId};
use uuid::Uuid;

use crate::error::BackupError;

/// Scope of our own services among themselves.
pub(crate) const SERVICE: &str = "service";

#[derive(Clone, Debug)]
pub(crate) struct RequestContext {
    pub(crate) actor: Actor,
    pub(crate) request_id: RequestId,
}

impl RequestContext {
    /// The account that asks.
    pub(crate) fn require_account(&self) -> Result<Uuid, BackupError> {
        match self.actor.guest {
            true => Err(BackupError::AccountNeeded),
            false => Ok(self.actor.user_id),
        }
    }
}
