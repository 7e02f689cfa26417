//! Who listens to which topic in this process, and the fan-out to them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use bytes::Bytes;
use tokio::sync::{
    broadcast::{self, error::RecvError},
    mpsc,
};

/// What a subscriber gets next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    Message(Bytes),
    /// Messages are gone: the subscriber was too slow, or the engine was away. Read the truth again.
    Lagged,
}

type Senders = HashMap<String, broadcast::Sender<Delivery>>;

/// The audiences of all topics.
pub(super) struct Topics {
    senders: Mutex<Senders>,
    capacity: usize,
    /// Hears of topics that have lost their last subscriber.
    left: Option<mpsc::UnboundedSender<String>>,
}

impl Topics {
    pub(super) fn new(capacity: usize, left: Option<mpsc::UnboundedSender<String>>) -> Arc<Self> {
        Arc::new(Self {
            senders: Mutex::default(),
            capacity: capacity.max(1),
            left,
        })
    }

    fn locked(&self) -> MutexGuard<'_, Senders> {
        self.senders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn subscribe(self: &Arc<Self>, topic: &str) -> Subscription {
        let mut senders = self.locked();
        let sender = senders
            .entry(topic.to_owned())
            .or_insert_with(|| broadcast::Sender::new(self.capacity));

        Subscription {
            receiver: Some(sender.subscribe()),
            topic: topic.to_owned(),
            topics: Arc::downgrade(self),
        }
    }

    pub(super) fn deliver(&self, topic: &str, message: Bytes) {
        if let Some(sender) = self.locked().get(topic) {
            // Fails only when nobody listens any more, which is fine.
            let _ = sender.send(Delivery::Message(message));
        }
    }

    /// Tells everybody that something may be missing.
    pub(super) fn tell_lagged(&self) {
        for sender in self.locked().values() {
            let _ = sender.send(Delivery::Lagged);
        }
    }

    pub(super) fn has(&self, topic: &str) -> bool {
        self.locked().contains_key(topic)
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.locked().keys().cloned().collect()
    }
}

/// A place in the audience of one topic. Dropping it leaves.
pub struct Subscription {
    receiver: Option<broadcast::Receiver<Delivery>>,
    topic: String,
    topics: Weak<Topics>,
}

impl Subscription {
    /// The next message; `None` when the bus is gone. Safe to cancel.
    pub async fn next(&mut self) -> Option<Delivery> {
        match self.receiver.as_mut()?.recv().await {
            Ok(delivery) => Some(delivery),
            Err(RecvError::Lagged(_)) => Some(Delivery::Lagged),
            Err(RecvError::Closed) => None,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let Some(topics) = self.topics.upgrade() else {
            return;
        };
        let mut senders = topics.locked();

        self.receiver = None;
        // Counted under the lock that subscribing takes: a topic with a new subscriber is never removed.
        if senders
            .get(&self.topic)
            .is_some_and(|sender| sender.receiver_count() == 0)
        {
            senders.remove(&self.topic);
            if let Some(left) = &topics.left {
                let _ = left.send(self.topic.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_subscriber_takes_the_topic_with_it_and_the_engine_is_told() {
        let (told, mut left) = mpsc::unbounded_channel();
        let topics = Topics::new(4, Some(told));
        let first = topics.subscribe("t");
        let second = topics.subscribe("t");

        drop(first);
        assert!(topics.has("t"));

        drop(second);
        assert!(!topics.has("t"));
        assert_eq!(left.recv().await.as_deref(), Some("t"));
    }

    #[tokio::test]
    async fn a_slow_subscriber_is_told_that_it_missed_something_and_goes_on() {
        let topics = Topics::new(2, None);
        let mut slow = topics.subscribe("t");
        for text in ["1", "2", "3", "4", "5"] {
            topics.deliver("t", Bytes::from(text));
        }

        assert_eq!(slow.next().await, Some(Delivery::Lagged));
        for text in ["4", "5"] {
            assert_eq!(slow.next().await, Some(Delivery::Message(Bytes::from(text))));
        }
    }

    #[tokio::test]
    async fn a_subscription_ends_with_its_bus() {
        let topics = Topics::new(4, None);
        let mut subscription = topics.subscribe("t");
        drop(topics);
        assert_eq!(subscription.next().await, None);
    }
}
