//! What somebody may: the contents of the tier that their actor carries, in the version that they bought. Where nothing is
//! sold nobody is capped.

use std::{sync::Arc, time::Duration};

use kit::{
    actor::{Actor, Tier},
    db::Db,
};
use moka::sync::Cache;
use uuid::Uuid;

use super::tiers::{Feature, TIERS, TierCatalogue, TierContents};
use crate::{config::BillingConfig, error::BillingError, store::customers};

/// How long what was bought is remembered. A change in this process is felt at once, one in another after this time.
const REMEMBERED: Duration = Duration::from_secs(5);
const MOST_REMEMBERED: u64 = 100_000;

/// What somebody may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entitlements {
    pub(crate) tier: Tier,
    pub(crate) version: u32,
    pub(crate) sold: bool,
    pub(crate) seats: u32,
    pub(crate) contents: TierContents,
}

impl Entitlements {
    /// Calls of models a minute, all seats together.
    pub(crate) fn rate_limit(&self) -> u32 {
        self.contents
            .requests_per_minute
            .saturating_mul(self.seats.max(1))
    }
}

/// What was bought of the tier that the actor has.
#[derive(Clone, Copy, Debug)]
struct Bought {
    tier: Tier,
    version: u32,
    seats: u32,
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct EntitlementBook {
    db: Db,
    catalogue: Arc<TierCatalogue>,
    /// None where something is sold.
    tier_when_not_sold: Option<Tier>,
    bought: Cache<Uuid, Option<Bought>>,
}

impl EntitlementBook {
    pub(crate) fn new(db: Db, catalogue: Arc<TierCatalogue>, config: &BillingConfig) -> Self {
        Self {
            db,
            catalogue,
            tier_when_not_sold: (!config.is_selling()).then_some(config.tier_when_not_sold),
            bought: Cache::builder()
                .max_capacity(MOST_REMEMBERED)
                .time_to_live(REMEMBERED)
                .build(),
        }
    }

    pub(crate) async fn find(&self, actor: &Actor) -> Result<Entitlements, BillingError> {
        if let Some(least) = self.tier_when_not_sold {
            return Ok(self.describe(actor.tier.max(least), None, false));
        }

        let bought = self.find_bought(actor.user_id).await?;
        // What was bought of another tier says nothing about this one, which an operator gave; and Free is not bought.
        let bought = bought.filter(|bought| bought.tier == actor.tier && bought.tier > Tier::Free);

        Ok(self.describe(actor.tier, bought, true))
    }

    async fn find_bought(&self, user: Uuid) -> Result<Option<Bought>, BillingError> {
        if let Some(bought) = self.bought.get(&user) {
            return Ok(bought);
        }

        let row = customers::find_customer(&self.db.user(user), user).await?;
        let bought = row.map(|row| Bought {
            tier: row.tier.0,
            version: row.tier_version.unsigned_abs(),
            seats: row.seats.unsigned_abs(),
        });
        self.bought.insert(user, bought);

        Ok(bought)
    }

    /// What was bought has changed.
    pub(crate) fn forget(&self, user: Uuid) {
        self.bought.invalidate(&user);
    }

    fn describe(&self, tier: Tier, bought: Option<Bought>, sold: bool) -> Entitlements {
        let newest = self.catalogue.newest();
        let version = bought.map_or(newest, |bought| self.catalogue.find(bought.version));
        let contents = version.find(tier);

        Entitlements {
            tier,
            version: version.number,
            sold,
            seats: bought.map_or(1, |bought| bought.seats),
            contents: if sold {
                contents.clone()
            } else {
                contents.uncapped()
            },
        }
    }

    /// Whether the actor has the feature, and the least tier that has it.
    pub(crate) async fn check_feature(
        &self,
        actor: &Actor,
        name: &str,
    ) -> Result<(bool, Option<Tier>), BillingError> {
        let feature = Feature::find(name)
            .ok_or_else(|| BillingError::invalid("feature", "analytics, backup, batch, byok or sso"))?;
        let entitlements = self.find(actor).await?;

        Ok((
            entitlements.contents.features.contains(&feature),
            self.catalogue.newest().find_least(feature),
        ))
    }

    /// What may be bought now, from least to most.
    pub(crate) fn list_plans(&self) -> Vec<Entitlements> {
        let sold = self.tier_when_not_sold.is_none();
        TIERS
            .into_iter()
            .map(|tier| self.describe(tier, None, sold))
            .collect()
    }
}
