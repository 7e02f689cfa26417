//! The states of a thread: read, listed, and changed by hand.

use flow::{Frontier, Ready, RunId};
use kit::actor::Actor;
use kit::error::Faults;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::begin::end_resting;
use super::history::Pasts;
use super::{PAGE_MAX, Threads, parse_uuid};
use crate::domain::thread::{PlacedState, ThreadHead, ThreadRecord, ThreadState, change_values, take_input};
use crate::domain::workflows::read_object;
use crate::error::StoryError;
use crate::graphs::workflow::definition::{Compiled, END_WORD};
use crate::graphs::workflow::state::KeptState;
use crate::store::threads as store;

/// What stands for the graph's beginning and end.
const START_NODE: &str = "__start__";
/// Whoever changes a state in its name gives the graph its input.
const INPUT_NODE: &str = "__input__";

/// As it was sent.
#[derive(Debug, Clone)]
pub(crate) struct StateChange {
    pub(crate) thread_id: String,
    /// JSON object.
    pub(crate) values: String,
    pub(crate) as_node: Option<String>,
    pub(crate) checkpoint_id: Option<String>,
}

impl Threads {
    /// The newest state, or the one of a checkpoint.
    pub(crate) async fn get_state(
        &self,
        actor: &Actor,
        thread: &str,
        checkpoint: Option<&str>,
    ) -> Result<ThreadState, StoryError> {
        let thread = self.record(actor.user_id, thread).await?;
        let wanted = checkpoint.map(|id| parse_uuid("checkpoint_id", id)).transpose()?;
        let mut pasts = Pasts::new(self, &thread).await?;

        match (pasts.find(wanted).await?, wanted) {
            (Some(entry), _) => pasts.tell(&entry).await,
            (None, Some(id)) => Err(StoryError::CheckpointNotFound { id }),
            (None, None) => Ok(ThreadState {
                thread_id: thread.id,
                values: Map::new(),
                next: Vec::new(),
                tasks: Vec::new(),
                checkpoint: None,
                parent: None,
                step: 0,
                source: String::new(),
                run_id: None,
                assistant_id: None,
                graph: None,
                created_at: None,
            }),
        }
    }

    /// Newest first.
    pub(crate) async fn list_history(
        &self,
        actor: &Actor,
        thread: &str,
        limit: Option<u32>,
        before: Option<&str>,
    ) -> Result<Vec<ThreadState>, StoryError> {
        let limit = limit.unwrap_or(10);
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(StoryError::invalid("limit", "1 to 1000"));
        }
        let thread = self.record(actor.user_id, thread).await?;
        let before = before.map(|id| parse_uuid("before", id)).transpose()?;

        let mut pasts = Pasts::new(self, &thread).await?;
        let mut entries = pasts.entries().await?;
        if let Some(before) = before {
            let place = entries.iter().position(|entry| entry.id == before);
            let place = place.ok_or(StoryError::CheckpointNotFound { id: before })?;
            entries.drain(..=place);
        }
        entries.truncate(limit as usize);

        let mut states = Vec::with_capacity(entries.len());
        for entry in &entries {
            states.push(pasts.tell(entry).await?);
        }
        Ok(states)
    }

    /// Puts a changed state in place; the thread goes on from there. Answers its checkpoint.
    pub(crate) async fn change_state(&self, actor: &Actor, change: StateChange) -> Result<Uuid, StoryError> {
        let mut faults = Faults::default();
        let values = read_object("values", &change.values, &mut faults);
        if !faults.is_empty() {
            return Err(StoryError::Invalid { fields: faults.0 });
        }

        let thread = self.record(actor.user_id, &change.thread_id).await?;
        let wanted = change.checkpoint_id.as_deref();
        let wanted = wanted.map(|id| parse_uuid("checkpoint_id", id)).transpose()?;
        let graph = thread.metadata.get("graph_id").and_then(Value::as_str);
        let no_graph = || StoryError::ThreadHasNoGraph { id: thread.id };
        let graph = graph.ok_or_else(no_graph)?.to_owned();
        let compiled = self
            .workflows
            .definitions
            .resolve(actor.user_id, &graph, None)
            .await?;
        let compiled = compiled.ok_or_else(no_graph)?;
        if !self.works_in(&thread).await?.is_empty() {
            return Err(StoryError::ThreadBusy { id: thread.id });
        }

        let runs = self.runs_of(&thread).await?;
        let point = match wanted {
            Some(id) => {
                self.require_kept(&thread, id).await?;
                Some(self.named_point(&thread, &runs, id).await?)
            }
            None => self.head_point(&thread, &runs).await?,
        };
        let parent = point.as_ref().map(|point| point.checkpoint);
        let step = point.as_ref().map_or(0, |point| point.step + 1);
        let (mut state, frontier, next) = match point {
            Some(point) => (point.state, point.frontier, point.next),
            None => (
                KeptState::fresh(json!({}), json!({}), Map::new()),
                Frontier::start(),
                compiled.start.clone(),
            ),
        };
        let given = matches!(change.as_node.as_deref(), Some(START_NODE | INPUT_NODE));
        match given {
            true => take_input(&mut state, values, || self.workflows.ids.id()),
            false => change_values(&mut state, values, || self.workflows.ids.id()),
        }
        let (frontier, next) = match &change.as_node {
            Some(node) => behind(&compiled, node)?,
            None => (frontier, next),
        };

        let placed = PlacedState {
            id: self.workflows.ids.id(),
            thread_id: thread.id,
            owner_id: thread.owner_id,
            graph,
            state,
            frontier,
            next,
            step,
            source: "update".to_owned(),
            parent,
            created_at: self.workflows.clock.now(),
        };
        let id = placed.id;
        let resting = self.resting_run(&thread).await?;
        self.place(&thread, placed, resting.map(|run| run.id)).await?;

        Ok(id)
    }

    /// The thread goes on from this state. A run that rests has ended well, and is stopped.
    pub(super) async fn place(
        &self,
        thread: &ThreadRecord,
        placed: PlacedState,
        resting: Option<RunId>,
    ) -> Result<(), StoryError> {
        let at = placed.created_at;
        let mut tx = self.workflows.db.user(thread.owner_id).begin_write().await?;
        store::insert_state(&mut tx, &placed).await?;
        if !store::move_head(&mut tx, thread, ThreadHead::State(placed.id), at).await? {
            return Err(StoryError::ThreadBusy { id: thread.id });
        }
        let stopped = end_resting(&mut tx, thread.id, resting, at).await?;
        tx.commit().await?;
        self.tell_stopped(stopped);

        Ok(())
    }
}

/// What comes next after a node.
fn behind(compiled: &Compiled, node: &str) -> Result<(Frontier, Vec<String>), StoryError> {
    if matches!(node, START_NODE | INPUT_NODE) {
        return Ok((Frontier::start(), compiled.start.clone()));
    }
    let known = compiled.node(node);
    let known = known.ok_or_else(|| {
        StoryError::invalid("as_node", &format!("a node of the graph: {node} does not exist"))
    })?;

    let ways = known.ways();
    if ways.iter().any(|(_, conditional)| *conditional) {
        let expected = "a node that always leads to the same: this one chooses";
        return Err(StoryError::invalid("as_node", expected));
    }
    let next: Vec<String> = ways
        .into_iter()
        .map(|(way, _)| way)
        .filter(|way| way != END_WORD)
        .collect();
    let ready = next.iter().map(|node| Ready {
        node: node.clone(),
        items: None,
    });
    let frontier = Frontier {
        ready: ready.collect(),
        waiting: Vec::new(),
    };

    Ok((frontier, next))
}
