//! An account is deleted: nothing is charged any more, and nothing of what was bought is known, here and at Stripe.

use kit::db::Db;
use uuid::Uuid;

use crate::{
    error::BillingError,
    store::{budget_alerts, budget_counters, budgets, customers, spend_ledger, tier_changes},
    stripe::Stripe,
};

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Leaving {
    pub(crate) db: Db,
    /// None where nothing is sold.
    pub(crate) stripe: Option<Stripe>,
}

impl Leaving {
    /// Again is harmless, and is needed when it failed in between: the rows go last.
    pub(crate) async fn delete_user(&self, user: Uuid) -> Result<(), BillingError> {
        let db = self.db.user(user);
        let customer = customers::find_customer(&db, user).await?;
        let at_stripe = customer.and_then(|row| row.stripe_customer_id);
        if let (Some(customer), Some(stripe)) = (at_stripe, &self.stripe) {
            stripe.delete_customer(&customer).await?;
        }

        let mut tx = db.begin_write().await?;
        tier_changes::delete_changes(&mut tx, user).await?;
        customers::delete_customer(&mut tx, user).await?;
        tx.commit().await?;

        // What was used stays in the sums, and is nobody's.
        let mut tx = self.db.system().begin_write().await?;
        budgets::delete_of_user(&mut tx, user).await?;
        budget_counters::delete_of_user(&mut tx, user).await?;
        budget_alerts::delete_all(&mut tx, user).await?;
        spend_ledger::disown_entries(&mut tx, user).await?;
        Ok(tx.commit().await?)
    }
}
