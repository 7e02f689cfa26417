//! How much an account may keep: what billing says that its tier contains, where something is sold; else what the
//! configuration says of the tier.

use kit::actor::Tier;

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
                tier: context.actor.tier,
                least: self.find_least(context).await?,
            }),
            limit => Ok(limit),
        }
    }

    /// The least tier that has backups: of what is sold, or else of the configuration.
    async fn find_least(&self, context: &RequestContext) -> Result<Option<Tier>, BackupError> {
        let sold = match &self.billing {
            Some(billing) => billing.list_limits(context).await?,
            None => None,
        };
        let limits = sold.unwrap_or_else(|| {
            let tiers = [Tier::Free, Tier::Pro, Tier::Power, Tier::Team];
            tiers.map(|tier| (tier, self.gigabytes.find_limit(tier))).into()
        });

        let has_room = |(_, limit): &(Tier, BackupLimit)| *limit != BackupLimit::NotAvailable;
        Ok(limits.into_iter().find(has_room).map(|(tier, _)| tier))
    }
}
