//! The graphs that a worker can run, by name. Their states' types end here.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::engine::{self, BuildGraph, Env, Held, Outcome, Source};
use crate::error::GraphError;
use crate::graph::{Graph, State};

/// A graph whose state's type is hidden.
pub(crate) trait AnyGraph: Send + Sync {
    fn drive(self: Arc<Self>, env: Arc<Env>, held: Held) -> BoxFuture<'static, Outcome>;
}

impl<S: State> AnyGraph for Graph<S> {
    fn drive(self: Arc<Self>, env: Arc<Env>, held: Held) -> BoxFuture<'static, Outcome> {
        Box::pin(engine::drive(Source::Graph(self), env, held))
    }
}

/// A graph for each run, made from the run's own state.
struct GraphFamily<S: State> {
    build: BuildGraph<S>,
}

impl<S: State> AnyGraph for GraphFamily<S> {
    fn drive(self: Arc<Self>, env: Arc<Env>, held: Held) -> BoxFuture<'static, Outcome> {
        Box::pin(engine::drive(Source::Family(Arc::clone(&self.build)), env, held))
    }
}

/// Graphs by name.
#[derive(Clone, Default)]
pub struct Graphs {
    by_name: BTreeMap<String, Arc<dyn AnyGraph>>,
}

impl fmt::Debug for Graphs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_name.keys()).finish()
    }
}

impl Graphs {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    ///
    /// # Errors
    /// `DuplicateGraph` when there is one of that name.
    pub fn with<S: State>(mut self, graph: Graph<S>) -> Result<Self, GraphError> {
        let name = graph.name().to_owned();
        if self.by_name.insert(name.clone(), Arc::new(graph)).is_some() {
            return Err(GraphError::DuplicateGraph { graph: name });
        }
        Ok(self)
    }

    /// Adds a name whose runs bring their graphs with them: `build` makes a run's graph from its state, each time that a
    /// worker takes it up and each time that [`State::shape`] changes, so it must make the same one of what stays the same in
    /// the state. A graph that grows keeps the nodes that a run stands before or waits for.
    ///
    /// # Errors
    /// `DuplicateGraph` when there is one of that name.
    pub fn with_family<S, F>(mut self, name: &str, build: F) -> Result<Self, GraphError>
    where
        S: State,
        F: Fn(&S) -> Result<Graph<S>, GraphError> + Send + Sync + 'static,
    {
        let family = GraphFamily {
            build: Arc::new(build),
        };
        let graph = name.to_owned();

        match self.by_name.insert(graph.clone(), Arc::new(family)) {
            None => Ok(self),
            Some(_) => Err(GraphError::DuplicateGraph { graph }),
        }
    }

    /// Their names, sorted.
    pub fn names(&self) -> Vec<String> {
        self.by_name.keys().cloned().collect()
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<dyn AnyGraph>> {
        self.by_name.get(name).cloned()
    }
}
