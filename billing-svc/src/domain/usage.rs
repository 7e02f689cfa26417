//! What somebody used in a month, and news of it.

use chrono::{DateTime, Utc};
use kit::{actor::Actor, clock::SharedClock, db::Db};
use tokio::sync::broadcast;
use uuid::Uuid;

use super::{budget::BudgetPeriod, entitlements::EntitlementBook};
use crate::{
    error::BillingError,
    store::spend_ledger::{self, ModelSum},
};

/// Changes that a listener may be behind before it just looks.
const CHANGES_AHEAD: usize = 256;

/// Whose usage has changed in this process.
#[derive(Clone)]
pub(crate) struct UsageChanges(broadcast::Sender<Uuid>);

impl Default for UsageChanges {
    fn default() -> Self {
        Self(broadcast::Sender::new(CHANGES_AHEAD))
    }
}

impl UsageChanges {
    pub(crate) fn tell(&self, user: Uuid) {
        // Nobody may be listening.
        let _ = self.0.send(user);
    }

    pub(crate) fn listen(&self, user: Uuid) -> UsageListener {
        UsageListener {
            changes: self.0.subscribe(),
            user,
        }
    }
}

/// Hears of one user's changes.
pub(crate) struct UsageListener {
    changes: broadcast::Receiver<Uuid>,
    user: Uuid,
}

impl UsageListener {
    /// Until there may be a change. Whoever fell behind looks, too.
    pub(crate) async fn wait(&mut self) {
        loop {
            match self.changes.recv().await {
                Ok(user) if user != self.user => {}
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

/// What somebody used from the first of a month on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MonthUsage {
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
    pub(crate) token_limit: Option<u64>,
    /// Most expensive first.
    pub(crate) models: Vec<ModelSum>,
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct UsageBook {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) entitlements: EntitlementBook,
    pub(crate) changes: UsageChanges,
}

impl UsageBook {
    /// Of the month in which `at` lies; now when there is none.
    pub(crate) async fn find_month(
        &self,
        actor: &Actor,
        at: Option<DateTime<Utc>>,
    ) -> Result<MonthUsage, BillingError> {
        let at = at.unwrap_or_else(|| self.clock.now());
        let start = BudgetPeriod::Month.find_start(at);
        let end = BudgetPeriod::Month
            .find_end(at)
            .ok_or_else(|| BillingError::invalid("at", "a time of this age"))?;
        let token_limit = self.entitlements.find(actor).await?.contents.tokens_per_month;

        let (db, user) = (self.db.user(actor.user_id), actor.user_id);
        let models = spend_ledger::list_by_model(&db, user, (start, end)).await?;
        Ok(MonthUsage {
            start,
            end,
            token_limit,
            models,
        })
    }
}
