//! Schedules as clients know them.

use async_graphql::Enum;
use proto::v1;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{akd::workflows::raw, stories::rfc3339};

/// What becomes of times at which nobody was there to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MissedRuns {
    /// Only the next time counts.
    Skip,
    /// Each of them is made good, at most the last ten.
    CatchUp,
}

impl MissedRuns {
    pub(crate) fn read(missed: v1::MissedRuns) -> Self {
        match missed {
            v1::MissedRuns::CatchUp => Self::CatchUp,
            v1::MissedRuns::Unspecified | v1::MissedRuns::Skip => Self::Skip,
        }
    }

    /// None chosen is for the service to say.
    pub(crate) fn to_number(chosen: Option<Self>) -> i32 {
        match chosen {
            None => v1::MissedRuns::Unspecified,
            Some(Self::Skip) => v1::MissedRuns::Skip,
            Some(Self::CatchUp) => v1::MissedRuns::CatchUp,
        }
        .into()
    }
}

/// A workflow that begins by the clock.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScheduleView {
    id: String,
    name: String,
    #[schema(example = "30 8 * * 1-5")]
    cron: String,
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    workflow_type: String,
    #[schema(value_type = Object)]
    config: Option<Box<RawValue>>,
    #[schema(value_type = Object)]
    user_input: Option<Box<RawValue>>,
    #[schema(inline)]
    missed_runs: MissedRuns,
    enabled: bool,
    /// The next times, the first one first; none while it is off.
    next_at: Vec<String>,
    /// When it was due last.
    last_at: Option<String>,
    /// What began then.
    last_workflow_id: Option<String>,
    /// Why nothing began then.
    last_error: Option<String>,
    created_at: String,
    updated_at: String,
}

impl From<v1::WorkflowSchedule> for ScheduleView {
    fn from(schedule: v1::WorkflowSchedule) -> Self {
        Self {
            missed_runs: MissedRuns::read(schedule.missed_runs()),
            next_at: schedule.next_at.iter().map(|at| rfc3339(Some(at))).collect(),
            last_at: schedule.last_at.as_ref().map(|at| rfc3339(Some(at))),
            created_at: rfc3339(schedule.created_at.as_ref()),
            updated_at: rfc3339(schedule.updated_at.as_ref()),
            config: raw(or_empty(&schedule.config)),
            user_input: raw(or_empty(&schedule.user_input)),
            id: schedule.id,
            name: schedule.name,
            cron: schedule.cron,
            time_zone: schedule.time_zone,
            workflow_type: schedule.workflow_type,
            enabled: schedule.enabled,
            last_workflow_id: schedule.last_workflow_id,
            last_error: schedule.last_error,
        }
    }
}

/// An object's text, of which nothing is an empty one.
pub(crate) fn or_empty(text: &str) -> &str {
    match text.trim() {
        "" => "{}",
        _ => text,
    }
}

/// When a line is due.
#[derive(Serialize, ToSchema)]
pub(crate) struct SchedulePreview {
    /// The next times, the first one first.
    next_at: Vec<String>,
}

impl From<v1::PreviewScheduleResponse> for SchedulePreview {
    fn from(preview: v1::PreviewScheduleResponse) -> Self {
        Self {
            next_at: preview.next_at.iter().map(|at| rfc3339(Some(at))).collect(),
        }
    }
}
