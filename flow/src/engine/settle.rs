//! What comes of a step once its tasks have settled. Pure: results in, one decision out.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::engine_event;
use super::step::{Done, TaskResult};
use crate::context::StopReason;
use crate::error::{NodeError, NodeErrorKind};
use crate::retry::spread;
use crate::store::{EffectKey, NewEvent, RunFailure, RunId};

/// The decision.
pub(super) enum Settled<U> {
    /// All tasks are done; their updates in order.
    Done(Vec<Done<U>>),
    /// The run is no longer ours.
    Lost,
    /// Some tasks stopped because they were told to.
    Stopped(StopReason),
    Failed(RunFailure),
    /// In the order of the tasks.
    Asked(Vec<(Value, EffectKey)>),
    /// Nothing failed; some tasks wait for a time.
    Sleep(DateTime<Utc>),
    /// Some tasks failed and have attempts left; the others are in the journal.
    Retry {
        wait: Duration,
        events: Vec<NewEvent>,
    },
}

/// A lost lease beats everything, then a stop, a fatal failure, a last attempt, a question, a further attempt.
pub(super) fn settle<U>(
    results: Vec<TaskResult<U>>,
    run: RunId,
    step: u64,
    attempt: u32,
    stopped: Option<StopReason>,
) -> Settled<U> {
    let mut done = Vec::with_capacity(results.len());
    let mut failed = Vec::new();
    for result in results {
        match result.outcome {
            Ok(task) => done.push(task),
            Err(error) => failed.push(Failure {
                node: result.node,
                wait: result.retry.wait_after(attempt, spread(run, step, attempt)),
                answer_to: result.answer_to,
                error,
            }),
        }
    }

    if failed.is_empty() {
        return Settled::Done(done);
    }

    for failure in &failed {
        log(failure, run, attempt);
    }

    if failed.iter().any(|f| *f.error.kind() == NodeErrorKind::Lost) {
        return Settled::Lost;
    }

    if let Some(reason) = stopped {
        return Settled::Stopped(reason);
    }

    if let Some(fatal) = failed.iter().find(|f| f.is_final()) {
        return Settled::Failed(RunFailure {
            message: fatal.error.message().to_owned(),
            reason: fatal.error.reason().map(str::to_owned),
            node: Some(fatal.node.clone()),
        });
    }

    let questions: Vec<_> = failed.iter().filter_map(Failure::question).collect();
    if !questions.is_empty() {
        return Settled::Asked(questions);
    }

    let naps = failed.iter().map(Failure::sleep);
    if let Some(naps) = naps.collect::<Option<Vec<_>>>()
        && let Some(first) = naps.into_iter().min()
    {
        return Settled::Sleep(first);
    }

    Settled::Retry {
        wait: failed.iter().filter_map(Failure::wait).max().unwrap_or_default(),
        events: failed
            .iter()
            .filter(|f| f.sleep().is_none())
            .map(|f| f.event(attempt))
            .collect(),
    }
}

struct Failure {
    node: String,
    /// By the node's policy; `None` after the last attempt.
    wait: Option<Duration>,
    answer_to: Option<EffectKey>,
    error: NodeError,
}

impl Failure {
    fn is_final(&self) -> bool {
        match self.error.kind() {
            NodeErrorKind::Fatal => true,
            NodeErrorKind::Retryable { .. } | NodeErrorKind::Cancelled => self.wait.is_none(),
            // A question without a place for its answer was not asked through the context.
            NodeErrorKind::Ask { .. } => self.answer_to.is_none(),
            NodeErrorKind::Sleep { .. } | NodeErrorKind::Lost => false,
        }
    }

    fn sleep(&self) -> Option<DateTime<Utc>> {
        match self.error.kind() {
            NodeErrorKind::Sleep { until } => Some(*until),
            _ => None,
        }
    }

    fn question(&self) -> Option<(Value, EffectKey)> {
        match (self.error.kind(), &self.answer_to) {
            (NodeErrorKind::Ask { question }, Some(at)) => Some((Value::clone(question), at.clone())),
            _ => None,
        }
    }

    fn wait(&self) -> Option<Duration> {
        if self.sleep().is_some() {
            return None;
        }
        let policy = self.wait?;

        let wait = match self.error.kind() {
            NodeErrorKind::Retryable {
                after: Some(after),
                exactly: true,
            } => *after,
            NodeErrorKind::Retryable {
                after: Some(after),
                exactly: false,
            } => policy.max(*after),
            _ => policy,
        };

        Some(wait)
    }

    fn event(&self, attempt: u32) -> NewEvent {
        let data = json!({
            "node": self.node,
            "attempt": attempt,
            "in_seconds": self.wait().unwrap_or_default().as_secs_f64(),
            "error": self.error.message(),
        });
        engine_event("retry", &data)
    }
}

fn log(failure: &Failure, run: RunId, attempt: u32) {
    let node = &failure.node;
    let error = &failure.error as &dyn std::error::Error;

    match failure.error.kind() {
        NodeErrorKind::Ask { .. } | NodeErrorKind::Sleep { .. } => {}
        NodeErrorKind::Retryable { .. } if failure.wait.is_some() => {
            tracing::warn!(%run, node, attempt, error, "a node failed and is tried again");
        }
        _ => tracing::error!(%run, node, attempt, error, "a node failed"),
    }
}

#[cfg(test)]
mod tests;
