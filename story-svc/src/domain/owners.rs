//! What happens to everything that one user owns, by word of auth-svc: it changes hands, or it is deleted.

use flow::store::{Created, Share};
use flow::{Idempotency, RunStatus, StartRun};
use kit::actor::Actor;
use kit::clock::SharedClock;
use kit::ids::SharedIds;
use kit::rpc::RequestId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::StoryError;
use crate::store::owners::OwnerStore;

/// Scope of our own services among themselves.
pub(crate) const SERVICE: &str = "service";
/// Name of the graph that deletes an account.
pub(crate) const ACCOUNT_DELETION: &str = "account_deletion";
/// Owns the runs that delete things: nobody's list shows them, and no account's deletion deletes them.
pub(crate) const PLATFORM: Uuid = Uuid::nil();

/// What a run of that graph knows, from beginning to end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AccountDeletion {
    pub(crate) user_id: Uuid,
    pub(crate) request_id: String,
}

#[derive(Clone)]
pub(crate) struct Owners {
    pub(crate) store: OwnerStore,
    pub(crate) runs: flow::Runs,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
}

impl Owners {
    pub(crate) async fn claim(&self, actor: &Actor, user: &str) -> Result<u64, StoryError> {
        let user = asked(actor, user)?;
        self.store.claim(user).await.map_err(StoryError::Database)
    }

    /// The run that works at it, which is started when none does.
    pub(crate) async fn start_deletion(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        user: &str,
    ) -> Result<Uuid, StoryError> {
        let user = asked(actor, user)?;
        let now = self.clock.now();
        self.store.close(user, now).await.map_err(StoryError::Database)?;

        for attempt in 0_u64.. {
            let start = StartRun {
                id: self.ids.id(),
                owner: PLATFORM,
                share: Share::of_owner(user),
                graph: ACCOUNT_DELETION.to_owned(),
                phase: String::new(),
                input: AccountDeletion {
                    user_id: user,
                    request_id: request_id.as_str().to_owned(),
                },
                idempotency: Some(Idempotency {
                    key: format!("delete {user} {attempt}"),
                    fingerprint: user.as_bytes().to_vec(),
                }),
                due_at: None,
                options: flow::RunOptions::default(),
            };

            match self.runs.start(start).await.map_err(StoryError::Runs)? {
                Created::Existing(run) if matches!(run.status, RunStatus::Failed | RunStatus::Cancelled) => {}
                Created::New(run) | Created::Existing(run) => return Ok(run.id),
            }
        }

        Err(StoryError::Contended { id: user.to_string() })
    }
}

fn asked(actor: &Actor, user: &str) -> Result<Uuid, StoryError> {
    if !actor.has_scope(SERVICE) {
        return Err(StoryError::NotAService);
    }
    Uuid::try_parse(user).map_err(|_| StoryError::invalid("user_id", "the id of a user"))
}
