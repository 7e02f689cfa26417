//! Billing-svc, which knows what a tier contains.

use std::time::Duration;

use kit::{
    actor::Tier,
    rpc::{Caller, Calling, RpcChannel},
};
use proto::v1::{Entitlements, GetEntitlementsRequest, ListPlansRequest, billing_client::BillingClient};

use crate::{config::BackupLimit, domain::request_context::RequestContext, error::BackupError};

const TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) struct Billing {
    channel: RpcChannel,
    caller: Caller,
}

impl Billing {
    pub(crate) const fn new(channel: RpcChannel, caller: Caller) -> Self {
        Self { channel, caller }
    }

    /// None where nothing is sold: then a tier contains what the configuration says.
    pub(crate) async fn find_limit(
        &self,
        context: &RequestContext,
    ) -> Result<Option<BackupLimit>, BackupError> {
        let answer = self
            .client(context)
            .get_entitlements(GetEntitlementsRequest {})
            .await
            .map_err(BackupError::Billing)?;
        let entitlements = answer.into_inner();

        Ok(entitlements.sold.then(|| read_limit(&entitlements)))
    }

    /// What each tier that is sold may keep, from the least tier on; none where nothing is sold.
    pub(crate) async fn list_limits(
        &self,
        context: &RequestContext,
    ) -> Result<Option<Vec<(Tier, BackupLimit)>>, BackupError> {
        let answer = self
            .client(context)
            .list_plans(ListPlansRequest {})
            .await
            .map_err(BackupError::Billing)?;
        let plans = answer.into_inner().plans;
        let tiers: Vec<_> = plans.into_iter().filter_map(|plan| plan.contains).collect();
        if tiers.iter().any(|tier| !tier.sold) {
            return Ok(None);
        }

        let limits = tiers
            .iter()
            .filter_map(|tier| Some((tier.tier.parse().ok()?, read_limit(tier))));
        Ok(Some(limits.collect()))
    }

    fn client(&self, context: &RequestContext) -> BillingClient<Calling> {
        BillingClient::new(Calling::new(
            self.channel.clone(),
            self.caller.clone(),
            context.actor.clone(),
            context.request_id.clone(),
            TIMEOUT,
        ))
    }
}

fn read_limit(entitlements: &Entitlements) -> BackupLimit {
    match entitlements.backup_bytes {
        None => BackupLimit::Unlimited,
        Some(0) => BackupLimit::NotAvailable,
        Some(bytes) => BackupLimit::Bytes(bytes),
    }
}
