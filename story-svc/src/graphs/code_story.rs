//! The Code Story graph: a repository becomes a narrated story. This file is the list of nodes and edges; each node is
//! a file of its own below.

mod analyze;
mod assemble;
mod intent;
mod outline;
mod phase;
mod publish;
mod speak;
mod state;
mod write;

use std::sync::Arc;

use flow::{END, Graph, GraphError, Limits, NodeOptions, RetryPolicy, START};
use kit::clock::SharedClock;
use kit::db::Db;
use proto::tasks::Level;
use proto::tasks::code_story::Speaker;
use serde_json::json;

pub(crate) use self::state::CodeStory;
use super::node::node;
use super::node_context::{NodeContext, log_line};
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

impl AsRef<Agents> for Tools {
    fn as_ref(&self) -> &Agents {
        &self.agents
    }
}

type Node = NodeContext<CodeStory, Tools>;

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
        .last_words(|message| {
            let action = format!("Error: {message}");
            ("log", log_line(Speaker::System, &action, json!({}), Level::Error))
        })
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
