//! Tells auth-svc the tier of an account that a purchase has changed, until it has taken it.

use chrono::TimeDelta;
use kit::{clock::SharedClock, db::Db};
use tonic::Code;
use uuid::Uuid;

use crate::{
    clients::Accounts,
    error::BillingError,
    store::tier_changes::{self, TierChange},
};

/// Waits double from the first to the longest.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(2);
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(60);

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct TierTelling {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) accounts: Accounts,
}

impl TierTelling {
    /// Everything that is due.
    pub(crate) async fn tell_due(&self) -> Result<(), BillingError> {
        for change in tier_changes::list_due_changes(&self.db.system(), self.clock.now()).await? {
            self.tell(&change).await?;
        }
        Ok(())
    }

    /// What this user's account is to be told, now; a failure is made good by [`TierTelling::tell_due`].
    pub(crate) async fn tell_user(&self, user: Uuid) {
        let told = async {
            let due = tier_changes::list_due_changes(&self.db.user(user), self.clock.now()).await?;
            for change in due.iter().filter(|change| change.user_id == user) {
                self.tell(change).await?;
            }
            Ok::<_, BillingError>(())
        };
        if let Err(error) = told.await {
            tracing::warn!(%user, causes = %kit::error::Chain(&error), "a tier is told later");
        }
    }

    async fn tell(&self, change: &TierChange) -> Result<(), BillingError> {
        let (db, user) = (self.db.system(), change.user_id);
        match self.accounts.set_tier(user, change.tier.0).await {
            Ok(()) => {}
            // The account is gone, and its tier with it.
            Err(status) if status.code() == Code::NotFound => {}
            Err(status) => {
                tracing::warn!(%status, %user, "a tier was not taken yet");
                let doubled = 1 << change.attempts.clamp(0, 10);
                let wait = (FIRST_WAIT * doubled).min(LONGEST_WAIT);
                let due_at = self.clock.now() + wait;
                return Ok(tier_changes::delay_change(&db, (user, change.change), due_at).await?);
            }
        }

        Ok(tier_changes::delete_change(&db, user, change.change).await?)
    }
}
