//! `saga.v1.WorkflowSchedules`.

use chrono::{DateTime, Utc};
use kit::error::Faults;
use kit::into_status;
use kit::rpc::actor_of;
use proto::v1::workflow_schedules_server::WorkflowSchedules;
use proto::{Timestamp, v1};
use serde_json::Value;
use tonic::{Request, Response, Status};

use super::convert;
use crate::domain::schedule::{MissedRuns, ScheduledThreadRun, WorkflowSchedule};
use crate::domain::schedules::{ScheduleChange, Schedules, list_next};
use crate::domain::thread::MultitaskStrategy;
use crate::domain::threads::parse_uuid;
use crate::domain::workflows::read_object;
use crate::error::StoryError;

pub(crate) struct SchedulesRpc(pub(crate) Schedules);

#[tonic::async_trait]
impl WorkflowSchedules for SchedulesRpc {
    async fn create_schedule(
        &self,
        request: Request<v1::CreateScheduleRequest>,
    ) -> Result<Response<v1::WorkflowSchedule>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let wanted = ScheduleChange {
            missed_runs: missed_runs(message.missed_runs).map_err(into_status)?,
            name: Some(message.name),
            cron: Some(message.cron),
            time_zone: Some(message.time_zone),
            config: Some(message.config),
            user_input: Some(message.user_input),
            enabled: message.enabled,
            thread_run: message
                .thread_run
                .map(thread_run)
                .transpose()
                .map_err(into_status)?,
            ends_at: Some(read_time("ends_at", message.ends_at).map_err(into_status)?),
        };

        let made = self.0.create(&actor, message.workflow_type, wanted).await;
        made.map(encode).map(Response::new).map_err(into_status)
    }

    async fn get_schedule(
        &self,
        request: Request<v1::GetScheduleRequest>,
    ) -> Result<Response<v1::WorkflowSchedule>, Status> {
        let actor = actor_of(&request)?;
        let found = self.0.get(&actor, &request.into_inner().id).await;
        found.map(encode).map(Response::new).map_err(into_status)
    }

    async fn list_schedules(
        &self,
        request: Request<v1::ListSchedulesRequest>,
    ) -> Result<Response<v1::ListSchedulesResponse>, Status> {
        let actor = actor_of(&request)?;
        let schedules = self.0.list(&actor).await.map_err(into_status)?;
        Ok(Response::new(v1::ListSchedulesResponse {
            schedules: schedules.into_iter().map(encode).collect(),
        }))
    }

    async fn update_schedule(
        &self,
        request: Request<v1::UpdateScheduleRequest>,
    ) -> Result<Response<v1::WorkflowSchedule>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let change = ScheduleChange {
            missed_runs: missed_runs(message.missed_runs).map_err(into_status)?,
            name: message.name,
            cron: message.cron,
            time_zone: message.time_zone,
            config: message.config,
            user_input: message.user_input,
            enabled: message.enabled,
            thread_run: message
                .thread_run
                .map(thread_run)
                .transpose()
                .map_err(into_status)?,
            ends_at: match (message.clear_ends_at, message.ends_at) {
                (true, _) => Some(None),
                (false, None) => None,
                (false, at) => Some(read_time("ends_at", at).map_err(into_status)?),
            },
        };

        let updated = self.0.update(&actor, &message.id, change).await;
        updated.map(encode).map(Response::new).map_err(into_status)
    }

    async fn delete_schedule(
        &self,
        request: Request<v1::DeleteScheduleRequest>,
    ) -> Result<Response<v1::DeleteScheduleResponse>, Status> {
        let actor = actor_of(&request)?;
        let deleted = self.0.delete(&actor, &request.into_inner().id).await;
        deleted.map_err(into_status)?;
        Ok(Response::new(v1::DeleteScheduleResponse {}))
    }

    async fn preview_schedule(
        &self,
        request: Request<v1::PreviewScheduleRequest>,
    ) -> Result<Response<v1::PreviewScheduleResponse>, Status> {
        actor_of(&request)?;
        let message = request.into_inner();
        let next = self.0.preview(&message.cron, &message.time_zone, message.count);
        Ok(Response::new(v1::PreviewScheduleResponse {
            next_at: next
                .map_err(into_status)?
                .into_iter()
                .map(convert::timestamp)
                .collect(),
        }))
    }
}

fn missed_runs(number: i32) -> Result<Option<MissedRuns>, StoryError> {
    match v1::MissedRuns::try_from(number) {
        Ok(v1::MissedRuns::Unspecified) => Ok(None),
        Ok(v1::MissedRuns::Skip) => Ok(Some(MissedRuns::Skip)),
        Ok(v1::MissedRuns::CatchUp) => Ok(Some(MissedRuns::CatchUp)),
        Err(_) => Err(StoryError::invalid("missed_runs", "skip or catch_up")),
    }
}

fn thread_run(run: v1::ScheduledThreadRun) -> Result<ScheduledThreadRun, StoryError> {
    let mut faults = Faults::default();
    let metadata = read_object("metadata", &run.metadata, &mut faults);
    let kwargs = read_object("kwargs", &run.kwargs, &mut faults);
    if !faults.is_empty() {
        return Err(StoryError::Invalid { fields: faults.0 });
    }
    let thread_id = run.thread_id.as_deref();

    Ok(ScheduledThreadRun {
        thread_id: thread_id.map(|id| parse_uuid("thread_id", id)).transpose()?,
        assistant_id: parse_uuid("assistant_id", &run.assistant_id)?,
        strategy: super::threads::strategy(run.strategy()),
        metadata,
        kwargs,
        interrupt_before: run.interrupt_before,
        interrupt_after: run.interrupt_after,
        webhook: run.webhook,
        delete_thread: run.delete_thread,
    })
}

fn read_time(field: &str, at: Option<Timestamp>) -> Result<Option<DateTime<Utc>>, StoryError> {
    let Some(at) = at else { return Ok(None) };
    let nanos = u32::try_from(at.nanos).ok();
    let read = nanos.and_then(|nanos| DateTime::from_timestamp(at.seconds, nanos));
    read.map(Some).ok_or_else(|| StoryError::invalid(field, "a time"))
}

fn encode_run(run: ScheduledThreadRun) -> v1::ScheduledThreadRun {
    let strategy = match run.strategy {
        MultitaskStrategy::Enqueue => v1::MultitaskStrategy::Enqueue,
        MultitaskStrategy::Reject => v1::MultitaskStrategy::Reject,
        MultitaskStrategy::Interrupt => v1::MultitaskStrategy::Interrupt,
        MultitaskStrategy::Rollback => v1::MultitaskStrategy::Rollback,
    };

    v1::ScheduledThreadRun {
        thread_id: run.thread_id.map(|id| id.to_string()),
        assistant_id: run.assistant_id.to_string(),
        metadata: Value::Object(run.metadata).to_string(),
        kwargs: Value::Object(run.kwargs).to_string(),
        strategy: strategy.into(),
        interrupt_before: run.interrupt_before,
        interrupt_after: run.interrupt_after,
        webhook: run.webhook,
        delete_thread: run.delete_thread,
    }
}

fn encode(schedule: WorkflowSchedule) -> v1::WorkflowSchedule {
    let missed_runs = match schedule.missed_runs {
        MissedRuns::Skip => v1::MissedRuns::Skip,
        MissedRuns::CatchUp => v1::MissedRuns::CatchUp,
    };
    let next_at = list_next(&schedule).into_iter().map(convert::timestamp).collect();

    v1::WorkflowSchedule {
        id: schedule.id.to_string(),
        name: schedule.name,
        cron: schedule.cron,
        time_zone: schedule.time_zone,
        workflow_type: schedule.workflow_type,
        config: schedule.config,
        user_input: schedule.user_input,
        missed_runs: missed_runs.into(),
        enabled: schedule.enabled,
        next_at,
        last_at: schedule.last_at.map(convert::timestamp),
        last_workflow_id: schedule.last_workflow_id.map(|id| id.to_string()),
        last_error: schedule.last_error,
        created_at: Some(convert::timestamp(schedule.created_at)),
        updated_at: Some(convert::timestamp(schedule.updated_at)),
        thread_run: schedule.thread_run.map(encode_run),
        ends_at: schedule.ends_at.map(convert::timestamp),
    }
}
