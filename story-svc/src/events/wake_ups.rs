//! Runs that wait to be claimed, announced in one queue for each graph. The announcement wakes one worker, which looks into
//! the database and claims what is there, so the message is settled long before the run is done.

use bytes::Bytes;
use flow::{RunId, Signal, WakeUps};
use futures::future::select_all;
use kit::bus::{Batch, Bus, Consumer};
use serde::Serialize;
use tokio::sync::{
    broadcast::{self, error::RecvError},
    mpsc,
};

/// Announcements that are put into the queues at once, and confirmed together.
const AT_ONCE: usize = 256;

/// The queue of the runs of a graph.
pub(super) fn queue_of(graph: &str) -> String {
    format!("saga.runs.{graph}")
}

/// A run that waits to be claimed.
pub(super) struct QueuedRun {
    pub(super) run: RunId,
    pub(super) graph: String,
}

/// What the message says, for people: workers ask the database.
#[derive(Serialize)]
struct Announcement {
    run: RunId,
}

/// Puts announcements into their queues. What the bus does not take is found by the workers' polling.
pub(super) async fn enqueue(bus: Bus, mut announced: mpsc::Receiver<QueuedRun>) {
    let mut runs = Vec::new();
    while announced.recv_many(&mut runs, AT_ONCE).await > 0 {
        runs.sort_by(|a, b| a.graph.cmp(&b.graph));

        for runs in runs.chunk_by(|a, b| a.graph == b.graph) {
            let work: Vec<Bytes> = runs.iter().filter_map(write).collect();
            if let Err(error) = bus.enqueue(&queue_of(&runs[0].graph), work).await {
                metrics::counter!("saga_story_news_dropped_total").increment(1);
                tracing::debug!(%error, "queued runs were not announced; workers poll");
            }
        }

        runs.clear();
    }
}

fn write(queued: &QueuedRun) -> Option<Bytes> {
    let written = serde_json::to_vec(&Announcement { run: queued.run });
    written.ok().map(Bytes::from)
}

/// [`WakeUps`] over the bus.
pub(super) struct BusWakeUps {
    signals: broadcast::Receiver<Signal>,
    queues: Vec<Consumer>,
    /// What a look into the database settles.
    held: Vec<Batch>,
}

impl BusWakeUps {
    pub(super) fn new(signals: broadcast::Receiver<Signal>, queues: Vec<Consumer>) -> Self {
        Self {
            signals,
            queues,
            held: Vec::new(),
        }
    }
}

#[async_trait::async_trait]
impl WakeUps for BusWakeUps {
    async fn next(&mut self) -> Signal {
        tokio::select! {
            signal = self.signals.recv() => match signal {
                Ok(signal) => signal,
                Err(RecvError::Lagged(_)) => Signal::Missed,
                Err(RecvError::Closed) => std::future::pending().await,
            },
            batch = next_batch(&mut self.queues) => {
                self.held.push(batch);
                Signal::Work
            }
        }
    }

    fn settle(&mut self, room: bool) {
        self.queues.iter().for_each(|queue| queue.set_room(room));
        self.held.drain(..).for_each(Batch::settle);
    }

    fn refuse_work(&mut self) {
        self.queues.clear();
        self.held.clear();
    }
}

/// From whichever queue has one.
async fn next_batch(queues: &mut Vec<Consumer>) -> Batch {
    loop {
        if queues.is_empty() {
            return std::future::pending().await;
        }

        let nexts = queues.iter_mut().map(|queue| Box::pin(queue.next()));
        let (batch, index, _) = select_all(nexts).await;
        match batch {
            Some(batch) => return batch,
            // Its bus is gone.
            None => drop(queues.remove(index)),
        }
    }
}
