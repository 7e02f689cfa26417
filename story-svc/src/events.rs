//! News of runs over the bus: what was committed and what is only live goes to whoever watches, in any process; so do
//! cancellations to all workers. A run that waits to be claimed is announced in the queue of its graph (`wake_ups`).
//! Everything here may be lost without harm, so nothing waits for it.

mod wake_ups;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use flow::{Event, Notify, RunId, RunStatus, Signal, WakeUps};
use kit::bus::{Bus, BusError, Delivery, Subscription};
use kit::shutdown::spawn_owned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{broadcast, mpsc};
use tokio_util::task::AbortOnDropHandle;

use self::wake_ups::{BusWakeUps, QueuedRun, enqueue, queue_of};

/// Runs that somebody asked to cancel.
const CANCELLATIONS: &str = "story.cancellations";
/// Messages that wait for the bus before further ones are dropped.
const OUTBOX: usize = 4096;
/// Cancellations that a worker may be behind.
const BEHIND: usize = 1024;

fn topic(run: RunId) -> String {
    format!("story.run.{run}")
}

/// Something to watch.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RunNotice {
    Committed(Vec<CommittedEvent>),
    Live(Value),
}

/// A [`flow::Event`] on the bus.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CommittedEvent {
    number: u64,
    kind: String,
    data: String,
    at: DateTime<Utc>,
}

impl From<Event> for CommittedEvent {
    fn from(event: Event) -> Self {
        Self {
            number: event.number,
            kind: event.kind,
            data: event.data,
            at: event.at,
        }
    }
}

impl From<CommittedEvent> for Event {
    fn from(event: CommittedEvent) -> Self {
        Self {
            number: event.number,
            kind: event.kind,
            data: event.data,
            at: event.at,
        }
    }
}

/// [`Notify`] over the bus.
pub struct BusNotify {
    bus: Bus,
    outbox: mpsc::Sender<(String, Bytes)>,
    queued: mpsc::Sender<QueuedRun>,
    signals: broadcast::Sender<Signal>,
    _tasks: [AbortOnDropHandle<()>; 3],
}

impl BusNotify {
    /// Starts the tasks between the engine and the bus; they end with this value and with the bus.
    pub async fn start(bus: &Bus) -> Self {
        let (outbox, sent) = mpsc::channel(OUTBOX);
        let (queued, announced) = mpsc::channel(OUTBOX);
        let signals = broadcast::Sender::new(BEHIND);
        let cancellations = bus.subscribe(CANCELLATIONS).await;

        Self {
            _tasks: [
                spawn_owned(publish(bus.clone(), sent)),
                spawn_owned(enqueue(bus.clone(), announced)),
                spawn_owned(hear(cancellations, signals.clone())),
            ],
            bus: bus.clone(),
            outbox,
            queued,
            signals,
        }
    }

    /// Makes the queues of these graphs.
    ///
    /// # Errors
    /// The bus can not have such queues, or is away.
    pub async fn declare_queues(&self, graphs: &[String]) -> Result<(), BusError> {
        for graph in graphs {
            self.bus.declare(&queue_of(graph)).await?;
        }

        Ok(())
    }

    fn send(&self, topic: String, message: &impl Serialize) {
        match serde_json::to_vec(message) {
            Ok(bytes) => {
                if self.outbox.try_send((topic, bytes.into())).is_err() {
                    metrics::counter!("saga_story_news_dropped_total").increment(1);
                }
            }
            Err(error) => tracing::error!(%error, "news of a run could not be written down"),
        }
    }
}

impl Notify for BusNotify {
    fn committed(&self, run: RunId, events: Vec<Event>) {
        events.iter().filter_map(find_end).for_each(|status| {
            metrics::counter!("saga_runs_ended_total", "status" => status.as_str()).increment(1);
        });
        if !events.is_empty() {
            let events = events.into_iter().map(CommittedEvent::from).collect();
            self.send(topic(run), &RunNotice::Committed(events));
        }
    }

    fn live(&self, run: RunId, data: Value) {
        self.send(topic(run), &RunNotice::Live(data));
    }

    fn queued(&self, run: RunId, graph: &str) {
        let queued = QueuedRun {
            run,
            graph: graph.to_owned(),
        };
        if self.queued.try_send(queued).is_err() {
            metrics::counter!("saga_story_news_dropped_total").increment(1);
        }
    }

    fn cancelling(&self, run: RunId) {
        self.send(CANCELLATIONS.to_owned(), &run);
    }

    fn wake_ups(&self, graphs: &[String]) -> Box<dyn WakeUps> {
        let queues = graphs.iter().map(|graph| self.bus.consume(&queue_of(graph)));
        Box::new(BusWakeUps::new(self.signals.subscribe(), queues.collect()))
    }
}

/// The status in which the event says that its run has ended.
pub(crate) fn find_end(event: &Event) -> Option<RunStatus> {
    #[derive(Deserialize)]
    struct Status<'a> {
        #[serde(borrow)]
        status: std::borrow::Cow<'a, str>,
    }

    if event.kind != "status" {
        return None;
    }

    let data: Status<'_> = serde_json::from_str(&event.data).ok()?;
    RunStatus::parse(&data.status).filter(|status| status.is_terminal())
}

async fn publish(bus: Bus, mut outbox: mpsc::Receiver<(String, Bytes)>) {
    while let Some((topic, message)) = outbox.recv().await {
        if let Err(error) = bus.publish(&topic, message).await {
            tracing::debug!(%error, topic, "news was not published; watchers and workers poll");
        }
    }
}

async fn hear(mut cancellations: Subscription, signals: broadcast::Sender<Signal>) {
    while let Some(delivery) = cancellations.next().await {
        let signal = match delivery {
            Delivery::Message(message) => match serde_json::from_slice(&message) {
                Ok(run) => Signal::Cancel(run),
                Err(error) => {
                    tracing::warn!(%error, "a cancellation could not be read");
                    Signal::Missed
                }
            },
            Delivery::Lagged => Signal::Missed,
        };
        // Fails only while no worker listens.
        let _ = signals.send(signal);
    }
}

/// What there is to hear of one run.
pub(crate) struct RunNews(Subscription);

/// One thing heard.
#[derive(Debug)]
pub(crate) enum BusMessage {
    RunNotice(RunNotice),
    /// Some was lost: the log knows.
    Missed,
    /// The bus is gone.
    Silence,
}

impl RunNews {
    pub(crate) async fn subscribe(bus: &Bus, run: RunId) -> Self {
        Self(bus.subscribe(&topic(run)).await)
    }

    /// The next thing. Safe to drop.
    pub(crate) async fn next(&mut self) -> BusMessage {
        match self.0.next().await {
            Some(Delivery::Message(message)) => serde_json::from_slice(&message).map_or_else(
                |error| {
                    tracing::warn!(%error, "news of a run could not be read");
                    BusMessage::Missed
                },
                BusMessage::RunNotice,
            ),
            Some(Delivery::Lagged) => BusMessage::Missed,
            None => BusMessage::Silence,
        }
    }
}
