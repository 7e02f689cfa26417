//! Who watches which run. However many clients watch a run here, its events come from the service once; the first
//! watcher opens the room and the last one closes it. Checks no permission: whoever may see the story may watch.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::StreamExt;
use kit::{ErrorKind, Problem, media::MediaSigner, shutdown::spawn_owned};
use proto::v1::RunEvent;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;
use tonic::{Status, Streaming};

use super::room::{Cursor, Ending, Frame, Limits, Room, Step};
use crate::{
    clients::Clients,
    config::StreamConfig,
    error::ApiError,
    identity::{Call, PublicBase},
};

/// Waits between attempts to reach the service again: doubled each time, up to the last.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LAST_WAIT: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub(crate) struct Hub(Arc<Shared>);

struct Shared {
    rooms: Mutex<Rooms>,
    clients: Clients,
    signer: MediaSigner,
    limits: Limits,
    max_watchers: usize,
}

#[derive(Default)]
struct Rooms {
    open: HashMap<String, Open>,
    watchers: usize,
}

struct Open {
    room: Arc<Room>,
    watchers: usize,
    _pump: AbortOnDropHandle<()>,
}

impl Hub {
    pub(crate) fn new(clients: Clients, signer: MediaSigner, config: &StreamConfig) -> Self {
        let limits = Limits {
            log_bytes: config.log_bytes,
            deltas: config.queue_events,
        };
        let max_watchers = config.max_clients;

        Self(Arc::new(Shared {
            rooms: Mutex::default(),
            clients,
            signer,
            limits,
            max_watchers,
        }))
    }

    /// Events of the run above `after`, then what happens live. `None` when too many watch already.
    pub(crate) fn watch(&self, call: &Call, run: &str, after: u64, base: &PublicBase) -> Option<Watch> {
        let mut rooms = self.0.rooms();
        if rooms.watchers >= self.0.max_watchers {
            return None;
        }

        rooms.watchers += 1;
        metrics::gauge!("gateway_stream_watchers").increment(1.0);

        let open = rooms.open.entry(run.to_owned()).or_insert_with(|| {
            let (room, pump) = self.open(call, run, base);
            Open {
                room,
                watchers: 0,
                _pump: pump,
            }
        });

        open.watchers += 1;

        let room = Arc::clone(&open.room);
        let cursor = room.cursor(after).unwrap_or(Cursor::at(after));
        let seat = Seat {
            hub: Arc::clone(&self.0),
            call: call.clone(),
            run: run.to_owned(),
        };

        let (version, base) = (room.subscribe(), base.clone());
        Some(Watch {
            room,
            cursor,
            version,
            base,
            live: false,
            own: None,
            seat,
        })
    }

    fn open(&self, call: &Call, run: &str, base: &PublicBase) -> (Arc<Room>, AbortOnDropHandle<()>) {
        let room = Arc::new(Room::new(base.clone(), self.0.signer.clone(), self.0.limits));
        let pump = Pump {
            clients: self.0.clients.clone(),
            call: call.clone(),
            run: run.to_owned(),
            room: Arc::clone(&room),
        };
        (room, spawn_owned(pump.run()))
    }
}

impl Shared {
    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A watcher's place; leaving it closes the room behind the last one.
struct Seat {
    hub: Arc<Shared>,
    call: Call,
    run: String,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut rooms = self.hub.rooms();
        rooms.watchers -= 1;
        metrics::gauge!("gateway_stream_watchers").decrement(1.0);

        let Some(open) = rooms.open.get_mut(&self.run) else {
            return;
        };
        open.watchers -= 1;

        if open.watchers == 0 {
            rooms.open.remove(&self.run);
        }
    }
}

/// One watcher of one run.
pub(crate) struct Watch {
    room: Arc<Room>,
    cursor: Cursor,
    version: watch::Receiver<u64>,
    base: PublicBase,
    /// It has once had everything. From then on, being left behind means being too slow.
    live: bool,
    /// Events that the room has forgotten, straight from the service, at the watcher's own pace.
    own: Option<Streaming<RunEvent>>,
    seat: Seat,
}

impl Watch {
    /// Waits for something new and adds it to `out`, a bounded number at a time. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self, out: &mut Vec<Frame>) -> Step {
        loop {
            if let Some(own) = &mut self.own {
                let event = own.next().await;
                if let Some(step) = self.catch_up(event, out) {
                    return step;
                }
                continue;
            }

            // Marked as seen before reading: what is published in between wakes the wait below.
            self.version.borrow_and_update();

            match self.room.read(&mut self.cursor, &self.base, out) {
                Some(Step::Behind) if !self.live => match self.fetch().await {
                    Ok(()) => {}
                    Err(problem) => {
                        return Step::Ended(Ending::Refused(ApiError::from_problem(problem, "story")));
                    }
                },
                Some(step) => return step,
                None => {
                    self.live = true;
                    if self.version.changed().await.is_err() {
                        return Step::Ended(Ending::Finished);
                    }
                }
            }
        }
    }

    /// Back to the room when it has what this watcher needs next, else to the service.
    async fn fetch(&mut self) -> Result<(), Problem> {
        match self.room.cursor(self.cursor.number()) {
            Some(cursor) => self.cursor = cursor,
            None => {
                // Not in a tight loop, should the service break off again and again.
                tokio::time::sleep(FIRST_WAIT).await;
                let Seat { hub, call, run } = &self.seat;
                self.own = Some(hub.clients.watch_run(call, run, self.cursor.number()).await?);
            }
        }

        Ok(())
    }

    fn catch_up(&mut self, event: Option<Result<RunEvent, Status>>, out: &mut Vec<Frame>) -> Option<Step> {
        // Broken off or at its end: the next turn finds out what is missing.
        let Some(Ok(event)) = event else {
            self.own = None;
            return None;
        };
        // A delta, or what the watcher has.
        if event.number <= self.cursor.number() {
            return None;
        }

        self.cursor = Cursor::at(event.number);

        if let Some(cursor) = self.room.cursor(event.number) {
            (self.cursor, self.own) = (cursor, None);
        }

        out.extend(self.room.frame(event, &self.base));

        (!out.is_empty()).then_some(Step::Frames)
    }
}

/// Carries a run's events from the service into its room, through interruptions, until the run has ended.
struct Pump {
    clients: Clients,
    call: Call,
    run: String,
    room: Arc<Room>,
}

impl Pump {
    async fn run(self) {
        let mut wait = FIRST_WAIT;

        loop {
            let known = self.room.newest();
            match self.clients.watch_run(&self.call, &self.run, known).await {
                Ok(events) => match self.carry(events).await {
                    Ok(()) => return self.room.end(Ending::Finished),
                    Err(problem) if is_final(problem.kind) => return self.refuse(problem),
                    Err(problem) => tracing::warn!(run = self.run, %problem, "the events of a run broke off"),
                },
                Err(problem) if is_final(problem.kind) => return self.refuse(problem),
                Err(problem) => tracing::warn!(run = self.run, %problem, "a run can not be watched now"),
            }

            if self.room.newest() > known {
                wait = FIRST_WAIT;
            }

            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LAST_WAIT);
        }
    }

    async fn carry(&self, mut events: Streaming<RunEvent>) -> Result<(), Problem> {
        while let Some(event) = events.next().await {
            self.room
                .publish(event.map_err(|status| Problem::from_status(&status))?);
        }
        Ok(())
    }

    fn refuse(&self, problem: Problem) {
        self.room
            .end(Ending::Refused(ApiError::from_problem(problem, "story")));
    }
}

/// Trying again would be answered the same.
const fn is_final(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::InvalidArgument
        | ErrorKind::Unauthenticated
        | ErrorKind::PermissionDenied
        | ErrorKind::NotFound
        | ErrorKind::FailedPrecondition => true,
        ErrorKind::AlreadyExists
        | ErrorKind::Aborted
        | ErrorKind::ResourceExhausted
        | ErrorKind::DeadlineExceeded
        | ErrorKind::Unavailable
        | ErrorKind::Internal => false,
    }
}
