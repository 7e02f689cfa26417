//! Messages between the parts of the platform, of two kinds. Events go by topic to all who listen now. Work goes by queue
//! to one consumer, and to another one when the first does not settle it. Either is a hint, never the truth: it may be
//! lost, doubled or late, and whoever needs certainty reads the database. Two engines: in this process, and RabbitMQ.

#[cfg(test)]
mod conformance;
mod consumer;
mod in_process;
mod rabbitmq;
mod topics;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

pub use self::{
    consumer::{Batch, Consumer},
    topics::{Delivery, Subscription},
};
use self::{in_process::InProcess, rabbitmq::RabbitMq};

/// `[bus]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusConfig {
    /// `amqp://` or `amqps://`; empty for the engine in this process.
    pub url: SecretString,
    /// Messages that a slow subscriber may be behind before it loses the oldest.
    pub capacity: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum BusError {
    #[error("`bus.url` is not an AMQP address such as amqp://user:password@host:5672/%2f: {reason}")]
    Url { reason: String },
    #[error("RabbitMQ at {place} does not take the credentials or the virtual host of `bus.url`: {reason}")]
    Refused { place: String, reason: String },
    #[error("RabbitMQ at {place} (`bus.url`) is not reachable: {reason}")]
    Unreachable { place: String, reason: String },
    #[error(
        "the queue `{queue}` is there with other arguments than ours ({reason}); delete it, or name another virtual host in \
         `bus.url`"
    )]
    OtherArguments { queue: String, reason: String },
    #[error("RabbitMQ did not take a message for the queue `{queue}`: {reason}")]
    NotTaken { queue: String, reason: String },
}

/// A piece of work that was given to consumers again and again and never settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Where it lay, and goes back to.
    pub queue: String,
    /// Why it is here, in the broker's word, e.g. `delivery_limit`.
    pub reason: String,
    /// Seconds since 1970 at which it first came here.
    pub since: Option<u64>,
    pub message: Bytes,
}

/// One bus engine. Every engine passes the suite in `conformance`.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// Name for `/readyz` and logs.
    fn name(&self) -> &'static str;

    /// Hands the message to all who are subscribed now. Succeeds when nobody is.
    async fn publish(&self, topic: &str, message: Bytes) -> Result<(), BusError>;

    /// Messages published after this returns are delivered, in order. While the engine is away it succeeds too:
    /// [`Delivery::Lagged`] says when it is back.
    async fn subscribe(&self, topic: &str) -> Subscription;

    /// Makes the queue, unless it is there.
    async fn declare(&self, queue: &str) -> Result<(), BusError>;

    /// Puts work into a queue. When this returns `Ok`, the engine keeps it until it is settled.
    async fn enqueue(&self, queue: &str, work: Vec<Bytes>) -> Result<(), BusError>;

    /// Takes work out of a queue, as long as it is kept.
    fn consume(&self, queue: &str) -> Consumer;

    /// At most `most` dead letters, oldest first; they stay.
    async fn dead_letters(&self, most: usize) -> Result<Vec<DeadLetter>, BusError>;

    /// Puts all dead letters back into their queues, and says how many they were.
    async fn replay(&self) -> Result<usize, BusError>;

    async fn check(&self) -> Result<(), BusError>;
}

#[derive(Clone)]
pub struct Bus(Arc<dyn Engine>);

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bus({})", self.0.name())
    }
}

impl Bus {
    /// Opens the configured engine. Once it is open, a broker that goes away is waited for.
    ///
    /// # Errors
    /// The configured engine can not be used as it is; the words are for the operator.
    pub async fn open(config: &BusConfig) -> Result<Self, BusError> {
        match config.url.expose_secret() {
            "" => Ok(Self::in_process(config.capacity)),
            url => Ok(Self(Arc::new(RabbitMq::open(url, config.capacity).await?))),
        }
    }

    /// A bus within this process; `capacity` messages are kept for a slow subscriber.
    #[must_use]
    pub fn in_process(capacity: usize) -> Self {
        Self(Arc::new(InProcess::new(capacity)))
    }

    #[must_use]
    pub fn engine(&self) -> &'static str {
        self.0.name()
    }

    /// See [`Engine::publish`].
    pub async fn publish(&self, topic: &str, message: Bytes) -> Result<(), BusError> {
        self.0.publish(topic, message).await
    }

    /// See [`Engine::subscribe`].
    pub async fn subscribe(&self, topic: &str) -> Subscription {
        self.0.subscribe(topic).await
    }

    /// See [`Engine::declare`].
    pub async fn declare(&self, queue: &str) -> Result<(), BusError> {
        self.0.declare(queue).await
    }

    /// See [`Engine::enqueue`].
    pub async fn enqueue(&self, queue: &str, work: Vec<Bytes>) -> Result<(), BusError> {
        self.0.enqueue(queue, work).await
    }

    /// See [`Engine::consume`].
    #[must_use]
    pub fn consume(&self, queue: &str) -> Consumer {
        self.0.consume(queue)
    }

    /// See [`Engine::dead_letters`].
    pub async fn dead_letters(&self, most: usize) -> Result<Vec<DeadLetter>, BusError> {
        self.0.dead_letters(most).await
    }

    /// See [`Engine::replay`].
    pub async fn replay(&self) -> Result<usize, BusError> {
        self.0.replay().await
    }

    pub async fn check(&self) -> Result<(), BusError> {
        self.0.check().await
    }
}
