//! Jobs as clients know them: CodeForge's six words for where one stands, and its shapes.

use async_graphql::Enum;
use proto::v1::{self, RunStatus};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::view::{akd::workflows::raw, stories::rfc3339};

/// Which of the agents works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AgentType {
    /// Requirements from an idea.
    Research,
    /// The pages and their components.
    Wireframe,
    /// The files of the app.
    Code,
    /// What is wrong with the files.
    Qa,
    /// Questions that help a learner.
    Pedagogy,
    /// What to learn, in which order.
    Roadmap,
}

impl AgentType {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Research => "research",
            Self::Wireframe => "wireframe",
            Self::Code => "code",
            Self::Qa => "qa",
            Self::Pedagogy => "pedagogy",
            Self::Roadmap => "roadmap",
        }
    }
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JobStatus {
    /// It waits for its turn.
    Queued,
    /// An agent is at work.
    Running,
    /// It has asked something and waits for the answers.
    WaitingForInput,
    /// The result is there.
    Completed,
    /// It came to nothing.
    Failed,
    /// Somebody has stopped the job.
    Cancelled,
}

impl From<RunStatus> for JobStatus {
    fn from(status: RunStatus) -> Self {
        match status {
            RunStatus::Unspecified | RunStatus::Queued => Self::Queued,
            RunStatus::Running | RunStatus::Cancelling => Self::Running,
            RunStatus::WaitingForInput => Self::WaitingForInput,
            RunStatus::Completed => Self::Completed,
            RunStatus::Failed => Self::Failed,
            RunStatus::Cancelled => Self::Cancelled,
        }
    }
}

/// How long a job takes as a rule, in the contract's words.
pub(crate) fn estimate(agent_type: &str) -> &'static str {
    match agent_type {
        "research" | "roadmap" => "2-3 minutes",
        "wireframe" => "3-5 minutes",
        "code" => "5-10 minutes",
        "qa" | "pedagogy" => "1-2 minutes",
        _ => "10-15 minutes",
    }
}

/// A job that was begun, or goes on.
#[derive(Serialize, ToSchema)]
pub(crate) struct JobBegun {
    #[schema(example = "7d444840-9dc0-41d1-b245-5ffdce74fad2")]
    job_id: String,
    #[schema(inline)]
    status: JobStatus,
    #[schema(example = "10-15 minutes")]
    estimated_time: &'static str,
}

impl From<v1::Job> for JobBegun {
    fn from(job: v1::Job) -> Self {
        Self {
            status: job.status().into(),
            estimated_time: estimate(&job.agent_type),
            job_id: job.id,
        }
    }
}

/// A job, and where it stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct JobView {
    job_id: String,
    #[schema(inline)]
    status: JobStatus,
    /// `research`, `wireframe`, `code`, `qa`, `pedagogy`, `roadmap` or `pipeline`.
    #[schema(example = "pipeline")]
    agent_type: String,
    project_id: String,
    /// What was made, once it has completed; while it waits, `{questions: [{question, why, options}], is_complete: false}`.
    #[schema(value_type = Option<Object>)]
    result: Option<Box<RawValue>>,
    /// Why it failed.
    error: Option<String>,
    /// The same for programs.
    #[schema(example = "AGENT_EXECUTION_ERROR")]
    error_code: Option<String>,
    /// 0 to 100.
    progress: f64,
    /// What is being done, in one word.
    phase: Option<String>,
    created_at: String,
    completed_at: Option<String>,
}

impl From<v1::Job> for JobView {
    fn from(job: v1::Job) -> Self {
        Self {
            status: job.status().into(),
            error: job.error_message,
            error_code: job.error_reason,
            result: job.result.and_then(raw),
            phase: Some(job.phase).filter(|phase| !phase.is_empty()),
            created_at: rfc3339(job.created_at.as_ref()),
            completed_at: job.completed_at.as_ref().map(|at| rfc3339(Some(at))),
            job_id: job.id,
            agent_type: job.agent_type,
            project_id: job.project_id,
            progress: job.progress,
        }
    }
}

/// A page of a project's jobs, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct JobList {
    project_id: String,
    page: u32,
    page_size: u32,
    /// Of all pages.
    total: u64,
    has_more: bool,
    /// Without their results.
    jobs: Vec<JobView>,
}

impl JobList {
    pub(crate) fn new(project_id: String, (page, page_size): (u32, u32), list: v1::ListJobsResponse) -> Self {
        Self {
            has_more: u64::from(page) * u64::from(page_size) < list.total,
            project_id,
            page,
            page_size,
            total: list.total,
            jobs: list.jobs.into_iter().map(JobView::from).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runs_status_is_one_of_codeforges_six_words() {
        let rows = [
            (RunStatus::Queued, "queued"),
            (RunStatus::Running, "running"),
            (RunStatus::WaitingForInput, "waiting_for_input"),
            (RunStatus::Cancelling, "running"),
            (RunStatus::Completed, "completed"),
            (RunStatus::Failed, "failed"),
            (RunStatus::Cancelled, "cancelled"),
        ];
        for (status, word) in rows {
            assert_eq!(serde_json::to_value(JobStatus::from(status)).unwrap(), word);
        }
    }

    #[test]
    fn there_is_more_while_the_pages_so_far_do_not_hold_all() {
        let more = |page, total| {
            let list = v1::ListJobsResponse {
                jobs: Vec::new(),
                total,
            };
            JobList::new(String::new(), (page, 20), list).has_more
        };
        assert!(more(1, 21) && !more(1, 20) && !more(2, 21) && !more(1, 0));
    }
}
