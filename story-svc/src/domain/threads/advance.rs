//! The next run of a thread begins, when nothing works before it: whoever finds that out begins it, and the thread's fence keeps it one.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use flow::store::{NewRun, PausePoints, Share};
use flow::{Access, Reply, Run, RunOptions, RunStatus, StartPoint, StartRun, StoreError};
use kit::db::WriteTx;
use kit::rpc::RequestId;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Threads;
use super::begin::end_resting;
use super::plan::{RunBeginning, Start, match_answers, part_of};
use crate::domain::thread::{RunPart, ThreadHead, ThreadRecord, ThreadRunRecord, ThreadRunStatus};
use crate::domain::workflow::{NewWorkflow, WorkflowOptions};
use crate::domain::workflows::run_options_of;
use crate::error::StoryError;
use crate::graphs::workflow::WORKFLOW;
use crate::graphs::workflow::definition::Compiled;
use crate::graphs::workflow::state::WorksFor;
use crate::store::threads as store;
use crate::store::{owners, runs, workflows};

/// A run of the engine that is to be written as a thread's newest.
pub(super) struct PreparedBeginning {
    run: NewRun,
    workflow: NewWorkflow,
    input: Value,
    first_step: u64,
    step_offset: i64,
    /// For what it asks first.
    reply: Option<Value>,
    base: ThreadHead,
}

/// Runs of one thread that begin, or turn out to have nothing to do, in one go.
const STEPS_MAX: usize = 100;
/// What the engine keeps of a thread's runs, so that its history can be read.
const KEPT_CHECKPOINTS: u32 = 1_000;
const KEPT_SECONDS: u32 = 2_592_000;

impl Threads {
    /// Begins what can begin and gives the answers that are to be given.
    pub(super) async fn advance(
        &self,
        thread: Uuid,
        owner: Uuid,
        request_id: Option<&RequestId>,
    ) -> Result<(), StoryError> {
        let request_id = request_id.cloned().unwrap_or_else(RequestId::random);
        for _ in 0..STEPS_MAX {
            let db = self.workflows.db.user(owner);
            let Some(record) = crate::store::threads::find(&db, thread, owner).await? else {
                return Ok(());
            };
            let runs = self.runs_of(&record).await?;
            let works = self.works_among(&runs).await?;
            if let Some(run) = works.iter().find(|run| run.reply.is_some()) {
                match self.give_answers(run).await? {
                    true => continue,
                    false => return Ok(()),
                }
            }
            if works.iter().any(|run| run.part.run.is_some()) {
                return Ok(());
            }

            let now = self.workflows.clock.now();
            let next = works
                .into_iter()
                .filter(|run| run.due_at <= now)
                .min_by_key(|run| run.place);
            let Some(next) = next else { return Ok(()) };
            self.begin(&record, &runs, &next, &request_id).await?;
        }

        Ok(())
    }

    /// Those of a thread that work, or are to begin or to give answers, the first one first.
    pub(super) async fn works_in(&self, thread: &ThreadRecord) -> Result<Vec<ThreadRunRecord>, StoryError> {
        self.works_among(&self.runs_of(thread).await?).await
    }

    /// The same of all runs of a thread, newest first.
    pub(super) async fn works_among(
        &self,
        runs: &[ThreadRunRecord],
    ) -> Result<Vec<ThreadRunRecord>, StoryError> {
        let mut works = Vec::new();
        for run in runs.iter().rev().filter(|run| run.outcome.is_none()) {
            let over = match (run.part.run, &run.reply) {
                (Some(engine), None) => is_still(&self.engine_run(engine).await?),
                _ => false,
            };
            if !over {
                works.push(run.clone());
            }
        }

        Ok(works)
    }

    /// One that can't begin has ended with that.
    async fn begin(
        &self,
        thread: &ThreadRecord,
        runs: &[ThreadRunRecord],
        run: &ThreadRunRecord,
        request_id: &RequestId,
    ) -> Result<(), StoryError> {
        let compiled = self
            .workflows
            .definitions
            .resolve(run.owner_id, &run.graph, None)
            .await?;
        let planned = match &compiled {
            Some(compiled) => self.plan(thread, runs, run, compiled).await,
            None => Err(StoryError::AssistantNotFound {
                id: run.assistant_id.to_string(),
            }),
        };

        match (planned, compiled) {
            (Ok((start, base)), Some(compiled)) => match start {
                Start::Still => self.write_still(thread, run, base).await,
                Start::Reply {
                    run: waiting,
                    answers,
                } => self.write_reply(thread, run, &waiting, &answers, base).await,
                Start::Begin(beginning) => {
                    self.write_beginning(thread, run, &compiled, *beginning, base, request_id)
                        .await
                }
            },
            (
                Err(error @ (StoryError::Database(_) | StoryError::Runs(_) | StoryError::Unreadable { .. })),
                _,
            ) => Err(error),
            (Err(refusal), _) => self.write_refusal(run, &refusal.to_string()).await,
            (Ok(_), None) => Ok(()),
        }
    }

    async fn write_refusal(&self, run: &ThreadRunRecord, why: &str) -> Result<(), StoryError> {
        let now = self.workflows.clock.now();
        let mut tx = self.workflows.db.user(run.owner_id).begin_write().await?;
        store::write_outcome(&mut tx, run.id, ThreadRunStatus::Error.as_str(), Some(why), now).await?;
        Ok(tx.commit().await?)
    }

    /// There is nothing to do.
    async fn write_still(
        &self,
        thread: &ThreadRecord,
        run: &ThreadRunRecord,
        base: ThreadHead,
    ) -> Result<(), StoryError> {
        let now = self.workflows.clock.now();
        let mut tx = self.workflows.db.user(run.owner_id).begin_write().await?;
        if !store::move_head(&mut tx, thread, thread.head, now).await? {
            return Ok(());
        }
        store::write_begun(&mut tx, run.id, RunPart::default(), None, base, now).await?;
        store::write_outcome(&mut tx, run.id, ThreadRunStatus::Success.as_str(), None, now).await?;
        Ok(tx.commit().await?)
    }

    /// It goes on with the engine's run that waits; the part before it has ended.
    async fn write_reply(
        &self,
        thread: &ThreadRecord,
        run: &ThreadRunRecord,
        waiting: &Run,
        answers: &Value,
        base: ThreadHead,
    ) -> Result<(), StoryError> {
        let now = self.workflows.clock.now();
        let known = self.runs_of(thread).await?;
        let first = part_of(&known, waiting.id).unwrap_or_default();
        let part = RunPart {
            first_step: waiting.step,
            first_event: waiting.last_event,
            ..first
        };

        let mut tx = self.workflows.db.user(run.owner_id).begin_write().await?;
        if !store::move_head(&mut tx, thread, thread.head, now).await? {
            return Ok(());
        }
        for before in known
            .iter()
            .filter(|one| one.part.run == Some(waiting.id) && one.outcome.is_none())
        {
            store::write_outcome(
                &mut tx,
                before.id,
                ThreadRunStatus::Success.as_str(),
                None,
                before.updated_at,
            )
            .await?;
        }
        let points = PausePoints {
            past_start: true,
            ..run.request.pause.clone()
        };
        runs::write_pause_points(&mut tx, waiting.id, &points).await?;
        store::write_begun(&mut tx, run.id, part, Some(answers), base, now).await?;
        Ok(tx.commit().await?)
    }

    /// Whether something changed by it.
    async fn give_answers(&self, run: &ThreadRunRecord) -> Result<bool, StoryError> {
        let (Some(engine), Some(reply)) = (run.part.run, &run.reply) else {
            return Ok(false);
        };
        let (db, now) = (self.workflows.db.user(run.owner_id), self.workflows.clock.now());
        let waiting = self.engine_run(engine).await?;
        let Some(answers) = reply.get("answers").and_then(Value::as_object) else {
            // For what it asks first.
            if !is_still(&waiting) {
                return Ok(false);
            }
            let part = RunPart {
                first_step: waiting.step,
                first_event: waiting.last_event,
                ..run.part
            };
            let answers = match waiting.status {
                RunStatus::WaitingForInput => match_answers(&waiting, &reply["resume"]),
                _ => Ok(Value::Null),
            };
            match answers {
                Ok(Value::Null) => store::write_reply(&db, run.id, None, run.part, now).await?,
                Ok(answers) => store::write_reply(&db, run.id, Some(&answers), part, now).await?,
                Err(refusal) => self.write_refusal(run, &refusal.to_string()).await?,
            }
            return Ok(true);
        };

        for (question, answer) in answers {
            let question = Uuid::try_parse(question).unwrap_or_default();
            let reply = Reply::Answer(answer.clone());
            match self
                .workflows
                .runs
                .reply(Access::System, engine, Some(question), reply)
                .await
            {
                // Given before, or by somebody else.
                Ok(_)
                | Err(StoreError::WrongStatus { .. } | StoreError::NoQuestion | StoreError::NotFound) => {}
                Err(error) => return Err(StoryError::Runs(error)),
            }
        }
        store::write_reply(&db, run.id, None, run.part, now).await?;

        Ok(true)
    }

    /// Another run of the engine begins; one that waited gives way.
    async fn write_beginning(
        &self,
        thread: &ThreadRecord,
        run: &ThreadRunRecord,
        compiled: &Arc<Compiled>,
        beginning: RunBeginning,
        base: ThreadHead,
        request_id: &RequestId,
    ) -> Result<(), StoryError> {
        let prepared = self
            .prepare_beginning(thread, run, compiled, beginning, base, request_id)
            .await?;
        let resting = self.resting_run(thread).await?;

        let mut tx = self.workflows.db.user(run.owner_id).begin_write().await?;
        if owners::is_closed(&mut tx, run.owner_id).await? {
            return Err(StoryError::OwnerClosed);
        }
        if !self.write_prepared(&mut tx, thread, run, &prepared).await? {
            return Ok(());
        }
        let at = prepared.workflow.created_at;
        let stopped = end_resting(&mut tx, thread.id, resting.map(|resting| resting.id), at).await?;
        tx.commit().await?;

        self.tell_stopped(stopped);
        self.announce_prepared(&prepared);
        Ok(())
    }

    pub(super) async fn prepare_beginning(
        &self,
        thread: &ThreadRecord,
        run: &ThreadRunRecord,
        compiled: &Arc<Compiled>,
        beginning: RunBeginning,
        base: ThreadHead,
        request_id: &RequestId,
    ) -> Result<PreparedBeginning, StoryError> {
        let (owner, now) = (run.owner_id, self.workflows.clock.now());
        let workflow = thread_workflow(run, compiled, &beginning, now);
        let first_step = beginning.point.as_ref().map_or(0, |(_, step, _)| *step);
        let (input, resume) = (
            beginning.state.scopes.get("").map(|root| root.input.clone()),
            beginning.resume,
        );
        let start = StartRun {
            id: self.workflows.ids.id(),
            owner,
            share: Share {
                key: run.worker_share,
                guest: run.actor.guest,
            },
            graph: WORKFLOW.to_owned(),
            phase: String::new(),
            input: beginning.state.working_for(WorksFor {
                workflow_id: thread.id,
                actor: &run.actor,
                request_id,
                definition: Arc::clone(compiled),
            }),
            idempotency: None,
            due_at: None,
            options: RunOptions {
                pause: PausePoints {
                    past_start: beginning.goes_on,
                    ..run.request.pause.clone()
                },
                ..run_options_of(thread.id, workflow.options.clone())
            },
        };
        let point = beginning.point.map(|(source, step, frontier)| StartPoint {
            source,
            step,
            frontier,
        });
        let prepared = self
            .workflows
            .runs
            .prepare_at(start, point)
            .await
            .map_err(StoryError::Runs)?;

        Ok(PreparedBeginning {
            run: prepared,
            workflow,
            input: input.unwrap_or_default(),
            first_step,
            step_offset: beginning.step_offset,
            reply: resume.map(|resume| json!({ "resume": resume })),
            base,
        })
    }

    /// False when somebody else was quicker.
    pub(super) async fn write_prepared(
        &self,
        tx: &mut WriteTx,
        thread: &ThreadRecord,
        run: &ThreadRunRecord,
        prepared: &PreparedBeginning,
    ) -> Result<bool, StoryError> {
        let (engine, owner, at) = (&prepared.run, run.owner_id, prepared.workflow.created_at);
        if !store::move_head(tx, thread, ThreadHead::Run(engine.id, None), at).await? {
            return Ok(false);
        }
        if !workflows::lock(tx, thread.id, owner, at).await? {
            workflows::insert(tx, &prepared.workflow).await?;
        }
        runs::insert_run(tx, engine).await?;
        let ordinal = workflows::link(tx, (thread.id, owner), engine.id, &prepared.input, at).await?;

        let part = RunPart {
            run: Some(engine.id),
            ordinal: u32::try_from(ordinal).unwrap_or_default(),
            first_step: prepared.first_step,
            step_offset: prepared.step_offset,
            first_event: 0,
        };
        Ok(store::write_begun(tx, run.id, part, prepared.reply.as_ref(), prepared.base, at).await?)
    }

    /// It was written.
    pub(super) fn announce_prepared(&self, prepared: &PreparedBeginning) {
        self.workflows.runs.started(prepared.run.id, &prepared.run.graph);
    }
}

/// What a thread is from its first run on.
fn thread_workflow(
    run: &ThreadRunRecord,
    compiled: &Arc<Compiled>,
    beginning: &RunBeginning,
    now: DateTime<Utc>,
) -> NewWorkflow {
    NewWorkflow {
        id: run.thread_id,
        owner_id: run.owner_id,
        compiled: Arc::clone(compiled),
        name: compiled.title.chars().take(200).collect(),
        description: "A thread.".to_owned(),
        config: beginning.state.config.clone(),
        start: None,
        options: WorkflowOptions {
            keep_last: Some(KEPT_CHECKPOINTS),
            ttl_seconds: Some(KEPT_SECONDS),
            ..WorkflowOptions::default()
        },
        fork_from_id: None,
        created_at: now,
    }
}

/// Whether it waits for answers, or stopped where it was to: it gives way to what comes next.
pub(super) fn rests(run: &Run) -> bool {
    run.status == RunStatus::WaitingForInput || run.held
}

/// Whether nothing works in it.
pub(super) fn is_still(run: &Run) -> bool {
    run.status.is_terminal() || rests(run)
}
