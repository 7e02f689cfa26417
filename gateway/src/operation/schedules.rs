//! Schedules: workflows that begin by the clock. They work while nobody is there, so they take an account.

use proto::v1::{
    CreateScheduleRequest, DeleteScheduleRequest, DeleteScheduleResponse, GetScheduleRequest,
    ListSchedulesRequest, ListSchedulesResponse, PreviewScheduleRequest, PreviewScheduleResponse,
    UpdateScheduleRequest, WorkflowSchedule,
};
use tonic::Status;

use super::{Field, Operation, Price, Service, caller_kind::AccountHolder, rpc::rpc_operations};
use crate::{
    identity::{ReadWorkflows, RequestContext, WriteWorkflows},
    services::Services,
};

rpc_operations! {
    CreateSchedule(CreateScheduleRequest) -> WorkflowSchedule: schedules.create_schedule,
        AccountHolder, WriteWorkflows, Price::STANDARD, Field::Mutation("createWorkflowSchedule");
    GetSchedule(GetScheduleRequest) -> WorkflowSchedule: schedules.get_schedule,
        AccountHolder, ReadWorkflows, Price::STANDARD, Field::Query("workflowSchedule");
    ListSchedules(ListSchedulesRequest) -> ListSchedulesResponse: schedules.list_schedules,
        AccountHolder, ReadWorkflows, Price::STANDARD, Field::Query("workflowSchedules");
    UpdateSchedule(UpdateScheduleRequest) -> WorkflowSchedule: schedules.update_schedule,
        AccountHolder, WriteWorkflows, Price::STANDARD, Field::Mutation("updateWorkflowSchedule");
    DeleteSchedule(DeleteScheduleRequest) -> DeleteScheduleResponse: schedules.delete_schedule,
        AccountHolder, WriteWorkflows, Price::STANDARD, Field::Mutation("deleteWorkflowSchedule");
    /// When a line is due. Keeps nothing.
    PreviewSchedule(PreviewScheduleRequest) -> PreviewScheduleResponse: schedules.preview_schedule,
        AccountHolder, ReadWorkflows, Price::STANDARD, Field::Query("previewWorkflowSchedule");
}
