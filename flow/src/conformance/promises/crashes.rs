//! Nothing is lost, nothing finished is done twice, and no two workers write the same run.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;

use super::bench::{Bench, Count, OnDrop, Trail, eventually, word};
use crate::store::{Claim, RunStatus, Store};
use crate::{END, NodeError, NodeOptions, RetryPolicy, START};

pub async fn a_dead_workers_run_goes_on_from_its_last_step(store: Arc<dyn Store>) {
    let (first, second) = (Count::default(), Count::default());
    let (one, two) = (first.clone(), second.clone());
    let bench = Bench::new(store, |graph| {
        graph
            .node("one", move |_, _| {
                one.up();
                async { word("one") }
            })
            .node("two", move |_, _| {
                let try_number = two.up();
                async move {
                    if try_number == 1 {
                        pending::<()>().await;
                    }
                    word("two")
                }
            })
            .edge(START, "one")
            .edge("one", "two")
            .edge("two", END)
    });
    let run = bench.start().await;
    let doomed = bench.worker();

    eventually("the second node begins", || second.get(), |n| *n == 1).await;
    doomed.kill().await;

    let _heir = bench.worker();
    assert_eq!(bench.completed(run).await, ["one", "two"]);
    assert_eq!((first.get(), second.get()), (1, 2));

    let row = bench.get(run).await;
    assert_eq!(
        (row.fence, row.lost),
        (2, 0),
        "the step that was finished forgets the lost worker"
    );
}

pub async fn journalled_effects_are_not_done_twice(store: Arc<dyn Store>) {
    let (paid, tries) = (Count::default(), Count::default());
    let (pay, try_it) = (paid.clone(), tries.clone());
    let bench = Bench::new(store, |graph| {
        let node = move |ctx: crate::Context, _| {
            let (pay, tries) = (pay.clone(), try_it.clone());
            async move {
                let mut said = String::new();
                for chapter in 0..3 {
                    let key = format!("chapter {chapter}");
                    let effect = || async { Ok(format!("{chapter}/{} ", pay.up())) };
                    said += &ctx.once::<String, _, _>(&key, effect).await?;
                    if chapter == 1 && tries.up() == 1 {
                        pending::<()>().await;
                    }
                }

                Ok(said)
            }
        };

        graph.node("write", node).edge(START, "write").edge("write", END)
    });
    let run = bench.start().await;
    let doomed = bench.worker();

    eventually("two chapters are written", || tries.get(), |n| *n == 1).await;
    doomed.kill().await;

    let _heir = bench.worker();
    assert_eq!(bench.completed(run).await, ["0/1 1/2 2/3 "]);
    assert_eq!(paid.get(), 3);
    assert!(
        bench.store.resume(run).await.expect("resume").effects.is_empty(),
        "committed effects are gone"
    );
}

/// Neither after a failure of another item nor after a crash.
pub async fn finished_items_are_not_run_again(store: Arc<dyn Store>) {
    let (work, tries) = (Count::default(), Count::default());
    let (worked, tried) = (work.clone(), tries.clone());
    let bench = Bench::new(store, |graph| {
        let node = move |ctx: crate::Context, _| {
            let (worked, tried) = (worked.clone(), tried.clone());
            async move {
                let item: u32 = ctx.item()?;
                if item == 2 {
                    match tried.up() {
                        1 => return Err(NodeError::retryable("not now")),
                        2 => pending::<()>().await,
                        _ => {}
                    }
                }

                worked.up();
                ctx.emit_on_commit("item", item)?;

                Ok(item.to_string())
            }
        };

        let options = NodeOptions {
            retry: RetryPolicy::fixed(9, Duration::from_millis(20)),
            ..NodeOptions::default()
        };

        graph
            .node_with("item", node, options)
            .fan_out(START, "item", |state: &Trail| state.items.clone())
            .edge("item", END)
    });

    let items = vec![0, 1, 2, 3];
    let run = bench.start_with(Trail { items, words: vec![] }).await;
    let doomed = bench.worker();

    eventually("the item is tried again", || tries.get(), |n| *n == 2).await;
    doomed.kill().await;

    let _heir = bench.worker();
    assert_eq!(bench.completed(run).await, ["0", "1", "2", "3"]);
    assert_eq!(work.get(), 4);

    let kinds = bench.kinds(run).await;
    assert_eq!(
        kinds.iter().filter(|kind| *kind == "item").count(),
        4,
        "{kinds:?}"
    );
}

pub async fn calls_with_one_key_share_one_effect(store: Arc<dyn Store>) {
    let paid = Count::default();
    let pay = paid.clone();
    let bench = Bench::new(store, |graph| {
        let node = move |ctx: crate::Context, _| {
            let pay = pay.clone();
            async move {
                let once = || {
                    ctx.once("same", || async {
                        tokio::task::yield_now().await;
                        Ok(pay.up())
                    })
                };
                let (a, b, c) = tokio::join!(once(), once(), once());
                let other = ctx.once("@other", || async { Ok(pay.up()) }).await?;

                Ok(format!("{}{}{}{other}", a?, b?, c?))
            }
        };

        graph.node("pay", node).edge(START, "pay").edge("pay", END)
    });
    let run = bench.start().await;
    let _worker = bench.worker();

    assert_eq!(bench.completed(run).await, ["1112"]);
}

/// Its future is dropped at the next beat; the thief finds the run as it was last committed.
pub async fn a_worker_that_lost_its_lease_stops_without_writing(store: Arc<dyn Store>) {
    let (began, dropped) = (Count::default(), Count::default());
    let (begin, drop_it) = (began.clone(), dropped.clone());
    let bench = Bench::new(store, |graph| {
        let node = move |_, _| {
            let guard = OnDrop(drop_it.clone());
            begin.up();
            async move {
                let _guard = guard;
                pending::<()>().await;
                word("never")
            }
        };

        graph.node("hang", node).edge(START, "hang").edge("hang", END)
    });
    let run = bench.start().await;
    let _late = bench.worker();

    eventually("the node begins", || began.get(), |n| *n == 1).await;

    let now = Utc::now() + chrono::Duration::hours(1);
    let theft = Claim {
        worker: "thief".to_owned(),
        graphs: vec![bench.graph.clone()],
        guests: false,
        limit: 1,
        most_of_share: u32::MAX,
        now,
        lease_until: now + chrono::Duration::hours(1),
    };
    // A run whose lease is being prolonged at that moment is stepped over.
    let stolen = loop {
        let mut claimed = bench.store.claim(theft.clone()).await.expect("claimed");
        if let Some(stolen) = claimed.pop() {
            break stolen.run;
        }
        tokio::task::yield_now().await;
    };

    assert_eq!(stolen.id, run);

    eventually("the late worker lets go", || dropped.get(), |n| *n == 1).await;
    assert_eq!(bench.get(run).await.fence, stolen.fence);
    assert_eq!(bench.kinds(run).await, ["queued", "running"]);
}

pub async fn a_run_that_kills_its_workers_is_given_up(store: Arc<dyn Store>) {
    let began = Count::default();
    let begin = began.clone();
    let bench = Bench::new(store, |graph| {
        let node = move |_, _| {
            begin.up();
            async {
                pending::<()>().await;
                word("never")
            }
        };
        graph.node("kill", node).edge(START, "kill").edge("kill", END)
    });
    let run = bench.start().await;

    for victims in 1..=2 {
        let doomed = bench.worker_with(|config| config.max_lost = 1);
        eventually("the node begins", || began.get(), |n| *n == victims).await;
        doomed.kill().await;
    }

    let _survivor = bench.worker_with(|config| config.max_lost = 1);
    assert_eq!(
        bench.failed(run).await,
        "The work on it was interrupted too often."
    );
    assert_eq!(began.get(), 2);
}

/// The running step is finished, the next one is another worker's, and nobody waits for a lease.
pub async fn a_stopping_worker_hands_its_runs_back(store: Arc<dyn Store>) {
    let (began, gate) = (Count::default(), Arc::new(tokio::sync::Semaphore::new(0)));
    let (begin, wait) = (began.clone(), Arc::clone(&gate));
    let bench = Bench::new(store, |graph| {
        let node = move |_, _| {
            let wait = Arc::clone(&wait);
            begin.up();

            async move {
                wait.acquire()
                    .await
                    .map_err(|e| NodeError::fatal("closed").caused_by(e))?
                    .forget();
                word("one")
            }
        };

        graph
            .node("one", node)
            .node("two", async |_, _| word("two"))
            .edge(START, "one")
            .edge("one", "two")
            .edge("two", END)
    });

    let long = Duration::from_secs(3_600);
    let run = bench.start().await;
    let stopping = bench.worker_with(|config| config.lease = long);

    eventually("the node begins", || began.get(), |n| *n == 1).await;
    stopping.stop();

    let late = bench.start().await;
    gate.add_permits(1);
    stopping.stopped().await;

    let row = bench.get(run).await;
    assert_eq!(
        (row.status, row.step, row.worker, row.lost),
        (RunStatus::Running, 1, None, 0)
    );

    // A claim that was under way when the worker was stopped may have found it, and gave it back untouched.
    let row = bench.get(late).await;
    assert_eq!((row.step, row.worker, row.lost), (0, None, 0));
    assert_eq!(began.get(), 1, "nothing new was begun");

    let _heir = bench.worker();
    assert_eq!(bench.completed(run).await, ["one", "two"]);
}

pub async fn a_worker_that_can_not_wait_drops_and_hands_back(store: Arc<dyn Store>) {
    let tries = Count::default();
    let tried = tries.clone();
    let bench = Bench::new(store, |graph| {
        let node = move |_, _| {
            let first = tried.up() == 1;
            async move {
                if first {
                    pending::<()>().await;
                }
                word("done")
            }
        };

        graph.node("slow", node).edge(START, "slow").edge("slow", END)
    });
    let run = bench.start().await;
    let hasty = bench.worker_with(|config| {
        config.lease = Duration::from_secs(3_600);
        config.shutdown_grace = Duration::from_millis(20);
    });

    eventually("the node begins", || tries.get(), |n| *n == 1).await;
    hasty.stop();
    hasty.stopped().await;

    assert_eq!(bench.get(run).await.worker, None);

    let _heir = bench.worker();
    assert_eq!(bench.completed(run).await, ["done"]);
    assert_eq!(bench.get(run).await.lost, 0);
}
