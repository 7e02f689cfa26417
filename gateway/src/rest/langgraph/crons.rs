//! Crons over LangGraph's API: each is a schedule of runs, of one thread or each of a new one.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json as Answer,
    extract::{Path, State, rejection::PathRejection},
};
use chrono::{DateTime, Utc};
use http::StatusCode;
use proto::{
    Timestamp,
    v1::{
        CreateScheduleRequest, DeleteScheduleRequest, GetAssistantRequest, GetScheduleRequest,
        GetThreadRequest, ListSchedulesRequest, ScheduledThreadRun, UpdateScheduleRequest, WorkflowSchedule,
    },
};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{
    read_id,
    run_body::{ConfigBody, NodeList, Strategy, merge_config},
    select, write_fields,
};
use crate::{
    app::App,
    error::{ApiError, ErrorBody, FieldError},
    extract::{Door, Json},
    identity::RequestContext,
    operation::{
        assistants::GetAssistant,
        schedules::{CreateSchedule, DeleteSchedule, GetSchedule, ListSchedules, UpdateSchedule},
        threads::GetThread,
    },
    rest::answers::Invalid,
    view::langgraph::crons::{read_cron_run, write_cron},
};

/// What becomes of a thread that was made for one time.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum OnRunCompleted {
    /// It goes with the run's end; this is the default.
    Delete,
    /// It is kept.
    Keep,
}

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
    /// An object; without one a thread goes on where it stands.
    #[schema(value_type = Option<Object>)]
    input: Option<Map<String, Value>>,
    #[schema(inline)]
    config: Option<ConfigBody>,
    /// What the workflow's config is given.
    #[schema(value_type = Option<Object>)]
    context: Option<Map<String, Value>>,
    /// Of the cron and of its runs.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    #[schema(inline)]
    multitask_strategy: Option<Strategy>,
    #[schema(inline)]
    interrupt_before: Option<NodeList>,
    #[schema(inline)]
    interrupt_after: Option<NodeList>,
    /// An https address that is told how each run ended.
    webhook: Option<String>,
    /// It is not due from then on; null lets it go on for ever.
    #[serde(default, deserialize_with = "told_or_null")]
    #[schema(value_type = Option<String>)]
    end_time: Option<Option<DateTime<Utc>>>,
    #[schema(inline)]
    on_run_completed: Option<OnRunCompleted>,
    enabled: Option<bool>,
}

/// A null that was sent is not the same as nothing.
fn told_or_null<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<DateTime<Utc>>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl CronBody {
    /// What its runs say that they were asked with.
    fn echo(&self) -> Value {
        json!({
            "input": self.input,
            "command": null,
            "config": { "configurable": merge_config(self.config.clone(), self.context.clone()) },
            "context": self.context.clone().unwrap_or_default(),
            "stream_mode": ["values"],
            "interrupt_before": NodeList::echo(self.interrupt_before.as_ref()),
            "interrupt_after": NodeList::echo(self.interrupt_after.as_ref()),
            "webhook": self.webhook,
            "temporary": false,
            "subgraphs": false,
            "resumable": true,
            "durability": "sync",
        })
    }

    /// The run of one that is new.
    fn run(&self, assistant_id: String, thread_id: Option<String>) -> ScheduledThreadRun {
        ScheduledThreadRun {
            delete_thread: thread_id.is_none() && self.on_run_completed != Some(OnRunCompleted::Keep),
            thread_id,
            assistant_id,
            metadata: write_fields(self.metadata.clone()),
            kwargs: self.echo().to_string(),
            strategy: self.multitask_strategy.unwrap_or_default().to_number(),
            interrupt_before: NodeList::names(self.interrupt_before.as_ref()),
            interrupt_after: NodeList::names(self.interrupt_after.as_ref()),
            webhook: self.webhook.clone(),
        }
    }

    /// The run of one that there is, with what is told here.
    fn change_run(&self, known: &ScheduledThreadRun) -> ScheduledThreadRun {
        let mut metadata = read_cron_run(&known.metadata);
        metadata.extend(self.metadata.clone().unwrap_or_default());
        let mut kwargs = read_cron_run(&known.kwargs);
        let told = self.echo();
        let given = [
            ("input", self.input.is_some()),
            ("config", self.config.is_some() || self.context.is_some()),
            ("context", self.context.is_some()),
            ("interrupt_before", self.interrupt_before.is_some()),
            ("interrupt_after", self.interrupt_after.is_some()),
            ("webhook", self.webhook.is_some()),
        ];
        for (name, _) in given.into_iter().filter(|(_, is_given)| *is_given) {
            kwargs.insert(name.to_owned(), told[name].clone());
        }

        let nodes = |told: Option<&NodeList>, known: &[String]| match told {
            Some(told) => NodeList::names(Some(told)),
            None => known.to_vec(),
        };
        ScheduledThreadRun {
            metadata: write_fields(Some(metadata)),
            kwargs: write_fields(Some(kwargs)),
            strategy: self
                .multitask_strategy
                .map_or(known.strategy, Strategy::to_number),
            interrupt_before: nodes(self.interrupt_before.as_ref(), &known.interrupt_before),
            interrupt_after: nodes(self.interrupt_after.as_ref(), &known.interrupt_after),
            webhook: self.webhook.clone().or_else(|| known.webhook.clone()),
            delete_thread: match self.on_run_completed {
                Some(then) => known.thread_id.is_none() && then == OnRunCompleted::Delete,
                None => known.delete_thread,
            },
            ..known.clone()
        }
    }
}

fn write_end(at: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: at.timestamp(),
        nanos: at.timestamp_subsec_nanos().cast_signed(),
    }
}

async fn tell(app: &App, context: &RequestContext, schedule: &WorkflowSchedule) -> Result<Value, ApiError> {
    if let Some(run) = &schedule.thread_run {
        return Ok(write_cron(schedule, &run.assistant_id));
    }
    let id = schedule.workflow_type.clone();
    let assistant = app
        .perform(context, GetAssistant(GetAssistantRequest { id }))
        .await?;

    Ok(write_cron(schedule, &assistant.id))
}

async fn create(
    app: &App,
    door: &Door<CreateSchedule>,
    body: CronBody,
    thread_id: Option<String>,
) -> Result<Answer<Value>, ApiError> {
    let missing = |name: &str| ApiError::field(name, "missing", "expected a text");
    let id = body.assistant_id.clone().ok_or_else(|| missing("assistant_id"))?;
    let cron = body.schedule.clone().ok_or_else(|| missing("schedule"))?;
    let assistant = app
        .perform(&door.context, GetAssistant(GetAssistantRequest { id }))
        .await?;
    let run = body.run(assistant.id.clone(), thread_id);

    let request = CreateScheduleRequest {
        name: assistant.name.chars().take(200).collect(),
        cron,
        time_zone: body.timezone.unwrap_or_default(),
        workflow_type: assistant.graph,
        config: write_fields(Some(merge_config(body.config, body.context))),
        user_input: write_fields(body.input),
        missed_runs: 0,
        enabled: body.enabled,
        thread_run: Some(run),
        ends_at: body.end_time.flatten().map(write_end),
    };
    let rename = |error: ApiError| error.rename(rename_fault);
    let schedule = door.perform(CreateSchedule(request)).await.map_err(rename)?;

    Ok(Answer(write_cron(&schedule, &assistant.id)))
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
    create(&app, &door, body, None).await
}

/// Make a cron whose runs are all of this thread. It is gone with the thread.
#[utoipa::path(post, path = "/langgraph/threads/{thread_id}/runs/crons", tag = "threads", request_body = CronBody,
    params(("thread_id" = String, Path, description = "The thread's id")),
    responses((status = 200, description = "The cron", body = Object),
        (status = 404, description = "No such thread or assistant, or not yours", body = ErrorBody),
        (status = 409, description = "You have as many as there may be", body = ErrorBody), Invalid))]
pub(crate) async fn create_thread_cron(
    State(app): State<Arc<App>>,
    door: Door<CreateSchedule>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<CronBody>,
) -> Result<Answer<Value>, ApiError> {
    let id = read_id(id)?;
    let thread = app
        .perform(&door.context, GetThread(GetThreadRequest { id }))
        .await?;
    create(&app, &door, body, Some(thread.id)).await
}

/// A fault of a schedule, as it is named here.
fn rename_fault(fault: FieldError) -> FieldError {
    let field = match fault.field.as_str() {
        "cron" => "schedule".to_owned(),
        "time_zone" => "timezone".to_owned(),
        "ends_at" => "end_time".to_owned(),
        field => field
            .replacen("user_input", "input", 1)
            .replacen("config", "context", 1),
    };

    FieldError { field, ..fault }
}

/// A cron, and when it is due.
#[utoipa::path(get, path = "/langgraph/runs/crons/{cron_id}", tag = "threads",
    params(("cron_id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The cron", body = Object),
        (status = 404, description = "No such cron, or not yours", body = ErrorBody), Invalid))]
pub(crate) async fn get_cron(
    State(app): State<Arc<App>>,
    door: Door<GetSchedule>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<Value>, ApiError> {
    let id = read_id(id)?;
    let schedule = door.perform(GetSchedule(GetScheduleRequest { id })).await?;

    Ok(Answer(tell(&app, &door.context, &schedule).await?))
}

/// Change a cron. What it runs, and in which thread, stays the same.
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
    let id = read_id(id)?;
    let known = app
        .perform(&door.context, GetSchedule(GetScheduleRequest { id: id.clone() }))
        .await?;
    let run = known.thread_run.as_ref().map(|run| body.change_run(run));
    let has_config = body.config.is_some() || body.context.is_some();

    let request = UpdateScheduleRequest {
        id,
        name: None,
        config: has_config.then(|| write_fields(Some(merge_config(body.config, body.context)))),
        cron: body.schedule,
        time_zone: body.timezone,
        user_input: body.input.map(|input| write_fields(Some(input))),
        missed_runs: 0,
        enabled: body.enabled,
        thread_run: run,
        clear_ends_at: body.end_time == Some(None),
        ends_at: body.end_time.flatten().map(write_end),
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
    /// An assistant's id, or the name of its graph.
    assistant_id: Option<String>,
    thread_id: Option<String>,
    enabled: Option<bool>,
    /// Fields that must be so.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
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

        let mut assistants: HashMap<String, String> = HashMap::new();
        let mut found = Vec::new();
        for schedule in schedules.iter().rev() {
            let graph = &schedule.workflow_type;
            let assistant = match &schedule.thread_run {
                Some(run) => run.assistant_id.clone(),
                None => match assistants.get(graph) {
                    Some(known) => known.clone(),
                    None => {
                        let request = GetAssistantRequest { id: graph.clone() };
                        // The definition of one that can't begin any more may be gone.
                        let assistant = app.perform(&door.context, GetAssistant(request)).await;
                        let id = assistant.map(|assistant| assistant.id).unwrap_or_default();
                        assistants.insert(graph.clone(), id.clone());
                        id
                    }
                },
            };
            let cron = write_cron(schedule, &assistant);
            if self.fits(&cron, graph) {
                found.push(cron);
            }
        }

        Ok(found)
    }

    fn fits(&self, cron: &Value, graph: &str) -> bool {
        let assistant = self.assistant_id.as_deref();
        let mut fields = self.metadata.iter().flatten();
        self.enabled.is_none_or(|enabled| cron["enabled"] == enabled)
            && self
                .thread_id
                .as_deref()
                .is_none_or(|thread| cron["thread_id"] == thread)
            && assistant.is_none_or(|wanted| cron["assistant_id"] == wanted || wanted == graph)
            && fields.all(|(name, value)| cron["metadata"].get(name) == Some(value))
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
