//! Workflows are paused, resumed and cancelled, one or many.

use flow::store::Share;
use flow::{Access, RunStatus, StoreError};
use kit::actor::Actor;
use kit::rpc::RequestId;

use super::{Workflows, graph_of, read_state};
use crate::domain::workflow::{OnConflict, Workflow, WorkflowFilter, WorkflowRecord, WorkflowStatus};
use crate::error::StoryError;
use crate::graphs::workflow::state::{KeptState, WorksFor};
use crate::store::workflows as store;

/// Workflows that are steered at once.
const BULK_MAX: u32 = 1_000;

/// What is done to many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BulkAction {
    Cancel,
    Retry,
    Resume,
}

/// Which ones, and how.
#[derive(Debug, Clone)]
pub(crate) struct BulkRequest {
    pub(crate) action: BulkAction,
    pub(crate) filter: WorkflowFilter,
    pub(crate) preview: bool,
    pub(crate) definition_version: Option<u32>,
}

/// What became of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct BulkAnswer {
    pub(crate) matching: u64,
    pub(crate) done: Vec<String>,
    pub(crate) refused: Vec<String>,
}

impl Workflows {
    /// Stops after the step that is being worked on.
    pub(crate) async fn pause(&self, actor: &Actor, id: &str) -> Result<Workflow, StoryError> {
        let record = self.record(actor.user_id, id).await?;
        let nothing = || StoryError::NothingWorks { id: record.id };
        let run = record.run_id.ok_or_else(nothing)?;
        match self.runs.pause(Access::Owner(actor.user_id), run, true).await {
            Ok(_) => self.get(actor, id).await,
            Err(StoreError::WrongStatus { .. }) => Err(nothing()),
            Err(error) => Err(StoryError::Runs(error)),
        }
    }

    /// Stops it for good.
    pub(crate) async fn cancel(&self, actor: &Actor, id: &str) -> Result<Workflow, StoryError> {
        let record = self.record(actor.user_id, id).await?;
        let nothing = || StoryError::NothingWorks { id: record.id };
        let run = record.run_id.ok_or_else(nothing)?;
        match self.runs.cancel(Access::Owner(actor.user_id), run).await {
            Ok(_) => self.get(actor, id).await,
            Err(StoreError::WrongStatus { .. }) => Err(nothing()),
            Err(error) => Err(StoryError::Runs(error)),
        }
    }

    /// Goes on where it stopped or failed.
    pub(crate) async fn resume(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        id: &str,
        version: Option<u32>,
    ) -> Result<Workflow, StoryError> {
        let mut record = self.record(actor.user_id, id).await?;
        let workflow = record.id;
        let nothing = || StoryError::NothingToResume { id: workflow };
        let run = record.run_id.ok_or_else(nothing)?;
        let run = self.run(run).await?;
        let access = Access::Owner(actor.user_id);

        let resumed = match run.status {
            RunStatus::Failed | RunStatus::Cancelled => match version {
                None => self.runs.reopen::<()>(access, run.id, None).await,
                Some(version) => {
                    let view = self.runs.checkpoint(access, run.id, run.step).await;
                    let view = view.map_err(StoryError::Runs)?;
                    self.take_version(&mut record, version, &view).await?;
                    let state = KeptState::of_state(&read_state(&view.state)?).working_for(WorksFor {
                        workflow_id: record.id,
                        actor,
                        request_id,
                        definition: graph_of(&record)?,
                    });
                    self.runs.reopen(access, run.id, Some((&view, state))).await
                }
            },
            _ if run.paused && version.is_none() => self.runs.pause(access, run.id, false).await,
            _ => return Err(nothing()),
        };

        match resumed {
            Ok(_) => {}
            Err(StoreError::WrongStatus { .. } | StoreError::NoCheckpoint) => return Err(nothing()),
            Err(error) => return Err(StoryError::Runs(error)),
        }
        if version.is_some() {
            let (db, key) = (self.db.user(actor.user_id), (record.id, record.owner_id));
            store::move_to_version(&db, key, &*graph_of(&record)?, self.clock.now()).await?;
        }

        self.get(actor, id).await
    }

    /// Gives the record another version of its definition, when a run that stands there can go on in it.
    async fn take_version(
        &self,
        record: &mut WorkflowRecord,
        version: u32,
        view: &flow::CheckpointView,
    ) -> Result<(), StoryError> {
        let found = self
            .definitions
            .resolve(record.owner_id, &record.workflow_type, Some(version))
            .await?;
        let graph =
            found.ok_or_else(|| StoryError::invalid("definition_version", "a version that there is"))?;

        let waiting = view.frontier.waiting.iter();
        let waiting = waiting.flat_map(|join| join.from.iter().chain([&join.target]));
        let ready = view.frontier.ready.iter().map(|ready| &ready.node);
        let next = ready.chain(waiting).filter(|node| *node != flow::START);
        if !graph.has_all(next) {
            return Err(StoryError::VersionDoesNotFit { id: record.id });
        }

        record.definition_version = version;
        record.compiled = Some(graph);
        Ok(())
    }

    /// Does it to all that the filter fits.
    pub(crate) async fn steer_many(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        request: BulkRequest,
        share: Share,
    ) -> Result<BulkAnswer, StoryError> {
        let BulkRequest {
            action,
            mut filter,
            preview,
            definition_version,
        } = request;
        if filter.says_nothing() {
            return Err(StoryError::invalid("filter", "one that says something"));
        }

        // Of what was asked for, those to which it can be done.
        let able: &[WorkflowStatus] = match action {
            BulkAction::Cancel => &[
                WorkflowStatus::Created,
                WorkflowStatus::Running,
                WorkflowStatus::Interrupted,
            ],
            BulkAction::Retry => &[WorkflowStatus::Failed, WorkflowStatus::Cancelled],
            BulkAction::Resume => &[
                WorkflowStatus::Failed,
                WorkflowStatus::Cancelled,
                WorkflowStatus::Interrupted,
            ],
        };
        let asked = std::mem::take(&mut filter.statuses);
        filter.statuses = able
            .iter()
            .copied()
            .filter(|status| asked.is_empty() || asked.contains(status))
            .collect();
        if filter.statuses.is_empty() {
            return Ok(BulkAnswer::default());
        }

        filter.executed = true;
        let (db, now) = (self.db.user(actor.user_id), self.clock.now());
        let mut answer = BulkAnswer {
            matching: store::count(&db, actor.user_id, &filter, now).await?,
            ..BulkAnswer::default()
        };
        if preview {
            return Ok(answer);
        }

        for id in store::list_ids(&db, actor.user_id, &filter, BULK_MAX, now).await? {
            let id = id.to_string();
            let done = match action {
                BulkAction::Cancel => self.cancel(actor, &id).await.map(drop),
                BulkAction::Resume => self
                    .resume(actor, request_id, &id, definition_version)
                    .await
                    .map(drop),
                BulkAction::Retry => self.retry(actor, request_id, &id, share).await.map(drop),
            };
            match done {
                Ok(()) => answer.done.push(id),
                Err(error @ (StoryError::Database(_) | StoryError::Runs(_))) => return Err(error),
                Err(_) => answer.refused.push(id),
            }
        }

        Ok(answer)
    }

    /// Executes it anew with what it was executed with.
    async fn retry(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        id: &str,
        share: Share,
    ) -> Result<Workflow, StoryError> {
        let record = self.record(actor.user_id, id).await?;
        let runs = store::runs(&self.db.user(actor.user_id), record.id, actor.user_id).await?;
        let input = runs.into_iter().next_back().map(|(.., input)| input);
        let request = super::ExecuteRequest {
            id: id.to_owned(),
            user_input: input.map(|input| input.to_string()).unwrap_or_default(),
            on_conflict: OnConflict::Reject,
            idempotency_key: None,
            session_id: None,
        };

        self.execute(actor, request_id, request, share).await
    }
}
