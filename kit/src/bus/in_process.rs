//! The engine for one process. It keeps nothing when the process ends, and no dead letters.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::Notify;

use super::{
    BusError, DeadLetter, Engine,
    consumer::{BATCH, Consumer, Source},
    topics::{Subscription, Topics},
};

pub(super) struct InProcess {
    topics: Arc<Topics>,
    queues: Mutex<HashMap<String, Arc<Queue>>>,
    capacity: usize,
}

impl InProcess {
    /// `capacity` messages are kept for a slow subscriber, and in a queue that nobody consumes.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            topics: Topics::new(capacity, None),
            queues: Mutex::default(),
            capacity: capacity.max(1),
        }
    }

    fn queue(&self, name: &str) -> Arc<Queue> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(queues.entry(name.to_owned()).or_default())
    }
}

#[async_trait]
impl Engine for InProcess {
    fn name(&self) -> &'static str {
        "in-process"
    }

    async fn publish(&self, topic: &str, message: Bytes) -> Result<(), BusError> {
        self.topics.deliver(topic, message);
        Ok(())
    }

    async fn subscribe(&self, topic: &str) -> Subscription {
        self.topics.subscribe(topic)
    }

    async fn declare(&self, queue: &str) -> Result<(), BusError> {
        self.queue(queue);
        Ok(())
    }

    async fn enqueue(&self, queue: &str, work: Vec<Bytes>) -> Result<(), BusError> {
        self.queue(queue).append(work, self.capacity);
        Ok(())
    }

    fn consume(&self, queue: &str) -> Consumer {
        let queue = self.queue(queue);
        Consumer::new(|source| serve(queue, source))
    }

    async fn dead_letters(&self, _most: usize) -> Result<Vec<DeadLetter>, BusError> {
        Ok(Vec::new())
    }

    async fn replay(&self) -> Result<usize, BusError> {
        Ok(0)
    }

    async fn check(&self) -> Result<(), BusError> {
        Ok(())
    }
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<VecDeque<Bytes>>,
    arrived: Notify,
}

impl Queue {
    fn locked(&self) -> MutexGuard<'_, VecDeque<Bytes>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Beyond `capacity` the oldest are dropped, as nobody seems to want them.
    fn append(&self, work: Vec<Bytes>, capacity: usize) {
        let mut waiting = self.locked();
        waiting.extend(work);
        let excess = waiting.len().saturating_sub(capacity);
        waiting.drain(..excess);

        self.arrived.notify_one();
    }

    async fn take(self: &Arc<Self>) -> Taken {
        loop {
            let arrived = self.arrived.notified();
            if let Some(taken) = self.try_take() {
                return taken;
            }
            arrived.await;
        }
    }

    fn try_take(self: &Arc<Self>) -> Option<Taken> {
        let mut waiting = self.locked();
        let count = waiting.len().min(BATCH.into());
        let messages: Vec<Bytes> = waiting.drain(..count).collect();

        // Another consumer may take the rest.
        if !waiting.is_empty() {
            self.arrived.notify_one();
        }

        (count > 0).then(|| Taken {
            queue: Arc::clone(self),
            messages,
        })
    }
}

/// Messages that go back to the front of their queue unless they are settled.
struct Taken {
    queue: Arc<Queue>,
    messages: Vec<Bytes>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        if self.messages.is_empty() {
            return;
        }

        let mut waiting = self.queue.locked();
        for message in self.messages.drain(..).rev() {
            waiting.push_front(message);
        }

        self.queue.arrived.notify_one();
    }
}

async fn serve(queue: Arc<Queue>, mut source: Source) {
    while source.has_room().await.is_some() {
        let mut taken = tokio::select! {
            biased;
            _ = source.is_full() => continue,
            taken = queue.take() => taken,
        };

        if source.give(taken.messages.clone()).await {
            taken.messages.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Bus, conformance},
        *,
    };

    #[tokio::test]
    async fn it_passes_the_suite_of_buses() {
        conformance::suite(&Bus::in_process(64)).await;
    }

    #[tokio::test]
    async fn a_queue_that_nobody_consumes_is_bounded_and_keeps_the_newest() {
        let bus = Bus::in_process(2);
        let work = ["1", "2", "3"].map(Bytes::from).to_vec();
        bus.enqueue("q", work).await.expect("kept");

        let mut consumer = bus.consume("q");
        let batch = consumer.next().await.expect("work");
        assert_eq!(batch.messages, ["2", "3"].map(Bytes::from));
    }
}
