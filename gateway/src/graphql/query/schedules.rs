//! Workflows that begin by the clock.

use async_graphql::{Context, Object, Result};
use proto::v1::{GetScheduleRequest, ListSchedulesRequest, PreviewScheduleRequest};

use crate::{
    graphql::{
        Ask,
        object::schedule::WorkflowSchedule,
        scalar::{DateTime, IdInput},
    },
    operation::schedules::{GetSchedule, ListSchedules, PreviewSchedule},
    view::stories::rfc3339,
};

#[derive(Default)]
pub(crate) struct SchedulesQuery;

#[Object]
impl SchedulesQuery {
    /// One schedule of yours; null when there is none with that id.
    async fn workflow_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the schedule.")] id: IdInput,
    ) -> Result<Option<WorkflowSchedule>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&id, "id")?.to_string();
        let schedule = door.find(GetSchedule(GetScheduleRequest { id })).await?;

        Ok(schedule.map(WorkflowSchedule::from))
    }

    /// Your schedules, oldest first.
    async fn workflow_schedules(&self, ctx: &Context<'_>) -> Result<Option<Vec<WorkflowSchedule>>> {
        let request = ListSchedulesRequest {};
        let list = ctx.door().await?.perform(ListSchedules(request)).await?;

        Ok(Some(
            list.schedules.into_iter().map(WorkflowSchedule::from).collect(),
        ))
    }

    /// When a line of cron is due next. Nothing is kept.
    async fn preview_workflow_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The line: minute, hour, day of month, month, day of week.")] cron: String,
        #[graphql(desc = "The IANA name of a time zone; UTC when left out.")] time_zone: Option<String>,
        #[graphql(desc = "How many times: 1 to 100; 10 when left out.")] count: Option<u32>,
    ) -> Result<Option<Vec<DateTime<'static>>>> {
        let request = PreviewScheduleRequest {
            cron,
            time_zone: time_zone.unwrap_or_default(),
            count,
        };
        let preview = ctx.door().await?.perform(PreviewSchedule(request)).await?;
        let times = preview.next_at.iter().map(|at| rfc3339(Some(at)).into());

        Ok(Some(times.collect()))
    }
}
