//! News between the engine and whoever watches: what was committed, what is only live, and who should wake up.
//! Everything here may be lost, doubled or late without harm; the store is the truth.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::broadcast;

use crate::store::{Event, RunId};

/// A nudge to the workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// There may be something to claim.
    Work,
    /// Someone asked to cancel this run.
    Cancel(RunId),
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
    /// Wakes workers.
    fn signal(&self, signal: Signal);
    /// What workers listen to.
    fn signals(&self) -> broadcast::Receiver<Signal>;
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

    fn signal(&self, signal: Signal) {
        let _ = self.signals.send(signal);
    }

    fn signals(&self) -> broadcast::Receiver<Signal> {
        self.signals.subscribe()
    }
}
