//! The story deletion graph: what a deleted story leaves behind goes too. Its row is gone already; this run knows what there
//! was. Each node may be repeated, and none gives up.

use std::sync::Arc;
use std::time::Duration;

use flow::{
    Access, Cause, END, Graph, GraphError, NodeError, NodeOptions, RetryPolicy, START, State, StoreError,
};
use kit::actor::{Actor, Tier};
use kit::blobs::Blobs;
use uuid::Uuid;

use super::node::node;
use super::node_context::{ActsFor, NodeContext};
use crate::domain::owners::SERVICE;
use crate::domain::stories::{STORY_DELETION, StoryDeletion};
use crate::knowledge::Knowledge;
use crate::store::owners::OwnerStore;

/// An engine that is away for a day must leave nothing behind: nodes are tried for as long as it takes.
const PATIENT: RetryPolicy =
    RetryPolicy::exponential(u32::MAX, Duration::from_secs(1), Duration::from_secs(300));

impl State for StoryDeletion {
    type Update = ();

    fn apply(&mut self, (): ()) {}
}

impl ActsFor for StoryDeletion {
    fn actor(&self) -> Actor {
        Actor {
            scopes: vec![SERVICE.to_owned()],
            ..Actor::user(self.owner_id, Tier::Free)
        }
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn story_id(&self) -> Option<Uuid> {
        Some(self.story_id)
    }
}

/// What the nodes work with.
pub(crate) struct Tools {
    pub(crate) owners: OwnerStore,
    pub(crate) runs: flow::Runs,
    pub(crate) blobs: Blobs,
    pub(crate) knowledge: Knowledge,
}

/// # Errors
/// Only when the list below is not a graph.
pub(crate) fn graph(tools: Tools) -> Result<Graph<StoryDeletion>, GraphError> {
    let options = NodeOptions {
        retry: PATIENT,
        ..NodeOptions::default()
    };
    let tools = Arc::new(tools);

    Graph::new(STORY_DELETION)
        .node_with("stop_runs", node(&tools, stop_runs), options.clone())
        .node_with(
            "delete_knowledge",
            node(&tools, delete_knowledge),
            options.clone(),
        )
        .node_with("delete_files", node(&tools, delete_files), options)
        .edge(START, "stop_runs")
        .edge("stop_runs", "delete_knowledge")
        .edge("delete_knowledge", "delete_files")
        .edge("delete_files", END)
        .build()
}

type Node = NodeContext<StoryDeletion, Tools>;

/// An attempt that works is told to stop, and nothing goes on before it has: until then it may write files.
async fn stop_runs(node: Arc<Node>) -> Result<(), NodeError> {
    let (runs, state) = (&node.tools.runs, &node.state);

    let mut working = 0;
    for run in &state.runs {
        match runs.cancel(Access::System, *run).await {
            Ok(run) if run.status.is_terminal() => {}
            Ok(_) => working += 1,
            Err(StoreError::WrongStatus { .. } | StoreError::NotFound) => {}
            Err(error) => return Err(later(error)),
        }
    }

    match working {
        0 => Ok(()),
        left => Err(NodeError::retryable(format!("{left} runs have not stopped yet."))),
    }
}

/// What the story knew, all of it, however long its engine is away.
async fn delete_knowledge(node: Arc<Node>) -> Result<(), NodeError> {
    let state = &node.state;
    let graph = node.tools.knowledge.story(state.owner_id, state.story_id);

    graph.delete().await.map_err(later)
}

/// Objects first: a row that is left shows which objects may be.
async fn delete_files(node: Arc<Node>) -> Result<(), NodeError> {
    let (tools, state) = (&node.tools, &node.state);
    let story = format!("stories/{}/", state.story_id);
    tools.blobs.delete_prefix(&story).await.map_err(later)?;

    for run in &state.runs {
        let files = format!("runs/{run}/");
        tools.blobs.delete_prefix(&files).await.map_err(later)?;
        tools
            .owners
            .delete_run(state.owner_id, *run)
            .await
            .map_err(later)?;
    }

    Ok(())
}

fn later(error: impl Into<Cause>) -> NodeError {
    NodeError::retryable("Not everything could be deleted yet.").caused_by(error)
}
