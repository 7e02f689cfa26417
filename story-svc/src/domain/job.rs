//! What a job is: an agent, or the whole pipeline, at work for a project.

use chrono::{DateTime, Utc};
use flow::RunStatus;
use kit::actor::Actor;
use kit::rpc::RequestId;
use proto::tasks::codeforge::documents::{QaIssue, RequirementsDoc, WireframeSpec};
use proto::tasks::codeforge::{self, AppIdea, SourceFile};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Names of the graphs.
pub(crate) const AGENT_JOB: &str = "agent_job";
pub(crate) const CODE_PIPELINE: &str = "code_pipeline";

/// Who does the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum JobType {
    Research,
    Wireframe,
    Code,
    Qa,
    Pedagogy,
    Roadmap,
    /// Research, wireframe, code and QA, one after another.
    Pipeline,
}

impl JobType {
    pub(crate) const ALL: [Self; 7] = [
        Self::Research,
        Self::Wireframe,
        Self::Code,
        Self::Qa,
        Self::Pedagogy,
        Self::Roadmap,
        Self::Pipeline,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Research => "research",
            Self::Wireframe => "wireframe",
            Self::Code => "code",
            Self::Qa => "qa",
            Self::Pedagogy => "pedagogy",
            Self::Roadmap => "roadmap",
            Self::Pipeline => "pipeline",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }

    pub(crate) const fn graph(self) -> &'static str {
        match self {
            Self::Pipeline => CODE_PIPELINE,
            _ => AGENT_JOB,
        }
    }

    /// Whose input is the caller's context as it is.
    pub(crate) const fn tutor(self) -> Option<&'static str> {
        match self {
            Self::Pedagogy => Some(codeforge::PEDAGOGY),
            Self::Roadmap => Some(codeforge::ROADMAP),
            _ => None,
        }
    }
}

/// A job that is to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewJob {
    pub(crate) owner_id: Uuid,
    pub(crate) project_id: Uuid,
    pub(crate) job_type: JobType,
    pub(crate) created_at: DateTime<Utc>,
}

/// A job, and where its run stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Job {
    /// Its run's.
    pub(crate) id: Uuid,
    pub(crate) project_id: Uuid,
    pub(crate) job_type: JobType,
    pub(crate) status: RunStatus,
    pub(crate) phase: String,
    /// 0 to 100.
    pub(crate) progress: f64,
    /// JSON text.
    pub(crate) result: Option<String>,
    pub(crate) error_message: Option<String>,
    pub(crate) error_reason: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) completed_at: Option<DateTime<Utc>>,
    /// Number of the newest event.
    pub(crate) last_event: u64,
}

impl Job {
    /// As it was written, whatever a worker has made of it meanwhile.
    pub(crate) fn into_begun(self) -> Self {
        Self {
            status: RunStatus::Queued,
            phase: String::new(),
            progress: 0.0,
            result: None,
            error_message: None,
            error_reason: None,
            completed_at: None,
            ..self
        }
    }
}

/// What a job is to do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct JobTask {
    pub(crate) app: AppIdea,
    #[serde(default)]
    pub(crate) requirements: Option<RequirementsDoc>,
    #[serde(default)]
    pub(crate) wireframe: Option<WireframeSpec>,
    /// The project's own when there are none.
    #[serde(default)]
    pub(crate) files: Vec<SourceFile>,
    #[serde(default)]
    pub(crate) issues: Vec<QaIssue>,
    /// What the files were written for; the project's own when none are told.
    #[serde(default)]
    pub(crate) dependencies: Vec<String>,
    /// As it was sent, for who takes it so.
    #[serde(default)]
    pub(crate) context: Map<String, Value>,
}

/// What a job's run begins with.
#[derive(Debug, Serialize)]
pub(crate) struct JobInput<'a> {
    pub(crate) job_type: JobType,
    pub(crate) project_id: Uuid,
    pub(crate) actor: &'a Actor,
    pub(crate) request_id: &'a str,
    pub(crate) task: JobTask,
}

impl<'a> JobInput<'a> {
    pub(crate) fn new(
        job_type: JobType,
        project_id: Uuid,
        actor: &'a Actor,
        request_id: &'a RequestId,
        task: JobTask,
    ) -> Self {
        Self {
            job_type,
            project_id,
            actor,
            request_id: request_id.as_str(),
            task,
        }
    }
}
