//! The graph of fiction: a prompt becomes a book, and a book another one. Every change of a book is a run of this graph; which
//! nodes it goes through is said by the `system_status` of its state. This file is the list of nodes and edges; each node is a
//! file of its own below.

mod begin;
mod cast;
mod check;
mod import;
mod keep;
mod narrate;
mod opening;
mod plan;
mod publish;
mod state;
mod write;

use std::sync::Arc;

use flow::{END, Graph, GraphError, Limits, NodeOptions, RetryPolicy, START};
use kit::clock::SharedClock;
use kit::db::Db;
use proto::tasks::Level;
use serde_json::json;

pub(crate) use self::opening::BEGINNING;
pub(crate) use self::state::{Fiction, SystemStatus};
use super::node::node;
use super::node_context::{NodeContext, log_line};
use crate::clients::agents::Agents;
use crate::config::StoryConfig;
use crate::domain::fiction_request::FICTION;
use crate::knowledge::Knowledge;

/// What the nodes work with.
pub(crate) struct Tools {
    pub(crate) agents: Agents,
    pub(crate) db: Db,
    pub(crate) knowledge: Knowledge,
    pub(crate) config: StoryConfig,
    pub(crate) clock: SharedClock,
}

impl AsRef<Agents> for Tools {
    fn as_ref(&self) -> &Agents {
        &self.agents
    }
}

type Node = NodeContext<Fiction, Tools>;

/// Who speaks in the log when no agent does.
const EDITOR: &str = "Editor";

/// # Errors
/// Only when the list below is not a graph.
pub(crate) fn graph(tools: Tools) -> Result<Graph<Fiction>, GraphError> {
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

    Graph::new(FICTION)
        .limits(limits)
        .last_words(|message| {
            let action = format!("Error: {message}");
            ("log", log_line(EDITOR, &action, json!({}), Level::Error))
        })
        .node_with("begin", node(&tools, begin::run), options.clone())
        .node_with("plan", node(&tools, plan::run), options.clone())
        .node_with("cast", node(&tools, cast::run), options.clone())
        .node_with("write", node(&tools, write::run), options.clone())
        .node_with("check", node(&tools, check::run), options.clone())
        .node_with("narrate", node(&tools, narrate::run), options.clone())
        .node_with("publish", node(&tools, publish::run), options)
        .edge(START, "begin")
        .branch("begin", &["plan", "cast", "write", "check", "narrate"], next)
        .edge("plan", "cast")
        .branch("cast", &["write", "check"], next)
        .branch("write", &["write", "check"], next)
        .branch("check", &["write", "publish"], next)
        .edge("narrate", "publish")
        .edge("publish", END)
        .build()
}

/// The node that does what the status says.
fn next(state: &Fiction) -> Vec<&'static str> {
    vec![match state.status() {
        SystemStatus::Initializing | SystemStatus::Planning => "plan",
        SystemStatus::Casting => "cast",
        SystemStatus::Writing | SystemStatus::Repairing => "write",
        SystemStatus::Checking => "check",
        SystemStatus::Narrating => "narrate",
        SystemStatus::Publishing | SystemStatus::Completed => "publish",
    }]
}
