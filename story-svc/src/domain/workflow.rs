//! What workflows are: plain data that the rules, the store and the rpcs share. Decides nothing beyond what follows from a
//! run's status.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use flow::{Frontier, Run, RunStatus};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::graphs::workflow::definition::Compiled;
use crate::graphs::workflow::state::KeptState;

/// Added to the numbers of a run's events for each run before it, so that they rise through a workflow's whole life.
pub(crate) const EVENTS_OF_A_RUN: u64 = 1_000_000_000;

/// Where a workflow stands, for its users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WorkflowStatus {
    Created,
    Running,
    Interrupted,
    Completed,
    Failed,
    Cancelled,
}

impl WorkflowStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Interrupted => "interrupted",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// By its current run.
    pub(crate) fn of_run(run: Option<&Run>) -> Self {
        let Some(run) = run else {
            return Self::Created;
        };

        match run.status {
            RunStatus::Completed => Self::Completed,
            RunStatus::Failed => Self::Failed,
            RunStatus::Cancelled => Self::Cancelled,
            RunStatus::WaitingForInput => Self::Interrupted,
            _ if run.paused => Self::Interrupted,
            // Nobody has taken it up.
            RunStatus::Queued if run.started_at.is_none() => Self::Created,
            RunStatus::Queued | RunStatus::Running | RunStatus::Cancelling => Self::Running,
        }
    }
}

/// Where and with what a fork begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ForkStart {
    /// The run that it was forked from; it may be gone.
    pub(crate) source: Uuid,
    pub(crate) step: u64,
    pub(crate) frontier: Frontier,
    pub(crate) state: KeptState,
}

/// What its owner wants of its runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct WorkflowOptions {
    pub(crate) priority: i32,
    pub(crate) concurrency_key: Option<String>,
    pub(crate) keep_last: Option<u32>,
    pub(crate) ttl_seconds: Option<u32>,
}

/// A workflow to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewWorkflow {
    pub(crate) id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) compiled: Arc<Compiled>,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) config: Value,
    pub(crate) start: Option<ForkStart>,
    pub(crate) options: WorkflowOptions,
    pub(crate) fork_from_id: Option<Uuid>,
    pub(crate) created_at: DateTime<Utc>,
}

/// A workflow as it is stored, with the place of its current run.
#[derive(Debug, Clone)]
pub(crate) struct WorkflowRecord {
    pub(crate) id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) workflow_type: String,
    pub(crate) definition_version: u32,
    /// Absent in lists.
    pub(crate) compiled: Option<Arc<Compiled>>,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) config: Value,
    /// Absent in lists.
    pub(crate) start: Option<ForkStart>,
    pub(crate) options: WorkflowOptions,
    pub(crate) fork_from_id: Option<Uuid>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) shared: bool,
    /// The oldest run that has not ended, or the newest.
    pub(crate) run_id: Option<Uuid>,
    /// Its place among the workflow's runs; 1 is the first.
    pub(crate) ordinal: u32,
}

/// A workflow with its current run.
#[derive(Debug, Clone)]
pub(crate) struct Workflow {
    pub(crate) record: WorkflowRecord,
    pub(crate) run: Option<Run>,
    /// Absent in lists.
    pub(crate) now: Option<WorkflowNow>,
}

/// What it knows and does at the moment.
#[derive(Debug, Clone)]
pub(crate) struct WorkflowNow {
    pub(crate) state: KeptState,
    pub(crate) next: Vec<String>,
    /// Only when it has completed.
    pub(crate) output: Option<Value>,
}

/// What is added to the numbers of the events of the run of this place.
pub(crate) fn event_base(ordinal: u32) -> u64 {
    u64::from(ordinal.saturating_sub(1)) * EVENTS_OF_A_RUN
}

/// One run of a workflow.
#[derive(Debug, Clone)]
pub(crate) struct WorkflowRun {
    pub(crate) run: Run,
    pub(crate) ordinal: u32,
}

/// Which of an owner's workflows; all that is given must hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct WorkflowFilter {
    pub(crate) statuses: Vec<WorkflowStatus>,
    pub(crate) types: Vec<String>,
    /// In small letters.
    pub(crate) words: Vec<String>,
    pub(crate) created_after: Option<DateTime<Utc>>,
    pub(crate) created_before: Option<DateTime<Utc>>,
    pub(crate) failed_node: Option<String>,
    pub(crate) ids: Vec<Uuid>,
    /// Only those that have a run.
    pub(crate) executed: bool,
}

impl WorkflowFilter {
    /// Whether it says anything.
    pub(crate) fn says_nothing(&self) -> bool {
        self.statuses.is_empty()
            && self.types.is_empty()
            && self.words.is_empty()
            && self.created_after.is_none()
            && self.created_before.is_none()
            && self.failed_node.is_none()
            && self.ids.is_empty()
    }
}

/// A link by which others may read a workflow.
#[derive(Debug, Clone)]
pub(crate) struct WorkflowShare {
    pub(crate) id: Uuid,
    pub(crate) workflow_id: Uuid,
    pub(crate) token: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

/// A sign-in session that worked with a workflow.
#[derive(Debug, Clone)]
pub(crate) struct WorkflowSession {
    pub(crate) session_id: String,
    pub(crate) workflow_id: Uuid,
    pub(crate) first_used_at: DateTime<Utc>,
    pub(crate) last_used_at: DateTime<Utc>,
}

/// One version of a definition.
#[derive(Debug, Clone)]
pub(crate) struct StoredDefinition {
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) source: String,
    pub(crate) compiled: Arc<Compiled>,
    pub(crate) created_at: DateTime<Utc>,
}

/// What becomes of a workflow that is executed while a run of it works or waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnConflict {
    Reject,
    Enqueue,
    Interrupt,
    Rollback,
}
