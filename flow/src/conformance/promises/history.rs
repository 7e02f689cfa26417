//! What is kept of a run: its checkpoints and its events.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::bench::{Bench, Count, Trail, word};
use crate::context::lock;
use crate::store::{Access, RunStatus, Store, StoreError};
use crate::{Context, END, NodeError, NodeOptions, RetryPolicy, START};

pub async fn any_checkpoint_can_be_read_and_forked(store: Arc<dyn Store>) {
    let calls = Count::default();
    let called = calls.clone();
    let bench = Bench::new(store, |graph| {
        let c = move |_, _| {
            let call = called.up();
            async move { Ok(format!("c{call}")) }
        };

        graph
            .node("a", async |_, _| word("a"))
            .node("b", async |_, _| word("b"))
            .node("c", c)
            .edge(START, "a")
            .edge("a", "b")
            .edge("b", "c")
            .edge("c", END)
    });
    let run = bench.start().await;
    let _worker = bench.worker();

    assert_eq!(bench.completed(run).await, ["a", "b", "c1"]);

    let access = Access::Owner(bench.owner);
    let history = bench.runs.history(access, run).await.expect("history");
    let next: Vec<_> = history
        .iter()
        .map(|entry| (entry.step, entry.next.join(" ")))
        .collect();
    let expected = [(3, ""), (2, "c"), (1, "b"), (0, "START")];

    assert_eq!(next, expected.map(|(step, next)| (step, next.to_owned())));

    for (step, words) in [(0, vec![]), (1, vec!["a"]), (2, vec!["a", "b"])] {
        assert_eq!(bench.words(run, step).await, words);

        let forked = bench
            .runs
            .fork(access, run, step, Uuid::new_v4())
            .await
            .expect("forked");
        let words = bench.completed(forked.id).await;

        assert_eq!(words[..2], ["a", "b"]);

        let row = bench.get(forked.id).await;
        assert_eq!((row.step, row.forked_from), (3, Some(run)));
    }

    assert_eq!(calls.get(), 4);
    assert_eq!(
        bench.words(run, 3).await,
        ["a", "b", "c1"],
        "the source is as it was"
    );

    let gone = bench.runs.fork(access, run, 9, Uuid::new_v4()).await;
    assert!(matches!(gone, Err(StoreError::NoCheckpoint)));
}

/// Text that does not compress, so that a record of this size really is one.
fn noise(seed: &str, bytes: usize) -> String {
    let mut noise = String::with_capacity(bytes + 64);
    while noise.len() < bytes {
        noise += blake3::hash(format!("{seed}{}", noise.len()).as_bytes())
            .to_hex()
            .as_str();
    }
    noise
}

/// Through a crash, too: the heir reads what its predecessor had moved out.
pub async fn large_states_are_moved_out_and_read_back(store: Arc<dyn Store>) {
    let calls = Count::default();
    let called = calls.clone();
    let bench = Bench::new(store, |graph| {
        let large = async |_, _| Ok(noise("large", 1_200_000));
        let hang = move |_, state: Arc<Trail>| {
            let first = called.up() == 1;
            async move {
                if first {
                    std::future::pending::<()>().await;
                }
                assert_eq!(state.words[0], noise("large", 1_200_000));
                word("small")
            }
        };

        graph
            .node("large", large)
            .node("hang", hang)
            .edge(START, "large")
            .edge("large", "hang")
            .edge("hang", END)
    });
    let run = bench.start().await;
    let doomed = bench.worker();

    super::bench::eventually("the large state is committed", || calls.get(), |n| *n == 1).await;
    assert_eq!(lock(&bench.spill.0).len(), 1);

    doomed.kill().await;

    let _heir = bench.worker();
    let words = bench.completed(run).await;

    assert_eq!(words[1], "small");
    assert_eq!(
        lock(&bench.spill.0).len(),
        1,
        "the small change did not write it again"
    );
}

/// Fifty steps around a loop; the chain of differences is cut, and what nobody needs goes at once.
pub async fn long_runs_keep_only_their_newest_checkpoints(store: Arc<dyn Store>) {
    let bench = Bench::new(store, |graph| {
        graph
            .node("round", async |ctx: Context, _| {
                Ok(noise(&ctx.step().to_string(), 200))
            })
            .edge(START, "round")
            .branch("round", &["round", END], |state: &Trail| {
                vec![if state.words.len() < 50 { "round" } else { END }]
            })
    });
    let run = bench.start().await;
    let _worker = bench.worker_with(|config| config.retention.keep_last = 5);

    assert_eq!(bench.completed(run).await.len(), 50);

    let history = bench.runs.history(Access::System, run).await.expect("history");
    let steps: Vec<_> = history.iter().map(|entry| entry.step).collect();

    assert!(steps.len() >= 6 && steps.len() <= 45, "{steps:?}");

    for entry in history.iter().filter(|entry| entry.step > 0) {
        let words = bench.words(run, entry.step).await;
        assert_eq!(words.len() as u64, entry.step);
    }
}

pub async fn events_are_numbered_and_replayed_after_any_of_them(store: Arc<dyn Store>) {
    let bench = Bench::new(store, |graph| {
        let item = async |ctx: Context, _| {
            for line in 0..5 {
                ctx.emit("log", json!({"item": ctx.item::<u32>()?, "line": line}))
                    .await?;
            }
            word("item")
        };

        graph
            .node("item", item)
            .fan_out(START, "item", |state: &Trail| state.items.clone())
            .edge("item", END)
    });

    let run = bench
        .start_with(Trail {
            items: (0..6).collect(),
            words: vec![],
        })
        .await;

    let _worker = bench.worker();
    bench.completed(run).await;

    let all = bench.events(run).await;
    let numbers: Vec<_> = all.iter().map(|event| event.number).collect();

    assert_eq!(
        numbers,
        (1..=33).collect::<Vec<_>>(),
        "queued, running, 30 lines, completed"
    );

    for after in [0, 1, 17, 33] {
        let rest = bench
            .runs
            .events(Access::System, run, after, 100)
            .await
            .expect("events");
        assert_eq!(rest, all[after as usize..]);
    }

    let page = bench
        .runs
        .events(Access::System, run, 4, 3)
        .await
        .expect("events");

    assert_eq!(page, all[4..7]);
    assert_eq!(bench.get(run).await.last_event, 33);
}

/// Two equal lines stay two; the third attempt adds only what is new.
pub async fn repeated_events_of_a_retried_step_are_written_once(store: Arc<dyn Store>) {
    let calls = Count::default();
    let called = calls.clone();
    let bench = Bench::new(store, |graph| {
        let node = move |ctx: Context, _| {
            let call = called.up();
            async move {
                ctx.progress("reading", 10.0).await?;

                for message in ["same", "same", "other"] {
                    ctx.emit("log", json!({"message": message})).await?;
                }

                if call < 3 {
                    return Err(NodeError::retryable("again"));
                }

                ctx.emit("log", json!({"message": "new"})).await?;

                word("done")
            }
        };

        let options = NodeOptions {
            retry: RetryPolicy::fixed(3, Duration::from_millis(10)),
            ..NodeOptions::default()
        };

        graph
            .node_with("talk", node, options)
            .edge(START, "talk")
            .edge("talk", END)
    });
    let run = bench.start().await;
    let _worker = bench.worker();

    bench.completed(run).await;

    let said: Vec<_> = bench
        .events(run)
        .await
        .into_iter()
        .filter(|event| event.kind == "log")
        .collect();
    let said: Vec<_> = said.iter().map(|event| event.data.as_str()).collect();
    let line = |message: &str| format!(r#"{{"message":"{message}"}}"#);

    assert_eq!(said, [line("same"), line("same"), line("other"), line("new")]);

    let kinds = bench.kinds(run).await;
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| *kind == RunStatus::Running.as_str())
            .count(),
        2,
        "{kinds:?}"
    );
}
