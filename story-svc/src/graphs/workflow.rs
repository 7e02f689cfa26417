//! The graph of a workflow: made for each run from the definition that its state holds, so a run keeps the version that it began
//! with. Nodes are of a few kinds (`definition`); what each kind does is in `run`.

pub(crate) mod definition;
pub(crate) mod expression;
mod make_story;
mod native;
mod remember;
mod run;
pub(crate) mod state;

use std::sync::Arc;
use std::time::Duration;

use flow::{END, Graph, GraphBuilder, GraphError, NodeError, NodeOptions, RetryPolicy, START};
use kit::clock::SharedClock;

use self::definition::{Compiled, END_WORD, Node, NodeKind};
use self::state::WorkflowState;
use super::node::node;
use super::node_context::NodeContext;
use crate::clients::agents::Agents;
use crate::clients::outgoing::Outgoing;
use crate::domain::items::Items;
use crate::domain::stories::Stories;

/// Name under which the worker knows runs of workflows.
pub(crate) const WORKFLOW: &str = "workflow";

/// What the nodes work with.
pub(crate) struct Tools {
    pub(crate) agents: Agents,
    pub(crate) outgoing: Outgoing,
    pub(crate) items: Items,
    pub(crate) stories: Stories,
    pub(crate) clock: SharedClock,
}

impl AsRef<Agents> for Tools {
    fn as_ref(&self) -> &Agents {
        &self.agents
    }
}

type WorkflowNode = NodeContext<WorkflowState, Tools>;

/// The graph of one run.
///
/// # Errors
/// The definition is not a graph: it was checked before it was stored.
pub(crate) fn graph(state: &WorkflowState, tools: &Arc<Tools>) -> Result<Graph<WorkflowState>, GraphError> {
    let definition = &*state.definition;
    let nodes = definition
        .nodes
        .iter()
        .fold(Graph::new(WORKFLOW), |builder, part| {
            builder.node_with(&part.id, node(tools, run::run), options(definition, part))
        });

    connect(nodes, definition).build()
}

/// Whether a definition has the shape of a graph.
pub(crate) fn check_shape(definition: &Compiled) -> Result<(), GraphError> {
    let nodes = definition
        .nodes
        .iter()
        .fold(Graph::new(WORKFLOW), |builder, part| {
            builder.node(&part.id, async |_, _: Arc<WorkflowState>| {
                Err(NodeError::cancelled())
            })
        });

    connect(nodes, definition).build().map(drop)
}

fn options(definition: &Compiled, part: &Node) -> NodeOptions {
    let at_once = definition.nodes.iter().find_map(|node| match &node.kind {
        NodeKind::FanOut { each, at_once, .. } if *each == part.id => Some(at_once.unwrap_or(8)),
        _ => None,
    });

    NodeOptions {
        retry: RetryPolicy::fixed(part.attempts, Duration::from_secs(part.retry_wait_seconds)),
        concurrency: at_once,
        timeout: Some(Duration::from_secs(part.timeout_seconds)),
    }
}

fn connect(builder: GraphBuilder<WorkflowState>, definition: &Compiled) -> GraphBuilder<WorkflowState> {
    let waited_for = |id: &str| {
        definition.nodes.iter().any(|node| match &node.kind {
            NodeKind::Join { from } => from.iter().any(|source| source == id),
            _ => false,
        })
    };

    let mut builder = definition
        .start
        .iter()
        .fold(builder, |builder, start| builder.edge(START, start));
    for node in &definition.nodes {
        let id = node.id.clone();
        builder = match &node.kind {
            NodeKind::FanOut { each, .. } => {
                let place = move |state: &WorkflowState| state.items_of(&id);
                builder.fan_out(&node.id, each, place)
            }
            NodeKind::Branch { .. }
            | NodeKind::Question {
                on_decline: Some(_), ..
            } => {
                let ways: Vec<String> = node
                    .ways()
                    .into_iter()
                    .map(|(way, _)| engine_name(&way))
                    .collect();
                let mut targets: Vec<&str> = ways.iter().map(String::as_str).collect();
                if ways.is_empty() || (node.next.is_empty() && !matches!(node.kind, NodeKind::Branch { .. }))
                {
                    targets.push(END);
                }
                builder.branch(&node.id, &targets, move |state| state.ways_from(&id))
            }
            _ if node.next.is_empty() && !waited_for(&node.id) => builder.edge(&node.id, END),
            _ => node.next.iter().fold(builder, |builder, next| {
                builder.edge(&node.id, &engine_name(next))
            }),
        };
        if let NodeKind::Join { from } = &node.kind {
            let from: Vec<&str> = from.iter().map(String::as_str).collect();
            builder = builder.join(&from, &node.id);
        }
    }

    builder
}

/// What the engine calls it.
fn engine_name(target: &str) -> String {
    if target == END_WORD { END } else { target }.to_owned()
}
