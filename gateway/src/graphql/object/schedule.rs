//! Workflows that begin by the clock.

use async_graphql::SimpleObject;
use proto::v1;

use crate::{
    graphql::scalar::{DateTime, Id, Json},
    view::{
        schedules::{MissedRuns, or_empty},
        stories::rfc3339,
    },
};

/// A workflow that begins by the clock.
#[derive(SimpleObject)]
pub(crate) struct WorkflowSchedule {
    /// What other fields name it by.
    id: Id<'static>,
    /// The name that its workflows get.
    name: String,
    /// Minute, hour, day of month, month, day of week; or a word such as `@daily`.
    cron: String,
    /// The IANA name of the time zone that the line is read in.
    time_zone: String,
    /// The kind of workflow that begins.
    workflow_type: String,
    /// The config that it begins with.
    config: Option<Json>,
    /// The input that it is executed with.
    user_input: Option<Json>,
    /// What becomes of times at which nobody was there to begin.
    missed_runs: MissedRuns,
    /// Whether it is on.
    enabled: bool,
    /// The next times, the first one first; none while it is off.
    next_at: Vec<DateTime<'static>>,
    /// The moment for which it was due last.
    last_at: Option<DateTime<'static>>,
    /// The id of the workflow that began then.
    last_workflow_id: Option<Id<'static>>,
    /// Why nothing began then.
    last_error: Option<String>,
    /// The moment at which it was made.
    created_at: DateTime<'static>,
    /// The moment of its last change.
    updated_at: DateTime<'static>,
}

impl From<v1::WorkflowSchedule> for WorkflowSchedule {
    fn from(schedule: v1::WorkflowSchedule) -> Self {
        Self {
            missed_runs: MissedRuns::read(schedule.missed_runs()),
            next_at: schedule
                .next_at
                .iter()
                .map(|at| rfc3339(Some(at)).into())
                .collect(),
            last_at: schedule.last_at.as_ref().map(|at| rfc3339(Some(at)).into()),
            created_at: super::known_time(schedule.created_at.as_ref()),
            updated_at: super::known_time(schedule.updated_at.as_ref()),
            config: Json::read(or_empty(&schedule.config)),
            user_input: Json::read(or_empty(&schedule.user_input)),
            id: schedule.id.into(),
            name: schedule.name,
            cron: schedule.cron,
            time_zone: schedule.time_zone,
            workflow_type: schedule.workflow_type,
            enabled: schedule.enabled,
            last_workflow_id: schedule.last_workflow_id.map(Id::from),
            last_error: schedule.last_error,
        }
    }
}
