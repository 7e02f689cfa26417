//! What a job's run knows: what it was told, and what agents have made so far. The pipeline and the job of one agent share it.

use flow::State;
use kit::actor::Actor;
use proto::tasks::codeforge::ClarificationAnswer;
use proto::tasks::codeforge::documents::{
    ClarificationQuestion, CodeGenerationResult, NotBuilt, QaResult, RequirementsDoc, WireframeSpec,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::domain::job::{JobTask, JobType};
use crate::graphs::node_context::ActsFor;

/// Begins as [`JobInput`](crate::domain::job::JobInput); nodes fill in the rest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct JobState {
    pub(in crate::graphs) job_type: JobType,
    pub(in crate::graphs) project_id: Uuid,
    /// On whose behalf agents are called.
    actor: Actor,
    /// Under which the whole run is logged.
    request_id: String,
    pub(in crate::graphs) task: JobTask,
    #[serde(default)]
    pub(in crate::graphs) researched: Option<ResearchedIdea>,
    #[serde(default)]
    pub(in crate::graphs) wireframe: Option<WireframeSpec>,
    #[serde(default)]
    pub(in crate::graphs) code: Option<CodeGenerationResult>,
    #[serde(default)]
    pub(in crate::graphs) review: Option<QaResult>,
    /// How often the code was written.
    #[serde(default)]
    pub(in crate::graphs) iterations: u32,
    /// The last time it was written as it was before: another time would not help.
    #[serde(default)]
    pub(in crate::graphs) stuck: bool,
    /// The deterministic offline author did some of it.
    #[serde(default)]
    pub(in crate::graphs) offline: bool,
}

/// What research found out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ResearchedIdea {
    pub(in crate::graphs) requirements: RequirementsDoc,
    pub(in crate::graphs) not_built: Vec<NotBuilt>,
    /// What an answer would make better.
    pub(in crate::graphs) questions: Vec<ClarificationQuestion>,
    /// All that was answered.
    pub(in crate::graphs) answers: Vec<ClarificationAnswer>,
}

/// One node's result, and whether the offline author made it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JobUpdate {
    Researched(ResearchedIdea, bool),
    Designed(WireframeSpec, bool),
    Coded(CodeGenerationResult, bool),
    Reviewed(QaResult, bool),
    /// What an agent said whose words nobody here reads.
    Answered(Value),
    Published,
}

impl JobState {
    pub(in crate::graphs) fn owner(&self) -> Uuid {
        self.actor.user_id
    }

    /// What was researched, or came with the job.
    pub(super) fn requirements(&self) -> Option<&RequirementsDoc> {
        let researched = self
            .researched
            .as_ref()
            .map(|researched| &researched.requirements);
        researched.or(self.task.requirements.as_ref())
    }

    /// Whether what the review found goes back to the code.
    pub(super) fn is_to_be_mended(&self, most: u32) -> bool {
        let failed = self.review.as_ref().is_some_and(|review| !review.passed);
        failed && !self.stuck && self.iterations < most
    }
}

impl ActsFor for JobState {
    fn actor(&self) -> Actor {
        self.actor.clone()
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Only a tutor's agent is told what the caller wrote, as it is.
    fn speaks_for_itself(&self) -> bool {
        self.job_type.tutor().is_some()
    }
}

impl State for JobState {
    type Update = JobUpdate;

    fn apply(&mut self, update: JobUpdate) {
        match update {
            JobUpdate::Researched(researched, offline) => {
                self.task.app.answers = researched.answers.clone();
                self.researched = Some(researched);
                self.offline |= offline;
            }
            JobUpdate::Designed(wireframe, offline) => {
                self.wireframe = Some(wireframe);
                self.offline |= offline;
            }
            JobUpdate::Coded(code, offline) => {
                self.stuck = self
                    .code
                    .as_ref()
                    .is_some_and(|before| before.files == code.files);
                self.code = Some(code);
                self.iterations += 1;
                self.offline |= offline;
            }
            JobUpdate::Reviewed(review, offline) => {
                self.review = Some(review);
                self.offline |= offline;
            }
            JobUpdate::Answered(_) | JobUpdate::Published => {}
        }
    }
}
