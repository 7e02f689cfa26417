//! A job of CodeForge's agents as its service tells it.

use std::sync::Arc;

use async_graphql::{Object, SimpleObject};
use proto::v1::{self, RunStatus};
use serde::Deserialize;

use super::{known_time, some};
use crate::{
    graphql::scalar::{DateTime, Id, Json},
    view::{codeforge::jobs::JobStatus, stories::rfc3339},
};

pub(crate) struct Job(Arc<v1::Job>);

impl Job {
    pub(crate) fn new(job: v1::Job) -> Self {
        Self(Arc::new(job))
    }
}

/// Something that a job wants to know.
#[derive(Deserialize, SimpleObject)]
pub(crate) struct JobQuestion {
    /// What is asked; its answer repeats it.
    question: String,
    /// Why the answer matters to it.
    why: String,
    /// What one may choose from; none where anything goes.
    #[serde(default)]
    options: Vec<String>,
}

#[derive(Deserialize)]
struct Clarification {
    questions: Vec<JobQuestion>,
}

/// An agent, or the whole pipeline, at work for a project.
#[Object]
impl Job {
    /// The job's id, which is its run's too.
    async fn id(&self) -> Id<'_> {
        self.0.id.as_str().into()
    }

    /// The id of the project that it works for.
    async fn project_id(&self) -> Id<'_> {
        self.0.project_id.as_str().into()
    }

    /// Who works: `research`, `wireframe`, `code`, `qa`, `pedagogy`, `roadmap` or `pipeline`.
    async fn agent_type(&self) -> &str {
        &self.0.agent_type
    }

    /// Where the job stands now.
    async fn status(&self) -> JobStatus {
        self.0.status().into()
    }

    /// What is being done, in one word.
    async fn phase(&self) -> Option<&str> {
        some(&self.0.phase)
    }

    /// How far it is, from 0 to 100.
    async fn progress(&self) -> f64 {
        self.0.progress
    }

    /// What was made, once it has completed; null in lists.
    async fn result(&self) -> Option<Json> {
        let made = self.0.status() == RunStatus::Completed;
        self.0.result.as_deref().filter(|_| made).and_then(Json::read)
    }

    /// What it waits to be told, while it does.
    async fn questions(&self) -> Vec<JobQuestion> {
        let waits = self.0.status() == RunStatus::WaitingForInput;
        let asked = self.0.result.as_deref().filter(|_| waits);
        let asked = asked.and_then(|text| serde_json::from_str::<Clarification>(text).ok());

        asked.map(|asked| asked.questions).unwrap_or_default()
    }

    /// Why it failed, in words for you.
    async fn error(&self) -> Option<&str> {
        self.0.error_message.as_deref()
    }

    /// Why it failed, for programs: a word in capitals.
    async fn error_reason(&self) -> Option<&str> {
        self.0.error_reason.as_deref()
    }

    /// The moment at which it was begun.
    async fn created_at(&self) -> DateTime<'static> {
        known_time(self.0.created_at.as_ref())
    }

    /// The moment of its last change.
    async fn updated_at(&self) -> DateTime<'static> {
        known_time(self.0.updated_at.as_ref())
    }

    /// The moment at which it ended.
    async fn completed_at(&self) -> Option<DateTime<'static>> {
        self.0.completed_at.as_ref().map(|at| rfc3339(Some(at)).into())
    }
}
