//! The door for whoever starts, watches and steers runs: it prepares rows, calls the store and wakes the workers.
//! Workers do not use it.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::codec;
use crate::context::status_data;
use crate::notify::Notify;
use crate::plan::Frontier;
use crate::records;
use crate::scope::Now;
use crate::spill::Spill;
use crate::store::{
    Access, Created, Event, Idempotency, NewEvent, NewFork, NewRun, OwnerId, Page, Reopen, Reply, Run, RunId,
    RunOptions, RunStatus, SavedCheckpoint, Share, Store, StoreError,
};

/// A run to be started.
#[derive(Debug, Clone, PartialEq)]
pub struct StartRun<I> {
    pub id: RunId,
    pub owner: OwnerId,
    pub share: Share,
    pub graph: String,
    /// The phase shown until the graph says another.
    pub phase: String,
    /// The graph's first state, or anything that reads as it.
    pub input: I,
    pub idempotency: Option<Idempotency>,
    /// Not to be started before this; `None` is now.
    pub due_at: Option<DateTime<Utc>>,
    pub options: RunOptions,
}

/// Where in a graph a new run begins, and what it begins with: as another run had it there.
#[derive(Debug, Clone, PartialEq)]
pub struct StartPoint {
    pub source: RunId,
    pub step: u64,
    pub frontier: Frontier,
}

/// A checkpoint in a run's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// 0 is the input.
    pub step: u64,
    /// Nodes that run next; empty at the end.
    pub next: Vec<String>,
    pub created_at: DateTime<Utc>,
}

/// A checkpoint with its state.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckpointView {
    pub step: u64,
    pub next: Vec<String>,
    pub frontier: Frontier,
    /// JSON text.
    pub state: String,
}

/// Starts, reads and steers runs.
#[derive(Clone)]
pub struct Runs {
    store: Arc<dyn Store>,
    notify: Arc<dyn Notify>,
    spill: Option<Arc<dyn Spill>>,
    now: Now,
    trace: fn() -> Option<String>,
}

impl fmt::Debug for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runs").finish_non_exhaustive()
    }
}

impl Runs {
    /// All of it is shared with the workers.
    pub fn new(
        store: Arc<dyn Store>,
        notify: Arc<dyn Notify>,
        spill: Option<Arc<dyn Spill>>,
        now: Now,
    ) -> Self {
        Self {
            store,
            notify,
            spill,
            now,
            trace: || None,
        }
    }

    /// The same, where new runs remember the trace that they are asked for in, as `current` writes it down.
    #[must_use]
    pub fn with_trace(self, current: fn() -> Option<String>) -> Self {
        Self {
            trace: current,
            ..self
        }
    }

    /// The row of a new run, for a store that writes it together with something else. Call [`Runs::started`] after.
    ///
    /// # Errors
    /// `Unreadable` when the input can not be written as JSON; `Unavailable` when a large one can not be put away.
    pub async fn prepare<I: Serialize>(&self, start: StartRun<I>) -> Result<NewRun, StoreError> {
        self.prepare_at(start, None).await
    }

    /// The same for a run that begins where another one stood, with the state that it is given as input.
    ///
    /// # Errors
    /// As [`Runs::prepare`].
    pub async fn prepare_at<I: Serialize>(
        &self,
        start: StartRun<I>,
        point: Option<StartPoint>,
    ) -> Result<NewRun, StoreError> {
        let state = serde_json::to_vec(&start.input).map_err(StoreError::unreadable)?;
        let now = (self.now)();
        let (first_step, forked_from, frontier) = match point {
            Some(point) => (point.step, Some(point.source), point.frontier),
            None => (0, None, Frontier::start()),
        };
        let record = codec::encode_full(&frontier, &state);
        let key = format!("runs/{}/{first_step}-0", start.id);
        let (input, _) = records::put_away(record, self.spill.as_deref(), || key).await?;
        let events = vec![queued(&start.phase)];

        Ok(NewRun {
            id: start.id,
            owner: start.owner,
            share: start.share,
            graph: start.graph,
            phase: start.phase,
            input,
            first_step,
            forked_from,
            options: start.options,
            idempotency: start.idempotency,
            created_at: now,
            due_at: start.due_at.unwrap_or(now),
            trace: (self.trace)(),
            events,
        })
    }

    /// Writes a run and wakes a worker. With a known idempotency key, the run that it made.
    ///
    /// # Errors
    /// As [`Runs::prepare`]; `IdempotencyMismatch`.
    pub async fn start<I: Serialize>(&self, start: StartRun<I>) -> Result<Created, StoreError> {
        let created = self.store.create(self.prepare(start).await?).await?;
        if let Created::New(run) = &created {
            self.started(run.id, &run.graph);
        }
        Ok(created)
    }

    /// A run was written outside of [`Runs::start`].
    pub fn started(&self, run: RunId, graph: &str) {
        self.notify.queued(run, graph);
    }

    /// A run was stopped outside of [`Runs::cancel`], which said this.
    pub fn cancelled(&self, run: RunId, events: Vec<Event>) {
        self.notify.committed(run, events);
        self.notify.cancelling(run);
    }

    /// One run.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, access: Access, run: RunId) -> Result<Run, StoreError> {
        self.store.get(access, run).await
    }

    /// An owner's runs, newest first.
    ///
    /// # Errors
    /// Only when the store fails.
    pub async fn list(&self, access: Access, page: Page) -> Result<Vec<Run>, StoreError> {
        self.store.list(access, page).await
    }

    /// Events after a number, at most `limit`.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn events(
        &self,
        access: Access,
        run: RunId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        self.store.get(access, run).await?;
        self.store.events(run, after, limit).await
    }

    /// Stops a run: at once when nobody works on it, else within a second.
    ///
    /// # Errors
    /// `NotFound`; `WrongStatus` when it has ended.
    pub async fn cancel(&self, access: Access, run: RunId) -> Result<Run, StoreError> {
        let committed = self.store.cancel(access, run, (self.now)()).await?;
        self.notify.committed(run, committed.events);
        self.notify.cancelling(run);
        self.store.get(access, run).await
    }

    /// Answers the oldest question that a run waits on.
    ///
    /// # Errors
    /// `NotFound`; `WrongStatus` when it does not wait.
    pub async fn answer(&self, access: Access, run: RunId, answer: Value) -> Result<Run, StoreError> {
        self.reply(access, run, None, Reply::Answer(answer)).await
    }

    /// Answers or declines a question; the oldest open one without an id.
    ///
    /// # Errors
    /// `NotFound`; `WrongStatus` when it does not wait; `NoQuestion` when it does not wait for this one.
    pub async fn reply(
        &self,
        access: Access,
        run: RunId,
        question: Option<uuid::Uuid>,
        reply: Reply,
    ) -> Result<Run, StoreError> {
        let now = (self.now)();
        let committed = self.store.answer(access, run, question, reply, now).await?;
        self.notify.committed(run, committed.events);

        let run = self.store.get(access, run).await?;
        if run.status == RunStatus::Queued {
            self.notify.queued(run.id, &run.graph);
        }

        Ok(run)
    }

    /// Stops a run after the step that is being worked on, or lets it go on.
    ///
    /// # Errors
    /// `NotFound`; `WrongStatus` when it has ended.
    pub async fn pause(&self, access: Access, run: RunId, paused: bool) -> Result<Run, StoreError> {
        let committed = self.store.pause(access, run, paused, (self.now)()).await?;
        self.notify.committed(run, committed.events);

        let run = self.store.get(access, run).await?;
        if !paused {
            self.notify.queued(run.id, &run.graph);
        }

        Ok(run)
    }

    /// Lets a run that failed or was cancelled go on where it stood. With a state, that takes the place of the one it had.
    ///
    /// # Errors
    /// `NotFound`; `WrongStatus` when it did not end badly; `NoCheckpoint` when it has gone on meanwhile.
    pub async fn reopen<S: Serialize>(
        &self,
        access: Access,
        run: RunId,
        state: Option<(&CheckpointView, S)>,
    ) -> Result<Run, StoreError> {
        let checkpoint = match state {
            Some((at, state)) => {
                let state = serde_json::to_vec(&state).map_err(StoreError::unreadable)?;
                let record = codec::encode_full(&at.frontier, &state);
                let key = || format!("runs/{run}/{}-r{}", at.step, (self.now)().timestamp_micros());
                let (record, spilled) = records::put_away(record, self.spill.as_deref(), key).await?;
                Some(SavedCheckpoint {
                    step: at.step,
                    base: at.step,
                    record,
                    spilled,
                })
            }
            None => None,
        };
        let reopen = Reopen {
            access,
            run,
            checkpoint,
            at: (self.now)(),
        };

        let committed = self.store.reopen(reopen).await?;
        self.notify.committed(run, committed.events);

        let run = self.store.get(access, run).await?;
        self.notify.queued(run.id, &run.graph);

        Ok(run)
    }

    /// The kept checkpoints, newest first.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn history(&self, access: Access, run: RunId) -> Result<Vec<HistoryEntry>, StoreError> {
        let infos = self.store.history(access, run).await?;
        let entries = infos.into_iter().map(|info| {
            let frontier = codec::frontier(&info.record).map_err(StoreError::unreadable)?;
            Ok(HistoryEntry {
                step: info.step,
                next: frontier.nodes(),
                created_at: info.created_at,
            })
        });

        entries.collect()
    }

    /// One checkpoint with its state.
    ///
    /// # Errors
    /// `NotFound`; `NoCheckpoint` when it is not kept.
    pub async fn checkpoint(
        &self,
        access: Access,
        run: RunId,
        step: u64,
    ) -> Result<CheckpointView, StoreError> {
        let chain = self.store.chain(access, run, step).await?;
        let (frontier, state) = records::read_chain(&chain, self.spill.as_deref()).await?;
        Ok(CheckpointView {
            step,
            next: frontier.nodes(),
            frontier,
            state: String::from_utf8(state).map_err(StoreError::unreadable)?,
        })
    }

    /// Starts a new run at a checkpoint of another; the other is not touched.
    ///
    /// # Errors
    /// `NotFound`; `NoCheckpoint` when it is not kept.
    pub async fn fork(&self, access: Access, run: RunId, step: u64, id: RunId) -> Result<Run, StoreError> {
        let chain = self.store.chain(access, run, step).await?;
        let (frontier, state) = records::read_chain(&chain, self.spill.as_deref()).await?;
        let record = codec::encode_full(&frontier, &state);
        let key = format!("runs/{id}/{step}-0");
        let (record, spilled) = records::put_away(record, self.spill.as_deref(), || key).await?;
        let checkpoint = SavedCheckpoint {
            step,
            base: step,
            record,
            spilled,
        };

        let at = (self.now)();
        let source = run;
        let fork = NewFork {
            id,
            access,
            source,
            checkpoint,
            events: vec![queued("")],
            at,
        };
        let forked = self.store.fork(fork).await?;

        self.notify.queued(forked.id, &forked.graph);

        Ok(forked)
    }
}

/// The first event of every run.
fn queued(phase: &str) -> NewEvent {
    NewEvent {
        kind: "status".to_owned(),
        data: status_data(RunStatus::Queued, phase, 0.0).to_string(),
        step: None,
    }
}
