//! The graph of a workflow: made for each run from the definition that its state holds, so a run keeps the version that it began
//! with. Nodes are of a few kinds (`definition`); what each kind does is in `run`.

pub(crate) mod definition;
pub(crate) mod expression;
mod make_story;
mod native;
mod remember;
mod run;
pub(crate) mod state;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use flow::{END, Graph, GraphBuilder, GraphError, NodeError, NodeOptions, RetryPolicy, START};
use kit::clock::SharedClock;

use self::definition::{AT_ONCE, Compiled, END_WORD, Node, NodeKind, copy_name};
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

/// The graph of one run, with a copy of what is called for each item of a list once the list is known.
///
/// # Errors
/// The definition is not a graph: it was checked before it was stored.
pub(crate) fn graph(state: &WorkflowState, tools: &Arc<Tools>) -> Result<Graph<WorkflowState>, GraphError> {
    let parts = state.definition.unfold(&|fan| state.count_items(fan));
    let nodes = parts.iter().fold(Graph::new(WORKFLOW), |builder, part| {
        builder.node_with(&part.id, node(tools, run::run), options(&parts, part))
    });

    Wiring::of(&state.definition, &parts).connect(nodes).build()
}

/// Whether a definition has the shape of a graph.
pub(crate) fn check_shape(definition: &Compiled) -> Result<(), GraphError> {
    let parts = definition.unfold(&|_| 1);
    let nodes = parts.iter().fold(Graph::new(WORKFLOW), |builder, part| {
        builder.node(&part.id, async |_, _: Arc<WorkflowState>| {
            Err(NodeError::cancelled())
        })
    });

    Wiring::of(definition, &parts).connect(nodes).build().map(drop)
}

fn options(parts: &[Node], part: &Node) -> NodeOptions {
    // Copies are nodes of their own, and begin one after another.
    let at_once = match part.id.contains('[') || matches!(part.kind, NodeKind::PerItem { .. }) {
        true => None,
        false => parts.iter().find_map(|node| match &node.kind {
            NodeKind::FanOut { each, at_once, .. } if *each == part.id => Some(at_once.unwrap_or(AT_ONCE)),
            _ => None,
        }),
    };

    NodeOptions {
        retry: RetryPolicy::fixed(part.attempts, Duration::from_secs(part.retry_wait_seconds)),
        concurrency: at_once,
        timeout: Some(Duration::from_secs(part.timeout_seconds)),
    }
}

/// How the nodes of a run's graph lead to one another.
struct Wiring<'a> {
    definition: &'a Compiled,
    parts: &'a [Node],
    /// What joins wait for.
    waited_for: HashSet<&'a str>,
    /// What is called for each item, with its fan-out, and how many copies there are.
    per_item: HashMap<&'a str, (&'a str, usize)>,
}

impl<'a> Wiring<'a> {
    fn of(definition: &'a Compiled, parts: &'a [Node]) -> Self {
        let mut copies: HashMap<&str, usize> = HashMap::new();
        let (mut waited_for, mut per_item) = (HashSet::new(), HashMap::new());
        for node in parts {
            match &node.kind {
                NodeKind::Join { from } => waited_for.extend(from.iter().map(String::as_str)),
                NodeKind::Enter { of: Some(of), .. } => *copies.entry(&of.fan).or_default() += 1,
                _ => {}
            }
        }
        for node in parts {
            if let NodeKind::PerItem { fan, .. } = &node.kind {
                let copies = copies.get(fan.as_str()).copied().unwrap_or_default();
                per_item.insert(node.id.as_str(), (fan.as_str(), copies));
            }
        }

        Self {
            definition,
            parts,
            waited_for,
            per_item,
        }
    }

    fn connect(&self, builder: GraphBuilder<WorkflowState>) -> GraphBuilder<WorkflowState> {
        let starts = self.definition.start.iter();
        let builder = starts.fold(builder, |builder, start| builder.edge(START, start));

        self.parts
            .iter()
            .fold(builder, |builder, node| self.lead_on(builder, node))
    }

    /// Adds the ways out of a node, and the joins into it.
    fn lead_on(&self, builder: GraphBuilder<WorkflowState>, node: &Node) -> GraphBuilder<WorkflowState> {
        let id = node.id.clone();
        let builder = match &node.kind {
            NodeKind::FanOut { each, at_once, .. } => match self.per_item.get(each.as_str()) {
                Some((_, copies)) => {
                    self.call_copies(builder, node, each, (*copies, at_once.unwrap_or(AT_ONCE)))
                }
                None => {
                    let place = move |state: &WorkflowState| state.items_of(&id);
                    builder.fan_out(&node.id, each, place)
                }
            },
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
            // The fan-out says what follows a copy.
            NodeKind::Leave { of: Some(_), .. } => builder,
            _ if node.next.is_empty() && !self.waited_for.contains(id.as_str()) => {
                builder.edge(&node.id, END)
            }
            _ => node.next.iter().fold(builder, |builder, next| {
                builder.edge(&node.id, &engine_name(next))
            }),
        };

        match &node.kind {
            NodeKind::Join { from } => {
                let from: Vec<&str> = from.iter().map(String::as_str).collect();
                builder.join(&from, &node.id)
            }
            _ => builder,
        }
    }

    /// The first copies begin at once, each further one when one before it has ended; `each` runs when all have.
    fn call_copies(
        &self,
        mut builder: GraphBuilder<WorkflowState>,
        fan: &Node,
        each: &str,
        (copies, at_once): (usize, usize),
    ) -> GraphBuilder<WorkflowState> {
        let ends: Vec<String> = (0..copies).map(|index| copy_name(each, index, "/end")).collect();
        for index in 0..copies {
            let before = match index.checked_sub(at_once) {
                Some(before) => &ends[before],
                None => &fan.id,
            };
            builder = builder.edge(before, &copy_name(each, index, ""));
        }

        match &ends[..] {
            [] => builder.edge(&fan.id, each),
            [end] => builder.edge(end, each),
            ends => {
                let ends: Vec<&str> = ends.iter().map(String::as_str).collect();
                builder.join(&ends, each)
            }
        }
    }
}

/// What the engine calls it.
fn engine_name(target: &str) -> String {
    if target == END_WORD { END } else { target }.to_owned()
}
