//! Billing-svc, which knows what a tier contains.

use std::time::Duration;

use kit::rpc::{Caller, Calling, RpcChannel};
use proto::v1::{GetEntitlementsRequest, billing_client::BillingClient};

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
        let calling = Calling::new(
            self.channel.clone(),
            self.caller.clone(),
            context.actor.clone(),
            context.request_id.clone(),
            TIMEOUT,
        );
        let answer = BillingClient::new(calling)
            .get_entitlements(GetEntitlementsRequest {})
            .await
            .map_err(BackupError::Billing)?;
        let entitlements = answer.into_inner();

        Ok(entitlements.sold.then_some(match entitlements.backup_bytes {
            None => BackupLimit::Unlimited,
            Some(0) => BackupLimit::NotAvailable,
            Some(bytes) => BackupLimit::Bytes(bytes),
        }))
    }
}
