//! RabbitMQ, 3.10 or newer. Work lies in quorum queues, is confirmed when it is put in and acknowledged when it is
//! settled. Events go through a topic exchange to one queue of each process, which the process fans out.
//!
//! One task keeps the connection and makes another one when it breaks. Whoever needs it takes it from there, so nothing
//! waits for a broker that is away: an enqueue fails at once, subscribers are told that they lagged.

mod address;
mod consume;
mod dead_letters;
mod keeper;
mod link;
mod queues;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use bytes::Bytes;
use tokio::sync::{mpsc, watch};
use tokio_util::task::AbortOnDropHandle;

use self::{
    address::Address,
    link::{Fault, Link},
};
use super::{
    BusError, Consumer, DeadLetter, Engine,
    topics::{Subscription, Topics},
};
use crate::shutdown::spawn_owned;

/// How often a queue is mended for the same work. One that was just declared refuses work for a moment, until it has a leader.
const MENDS: usize = 4;

pub(super) struct RabbitMq {
    shared: Arc<Shared>,
    _keeper: AbortOnDropHandle<()>,
}

/// The connection, or why there is none.
type LinkState = Result<Arc<Link>, String>;

/// What the engine and its tasks have in common.
struct Shared {
    address: Address,
    topics: Arc<Topics>,
    link: watch::Sender<LinkState>,
    /// Held while the bindings of this process are changed, so that they match the topics in the end.
    binding: tokio::sync::Mutex<()>,
    /// Queues that can not be consumed, and why.
    faults: Mutex<BTreeMap<String, String>>,
}

impl RabbitMq {
    /// Connects, and keeps the connection from then on.
    pub(super) async fn open(url: &str, capacity: usize) -> Result<Self, BusError> {
        let address = Address::parse(url)?;
        let (link, news) = Link::open(&address).await?;
        let link = Arc::new(link);

        let (told, left) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            address,
            topics: Topics::new(capacity, Some(told)),
            link: watch::Sender::new(Ok(Arc::clone(&link))),
            binding: tokio::sync::Mutex::default(),
            faults: Mutex::default(),
        });

        Ok(Self {
            _keeper: spawn_owned(keeper::keep(Arc::clone(&shared), (link, news), left)),
            shared,
        })
    }
}

impl Shared {
    fn link(&self) -> Result<Arc<Link>, BusError> {
        let state = self.link.borrow().clone();
        state.map_err(|reason| self.unreachable(reason))
    }

    fn set_link(&self, state: LinkState) {
        drop(self.link.send_replace(state));
    }

    fn unreachable(&self, reason: impl ToString) -> BusError {
        BusError::Unreachable {
            place: self.address.place.clone(),
            reason: reason.to_string(),
        }
    }

    fn faults(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts work into a queue once; `work` keeps what was not taken.
    async fn put(&self, queue: &str, work: &mut Vec<Bytes>) -> Result<(), PutError> {
        let link = self.link().map_err(PutError::Final)?;
        let unreachable = |fault: Fault| PutError::Final(self.unreachable(fault));

        match link.put(queue, work).await {
            Ok(queues::Put::Taken) => Ok(()),
            Ok(queues::Put::NoQueue) => {
                self.declare(&link, queue).await.map_err(PutError::Final)?;
                Err(PutError::Again("there was no such queue"))
            }
            Ok(queues::Put::Silence) => {
                self.replace(&link, queue).await.map_err(PutError::Final)?;
                Err(PutError::Again("it did not confirm in time"))
            }
            // What was on its way into a queue that somebody deletes is refused, too.
            Ok(queues::Put::Refused) => {
                self.declare(&link, queue).await.map_err(PutError::Final)?;
                Err(PutError::Again("it was refused"))
            }
            Err(fault) => Err(unreachable(fault)),
        }
    }

    async fn declare(&self, link: &Link, queue: &str) -> Result<(), BusError> {
        match link.declare(queue).await {
            Ok(()) => Ok(()),
            Err(fault) => match fault.other_arguments() {
                Some(reason) => Err(BusError::OtherArguments {
                    queue: queue.to_owned(),
                    reason,
                }),
                None => Err(self.unreachable(fault)),
            },
        }
    }

    /// A queue that says nothing on a connection that works has lost its leader for good: RabbitMQ 3.10 does that to a
    /// queue that was declared just before a crash. What lay in it is lost, too.
    async fn replace(&self, link: &Link, queue: &str) -> Result<(), BusError> {
        if let Err(fault) = link.check().await {
            link.give_up(&fault);
            return Err(self.unreachable(fault));
        }

        tracing::warn!(queue, "a queue does not answer; it is deleted and declared again");
        metrics::counter!("saga_bus_queues_replaced_total").increment(1);
        link.delete(queue)
            .await
            .map_err(|fault| self.unreachable(fault))?;

        self.declare(link, queue).await
    }
}

/// Why work was not put into its queue.
enum PutError {
    /// What was wrong has been mended.
    Again(&'static str),
    Final(BusError),
}

#[async_trait]
impl Engine for RabbitMq {
    fn name(&self) -> &'static str {
        "rabbitmq"
    }

    async fn publish(&self, topic: &str, message: Bytes) -> Result<(), BusError> {
        let published = self.shared.link()?.publish(topic, &message).await;
        published.map_err(|fault| self.shared.unreachable(fault))
    }

    async fn subscribe(&self, topic: &str) -> Subscription {
        let _binding = self.shared.binding.lock().await;
        let known = self.shared.topics.has(topic);
        let subscription = self.shared.topics.subscribe(topic);

        // Without a connection, or when it breaks now, the next one binds all topics.
        if !known && let Ok(link) = self.shared.link() {
            let _ = link.bind(topic).await;
        }

        subscription
    }

    async fn declare(&self, queue: &str) -> Result<(), BusError> {
        let link = self.shared.link()?;
        self.shared.declare(&link, queue).await
    }

    async fn enqueue(&self, queue: &str, mut work: Vec<Bytes>) -> Result<(), BusError> {
        let mut waits = backoff().take(MENDS);
        loop {
            let reason = match self.shared.put(queue, &mut work).await {
                Ok(()) => return Ok(()),
                Err(PutError::Final(error)) => return Err(error),
                Err(PutError::Again(reason)) => reason,
            };

            let Some(wait) = waits.next() else {
                return Err(BusError::NotTaken {
                    queue: queue.to_owned(),
                    reason: reason.to_owned(),
                });
            };
            tokio::time::sleep(wait).await;
        }
    }

    fn consume(&self, queue: &str) -> Consumer {
        let (shared, queue) = (Arc::clone(&self.shared), queue.to_owned());
        Consumer::new(|source| consume::serve(shared, queue, source))
    }

    async fn dead_letters(&self, most: usize) -> Result<Vec<DeadLetter>, BusError> {
        let link = self.shared.link()?;
        let listed = dead_letters::list(&link, most).await;
        listed.map_err(|fault| self.shared.unreachable(fault))
    }

    async fn replay(&self) -> Result<usize, BusError> {
        let link = self.shared.link()?;
        dead_letters::replay(self, &link).await
    }

    async fn check(&self) -> Result<(), BusError> {
        let checked = self.shared.link()?.check().await;
        checked.map_err(|fault| self.shared.unreachable(fault))?;

        match self.shared.faults().iter().next() {
            None => Ok(()),
            Some((queue, reason)) => Err(BusError::OtherArguments {
                queue: queue.clone(),
                reason: reason.clone(),
            }),
        }
    }
}

/// Between two attempts: from a moment to a few seconds, at random so that not all come at once.
fn backoff() -> ExponentialBackoff {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(200))
        .with_max_delay(Duration::from_secs(5))
        .without_max_times()
        .with_jitter()
        .build()
}
