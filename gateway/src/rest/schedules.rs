//! Schedules over REST: made, changed, previewed, deleted.

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
};
use http::StatusCode;
use proto::v1::{
    CreateScheduleRequest, DeleteScheduleRequest, GetScheduleRequest, ListSchedulesRequest,
    PreviewScheduleRequest, UpdateScheduleRequest,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::{answers::Invalid, parse_id, workflows::write_object};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json, PageSize, Query},
    operation::schedules::{
        CreateSchedule, DeleteSchedule, GetSchedule, ListSchedules, PreviewSchedule, UpdateSchedule,
    },
    view::{
        accounts::Done,
        schedules::{MissedRuns, SchedulePreview, ScheduleView},
    },
};

fn parse_schedule_id(id: Result<Path<String>, PathRejection>) -> Result<String, ApiError> {
    Ok(parse_id(id, "There is no such schedule.")?.to_string())
}

/// A workflow to begin by the clock.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Morning", "cron": "30 8 * * 1-5", "time_zone": "Europe/Berlin",
    "workflow_type": "research", "config": { "review": false },
    "user_input": { "question": "What changed?", "documents": [{ "text": "The lease changed hands in May." }] } }))]
pub(crate) struct CreateScheduleBody {
    /// 1 to 200 characters; its workflows are called so.
    name: String,
    /// Minute, hour, day of month, month, day of week; or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.
    cron: String,
    /// IANA; default: UTC.
    #[serde(default, alias = "timeZone")]
    time_zone: String,
    /// One of `GET /api/v1/workflows/types`, or the name of a definition of yours: its newest version whenever it is due.
    #[serde(alias = "workflowType")]
    workflow_type: String,
    /// What fits the type's config schema, at most 64 KiB; default: `{}`.
    #[schema(value_type = Option<Object>)]
    config: Option<Map<String, Value>>,
    /// What fits the type's input schema, at most 64 KiB; default: `{}`.
    #[serde(alias = "userInput")]
    #[schema(value_type = Option<Object>)]
    user_input: Option<Map<String, Value>>,
    /// More than five minutes late is missed. Default: skip.
    #[serde(alias = "missedRuns")]
    #[schema(inline)]
    missed_runs: Option<MissedRuns>,
    /// Default: true.
    enabled: Option<bool>,
}

/// Have a workflow created and executed whenever a line of cron is due. At most 100.
#[utoipa::path(post, path = "/api/v1/workflow-schedules", tag = "workflows", request_body = CreateScheduleBody,
    responses(
        (status = 201, description = "The schedule", body = ScheduleView),
        (status = 400, description = "Not JSON, or you have 100", body = ErrorBody),
        Invalid))]
pub(crate) async fn create_schedule(
    door: Door<CreateSchedule>,
    Json(body): Json<CreateScheduleBody>,
) -> Result<(StatusCode, Answer<ScheduleView>), ApiError> {
    let request = CreateScheduleRequest {
        name: body.name,
        cron: body.cron,
        time_zone: body.time_zone,
        workflow_type: body.workflow_type,
        config: write_object(body.config),
        user_input: write_object(body.user_input),
        missed_runs: MissedRuns::to_number(body.missed_runs),
        enabled: body.enabled,
        ..CreateScheduleRequest::default()
    };
    let schedule = door.perform(CreateSchedule(request)).await?;

    Ok((StatusCode::CREATED, Answer(schedule.into())))
}

/// Your schedules, oldest first.
#[utoipa::path(get, path = "/api/v1/workflow-schedules", tag = "workflows",
    responses((status = 200, description = "The schedules", body = Vec<ScheduleView>)))]
pub(crate) async fn list_schedules(door: Door<ListSchedules>) -> Result<Answer<Vec<ScheduleView>>, ApiError> {
    let list = door.perform(ListSchedules(ListSchedulesRequest {})).await?;
    Ok(Answer(
        list.schedules.into_iter().map(ScheduleView::from).collect(),
    ))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PreviewQuery {
    /// The line.
    cron: String,
    /// IANA; default: UTC.
    #[serde(default, alias = "timeZone")]
    #[param(value_type = Option<String>)]
    time_zone: String,
    /// 1 to 100; default: 20.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    count: PageSize,
}

/// When a line of cron is due next.
#[utoipa::path(get, path = "/api/v1/workflow-schedules/preview", tag = "workflows", params(PreviewQuery),
    responses((status = 200, description = "The next times", body = SchedulePreview), Invalid))]
pub(crate) async fn preview_schedule(
    door: Door<PreviewSchedule>,
    Query(query): Query<PreviewQuery>,
) -> Result<Answer<SchedulePreview>, ApiError> {
    let request = PreviewScheduleRequest {
        cron: query.cron,
        time_zone: query.time_zone,
        count: Some(query.count.0),
    };
    let preview = door.perform(PreviewSchedule(request)).await?;

    Ok(Answer(preview.into()))
}

/// One schedule of yours.
#[utoipa::path(get, path = "/api/v1/workflow-schedules/{id}", tag = "workflows",
    params(("id" = String, Path, description = "Schedule id")),
    responses(
        (status = 200, description = "The schedule", body = ScheduleView),
        (status = 404, description = "No such schedule of yours", body = ErrorBody)))]
pub(crate) async fn get_schedule(
    door: Door<GetSchedule>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<ScheduleView>, ApiError> {
    let id = parse_schedule_id(id)?;
    let schedule = door.perform(GetSchedule(GetScheduleRequest { id })).await?;

    Ok(Answer(schedule.into()))
}

/// What to change of a schedule; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "enabled": false }))]
pub(crate) struct ScheduleChangeBody {
    name: Option<String>,
    cron: Option<String>,
    #[serde(alias = "timeZone")]
    time_zone: Option<String>,
    #[schema(value_type = Option<Object>)]
    config: Option<Map<String, Value>>,
    #[serde(alias = "userInput")]
    #[schema(value_type = Option<Object>)]
    user_input: Option<Map<String, Value>>,
    #[serde(alias = "missedRuns")]
    #[schema(inline)]
    missed_runs: Option<MissedRuns>,
    enabled: Option<bool>,
}

/// Change a schedule, or turn it on or off. What was missed before is not made good.
#[utoipa::path(patch, path = "/api/v1/workflow-schedules/{id}", tag = "workflows", request_body = ScheduleChangeBody,
    params(("id" = String, Path, description = "Schedule id")),
    responses(
        (status = 200, description = "The schedule", body = ScheduleView),
        (status = 404, description = "No such schedule of yours", body = ErrorBody),
        (status = 409, description = "It was due, or changed, at the same time", body = ErrorBody),
        Invalid))]
pub(crate) async fn update_schedule(
    door: Door<UpdateSchedule>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<ScheduleChangeBody>,
) -> Result<Answer<ScheduleView>, ApiError> {
    let write = |object: Option<Map<String, Value>>| object.map(|object| Value::Object(object).to_string());
    let request = UpdateScheduleRequest {
        id: parse_schedule_id(id)?,
        name: body.name,
        cron: body.cron,
        time_zone: body.time_zone,
        config: write(body.config),
        user_input: write(body.user_input),
        missed_runs: MissedRuns::to_number(body.missed_runs),
        enabled: body.enabled,
        ..UpdateScheduleRequest::default()
    };
    let schedule = door.perform(UpdateSchedule(request)).await?;

    Ok(Answer(schedule.into()))
}

/// Delete a schedule. The workflows that it began stay.
#[utoipa::path(delete, path = "/api/v1/workflow-schedules/{id}", tag = "workflows",
    params(("id" = String, Path, description = "Schedule id")),
    responses(
        (status = 200, description = "It is deleted", body = Done),
        (status = 404, description = "No such schedule of yours", body = ErrorBody)))]
pub(crate) async fn delete_schedule(
    door: Door<DeleteSchedule>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Done>, ApiError> {
    let id = parse_schedule_id(id)?;
    door.perform(DeleteSchedule(DeleteScheduleRequest { id })).await?;

    Ok(Answer(Done::YES))
}
