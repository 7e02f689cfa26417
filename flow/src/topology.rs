//! A graph's shape without its functions: nodes by number, and the ways out of each. Checked once, when the graph is
//! built.

use std::collections::{BTreeMap, HashMap};

use crate::error::GraphError;

/// Where every run begins. Not a node; only a source of edges.
pub const START: &str = "START";
/// Where every run ends. Not a node; only a target of edges.
pub const END: &str = "END";

/// A node's place in the order of declaration; 0 is START.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(pub(crate) usize);

/// Where an edge leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dest {
    Node(NodeId),
    End,
}

/// One way out of a node.
#[derive(Debug, Clone)]
pub(crate) enum Exit {
    Edge(Dest),
    Branch { index: usize, targets: Vec<Dest> },
    FanOut { index: usize, target: NodeId },
    Arrive { target: NodeId },
}

/// An edge as it was declared, before its names are looked up.
#[derive(Debug)]
pub(crate) enum Declared {
    Edge { from: String, to: String },
    Branch { from: String, to: Vec<String> },
    FanOut { from: String, to: String },
    Join { from: Vec<String>, to: String },
}

/// The checked shape.
#[derive(Debug)]
pub(crate) struct Topology {
    names: Vec<String>,
    by_name: HashMap<String, NodeId>,
    exits: Vec<Vec<Exit>>,
    joins: BTreeMap<NodeId, Vec<NodeId>>,
}

impl Topology {
    pub(crate) fn find(&self, name: &str) -> Option<NodeId> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn dest(&self, name: &str) -> Option<Dest> {
        if name == END {
            return Some(Dest::End);
        }
        self.find(name).map(Dest::Node)
    }

    pub(crate) fn name(&self, node: NodeId) -> &str {
        &self.names[node.0]
    }

    pub(crate) fn exits(&self, node: NodeId) -> &[Exit] {
        &self.exits[node.0]
    }

    /// The sources that a join waits for; empty when the node is not one's target.
    pub(crate) fn join(&self, target: NodeId) -> &[NodeId] {
        self.joins.get(&target).map_or(&[], Vec::as_slice)
    }

    /// Looks every name up and checks the shape.
    ///
    /// # Errors
    /// The first [`GraphError`] found, in the order of the declarations.
    pub(crate) fn build(graph: &str, nodes: &[String], edges: &[Declared]) -> Result<Self, GraphError> {
        let mut names = vec![START.to_owned()];
        let mut by_name = HashMap::from([(START.to_owned(), NodeId(0))]);
        for node in nodes {
            let (graph, node) = (graph.to_owned(), node.clone());
            if node.is_empty() || node == START || node == END {
                return Err(GraphError::Reserved { graph, node });
            }
            if by_name.insert(node.clone(), NodeId(names.len())).is_some() {
                return Err(GraphError::Duplicate { graph, node });
            }
            names.push(node);
        }

        let mut shape = Self {
            exits: vec![Vec::new(); names.len()],
            names,
            by_name,
            joins: BTreeMap::new(),
        };

        shape.connect(graph, edges)?;
        Check { graph, shape: &shape }.all()?;

        Ok(shape)
    }

    fn connect(&mut self, graph: &str, edges: &[Declared]) -> Result<(), GraphError> {
        let (mut branches, mut fan_outs) = (0, 0);
        for edge in edges {
            match edge {
                Declared::Edge { from, to } => {
                    let dest = self.known_dest(graph, from, to)?;
                    self.exit(graph, from, Exit::Edge(dest))?;
                }
                Declared::Branch { from, to } => {
                    let targets = to.iter().map(|to| self.known_dest(graph, from, to));
                    let targets = targets.collect::<Result<_, _>>()?;
                    self.exit(
                        graph,
                        from,
                        Exit::Branch {
                            index: branches,
                            targets,
                        },
                    )?;
                    branches += 1;
                }
                Declared::FanOut { from, to } => {
                    let target = self.known(graph, from, to)?;
                    self.exit(
                        graph,
                        from,
                        Exit::FanOut {
                            index: fan_outs,
                            target,
                        },
                    )?;
                    fan_outs += 1;
                }
                Declared::Join { from, to } => self.connect_join(graph, from, to)?,
            }
        }

        Ok(())
    }

    fn connect_join(&mut self, graph: &str, from: &[String], to: &str) -> Result<(), GraphError> {
        let target = self.known(graph, "a join", to)?;
        let mut sources = Vec::new();
        for name in from {
            let source = self.known(graph, "a join", name)?;
            self.exit(graph, name, Exit::Arrive { target })?;
            sources.push(source);
        }

        sources.sort();

        let declared = sources.len();
        sources.dedup();

        if declared < 2 || sources.len() != declared || self.joins.insert(target, sources).is_some() {
            return Err(GraphError::BadJoin {
                graph: graph.to_owned(),
                node: to.to_owned(),
            });
        }

        Ok(())
    }

    fn exit(&mut self, graph: &str, from: &str, exit: Exit) -> Result<(), GraphError> {
        let node = self.known(graph, "an edge", from)?;
        self.exits[node.0].push(exit);
        Ok(())
    }

    fn known(&self, graph: &str, from: &str, node: &str) -> Result<NodeId, GraphError> {
        self.find(node).ok_or_else(|| GraphError::Unknown {
            graph: graph.to_owned(),
            from: from.to_owned(),
            node: node.to_owned(),
        })
    }

    fn known_dest(&self, graph: &str, from: &str, to: &str) -> Result<Dest, GraphError> {
        if to == END {
            return Ok(Dest::End);
        }

        match self.known(graph, from, to)? {
            NodeId(0) => Err(GraphError::Unknown {
                graph: graph.to_owned(),
                from: from.to_owned(),
                node: to.to_owned(),
            }),
            node => Ok(Dest::Node(node)),
        }
    }
}

/// How a node is started: by edges and branches, by fan-outs, by its join.
#[derive(Debug, Clone, Copy, Default)]
struct WaysIn {
    plain: bool,
    items: bool,
    joined: bool,
}

/// The checks on a connected shape.
struct Check<'a> {
    graph: &'a str,
    shape: &'a Topology,
}

impl Check<'_> {
    fn all(&self) -> Result<(), GraphError> {
        let count = self.shape.names.len();
        let reached = self.reach();
        let ends = self.lead_to_end();
        let ways_in = self.ways_in();

        for node in (1..count).map(NodeId) {
            let (graph, name) = (self.graph.to_owned(), self.shape.name(node).to_owned());
            if !reached[node.0] {
                return Err(GraphError::Unreachable { graph, node: name });
            }
            if !ends[node.0] {
                return Err(GraphError::NoWayToEnd { graph, node: name });
            }
            self.one_way_in(node, ways_in[node.0])?;
        }

        if ends[0] {
            return Ok(());
        }

        Err(GraphError::NoWayToEnd {
            graph: self.graph.to_owned(),
            node: START.to_owned(),
        })
    }

    /// Which nodes something leads to.
    fn reach(&self) -> Vec<bool> {
        let mut reached = vec![false; self.shape.names.len()];
        let mut left = vec![NodeId(0)];
        while let Some(node) = left.pop() {
            if std::mem::replace(&mut reached[node.0], true) {
                continue;
            }
            left.extend(self.ways(node).into_iter().filter_map(|way| match way {
                Dest::Node(next) => Some(next),
                Dest::End => None,
            }));
        }

        reached
    }

    /// Which nodes lead to an end: backwards from those that do so themselves.
    fn lead_to_end(&self) -> Vec<bool> {
        let count = self.shape.names.len();
        let mut sources = vec![Vec::new(); count];
        let mut left = Vec::new();
        for node in (0..count).map(NodeId) {
            for way in self.ways(node) {
                match way {
                    Dest::Node(next) => sources[next.0].push(node),
                    Dest::End => left.push(node),
                }
            }
        }

        let mut ends = vec![false; count];
        while let Some(node) = left.pop() {
            if !std::mem::replace(&mut ends[node.0], true) {
                left.extend(&sources[node.0]);
            }
        }

        ends
    }

    /// How each node is started.
    fn ways_in(&self) -> Vec<WaysIn> {
        let mut ways = vec![WaysIn::default(); self.shape.names.len()];
        let mut plain = |dest: &Dest| {
            if let Dest::Node(node) = dest {
                ways[node.0].plain = true;
            }
        };
        for exit in self.shape.exits.iter().flatten() {
            match exit {
                Exit::Edge(dest) => plain(dest),
                Exit::Branch { targets, .. } => targets.iter().for_each(&mut plain),
                Exit::FanOut { .. } | Exit::Arrive { .. } => {}
            }
        }
        for exit in self.shape.exits.iter().flatten() {
            match exit {
                Exit::FanOut { target, .. } => ways[target.0].items = true,
                Exit::Arrive { target } => ways[target.0].joined = true,
                Exit::Edge(_) | Exit::Branch { .. } => {}
            }
        }

        ways
    }

    fn ways(&self, node: NodeId) -> Vec<Dest> {
        let mut ways = Vec::new();
        for exit in self.shape.exits(node) {
            match exit {
                Exit::Edge(dest) => ways.push(*dest),
                Exit::Branch { targets, .. } => ways.extend(targets),
                Exit::FanOut { target, .. } | Exit::Arrive { target } => ways.push(Dest::Node(*target)),
            }
        }

        ways
    }

    /// A node is started with items or without, and a join's target only by its join.
    fn one_way_in(&self, node: NodeId, ways: WaysIn) -> Result<(), GraphError> {
        let (graph, name) = (self.graph.to_owned(), self.shape.name(node).to_owned());
        match (ways.plain, ways.items, ways.joined) {
            (true, true, _) | (_, true, true) => Err(GraphError::MixedInput { graph, node: name }),
            (true, _, true) => Err(GraphError::BadJoin { graph, node: name }),
            _ => Ok(()),
        }
    }
}
