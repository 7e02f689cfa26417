//! Drives one claimed run, step after step, until it ends, parks, pauses or is taken away. Decisions are pure
//! (`plan`, `settle`); this file does the waiting and the writing.

mod hold;
mod settle;
mod step;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::context::{INTERNAL, INTERNAL_REASON, Stop, StopReason, status_data};
use crate::error::{Cause, GraphError};
use crate::graph::{Graph, State};
use crate::notify::Notify;
use crate::plan::{Frontier, advance};
use crate::records::{self, Chain};
use crate::scope::{Now, RunScope, commit_patiently, patiently};
use crate::spill::Spill;
use crate::store::{
    Change, Claimed, Commit, Committed, EffectKey, NewEvent, OpenQuestion, PausePoints, Resume, RunFailure,
    RunId, RunStatus, SavedCheckpoint, Store, StoreError,
};
use settle::{Settled, settle};
use step::{Done, StepEnd};

/// What every run of a worker shares.
pub(crate) struct Env {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) notify: Arc<dyn Notify>,
    pub(crate) spill: Option<Arc<dyn Spill>>,
    pub(crate) now: Now,
    /// How long nodes may go on after a cancellation.
    pub(crate) cancel_grace: Duration,
    /// Checkpoints that stay.
    pub(crate) keep_last: u64,
    /// A run that took so many workers with it in a row is given up.
    pub(crate) max_lost: u32,
}

/// One claimed run and the worker's strings on it.
pub(crate) struct Held {
    pub(crate) claimed: Claimed,
    pub(crate) stop: Stop,
    /// The lease is gone: stop without a write.
    pub(crate) lost: CancellationToken,
    /// Hand the run back after this step.
    pub(crate) drain: CancellationToken,
}

/// How a worker's hold on a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Completed, failed or cancelled.
    Ended,
    /// Parked until an answer, or until somebody lets it go on.
    Parked,
    /// Given back; it goes on at this time.
    Paused(DateTime<Utc>),
    /// Another worker has it, or the store did not answer; its lease decides.
    Lost,
}

/// Makes a run's graph from its state.
pub(crate) type BuildGraph<S> = Arc<dyn Fn(&S) -> Result<Graph<S>, GraphError> + Send + Sync>;

/// Where a run's graph comes from.
pub(crate) enum Source<S: State> {
    Graph(Arc<Graph<S>>),
    Family(BuildGraph<S>),
}

impl<S: State> Source<S> {
    fn last_words(&self, message: &str) -> Vec<NewEvent> {
        match self {
            Self::Graph(graph) => graph.last_words(message),
            Self::Family(_) => Vec::new(),
        }
    }

    fn graph(&self, state: &S) -> Result<Arc<Graph<S>>, GraphError> {
        match self {
            Self::Graph(graph) => Ok(Arc::clone(graph)),
            Self::Family(build) => build(state).map(Arc::new),
        }
    }
}

/// Works on a run for as long as this worker holds it.
pub(crate) async fn drive<S: State>(source: Source<S>, env: Arc<Env>, held: Held) -> Outcome {
    let run = held.claimed.run.id;
    let outcome = match Driver::open(source, env, held).await {
        Ok(Opened::Ready(mut driver)) => driver.run().await,
        Ok(Opened::Over(outcome)) => Ok(outcome),
        Err(error) => Err(error),
    };

    outcome.unwrap_or_else(|error| {
        match error {
            StoreError::Fenced => tracing::info!(%run, "another worker has taken the run"),
            error => tracing::warn!(%run, error = &error as &dyn std::error::Error, "the run waits for its lease to end"),
        }
        Outcome::Lost
    })
}

enum Opened<S: State> {
    Ready(Box<Driver<S>>),
    Over(Outcome),
}

struct Driver<S: State> {
    source: Source<S>,
    graph: Arc<Graph<S>>,
    /// [`State::shape`] of what `graph` was made from.
    shape: u64,
    env: Arc<Env>,
    scope: Arc<RunScope>,
    lost: CancellationToken,
    drain: CancellationToken,
    state: Arc<S>,
    chain: Chain,
    frontier: Frontier,
    points: PausePoints,
    /// Last committed step.
    step: u64,
    /// Checkpoints that stay.
    keep_last: u64,
    soft: Option<Instant>,
    hard: Option<Instant>,
    /// The row holds failed attempts or lost workers that the next commit should forget.
    reset: bool,
}

impl<S: State> Driver<S> {
    async fn open(source: Source<S>, env: Arc<Env>, held: Held) -> Result<Opened<S>, StoreError> {
        let Held {
            claimed: Claimed {
                run, input, began, ..
            },
            stop,
            lost,
            drain,
        } = held;

        let first = SavedCheckpoint {
            step: run.step,
            base: run.step,
            record: input,
            spilled: None,
        };

        // Under the first fence nothing can have been written before.
        let resume = if run.fence > 1 {
            patiently(run.id, || env.store.resume(run.id)).await?
        } else {
            Resume {
                chain: vec![first],
                ..Resume::default()
            }
        };

        let scope = Arc::new(RunScope::new(
            &run,
            Arc::clone(&env.store),
            Arc::clone(&env.notify),
            Arc::clone(&env.now),
            stop,
            resume.effects,
            resume.events,
        ));
        if run.status == RunStatus::Cancelling {
            finish(&env, &scope, Change::Cancel, RunStatus::Cancelled).await?;
            return Ok(Opened::Over(Outcome::Ended));
        }

        if run.lost > env.max_lost {
            let failure = RunFailure::new("The work on it was interrupted too often.", "RUN_INTERRUPTED");
            fail(source.last_words(&failure.message), &env, &scope, failure).await?;
            return Ok(Opened::Over(Outcome::Ended));
        }

        if began {
            let mut commit = scope.commit_now();
            commit.events = vec![status_event(RunStatus::Running, &run.phase, run.progress)];
            write(&env, commit).await?;
        }

        let Some((frontier, bytes, state)) = read_state(&env, run.id, &resume.chain).await? else {
            let failure = RunFailure::new(
                "It was started by another version and can not go on.",
                "RUN_OF_ANOTHER_VERSION",
            );
            fail(source.last_words(&failure.message), &env, &scope, failure).await?;
            return Ok(Opened::Over(Outcome::Ended));
        };
        let graph = match source.graph(&state) {
            Ok(graph) => graph,
            Err(error) => {
                tracing::error!(run = %run.id, error = &error as &dyn std::error::Error, "a run's graph can not be made");
                fail(
                    Vec::new(),
                    &env,
                    &scope,
                    RunFailure::new(INTERNAL, INTERNAL_REASON),
                )
                .await?;
                return Ok(Opened::Over(Outcome::Ended));
            }
        };

        let (soft, hard) = deadlines(&graph, &env, &run);
        let keep_last = run.options.keep_last.map_or(env.keep_last, u64::from);
        Ok(Opened::Ready(Box::new(Self {
            source,
            graph,
            shape: state.shape(),
            env,
            scope,
            lost,
            drain,
            state: Arc::new(state),
            keep_last,
            step: resume.chain.last().map_or(run.step, |last| last.step),
            chain: Chain::resume(&resume.chain, bytes),
            frontier,
            points: run.options.pause,
            soft,
            hard,
            reset: run.attempt > 0 || run.lost > 0,
        })))
    }

    async fn run(&mut self) -> Result<Outcome, StoreError> {
        if self.frontier == Frontier::start() {
            // START is not a node: what follows it is planned from the input.
            match self.plan() {
                Ok(next) => self.frontier = next,
                Err(cause) => return self.broken(&cause).await,
            }
            if let Some(outcome) = self.hold_at_start().await? {
                return Ok(outcome);
            }
        }

        while !self.frontier.is_done() {
            match self.scope.stop.reason() {
                Some(StopReason::Cancelled) => return self.end(Change::Cancel, RunStatus::Cancelled).await,
                Some(StopReason::SoftLimit) => return self.too_slow(self.graph.limits.soft).await,
                None if self.drain.is_cancelled() => return self.release((self.env.now)()).await,
                None => {}
            }

            let results = match self.run_step().await {
                StepEnd::Settled(results) => results,
                StepEnd::Lost => return Ok(Outcome::Lost),
                StepEnd::Cancelled => return self.end(Change::Cancel, RunStatus::Cancelled).await,
                StepEnd::HardLimit => return self.too_slow(self.graph.limits.hard).await,
            };

            let stopped = self.scope.stop.reason();
            let outcome = match settle(
                results,
                self.scope.run,
                self.step + 1,
                self.scope.attempt() + 1,
                stopped,
            ) {
                Settled::Done(done) => self.commit_step(done).await?,
                Settled::Lost => Some(Outcome::Lost),
                Settled::Stopped(StopReason::Cancelled) => {
                    Some(self.end(Change::Cancel, RunStatus::Cancelled).await?)
                }
                Settled::Stopped(StopReason::SoftLimit) => Some(self.too_slow(self.graph.limits.soft).await?),
                Settled::Failed(failure) => Some(self.fail(failure).await?),
                Settled::Asked(questions) => Some(self.park(questions).await?),
                Settled::Sleep(until) => Some(self.release(until).await?),
                Settled::Retry { wait, events } => Some(self.pause(wait, events).await?),
            };

            if let Some(outcome) = outcome {
                return Ok(outcome);
            }
        }

        // Reached only when START leads straight to END.
        self.end(Change::Complete, RunStatus::Completed).await
    }

    /// Makes the graph anew where the last step changed its shape.
    fn reshape(&mut self) -> Result<(), Cause> {
        let shape = self.state.shape();
        if shape != self.shape {
            self.graph = self.source.graph(&self.state)?;
            self.shape = shape;
        }

        Ok(())
    }

    fn plan(&self) -> Result<Frontier, Cause> {
        let plan = || {
            advance(
                &self.graph.shape,
                &self.frontier,
                &self.graph.choices(&*self.state),
            )
        };

        catch_unwind(AssertUnwindSafe(plan))
            .map_err(step::panic_cause)?
            .map_err(Cause::from)
    }

    /// Folds the updates in, plans the next step and writes both. `Some` when the run is over.
    async fn commit_step(&mut self, done: Vec<Done<S::Update>>) -> Result<Option<Outcome>, StoreError> {
        let step = self.step + 1;
        let (mut events, mut last_words) = (Vec::new(), Vec::new());
        let state = Arc::make_mut(&mut self.state);
        let mut updates = Vec::with_capacity(done.len());
        for task in done {
            events.extend(task.events);
            last_words.extend(task.last_words);
            updates.push(task.update);
        }

        let folded = catch_unwind(AssertUnwindSafe(|| {
            updates.into_iter().for_each(|update| state.apply(update))
        }));
        let planned = folded.map_err(step::panic_cause).and_then(|()| self.reshape());
        let planned = planned.and_then(|()| self.plan());
        let planned = planned.and_then(|next| Ok((next, serde_json::to_vec(&*self.state)?)));
        let (next, bytes) = match planned {
            Ok(planned) => planned,
            Err(cause) => return self.broken(&cause).await.map(Some),
        };
        let encoded = self.chain.encode(step, &next, &bytes);
        let (len, base) = (encoded.record.len(), encoded.base);
        let key = || format!("runs/{}/{step}-{}", self.scope.run, self.scope.fence);
        let (record, spilled) = records::put_away(encoded.record, self.env.spill.as_deref(), key).await?;
        let mut commit = self.scope.commit_now();
        commit.checkpoint = Some(SavedCheckpoint {
            step,
            base,
            record,
            spilled,
        });
        commit.reset = std::mem::take(&mut self.reset);
        commit.drop_effects = self.scope.has_journal().then_some(step);
        commit.prune_below = self.chain.prune_below(step, self.keep_last);

        commit.events.extend(events);
        let mut outcome = self.hold_behind(&next, &mut commit);
        if next.is_done() {
            outcome = Some(Outcome::Ended);
            commit.change = Some(Change::Complete);
            commit
                .events
                .push(status_event(RunStatus::Completed, &self.scope.shown().0, 100.0));
        }

        commit.events.extend(last_words);
        write(&self.env, commit).await?;
        self.scope.forget_step();
        self.chain.committed(step, base, len, bytes);
        self.step = step;
        self.frontier = next;

        Ok(outcome)
    }

    async fn end(&self, change: Change, status: RunStatus) -> Result<Outcome, StoreError> {
        finish(&self.env, &self.scope, change, status).await?;
        Ok(Outcome::Ended)
    }

    async fn fail(&self, failure: RunFailure) -> Result<Outcome, StoreError> {
        let last_words = self.graph.last_words(&failure.message);
        fail(last_words, &self.env, &self.scope, failure).await?;
        Ok(Outcome::Ended)
    }

    async fn too_slow(&self, limit: Option<Duration>) -> Result<Outcome, StoreError> {
        let message = too_slow_message(limit.unwrap_or_default());
        self.fail(RunFailure::new(message, "RUN_TIMED_OUT")).await
    }

    /// A mistake in the graph: another attempt would make it again.
    async fn broken(&self, cause: &Cause) -> Result<Outcome, StoreError> {
        tracing::error!(run = %self.scope.run, graph = self.graph.name(), error = &**cause, "the graph is broken");
        self.fail(RunFailure::new(INTERNAL, INTERNAL_REASON)).await
    }

    async fn release(&self, until: DateTime<Utc>) -> Result<Outcome, StoreError> {
        let mut commit = self.scope.commit_now();
        commit.change = Some(Change::Release { until });
        write(&self.env, commit).await?;
        Ok(Outcome::Paused(until))
    }

    async fn park(&self, asked: Vec<(serde_json::Value, EffectKey)>) -> Result<Outcome, StoreError> {
        let mut commit = self.scope.commit_now();
        let (phase, progress) = self.scope.shown();
        let questions: Vec<_> = asked
            .into_iter()
            .map(|(question, at)| OpenQuestion {
                id: OpenQuestion::id_of(self.scope.run, &at),
                expires_at: expiry(&question),
                asked_at: commit.at,
                question,
                at,
            })
            .collect();

        commit.events = questions
            .iter()
            .map(|open| {
                let data = json!({ "question": open.question, "id": open.id, "node": open.at.node });
                engine_event("question", &data)
            })
            .collect();
        commit
            .events
            .push(status_event(RunStatus::WaitingForInput, &phase, progress));
        commit.change = Some(Change::Wait { questions });
        write(&self.env, commit).await?;

        Ok(Outcome::Parked)
    }

    async fn pause(&self, wait: Duration, events: Vec<NewEvent>) -> Result<Outcome, StoreError> {
        let mut commit = self.scope.commit_now();
        let wait = chrono::Duration::from_std(wait).unwrap_or(chrono::Duration::MAX);
        let until = commit
            .at
            .checked_add_signed(wait)
            .unwrap_or(DateTime::<Utc>::MAX_UTC);
        let attempt = self.scope.attempt() + 1;

        commit.events = events;
        commit.change = Some(Change::Retry { attempt, until });
        write(&self.env, commit).await?;

        Ok(Outcome::Paused(until))
    }
}

/// The newest checkpoint: what runs next, and the state as bytes and as itself. `None` when it makes no sense to this
/// version.
async fn read_state<S: State>(
    env: &Env,
    run: RunId,
    chain: &[SavedCheckpoint],
) -> Result<Option<(Frontier, Vec<u8>, S)>, StoreError> {
    let read = match records::read_chain(chain, env.spill.as_deref()).await {
        Err(StoreError::Unavailable(cause)) => return Err(StoreError::Unavailable(cause)),
        other => other.map_err(Cause::from),
    };

    let read = read.and_then(|(frontier, bytes)| {
        let state = serde_json::from_slice(&bytes)?;
        Ok((frontier, bytes, state))
    });

    Ok(read
        .inspect_err(|cause| tracing::error!(%run, error = &**cause, "the run's state can not be read"))
        .ok())
}

/// Where a question says until when it waits.
fn expiry(question: &serde_json::Value) -> Option<DateTime<Utc>> {
    let text = question.get("expires_at")?.as_str()?;
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc())
}

fn deadlines<S: State>(
    graph: &Graph<S>,
    env: &Env,
    run: &crate::store::Run,
) -> (Option<Instant>, Option<Instant>) {
    let worked = run.active_since.map_or(Duration::ZERO, |since| {
        ((env.now)() - since).to_std().unwrap_or_default()
    });
    let left = |limit: Option<Duration>| limit.map(|limit| Instant::now() + limit.saturating_sub(worked));
    (left(graph.limits.soft), left(graph.limits.hard))
}

fn too_slow_message(limit: Duration) -> String {
    match limit.as_secs() {
        seconds @ 0..60 => format!("It took longer than {seconds} seconds and was stopped."),
        60..120 => "It took longer than a minute and was stopped.".to_owned(),
        seconds => format!("It took longer than {} minutes and was stopped.", seconds / 60),
    }
}

fn engine_event(kind: &str, data: &serde_json::Value) -> NewEvent {
    NewEvent {
        kind: kind.to_owned(),
        data: data.to_string(),
        step: None,
    }
}

fn status_event(status: RunStatus, phase: &str, progress: f64) -> NewEvent {
    engine_event("status", &status_data(status, phase, progress))
}

async fn fail(
    last_words: Vec<NewEvent>,
    env: &Env,
    scope: &RunScope,
    failure: RunFailure,
) -> Result<(), StoreError> {
    let mut commit = scope.commit_now();
    let (phase, progress) = scope.shown();

    let mut error = json!({ "error_message": &failure.message });
    if let Some(reason) = &failure.reason {
        error["reason"] = reason.as_str().into();
    }
    if let Some(node) = &failure.node {
        error["node"] = node.as_str().into();
    }

    commit.events = last_words;
    commit.events.extend([
        engine_event("error", &error),
        status_event(RunStatus::Failed, &phase, progress),
    ]);

    commit.change = Some(Change::Fail(failure));

    write(env, commit).await
}

async fn finish(env: &Env, scope: &RunScope, change: Change, status: RunStatus) -> Result<(), StoreError> {
    let mut commit = scope.commit_now();
    let (phase, progress) = scope.shown();
    let progress = if status == RunStatus::Completed {
        100.0
    } else {
        progress
    };
    commit.events = vec![status_event(status, &phase, progress)];
    commit.change = Some(change);

    write(env, commit).await
}

/// Commits, tells, and deletes what the commit has left without an owner.
async fn write(env: &Env, commit: Commit) -> Result<(), StoreError> {
    let run = commit.run;
    let Committed { events, spilled } = commit_patiently(&*env.store, commit).await?;
    env.notify.committed(run, events);
    delete_spilled(env.spill.as_deref(), &spilled).await;
    Ok(())
}

/// A body that stays behind costs space and nothing else.
pub(crate) async fn delete_spilled(spill: Option<&dyn Spill>, keys: &[String]) {
    let Some(spill) = spill else { return };
    for key in keys {
        if let Err(cause) = spill.delete(key).await {
            tracing::warn!(key, error = &*cause, "a large checkpoint was not deleted");
        }
    }
}

#[cfg(test)]
mod tests;
