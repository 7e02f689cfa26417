//! How the billing role is built from what the roles of a process share.

use billing_svc::BillingService;
use kit::rpc::RpcChannel;

use super::shared::Shared;
use crate::commands::Failure;

impl Shared {
    /// `auth` is told what was bought; `story` tells webhooks, where it is within reach.
    pub(super) async fn billing(
        &self,
        auth: RpcChannel,
        story: Option<RpcChannel>,
    ) -> Result<BillingService, Failure> {
        let db = self
            .database(billing_svc::DATABASE, &billing_svc::MIGRATIONS)
            .await?;

        Ok(BillingService::build(billing_svc::Deps {
            db,
            auth,
            webhooks: story,
            actor_key: self.actor_key(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            config: self.config.billing_with_site(),
            health: self.health.clone(),
        })?)
    }
}
