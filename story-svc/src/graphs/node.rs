//! A node from its function: gives it what it works with, and does its work in a span, timed, until it is told to stop.

use std::future::Future;
use std::sync::Arc;

use flow::{Context, NodeError, State};
use futures::future::BoxFuture;

use super::node_context::{ActsFor, NodeContext};

pub(super) type NodeFuture<U> = BoxFuture<'static, Result<U, NodeError>>;

pub(super) fn node<S, T, F, Fut>(
    tools: &Arc<T>,
    run: F,
) -> impl Fn(Context, Arc<S>) -> NodeFuture<S::Update> + Send + Sync + 'static
where
    S: State + ActsFor + Send + Sync + 'static,
    T: Send + Sync + 'static,
    F: Fn(Arc<NodeContext<S, T>>) -> Fut + Send + Sync + Copy + 'static,
    Fut: Future<Output = Result<S::Update, NodeError>> + Send + 'static,
{
    let tools = Arc::clone(tools);

    move |context, state| {
        let node = Arc::new(NodeContext::new(context, state, Arc::clone(&tools)));

        Box::pin(async move { node.work(run(Arc::clone(&node))).await })
    }
}
