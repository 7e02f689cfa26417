//! Takes work out of one queue for one consumer. Without room for more it stops consuming before it acknowledges, so that
//! nothing is held that another consumer could do.
//!
//! RabbitMQ 3.10 gives nothing to a consumer whose queue was deleted and declared again, or lost its leader, and does not
//! tell it. So a consumer that heard nothing for a while starts over on another channel.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt, StreamExt};
use lapin::{
    Channel,
    message::Delivery,
    options::{BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions},
    types::{DeliveryTag, FieldTable, ShortString},
};

use super::{
    super::consumer::{BATCH, Source},
    Shared, backoff,
    link::{Fault, Link, PATIENCE, answer_within},
};

/// The reply code of AMQP for "nothing is wrong".
const REPLY_SUCCESS: u16 = 200;
/// How long a consumer hears nothing before it starts over.
const IDLE: Duration = Duration::from_secs(5);

/// Until the consumer is gone, over one connection after the other.
pub(super) async fn serve(shared: Arc<Shared>, queue: String, mut source: Source) {
    let mut links = shared.link.subscribe();
    let mut waits = backoff();

    loop {
        let Some(link) = next_link(&mut links).await else {
            return;
        };
        let taking = Taking {
            shared: &shared,
            link: &link,
            queue: &queue,
        };

        let Some(fault) = taking.take(&mut source, || waits = backoff()).await else {
            return;
        };
        tracing::warn!(queue, %fault, "a queue can not be consumed; trying again");
        if let Some(reason) = fault.other_arguments() {
            shared.faults().insert(queue.clone(), reason);
        }

        tokio::time::sleep(waits.next().unwrap_or_default()).await;
    }
}

/// The connection, as soon as there is one.
async fn next_link(links: &mut tokio::sync::watch::Receiver<super::LinkState>) -> Option<Arc<Link>> {
    let state = links.wait_for(Result::is_ok).await.ok()?;
    state.as_ref().ok().map(Arc::clone)
}

struct Taking<'a> {
    shared: &'a Shared,
    link: &'a Link,
    queue: &'a str,
}

/// Why consuming stopped.
enum Stopped {
    /// There is no room for more; what was acknowledged up to here is still to be told to the broker.
    Full(Option<DeliveryTag>),
    Idle,
    Faulty(Fault),
    Gone,
}

impl Taking<'_> {
    /// Until the consumer is gone (`None`) or something is wrong. `works` is called when work can be taken.
    async fn take(&self, source: &mut Source, mut works: impl FnMut()) -> Option<Fault> {
        loop {
            let channel = match self.prepare().await {
                Ok(channel) => channel,
                Err(fault) => return Some(fault),
            };

            match self.take_on(&channel, source, &mut works).await {
                Stopped::Idle => {
                    // Whether it was closed or not, it is not used again.
                    let _ =
                        answer_within(PATIENCE, channel.close(REPLY_SUCCESS, ShortString::default())).await;
                }
                Stopped::Faulty(fault) => return Some(fault),
                Stopped::Full(_) | Stopped::Gone => return None,
            }
        }
    }

    /// Consumes whenever there is room, until anything else than that stops it.
    async fn take_on(&self, channel: &Channel, source: &mut Source, works: &mut impl FnMut()) -> Stopped {
        while source.has_room().await.is_some() {
            let mut deliveries = match self.consume(channel).await {
                Ok(deliveries) => deliveries,
                Err(fault) => return Stopped::Faulty(fault),
            };
            works();
            self.shared.faults().remove(self.queue);

            match self.give(channel, &mut deliveries, source).await {
                Stopped::Full(settled) => {
                    if let Err(fault) = self.stop(channel, deliveries, settled).await {
                        return Stopped::Faulty(fault);
                    }
                }
                stopped => return stopped,
            }
        }

        Stopped::Gone
    }

    async fn prepare(&self) -> Result<Channel, Fault> {
        self.link.declare(self.queue).await?;
        let channel = self.link.channel().await?;
        self.link
            .ask(channel.basic_qos(BATCH, BasicQosOptions::default()))
            .await?;

        Ok(channel)
    }

    /// A queue that does not answer is made anew.
    async fn consume(&self, channel: &Channel) -> Result<lapin::Consumer, Fault> {
        let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
        let consumed = channel.basic_consume(self.queue.into(), ShortString::default(), options, arguments);
        let answer = answer_within(PATIENCE, consumed).await;

        if matches!(answer, Err(Fault::Silence))
            && let Err(error) = self.shared.replace(self.link, self.queue).await
        {
            tracing::debug!(%error, "the queue was not made anew");
        }

        answer
    }

    /// Gives out what comes, all that is there at once, and acknowledges what was settled.
    async fn give(
        &self,
        channel: &Channel,
        deliveries: &mut lapin::Consumer,
        source: &mut Source,
    ) -> Stopped {
        loop {
            let first = tokio::select! {
                first = deliveries.next() => first,
                full = source.is_full() => match full {
                    Some(()) => return Stopped::Full(None),
                    None => return Stopped::Gone,
                },
                () = tokio::time::sleep(IDLE) => return Stopped::Idle,
            };

            let (messages, last) = match collect(first, deliveries) {
                Ok(collected) => collected,
                Err(fault) => return Stopped::Faulty(fault),
            };
            let settled = source.give(messages).await;

            if settled && source.is_full().now_or_never().is_some() {
                return Stopped::Full(Some(last));
            }

            let told = match settled {
                true => self.acknowledge(channel, last).await,
                false => self.give_back(channel, last).await,
            };
            if let Err(fault) = told {
                return Stopped::Faulty(fault);
            }
        }
    }

    /// Takes no more. What came in the meantime is acknowledged as well: whoever has no room looks again when it has.
    async fn stop(
        &self,
        channel: &Channel,
        mut deliveries: lapin::Consumer,
        settled: Option<DeliveryTag>,
    ) -> Result<(), Fault> {
        let cancelled = channel.basic_cancel(deliveries.tag(), BasicCancelOptions::default());
        self.link.ask(cancelled).await?;

        let mut last = settled;
        while let Some(Ok(delivery)) = deliveries.next().await {
            last = Some(delivery.delivery_tag);
        }

        match last {
            Some(last) => self.acknowledge(channel, last).await,
            None => Ok(()),
        }
    }

    async fn acknowledge(&self, channel: &Channel, last: DeliveryTag) -> Result<(), Fault> {
        let options = BasicAckOptions { multiple: true };
        answer_within(PATIENCE, channel.basic_ack(last, options)).await
    }

    async fn give_back(&self, channel: &Channel, last: DeliveryTag) -> Result<(), Fault> {
        let options = BasicNackOptions {
            multiple: true,
            requeue: true,
        };
        answer_within(PATIENCE, channel.basic_nack(last, options)).await
    }
}

/// The first delivery and those that are there already.
fn collect(
    first: Option<Result<Delivery, lapin::Error>>,
    deliveries: &mut lapin::Consumer,
) -> Result<(Vec<bytes::Bytes>, DeliveryTag), Fault> {
    let (mut messages, mut last) = (Vec::new(), 0);
    let mut next = first;

    while let Some(delivery) = next {
        let delivery = delivery?;
        last = delivery.delivery_tag;
        messages.push(delivery.data.into());
        next = deliveries.next().now_or_never().flatten();
    }

    match messages.is_empty() {
        true => Err(Fault::Cancelled),
        false => Ok((messages, last)),
    }
}
