//! Where a run stops by itself, between two steps: before or after nodes that its owner names. Pure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::plan::Frontier;

/// Some nodes of a graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeSet {
    /// Whichever there are.
    All,
    /// By name. Names that the graph does not have mean nothing.
    Named(BTreeSet<String>),
}

impl Default for NodeSet {
    fn default() -> Self {
        Self::Named(BTreeSet::new())
    }
}

impl NodeSet {
    /// Whether no node can be in it.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Named(names) if names.is_empty())
    }

    /// Whether a node of that name is in it.
    pub fn has(&self, node: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.contains(node),
        }
    }

    fn among(&self, frontier: &Frontier) -> Vec<String> {
        let nodes = frontier.nodes().into_iter();
        nodes.filter(|node| self.has(node)).collect()
    }
}

/// Where a run stops. It goes on from there when it is resumed, and stops again at the next such place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PausePoints {
    /// Before a step that has one of these.
    pub before: NodeSet,
    /// Behind a step that had one of these, when another one follows.
    pub after: NodeSet,
    /// The first step is not stopped before: the run has stopped there, or goes on where another one did.
    pub past_start: bool,
}

/// The nodes that a run has stopped at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PausedAt {
    pub(crate) before: Vec<String>,
    pub(crate) after: Vec<String>,
}

impl PausePoints {
    /// Whether a run never stops by itself.
    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    /// Where it stops between these two steps.
    pub(crate) fn between(&self, done: &Frontier, next: &Frontier) -> Option<PausedAt> {
        if next.is_done() {
            return None;
        }

        PausedAt::of(self.before.among(next), self.after.among(done))
    }

    /// Where it stops before its first step.
    pub(crate) fn at_start(&self, next: &Frontier) -> Option<PausedAt> {
        match self.past_start {
            true => None,
            false => PausedAt::of(self.before.among(next), Vec::new()),
        }
    }
}

impl PausedAt {
    fn of(before: Vec<String>, after: Vec<String>) -> Option<Self> {
        (!before.is_empty() || !after.is_empty()).then_some(Self { before, after })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Ready;

    fn frontier(nodes: &[&str]) -> Frontier {
        let ready = nodes.iter().map(|&node| Ready {
            node: node.to_owned(),
            items: None,
        });
        Frontier {
            ready: ready.collect(),
            waiting: Vec::new(),
        }
    }

    fn named(nodes: &[&str]) -> NodeSet {
        NodeSet::Named(nodes.iter().map(|&node| node.to_owned()).collect())
    }

    #[test]
    fn a_run_stops_between_the_steps_that_are_named_and_not_behind_the_last_one() {
        let points = PausePoints {
            before: named(&["c", "unknown"]),
            after: named(&["a"]),
            past_start: false,
        };
        let stops = |done: &[&str], next: &[&str]| points.between(&frontier(done), &frontier(next));

        let both = stops(&["a"], &["b", "c"]).expect("it stops");
        assert_eq!(
            (both.before, both.after),
            (vec!["c".to_owned()], vec!["a".to_owned()])
        );
        assert!(stops(&["b"], &["c"]).is_some());
        assert_eq!(stops(&["b"], &["d"]), None);
        assert_eq!(stops(&["a"], &[]), None, "there is nothing to go on with");
    }

    #[test]
    fn the_beginning_is_stopped_at_once() {
        let everywhere = PausePoints {
            before: NodeSet::All,
            ..PausePoints::default()
        };
        assert!(everywhere.at_start(&frontier(&["a"])).is_some());

        let resumed = PausePoints {
            past_start: true,
            ..everywhere
        };
        assert_eq!(resumed.at_start(&frontier(&["a"])), None);
        assert!(resumed.between(&frontier(&["a"]), &frontier(&["b"])).is_some());

        let written = serde_json::to_string(&resumed).expect("JSON");
        assert_eq!(
            serde_json::from_str::<PausePoints>(&written).expect("reads"),
            resumed
        );
    }
}
