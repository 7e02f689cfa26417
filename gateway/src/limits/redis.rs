//! Counts in Redis, for several gateways together: the same decisions as in memory, in one round trip, by Redis's clock.
//! While Redis is away each gateway counts for itself, so limits are looser and nobody is refused for it; the log and
//! `/readyz` say so.

use std::{fmt, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use futures::future::{BoxFuture, FutureExt};
use kit::{clock::SharedClock, shutdown::spawn_owned};
use redis::{
    AsyncConnectionConfig, Client, IntoConnectionInfo, RedisError, Script, aio::MultiplexedConnection,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::{Bucket, Decision, LimitClass, LimitKey, RateLimiter, memory::Memory};

/// Longest wait for a connection.
const CONNECT_PATIENCE: Duration = Duration::from_secs(2);
/// Longest wait for a decision; a request is worth no more.
const PATIENCE: Duration = Duration::from_millis(250);

/// `[redis]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedisConfig {
    /// `redis://` or `rediss://`; empty for none.
    pub url: SecretString,
}

#[derive(Debug, thiserror::Error)]
pub enum SharedCountersError {
    #[error("`redis.url` is not an address such as redis://user:password@host:6379/0")]
    Url,
    #[error("Redis at {place} (`redis.url`) can't be used: {reason}")]
    Unusable { place: String, reason: String },
    /// What `/readyz` shows.
    #[error("Redis at {place} is away; requests are counted in this process alone meanwhile")]
    Away { place: String },
}

/// A connection, or none while Redis is away.
type Link = Option<MultiplexedConnection>;

/// Counters that gateways share. Cheap to clone.
#[derive(Clone)]
pub struct SharedCounters {
    place: String,
    link: watch::Sender<Link>,
    _keeper: std::sync::Arc<AbortOnDropHandle<()>>,
}

impl fmt::Debug for SharedCounters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedCounters({})", self.place)
    }
}

impl SharedCounters {
    /// Connects, and keeps the connection from then on; `None` when no Redis is configured.
    ///
    /// # Errors
    /// The configured Redis can not be used as it is; the words are for the operator.
    pub async fn open(config: &RedisConfig) -> Result<Option<Self>, SharedCountersError> {
        match config.url.expose_secret() {
            "" => Ok(None),
            url => Self::connect(url).await.map(Some),
        }
    }

    async fn connect(url: &str) -> Result<Self, SharedCountersError> {
        let info = url.into_connection_info().map_err(|_| SharedCountersError::Url)?;
        let place = info.addr().to_string();
        let client = Client::open(info).map_err(|_| SharedCountersError::Url)?;

        let first = connect(&client)
            .await
            .map_err(|error| SharedCountersError::Unusable {
                place: place.clone(),
                reason: error.to_string(),
            })?;
        let link = watch::Sender::new(Some(first));

        Ok(Self {
            _keeper: std::sync::Arc::new(spawn_owned(keep(client, place.clone(), link.clone()))),
            place,
            link,
        })
    }

    /// Fails while Redis is away.
    ///
    /// # Errors
    /// `Away`.
    pub async fn check(&self) -> Result<(), SharedCountersError> {
        let Some(mut link) = self.link() else {
            return Err(self.away());
        };
        let answer: Result<(), RedisError> = redis::cmd("PING").query_async(&mut link).await;

        answer.map_err(|error| {
            self.lose(&error);
            self.away()
        })
    }

    fn away(&self) -> SharedCountersError {
        SharedCountersError::Away {
            place: self.place.clone(),
        }
    }

    fn link(&self) -> Link {
        self.link.borrow().clone()
    }

    fn lose(&self, error: &RedisError) {
        let lost = self.link.send_if_modified(|link| link.take().is_some());
        if lost {
            tracing::warn!(
                place = %self.place, %error,
                "Redis is away; requests are counted in this process alone until it is back"
            );
        }
    }
}

async fn connect(client: &Client) -> Result<MultiplexedConnection, RedisError> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_PATIENCE))
        .set_response_timeout(Some(PATIENCE));
    let mut link = client
        .get_multiplexed_async_connection_with_config(&config)
        .await?;
    let () = redis::cmd("PING").query_async(&mut link).await?;

    Ok(link)
}

/// Connects again whenever the connection was lost. Never ends.
async fn keep(client: Client, place: String, link: watch::Sender<Link>) {
    let mut links = link.subscribe();
    while links.wait_for(Option::is_none).await.is_ok() {
        let mut waits = ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_secs(3))
            .without_max_times()
            .with_jitter()
            .build();

        let again = loop {
            tokio::time::sleep(waits.next().unwrap_or_default()).await;
            match connect(&client).await {
                Ok(again) => break again,
                Err(error) => tracing::debug!(%place, %error, "Redis is still away"),
            }
        };

        tracing::info!(%place, "connected to Redis again");
        link.send_replace(Some(again));
    }
}

/// [`RateLimiter`] over [`SharedCounters`].
pub(super) struct Redis {
    counters: SharedCounters,
    script: Script,
    /// Counts while Redis is away.
    meanwhile: Memory,
    /// Of a test; else it is Redis's.
    clock: Option<SharedClock>,
}

impl Redis {
    pub(super) fn new(counters: SharedCounters, clock: SharedClock) -> Self {
        Self {
            counters,
            script: Script::new(include_str!("redis/take.lua")),
            meanwhile: Memory::new(clock),
            clock: None,
        }
    }

    async fn decide(&self, buckets: &[Bucket], keep: bool) -> Decision {
        if let Some(mut link) = self.counters.link() {
            match self.ask(&mut link, buckets, keep).await {
                Ok(decision) => return decision,
                Err(error) => self.counters.lose(&error),
            }
        }

        match keep {
            true => self.meanwhile.take(buckets).await,
            false => self.meanwhile.look(buckets).await,
        }
    }

    async fn ask(
        &self,
        link: &mut MultiplexedConnection,
        buckets: &[Bucket],
        keep: bool,
    ) -> Result<Decision, RedisError> {
        let now = self.clock.as_ref().map(|clock| clock.elapsed());
        let part =
            |part: fn(Duration) -> u64| now.map(part).map_or_else(String::new, |part| part.to_string());

        let mut asked = self.script.prepare_invoke();
        asked.arg(u8::from(keep));
        asked.arg(part(|now| now.as_secs()));
        asked.arg(part(|now| now.subsec_nanos().into()));
        for bucket in buckets {
            asked.key(name_bucket(bucket));
            asked.arg(bucket.interval().as_nanos().to_string());
            asked.arg(bucket.per_minute.get());
        }

        let answers: Vec<(u32, u64)> = asked.invoke_async(link).await?;
        let mut decision = Decision::default();
        for (bucket, (remaining, wait)) in buckets.iter().zip(answers) {
            decision.add(bucket, remaining, Duration::from_nanos(wait));
        }

        Ok(decision)
    }
}

impl RateLimiter for Redis {
    fn take<'a>(&'a self, buckets: &'a [Bucket]) -> BoxFuture<'a, Decision> {
        self.decide(buckets, true).boxed()
    }

    fn look<'a>(&'a self, buckets: &'a [Bucket]) -> BoxFuture<'a, Decision> {
        self.decide(buckets, false).boxed()
    }
}

fn name_bucket(bucket: &Bucket) -> String {
    let counted = match bucket.counted {
        LimitClass::Class(class) => class.as_str(),
        LimitClass::Endpoint(endpoint) => endpoint.as_str(),
        LimitClass::Guess => "guess",
    };
    let key = match bucket.key {
        LimitKey::User(user) => user.to_string(),
        LimitKey::Network(network) => network.to_string(),
    };

    format!("saga:limits:{counted}:{key}:{}", bucket.per_minute)
}

#[cfg(test)]
mod tests;
