//! One listener per watched run, however many watch it: it hears the bus, looks into the log once in a while in case
//! the bus is silent, and hands everything on to a broadcast.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use flow::{Access, Event, Run, RunId, Store, StoreError};
use kit::bus::Bus;
use kit::error::Chain;
use serde_json::Value;
use tokio::sync::broadcast;
use tokio::time::{Instant, sleep_until};

use super::watch::Seen;
use crate::events::{BusMessage, RunNews, RunNotice, find_end};

/// Batches that a watcher may be behind before it has to read the log.
const BEHIND: usize = 256;
/// Events read from the log at once.
pub(super) const PAGE: u32 = 500;

/// What watchers share.
#[derive(Debug, Clone)]
pub(super) enum Batch {
    /// In order, without gaps within.
    Events(Arc<[Seen]>),
    Live(Arc<Value>),
    /// The log goes up to this number, and only what comes after it will be handed on.
    UpTo(u64),
}

pub(super) type Live = broadcast::Receiver<Batch>;
type Open = Arc<Mutex<HashMap<RunId, broadcast::Sender<Batch>>>>;

/// The listeners that are at work now.
#[derive(Clone)]
pub(super) struct Tails {
    open: Open,
    log: Arc<dyn Store>,
    bus: Bus,
    poll: Duration,
}

impl Tails {
    pub(super) fn new(log: Arc<dyn Store>, bus: Bus, poll: Duration) -> Self {
        Self {
            open: Open::default(),
            log,
            bus,
            poll,
        }
    }

    /// Everything from now on; closed when the run has ended.
    #[expect(
        clippy::disallowed_methods,
        reason = "a listener ends with its last watcher and has nothing to finish"
    )]
    pub(super) fn join(&self, run: RunId) -> Live {
        let mut open = locked(&self.open);
        if let Some(sender) = open.get(&run) {
            return sender.subscribe();
        }

        let (sender, live) = broadcast::channel(BEHIND);
        open.insert(run, sender.clone());

        let tail = Tail {
            run,
            last: 0,
            sender,
            tails: self.clone(),
        };

        tokio::spawn(tail.follow());

        live
    }
}

fn locked(open: &Open) -> MutexGuard<'_, HashMap<RunId, broadcast::Sender<Batch>>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Tail {
    run: RunId,
    /// Number of the newest event that was handed on.
    last: u64,
    sender: broadcast::Sender<Batch>,
    tails: Tails,
}

impl Tail {
    async fn follow(mut self) {
        self.listen().await;
        let mut open = locked(&self.tails.open);
        if open
            .get(&self.run)
            .is_some_and(|sender| sender.same_channel(&self.sender))
        {
            open.remove(&self.run);
        }
    }

    /// Until the run has ended or nobody watches.
    async fn listen(&mut self) {
        let mut news = Some(RunNews::subscribe(&self.tails.bus, self.run).await);

        match self.first_look().await {
            Some(row) if !row.status.is_terminal() => self.last = row.last_event,
            _ => return,
        }

        // Watchers read what was before from the log themselves; whoever did so before this look may lack its newest.
        let _ = self.sender.send(Batch::UpTo(self.last));

        let mut look = Instant::now() + self.tails.poll;
        loop {
            let heard = tokio::select! {
                heard = hear(news.as_mut()) => heard,
                () = sleep_until(look) => BusMessage::Missed,
            };

            let over = match heard {
                BusMessage::RunNotice(RunNotice::Live(data)) => {
                    let _ = self.sender.send(Batch::Live(Arc::new(data)));
                    continue;
                }
                BusMessage::RunNotice(RunNotice::Committed(events)) => {
                    self.take(events.into_iter().map(Event::from).collect()).await
                }
                BusMessage::Missed => self.catch_up().await,
                BusMessage::Silence => {
                    news = None;
                    false
                }
            };
            if over || self.is_alone() {
                return;
            }

            look = Instant::now() + self.tails.poll;
        }
    }

    /// The run's row, as soon as the store answers; `None` when there is no such run or nobody watches any more.
    async fn first_look(&self) -> Option<Run> {
        loop {
            match self.tails.log.get(Access::System, self.run).await {
                Ok(row) => return Some(row),
                Err(StoreError::NotFound) => return None,
                Err(error) => self.complain(&error),
            }

            if self.is_alone() {
                return None;
            }

            tokio::time::sleep(self.tails.poll).await;
        }
    }

    fn complain(&self, error: &StoreError) {
        tracing::warn!(run = %self.run, error = %Chain(error), "a run's log can not be read; trying again");
    }

    /// Leaves the list while nobody can join.
    fn is_alone(&self) -> bool {
        let mut open = locked(&self.tails.open);
        if self.sender.receiver_count() > 0 {
            return false;
        }
        open.remove(&self.run);
        true
    }

    /// Hands on what is new of it; reads the log when something is missing in between. True when the run has ended.
    async fn take(&mut self, events: Vec<Event>) -> bool {
        let new: Vec<Event> = events
            .into_iter()
            .filter(|event| event.number > self.last)
            .collect();
        let fits = (self.last + 1..)
            .zip(&new)
            .all(|(number, event)| event.number == number);
        // After what ended the run, more of the same commit may follow.
        if !fits || new.iter().any(|event| find_end(event).is_some()) {
            return self.catch_up().await;
        }

        self.hand_on(&new)
    }

    async fn catch_up(&mut self) -> bool {
        let mut over = false;
        loop {
            match self.tails.log.events(self.run, self.last, PAGE).await {
                Ok(page) if page.is_empty() => return over,
                Ok(page) => over |= self.hand_on(&page),
                Err(error) => {
                    self.complain(&error);
                    return over;
                }
            }
        }
    }

    fn hand_on(&mut self, events: &[Event]) -> bool {
        let Some(newest) = events.last() else { return false };
        self.last = newest.number;
        let seen: Arc<[Seen]> = events.iter().map(Seen::from).collect();
        // Fails only when nobody watches any more.
        let _ = self.sender.send(Batch::Events(seen));
        events.iter().any(|event| find_end(event).is_some())
    }
}

async fn hear(news: Option<&mut RunNews>) -> BusMessage {
    match news {
        Some(news) => news.next().await,
        None => std::future::pending().await,
    }
}
