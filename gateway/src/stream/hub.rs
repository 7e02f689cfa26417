//! Who watches which run. However many clients watch a run here, its events come from the service once: from the first
//! watcher until the last one leaves. Checks no permission: whoever may see the story may watch.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::StreamExt;
use kit::{ErrorKind, Problem, media::MediaSigner, shutdown::spawn_owned};
use proto::v1::{RunEvent, WatchRunRequest};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;
use tonic::{Status, Streaming};

use super::event_buffer::{BufferLimits, Cursor, Ending, EventBuffer, Frame, Step};
use crate::{
    config::StreamConfig,
    error::ApiError,
    identity::{PublicBase, RequestContext},
    services::Services,
};

/// Waits between attempts to reach the service again: doubled each time, up to the last.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LAST_WAIT: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub(crate) struct Hub(Arc<HubState>);

struct HubState {
    runs: Mutex<OpenRuns>,
    services: Services,
    signer: MediaSigner,
    limits: BufferLimits,
    max_watchers: usize,
}

#[derive(Default)]
struct OpenRuns {
    open: HashMap<String, OpenRun>,
    watchers: usize,
}

struct OpenRun {
    buffer: Arc<EventBuffer>,
    watchers: usize,
    _forwarder: AbortOnDropHandle<()>,
}

impl Hub {
    pub(crate) fn new(services: Services, signer: MediaSigner, config: &StreamConfig) -> Self {
        let limits = BufferLimits {
            log_bytes: config.log_bytes,
            deltas: config.queue_events,
        };
        let max_watchers = config.max_clients;

        Self(Arc::new(HubState {
            runs: Mutex::default(),
            services,
            signer,
            limits,
            max_watchers,
        }))
    }

    /// Events of the run above `after`, then what happens live. `None` when too many watch already.
    pub(crate) fn watch(
        &self,
        call: &RequestContext,
        run: &str,
        after: u64,
        base: &PublicBase,
    ) -> Option<Watch> {
        let mut runs = self.0.runs();
        if runs.watchers >= self.0.max_watchers {
            return None;
        }

        runs.watchers += 1;
        metrics::gauge!("gateway_stream_watchers").increment(1.0);

        let open = runs.open.entry(run.to_owned()).or_insert_with(|| {
            let (buffer, forwarder) = self.open(call, run, base);
            OpenRun {
                buffer,
                watchers: 0,
                _forwarder: forwarder,
            }
        });

        open.watchers += 1;

        let buffer = Arc::clone(&open.buffer);
        let cursor = buffer.cursor(after).unwrap_or(Cursor::from_number(after));
        let guard = WatcherGuard {
            hub: Arc::clone(&self.0),
            call: call.clone(),
            run: run.to_owned(),
        };

        let (version, base) = (buffer.subscribe(), base.clone());
        Some(Watch {
            buffer,
            cursor,
            version,
            base,
            live: false,
            own: None,
            guard,
        })
    }

    fn open(
        &self,
        call: &RequestContext,
        run: &str,
        base: &PublicBase,
    ) -> (Arc<EventBuffer>, AbortOnDropHandle<()>) {
        let buffer = Arc::new(EventBuffer::new(
            base.clone(),
            self.0.signer.clone(),
            self.0.limits,
        ));
        let forwarder = Forwarder {
            services: self.0.services.clone(),
            call: call.clone(),
            run: run.to_owned(),
            buffer: Arc::clone(&buffer),
        };
        (buffer, spawn_owned(forwarder.run()))
    }
}

impl HubState {
    fn runs(&self) -> MutexGuard<'_, OpenRuns> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a watcher for as long as it is there. With the last one of a run, its events are fetched no longer.
struct WatcherGuard {
    hub: Arc<HubState>,
    call: RequestContext,
    run: String,
}

impl Drop for WatcherGuard {
    fn drop(&mut self) {
        let mut runs = self.hub.runs();
        runs.watchers -= 1;
        metrics::gauge!("gateway_stream_watchers").decrement(1.0);

        let Some(open) = runs.open.get_mut(&self.run) else {
            return;
        };
        open.watchers -= 1;

        if open.watchers == 0 {
            runs.open.remove(&self.run);
        }
    }
}

/// One watcher of one run.
pub(crate) struct Watch {
    buffer: Arc<EventBuffer>,
    cursor: Cursor,
    version: watch::Receiver<u64>,
    base: PublicBase,
    /// It has once had everything. From then on, being left behind means being too slow.
    live: bool,
    /// Events that the buffer has forgotten, straight from the service, at the watcher's own pace.
    own: Option<Streaming<RunEvent>>,
    guard: WatcherGuard,
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

            match self.buffer.read(&mut self.cursor, &self.base, out) {
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

    /// Back to the buffer when it has what this watcher needs next, else to the service.
    async fn fetch(&mut self) -> Result<(), Problem> {
        match self.buffer.cursor(self.cursor.number()) {
            Some(cursor) => self.cursor = cursor,
            None => {
                // Not in a tight loop, should the service break off again and again.
                tokio::time::sleep(FIRST_WAIT).await;
                let WatcherGuard { hub, call, run } = &self.guard;
                self.own = Some(watch_run(&hub.services, call, run, self.cursor.number()).await?);
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

        self.cursor = Cursor::from_number(event.number);

        if let Some(cursor) = self.buffer.cursor(event.number) {
            (self.cursor, self.own) = (cursor, None);
        }

        out.extend(self.buffer.frame(event, &self.base));

        (!out.is_empty()).then_some(Step::Frames)
    }
}

/// Events above `after` until the run has ended.
async fn watch_run(
    services: &Services,
    call: &RequestContext,
    run: &str,
    after: u64,
) -> Result<Streaming<RunEvent>, Problem> {
    let request = WatchRunRequest {
        id: run.to_owned(),
        after,
    };
    let events = services.watched_runs(call).watch_run(request).await;

    events
        .map(tonic::Response::into_inner)
        .map_err(|status| Problem::from_status(&status))
}

/// Carries a run's events from the service into its buffer, through interruptions, until the run has ended.
struct Forwarder {
    services: Services,
    call: RequestContext,
    run: String,
    buffer: Arc<EventBuffer>,
}

impl Forwarder {
    async fn run(self) {
        let mut wait = FIRST_WAIT;

        loop {
            let known = self.buffer.newest();
            match watch_run(&self.services, &self.call, &self.run, known).await {
                Ok(events) => match self.carry(events).await {
                    Ok(()) => return self.buffer.end(Ending::Finished),
                    Err(problem) if is_final(problem.kind) => return self.refuse(problem),
                    Err(problem) => tracing::warn!(run = self.run, %problem, "the events of a run broke off"),
                },
                Err(problem) if is_final(problem.kind) => return self.refuse(problem),
                Err(problem) => tracing::warn!(run = self.run, %problem, "a run can not be watched now"),
            }

            if self.buffer.newest() > known {
                wait = FIRST_WAIT;
            }

            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LAST_WAIT);
        }
    }

    async fn carry(&self, mut events: Streaming<RunEvent>) -> Result<(), Problem> {
        while let Some(event) = events.next().await {
            self.buffer
                .publish(event.map_err(|status| Problem::from_status(&status))?);
        }
        Ok(())
    }

    fn refuse(&self, problem: Problem) {
        self.buffer
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
        | ErrorKind::FailedPrecondition
        | ErrorKind::Unimplemented => true,
        ErrorKind::AlreadyExists
        | ErrorKind::Aborted
        | ErrorKind::ResourceExhausted
        | ErrorKind::DeadlineExceeded
        | ErrorKind::Unavailable
        | ErrorKind::Internal => false,
    }
}
