//! Schedules: made, changed, deleted.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use proto::v1::{CreateScheduleRequest, DeleteScheduleRequest, UpdateScheduleRequest};

use crate::{
    graphql::{
        Ask,
        input::write_json,
        object::schedule::WorkflowSchedule,
        scalar::{Id, IdInput, Json},
    },
    operation::schedules::{CreateSchedule, DeleteSchedule, UpdateSchedule},
    view::schedules::MissedRuns,
};

#[derive(Default)]
pub(crate) struct SchedulesMutation;

/// A workflow to begin by the clock.
#[derive(InputObject)]
struct CreateWorkflowScheduleInput {
    /// The name that its workflows get: 1 to 200 characters.
    name: String,
    /// Minute, hour, day of month, month, day of week; or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.
    cron: String,
    /// The IANA name of a time zone; UTC when left out.
    time_zone: Option<String>,
    /// The kind of workflow, by its name in `workflowTypes`.
    workflow_type: String,
    /// The config to begin with; an empty object when left out.
    config: Option<Json>,
    /// The input to execute it with; an empty object when left out.
    user_input: Option<Json>,
    /// What becomes of missed times; they are skipped when left out.
    missed_runs: Option<MissedRuns>,
    /// Whether it is on; it is when left out.
    enabled: Option<bool>,
}

/// The schedule that was made.
#[derive(SimpleObject)]
struct CreateWorkflowSchedulePayload {
    /// The schedule with the times at which it begins.
    schedule: WorkflowSchedule,
}

/// What to change of a schedule; what is left out stays.
#[derive(InputObject)]
struct UpdateWorkflowScheduleInput {
    /// The id of a schedule of yours.
    id: IdInput,
    /// What it is called from now on.
    name: Option<String>,
    /// Another line of cron: five fields.
    cron: Option<String>,
    /// The IANA name of another time zone.
    time_zone: Option<String>,
    /// The config of the workflows that it begins.
    config: Option<Json>,
    /// What the workflows that it begins are executed with.
    user_input: Option<Json>,
    /// What becomes of missed times.
    missed_runs: Option<MissedRuns>,
    /// Whether it is on.
    enabled: Option<bool>,
}

/// The schedule as it is now.
#[derive(SimpleObject)]
struct UpdateWorkflowSchedulePayload {
    /// The schedule that was changed.
    schedule: WorkflowSchedule,
}

/// The schedule to delete.
#[derive(InputObject)]
struct DeleteWorkflowScheduleInput {
    /// The id of a schedule of yours.
    id: IdInput,
}

/// What is left of a schedule that was deleted.
#[derive(SimpleObject)]
struct DeleteWorkflowSchedulePayload {
    /// The id that it had.
    deleted_schedule_id: Id<'static>,
}

#[Object]
impl SchedulesMutation {
    /// Have a workflow created and executed whenever a line of cron is due.
    async fn create_workflow_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The line, and what begins.")] input: CreateWorkflowScheduleInput,
    ) -> Result<Option<CreateWorkflowSchedulePayload>> {
        let door = ctx.door().await?;
        let request = CreateScheduleRequest {
            name: input.name,
            cron: input.cron,
            time_zone: input.time_zone.unwrap_or_default(),
            workflow_type: input.workflow_type,
            config: write_json(input.config, "input.config").map_err(|error| ctx.fail(error))?,
            user_input: write_json(input.user_input, "input.userInput").map_err(|error| ctx.fail(error))?,
            missed_runs: MissedRuns::to_number(input.missed_runs),
            enabled: input.enabled,
            ..CreateScheduleRequest::default()
        };
        let schedule = door.perform(CreateSchedule(request)).await?;

        Ok(Some(CreateWorkflowSchedulePayload {
            schedule: schedule.into(),
        }))
    }

    /// Change a schedule, or turn it on or off.
    async fn update_workflow_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The schedule, and what to change.")] input: UpdateWorkflowScheduleInput,
    ) -> Result<Option<UpdateWorkflowSchedulePayload>> {
        let door = ctx.door().await?;
        let write = |value: Option<Json>, field: &str| {
            let text = value.map(|value| write_json(Some(value), field)).transpose();
            text.map_err(|error| ctx.fail(error))
        };
        let request = UpdateScheduleRequest {
            id: ctx.parse_id(&input.id, "input.id")?.to_string(),
            name: input.name,
            cron: input.cron,
            time_zone: input.time_zone,
            config: write(input.config, "input.config")?,
            user_input: write(input.user_input, "input.userInput")?,
            missed_runs: MissedRuns::to_number(input.missed_runs),
            enabled: input.enabled,
            ..UpdateScheduleRequest::default()
        };
        let schedule = door.perform(UpdateSchedule(request)).await?;

        Ok(Some(UpdateWorkflowSchedulePayload {
            schedule: schedule.into(),
        }))
    }

    /// Delete a schedule. The workflows that it began stay.
    async fn delete_workflow_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The schedule to delete.")] input: DeleteWorkflowScheduleInput,
    ) -> Result<Option<DeleteWorkflowSchedulePayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?.to_string();
        door.perform(DeleteSchedule(DeleteScheduleRequest { id: id.clone() }))
            .await?;

        Ok(Some(DeleteWorkflowSchedulePayload {
            deleted_schedule_id: id.into(),
        }))
    }
}
