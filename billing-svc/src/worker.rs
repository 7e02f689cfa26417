//! Works off what Stripe sent, tells auth-svc what follows, notices when a grace is over, and looks from time to time at all
//! customers for what no event told.

use std::{sync::Arc, time::Duration};

use kit::{clock::SharedClock, db::Db, error::Chain};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{
        in_force::GRACE,
        reconciler::{ReconcilePass, Reconciler},
        stripe_inbox::StripeInbox,
        tier_telling::TierTelling,
    },
    error::BillingError,
    store::subscriptions,
};

/// Ready to run. Nothing happens before [`BillingWorker::run`].
pub struct BillingWorker {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) inbox: StripeInbox,
    pub(crate) reconciler: Reconciler,
    pub(crate) telling: TierTelling,
    pub(crate) arrived: Arc<Notify>,
    /// Between two looks for work that nobody announced.
    pub(crate) interval: Duration,
    /// Between two passes over all customers.
    pub(crate) reconcile_interval: Duration,
}

/// Until a pass that Stripe or the database broke off is begun again, if its interval is not shorter.
const PAUSE: Duration = Duration::from_secs(300);

impl BillingWorker {
    /// Works until `stop`. What is under way then is done by the next process.
    pub async fn run(self, stop: CancellationToken) {
        tokio::join!(self.work_until(&stop), self.reconcile_until(&stop));
    }

    /// A pass over everybody takes its time, and no event waits for it.
    async fn reconcile_until(&self, stop: &CancellationToken) {
        let mut wait = Duration::ZERO;
        loop {
            let pass = async {
                tokio::time::sleep(wait).await;
                self.reconciler.reconcile_everybody().await
            };
            let passed = tokio::select! {
                () = stop.cancelled() => return,
                passed = pass => passed,
            };

            wait = self.reconcile_interval;
            match passed {
                Ok(ReconcilePass { customers: 0, .. }) => {}
                Ok(pass) => tracing::info!(
                    customers = pass.customers,
                    changed = pass.changed,
                    failed = pass.failed,
                    "customers were compared with Stripe"
                ),
                Err(error) => {
                    tracing::warn!(causes = %Chain(&error), "customers are compared with Stripe later");
                    wait = wait.min(PAUSE);
                }
            }
        }
    }

    async fn work_until(&self, stop: &CancellationToken) {
        let mut look = tokio::time::interval(self.interval);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.arrived.notified() => {}
                _ = look.tick() => {}
            }
            if let Err(error) = self.work().await {
                tracing::warn!(causes = %Chain(&error), "not everything was worked off");
            }
        }
    }

    /// All that is due now.
    pub(crate) async fn work(&self) -> Result<(), BillingError> {
        while self.inbox.work_off().await? > 0 {}

        let overdue = self.clock.now() - GRACE;
        for user in subscriptions::list_past_due(&self.db.system(), overdue).await? {
            self.reconciler.judge_again(user).await?;
        }

        self.telling.tell_due().await?;
        self.inbox.forget_old().await
    }
}
