//! Runs the tasks of one step at once and waits for them, for the run's limits, and for whoever wants it to stop.

use std::any::Any;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::Instrument;

use super::Driver;
use crate::context::{Context, INTERNAL, INTERNAL_REASON, OnCommit, StopReason, Task};
use crate::error::{Cause, NodeError, NodeErrorKind};
use crate::graph::{Graph, State};
use crate::retry::RetryPolicy;
use crate::store::{Effect, EffectKey, NewEvent};
use crate::topology::NodeId;

/// A finished task.
pub(super) struct Done<U> {
    pub(super) update: U,
    pub(super) events: Vec<NewEvent>,
    /// Behind the final status.
    pub(super) last_words: Vec<NewEvent>,
}

/// A settled task: what came of it, and what its node's options say.
pub(super) struct TaskResult<U> {
    pub(super) node: String,
    pub(super) retry: RetryPolicy,
    pub(super) outcome: Result<Done<U>, NodeError>,
    /// Where the answer to the node's question belongs.
    pub(super) answer_to: Option<EffectKey>,
}

/// How a step ended.
pub(super) enum StepEnd<U> {
    /// In the order of declaration and item. Tasks behind a fatal failure may be missing.
    Settled(Vec<TaskResult<U>>),
    Lost,
    Cancelled,
    HardLimit,
}

/// A finished task in the journal, so that it does not run again when another task of its step fails.
#[derive(Serialize, Deserialize)]
struct Recorded<U> {
    update: U,
    events: Vec<(String, String)>,
    #[serde(default)]
    last_words: Vec<(String, String)>,
}

impl<S: State> Driver<S> {
    /// Runs every task of the frontier.
    pub(super) async fn run_step(&self) -> StepEnd<S::Update> {
        let tasks = self.tasks();
        let work = self.settle_all(tasks);
        tokio::pin!(work);

        let stop = &self.scope.stop;
        let far = Instant::now() + std::time::Duration::from_secs(86_400 * 365);
        let soft = sleep_until(self.soft.unwrap_or(far));
        let hard = sleep_until(self.hard.unwrap_or(far));
        let grace = sleep_until(far);
        tokio::pin!(soft, hard, grace);

        let (mut in_grace, mut past_soft) = (false, self.soft.is_none());
        loop {
            tokio::select! {
                biased;
                results = &mut work => return StepEnd::Settled(results),
                () = self.lost.cancelled() => return StepEnd::Lost,
                () = stop.cancellation().cancelled(), if !in_grace => {
                    in_grace = true;
                    grace.as_mut().reset(Instant::now() + self.env.cancel_grace);
                }
                () = &mut grace, if in_grace => return StepEnd::Cancelled,
                () = &mut soft, if !past_soft => {
                    past_soft = true;
                    stop.stop(StopReason::SoftLimit);
                }
                () = &mut hard, if self.hard.is_some() => return StepEnd::HardLimit,
            }
        }
    }

    /// In declaration order, then item order. A frontier names only nodes of the graph: it was planned from it.
    fn tasks(&self) -> Vec<(NodeId, Arc<Task>)> {
        let mut tasks = Vec::new();
        for ready in &self.frontier.ready {
            let Some(node) = self.graph.shape.find(&ready.node) else {
                continue;
            };
            let mut push = |item| {
                let task = Task::new(Arc::clone(&self.scope), self.step + 1, ready.node.clone(), item);
                tasks.push((node, Arc::new(task)));
            };

            match &ready.items {
                None => push(None),
                Some(items) => (0..)
                    .zip(items)
                    .for_each(|(index, item)| push(Some((index, Arc::clone(item))))),
            }
        }

        tasks
    }

    /// One task runs in place; several are spawned, and die with this future.
    async fn settle_all(&self, tasks: Vec<(NodeId, Arc<Task>)>) -> Vec<TaskResult<S::Update>> {
        if let [(node, task)] = &tasks[..] {
            let attempt = attempt(
                Arc::clone(&self.graph),
                *node,
                Arc::clone(task),
                Arc::clone(&self.state),
                false,
            );
            return vec![attempt.await];
        }

        let mut gates: HashMap<NodeId, Arc<Semaphore>> = HashMap::new();
        let mut running = JoinSet::new();
        for (place, (node, task)) in tasks.into_iter().enumerate() {
            let at_once = self
                .graph
                .options(node)
                .concurrency
                .unwrap_or(Semaphore::MAX_PERMITS);
            let gate = gates
                .entry(node)
                .or_insert_with(|| Arc::new(Semaphore::new(at_once.max(1))));
            let gate = Arc::clone(gate);
            let (graph, state) = (Arc::clone(&self.graph), Arc::clone(&self.state));
            let work = async move {
                // Never closed, so never an error.
                let _permit = gate.acquire().await;
                (place, attempt(graph, node, task, state, true).await)
            };
            running.spawn(work.in_current_span());
        }

        let mut results = Vec::with_capacity(running.len());
        while let Some(joined) = running.join_next().await {
            // Panics of nodes are caught inside; nothing else ends a task before its time.
            let Ok((place, result)) = joined else { continue };
            let hopeless = matches!(&result.outcome, Err(e) if matches!(e.kind(), NodeErrorKind::Fatal | NodeErrorKind::Lost));
            results.push((place, result));
            if hopeless {
                running.abort_all();
            }
        }

        results.sort_by_key(|(place, _)| *place);

        results.into_iter().map(|(_, result)| result).collect()
    }
}

async fn attempt<S: State>(
    graph: Arc<Graph<S>>,
    node: NodeId,
    task: Arc<Task>,
    state: Arc<S>,
    record: bool,
) -> TaskResult<S::Update> {
    let options = graph.options(node);
    let outcome = match recorded(&task, record) {
        Some(done) => done,
        None => finish(&graph, node, &task, state, record).await,
    };
    let asked = matches!(&outcome, Err(e) if matches!(e.kind(), NodeErrorKind::Ask { .. }));
    let answer_to = task.open_question().filter(|_| asked).map(|(_, at)| at);

    TaskResult {
        node: task.node.clone(),
        retry: options.retry,
        outcome,
        answer_to,
    }
}

/// The result of an earlier attempt of this step.
fn recorded<U: serde::de::DeserializeOwned>(task: &Task, record: bool) -> Option<Result<Done<U>, NodeError>> {
    let json = record
        .then(|| task.scope.journalled(&task.key("@update".to_owned())))
        .flatten()?;
    let read = |told: Vec<(String, String)>| {
        let events = told.into_iter().map(|(kind, data)| event(task, kind, data));
        events.collect()
    };
    let parsed = serde_json::from_str::<Recorded<U>>(&json).map(|recorded| Done {
        update: recorded.update,
        events: read(recorded.events),
        last_words: read(recorded.last_words),
    });

    Some(parsed.map_err(|e| NodeError::internal().caused_by(e)))
}

fn event(task: &Task, kind: String, data: String) -> NewEvent {
    NewEvent {
        kind,
        data,
        step: Some(task.step),
    }
}

async fn finish<S: State>(
    graph: &Graph<S>,
    node: NodeId,
    task: &Arc<Task>,
    state: Arc<S>,
    record: bool,
) -> Result<Done<S::Update>, NodeError> {
    let call = async { graph.call(node, Context::new(Arc::clone(task)), state).await };
    let call = AssertUnwindSafe(call).catch_unwind();
    let returned = match graph.options(node).timeout {
        Some(limit) => timeout(limit, call).await.map_err(|e| {
            let message = format!("A part of the work took longer than {} seconds.", limit.as_secs());
            NodeError::retryable(message).caused_by(e)
        })?,
        None => call.await,
    };
    let update = returned.map_err(|panic| {
        NodeError::retryable(INTERNAL)
            .with_reason(INTERNAL_REASON)
            .caused_by(panic_cause(panic))
    })??;
    let OnCommit { events, last_words } = task.take_on_commit();
    let mut done = Done {
        update,
        events,
        last_words,
    };
    if !record {
        return Ok(done);
    }

    let told = |events: &[NewEvent]| {
        let told = events
            .iter()
            .map(|event| (event.kind.clone(), event.data.clone()));
        told.collect()
    };
    let recorded = Recorded {
        events: told(&done.events),
        last_words: told(&done.last_words),
        update: done.update,
    };
    let value = serde_json::to_string(&recorded).map_err(|e| NodeError::internal().caused_by(e))?;
    let at = task.key("@update".to_owned());
    task.scope.journal(Effect { at, value }).await?;

    done.update = recorded.update;
    Ok(done)
}

/// What a panic said.
pub(super) fn panic_cause(panic: Box<dyn Any + Send>) -> Cause {
    let said = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panicked: {}", said.unwrap_or_else(|| "without words".to_owned())).into()
}
