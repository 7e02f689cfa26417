//! Jobs of CodeForge's agents: begun, answered, stopped.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use proto::v1::{AnswerJobRequest, CancelJobRequest, JobAnswer, StartJobRequest};

use crate::{
    extract::IdempotencyKey,
    graphql::{
        Ask,
        input::write_json,
        object::job::Job,
        scalar::{IdInput, Json},
    },
    operation::jobs::{AnswerJob, CancelJob, PIPELINE, StartAgentJob, StartPipeline},
    view::codeforge::jobs::AgentType,
};

#[derive(Default)]
pub(crate) struct JobsMutation;

/// An agent, and what it is to work on.
#[derive(InputObject)]
struct RunAgentInput {
    /// The id of a project of yours.
    project_id: IdInput,
    /// Who is to work on it.
    agent_type: AgentType,
    /// An object of at most 10 keys and 50,000 bytes, or the idea as text; what it leaves open is the project's.
    context: Option<Json>,
    /// Sending the same again with the same key begins nothing again.
    idempotency_key: Option<String>,
}

/// What the pipeline is to build.
#[derive(InputObject)]
struct RunPipelineInput {
    /// The id of a project of yours.
    project_id: IdInput,
    /// An object of at most 10 keys and 50,000 bytes, or the idea as text; the project's description when left out.
    context: Option<Json>,
    /// Sending the same again with the same key begins nothing again.
    idempotency_key: Option<String>,
}

/// The answer to one question of a job.
#[derive(InputObject)]
struct JobAnswerInput {
    /// The question, word for word.
    question: String,
    /// What you answer: 1 to 5000 characters.
    answer: String,
}

/// Answers to what a job has asked.
#[derive(InputObject)]
struct ClarifyJobInput {
    /// The id of a job that waits.
    id: IdInput,
    /// From one to five answers.
    answers: Vec<JobAnswerInput>,
}

/// The job to be stopped.
#[derive(InputObject)]
struct CancelJobInput {
    /// The id of a job of yours.
    id: IdInput,
}

/// The job that was begun.
#[derive(SimpleObject)]
struct RunAgentPayload {
    /// The job, which is queued.
    job: Job,
}

/// The pipeline that was begun.
#[derive(SimpleObject)]
struct RunPipelinePayload {
    /// The job, which is queued.
    job: Job,
}

/// The job that goes on.
#[derive(SimpleObject)]
struct ClarifyJobPayload {
    /// The same job as before.
    job: Job,
}

/// The job that stops.
#[derive(SimpleObject)]
struct CancelJobPayload {
    /// The job as it is now.
    job: Job,
}

fn start(
    ctx: &Context<'_>,
    project: &IdInput,
    agent_type: &str,
    context: Option<Json>,
    key: Option<String>,
) -> Result<StartJobRequest> {
    let key = IdempotencyKey::parse(key.as_deref().map(str::as_bytes), "input.idempotencyKey");

    Ok(StartJobRequest {
        project_id: ctx.parse_id(project, "input.projectId")?.to_string(),
        agent_type: agent_type.to_owned(),
        input_context: write_json(context, "input.context").map_err(|error| ctx.fail(error))?,
        idempotency_key: key.map_err(|error| ctx.fail(error))?.into_text(),
    })
}

#[Object]
impl JobsMutation {
    /// Have one agent work for a project.
    async fn run_agent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agent, and what it works on.")] input: RunAgentInput,
    ) -> Result<Option<RunAgentPayload>> {
        let door = ctx.door().await?;
        let agent = input.agent_type.as_str();
        let request = start(
            ctx,
            &input.project_id,
            agent,
            input.context,
            input.idempotency_key,
        )?;
        let job = door.perform(StartAgentJob(request)).await?;

        Ok(Some(RunAgentPayload { job: Job::new(job) }))
    }

    /// Build an app: research, wireframe, code and QA, one after another.
    async fn run_pipeline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project, and what it is to be.")] input: RunPipelineInput,
    ) -> Result<Option<RunPipelinePayload>> {
        let door = ctx.door().await?;
        let request = start(
            ctx,
            &input.project_id,
            PIPELINE,
            input.context,
            input.idempotency_key,
        )?;
        let job = door.perform(StartPipeline(request)).await?;

        Ok(Some(RunPipelinePayload { job: Job::new(job) }))
    }

    /// Answer what a job waits for: the same job goes on.
    async fn clarify_job(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The job, and the answers.")] input: ClarifyJobInput,
    ) -> Result<Option<ClarifyJobPayload>> {
        let door = ctx.door().await?;
        let answers = input.answers.into_iter().map(|told| JobAnswer {
            question: told.question,
            answer: told.answer,
        });
        let request = AnswerJobRequest {
            id: ctx.parse_id(&input.id, "input.id")?.to_string(),
            answers: answers.collect(),
        };
        let job = door.perform(AnswerJob(request)).await?;

        Ok(Some(ClarifyJobPayload { job: Job::new(job) }))
    }

    /// Stop a job. What was finished is kept.
    async fn cancel_job(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The job to be stopped.")] input: CancelJobInput,
    ) -> Result<Option<CancelJobPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?.to_string();
        let job = door.perform(CancelJob(CancelJobRequest { id })).await?;

        Ok(Some(CancelJobPayload { job: Job::new(job) }))
    }
}
