//! Which tasks run next: a pure function of the graph's shape, the frontier that has just run, and what the graph's own
//! pure functions choose from the state. No clock, no store, no I/O; the same checkpoint always plans the same step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::topology::{Dest, Exit, NodeId, Topology};

/// What runs next, and which joins are waiting. Names, not numbers, so that a later version of a graph can read it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Frontier {
    /// In declaration order, each node at most once.
    #[serde(rename = "r", default, skip_serializing_if = "Vec::is_empty")]
    pub ready: Vec<Ready>,
    /// Joins that some, but not all, of their sources have reached.
    #[serde(rename = "j", default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<Waiting>,
}

/// A node that runs in the next step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ready {
    #[serde(rename = "n")]
    pub node: String,
    /// One task for each item; one task without an item when there is no list.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<Arc<Value>>>,
}

/// A join that is not complete.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    #[serde(rename = "t")]
    pub target: String,
    #[serde(rename = "f")]
    pub from: Vec<String>,
}

impl Frontier {
    /// Before the first step.
    pub fn start() -> Self {
        Self {
            ready: vec![Ready {
                node: crate::START.to_owned(),
                items: None,
            }],
            waiting: Vec::new(),
        }
    }

    /// Nothing left to run.
    pub fn is_done(&self) -> bool {
        self.ready.is_empty()
    }

    /// Names of the nodes that run next.
    pub fn nodes(&self) -> Vec<String> {
        self.ready.iter().map(|r| r.node.clone()).collect()
    }
}

/// What the graph decides from the state.
pub(crate) trait Choices {
    /// Names of the nodes that the branch takes.
    fn branch(&self, index: usize) -> Vec<String>;
    /// The items that the fan-out starts a task for.
    fn items(&self, index: usize) -> Result<Vec<Value>, serde_json::Error>;
}

/// Why no next step can be planned. Each one is a mistake in the graph, or a graph that changed under its runs.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The checkpoint names a node that the graph does not have.
    #[error("the graph has no node {node}")]
    UnknownNode { node: String },
    /// A branch chose what it had not declared.
    #[error("the branch of {node} chose {chosen}, which it did not declare")]
    Undeclared { node: String, chosen: String },
    /// The last tasks have run while a join still waits for a source that was never started.
    #[error("{target} waits for {missing:?}, which will never run")]
    Stuck { target: String, missing: Vec<String> },
    /// Empty fan-outs lead to each other in a circle.
    #[error("the fan-outs around {node} are empty and lead in a circle")]
    Circle { node: String },
    /// An item can not be written as JSON.
    #[error("an item for {node} can not be written as JSON")]
    Item {
        node: String,
        #[source]
        source: serde_json::Error,
    },
}

/// The frontier after every task of `done` has run and its update was applied.
pub(crate) fn advance(
    shape: &Topology,
    done: &Frontier,
    choices: &dyn Choices,
) -> Result<Frontier, PlanError> {
    let mut next = Next::continuing(shape, done)?;
    for ready in &done.ready {
        let node = find(shape, &ready.node)?;
        next.leave(node, choices, &mut BTreeSet::new())?;
    }
    next.into_frontier()
}

fn find(shape: &Topology, name: &str) -> Result<NodeId, PlanError> {
    shape.find(name).ok_or_else(|| PlanError::UnknownNode {
        node: name.to_owned(),
    })
}

/// The step being planned.
struct Next<'a> {
    shape: &'a Topology,
    ready: BTreeMap<NodeId, Option<Vec<Arc<Value>>>>,
    arrived: BTreeMap<NodeId, BTreeSet<NodeId>>,
    ended: bool,
}

impl<'a> Next<'a> {
    fn continuing(shape: &'a Topology, done: &Frontier) -> Result<Self, PlanError> {
        let mut arrived = BTreeMap::new();
        for waiting in &done.waiting {
            let sources = waiting.from.iter().map(|from| find(shape, from));
            arrived.insert(find(shape, &waiting.target)?, sources.collect::<Result<_, _>>()?);
        }

        Ok(Self {
            shape,
            ready: BTreeMap::new(),
            arrived,
            ended: false,
        })
    }

    /// Follows every way out of a node. `passed` holds the empty fan-outs on the way here.
    fn leave(
        &mut self,
        node: NodeId,
        choices: &dyn Choices,
        passed: &mut BTreeSet<NodeId>,
    ) -> Result<(), PlanError> {
        for exit in self.shape.exits(node) {
            match exit {
                Exit::Edge(dest) => self.start(*dest),
                Exit::Branch { index, targets } => {
                    for chosen in choices.branch(*index) {
                        let dest = self.shape.dest(&chosen).filter(|dest| targets.contains(dest));
                        self.start(dest.ok_or_else(|| PlanError::Undeclared {
                            node: self.shape.name(node).to_owned(),
                            chosen,
                        })?);
                    }
                }
                Exit::FanOut { index, target } => self.fan_out(*index, *target, choices, passed)?,
                Exit::Arrive { target } => self.arrive(node, *target),
            }
        }

        Ok(())
    }

    fn start(&mut self, dest: Dest) {
        match dest {
            Dest::Node(node) => {
                self.ready.entry(node).or_default();
            }
            Dest::End => self.ended = true,
        }
    }

    /// An empty list has nothing to wait for: the run goes on behind the target.
    fn fan_out(
        &mut self,
        index: usize,
        target: NodeId,
        choices: &dyn Choices,
        passed: &mut BTreeSet<NodeId>,
    ) -> Result<(), PlanError> {
        let name = || self.shape.name(target).to_owned();
        let items = choices
            .items(index)
            .map_err(|source| PlanError::Item { node: name(), source })?;
        if items.is_empty() {
            if !passed.insert(target) {
                return Err(PlanError::Circle { node: name() });
            }
            return self.leave(target, choices, passed);
        }

        let tasks = self.ready.entry(target).or_default().get_or_insert_default();
        tasks.extend(items.into_iter().map(Arc::new));

        Ok(())
    }

    fn arrive(&mut self, from: NodeId, target: NodeId) {
        let arrived = self.arrived.entry(target).or_default();
        arrived.insert(from);

        if self
            .shape
            .join(target)
            .iter()
            .all(|source| arrived.contains(source))
        {
            self.arrived.remove(&target);
            self.ready.entry(target).or_default();
        }
    }

    fn into_frontier(self) -> Result<Frontier, PlanError> {
        let name = |node: &NodeId| self.shape.name(*node).to_owned();
        if self.ready.is_empty() {
            let stuck = self.arrived.iter().next().filter(|_| !self.ended);
            return match stuck {
                Some((target, from)) => Err(PlanError::Stuck {
                    target: name(target),
                    missing: self
                        .shape
                        .join(*target)
                        .iter()
                        .filter(|s| !from.contains(s))
                        .map(name)
                        .collect(),
                }),
                None => Ok(Frontier::default()),
            };
        }

        let waiting = self.arrived.iter().map(|(target, from)| Waiting {
            target: name(target),
            from: from.iter().map(name).collect(),
        });
        let waiting = waiting.collect();
        let ready = self.ready.into_iter().map(|(node, items)| Ready {
            node: self.shape.name(node).to_owned(),
            items,
        });

        Ok(Frontier {
            ready: ready.collect(),
            waiting,
        })
    }
}

#[cfg(test)]
mod tests;
