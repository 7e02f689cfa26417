//! The Code Story graph: a repository becomes a narrated story. This file is the list of nodes and edges; each node is
//! a file of its own below.

mod analyze;
mod assemble;
mod at_once;
mod desk;
mod intent;
mod meter;
mod outline;
mod publish;
mod speak;
mod state;
mod tasks;
mod write;

use std::future::Future;
use std::sync::Arc;

use flow::{Context, END, Graph, GraphError, Limits, NodeError, NodeOptions, RetryPolicy, START};
use kit::clock::SharedClock;
use kit::db::Db;

use self::desk::{Desk, failure_line};
pub(crate) use self::state::CodeStory;
use self::state::Update;
use crate::clients::agents::Agents;
use crate::config::StoryConfig;
use crate::domain::story::CODE_STORY;

/// What the nodes work with.
pub(crate) struct Tools {
    pub(crate) agents: Agents,
    pub(crate) db: Db,
    pub(crate) config: StoryConfig,
    pub(crate) clock: SharedClock,
}

/// # Errors
/// Only when the list below is not a graph.
pub(crate) fn graph(tools: Tools) -> Result<Graph<CodeStory>, GraphError> {
    let config = &tools.config;
    let options = NodeOptions {
        retry: RetryPolicy::fixed(config.max_retries + 1, *config.retry_delay_seconds),
        ..NodeOptions::default()
    };

    let limits = Limits {
        soft: Some(*config.soft_limit_seconds),
        hard: Some(*config.hard_limit_seconds),
    };
    let tools = Arc::new(tools);

    Graph::new(CODE_STORY)
        .limits(limits)
        .last_words(|message| ("log", failure_line(message)))
        .node_with("intent", node(&tools, intent::run), options.clone())
        .node_with("analyze", node(&tools, analyze::run), options.clone())
        .node_with("outline", node(&tools, outline::run), options.clone())
        .node_with("write", node(&tools, write::run), options.clone())
        .node_with("speak", node(&tools, speak::run), options.clone())
        .node_with("assemble", node(&tools, assemble::run), options.clone())
        .node_with("publish", node(&tools, publish::run), options)
        .edge(START, "intent")
        .edge("intent", "analyze")
        .edge("analyze", "outline")
        .edge("outline", "write")
        .edge("write", "speak")
        .edge("speak", "assemble")
        .edge("assemble", "publish")
        .edge("publish", END)
        .build()
}

type NodeFuture = futures::future::BoxFuture<'static, Result<Update, NodeError>>;

/// A node from its function: gives it a desk to work at.
fn node<F, Fut>(
    tools: &Arc<Tools>,
    run: F,
) -> impl Fn(Context, Arc<CodeStory>) -> NodeFuture + Send + Sync + 'static
where
    F: Fn(Arc<Desk>) -> Fut + Send + Sync + Copy + 'static,
    Fut: Future<Output = Result<Update, NodeError>> + Send + 'static,
{
    let tools = Arc::clone(tools);
    move |context, state| {
        let desk = Arc::new(Desk::new(context, state, Arc::clone(&tools)));
        Box::pin(async move { desk.work(run(Arc::clone(&desk))).await })
    }
}
