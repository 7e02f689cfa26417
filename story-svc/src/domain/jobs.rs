//! Jobs: begun, read, listed, answered, cancelled; and what their runs keep of what agents made (`keep`). A job is its owner's
//! alone; what may not be seen does not exist.

mod keep;

use flow::store::{NewRun, Share};
use flow::{Access, Reply, RunOptions, RunStatus, StartRun, StoreError};
use kit::actor::Actor;
use kit::clock::SharedClock;
use kit::db::Db;
use kit::error::Faults;
use kit::ids::SharedIds;
use kit::rpc::RequestId;
use proto::tasks::codeforge::ClarificationAnswer;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) use self::keep::MadeProject;
use super::attempts::{Attempts, Begun, key_request};
use super::code_request::parse_idempotency_key;
use super::job::{Job, JobInput, JobTask, JobType, NewJob};
use super::job_request::{parse_job_type, parse_task, read_context};
use super::project::{Project, ProjectStatus};
use super::project_files::ProjectFiles;
use crate::error::StoryError;
use crate::store::jobs as store;

const PAGE_SIZE: u32 = 20;
const PAGE_SIZE_MAX: u32 = 100;
/// The last page that may be asked for.
const PAGE_MAX: u32 = 10_000;
/// Answers that may come at once.
const ANSWERS_MAX: usize = 5;
const ANSWER_CHARS_MAX: usize = 5_000;

/// The rules.
#[derive(Clone)]
pub(crate) struct Jobs {
    pub(crate) db: Db,
    pub(crate) runs: flow::Runs,
    /// With the tables of jobs.
    pub(crate) attempts: Attempts,
    pub(crate) files: ProjectFiles,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
}

/// As it was sent.
#[derive(Debug, Clone)]
pub(crate) struct RawJob {
    pub(crate) project_id: String,
    pub(crate) agent_type: String,
    /// JSON text.
    pub(crate) input_context: String,
    pub(crate) idempotency_key: Option<String>,
}

impl Jobs {
    /// Writes the job and its queued run together.
    pub(crate) async fn start(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        raw: RawJob,
        share: Share,
    ) -> Result<Job, StoryError> {
        let mut faults = Faults::default();
        let job_type = parse_job_type(&raw.agent_type, &mut faults);
        let context = read_context(&raw.input_context, &mut faults);
        let key = parse_idempotency_key(raw.idempotency_key.clone())
            .map_err(|fault| faults.0.push(fault))
            .unwrap_or_default();
        if Uuid::try_parse(raw.project_id.trim()).is_err() {
            faults.add("project_id", "the id of a project, 36 characters");
        }
        let Some(job_type) = job_type.filter(|_| faults.is_empty()) else {
            return Err(StoryError::Invalid { fields: faults.0 });
        };

        let owner = actor.user_id;
        let project = self.files.projects.get(owner, raw.project_id.trim()).await?;
        if project.status == ProjectStatus::Archived {
            return Err(StoryError::ProjectArchived { id: project.id });
        }
        let task =
            parse_task(job_type, context, &project).map_err(|fields| StoryError::Invalid { fields })?;
        let key = key
            .map(|key| key_request(key, "start_job", &(project.id, job_type, &raw.input_context)))
            .transpose()?;

        let start = self.prepare(actor, request_id, (job_type, &project), task, share);
        let run = StartRun {
            idempotency: key,
            ..start
        };
        let run = self.runs.prepare(run).await.map_err(StoryError::Runs)?;
        self.begin(actor, job_type, &project, run).await
    }

    fn prepare<'a>(
        &self,
        actor: &'a Actor,
        request_id: &'a RequestId,
        (job_type, project): (JobType, &Project),
        task: JobTask,
        share: Share,
    ) -> StartRun<JobInput<'a>> {
        StartRun {
            id: self.ids.id(),
            owner: actor.user_id,
            share,
            graph: job_type.graph().to_owned(),
            phase: String::new(),
            input: JobInput::new(job_type, project.id, actor, request_id, task),
            idempotency: None,
            due_at: None,
            options: RunOptions {
                // Two of them would write the same files.
                concurrency_key: Some(format!("project:{}", project.id)),
                ..RunOptions::default()
            },
        }
    }

    async fn begin(
        &self,
        actor: &Actor,
        job_type: JobType,
        project: &Project,
        run: NewRun,
    ) -> Result<Job, StoryError> {
        let job = NewJob {
            owner_id: actor.user_id,
            project_id: project.id,
            job_type,
            created_at: run.created_at,
        };

        let mut begun = match self.attempts.begin(run).await? {
            Begun::New(begun) => begun,
            Begun::Repeated { thing } => return self.get(actor, &thing.to_string()).await,
        };
        let run = begun.run();
        store::insert(begun.tx(), &job, run).await?;
        begun.commit_linked().await?;

        Ok(self.find(actor.user_id, run).await?.into_begun())
    }

    /// While it waits, its questions are its result.
    pub(crate) async fn get(&self, actor: &Actor, id: &str) -> Result<Job, StoryError> {
        let mut job = self.find_own(actor, id).await?;
        if job.status == RunStatus::WaitingForInput
            && let Some((_, asked)) = self.find_question(&job).await?
        {
            job.result = Some(clarification(&asked).to_string());
        }

        Ok(job)
    }

    async fn find_own(&self, actor: &Actor, id: &str) -> Result<Job, StoryError> {
        let known = Uuid::try_parse(id).map_err(|_| StoryError::JobNotFound { id: id.to_owned() })?;
        self.find(actor.user_id, known).await
    }

    async fn find(&self, owner: Uuid, id: Uuid) -> Result<Job, StoryError> {
        let found = store::find(&self.db.user(owner), id, owner).await?;
        found.ok_or_else(|| StoryError::JobNotFound { id: id.to_string() })
    }

    /// One page of a project's, newest first, and how many there are in all.
    pub(crate) async fn list(
        &self,
        actor: &Actor,
        project: &str,
        page: Option<u32>,
        page_size: Option<u32>,
    ) -> Result<(Vec<Job>, u64), StoryError> {
        let mut faults = Faults::default();
        let (page, size) = (page.unwrap_or(1), page_size.unwrap_or(PAGE_SIZE));
        if !(1..=PAGE_MAX).contains(&page) {
            faults.add("page", format!("1 to {PAGE_MAX}"));
        }
        if !(1..=PAGE_SIZE_MAX).contains(&size) {
            faults.add("page_size", format!("1 to {PAGE_SIZE_MAX}"));
        }
        if !faults.is_empty() {
            return Err(StoryError::Invalid { fields: faults.0 });
        }

        let owner = actor.user_id;
        let project = self.files.projects.get(owner, project).await?.id;
        let db = self.db.user(owner);
        let place = (i64::from(page - 1) * i64::from(size), i64::from(size));

        Ok((
            store::list(&db, project, owner, place).await?,
            store::count(&db, project, owner).await?,
        ))
    }

    pub(crate) async fn cancel(&self, actor: &Actor, id: &str) -> Result<Job, StoryError> {
        let job = self.find_own(actor, id).await?;
        if !self.attempts.stop(job.id).await? {
            return Err(StoryError::JobEnded { id: job.id });
        }

        self.find(actor.user_id, job.id).await
    }

    /// Answers what the job waits for, so that it goes on.
    pub(crate) async fn answer(
        &self,
        actor: &Actor,
        id: &str,
        answers: Vec<ClarificationAnswer>,
    ) -> Result<Job, StoryError> {
        let answers = check_answers(answers)?;
        let job = self.find_own(actor, id).await?;
        let not_waiting = || StoryError::JobNotWaiting { id: job.id };
        let (question, asked) = self.find_question(&job).await?.ok_or_else(not_waiting)?;

        let known = asked_questions(&asked);
        let mut faults = Faults::default();
        for (at, answer) in answers.iter().enumerate() {
            if !known.iter().any(|known| *known == answer.question) {
                faults.add(
                    format!("answers.{at}.question"),
                    "a question that the job has asked, word for word",
                );
            }
        }
        if !faults.is_empty() {
            return Err(StoryError::Invalid { fields: faults.0 });
        }

        let access = Access::Owner(actor.user_id);
        let reply = Reply::Answer(json!({ "answers": answers }));
        match self.runs.reply(access, job.id, Some(question), reply).await {
            Ok(_) => self.find(actor.user_id, job.id).await,
            // Somebody else was quicker.
            Err(StoreError::WrongStatus { .. } | StoreError::NoQuestion) => Err(not_waiting()),
            Err(error) => Err(StoryError::Runs(error)),
        }
    }

    async fn find_question(&self, job: &Job) -> Result<Option<(Uuid, Value)>, StoryError> {
        if job.status != RunStatus::WaitingForInput {
            return Ok(None);
        }
        let run = self.runs.get(Access::System, job.id).await;
        let run = run.map_err(StoryError::Runs)?;

        Ok(run
            .questions
            .into_iter()
            .next()
            .map(|open| (open.id, open.question)))
    }
}

/// Trimmed: 1 to 5, each question once.
fn check_answers(answers: Vec<ClarificationAnswer>) -> Result<Vec<ClarificationAnswer>, StoryError> {
    let mut faults = Faults::default();
    if !(1..=ANSWERS_MAX).contains(&answers.len()) {
        faults.add("answers", format!("1 to {ANSWERS_MAX} answers"));
    }

    let mut kept: Vec<ClarificationAnswer> = Vec::new();
    for (at, answer) in answers.into_iter().take(ANSWERS_MAX).enumerate() {
        let (question, text) = (answer.question.trim().to_owned(), answer.answer.trim().to_owned());
        if !(1..=ANSWER_CHARS_MAX).contains(&text.chars().count()) || text.contains('\0') {
            faults.add(
                format!("answers.{at}.answer"),
                format!("1 to {ANSWER_CHARS_MAX} characters"),
            );
        }
        if kept.iter().any(|known| known.question == question) {
            faults.add(format!("answers.{at}.question"), "another question than before");
        }
        kept.push(ClarificationAnswer {
            question,
            answer: text,
        });
    }

    match faults.is_empty() {
        true => Ok(kept),
        false => Err(StoryError::Invalid { fields: faults.0 }),
    }
}

/// The texts that an open question asks.
fn asked_questions(asked: &Value) -> Vec<&str> {
    let questions = asked["value"]["questions"].as_array().into_iter().flatten();
    questions.filter_map(|one| one["question"].as_str()).collect()
}

/// An open question as CodeForge's clients know it.
fn clarification(asked: &Value) -> Value {
    json!({ "questions": asked["value"]["questions"], "is_complete": false })
}
