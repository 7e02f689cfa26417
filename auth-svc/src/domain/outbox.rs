//! What other services must be told about an account: written together with the change itself, told by the sweeper.

use std::sync::Arc;

use kit::{clock::SharedClock, db::WriteTx, ids::SharedIds};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    error::AuthError,
    store::account_tasks::{self, TaskKind},
};

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Outbox {
    clock: SharedClock,
    ids: SharedIds,
    wake: Arc<Notify>,
}

impl Outbox {
    pub(crate) fn new(clock: SharedClock, ids: SharedIds) -> Self {
        Self {
            clock,
            ids,
            wake: Arc::default(),
        }
    }

    pub(crate) async fn add(&self, tx: &mut WriteTx, user: Uuid, kind: TaskKind) -> Result<(), AuthError> {
        Ok(account_tasks::insert_task(tx, self.ids.id(), user, kind, self.clock.now()).await?)
    }

    /// After the commit of whatever may have added something.
    pub(crate) fn wake_sweeper(&self) {
        self.wake.notify_one();
    }

    /// Until something may have been added.
    pub(crate) async fn wait(&self) {
        self.wake.notified().await;
    }
}
