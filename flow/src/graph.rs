//! Building a graph: nodes, the ways between them, and what happens when one fails. The finished graph is immutable.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::context::Context;
use crate::error::{GraphError, NodeError};
use crate::plan::Choices;
use crate::retry::RetryPolicy;
use crate::store::NewEvent;
use crate::topology::{Declared, NodeId, Topology};

/// What a run knows. A node reads it and answers an update; only [`State::apply`] changes it.
pub trait State: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// A node's result.
    type Update: Serialize + DeserializeOwned + Send + 'static;

    /// Folds one update in. Updates of one step are applied in the order of the nodes' declaration, then of the items.
    fn apply(&mut self, update: Self::Update);

    /// Where runs bring their graphs with them ([`crate::Graphs::with_family`]): a number that changes whenever the graph
    /// that is made from the state becomes another one. It is made anew then, before the next step is planned.
    fn shape(&self) -> u64 {
        0
    }
}

pub(crate) type NodeFuture<S> = BoxFuture<'static, Result<<S as State>::Update, NodeError>>;
type NodeFn<S> = Box<dyn Fn(Context, Arc<S>) -> NodeFuture<S> + Send + Sync>;
type BranchFn<S> = Box<dyn Fn(&S) -> Vec<String> + Send + Sync>;
type LastWordsFn = Box<dyn Fn(&str) -> (&'static str, Value) + Send + Sync>;
type ItemsFn<S> = Box<dyn Fn(&S) -> Result<Vec<Value>, serde_json::Error> + Send + Sync>;

/// How one node is run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NodeOptions {
    pub retry: RetryPolicy,
    /// At most so many items of a fan-out at once; `None` is all of them.
    pub concurrency: Option<usize>,
    /// One attempt may take this long; then it failed and is tried again by the policy.
    pub timeout: Option<Duration>,
}

/// How long a run may work. Waiting in the queue or for an answer does not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Nodes are told to stop, and the run fails after the step.
    pub soft: Option<Duration>,
    /// Nodes are dropped.
    pub hard: Option<Duration>,
}

/// A checked graph.
pub struct Graph<S: State> {
    pub(crate) name: String,
    pub(crate) shape: Topology,
    pub(crate) limits: Limits,
    nodes: Vec<(NodeFn<S>, NodeOptions)>,
    branches: Vec<BranchFn<S>>,
    items: Vec<ItemsFn<S>>,
    last_words: Option<LastWordsFn>,
}

impl<S: State> fmt::Debug for Graph<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graph")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<S: State> Graph<S> {
    /// Starts a definition.
    #[expect(
        clippy::new_ret_no_self,
        reason = "a graph is only ever made through its builder's checks"
    )]
    pub fn new(name: impl Into<String>) -> GraphBuilder<S> {
        GraphBuilder {
            name: name.into(),
            limits: Limits::default(),
            names: Vec::new(),
            nodes: Vec::new(),
            edges: Vec::new(),
            branches: Vec::new(),
            items: Vec::new(),
            last_words: None,
        }
    }

    /// The name that runs refer to.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn call(&self, node: NodeId, context: Context, state: Arc<S>) -> NodeFuture<S> {
        (self.nodes[node.0 - 1].0)(context, state)
    }

    pub(crate) fn options(&self, node: NodeId) -> &NodeOptions {
        &self.nodes[node.0 - 1].1
    }

    pub(crate) fn last_words(&self, message: &str) -> Vec<NewEvent> {
        let words = self.last_words.as_ref().map(|words| words(message));
        let event = words.map(|(kind, data)| NewEvent {
            kind: kind.to_owned(),
            data: data.to_string(),
            step: None,
        });
        event.into_iter().collect()
    }

    pub(crate) fn choices<'a>(&'a self, state: &'a S) -> impl Choices + 'a {
        Chooser { graph: self, state }
    }
}

struct Chooser<'a, S: State> {
    graph: &'a Graph<S>,
    state: &'a S,
}

impl<S: State> Choices for Chooser<'_, S> {
    fn branch(&self, index: usize) -> Vec<String> {
        (self.graph.branches[index])(self.state)
    }

    fn items(&self, index: usize) -> Result<Vec<Value>, serde_json::Error> {
        (self.graph.items[index])(self.state)
    }
}

/// A graph being defined. [`GraphBuilder::build`] checks it.
pub struct GraphBuilder<S: State> {
    name: String,
    limits: Limits,
    names: Vec<String>,
    nodes: Vec<(NodeFn<S>, NodeOptions)>,
    edges: Vec<Declared>,
    branches: Vec<BranchFn<S>>,
    items: Vec<ItemsFn<S>>,
    last_words: Option<LastWordsFn>,
}

impl<S: State> fmt::Debug for GraphBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraphBuilder")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<S: State> GraphBuilder<S> {
    /// Time limits of a run.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// An event of the graph's own, kind and data, that is written with the run's failure, before the engine's `error`
    /// and `status`; `say` gets what the run's user reads of it.
    #[must_use]
    pub fn last_words<F>(mut self, say: F) -> Self
    where
        F: Fn(&str) -> (&'static str, Value) + Send + Sync + 'static,
    {
        self.last_words = Some(Box::new(say));
        self
    }

    /// Declares a node with the default options: three attempts.
    #[must_use]
    pub fn node<F, Fut>(self, name: &str, run: F) -> Self
    where
        F: Fn(Context, Arc<S>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<S::Update, NodeError>> + Send + 'static,
    {
        self.node_with(name, run, NodeOptions::default())
    }

    /// Declares a node.
    #[must_use]
    pub fn node_with<F, Fut>(mut self, name: &str, run: F, options: NodeOptions) -> Self
    where
        F: Fn(Context, Arc<S>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<S::Update, NodeError>> + Send + 'static,
    {
        self.names.push(name.to_owned());
        self.nodes.push((
            Box::new(move |context, state| run(context, state).boxed()),
            options,
        ));
        self
    }

    /// `to` runs after `from`. Several edges out of a node run their targets at once.
    #[must_use]
    pub fn edge(mut self, from: &str, to: &str) -> Self {
        self.edges.push(Declared::Edge {
            from: from.to_owned(),
            to: to.to_owned(),
        });
        self
    }

    /// After `from`, the nodes that `choose` names run; all that it may name are listed in `targets`. `choose` is a
    /// pure function of the state.
    #[must_use]
    pub fn branch<F, N>(mut self, from: &str, targets: &[&str], choose: F) -> Self
    where
        F: Fn(&S) -> Vec<N> + Send + Sync + 'static,
        N: Into<String>,
    {
        self.edges.push(Declared::Branch {
            from: from.to_owned(),
            to: targets.iter().map(|&t| t.to_owned()).collect(),
        });
        self.branches.push(Box::new(move |state| {
            choose(state).into_iter().map(Into::into).collect()
        }));
        self
    }

    /// After `from`, `to` runs once for each item, all in one step; [`Context::item`] reads it. What follows `to` runs
    /// when all of them are done. An empty list goes straight on behind `to`. `items` is a pure function of the state.
    ///
    /// Fan out when each item is a piece of work of its own: it runs into the node's timeout by itself, it counts against
    /// the node's concurrency ([`NodeOptions`]), one that is done isn't run again when another fails or the worker dies,
    /// and each update is folded into the state. The step is committed when all are done, so it shouldn't hold thousands
    /// of items or megabytes of updates.
    ///
    /// Do the pieces at once inside one node, each in a [`Context::once`] of its own, when they are parts of one result
    /// that the node puts together, or when it has to see how far all of them are. The next attempt finds in the journal
    /// what was done and does the rest, but the pieces share the node's timeout and its retries.
    #[must_use]
    pub fn fan_out<T, F>(mut self, from: &str, to: &str, items: F) -> Self
    where
        T: Serialize,
        F: Fn(&S) -> Vec<T> + Send + Sync + 'static,
    {
        self.edges.push(Declared::FanOut {
            from: from.to_owned(),
            to: to.to_owned(),
        });
        self.items.push(Box::new(move |state| {
            items(state).iter().map(serde_json::to_value).collect()
        }));
        self
    }

    /// `to` runs when all of `from` have run, in whatever steps.
    #[must_use]
    pub fn join(mut self, from: &[&str], to: &str) -> Self {
        self.edges.push(Declared::Join {
            from: from.iter().map(|&f| f.to_owned()).collect(),
            to: to.to_owned(),
        });
        self
    }

    /// Checks the definition.
    ///
    /// # Errors
    /// Duplicate, unknown or reserved names; a node that nothing leads to, or that leads to no end; a join that is not
    /// one; a node that is started both for items and without one.
    pub fn build(self) -> Result<Graph<S>, GraphError> {
        Ok(Graph {
            shape: Topology::build(&self.name, &self.names, &self.edges)?,
            name: self.name,
            limits: self.limits,
            nodes: self.nodes,
            branches: self.branches,
            items: self.items,
            last_words: self.last_words,
        })
    }
}
