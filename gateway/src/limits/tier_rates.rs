//! How many calls of models somebody has in a minute: what billing says where something is sold, all seats together; else what the
//! configuration says of the tier. Remembered for seconds, and while billing is away the configuration counts.

use std::{num::NonZeroU32, time::Duration};

use kit::{
    actor::{Actor, Tier},
    rpc::RequestId,
};
use moka::sync::Cache;
use proto::v1::{GetRateLimitRequest, GetRateLimitResponse};
use uuid::Uuid;

use super::TierLimits;
use crate::services::Services;

/// How long an answer counts, and how long nobody asks again after there was none.
const REMEMBERED: Duration = Duration::from_secs(5);
const MOST_REMEMBERED: u64 = 100_000;

pub(super) struct TierRates {
    services: Services,
    /// What the configuration says, which counts where nothing is sold.
    configured: TierLimits,
    /// Of what was bought: more than one in development.
    times: NonZeroU32,
    /// By user. Guests are one, for all of them have the same.
    known: Cache<Uuid, (Tier, NonZeroU32)>,
    away: Cache<(), ()>,
}

impl TierRates {
    pub(super) fn new(services: Services, configured: TierLimits, times: NonZeroU32) -> Self {
        Self {
            services,
            configured,
            times,
            known: Cache::builder()
                .max_capacity(MOST_REMEMBERED)
                .time_to_live(REMEMBERED)
                .build(),
            away: Cache::builder().max_capacity(1).time_to_live(REMEMBERED).build(),
        }
    }

    pub(super) async fn find(&self, actor: Option<&Actor>) -> NonZeroU32 {
        let account = actor.filter(|actor| !actor.guest);
        let asker = account.map_or_else(
            || Actor::guest(Uuid::nil()),
            |actor| Actor::user(actor.user_id, actor.tier),
        );
        // What was told of another tier says nothing about the one that they have now.
        let known = self.known.get(&asker.user_id);
        if let Some((_, rate)) = known.filter(|(tier, _)| *tier == asker.tier) {
            return rate;
        }
        if self.away.contains_key(&()) {
            return self.configured.find(asker.tier);
        }

        let (user, tier) = (asker.user_id, asker.tier);
        match self.ask(asker).await {
            Some(told) => {
                let rate = self.read(&told, tier);
                self.known.insert(user, (tier, rate));
                rate
            }
            None => {
                self.away.insert((), ());
                self.configured.find(tier)
            }
        }
    }

    async fn ask(&self, asker: Actor) -> Option<GetRateLimitResponse> {
        let asker = (asker, RequestId::random());
        let told = self
            .services
            .billing_checks(&asker)
            .get_rate_limit(GetRateLimitRequest {})
            .await;

        match told {
            Ok(told) => Some(told.into_inner()),
            Err(status) => {
                tracing::debug!(%status, "what a tier contains is not known: the configured rates count");
                None
            }
        }
    }

    fn read(&self, told: &GetRateLimitResponse, tier: Tier) -> NonZeroU32 {
        let bought = NonZeroU32::new(told.requests_per_minute).filter(|_| told.sold);
        match bought {
            Some(rate) => rate.saturating_mul(self.times),
            None => self.configured.find(told.tier.parse().unwrap_or(tier)),
        }
    }

    /// What the user bought has changed, by an act that went through this gateway.
    pub(super) fn forget(&self, user: Uuid) {
        self.known.invalidate(&user);
    }
}
