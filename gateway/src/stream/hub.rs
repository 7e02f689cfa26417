//! Who watches which run, or which workflow with all its runs. However many clients watch one here, its events come from the
//! service once: from the first watcher until the last one leaves. Checks no permission: whoever may see the story or the
//! workflow may watch.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::StreamExt;
use kit::{ErrorKind, Problem, media::MediaSigner, shutdown::spawn_owned};
use proto::v1::{RunEvent, WatchRunRequest, WatchSharedWorkflowRequest, WatchWorkflowRequest};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;
use tonic::{Status, Streaming};

use super::event_buffer::{BufferLimits, Cursor, Ending, EventBuffer, Frame, Step};
use crate::{
    config::StreamConfig,
    error::ApiError,
    identity::{PublicBase, RequestContext},
    services::Services,
    view::akd,
};

/// Waits between attempts to reach the service again: doubled each time, up to the last.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LAST_WAIT: Duration = Duration::from_secs(5);

/// Whose events are watched.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Watched {
    Run(String),
    /// One run after another; the numbers of their events rise through all of them.
    Workflow(String),
    /// The same, for those who have this link: until it ends, and without what a link does not give.
    Link {
        workflow: String,
        token: String,
    },
}

impl Watched {
    /// Its id, whichever it is.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Run(id) | Self::Workflow(id) | Self::Link { workflow: id, .. } => id,
        }
    }

    /// Events above `after` until the run, or the workflow's current one, has ended.
    async fn open(
        &self,
        services: &Services,
        call: &RequestContext,
        after: u64,
    ) -> Result<Streaming<RunEvent>, Problem> {
        let opened = match self {
            Self::Run(id) => {
                let id = id.clone();
                let mut runs = services.watched_runs(call);
                runs.watch_run(WatchRunRequest { id, after }).await
            }
            Self::Workflow(id) => {
                let request = WatchWorkflowRequest {
                    id: id.clone(),
                    after,
                };
                let mut workflows = services.watched_workflows(call);
                workflows.watch_workflow(request).await
            }
            Self::Link { token, .. } => {
                let token = token.clone();
                let mut workflows = services.watched_workflows(call);
                workflows
                    .watch_shared_workflow(WatchSharedWorkflowRequest { token, after })
                    .await
            }
        };

        opened
            .map(tonic::Response::into_inner)
            .map_err(|status| Problem::from_status(&status))
    }

    /// The event, marked with whose words it is told in.
    fn mark(&self, mut event: RunEvent) -> RunEvent {
        if self.has_many_runs() {
            event.graph = akd::GRAPH.to_owned();
        }
        event
    }

    /// Whether another run may begin when one has ended.
    const fn has_many_runs(&self) -> bool {
        match self {
            Self::Run(_) => false,
            Self::Workflow(_) | Self::Link { .. } => true,
        }
    }
}

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
    open: HashMap<Watched, OpenRun>,
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

    /// Its events above `after`, then what happens live. `None` when too many watch already.
    pub(crate) fn watch(
        &self,
        call: &RequestContext,
        watched: &Watched,
        after: u64,
        base: &PublicBase,
    ) -> Option<Watch> {
        let mut runs = self.0.runs();
        if runs.watchers >= self.0.max_watchers {
            return None;
        }

        runs.watchers += 1;
        metrics::gauge!("gateway_stream_watchers").increment(1.0);

        // Another run of the workflow may have begun since; those who read the old buffer keep it.
        let is_over = |open: &mut OpenRun| open.buffer.has_ended();
        if watched.has_many_runs() && runs.open.get_mut(watched).is_some_and(is_over) {
            runs.open.remove(watched);
        }

        let open = runs.open.entry(watched.clone()).or_insert_with(|| {
            let (buffer, forwarder) = self.open(call, watched, base);
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
            watched: watched.clone(),
            buffer: Arc::clone(&buffer),
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
        watched: &Watched,
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
            watched: watched.clone(),
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
    watched: Watched,
    buffer: Arc<EventBuffer>,
}

impl Drop for WatcherGuard {
    fn drop(&mut self) {
        let mut runs = self.hub.runs();
        runs.watchers -= 1;
        metrics::gauge!("gateway_stream_watchers").decrement(1.0);

        let open = runs.open.get_mut(&self.watched);
        let Some(open) = open.filter(|open| Arc::ptr_eq(&open.buffer, &self.buffer)) else {
            return;
        };
        open.watchers -= 1;

        if open.watchers == 0 {
            runs.open.remove(&self.watched);
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
                let WatcherGuard {
                    hub, call, watched, ..
                } = &self.guard;
                self.own = Some(watched.open(&hub.services, call, self.cursor.number()).await?);
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
        let event = self.guard.watched.mark(event);
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

/// Carries a run's events from the service into its buffer, through interruptions, until the run has ended.
struct Forwarder {
    services: Services,
    call: RequestContext,
    watched: Watched,
    buffer: Arc<EventBuffer>,
}

impl Forwarder {
    async fn run(self) {
        let mut wait = FIRST_WAIT;

        loop {
            let known = self.buffer.newest();
            match self.watched.open(&self.services, &self.call, known).await {
                Ok(events) => match self.carry(events).await {
                    Ok(()) => return self.buffer.end(Ending::Finished),
                    Err(problem) if is_final(problem.kind) => return self.refuse(problem),
                    Err(problem) => {
                        tracing::warn!(run = self.watched.id(), %problem, "the events of a run broke off")
                    }
                },
                Err(problem) if is_final(problem.kind) => return self.refuse(problem),
                Err(problem) => {
                    tracing::warn!(run = self.watched.id(), %problem, "a run can not be watched now")
                }
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
            let event = event.map_err(|status| Problem::from_status(&status))?;
            self.buffer.publish(self.watched.mark(event));
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
