//! Makes our rows of a customer equal to what Stripe says now. What an event claimed is never taken over, so neither the order
//! of events nor a lost or doubled one matters; and who looked at Stripe before another one wrote looks again.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kit::{actor::Tier, clock::SharedClock, db::Db, error::Chain, ids::SharedIds};
use uuid::Uuid;

use super::{
    entitlements::EntitlementBook, in_force::find_in_force, stripe_inbox::is_passing,
    tier_telling::TierTelling, tiers::TierCatalogue,
};
use crate::{
    config::PricesConfig,
    error::BillingError,
    store::{
        customers::{self, Customer, TierColumn},
        subscriptions::{self, Subscription},
        tier_changes,
    },
    stripe::{Stripe, StripeFailure, StripeSubscription},
};

/// Times that somebody else may write the same rows in between.
const TRIES: usize = 8;

/// Customers in one query.
const BATCH: i64 = 100;

/// What one pass over all customers did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReconcilePass {
    pub(crate) customers: u64,
    /// Whose tier is another one now.
    pub(crate) changed: u64,
    pub(crate) failed: u64,
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reconciler {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
    pub(crate) stripe: Stripe,
    pub(crate) catalogue: Arc<TierCatalogue>,
    pub(crate) prices: PricesConfig,
    pub(crate) entitlements: EntitlementBook,
    pub(crate) telling: TierTelling,
}

impl Reconciler {
    /// What Stripe has of this user is what we have. True when that changed the tier.
    pub(crate) async fn reconcile(&self, user: Uuid) -> Result<bool, BillingError> {
        for _ in 0..TRIES {
            // Before Stripe is asked: whoever writes in between makes this look worthless.
            let customer = self.find_customer(user).await?;
            let Some(stripe_id) = &customer.stripe_customer_id else {
                return Err(BillingError::NoCustomer);
            };

            let theirs = match self.stripe.list_subscriptions(stripe_id).await {
                Err(StripeFailure::Missing) => Vec::new(),
                listed => listed?,
            };
            let known = subscriptions::list_subscriptions(&self.db.user(user), user).await?;
            let now = self.clock.now();
            let rows = theirs
                .iter()
                .filter_map(|theirs| self.read_subscription(user, theirs, &known, now))
                .collect::<Vec<_>>();

            if let Some(changed) = self.write(customer, Some(&rows), &rows, now).await? {
                return Ok(changed);
            }
        }

        Err(BillingError::Contended)
    }

    /// The same for all whom Stripe knows, one after another. What fails for one of them alone is told in the log.
    ///
    /// # Errors
    /// What would fail for all: Stripe or the database is away.
    pub(crate) async fn reconcile_everybody(&self) -> Result<ReconcilePass, BillingError> {
        let mut pass = ReconcilePass::default();
        let mut after = None;

        loop {
            let batch = customers::list_of_stripe(&self.db.system(), after, BATCH).await?;
            let Some(last) = batch.last() else {
                return Ok(pass);
            };
            after = Some(last.user_id);

            for row in &batch {
                pass.customers += 1;
                match self.reconcile(row.user_id).await {
                    Ok(changed) => pass.changed += u64::from(changed),
                    Err(error) if is_passing(&error) && !matches!(error, BillingError::Contended) => {
                        return Err(error);
                    }
                    Err(error) => {
                        pass.failed += 1;
                        let user = row.user_id;
                        tracing::warn!(%user, causes = %Chain(&error), "a customer was not compared with Stripe");
                    }
                }
            }
        }
    }

    /// What follows from our rows at this time: the end of a grace changes the tier, and nobody tells us of it.
    pub(crate) async fn judge_again(&self, user: Uuid) -> Result<bool, BillingError> {
        for _ in 0..TRIES {
            let customer = self.find_customer(user).await?;
            let rows = subscriptions::list_subscriptions(&self.db.user(user), user).await?;
            if let Some(changed) = self.write(customer, None, &rows, self.clock.now()).await? {
                return Ok(changed);
            }
        }

        Err(BillingError::Contended)
    }

    async fn find_customer(&self, user: Uuid) -> Result<Customer, BillingError> {
        let found = customers::find_customer(&self.db.user(user), user).await?;
        found.ok_or(BillingError::NoCustomer)
    }

    /// `None` when somebody else wrote since `customer` was read.
    async fn write(
        &self,
        customer: Customer,
        replaced: Option<&[Subscription]>,
        rows: &[Subscription],
        now: DateTime<Utc>,
    ) -> Result<Option<bool>, BillingError> {
        let (user, before) = (customer.user_id, customer.tier);
        let newest = i32::try_from(self.catalogue.newest().number).unwrap_or(i32::MAX);
        let in_force = find_in_force(rows, now);
        let customer = Customer {
            tier: in_force.map_or(TierColumn(Tier::Free), |row| row.tier),
            tier_version: in_force.map_or(newest, |row| row.tier_version),
            seats: in_force.map_or(1, |row| row.seats),
            updated_at: now,
            ..customer
        };

        let mut tx = self.db.user(user).begin_write().await?;
        if !customers::update_customer(&mut tx, &customer).await? {
            tx.rollback().await?;
            return Ok(None);
        }
        if let Some(rows) = replaced {
            subscriptions::replace_subscriptions(&mut tx, user, rows).await?;
        }
        let changed = customer.tier != before;
        if changed {
            tier_changes::put_change(&mut tx, (user, self.ids.id()), customer.tier.0, now).await?;
        }
        tx.commit().await?;

        self.entitlements.forget(user);
        if changed {
            tracing::info!(%user, tier = %customer.tier.0, "what was bought changed a tier");
            // At once where it can be; else the worker does it.
            self.telling.tell_user(user).await;
        }

        Ok(Some(changed))
    }

    /// `None` for what is none of our tiers.
    fn read_subscription(
        &self,
        user: Uuid,
        theirs: &StripeSubscription,
        known: &[Subscription],
        now: DateTime<Utc>,
    ) -> Option<Subscription> {
        let priced = theirs.price_id().and_then(|price| self.prices.find_tier(price));
        let noted = || theirs.noted_tier().and_then(|tier| tier.parse().ok());
        let Some(tier) = priced.or_else(noted) else {
            tracing::warn!(subscription = theirs.id, "a subscription is of no tier of ours");
            return None;
        };

        let known = known.iter().find(|row| row.id == theirs.id);
        let newest = i32::try_from(self.catalogue.newest().number).unwrap_or(i32::MAX);
        let kept = known.filter(|row| row.tier.0 == tier).map(|row| row.tier_version);
        let past_due_since = known.and_then(|row| row.past_due_since).unwrap_or(now);

        Some(Subscription {
            id: theirs.id.clone(),
            user_id: user,
            item_id: theirs.item_id().to_owned(),
            tier: TierColumn(tier),
            tier_version: kept.unwrap_or(newest),
            status: theirs.status.clone(),
            seats: i32::try_from(theirs.seats()).unwrap_or(i32::MAX),
            current_period_end: theirs.current_period_end(),
            cancel_at_period_end: theirs.cancel_at_period_end,
            past_due_since: (theirs.status == "past_due").then_some(past_due_since),
            created_at: theirs.created_at(),
        })
    }
}
