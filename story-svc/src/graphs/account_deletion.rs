//! The account deletion graph: everything that a user owns goes, in every service, and the account with it. It cannot be
//! half done: each node may be repeated, none gives up, and the account stays shut until the last one.

use std::sync::Arc;
use std::time::Duration;

use flow::{
    Access, Cause, END, Graph, GraphError, NodeError, NodeOptions, RetryPolicy, START, State, StoreError,
};
use kit::actor::{Actor, Tier};
use kit::blobs::Blobs;

use super::node::node;
use super::node_context::{ActsFor, NodeContext};
use crate::clients::accounts::Accounts;
use crate::domain::owners::{ACCOUNT_DELETION, AccountDeletion, SERVICE};
use crate::knowledge::Knowledge;
use crate::store::owners::OwnerStore;

/// An engine that is away for a day must not leave half an account behind: nodes are tried for as long as it takes.
const PATIENT: RetryPolicy =
    RetryPolicy::exponential(u32::MAX, Duration::from_secs(1), Duration::from_secs(300));

impl State for AccountDeletion {
    type Update = ();

    fn apply(&mut self, (): ()) {}
}

impl ActsFor for AccountDeletion {
    /// The account is shut: one of our own services acts in its owner's name.
    fn actor(&self) -> Actor {
        Actor {
            scopes: vec![SERVICE.to_owned()],
            ..Actor::user(self.user_id, Tier::Free)
        }
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }
}

/// What the nodes work with.
pub(crate) struct Tools {
    pub(crate) owners: OwnerStore,
    pub(crate) runs: flow::Runs,
    pub(crate) blobs: Blobs,
    pub(crate) knowledge: Knowledge,
    pub(crate) accounts: Accounts,
}

/// # Errors
/// Only when the list below is not a graph.
pub(crate) fn graph(tools: Tools) -> Result<Graph<AccountDeletion>, GraphError> {
    let options = NodeOptions {
        retry: PATIENT,
        ..NodeOptions::default()
    };
    let tools = Arc::new(tools);

    Graph::new(ACCOUNT_DELETION)
        .node_with("stop_runs", node(&tools, stop_runs), options.clone())
        .node_with("delete_stories", node(&tools, delete_stories), options.clone())
        .node_with("delete_usage", node(&tools, delete_usage), options.clone())
        .node_with("delete_backups", node(&tools, delete_backups), options.clone())
        .node_with("finish", node(&tools, finish), options)
        .edge(START, "stop_runs")
        .edge("stop_runs", "delete_stories")
        .edge("delete_stories", "delete_usage")
        .edge("delete_usage", "delete_backups")
        .edge("delete_backups", "finish")
        .edge("finish", END)
        .build()
}

type Node = NodeContext<AccountDeletion, Tools>;

/// What works is told to stop, and nothing goes on before it has.
async fn stop_runs(node: Arc<Node>) -> Result<(), NodeError> {
    let (tools, state) = (&node.tools, &node.state);

    for run in tools.owners.active_runs(state.user_id).await.map_err(later)? {
        match tools.runs.cancel(Access::System, run).await {
            Ok(_) | Err(StoreError::WrongStatus { .. }) => {}
            Err(error) => return Err(later(error)),
        }
    }

    match tools
        .owners
        .active_runs(state.user_id)
        .await
        .map_err(later)?
        .len()
    {
        0 => Ok(()),
        left => Err(NodeError::retryable(format!("{left} runs have not stopped yet."))),
    }
}

/// Knowledge and objects first: a row that is left shows which of them may be.
async fn delete_stories(node: Arc<Node>) -> Result<(), NodeError> {
    let (tools, user) = (&node.tools, node.state.user_id);
    let owners = &tools.owners;

    loop {
        let stories = owners.stories(user).await.map_err(later)?;
        for story in &stories {
            tools
                .knowledge
                .story(user, *story)
                .delete()
                .await
                .map_err(later)?;
            tools
                .blobs
                .delete_prefix(&format!("stories/{story}/"))
                .await
                .map_err(later)?;
            owners.delete_story(user, *story).await.map_err(later)?;
        }

        let runs = owners.runs(user).await.map_err(later)?;
        for run in &runs {
            tools
                .blobs
                .delete_prefix(&format!("runs/{run}/"))
                .await
                .map_err(later)?;
            owners.delete_run(user, *run).await.map_err(later)?;
        }

        owners.delete_workflows(user).await.map_err(later)?;

        if stories.is_empty() && runs.is_empty() {
            return Ok(());
        }
    }
}

/// What was counted, and what was bought.
async fn delete_usage(node: Arc<Node>) -> Result<(), NodeError> {
    let (accounts, state) = (&node.tools.accounts, &node.state);

    let deleted = accounts.delete_usage(state.user_id, &state.request_id).await;
    deleted.map_err(later)?;
    let ended = accounts.delete_billing(state.user_id, &state.request_id).await;

    ended.map_err(later)
}

async fn delete_backups(node: Arc<Node>) -> Result<(), NodeError> {
    let state = &node.state;
    let deleted = node
        .tools
        .accounts
        .delete_backups(state.user_id, &state.request_id)
        .await;

    deleted.map_err(later)
}

/// A story that was being written while its owner was shut out goes too, and then the account.
async fn finish(node: Arc<Node>) -> Result<(), NodeError> {
    stop_runs(Arc::clone(&node)).await?;
    delete_stories(Arc::clone(&node)).await?;

    let state = &node.state;
    let finished = node
        .tools
        .accounts
        .finish_deletion(state.user_id, &state.request_id)
        .await;

    finished.map_err(later)
}

fn later(error: impl Into<Cause>) -> NodeError {
    NodeError::retryable("Not everything could be deleted yet.").caused_by(error)
}
