//! What a schedule is.

use chrono::{DateTime, Utc};
use kit::actor::Actor;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::thread::MultitaskStrategy;

/// What becomes of times at which nobody was there to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MissedRuns {
    Skip,
    CatchUp,
}

impl MissedRuns {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::CatchUp => "catch_up",
        }
    }

    pub(crate) fn parse(name: &str) -> Self {
        match name {
            "catch_up" => Self::CatchUp,
            _ => Self::Skip,
        }
    }
}

/// A run of a thread that begins by the clock. Its input and its config are the schedule's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ScheduledThreadRun {
    /// None: a new one each time.
    pub(crate) thread_id: Option<Uuid>,
    pub(crate) assistant_id: Uuid,
    pub(crate) metadata: Map<String, Value>,
    /// As it was sent.
    pub(crate) kwargs: Map<String, Value>,
    pub(crate) strategy: MultitaskStrategy,
    /// Nodes; `*` is each of them.
    pub(crate) interrupt_before: Vec<String>,
    pub(crate) interrupt_after: Vec<String>,
    pub(crate) webhook: Option<String>,
    /// Of a new one: it goes with the run's end.
    #[serde(default)]
    pub(crate) delete_thread: bool,
}

/// A workflow, or a run of a thread, that begins by the clock.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WorkflowSchedule {
    pub(crate) id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) name: String,
    pub(crate) cron: String,
    pub(crate) time_zone: String,
    pub(crate) workflow_type: String,
    /// JSON texts.
    pub(crate) config: String,
    pub(crate) user_input: String,
    pub(crate) missed_runs: MissedRuns,
    pub(crate) enabled: bool,
    /// What begins in place of a workflow.
    pub(crate) thread_run: Option<ScheduledThreadRun>,
    /// It is not due from then on.
    pub(crate) ends_at: Option<DateTime<Utc>>,
    /// In whose name it begins, with what its maker's credential allowed.
    pub(crate) actor: Actor,
    /// None while it is off.
    pub(crate) next_at: Option<DateTime<Utc>>,
    pub(crate) last_at: Option<DateTime<Utc>>,
    pub(crate) last_workflow_id: Option<Uuid>,
    pub(crate) last_error: Option<String>,
    /// Rises whenever it is changed or has been due: only who knows the newest one may write.
    pub(crate) fence: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}
