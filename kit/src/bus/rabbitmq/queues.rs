//! Work queues: how they are declared, and how work gets into them.

use std::time::Duration;

use bytes::Bytes;
use futures::future::try_join_all;
use lapin::{
    BasicProperties, Channel, Confirmation, ExchangeKind,
    options::{
        BasicPublishOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
        QueueDeleteOptions,
    },
    types::{AMQPValue, FieldTable, LongString, ShortString},
};

use super::link::{Fault, Link, PATIENCE, answer_within};

/// The exchange of dead letters, and the one queue that they all end in; each knows where it was.
pub(super) const DEAD_LETTERS: &str = "saga.dead-letters";
/// How often a piece of work comes back before it is a dead letter.
pub(super) const DELIVERY_LIMIT: i32 = 20;
/// RabbitMQ looks for the leader of a queue that it deletes for 5 seconds.
const DELETE_PATIENCE: Duration = Duration::from_secs(15);
/// Kept on disk, in AMQP's words.
const PERSISTENT: u8 = 2;

/// What became of work that was sent.
pub(super) enum Put {
    Taken,
    NoQueue,
    Refused,
    /// Neither confirmed nor refused.
    Silence,
}

impl Link {
    /// Declares a work queue, on a channel of its own: the broker closes it when the queue has other arguments.
    pub(super) async fn declare(&self, queue: &str) -> Result<(), Fault> {
        let _declaring = self.declaring.lock().await;
        let channel = self.channel().await?;
        answer_within(PATIENCE, declare(&channel, queue, work_arguments())).await
    }

    pub(super) async fn delete(&self, queue: &str) -> Result<(), Fault> {
        let channel = self.channel().await?;
        let deleted = channel.queue_delete(queue.into(), QueueDeleteOptions::default());

        answer_within(DELETE_PATIENCE, deleted).await.map(drop)
    }

    /// Sends all, then waits for the confirms of all; `work` keeps what was not taken, as far as that is known. The queue
    /// may come into being between two messages, so that of one call some are taken and some are not.
    pub(super) async fn put(&self, queue: &str, work: &mut Vec<Bytes>) -> Result<Put, Fault> {
        self.takes_messages()?;

        let options = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let mut confirms = Vec::with_capacity(work.len());
        for message in work.iter() {
            let properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
            let sent =
                self.work()
                    .basic_publish(ShortString::default(), queue.into(), options, message, properties);
            confirms.push(self.ask(sent).await?);
        }

        let confirmed = match answer_within(PATIENCE, try_join_all(confirms)).await {
            Ok(confirmed) => confirmed,
            Err(Fault::Silence) => return Ok(Put::Silence),
            Err(fault) => {
                self.give_up(&fault);
                return Err(fault);
            }
        };

        let mut taken = confirmed.iter().map(is_taken);
        work.retain(|_| !taken.next().unwrap_or_default());

        Ok(judge(&confirmed))
    }
}

fn is_taken(confirmation: &Confirmation) -> bool {
    matches!(confirmation, Confirmation::Ack(None))
}

fn judge(confirmed: &[Confirmation]) -> Put {
    let came_back = |one: &Confirmation| matches!(one, Confirmation::Ack(Some(_)));

    if confirmed.iter().all(is_taken) {
        Put::Taken
    } else if confirmed.iter().any(came_back) {
        Put::NoQueue
    } else {
        Put::Refused
    }
}

async fn declare(channel: &Channel, queue: &str, arguments: FieldTable) -> Result<(), lapin::Error> {
    let options = QueueDeclareOptions::durable();
    channel
        .queue_declare(queue.into(), options, arguments)
        .await
        .map(drop)
}

pub(super) async fn declare_dead_letters(channel: &Channel) -> Result<(), lapin::Error> {
    let (name, durable) = (
        ShortString::from(DEAD_LETTERS),
        ExchangeDeclareOptions {
            durable: true,
            ..ExchangeDeclareOptions::default()
        },
    );
    channel
        .exchange_declare(name.clone(), ExchangeKind::Fanout, durable, FieldTable::default())
        .await?;
    declare(channel, DEAD_LETTERS, quorum()).await?;

    let (options, arguments) = (QueueBindOptions::default(), FieldTable::default());
    channel
        .queue_bind(name.clone(), name, ShortString::default(), options, arguments)
        .await
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), text("quorum"));

    arguments
}

/// Dead letters are moved at least once, which takes a source queue that refuses what it has no room for.
fn work_arguments() -> FieldTable {
    let mut arguments = quorum();
    arguments.insert("x-delivery-limit".into(), DELIVERY_LIMIT.into());
    arguments.insert("x-overflow".into(), text("reject-publish"));
    arguments.insert("x-dead-letter-exchange".into(), text(DEAD_LETTERS));
    arguments.insert("x-dead-letter-strategy".into(), text("at-least-once"));

    arguments
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(value))
}
