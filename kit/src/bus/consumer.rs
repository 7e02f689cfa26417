//! The end of a work queue at which work is taken. The engine's task behind it gives out a batch and waits for what
//! becomes of it before it gives out the next.

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::task::AbortOnDropHandle;

use crate::shutdown::spawn_owned;

/// Messages that a batch has at most.
pub(super) const BATCH: u16 = 32;

/// Takes work from one queue. Dropping it gives back what was not settled.
pub struct Consumer {
    batches: mpsc::Receiver<Batch>,
    room: watch::Sender<bool>,
    _task: AbortOnDropHandle<()>,
}

/// Work that is this consumer's alone until it is settled. Dropped unsettled, it goes to another consumer.
#[derive(Debug)]
pub struct Batch {
    /// Empty when the engine was away: there may be work that nobody was told of.
    pub messages: Vec<Bytes>,
    settled: oneshot::Sender<()>,
}

/// What the engine's task has of a consumer.
pub(super) struct Source {
    batches: mpsc::Sender<Batch>,
    room: watch::Receiver<bool>,
}

impl Consumer {
    /// A consumer whose batches `serve` gives out.
    pub(super) fn new<F>(serve: impl FnOnce(Source) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (given, batches) = mpsc::channel(1);
        let (room, has_room) = watch::channel(true);
        let source = Source {
            batches: given,
            room: has_room,
        };

        Self {
            batches,
            room,
            _task: spawn_owned(serve(source)),
        }
    }

    /// The next batch, one at a time; `None` when the bus is gone. Safe to cancel.
    pub async fn next(&mut self) -> Option<Batch> {
        self.batches.recv().await
    }

    /// Whether more work is welcome. Without room, others get it. Set it before a batch is settled.
    pub fn set_room(&self, room: bool) {
        self.room
            .send_if_modified(|current| std::mem::replace(current, room) != room);
    }
}

impl Batch {
    /// The work is done, or somebody answers for it: it will not come back.
    pub fn settle(self) {
        let _ = self.settled.send(());
    }
}

impl Source {
    /// Waits until more work is welcome; `None` when the consumer is gone.
    pub(super) async fn has_room(&mut self) -> Option<()> {
        self.room.wait_for(|room| *room).await.ok().map(drop)
    }

    /// Waits until no more work is welcome; `None` when the consumer is gone.
    pub(super) async fn is_full(&mut self) -> Option<()> {
        self.room.wait_for(|room| !*room).await.ok().map(drop)
    }

    /// Gives out a batch and waits. True when it was settled.
    pub(super) async fn give(&self, messages: Vec<Bytes>) -> bool {
        let (settled, answer) = oneshot::channel();
        self.batches.send(Batch { messages, settled }).await.is_ok() && answer.await.is_ok()
    }
}
