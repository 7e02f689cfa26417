//! Attempts and time limits.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::bench::{Bench, Count, OnDrop, Word, word};
use crate::graph::GraphBuilder;
use crate::store::{RunStatus, Store};
use crate::{Context, END, Limits, NodeError, NodeOptions, RetryPolicy, START, StopReason};

use super::bench::Trail;

/// A graph of one node that is given the number of its call.
fn one_node<Fut>(
    graph: GraphBuilder<Trail>,
    retry: RetryPolicy,
    node: impl Fn(Context, u32) -> Fut + Send + Sync + 'static,
) -> GraphBuilder<Trail>
where
    Fut: Future<Output = Word> + Send + 'static,
{
    let calls = Count::default();
    let options = NodeOptions {
        retry,
        ..NodeOptions::default()
    };

    graph
        .node_with("node", move |ctx, _| node(ctx, calls.up()), options)
        .edge(START, "node")
        .edge("node", END)
}

fn quick(attempts: u32) -> RetryPolicy {
    RetryPolicy::fixed(attempts, Duration::from_millis(20))
}

/// It stays running in between, with its phase, and fails only after the last one.
pub async fn a_failed_node_is_tried_again_until_its_last_attempt(store: Arc<dyn Store>) {
    let node = async |ctx: Context, call| {
        ctx.progress("writing", 40.0).await?;
        assert_eq!(ctx.attempt(), call);
        if call < 3 {
            Err(NodeError::retryable(format!("failure {call}")))
        } else {
            word("third time lucky")
        }
    };
    let bench = Bench::new(Arc::clone(&store), |graph| one_node(graph, quick(3), node));
    let run = bench.start().await;
    let _worker = bench.worker();

    assert_eq!(bench.completed(run).await, ["third time lucky"]);
    assert_eq!(
        bench.kinds(run).await,
        ["queued", "running", "running", "retry", "retry", "completed"]
    );

    let events = bench.events(run).await;
    let data: Value = serde_json::from_str(&events[3].data).expect("JSON");

    assert_eq!(
        data,
        json!({"node": "node", "attempt": 1, "in_seconds": 0.02, "error": "failure 1"})
    );
    assert_eq!(bench.get(run).await.attempt, 0);

    let node = async |_, call| Err(NodeError::retryable(format!("failure {call}")));
    let bench = Bench::new(store, |graph| one_node(graph, quick(2), node));
    let run = bench.start().await;
    let _worker = bench.worker();

    assert_eq!(bench.failed(run).await, "failure 2");
    assert_eq!(
        bench.kinds(run).await,
        ["queued", "running", "retry", "error", "failed"]
    );

    let error = &bench.events(run).await[3].data;
    assert_eq!(error, r#"{"error_message":"failure 2","node":"node"}"#);
}

pub async fn a_fatal_failure_is_not_tried_again(store: Arc<dyn Store>) {
    let node = async |_, call| Err(NodeError::fatal(format!("call {call}")).caused_by("for the log"));
    let bench = Bench::new(store, |graph| one_node(graph, quick(9), node));
    let run = bench.start().await;
    let _worker = bench.worker();
    assert_eq!(bench.failed(run).await, "call 1");
}

pub async fn a_panic_is_a_failure_like_any_other(store: Arc<dyn Store>) {
    let node = async |_, call| {
        assert!(call > 1, "a mistake in the first attempt");
        word("recovered")
    };
    let bench = Bench::new(store, |graph| one_node(graph, quick(2), node));
    let run = bench.start().await;
    let _worker = bench.worker();

    assert_eq!(bench.completed(run).await, ["recovered"]);
    assert_eq!(
        bench.kinds(run).await,
        ["queued", "running", "retry", "completed"]
    );
}

pub async fn a_node_that_hangs_runs_into_its_timeout(store: Arc<dyn Store>) {
    let calls = Count::default();
    let called = calls.clone();
    let bench = Bench::new(store, |graph| {
        let node = move |_, _| {
            let first = called.up() == 1;
            async move {
                if first {
                    pending::<()>().await;
                }
                word("done")
            }
        };

        let options = NodeOptions {
            retry: quick(2),
            timeout: Some(Duration::from_millis(50)),
            ..NodeOptions::default()
        };

        graph
            .node_with("hang", node, options)
            .edge(START, "hang")
            .edge("hang", END)
    });
    let run = bench.start().await;
    let _worker = bench.worker();

    assert_eq!(bench.completed(run).await, ["done"]);
    assert_eq!(calls.get(), 2);
}

pub async fn the_soft_limit_asks_nodes_to_stop(store: Arc<dyn Store>) {
    let node = async |ctx: Context, _| {
        ctx.cancelled().cancelled().await;
        assert_eq!(ctx.stop_reason(), Some(StopReason::SoftLimit));
        Err(NodeError::cancelled())
    };

    let soft = Some(Duration::from_millis(50));
    let bench = Bench::new(store, |graph| {
        one_node(graph, quick(9), node).limits(Limits { soft, hard: None })
    });
    let run = bench.start().await;
    let _worker = bench.worker();

    assert_eq!(
        bench.failed(run).await,
        "It took longer than 0 seconds and was stopped."
    );
}

pub async fn the_hard_limit_drops_them(store: Arc<dyn Store>) {
    let dropped = Count::default();
    let drop_it = dropped.clone();
    let bench = Bench::new(store, |graph| {
        let node = move |_, _| {
            let guard = OnDrop(drop_it.clone());
            async move {
                let _guard = guard;
                pending::<()>().await;
                word("never")
            }
        };

        let (soft, hard) = (Some(Duration::from_millis(20)), Some(Duration::from_millis(50)));
        one_node(graph, quick(9), node).limits(Limits { soft, hard })
    });
    let run = bench.start().await;
    let _worker = bench.worker();

    bench.failed(run).await;
    assert_eq!(dropped.get(), 1);
}

/// Mistakes that another attempt would make again: in a branch, in a fold.
pub async fn a_broken_graph_fails_its_run(store: Arc<dyn Store>) {
    let bench = Bench::new(Arc::clone(&store), |graph| {
        graph
            .node("one", async |_, _| word("one"))
            .edge(START, "one")
            .branch("one", &[END], |_: &Trail| vec!["undeclared"])
    });
    let run = bench.start().await;
    let _worker = bench.worker();

    assert_eq!(bench.failed(run).await, "Something went wrong on our side.");

    let bench = Bench::new(store, |graph| {
        one_node(graph, quick(9), async |_, _| word("bomb"))
    });
    let run = bench.start().await;
    let _worker = bench.worker();

    bench.failed(run).await;
    assert_eq!(bench.get(run).await.status, RunStatus::Failed);
}
