//! One connection with its channels. Every question has a time limit. It is used until anything is wrong with it, and
//! never mended.

use std::{sync::OnceLock, time::Duration};

use lapin::{
    Channel, Connection, ConnectionProperties, ErrorKind, ExchangeKind,
    options::{
        BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions,
        QueueBindOptions, QueueDeclareOptions,
    },
    types::{FieldTable, ShortString},
};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{super::BusError, address::Address, queues};

/// Longest wait for an answer, but for those that the broker itself waits with.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// Longest wait of a probe.
const CHECK_PATIENCE: Duration = Duration::from_millis(1_500);
/// The topic exchange of all events.
const EVENTS: &str = "saga.events";
/// Events that wait for a process that is slow; beyond them the oldest are dropped, which is seen by their numbers.
const EVENTS_WAITING: i32 = 100_000;

/// Reply codes of AMQP that say that who we are, or where we want to go, is not welcome.
const NOT_WELCOME: [u16; 2] = [403, 530];
const PRECONDITION_FAILED: u16 = 406;

/// What is wrong with a connection or a channel.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("no answer in time")]
    Silence,
    #[error("the broker ended the consumer")]
    Cancelled,
    #[error("it takes nothing because its memory or disk is full")]
    Blocked,
    #[error("{0}")]
    Amqp(#[from] lapin::Error),
}

impl Fault {
    fn reply(&self) -> Option<(u16, String)> {
        let Self::Amqp(error) = self else { return None };
        let ErrorKind::ProtocolError(error) = error.kind() else {
            return None;
        };
        Some((error.get_id(), error.get_message().to_string()))
    }

    /// What the broker says when a queue is there with other arguments.
    pub(super) fn other_arguments(&self) -> Option<String> {
        let reply = self.reply().filter(|(code, _)| *code == PRECONDITION_FAILED);
        reply.map(|(_, text)| text)
    }
}

pub(super) struct Link {
    connection: Connection,
    events: Channel,
    /// In confirm mode.
    work: Channel,
    control: Channel,
    /// The queue of this process.
    replica: ShortString,
    /// Held while a queue is declared: RabbitMQ 3.10 says that a queue is there while another declaration still starts it,
    /// and whoever then consumes from it loses the connection ("INTERNAL_ERROR").
    pub(super) declaring: tokio::sync::Mutex<()>,
    broken: CancellationToken,
    /// What was wrong first.
    reason: OnceLock<String>,
}

impl Link {
    /// Also what comes for this process.
    pub(super) async fn open(address: &Address) -> Result<(Self, lapin::Consumer), BusError> {
        let opened = match timeout(PATIENCE, Self::connect(address)).await {
            Ok(opened) => opened,
            Err(_) => Err(Fault::Silence),
        };

        opened.map_err(|fault| {
            let place = address.place.clone();
            match fault.reply() {
                Some((code, reason)) if NOT_WELCOME.contains(&code) => BusError::Refused { place, reason },
                Some((PRECONDITION_FAILED, reason)) => BusError::OtherArguments {
                    queue: queues::DEAD_LETTERS.to_owned(),
                    reason,
                },
                _ => BusError::Unreachable {
                    place,
                    reason: fault.to_string(),
                },
            }
        })
    }

    async fn connect(address: &Address) -> Result<(Self, lapin::Consumer), Fault> {
        let properties = ConnectionProperties::default().with_connection_name("saga".into());
        let connection = Connection::connect_uri(address.uri.clone(), properties).await?;
        let events = connection.create_channel().await?;
        let work = connection.create_channel().await?;
        let control = connection.create_channel().await?;

        work.confirm_select(ConfirmSelectOptions::default()).await?;
        declare_exchange(&control, false).await?;
        queues::declare_dead_letters(&control).await?;
        let replica = declare_replica(&control).await?;

        let options = BasicConsumeOptions {
            no_ack: true,
            exclusive: true,
            ..BasicConsumeOptions::default()
        };
        let tag = ShortString::default();
        let news = events
            .basic_consume(replica.clone(), tag, options, FieldTable::default())
            .await?;

        let link = Self {
            connection,
            events,
            work,
            control,
            replica,
            declaring: tokio::sync::Mutex::default(),
            broken: CancellationToken::new(),
            reason: OnceLock::new(),
        };

        Ok((link, news))
    }

    /// Asks for something that only a broken connection refuses or leaves unanswered.
    pub(super) async fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, lapin::Error>>,
    ) -> Result<T, Fault> {
        let answer = answer_within(PATIENCE, question).await;
        if let Err(fault) = &answer {
            self.give_up(fault);
        }

        answer
    }

    /// A further channel: what goes wrong on it does not touch the others.
    pub(super) async fn channel(&self) -> Result<Channel, Fault> {
        self.ask(self.connection.create_channel()).await
    }

    pub(super) fn work(&self) -> &Channel {
        &self.work
    }

    /// Has another connection made.
    pub(super) fn give_up(&self, fault: &Fault) {
        self.reason.get_or_init(|| fault.to_string());
        self.broken.cancel();
    }

    /// Waits until it was given up, and says why.
    pub(super) async fn broken(&self) -> String {
        self.broken.cancelled().await;
        self.reason.get().cloned().unwrap_or_default()
    }

    /// While the broker is blocked it takes no messages, and lapin would keep them all.
    pub(super) fn takes_messages(&self) -> Result<(), Fault> {
        match self.connection.status().blocked() {
            true => Err(Fault::Blocked),
            false => Ok(()),
        }
    }

    pub(super) async fn publish(&self, topic: &str, message: &[u8]) -> Result<(), Fault> {
        self.takes_messages()?;

        let (options, properties) = (BasicPublishOptions::default(), Default::default());
        let published = self
            .events
            .basic_publish(EVENTS.into(), topic.into(), options, message, properties);

        self.ask(published).await.map(drop)
    }

    pub(super) async fn bind(&self, topic: &str) -> Result<(), Fault> {
        let (options, arguments) = (QueueBindOptions::default(), FieldTable::default());
        let bound = self.control.queue_bind(
            self.replica.clone(),
            EVENTS.into(),
            topic.into(),
            options,
            arguments,
        );

        self.ask(bound).await
    }

    pub(super) async fn unbind(&self, topic: &str) -> Result<(), Fault> {
        let arguments = FieldTable::default();
        let unbound = self
            .control
            .queue_unbind(self.replica.clone(), EVENTS.into(), topic.into(), arguments);

        self.ask(unbound).await
    }

    /// Whether the broker answers and takes messages.
    pub(super) async fn check(&self) -> Result<(), Fault> {
        self.takes_messages()?;
        answer_within(CHECK_PATIENCE, declare_exchange(&self.control, true)).await
    }
}

pub(super) async fn answer_within<T>(
    patience: Duration,
    question: impl Future<Output = Result<T, lapin::Error>>,
) -> Result<T, Fault> {
    match timeout(patience, question).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Fault::Silence),
    }
}

async fn declare_exchange(channel: &Channel, passive: bool) -> Result<(), lapin::Error> {
    let options = ExchangeDeclareOptions {
        passive,
        durable: true,
        ..ExchangeDeclareOptions::default()
    };

    channel
        .exchange_declare(EVENTS.into(), ExchangeKind::Topic, options, FieldTable::default())
        .await
}

/// A queue that goes with this connection.
async fn declare_replica(channel: &Channel) -> Result<ShortString, lapin::Error> {
    let options = QueueDeclareOptions {
        exclusive: true,
        auto_delete: true,
        ..QueueDeclareOptions::default()
    };
    let mut arguments = FieldTable::default();
    arguments.insert("x-max-length".into(), EVENTS_WAITING.into());

    let declared = channel
        .queue_declare(ShortString::default(), options, arguments)
        .await?;
    Ok(declared.name().clone())
}
