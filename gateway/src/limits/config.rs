//! `[gateway.rate_limits]` of the configuration: all numbers are requests per minute.

use std::num::NonZeroU32;

use kit::actor::Tier;
use serde::Deserialize;

use super::Endpoint;

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimitConfig {
    pub enabled: bool,
    pub times_in_development: NonZeroU32,
    pub standard: NonZeroU32,
    pub poll: NonZeroU32,
    pub transfer: NonZeroU32,
    pub wrong_credentials: NonZeroU32,
    pub tiers: TierLimits,
    pub endpoints: EndpointLimits,
}

impl RateLimitConfig {
    /// So high that a person at a laptop, a page, a script and an explorer together never meet a limit.
    pub(crate) fn in_development(mut self) -> Self {
        let TierLimits {
            free,
            pro,
            power,
            team,
        } = &mut self.tiers;
        let EndpointLimits {
            anonymous_generate,
            register,
            login,
            guest,
        } = &mut self.endpoints;

        for limit in [
            &mut self.standard,
            &mut self.poll,
            &mut self.transfer,
            &mut self.wrong_credentials,
            free,
            pro,
            power,
            team,
            anonymous_generate,
            register,
            login,
            guest,
        ] {
            *limit = limit.saturating_mul(self.times_in_development);
        }

        let times = self.times_in_development.get();
        if self.enabled && times > 1 {
            tracing::info!(times, "rate limits are higher, as this is development");
        }

        self
    }
}

/// `[gateway.rate_limits.tiers]`
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierLimits {
    pub free: NonZeroU32,
    pub pro: NonZeroU32,
    pub power: NonZeroU32,
    pub team: NonZeroU32,
}

impl TierLimits {
    pub(super) const fn find(&self, tier: Tier) -> NonZeroU32 {
        match tier {
            Tier::Free => self.free,
            Tier::Pro => self.pro,
            Tier::Power => self.power,
            Tier::Team => self.team,
        }
    }
}

/// `[gateway.rate_limits.endpoints]`
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointLimits {
    pub anonymous_generate: NonZeroU32,
    pub register: NonZeroU32,
    pub login: NonZeroU32,
    pub guest: NonZeroU32,
}

impl EndpointLimits {
    pub(super) const fn find(&self, endpoint: Endpoint) -> NonZeroU32 {
        match endpoint {
            Endpoint::AnonymousGenerate => self.anonymous_generate,
            Endpoint::Register => self.register,
            Endpoint::Login => self.login,
            Endpoint::Guest => self.guest,
        }
    }
}
