//! Workflows: made, read, listed, changed, deleted. A workflow is its owner's alone; whoever has the link of one that is shared
//! may read and fork it. What may not be seen does not exist.

mod bundle;
mod execute;
mod executed;
mod fields;
mod history;
mod sharing;
mod steer;

use std::collections::HashMap;
use std::sync::Arc;

use flow::store::NewRun;
use flow::{Access, Run, RunStatus};
use kit::actor::Actor;
use kit::clock::SharedClock;
use kit::db::{Db, WriteTx};
use kit::ids::SharedIds;
use kit::page::{Page, PageRequest};
use kit::rpc::RequestId;
use serde_json::Value;
use uuid::Uuid;

pub(crate) use self::execute::{ExecuteRequest, ReplyRequest};
pub(crate) use self::executed::ExecutedWorkflow;
pub(crate) use self::fields::{JSON_MAX, RawFilter, RawWorkflow, parse_filter, read_object};
pub(crate) use self::history::{AskedQuestion, ClosedQuestion, Edit, Fork, ShownCheckpoint, open_questions};
pub(crate) use self::steer::{BulkAction, BulkRequest};
use super::batch::{BATCH_MAX, parse_batch};
use super::stories::{STORY_DELETION, StoryDeletion};
use super::workflow::{NewWorkflow, Workflow, WorkflowFilter, WorkflowNow, WorkflowOptions, WorkflowRecord};
use super::workflow_definitions::WorkflowDefinitions;
use crate::domain::owners::PLATFORM;
use crate::domain::schema_faults::find_schema_faults;
use crate::error::StoryError;
use crate::graphs::workflow::state::{KeptState, WorkflowState};
use crate::store::{owners, runs, workflows as store};

/// The rules.
#[derive(Clone)]
pub(crate) struct Workflows {
    pub(crate) db: Db,
    pub(crate) runs: flow::Runs,
    pub(crate) definitions: WorkflowDefinitions,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
}

/// What an owner changes of a workflow.
#[derive(Debug, Clone, Default)]
pub(crate) struct WorkflowChange {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) is_public: Option<bool>,
    pub(crate) priority: Option<i32>,
}

impl Workflows {
    pub(crate) async fn create(&self, actor: &Actor, raw: RawWorkflow) -> Result<Workflow, StoryError> {
        let new = self.draft(actor.user_id, &raw).await?;
        self.insert(actor, new).await
    }

    /// A workflow to be written, when all its fields are right.
    async fn draft(&self, owner: Uuid, raw: &RawWorkflow) -> Result<NewWorkflow, StoryError> {
        let (mut checked, mut faults) = fields::check(raw);
        let compiled = self
            .definitions
            .resolve(owner, &raw.workflow_type, raw.definition_version)
            .await?;
        let Some(compiled) = compiled else {
            let field = match raw.definition_version {
                Some(_) => "definition_version",
                None => "workflow_type",
            };
            faults.add(field, "a type of yours or of this installation");
            return Err(StoryError::Invalid { fields: faults.0 });
        };

        if let Some(schema) = &compiled.config_schema {
            faults
                .0
                .extend(find_schema_faults(schema, &checked.config, "config"));
        }
        if !faults.is_empty() {
            return Err(StoryError::Invalid { fields: faults.0 });
        }

        Ok(NewWorkflow {
            id: self.ids.id(),
            owner_id: owner,
            name: checked.name.take().unwrap_or_else(|| compiled.title.clone()),
            description: checked.description,
            config: checked.config,
            compiled,
            start: None,
            options: checked.options,
            fork_from_id: None,
            created_at: self.clock.now(),
        })
    }

    async fn insert(&self, actor: &Actor, new: NewWorkflow) -> Result<Workflow, StoryError> {
        let mut tx = self.db.user(actor.user_id).begin_write().await?;
        if owners::is_closed(&mut tx, actor.user_id).await? {
            return Err(StoryError::OwnerClosed);
        }
        store::insert(&mut tx, &new).await?;
        tx.commit().await?;

        self.get(actor, &new.id.to_string()).await
    }

    pub(crate) async fn get(&self, actor: &Actor, id: &str) -> Result<Workflow, StoryError> {
        let record = self.record(actor.user_id, id).await?;
        self.complete(record).await
    }

    /// The row, which says what it was made of.
    async fn record(&self, owner: Uuid, id: &str) -> Result<WorkflowRecord, StoryError> {
        let not_found = || StoryError::WorkflowNotFound { id: id.to_owned() };
        let known = Uuid::try_parse(id).map_err(|_| not_found())?;

        let found = store::find(&self.db.user(owner), known, owner, self.clock.now()).await?;
        found.ok_or_else(not_found)
    }

    /// With its run and with what that knows.
    async fn complete(&self, record: WorkflowRecord) -> Result<Workflow, StoryError> {
        let run = match record.run_id {
            Some(run) => Some(self.run(run).await?),
            None => None,
        };
        let now = Some(self.read_now(&record, run.as_ref()).await?);

        Ok(Workflow { record, run, now })
    }

    async fn run(&self, run: Uuid) -> Result<Run, StoryError> {
        self.runs.get(Access::System, run).await.map_err(StoryError::Runs)
    }

    async fn read_now(&self, record: &WorkflowRecord, run: Option<&Run>) -> Result<WorkflowNow, StoryError> {
        let Some(run) = run else {
            let (state, next) = match &record.start {
                Some(start) => (start.state.clone(), start.frontier.nodes()),
                None => (
                    fresh(record),
                    record
                        .compiled
                        .iter()
                        .flat_map(|graph| graph.start.clone())
                        .collect(),
                ),
            };
            return Ok(WorkflowNow {
                state,
                next: next.into_iter().filter(|node| node != flow::START).collect(),
                output: None,
            });
        };

        let view = self.runs.checkpoint(Access::System, run.id, run.step).await;
        let view = view.map_err(StoryError::Runs)?;
        let state = read_state(&view.state)?;
        let completed = run.status == RunStatus::Completed;

        Ok(WorkflowNow {
            output: completed.then(|| state.output()),
            next: view.next.into_iter().filter(|node| node != flow::START).collect(),
            state: KeptState::of_state(&state),
        })
    }

    /// Those of these that the actor owns.
    pub(crate) async fn batch(&self, actor: &Actor, ids: &[String]) -> Result<Vec<Workflow>, StoryError> {
        let [ids] = parse_batch([("ids", ids)], BATCH_MAX)
            .map_err(|fault| StoryError::Invalid { fields: vec![fault] })?;
        let owner = actor.user_id;
        let records = store::find_many(&self.db.user(owner), &ids, owner, self.clock.now()).await?;

        self.with_runs(owner, records).await
    }

    async fn with_runs(
        &self,
        owner: Uuid,
        records: Vec<WorkflowRecord>,
    ) -> Result<Vec<Workflow>, StoryError> {
        let wanted: Vec<Uuid> = records.iter().filter_map(|record| record.run_id).collect();
        let found = runs::visible(&self.db.user(owner), owner, &wanted).await;
        let mut found: HashMap<Uuid, Run> = found
            .map_err(StoryError::Runs)?
            .into_iter()
            .map(|run| (run.id, run))
            .collect();

        let workflows = records.into_iter().map(|record| Workflow {
            run: record.run_id.and_then(|run| found.remove(&run)),
            record,
            now: None,
        });
        Ok(workflows.collect())
    }

    /// The actor's own, newest first.
    pub(crate) async fn list(
        &self,
        actor: &Actor,
        filter: &WorkflowFilter,
        page: PageRequest,
        offset: u32,
    ) -> Result<Page<Workflow>, StoryError> {
        let owner = actor.user_id;
        let found = store::list(
            &self.db.user(owner),
            owner,
            filter,
            (page, offset),
            self.clock.now(),
        )
        .await?;

        Ok(Page {
            items: self.with_runs(owner, found.items).await?,
            next: found.next,
        })
    }

    pub(crate) async fn count(&self, actor: &Actor, filter: &WorkflowFilter) -> Result<u64, StoryError> {
        let owner = actor.user_id;
        Ok(store::count(&self.db.user(owner), owner, filter, self.clock.now()).await?)
    }

    pub(crate) async fn update(
        &self,
        actor: &Actor,
        id: &str,
        change: WorkflowChange,
    ) -> Result<Workflow, StoryError> {
        let faults = fields::check_change(&change);
        if !faults.is_empty() {
            return Err(StoryError::Invalid { fields: faults.0 });
        }

        let record = self.record(actor.user_id, id).await?;
        let name = change.name.map_or(record.name, |name| name.trim().to_owned());
        let description = change.description.unwrap_or(record.description);
        let priority = change.priority.unwrap_or(record.options.priority);
        let owner = actor.user_id;
        let db = self.db.user(owner);
        let at = self.clock.now();
        if !store::update(&db, (record.id, owner), (&name, &description), priority, at).await? {
            return Err(StoryError::WorkflowNotFound { id: id.to_owned() });
        }

        match change.is_public {
            Some(true) if !record.shared => drop(self.share(actor, id, None).await?),
            Some(false) => store::delete_shares(&db, record.id, owner).await?,
            _ => {}
        }
        self.get(actor, id).await
    }

    /// Gone when this returns; a run removes what it leaves behind, if anything.
    pub(crate) async fn delete(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        id: &str,
    ) -> Result<(), StoryError> {
        let not_found = || StoryError::WorkflowNotFound { id: id.to_owned() };
        let (workflow, owner) = (Uuid::try_parse(id).map_err(|_| not_found())?, actor.user_id);

        let mut tx = self.db.system().begin_write().await?;
        let deleted = self
            .write_deletion(&mut tx, request_id, (workflow, owner))
            .await?;
        let deleted = deleted.ok_or_else(not_found)?;
        tx.commit().await?;
        self.announce_deletion(&deleted);

        Ok(())
    }

    /// Deletes it in the platform's name, with the run that removes what it leaves behind. `None` when this owner has no such workflow.
    pub(super) async fn write_deletion(
        &self,
        tx: &mut WriteTx,
        request_id: &RequestId,
        (workflow, owner): (Uuid, Uuid),
    ) -> Result<Option<DeletedWorkflow>, StoryError> {
        let Some(left) = store::delete(tx, workflow, owner).await? else {
            return Ok(None);
        };
        if left.is_empty() {
            return Ok(Some(DeletedWorkflow { clears_up: None }));
        }

        let start = flow::StartRun {
            id: self.ids.id(),
            owner: PLATFORM,
            share: flow::store::Share::of_owner(owner),
            graph: STORY_DELETION.to_owned(),
            phase: String::new(),
            input: StoryDeletion {
                story_id: workflow,
                owner_id: owner,
                runs: left,
                request_id: request_id.as_str().to_owned(),
            },
            idempotency: None,
            due_at: None,
            options: flow::RunOptions::default(),
        };
        let run = self.runs.prepare(start).await.map_err(StoryError::Runs)?;
        runs::insert_run(tx, &run).await?;

        Ok(Some(DeletedWorkflow { clears_up: Some(run) }))
    }

    /// It was written.
    pub(super) fn announce_deletion(&self, deleted: &DeletedWorkflow) {
        if let Some(run) = &deleted.clears_up {
            self.runs.started(run.id, &run.graph);
        }
    }
}

/// A workflow that is gone.
pub(super) struct DeletedWorkflow {
    /// Removes what it left behind; none where that is nothing.
    clears_up: Option<NewRun>,
}

/// What a workflow that was never executed begins with.
fn fresh(record: &WorkflowRecord) -> KeptState {
    KeptState::fresh(
        record.config.clone(),
        Value::Object(serde_json::Map::new()),
        serde_json::Map::new(),
    )
}

/// A checkpoint's state.
pub(super) fn read_state(text: &str) -> Result<WorkflowState, StoryError> {
    serde_json::from_str(text).map_err(|source| StoryError::Unreadable {
        what: "workflow's state",
        source: source.into(),
    })
}

/// What its runs are given of what its owner wants: runs of one workflow never work at the same time.
fn run_options(record: &WorkflowRecord) -> flow::RunOptions {
    run_options_of(record.id, record.options.clone())
}

pub(super) fn run_options_of(id: Uuid, options: WorkflowOptions) -> flow::RunOptions {
    let WorkflowOptions {
        priority,
        concurrency_key,
        keep_last,
        ttl_seconds,
    } = options;

    flow::RunOptions {
        priority,
        concurrency_key: Some(concurrency_key.unwrap_or_else(|| format!("workflow:{id}"))),
        keep_last,
        ttl_seconds,
        ..flow::RunOptions::default()
    }
}

/// The graph that a record's runs run.
fn graph_of(
    record: &WorkflowRecord,
) -> Result<Arc<crate::graphs::workflow::definition::Compiled>, StoryError> {
    record.compiled.clone().ok_or_else(|| StoryError::Unreadable {
        what: "workflow's graph",
        source: "it was not read".into(),
    })
}
