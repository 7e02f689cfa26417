//! News between the engine and whoever watches: what was committed, what is only live, and who should wake up.
//! Everything here may be lost, doubled or late without harm; the store is the truth.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::broadcast::{self, error::RecvError};

use crate::store::{Event, RunId};

/// What a worker is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// There may be something to claim.
    Work,
    /// Someone asked to cancel this run.
    Cancel(RunId),
    /// Something was lost: there may be either.
    Missed,
}

/// Something to watch.
#[derive(Debug, Clone, PartialEq)]
pub enum RunNotice {
    /// Committed events of one run, in order.
    Events { run: RunId, events: Arc<[Event]> },
    /// A live value of one run; not kept, not numbered.
    Live { run: RunId, data: Arc<Value> },
}

/// Carries news and nudges. The engine never waits for it.
pub trait Notify: Send + Sync + 'static {
    /// These events of this run are committed. News of tasks that run at once may overtake each other: the numbers tell.
    fn committed(&self, run: RunId, events: Vec<Event>);
    /// A live value, for whoever watches right now.
    fn live(&self, run: RunId, data: Value);
    /// A run of this graph waits to be claimed: wakes a worker.
    fn queued(&self, run: RunId, graph: &str);
    /// Someone asked to cancel this run: tells all workers.
    fn cancelling(&self, run: RunId);
    /// What one worker, which runs these graphs, is told from now on.
    fn wake_ups(&self, graphs: &[String]) -> Box<dyn WakeUps>;
}

/// What one worker is told. A queue of work needs to know what became of it; a mere broadcast does not.
#[async_trait]
pub trait WakeUps: Send {
    /// The next signal; pends for ever when nobody can give one. Safe to cancel.
    async fn next(&mut self) -> Signal;

    /// The store was asked for work after all signals so far. `room` says whether this worker could do more; without it,
    /// others should be woken.
    fn settle(&mut self, _room: bool) {}

    /// Work is not wanted any more: what was not settled is for others. Cancellations are.
    fn refuse_work(&mut self) {}
}

/// News within one process.
#[derive(Debug, Clone)]
pub struct LocalNotify {
    signals: broadcast::Sender<Signal>,
    news: broadcast::Sender<RunNotice>,
}

impl LocalNotify {
    /// Watchers that fall more than `capacity` items behind are told that they missed some.
    pub fn new(capacity: usize) -> Self {
        Self {
            signals: broadcast::Sender::new(1024),
            news: broadcast::Sender::new(capacity),
        }
    }

    /// Everything from now on.
    pub fn news(&self) -> broadcast::Receiver<RunNotice> {
        self.news.subscribe()
    }
}

impl Default for LocalNotify {
    fn default() -> Self {
        Self::new(1024)
    }
}

impl Notify for LocalNotify {
    fn committed(&self, run: RunId, events: Vec<Event>) {
        if !events.is_empty() && self.news.receiver_count() > 0 {
            let _ = self.news.send(RunNotice::Events {
                run,
                events: events.into(),
            });
        }
    }

    fn live(&self, run: RunId, data: Value) {
        if self.news.receiver_count() > 0 {
            let _ = self.news.send(RunNotice::Live {
                run,
                data: Arc::new(data),
            });
        }
    }

    fn queued(&self, _run: RunId, _graph: &str) {
        let _ = self.signals.send(Signal::Work);
    }

    fn cancelling(&self, run: RunId) {
        let _ = self.signals.send(Signal::Cancel(run));
    }

    fn wake_ups(&self, _graphs: &[String]) -> Box<dyn WakeUps> {
        Box::new(LocalWakeUps(self.signals.subscribe()))
    }
}

struct LocalWakeUps(broadcast::Receiver<Signal>);

#[async_trait]
impl WakeUps for LocalWakeUps {
    async fn next(&mut self) -> Signal {
        match self.0.recv().await {
            Ok(signal) => signal,
            Err(RecvError::Lagged(_)) => Signal::Missed,
            // Polling goes on.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
