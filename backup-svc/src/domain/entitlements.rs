//! How much an account may keep: what billing says that its tier contains, where something is sold; else what the
//! configuration says of the tier.

use super::request_context::RequestContext;
use crate::{
    clients::Billing,
    config::{BackupLimit, TierGigabytes},
    error::BackupError,
};

pub(crate) struct Entitlements {
    pub(crate) gigabytes: TierGigabytes,
    pub(crate) billing: Option<Billing>,
}

impl Entitlements {
    pub(crate) async fn find_limit(&self, context: &RequestContext) -> Result<BackupLimit, BackupError> {
        let sold = match &self.billing {
            Some(billing) => billing.find_limit(context).await?,
            None => None,
        };

        Ok(sold.unwrap_or_else(|| self.gigabytes.find_limit(context.actor.tier)))
    }

    /// The same for whoever wants to add something.
    pub(crate) async fn require_backups(&self, context: &RequestContext) -> Result<BackupLimit, BackupError> {
        match self.find_limit(context).await? {
            BackupLimit::NotAvailable => Err(BackupError::NotInTier {
                tier: context.actor.tier.to_string(),
                least: "pro",
            }),
            limit => Ok(limit),
        }
    }
}
