//! Jobs of CodeForge's agents: begun, seen, watched, answered, stopped. They work for projects, which are an account's.

pub(crate) mod refactor;

use proto::v1::{
    AnswerJobRequest, CancelJobRequest, GetJobRequest, Job, ListJobsRequest, ListJobsResponse,
    StartJobRequest,
};
use tonic::Status;

use super::{Field, Operation, Price, Service, caller_kind::AccountHolder, rpc::rpc_operations};
use crate::{
    identity::{ReadProjects, RequestContext, WriteProjects},
    services::Services,
};

rpc_operations! {
    /// One agent at work for a project.
    StartAgentJob(StartJobRequest) -> Job: jobs.start_job,
        AccountHolder, WriteProjects, Price::EXPENSIVE, Field::Mutation("runAgent");
    /// Research, wireframe, code and QA, one after another.
    StartPipeline(StartJobRequest) -> Job: jobs.start_job,
        AccountHolder, WriteProjects, Price::EXPENSIVE, Field::Mutation("runPipeline");
    GetJob(GetJobRequest) -> Job: jobs.get_job,
        AccountHolder, ReadProjects, Price::POLL, Field::Query("job");
    ListJobs(ListJobsRequest) -> ListJobsResponse: jobs.list_jobs,
        AccountHolder, ReadProjects, Price::POLL, Field::None;
    AnswerJob(AnswerJobRequest) -> Job: jobs.answer_job,
        AccountHolder, WriteProjects, Price::STANDARD, Field::Mutation("clarifyJob");
    CancelJob(CancelJobRequest) -> Job: jobs.cancel_job,
        AccountHolder, WriteProjects, Price::STANDARD, Field::Mutation("cancelJob");
    /// Whoever may see a job may watch its run, whose events the hub then gives.
    WatchJob(GetJobRequest) -> Job: jobs.get_job,
        AccountHolder, ReadProjects, Price::STANDARD, Field::Subscription("jobUpdated");
}

/// What the pipeline is called among the types of jobs.
pub(crate) const PIPELINE: &str = "pipeline";
