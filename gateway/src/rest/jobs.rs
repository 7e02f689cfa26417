//! Jobs over REST, by CodeForge's addresses: begun, seen, listed, answered, stopped.

pub(crate) mod refactor;

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
};
use proto::v1::{
    AnswerJobRequest, CancelJobRequest, GetJobRequest, JobAnswer, ListJobsRequest, StartJobRequest,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::{answers::Invalid, parse_id};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, IdempotencyKey, Json, PageNumber, PageSize, Query},
    operation::jobs::{AnswerJob, CancelJob, GetJob, ListJobs, PIPELINE, StartAgentJob, StartPipeline},
    view::codeforge::jobs::{AgentType, JobBegun, JobList, JobView},
};

pub(crate) fn parse_job_id(id: Result<Path<String>, PathRejection>) -> Result<String, ApiError> {
    Ok(parse_id(id, "There is no such job.")?.to_string())
}

/// An agent, and what it is to work on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "project_id": "7d444840-9dc0-41d1-b245-5ffdce74fad2", "agent_type": "research",
    "input_context": { "user_idea": "An app to keep my recipes, with a rating." }
}))]
pub(crate) struct RunAgentBody {
    /// 36 characters.
    project_id: String,
    #[schema(inline)]
    agent_type: AgentType,
    /// Of at most 10 keys and 50,000 bytes; a text is its `user_idea`. Known keys: `user_idea`, `answers`, `requirements`, `wireframe`,
    /// `files`, `issues`, `dependencies`, `seed`; what else there is belongs to the idea. What it leaves open is the project's.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    input_context: Value,
}

/// What the pipeline is to build.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "project_id": "7d444840-9dc0-41d1-b245-5ffdce74fad2", "input_context": "An app to keep my recipes, with a rating."
}))]
pub(crate) struct RunPipelineBody {
    /// 36 characters.
    project_id: String,
    /// As for one agent.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    input_context: Value,
}

/// Nothing is an empty context.
pub(crate) fn write_context(context: &Value) -> String {
    match context {
        Value::Null => "{}".to_owned(),
        context => context.to_string(),
    }
}

/// Have one agent work for a project.
///
/// With an `Idempotency-Key`, sending the same request again answers with the job begun before. Jobs of one project work one after
/// another.
#[utoipa::path(post, path = "/v1/run-agent", tag = "projects", request_body = RunAgentBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "At most 255 visible ASCII characters")),
    responses(
        (status = 200, description = "It is queued", body = JobBegun),
        (status = 400, description = "Not JSON, or the project is archived", body = ErrorBody),
        (status = 404, description = "No such project of yours", body = ErrorBody),
        (status = 409, description = "The idempotency key was used for another request", body = ErrorBody),
        Invalid))]
pub(crate) async fn run_agent(
    door: Door<StartAgentJob>,
    key: IdempotencyKey,
    Json(body): Json<RunAgentBody>,
) -> Result<Answer<JobBegun>, ApiError> {
    let request = StartJobRequest {
        project_id: body.project_id,
        agent_type: body.agent_type.as_str().to_owned(),
        input_context: write_context(&body.input_context),
        idempotency_key: key.into_text(),
    };
    let job = door.perform(StartAgentJob(request)).await?;

    Ok(Answer(job.into()))
}

/// Build an app: research, wireframe, code and QA, one after another; what QA finds goes back to the code.
///
/// With an `Idempotency-Key`, sending the same request again answers with the job begun before.
#[utoipa::path(post, path = "/v1/run-pipeline", tag = "projects", request_body = RunPipelineBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "At most 255 visible ASCII characters")),
    responses(
        (status = 200, description = "It is queued", body = JobBegun),
        (status = 400, description = "Not JSON, or the project is archived", body = ErrorBody),
        (status = 404, description = "No such project of yours", body = ErrorBody),
        (status = 409, description = "The idempotency key was used for another request", body = ErrorBody),
        Invalid))]
pub(crate) async fn run_pipeline(
    door: Door<StartPipeline>,
    key: IdempotencyKey,
    Json(body): Json<RunPipelineBody>,
) -> Result<Answer<JobBegun>, ApiError> {
    let request = StartJobRequest {
        project_id: body.project_id,
        agent_type: PIPELINE.to_owned(),
        input_context: write_context(&body.input_context),
        idempotency_key: key.into_text(),
    };
    let job = door.perform(StartPipeline(request)).await?;

    Ok(Answer(job.into()))
}

/// A job, where it stands, and what it made.
#[utoipa::path(get, path = "/v1/jobs/{id}", tag = "projects", params(("id" = String, Path, description = "Job id")),
    responses(
        (status = 200, description = "The job", body = JobView),
        (status = 404, description = "No such job of yours", body = ErrorBody)))]
pub(crate) async fn get_job(
    door: Door<GetJob>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<JobView>, ApiError> {
    let id = parse_job_id(id)?;
    let job = door.perform(GetJob(GetJobRequest { id })).await?;

    Ok(Answer(job.into()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct JobPageQuery {
    /// 1, 2, 3…; default: 1.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1)]
    page: PageNumber,
    /// 1 to 100; default: 20.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    page_size: PageSize,
}

/// The jobs of a project, newest first, without their results.
#[utoipa::path(get, path = "/v1/jobs/{id}/list", tag = "projects",
    params(("id" = String, Path, description = "Project id"), JobPageQuery),
    responses(
        (status = 200, description = "A page of them", body = JobList),
        (status = 404, description = "No such project of yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn list_jobs(
    door: Door<ListJobs>,
    id: Result<Path<String>, PathRejection>,
    Query(query): Query<JobPageQuery>,
) -> Result<Answer<JobList>, ApiError> {
    let project_id = parse_id(id, "There is no such project.")?.to_string();
    let request = ListJobsRequest {
        project_id: project_id.clone(),
        page: Some(query.page.0),
        page_size: Some(query.page_size.0),
    };
    let list = door.perform(ListJobs(request)).await?;

    Ok(Answer(JobList::new(
        project_id,
        (query.page.0, query.page_size.0),
        list,
    )))
}

/// Stop a job. What was finished is kept.
#[utoipa::path(post, path = "/v1/jobs/{id}/cancel", tag = "projects", params(("id" = String, Path, description = "Job id")),
    responses(
        (status = 200, description = "It is stopping, or has stopped", body = JobView),
        (status = 400, description = "It has ended", body = ErrorBody),
        (status = 404, description = "No such job of yours", body = ErrorBody)))]
pub(crate) async fn cancel_job(
    door: Door<CancelJob>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<JobView>, ApiError> {
    let id = parse_job_id(id)?;
    let job = door.perform(CancelJob(CancelJobRequest { id })).await?;

    Ok(Answer(job.into()))
}

/// Answers to what a job has asked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "job_id": "7d444840-9dc0-41d1-b245-5ffdce74fad2", "answers": [{ "What should the app keep?": "Recipes" }]
}))]
pub(crate) struct ClarifyBody {
    job_id: String,
    /// 1 to 5, each `{question: answer}` or `{"question": …, "answer": …}`.
    #[schema(value_type = Vec<Object>)]
    answers: Vec<Map<String, Value>>,
}

/// Answers to what a job has asked, whose address names the job.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "answers": [{ "What should the app keep?": "Recipes" }] }))]
pub(crate) struct JobAnswersBody {
    /// 1 to 5, each `{question: answer}` or `{"question": …, "answer": …}`.
    #[schema(value_type = Vec<Object>)]
    answers: Vec<Map<String, Value>>,
}

fn read_answers(answers: Vec<Map<String, Value>>) -> Result<Vec<JobAnswer>, ApiError> {
    let read = answers.into_iter().enumerate().map(|(at, fields)| {
        read_answer(&fields).ok_or_else(|| {
            let expected = "expected one question and its answer, both of them text";
            ApiError::field(format!("answers.{at}"), "value_error", expected)
        })
    });
    read.collect()
}

fn read_answer(fields: &Map<String, Value>) -> Option<JobAnswer> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let (2, Some(question), Some(answer)) = (fields.len(), fields.get("question"), fields.get("answer")) {
        return Some(JobAnswer {
            question: text(question)?,
            answer: text(answer)?,
        });
    }

    let (question, answer) = fields.iter().next().filter(|_| fields.len() == 1)?;
    Some(JobAnswer {
        question: question.clone(),
        answer: text(answer)?,
    })
}

/// Answer what a job waits for: the same job goes on.
#[utoipa::path(post, path = "/v1/clarify", tag = "projects", request_body = ClarifyBody,
    responses(
        (status = 200, description = "It goes on", body = JobBegun),
        (status = 400, description = "Not JSON", body = ErrorBody),
        (status = 404, description = "No such job of yours", body = ErrorBody),
        (status = 409, description = "It does not wait for answers", body = ErrorBody),
        Invalid))]
pub(crate) async fn clarify(
    door: Door<AnswerJob>,
    Json(body): Json<ClarifyBody>,
) -> Result<Answer<JobBegun>, ApiError> {
    let request = AnswerJobRequest {
        id: body.job_id.trim().to_owned(),
        answers: read_answers(body.answers)?,
    };
    let job = door.perform(AnswerJob(request)).await?;

    Ok(Answer(job.into()))
}

/// The same, by the job's own address.
#[utoipa::path(post, path = "/v1/agents/jobs/{id}/respond", tag = "projects", request_body = JobAnswersBody,
    params(("id" = String, Path, description = "Job id")),
    responses(
        (status = 200, description = "It goes on", body = JobBegun),
        (status = 400, description = "Not JSON", body = ErrorBody),
        (status = 404, description = "No such job of yours", body = ErrorBody),
        (status = 409, description = "It does not wait for answers", body = ErrorBody),
        Invalid))]
pub(crate) async fn respond_to_job(
    door: Door<AnswerJob>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<JobAnswersBody>,
) -> Result<Answer<JobBegun>, ApiError> {
    let request = AnswerJobRequest {
        id: parse_job_id(id)?,
        answers: read_answers(body.answers)?,
    };
    let job = door.perform(AnswerJob(request)).await?;

    Ok(Answer(job.into()))
}
