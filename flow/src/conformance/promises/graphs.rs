//! Every shape of graph does what it says.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::bench::{Bench, Count, Trail, word};
use crate::store::{Access, RunStatus, Share, Store};
use crate::{END, Limits, NodeOptions, RunNotice, START, StartRun};

/// Steps one after the other, and the events of an ordinary run in their order.
pub async fn a_chain_runs_to_its_end(store: Arc<dyn Store>) {
    let bench = Bench::new(store, |graph| {
        graph
            .node("one", async |ctx, _| {
                ctx.progress("writing", 25.0).await?;
                word("one")
            })
            .node("two", async |ctx, state: Arc<Trail>| {
                assert_eq!((ctx.step(), ctx.node(), ctx.attempt()), (2, "two", 1));
                assert_eq!(state.words, ["one"]);
                word("two")
            })
            .edge(START, "one")
            .edge("one", "two")
            .edge("two", END)
            .limits(Limits {
                soft: Some(Duration::from_secs(60)),
                hard: Some(Duration::from_secs(90)),
            })
    });
    let run = bench.start().await;
    let _worker = bench.worker();

    assert_eq!(bench.completed(run).await, ["one", "two"]);
    assert_eq!(
        bench.kinds(run).await,
        ["queued", "running", "running", "completed"]
    );

    let row = bench.get(run).await;
    assert_eq!(
        (row.phase.as_str(), row.progress, row.step, row.worker),
        ("writing", 100.0, 2, None)
    );
}

/// Guests without number and without end hold what guests may hold, one network of them half of that; whoever is no guest
/// begins at once.
pub async fn a_crowd_of_guests_leaves_room_and_comes_last(store: Arc<dyn Store>) {
    let bench = Bench::new(store, |graph| {
        let node = async |_: crate::Context, _: Arc<Trail>| {
            pending::<()>().await;
            word("never")
        };
        graph.node("hang", node).edge(START, "hang").edge("hang", END)
    });
    let guest = |key: Uuid| StartRun {
        share: Share { key, guest: true },
        ..bench.start_run()
    };
    let (crowded, quiet) = (Uuid::new_v4(), Uuid::new_v4());
    let mut guests = Vec::new();
    for key in [crowded, crowded, crowded, crowded, quiet, quiet] {
        let started = bench.runs.start(guest(key)).await.expect("started");
        guests.push(started.run().id);
    }

    let _worker = bench.worker_with(|config| {
        config.slots_of_share = 3;
        config.slots_of_guests = 3;
        config.slots_of_guest_share = 2;
    });
    for held in [guests[0], guests[1], guests[4]] {
        bench.until_status(held, RunStatus::Running).await;
    }

    let account = bench.start().await;
    bench.until_status(account, RunStatus::Running).await;

    for waiting in [guests[2], guests[3], guests[5]] {
        assert_eq!(bench.get(waiting).await.status, RunStatus::Queued);
    }
}

/// Whatever order they finish in.
pub async fn a_fan_out_folds_its_items_in_order(store: Arc<dyn Store>) {
    let bench = Bench::new(store, |graph| {
        graph
            .node("list", async |_, _| word("list"))
            .node("item", async |ctx, _| {
                let item: u32 = ctx.item()?;
                tokio::time::sleep(Duration::from_millis(u64::from(50 - item * 10))).await;
                Ok(item.to_string())
            })
            .node("after", async |_, _| word("after"))
            .edge(START, "list")
            .fan_out("list", "item", |state: &Trail| state.items.clone())
            .edge("item", "after")
            .edge("after", END)
    });

    let items = vec![1, 2, 3, 4];
    let run = bench.start_with(Trail { items, words: vec![] }).await;
    let _worker = bench.worker();
    let words = bench.completed(run).await;

    assert_eq!(words, ["list", "1", "2", "3", "4", "after"]);
    assert_eq!(bench.get(run).await.step, 3, "all items are one step");
}

pub async fn an_empty_fan_out_passes_on(store: Arc<dyn Store>) {
    let bench = Bench::new(store, |graph| {
        graph
            .node("item", async |_, _| word("item"))
            .node("after", async |_, _| word("after"))
            .fan_out(START, "item", |state: &Trail| state.items.clone())
            .edge("item", "after")
            .edge("after", END)
    });
    let run = bench.start().await;
    let _worker = bench.worker();

    assert_eq!(bench.completed(run).await, ["after"]);
}

pub async fn a_fan_out_keeps_to_its_concurrency(store: Arc<dyn Store>) {
    let (running, most) = (Count::default(), Arc::new(std::sync::atomic::AtomicU32::new(0)));
    let (now, peak) = (running.clone(), Arc::clone(&most));
    let bench = Bench::new(store, move |graph| {
        let item = move |_, _| {
            let (now, peak) = (now.clone(), Arc::clone(&peak));
            async move {
                peak.fetch_max(now.up(), std::sync::atomic::Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(10)).await;
                now.down();
                word("item")
            }
        };

        let options = NodeOptions {
            concurrency: Some(3),
            ..NodeOptions::default()
        };

        graph
            .node_with("item", item, options)
            .fan_out(START, "item", |state: &Trail| state.items.clone())
            .edge("item", END)
    });

    let items = (0..12).collect();
    let run = bench.start_with(Trail { items, words: vec![] }).await;
    let _worker = bench.worker();

    assert_eq!(bench.completed(run).await.len(), 12);
    assert_eq!(most.load(std::sync::atomic::Ordering::SeqCst), 3);
}

/// The short way is two steps ahead of the long one.
pub async fn a_join_waits_for_all(store: Arc<dyn Store>) {
    let bench = Bench::new(store, |graph| {
        graph
            .node("short", async |_, _| word("short"))
            .node("long", async |_, _| word("long"))
            .node("longer", async |_, _| word("longer"))
            .node("both", async |_, _| word("both"))
            .edge(START, "short")
            .edge(START, "long")
            .edge("long", "longer")
            .join(&["short", "longer"], "both")
            .edge("both", END)
    });
    let run = bench.start().await;
    let _worker = bench.worker();

    assert_eq!(bench.completed(run).await, ["short", "long", "longer", "both"]);
}

/// Round and round until the state says enough.
pub async fn a_branch_follows_the_state(store: Arc<dyn Store>) {
    let bench = Bench::new(store, |graph| {
        graph
            .node("draft", async |_, _| word("draft"))
            .node("publish", async |_, _| word("publish"))
            .edge(START, "draft")
            .branch("draft", &["draft", "publish"], |state: &Trail| {
                vec![if state.words.len() < 3 { "draft" } else { "publish" }]
            })
            .edge("publish", END)
    });
    let run = bench.start().await;
    let _worker = bench.worker();

    assert_eq!(bench.completed(run).await, ["draft", "draft", "draft", "publish"]);
}

pub async fn live_values_reach_watchers_and_are_not_kept(store: Arc<dyn Store>) {
    let bench = Bench::new(store, |graph| {
        graph
            .node("say", async |ctx, _| {
                ctx.delta(json!({"text": "once upon"}));
                ctx.emit("log", json!({"message": "said"})).await?;
                word("said")
            })
            .edge(START, "say")
            .edge("say", END)
    });
    let mut news = bench.notify.news();
    let run = bench.start().await;
    let _worker = bench.worker();

    bench.completed(run).await;

    let (mut live, mut numbers) = (0, Vec::new());
    while let Ok(item) = news.try_recv() {
        match item {
            RunNotice::Live { data, .. } => {
                assert_eq!(*data, json!({"text": "once upon"}));
                live += 1;
            }
            RunNotice::Events { events, .. } => numbers.extend(events.iter().map(|event| event.number)),
        }
    }

    assert_eq!(live, 1);
    // The first one was written before anyone worked; the last may still be on its way.
    assert!(numbers.starts_with(&[2, 3]), "{numbers:?}");
    assert_eq!(bench.kinds(run).await, ["queued", "running", "log", "completed"]);
}

/// What nodes say comes before the final status, the graph's last word after it.
pub async fn events_can_be_committed_with_the_step(store: Arc<dyn Store>) {
    let bench = Bench::new(store, |graph| {
        graph
            .node("first", async |ctx, _| {
                ctx.emit_on_commit("halfway", json!({}))?;
                word("first")
            })
            .node("last", async |ctx, _| {
                ctx.emit_last("complete", json!({"audio": "a.mp3"}))?;
                ctx.emit_on_commit("done", json!({}))?;
                word("last")
            })
            .edge(START, "first")
            .edge("first", "last")
            .edge("last", END)
    });
    let run = bench.start().await;
    let _worker = bench.worker();

    bench.completed(run).await;
    assert_eq!(
        bench.kinds(run).await,
        ["queued", "running", "halfway", "done", "completed", "complete"]
    );
}

/// A lost signal costs time and nothing else.
pub async fn a_run_is_found_without_a_signal(store: Arc<dyn Store>) {
    let bench = Bench::new(store, |graph| {
        graph
            .node("only", async |_, _| word("only"))
            .edge(START, "only")
            .edge("only", END)
    });
    let _worker = bench.worker();
    let new = bench.runs.prepare(bench.start_run()).await.expect("prepared");
    let run = bench.store.create(new).await.expect("created").run();
    bench.completed(run.id).await;

    assert!(bench.store.get(Access::Owner(bench.owner), run.id).await.is_ok());
}
