//! Crons over LangGraph's API: each is a schedule of a type of workflows, and what it begins is a workflow of its own.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json as Answer,
    extract::{Path, State, rejection::PathRejection},
};
use http::StatusCode;
use proto::v1::{
    CreateScheduleRequest, DeleteScheduleRequest, GetAssistantRequest, ListSchedulesRequest,
    UpdateScheduleRequest, WorkflowSchedule,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{read_id, select, write_fields};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Door, Json},
    identity::RequestContext,
    operation::{
        assistants::GetAssistant,
        schedules::{CreateSchedule, DeleteSchedule, ListSchedules, UpdateSchedule},
    },
    rest::answers::Invalid,
    view::langgraph::crons::write_cron,
};

/// What a cron can't do here, and what is said of it.
const REFUSED: [(&str, &str); 6] = [
    ("end_time", "not available here: switch the cron off"),
    ("webhook", "not available here: register one at /api/v1/webhooks"),
    (
        "interrupt_before",
        "not available here: let the graph ask by a question node",
    ),
    (
        "interrupt_after",
        "not available here: let the graph ask by a question node",
    ),
    ("metadata", "not available here: a cron has none"),
    (
        "on_run_completed",
        "expected keep: what a cron begins stays until somebody deletes it",
    ),
];

/// A cron to make, or what to change of one. Fields that are not named here are taken and change nothing.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({ "assistant_id": "research", "schedule": "0 6 * * 1", "input": { "question": "What is new?" } }))]
pub(crate) struct CronBody {
    /// An assistant's id, or the name of its graph; of a new one only.
    assistant_id: Option<String>,
    /// Five fields, or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.
    schedule: Option<String>,
    /// IANA, e.g. `Europe/Berlin`; default: UTC.
    timezone: Option<String>,
    #[schema(value_type = Option<Object>)]
    input: Option<Map<String, Value>>,
    /// What the workflow's config is given.
    #[schema(value_type = Option<Object>)]
    context: Option<Map<String, Value>>,
    enabled: Option<bool>,
    #[serde(flatten)]
    #[schema(ignore)]
    more: Map<String, Value>,
}

impl CronBody {
    fn refuse_unavailable(&self) -> Result<(), ApiError> {
        let is_set = |name: &str| match self.more.get(name) {
            None | Some(Value::Null) => false,
            Some(Value::Object(fields)) => !fields.is_empty(),
            Some(value) => name != "on_run_completed" || value != "keep",
        };

        match REFUSED.into_iter().find(|(name, _)| is_set(name)) {
            Some((name, message)) => Err(ApiError::field(name, "value_error", message)),
            None => Ok(()),
        }
    }
}

async fn tell(app: &App, context: &RequestContext, schedule: &WorkflowSchedule) -> Result<Value, ApiError> {
    let id = schedule.workflow_type.clone();
    let assistant = app
        .perform(context, GetAssistant(GetAssistantRequest { id }))
        .await?;

    Ok(write_cron(schedule, &assistant.id))
}

/// Make a cron whose runs have threads of their own.
#[utoipa::path(post, path = "/langgraph/runs/crons", tag = "threads", request_body = CronBody,
    responses((status = 200, description = "The cron", body = Object),
        (status = 404, description = "No such assistant", body = ErrorBody),
        (status = 409, description = "You have as many as there may be", body = ErrorBody), Invalid))]
pub(crate) async fn create_cron(
    State(app): State<Arc<App>>,
    door: Door<CreateSchedule>,
    Json(body): Json<CronBody>,
) -> Result<Answer<Value>, ApiError> {
    body.refuse_unavailable()?;
    let missing = |name: &str| ApiError::field(name, "missing", "expected a text");
    let id = body.assistant_id.ok_or_else(|| missing("assistant_id"))?;
    let cron = body.schedule.ok_or_else(|| missing("schedule"))?;
    let assistant = app
        .perform(&door.context, GetAssistant(GetAssistantRequest { id }))
        .await?;

    let request = CreateScheduleRequest {
        name: assistant.name.chars().take(200).collect(),
        cron,
        time_zone: body.timezone.unwrap_or_default(),
        workflow_type: assistant.graph,
        config: write_fields(body.context),
        user_input: write_fields(body.input),
        missed_runs: 0,
        enabled: body.enabled,
    };
    let rename = |error: ApiError| error.rename(rename_fault);
    let schedule = door.perform(CreateSchedule(request)).await.map_err(rename)?;

    Ok(Answer(write_cron(&schedule, &assistant.id)))
}

/// Not available here: a cron's runs have threads of their own.
#[utoipa::path(post, path = "/langgraph/threads/{thread_id}/runs/crons", tag = "threads", request_body = CronBody,
    params(("thread_id" = String, Path, description = "The thread's id")),
    responses((status = 200, description = "Never", body = Object),
        (status = 404, description = "Never: it is refused before", body = ErrorBody),
        (status = 409, description = "Never: it is refused before", body = ErrorBody), Invalid))]
pub(crate) async fn create_thread_cron(
    _door: Door<CreateSchedule>,
    _id: Result<Path<String>, PathRejection>,
    Json(_body): Json<CronBody>,
) -> Result<Answer<Value>, ApiError> {
    let message = "a cron's runs have threads of their own here: make one without a thread";
    Err(ApiError::field("thread_id", "value_error", message))
}

/// A fault of a schedule, as it is named here.
fn rename_fault(fault: crate::error::FieldError) -> crate::error::FieldError {
    let field = match fault.field.as_str() {
        "cron" => "schedule".to_owned(),
        "time_zone" => "timezone".to_owned(),
        field => field
            .replacen("user_input", "input", 1)
            .replacen("config", "context", 1),
    };

    crate::error::FieldError { field, ..fault }
}

/// Change a cron. What it runs stays the same.
#[utoipa::path(patch, path = "/langgraph/runs/crons/{cron_id}", tag = "threads", request_body = CronBody,
    params(("cron_id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The cron", body = Object),
        (status = 404, description = "No such cron, or not yours", body = ErrorBody), Invalid))]
pub(crate) async fn update_cron(
    State(app): State<Arc<App>>,
    door: Door<UpdateSchedule>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<CronBody>,
) -> Result<Answer<Value>, ApiError> {
    body.refuse_unavailable()?;
    let request = UpdateScheduleRequest {
        id: read_id(id)?,
        name: None,
        cron: body.schedule,
        time_zone: body.timezone,
        config: body.context.map(|context| write_fields(Some(context))),
        user_input: body.input.map(|input| write_fields(Some(input))),
        missed_runs: 0,
        enabled: body.enabled,
    };
    let rename = |error: ApiError| error.rename(rename_fault);
    let schedule = door.perform(UpdateSchedule(request)).await.map_err(rename)?;

    Ok(Answer(tell(&app, &door.context, &schedule).await?))
}

/// Delete a cron. What it began stays.
#[utoipa::path(delete, path = "/langgraph/runs/crons/{cron_id}", tag = "threads",
    params(("cron_id" = String, Path, description = "Its id")),
    responses((status = 204, description = "It is deleted"),
        (status = 404, description = "No such cron, or not yours", body = ErrorBody), Invalid))]
pub(crate) async fn delete_cron(
    door: Door<DeleteSchedule>,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let id = read_id(id)?;
    door.perform(DeleteSchedule(DeleteScheduleRequest { id })).await?;

    Ok(StatusCode::NO_CONTENT)
}

/// Which crons.
#[derive(Default, Deserialize, ToSchema)]
#[schema(example = json!({ "enabled": true, "limit": 10 }))]
pub(crate) struct CronSearch {
    assistant_id: Option<String>,
    /// No cron here has one.
    thread_id: Option<String>,
    enabled: Option<bool>,
    /// Default: 10.
    limit: Option<usize>,
    offset: Option<usize>,
    /// Only these fields of each.
    select: Option<Vec<String>>,
}

impl CronSearch {
    async fn find(&self, app: &App, door: &Door<ListSchedules>) -> Result<Vec<Value>, ApiError> {
        let schedules = door
            .perform(ListSchedules(ListSchedulesRequest {}))
            .await?
            .schedules;
        if self.thread_id.is_some() {
            return Ok(Vec::new());
        }

        let mut assistants: HashMap<String, String> = HashMap::new();
        let mut found = Vec::new();
        for schedule in schedules.iter().rev() {
            if self.enabled.is_some_and(|enabled| enabled != schedule.enabled) {
                continue;
            }
            let graph = &schedule.workflow_type;
            if !assistants.contains_key(graph) {
                let request = GetAssistantRequest { id: graph.clone() };
                // The definition of one that can't begin any more may be gone.
                let assistant = app.perform(&door.context, GetAssistant(request)).await;
                let id = assistant.map(|assistant| assistant.id).unwrap_or_default();
                assistants.insert(graph.clone(), id);
            }
            let assistant = assistants.get(graph).map(String::as_str).unwrap_or_default();
            let wanted = self.assistant_id.as_deref();
            if wanted.is_none_or(|wanted| wanted == assistant || wanted == graph) {
                found.push(write_cron(schedule, assistant));
            }
        }

        Ok(found)
    }
}

/// Find your crons.
#[utoipa::path(post, path = "/langgraph/runs/crons/search", tag = "threads", request_body = Option<CronSearch>,
    responses((status = 200, description = "They, newest first", body = Vec<Object>), Invalid))]
pub(crate) async fn search_crons(
    State(app): State<Arc<App>>,
    door: Door<ListSchedules>,
    body: Option<Json<CronSearch>>,
) -> Result<Answer<Vec<Value>>, ApiError> {
    let body = body.unwrap_or_default().0;
    let found = body.find(&app, &door).await?;
    let page = found
        .into_iter()
        .skip(body.offset.unwrap_or_default())
        .take(body.limit.unwrap_or(10));

    Ok(Answer(select(page.collect(), body.select.as_ref())))
}

/// Count your crons.
#[utoipa::path(post, path = "/langgraph/runs/crons/count", tag = "threads", request_body = Option<CronSearch>,
    responses((status = 200, description = "How many there are", body = u64, content_type = "application/json"), Invalid))]
pub(crate) async fn count_crons(
    State(app): State<Arc<App>>,
    door: Door<ListSchedules>,
    body: Option<Json<CronSearch>>,
) -> Result<Answer<usize>, ApiError> {
    let found = body.unwrap_or_default().0.find(&app, &door).await?;
    Ok(Answer(found.len()))
}
