//! How often somebody may ask: by class of request, tier, user, network and endpoint (contract, rows 52 to 54). Decides;
//! counting is the engine's, behind [`RateLimiter`]. Knows requests by their route only.

mod class;
mod config;
#[cfg(test)]
mod conformance;
mod memory;
mod redis;
mod tier_rates;

use std::{net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue};
use kit::{actor::Actor, clock::SharedClock, network::subscriber_network};
use uuid::Uuid;

pub(crate) use self::class::{Class, Endpoint, Toll, is_probe, toll_of};
pub use self::{
    config::RateLimitConfig,
    redis::{RedisConfig, SharedCounters, SharedCountersError},
};
use self::{config::TierLimits, memory::Memory, redis::Redis, tier_rates::TierRates};
use crate::{error::ApiError, services::Services};

/// The window of every limit.
const MINUTE: Duration = Duration::from_secs(60);

/// What is counted apart. Limits of different height are counted apart too, so that one tier does not use up another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Bucket {
    pub(crate) counted: LimitClass,
    pub(crate) key: LimitKey,
    pub(crate) per_minute: NonZeroU32,
}

impl Bucket {
    /// Time in which it gets one request back.
    fn interval(&self) -> Duration {
        MINUTE / self.per_minute.get()
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LimitClass {
    Class(Class),
    Endpoint(Endpoint),
    /// Wrong credentials.
    Guess,
}

/// Whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LimitKey {
    User(Uuid),
    /// As [`subscriber_network`] makes it.
    Network(IpAddr),
}

/// What an engine decided about one request: everything of the bucket with the least left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) allowed: bool,
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    /// Until the bucket is as full as it can be.
    pub(crate) reset: Duration,
    /// When refused: until every bucket has room for one request again.
    pub(crate) retry_after: Duration,
}

/// Somebody has asked too often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limited(pub(crate) Decision);

impl From<Limited> for ApiError {
    fn from(limited: Limited) -> Self {
        Self::rate_limited(limited.0.retry_after)
    }
}

/// Counts requests. Every engine passes the suite in `conformance`.
pub(crate) trait RateLimiter: Send + Sync {
    /// Takes one from each bucket, or, when one of them has none left, from none.
    fn take<'a>(&'a self, buckets: &'a [Bucket]) -> BoxFuture<'a, Decision>;

    /// What [`RateLimiter::take`] would decide; takes nothing.
    fn look<'a>(&'a self, buckets: &'a [Bucket]) -> BoxFuture<'a, Decision>;
}

/// The limits of this platform.
pub(crate) struct Limits {
    /// `None` when limits are off.
    engine: Option<Arc<dyn RateLimiter>>,
    config: RateLimitConfig,
    rates: TierRates,
}

impl Limits {
    /// Counts in memory, or with `counters` together with other gateways. In development every number is higher.
    pub(crate) fn new(
        config: RateLimitConfig,
        development: bool,
        counters: Option<SharedCounters>,
        clock: SharedClock,
        services: Services,
    ) -> Self {
        let (config, times) = match development {
            true => (config.in_development(), config.times_in_development),
            false => (config, NonZeroU32::MIN),
        };
        let engine = config.enabled.then(|| -> Arc<dyn RateLimiter> {
            match counters {
                None => Arc::new(Memory::new(clock)),
                Some(counters) => Arc::new(Redis::new(counters, clock)),
            }
        });
        let rates = TierRates::new(services, config.tiers, times);

        Self {
            engine,
            config,
            rates,
        }
    }

    /// Takes one request of `class` from who asks and from where; without `actor`, from where alone. An endpoint may have
    /// a limit of its own beside its class's.
    pub(crate) async fn take(
        &self,
        class: Class,
        endpoint: Option<Endpoint>,
        actor: Option<&Actor>,
        address: IpAddr,
    ) -> Result<Option<Decision>, Limited> {
        let Some(engine) = &self.engine else {
            return Ok(None);
        };
        let endpoint = endpoint.filter(|endpoint| endpoint.is_meant_for(actor));
        let of_tier = match class {
            Class::Standard | Class::Expensive => self.rates.find(actor).await,
            Class::Poll => self.config.poll,
            Class::Transfer => self.config.transfer,
        };
        let buckets = self.buckets((class, of_tier), endpoint, actor, address);
        let decision = engine.take(&buckets).await;
        if decision.allowed {
            return Ok(Some(decision));
        }

        metrics::counter!("gateway_rate_limited_total", "class" => class.as_str()).increment(1);

        Err(Limited(decision))
    }

    /// What the user has bought has changed, by an act that went through this gateway: felt here at once.
    pub(crate) fn forget(&self, user: Uuid) {
        self.rates.forget(user);
    }

    /// `of_tier`: what the asker has of the class.
    fn buckets(
        &self,
        (class, of_tier): (Class, NonZeroU32),
        endpoint: Option<Endpoint>,
        actor: Option<&Actor>,
        address: IpAddr,
    ) -> Vec<Bucket> {
        let user = actor.map(|actor| LimitKey::User(actor.user_id));
        let network = LimitKey::Network(subscriber_network(address));

        // One address may be many people's, so it never has less than the standard number.
        let standard = of_tier.max(self.config.standard);
        let (of_network, of_user) = match class {
            Class::Standard => (standard, standard),
            Class::Poll | Class::Transfer => (of_tier, of_tier),
            Class::Expensive => (standard, of_tier),
        };
        let counted = LimitClass::Class(class);
        let bucket = |counted, key, per_minute| Bucket {
            counted,
            key,
            per_minute,
        };
        let mut buckets = vec![bucket(counted, network, of_network)];
        buckets.extend(user.map(|user| bucket(counted, user, of_user)));

        if let Some(endpoint) = endpoint {
            let (counted, number) = (
                LimitClass::Endpoint(endpoint),
                self.config.endpoints.find(endpoint),
            );
            buckets.push(bucket(counted, network, number));
            buckets.extend(user.map(|user| bucket(counted, user, number)));
        }

        buckets
    }

    /// Whether a credential from this network may be looked at, or how long until it may.
    pub(crate) async fn may_try(&self, address: IpAddr) -> Result<(), Duration> {
        let Some(engine) = &self.engine else {
            return Ok(());
        };
        let decision = engine.look(&[self.guess(address)]).await;
        decision.allowed.then_some(()).ok_or(decision.retry_after)
    }

    /// A credential from this network was wrong.
    pub(crate) async fn was_wrong(&self, address: IpAddr) {
        if let Some(engine) = &self.engine {
            engine.take(&[self.guess(address)]).await;
        }
    }

    fn guess(&self, address: IpAddr) -> Bucket {
        Bucket {
            counted: LimitClass::Guess,
            key: LimitKey::Network(subscriber_network(address)),
            per_minute: self.config.wrong_credentials,
        }
    }
}

impl Default for Decision {
    /// About a request that no bucket has counted yet.
    fn default() -> Self {
        Self {
            allowed: true,
            limit: u32::MAX,
            remaining: u32::MAX,
            reset: Duration::ZERO,
            retry_after: Duration::ZERO,
        }
    }
}

impl Decision {
    /// One more bucket has `remaining` left, or none for as long as `wait`.
    fn add(&mut self, bucket: &Bucket, remaining: u32, wait: Duration) {
        let limit = bucket.per_minute.get();
        self.allowed &= wait.is_zero();
        if remaining < self.remaining || wait > self.retry_after {
            self.limit = limit;
            self.remaining = remaining;
            self.reset = bucket.interval() * (limit - remaining.min(limit));
        }
        self.retry_after = self.retry_after.max(wait);
    }

    /// The headers of draft-ietf-httpapi-ratelimit-headers-06: the limit, what is left of it, and the seconds until all
    /// of it is there again.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let name = HeaderName::from_static;
        headers.insert(name("ratelimit-limit"), self.limit.into());
        headers.insert(name("ratelimit-remaining"), self.remaining.into());
        headers.insert(name("ratelimit-reset"), whole_seconds(self.reset).into());
        let policy = format!("{};w={}", self.limit, MINUTE.as_secs());
        if let Ok(policy) = HeaderValue::try_from(policy) {
            headers.insert(name("ratelimit-policy"), policy);
        }
    }
}

/// Rounded up, so that nobody comes back too early.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
