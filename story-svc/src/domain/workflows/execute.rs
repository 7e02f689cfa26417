//! A workflow is executed: a run begins, or waits for the one before it; and its questions are answered.

use flow::store::{NewRun, Share};
use flow::{Access, Idempotency, Reply, Run, RunStatus, StartPoint, StartRun, StoreError};
use kit::actor::Actor;
use kit::error::Faults;
use kit::rpc::RequestId;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::fields::{self, JSON_MAX};
use super::{Workflows, fresh, graph_of, read_state, run_options};
use crate::domain::attempts::key_request;
use crate::domain::code_request::parse_idempotency_key;
use crate::domain::runs::find_answer_faults;
use crate::domain::schema_faults::find_schema_faults;
use crate::domain::workflow::{OnConflict, Workflow, WorkflowRecord};
use crate::error::StoryError;
use crate::graphs::workflow::WORKFLOW;
use crate::graphs::workflow::state::{KeptState, WorksFor, merge};
use crate::store::{owners, runs, workflows as store};

/// As it was sent.
#[derive(Debug, Clone)]
pub(crate) struct ExecuteRequest {
    pub(crate) id: String,
    /// JSON text.
    pub(crate) user_input: String,
    pub(crate) on_conflict: OnConflict,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) session_id: Option<String>,
}

/// As it was sent.
#[derive(Debug, Clone)]
pub(crate) struct ReplyRequest {
    pub(crate) workflow_id: String,
    pub(crate) question_id: Option<String>,
    /// JSON text; absent declines.
    pub(crate) answer: Option<String>,
    pub(crate) session_id: Option<String>,
}

/// Where a new run begins.
pub(super) struct Beginning {
    pub(super) state: KeptState,
    pub(super) point: Option<StartPoint>,
}

impl Workflows {
    pub(crate) async fn execute(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        request: ExecuteRequest,
        share: Share,
    ) -> Result<Workflow, StoryError> {
        let again = request.clone();
        match self.execute_once(actor, request_id, request, share).await {
            // Of two that come at the same time with one key, one finds the other's run in its way.
            Err(StoryError::WorkflowBusy { .. }) if again.idempotency_key.is_some() => {
                self.execute_once(actor, request_id, again, share).await
            }
            executed => executed,
        }
    }

    async fn execute_once(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        request: ExecuteRequest,
        share: Share,
    ) -> Result<Workflow, StoryError> {
        let mut faults = Faults::default();
        let input = fields::read_object("user_input", &request.user_input, &mut faults);
        let key = parse_idempotency_key(request.idempotency_key.clone());
        let key = key.map_err(|fault| faults.0.push(fault)).unwrap_or_default();
        check_session(request.session_id.as_deref(), &mut faults);

        let record = self.record(actor.user_id, &request.id).await?;
        let graph = graph_of(&record)?;
        if let Some(schema) = &graph.input_schema {
            let input = Value::Object(input.clone());
            faults.0.extend(find_schema_faults(schema, &input, "user_input"));
        }
        if !faults.is_empty() {
            return Err(StoryError::Invalid { fields: faults.0 });
        }

        let key = key
            .map(|key| key_request(key, "execute_workflow", &(record.id, &request.user_input)))
            .transpose()?;
        if let Some(known) = &key
            && let Some(workflow) = self.find_repeated(actor, &record, known).await?
        {
            return Ok(workflow);
        }

        let before = match record.run_id {
            Some(run) => Some(self.run(run).await?),
            None => None,
        };
        let beginning = self
            .make_way(&record, before.as_ref(), request.on_conflict, input.clone())
            .await?;
        let run = self
            .prepare(actor, request_id, &record, beginning, key, share)
            .await?;
        let begun = run.id;
        let alone = request.on_conflict == OnConflict::Reject;
        self.begin(&record, run, &Value::Object(input), alone).await?;
        self.note_session(actor, &record, request.session_id.as_deref())
            .await?;

        self.get_begun(actor, &record.id.to_string(), begun).await
    }

    /// As it was written, whatever a worker has made of it meanwhile.
    async fn get_begun(&self, actor: &Actor, id: &str, begun: Uuid) -> Result<Workflow, StoryError> {
        let mut workflow = self.get(actor, id).await?;
        if let Some(run) = workflow.run.as_mut().filter(|run| run.id == begun) {
            run.status = RunStatus::Queued;
            run.started_at = None;
            run.progress = 0.0;
        }

        Ok(workflow)
    }

    async fn find_repeated(
        &self,
        actor: &Actor,
        record: &WorkflowRecord,
        key: &Idempotency,
    ) -> Result<Option<Workflow>, StoryError> {
        let reused = || StoryError::IdempotencyKeyReused { key: key.key.clone() };
        let db = self.db.user(actor.user_id);
        let known = match runs::find_keyed(&db, actor.user_id, key).await {
            Ok(known) => known,
            Err(StoreError::IdempotencyMismatch) => return Err(reused()),
            Err(error) => return Err(StoryError::Runs(error)),
        };
        let Some(run) = known else { return Ok(None) };

        match store::workflow_of_run(&db, run, actor.user_id).await? {
            Some(id) if id == record.id => self.get(actor, &id.to_string()).await.map(Some),
            _ => Err(reused()),
        }
    }

    /// What a new run begins with, after what works was dealt with as its owner wishes.
    async fn make_way(
        &self,
        record: &WorkflowRecord,
        before: Option<&Run>,
        on_conflict: OnConflict,
        input: Map<String, Value>,
    ) -> Result<Beginning, StoryError> {
        let first = match &record.start {
            Some(start) => Beginning {
                state: start.state.clone(),
                point: Some(StartPoint {
                    source: start.source,
                    step: start.step,
                    frontier: start.frontier.clone(),
                }),
            },
            None => Beginning {
                state: fresh(record),
                point: None,
            },
        };

        let mut beginning = first;
        match before {
            None => {}
            Some(run) if run.status == RunStatus::Completed => {
                return Err(StoryError::WorkflowFinished { id: record.id });
            }
            Some(run) if run.status.is_terminal() => {}
            Some(run) => match on_conflict {
                OnConflict::Reject => return Err(StoryError::WorkflowBusy { id: record.id }),
                OnConflict::Enqueue => {}
                OnConflict::Interrupt => {
                    let reached = self.runs.checkpoint(Access::System, run.id, run.step).await;
                    let reached = read_state(&reached.map_err(StoryError::Runs)?.state)?;
                    let values = KeptState::of_state(&reached).root_mut().values.clone();
                    beginning.state.root_mut().values = values;
                    self.stop_all(record).await?;
                }
                OnConflict::Rollback => self.stop_all(record).await?,
            },
        }

        let root = beginning.state.root_mut();
        match &mut root.input {
            Value::Object(known) => merge(known, input),
            other => *other = Value::Object(input),
        }

        Ok(beginning)
    }

    /// Every run of the workflow that has not ended.
    pub(super) async fn stop_all(&self, record: &WorkflowRecord) -> Result<(), StoryError> {
        for (run, ..) in store::runs(&self.db.user(record.owner_id), record.id, record.owner_id).await? {
            match self.runs.cancel(Access::System, run).await {
                Ok(_) | Err(StoreError::WrongStatus { .. } | StoreError::NotFound) => {}
                Err(error) => return Err(StoryError::Runs(error)),
            }
        }

        Ok(())
    }

    pub(super) async fn prepare(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        record: &WorkflowRecord,
        beginning: Beginning,
        key: Option<Idempotency>,
        share: Share,
    ) -> Result<NewRun, StoryError> {
        let works = WorksFor {
            workflow_id: record.id,
            actor,
            request_id,
            definition: graph_of(record)?,
        };
        let start = StartRun {
            id: self.ids.id(),
            owner: actor.user_id,
            share,
            graph: WORKFLOW.to_owned(),
            phase: String::new(),
            input: beginning.state.working_for(works),
            idempotency: key,
            due_at: None,
            options: run_options(record),
        };

        let prepared = self.runs.prepare_at(start, beginning.point).await;
        prepared.map_err(StoryError::Runs)
    }

    /// Writes the run as the workflow's newest. `alone` refuses that while another works.
    pub(super) async fn begin(
        &self,
        record: &WorkflowRecord,
        run: NewRun,
        user_input: &Value,
        alone: bool,
    ) -> Result<(), StoryError> {
        let (id, owner) = (record.id, record.owner_id);
        let mut tx = self.db.user(owner).begin_write().await?;
        if owners::is_closed(&mut tx, owner).await? {
            return Err(StoryError::OwnerClosed);
        }
        if !store::lock(&mut tx, id, owner, run.created_at).await? {
            return Err(StoryError::WorkflowNotFound { id: id.to_string() });
        }
        if alone && !store::working(&mut tx, id).await?.is_empty() {
            return Err(StoryError::WorkflowBusy { id });
        }

        if let Err(error) = runs::insert_run(&mut tx, &run).await {
            return match runs::is_key_taken(&error) {
                // Asked twice at the same time: the other one has begun it.
                true => Err(StoryError::WorkflowBusy { id }),
                false => Err(error.into()),
            };
        }
        store::link(&mut tx, (id, owner), run.id, user_input, run.created_at).await?;
        tx.commit().await?;
        self.runs.started(run.id, &run.graph);

        Ok(())
    }

    /// Answers or declines a question of the current run.
    pub(crate) async fn reply(&self, actor: &Actor, request: ReplyRequest) -> Result<Workflow, StoryError> {
        let mut faults = Faults::default();
        check_session(request.session_id.as_deref(), &mut faults);
        let reply = match &request.answer {
            None => Reply::Decline,
            Some(text) if text.len() > JSON_MAX => {
                faults.add("answer", "at most 1 MiB");
                Reply::Decline
            }
            Some(text) => match serde_json::from_str(text) {
                Ok(value) if !text.contains("\\u0000") => Reply::Answer(value),
                _ => {
                    faults.add("answer", "JSON text without NUL characters");
                    Reply::Decline
                }
            },
        };
        if !faults.is_empty() {
            return Err(StoryError::Invalid { fields: faults.0 });
        }

        let record = self.record(actor.user_id, &request.workflow_id).await?;
        let run = match record.run_id {
            Some(run) => self.run(run).await?,
            None => return Err(StoryError::QuestionClosed),
        };
        let question = self.find_question(&run, request.question_id.as_deref()).await?;
        if let Reply::Answer(answer) = &reply
            && let Some(open) = run.questions.iter().find(|open| open.id == question)
        {
            let fields = find_answer_faults(&open.question, answer);
            if !fields.is_empty() {
                return Err(StoryError::Invalid { fields });
            }
        }

        let access = Access::Owner(actor.user_id);
        match self.runs.reply(access, run.id, Some(question), reply).await {
            Ok(_) => {}
            // Somebody else was quicker.
            Err(StoreError::WrongStatus { .. } | StoreError::NoQuestion) => {
                return Err(StoryError::QuestionClosed);
            }
            Err(error) => return Err(StoryError::Runs(error)),
        }
        self.note_session(actor, &record, request.session_id.as_deref())
            .await?;

        self.get(actor, &request.workflow_id).await
    }

    /// The open question of this id, or the oldest.
    async fn find_question(&self, run: &Run, wanted: Option<&str>) -> Result<Uuid, StoryError> {
        let Some(text) = wanted else {
            let oldest = run.questions.first().map(|open| open.id);
            return oldest.ok_or(StoryError::QuestionClosed);
        };
        let not_found = || StoryError::QuestionNotFound { id: text.to_owned() };
        let id = Uuid::try_parse(text).map_err(|_| not_found())?;
        if run.questions.iter().any(|open| open.id == id) {
            return Ok(id);
        }

        match store::has_asked(&self.db.user(run.owner), run.id, id).await? {
            true => Err(StoryError::QuestionClosed),
            false => Err(not_found()),
        }
    }

    async fn note_session(
        &self,
        actor: &Actor,
        record: &WorkflowRecord,
        session: Option<&str>,
    ) -> Result<(), StoryError> {
        let own = actor.session_id.map(|id| id.to_string());
        let Some(session) = session.map(str::to_owned).or(own) else {
            return Ok(());
        };
        let db = self.db.user(actor.user_id);
        Ok(store::note_session(&db, (record.id, record.owner_id), &session, self.clock.now()).await?)
    }
}

fn check_session(session: Option<&str>, faults: &mut Faults) {
    let plain = |id: &str| (1..=100).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    if session.is_some_and(|id| !plain(id)) {
        faults.add("session_id", "1 to 100 visible ASCII characters");
    }
}
