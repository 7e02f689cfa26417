//! How the billing role is built from what the roles of a process share.

use billing_svc::BillingService;

use super::shared::Shared;
use crate::commands::Failure;

impl Shared {
    pub(super) async fn billing(&self) -> Result<BillingService, Failure> {
        let db = self
            .database(billing_svc::DATABASE, &billing_svc::MIGRATIONS)
            .await?;

        Ok(BillingService::build(billing_svc::Deps {
            db,
            actor_key: self.actor_key(),
            clock: self.clock.clone(),
            config: self.config.billing.clone(),
            health: self.health.clone(),
        })?)
    }
}
