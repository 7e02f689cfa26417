//! A workflow's past: its runs, questions and checkpoints; going on from one with other values; copies that begin at one.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use flow::store::Share;
use flow::{Access, CheckpointView, HistoryEntry, Run, StartPoint, StoreError};
use kit::actor::Actor;
use kit::error::Faults;
use kit::rpc::RequestId;
use serde_json::Value;
use uuid::Uuid;

use super::execute::Beginning;
use super::fields;
use super::{Workflows, graph_of, read_state};
use crate::domain::workflow::{
    EVENTS_OF_A_RUN, ForkStart, NewWorkflow, Workflow, WorkflowOptions, WorkflowRecord, WorkflowRun,
    WorkflowStatus,
};
use crate::error::StoryError;
use crate::graphs::workflow::state::{KeptState, merge};
use crate::store::{runs, workflows as store};

/// As it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    pub(crate) id: String,
    pub(crate) run_id: Option<String>,
    pub(crate) step: Option<u64>,
    /// JSON text.
    pub(crate) values: String,
}

/// As it was sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fork {
    pub(crate) source_id: String,
    pub(crate) run_id: Option<String>,
    pub(crate) step: Option<u64>,
    pub(crate) name: Option<String>,
    pub(crate) share_token: Option<String>,
}

/// A question and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct AskedQuestion {
    pub(crate) id: String,
    pub(crate) node: String,
    pub(crate) question: Value,
    pub(crate) asked_at: DateTime<Utc>,
    /// Absent while it is open.
    pub(crate) closed: Option<ClosedQuestion>,
    pub(crate) answer: Option<Value>,
}

/// How a question was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClosedQuestion {
    Answered,
    Declined,
    Expired,
}

/// A checkpoint with what its owner sees of it.
pub(crate) struct ShownCheckpoint {
    pub(crate) run: Uuid,
    pub(crate) entry: HistoryEntry,
    pub(crate) state: Option<KeptState>,
}

impl Workflows {
    /// Newest first.
    pub(crate) async fn list_runs(&self, actor: &Actor, id: &str) -> Result<Vec<WorkflowRun>, StoryError> {
        let record = self.record(actor.user_id, id).await?;
        let (db, owner) = (self.db.user(actor.user_id), actor.user_id);
        let links = store::runs(&db, record.id, owner).await?;
        let ids: Vec<Uuid> = links.iter().map(|(run, ..)| *run).collect();
        let found = runs::visible(&db, owner, &ids).await.map_err(StoryError::Runs)?;
        let mut found: HashMap<Uuid, Run> = found.into_iter().map(|run| (run.id, run)).collect();

        let runs = links.into_iter().rev().filter_map(|(id, ordinal, _)| {
            let run = found.remove(&id)?;
            Some(WorkflowRun { run, ordinal })
        });
        Ok(runs.collect())
    }

    /// The workflow and its owner, who may watch it.
    pub(crate) async fn watched(&self, actor: &Actor, id: &str) -> Result<(Uuid, Uuid), StoryError> {
        let record = self.record(actor.user_id, id).await?;
        Ok((record.id, record.owner_id))
    }

    /// Its runs from the one that the event `after` is of, the first one first.
    pub(crate) async fn next_runs(
        &self,
        (id, owner): (Uuid, Uuid),
        after: u64,
    ) -> Result<Vec<(Uuid, u32)>, StoryError> {
        let links = store::runs(&self.db.user(owner), id, owner).await?;
        let reached = links.into_iter().map(|(run, ordinal, _)| (run, ordinal));
        let from = u32::try_from(after / EVENTS_OF_A_RUN).unwrap_or(u32::MAX);

        Ok(reached.filter(|(_, ordinal)| *ordinal > from).collect())
    }

    /// Of the current run, oldest first.
    pub(crate) async fn list_questions(
        &self,
        actor: &Actor,
        id: &str,
        all: bool,
    ) -> Result<Vec<AskedQuestion>, StoryError> {
        let record = self.record(actor.user_id, id).await?;
        let Some(run) = record.run_id else {
            return Ok(Vec::new());
        };
        if !all {
            return Ok(open_questions(&self.run(run).await?));
        }

        let mut asked: Vec<AskedQuestion> = Vec::new();
        for (kind, data, at) in store::dialogue(&self.db.user(actor.user_id), run).await? {
            let text = |key: &str| data.0[key].as_str().unwrap_or_default().to_owned();
            if kind == "question" {
                let id = text("id");
                // A step that asks again what is open says so again.
                asked.retain(|known| known.id != id);
                asked.push(AskedQuestion {
                    id,
                    node: text("node"),
                    question: data.0["question"].clone(),
                    asked_at: at,
                    closed: None,
                    answer: None,
                });
                continue;
            }
            let id = text("question_id");
            let closed = match (&data.0["declined"], &data.0["expired"]) {
                (Value::Bool(true), _) => ClosedQuestion::Declined,
                (_, Value::Bool(true)) => ClosedQuestion::Expired,
                _ => ClosedQuestion::Answered,
            };
            if let Some(question) = asked.iter_mut().find(|known| known.id == id) {
                question.closed = Some(closed);
                question.answer = data.0.get("answer").cloned();
            }
        }

        Ok(asked)
    }

    /// Newest first.
    pub(crate) async fn list_checkpoints(
        &self,
        actor: &Actor,
        id: &str,
        run: Option<&str>,
    ) -> Result<Vec<ShownCheckpoint>, StoryError> {
        let record = self.record(actor.user_id, id).await?;
        let Some(run) = self.own_run(&record, run).await? else {
            return Ok(Vec::new());
        };
        let kept = self.runs.history(Access::System, run).await;
        let kept = kept.map_err(StoryError::Runs)?.into_iter().map(|mut entry| {
            entry.next.retain(|node| node != flow::START);
            ShownCheckpoint {
                run,
                entry,
                state: None,
            }
        });

        Ok(kept.collect())
    }

    /// Of a workflow of the actor's, or of the one that `token` opens.
    pub(crate) async fn get_checkpoint(
        &self,
        actor: &Actor,
        (id, token): (&str, Option<&str>),
        run: Option<&str>,
        step: Option<u64>,
    ) -> Result<ShownCheckpoint, StoryError> {
        let record = match token {
            Some(token) => self.shared_record(token, Some(id)).await?,
            None => self.record(actor.user_id, id).await?,
        };
        let (run, view) = self.view(&record, run, step).await?;
        let kept = self.runs.history(Access::System, run.id).await;
        let created_at = kept
            .map_err(StoryError::Runs)?
            .into_iter()
            .find(|entry| entry.step == view.step)
            .map_or(run.created_at, |entry| entry.created_at);

        Ok(ShownCheckpoint {
            run: run.id,
            state: Some(KeptState::of_state(&read_state(&view.state)?)),
            entry: HistoryEntry {
                step: view.step,
                next: view.next.into_iter().filter(|node| node != flow::START).collect(),
                created_at,
            },
        })
    }

    /// The run of this workflow that was named, or the current one.
    async fn own_run(
        &self,
        record: &WorkflowRecord,
        wanted: Option<&str>,
    ) -> Result<Option<Uuid>, StoryError> {
        let Some(text) = wanted else {
            return Ok(record.run_id);
        };
        let not_found = || StoryError::RunNotFound { id: text.to_owned() };
        let run = Uuid::try_parse(text).map_err(|_| not_found())?;

        let db = self.db.user(record.owner_id);
        match store::workflow_of_run(&db, run, record.owner_id).await? {
            Some(id) if id == record.id => Ok(Some(run)),
            _ => Err(not_found()),
        }
    }

    /// A run's checkpoint; its newest when no step is given.
    async fn view(
        &self,
        record: &WorkflowRecord,
        run: Option<&str>,
        step: Option<u64>,
    ) -> Result<(Run, CheckpointView), StoryError> {
        let never = || StoryError::NeverExecuted { id: record.id };
        let run = self.own_run(record, run).await?.ok_or_else(never)?;
        let run = self.run(run).await?;
        let step = step.unwrap_or(run.step);

        match self.runs.checkpoint(Access::System, run.id, step).await {
            Ok(view) => Ok((run, view)),
            Err(StoreError::NoCheckpoint) => Err(StoryError::CheckpointExpired { id: run.id, step }),
            Err(error) => Err(StoryError::Runs(error)),
        }
    }

    /// Goes on from a checkpoint with other values, in place of the current run.
    pub(crate) async fn edit(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        edit: Edit,
        share: Share,
    ) -> Result<Workflow, StoryError> {
        let mut faults = Faults::default();
        let changes = fields::read_object("values", &edit.values, &mut faults);
        if !faults.is_empty() {
            return Err(StoryError::Invalid { fields: faults.0 });
        }

        let record = self.record(actor.user_id, &edit.id).await?;
        let (run, view) = self.view(&record, edit.run_id.as_deref(), edit.step).await?;
        let current = match record.run_id {
            Some(current) => Some(self.run(current).await?),
            None => None,
        };
        if WorkflowStatus::of_run(current.as_ref()) == WorkflowStatus::Running {
            return Err(StoryError::WorkflowBusy { id: record.id });
        }

        let state = read_state(&view.state)?;
        let mut edited = record.clone();
        // It goes on in the graph that the run was in.
        edited.compiled = Some(std::sync::Arc::clone(&state.definition));
        let mut state = KeptState::of_state(&state);
        merge(&mut state.root_mut().values, changes);
        let user_input = state.root_mut().input.clone();
        let beginning = Beginning {
            state,
            point: (view.frontier != flow::Frontier::start()).then_some(StartPoint {
                source: run.id,
                step: view.step,
                frontier: view.frontier,
            }),
        };

        // What is paused or waits gives way.
        self.stop_all(&record).await?;
        let next = self
            .prepare(actor, request_id, &edited, beginning, None, share)
            .await?;
        self.begin(&record, next, &user_input, false).await?;

        self.get(actor, &edit.id).await
    }

    /// A copy that does not run yet.
    pub(crate) async fn fork(&self, actor: &Actor, fork: Fork) -> Result<Workflow, StoryError> {
        if fork.name.as_deref().is_some_and(|name| !fields::is_name(name)) {
            return Err(StoryError::invalid("name", "1 to 200 characters on one line"));
        }

        let source = match &fork.share_token {
            Some(token) => self.shared_record(token, Some(&fork.source_id)).await?,
            None => self.record(actor.user_id, &fork.source_id).await?,
        };
        let start = match (fork.step, &fork.run_id) {
            (None, None) => source.start.clone(),
            (step, run) => {
                let (run, view) = self.view(&source, run.as_deref(), step).await?;
                let state = read_state(&view.state)?;
                (view.frontier != flow::Frontier::start()).then(|| ForkStart {
                    source: run.id,
                    step: view.step,
                    frontier: view.frontier,
                    state: KeptState::of_state(&state),
                })
            }
        };

        let new = NewWorkflow {
            id: self.ids.id(),
            owner_id: actor.user_id,
            compiled: graph_of(&source)?,
            name: fork
                .name
                .map_or_else(|| source.name.clone(), |name| name.trim().to_owned()),
            description: source.description.clone(),
            config: source.config.clone(),
            start,
            options: WorkflowOptions {
                concurrency_key: None,
                ..source.options.clone()
            },
            fork_from_id: Some(source.id),
            created_at: self.clock.now(),
        };
        self.insert(actor, new).await
    }
}

/// Those of a run that wait, oldest first.
pub(crate) fn open_questions(run: &Run) -> Vec<AskedQuestion> {
    let open = run.questions.iter().map(|open| AskedQuestion {
        id: open.id.to_string(),
        node: open.at.node.clone(),
        question: open.question.clone(),
        asked_at: open.asked_at,
        closed: None,
        answer: None,
    });
    open.collect()
}
