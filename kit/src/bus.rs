//! Messages between the parts of the platform, by topic. A message is a hint, never the truth: it may be lost, and
//! whoever needs certainty reads the database. One engine so far, in this process.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use async_trait::async_trait;
use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::broadcast::{self, error::RecvError};

/// `[bus]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusConfig {
    /// Messages that a slow subscriber may be behind before it loses the oldest.
    pub capacity: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum BusError {
    #[error("the message bus is not reachable")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What a subscriber gets next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    Message(Bytes),
    /// The subscriber was too slow: this many messages are gone. Read the truth again.
    Lagged(u64),
}

/// One bus engine. Every engine passes the same suite.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// Name for `/readyz` and logs.
    fn name(&self) -> &'static str;
    /// Hands the message to all who are subscribed now. Succeeds when nobody is.
    async fn publish(&self, topic: &str, message: Bytes) -> Result<(), BusError>;
    /// Messages published after this returns are delivered, in order.
    async fn subscribe(&self, topic: &str) -> Result<Subscription, BusError>;
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
    #[must_use]
    pub fn open(config: &BusConfig) -> Self {
        Self::in_process(config.capacity)
    }

    /// A bus within this process; `capacity` messages are kept for a slow subscriber.
    #[must_use]
    pub fn in_process(capacity: usize) -> Self {
        Self(Arc::new(InProcess {
            topics: Arc::default(),
            capacity: capacity.max(1),
        }))
    }

    #[must_use]
    pub fn engine(&self) -> &'static str {
        self.0.name()
    }

    pub async fn publish(&self, topic: &str, message: Bytes) -> Result<(), BusError> {
        self.0.publish(topic, message).await
    }

    pub async fn subscribe(&self, topic: &str) -> Result<Subscription, BusError> {
        self.0.subscribe(topic).await
    }

    pub async fn check(&self) -> Result<(), BusError> {
        self.0.check().await
    }
}

type Topics = Mutex<HashMap<String, broadcast::Sender<Bytes>>>;

fn locked(topics: &Topics) -> MutexGuard<'_, HashMap<String, broadcast::Sender<Bytes>>> {
    topics.lock().unwrap_or_else(PoisonError::into_inner)
}

struct InProcess {
    topics: Arc<Topics>,
    capacity: usize,
}

#[async_trait]
impl Engine for InProcess {
    fn name(&self) -> &'static str {
        "in-process"
    }

    async fn publish(&self, topic: &str, message: Bytes) -> Result<(), BusError> {
        if let Some(sender) = locked(&self.topics).get(topic) {
            // Fails only when nobody listens any more, which is fine.
            let _ = sender.send(message);
        }
        Ok(())
    }

    async fn subscribe(&self, topic: &str) -> Result<Subscription, BusError> {
        let mut topics = locked(&self.topics);
        let sender = topics
            .entry(topic.to_owned())
            .or_insert_with(|| broadcast::Sender::new(self.capacity));
        let receiver = Some(sender.subscribe());

        Ok(Subscription {
            receiver,
            topic: topic.to_owned(),
            topics: Arc::downgrade(&self.topics),
        })
    }

    async fn check(&self) -> Result<(), BusError> {
        Ok(())
    }
}

/// A place in the audience of one topic. Dropping it leaves.
pub struct Subscription {
    receiver: Option<broadcast::Receiver<Bytes>>,
    topic: String,
    topics: Weak<Topics>,
}

impl Subscription {
    /// The next message; `None` when the bus is gone. Safe to cancel.
    pub async fn next(&mut self) -> Option<Delivery> {
        match self.receiver.as_mut()?.recv().await {
            Ok(message) => Some(Delivery::Message(message)),
            Err(RecvError::Lagged(missed)) => Some(Delivery::Lagged(missed)),
            Err(RecvError::Closed) => None,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let Some(topics) = self.topics.upgrade() else {
            return;
        };
        let mut topics = locked(&topics);

        self.receiver = None;
        // Counted under the lock that subscribing takes: a topic with a new subscriber is never removed.
        if topics
            .get(&self.topic)
            .is_some_and(|sender| sender.receiver_count() == 0)
        {
            topics.remove(&self.topic);
        }
    }
}

#[cfg(test)]
mod tests;
