//! `saga.v1.Jobs`.

use kit::into_status;
use kit::rpc::{actor_of, request_id_of};
use proto::tasks::codeforge::ClarificationAnswer;
use proto::v1;
use proto::v1::jobs_server::Jobs as JobsService;
use tonic::{Request, Response, Status};

use super::convert;
use crate::domain::job::Job;
use crate::domain::jobs::{Jobs, RawJob};
use crate::error::StoryError;

pub(crate) struct JobsRpc(pub(crate) Jobs);

#[tonic::async_trait]
impl JobsService for JobsRpc {
    async fn start_job(&self, request: Request<v1::StartJobRequest>) -> Result<Response<v1::Job>, Status> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let message = request.into_inner();
        let raw = RawJob {
            project_id: message.project_id,
            agent_type: message.agent_type,
            input_context: message.input_context,
            idempotency_key: message.idempotency_key,
        };
        let share = convert::share(&actor, None).map_err(into_status)?;

        answer(self.0.start(&actor, &request_id, raw, share).await)
    }

    async fn get_job(&self, request: Request<v1::GetJobRequest>) -> Result<Response<v1::Job>, Status> {
        let actor = actor_of(&request)?;
        answer(self.0.get(&actor, &request.into_inner().id).await)
    }

    async fn list_jobs(
        &self,
        request: Request<v1::ListJobsRequest>,
    ) -> Result<Response<v1::ListJobsResponse>, Status> {
        let actor = actor_of(&request)?;
        let v1::ListJobsRequest {
            project_id,
            page,
            page_size,
        } = request.into_inner();
        let listed = self.0.list(&actor, &project_id, page, page_size).await;
        let (jobs, total) = listed.map_err(into_status)?;

        Ok(Response::new(v1::ListJobsResponse {
            jobs: jobs.into_iter().map(encode).collect(),
            total,
        }))
    }

    async fn cancel_job(&self, request: Request<v1::CancelJobRequest>) -> Result<Response<v1::Job>, Status> {
        let actor = actor_of(&request)?;
        answer(self.0.cancel(&actor, &request.into_inner().id).await)
    }

    async fn answer_job(&self, request: Request<v1::AnswerJobRequest>) -> Result<Response<v1::Job>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let answers = message.answers.into_iter().map(|told| ClarificationAnswer {
            question: told.question,
            answer: told.answer,
        });

        answer(self.0.answer(&actor, &message.id, answers.collect()).await)
    }
}

fn answer(job: Result<Job, StoryError>) -> Result<Response<v1::Job>, Status> {
    job.map(encode).map(Response::new).map_err(into_status)
}

fn encode(job: Job) -> v1::Job {
    v1::Job {
        id: job.id.to_string(),
        project_id: job.project_id.to_string(),
        agent_type: job.job_type.as_str().to_owned(),
        status: convert::status(job.status).into(),
        phase: job.phase,
        progress: job.progress,
        result: job.result,
        error_message: convert::error_message(job.status, job.error_message),
        error_reason: job.error_reason,
        created_at: Some(convert::timestamp(job.created_at)),
        updated_at: Some(convert::timestamp(job.updated_at)),
        completed_at: job.completed_at.map(convert::timestamp),
        last_event: job.last_event,
    }
}
