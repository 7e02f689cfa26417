//! What people do to a run: answer it, cancel it, start it twice.

use std::future::pending;
use std::sync::Arc;

use serde_json::json;

use super::bench::{Bench, Count, OnDrop, PATIENCE, eventually, word};
use crate::store::{Access, Created, Idempotency, NodeSet, PausePoints, RunStatus, Store, StoreError};
use crate::{END, START, StopReason};

/// No worker is held meanwhile, and what the node had done before it asked is not done again.
pub async fn a_question_parks_the_run_and_its_answer_resumes_it(store: Arc<dyn Store>) {
    let paid = Count::default();
    let pay = paid.clone();
    let bench = Bench::new(store, |graph| {
        let node = move |ctx: crate::Context, _| {
            let pay = pay.clone();
            async move {
                let draft = ctx.once("draft", || async { Ok(pay.up()) }).await?;
                ctx.emit("log", json!({"message": "asking"})).await?;
                let way: String = ctx.ask(json!({"text": "which way?"})).await?;
                let sure: bool = ctx.ask("sure?").await?;
                Ok(format!("{draft} {way} {sure}"))
            }
        };

        graph.node("ask", node).edge(START, "ask").edge("ask", END)
    });
    let run = bench.start().await;
    let worker = bench.worker();
    let row = bench.until_status(run, RunStatus::WaitingForInput).await;

    assert_eq!(
        (row.worker, row.question),
        (None, Some(json!({"text": "which way?"})))
    );

    worker.kill().await;

    let stranger = Access::Owner(uuid::Uuid::new_v4());
    let refused = bench.runs.answer(stranger, run, json!("left")).await;

    assert!(matches!(refused, Err(StoreError::NotFound)));

    bench
        .runs
        .answer(Access::Owner(bench.owner), run, json!("left"))
        .await
        .expect("answered");

    let _later = bench.worker();
    let row = bench.until(run, |row| row.question == Some(json!("sure?"))).await;

    assert_eq!(row.status, RunStatus::WaitingForInput);

    bench
        .runs
        .answer(Access::Owner(bench.owner), run, json!(true))
        .await
        .expect("answered");

    assert_eq!(bench.completed(run).await, ["1 left true"]);
    assert_eq!(paid.get(), 1);

    let asked = ["queued", "running", "log", "question", "waiting_for_input"];
    let again = [
        "answer",
        "queued",
        "running",
        "question",
        "waiting_for_input",
        "answer",
        "queued",
        "running",
        "completed",
    ];

    assert_eq!(bench.kinds(run).await, [&asked[..], &again[..]].concat());
}

/// Not when a worker dies before it has let the run stop, nor when one dies right after the run was let go on.
pub async fn a_run_stops_at_its_pause_points_and_goes_on_without_doing_anything_twice(store: Arc<dyn Store>) {
    let (first, second) = (Count::default(), Count::default());
    let (one, two) = (first.clone(), second.clone());
    let bench = Bench::new(store, |graph| {
        graph
            .node("one", move |_, _| {
                let attempt = one.up();
                async move {
                    if attempt == 1 {
                        pending::<()>().await;
                    }
                    word("one")
                }
            })
            .node("two", move |_, _| {
                let attempt = two.up();
                async move {
                    if attempt == 1 {
                        pending::<()>().await;
                    }
                    word("two")
                }
            })
            .node("three", |_, _| async { word("three") })
            .edge(START, "one")
            .edge("one", "two")
            .edge("two", "three")
            .edge("three", END)
    });
    let mut start = bench.start_run();
    start.options.pause = PausePoints {
        before: NodeSet::Named(["two".to_owned(), "unknown".to_owned()].into()),
        after: NodeSet::Named(["two".to_owned(), "three".to_owned()].into()),
        past_start: false,
    };
    let run = bench.runs.start(start).await.expect("started").run().id;

    let doomed = bench.worker();
    eventually("the first node begins", || first.get(), |n| *n == 1).await;
    doomed.kill().await;
    let worker = bench.worker();
    let held = bench.until(run, |row| row.held).await;
    assert_eq!(
        (held.step, held.worker, held.status),
        (1, None, RunStatus::Running)
    );
    assert_eq!(second.get(), 0, "what it stops before has not begun");
    worker.kill().await;

    let access = Access::Owner(bench.owner);
    bench.runs.pause(access, run, false).await.expect("goes on");
    let doomed = bench.worker();
    eventually("the second node begins", || second.get(), |n| *n == 1).await;
    doomed.kill().await;
    let _heir = bench.worker();
    let held = bench.until(run, |row| row.held).await;
    assert_eq!((held.step, second.get()), (2, 2));
    assert_eq!(bench.words(run, 2).await, ["one", "two"]);

    bench.runs.pause(access, run, false).await.expect("goes on");
    assert_eq!(bench.completed(run).await, ["one", "two", "three"]);
    assert_eq!((first.get(), second.get()), (2, 2));
    let pauses = bench
        .events(run)
        .await
        .into_iter()
        .filter(|event| event.kind == "pause");
    let pauses: Vec<serde_json::Value> = pauses
        .map(|event| serde_json::from_str(&event.data).expect("JSON"))
        .collect();
    let went_on = json!({ "paused": false });
    assert_eq!(
        pauses,
        [
            json!({ "paused": true, "before": ["two"], "after": [] }),
            went_on.clone(),
            json!({ "paused": true, "before": [], "after": ["two"] }),
            went_on,
        ],
        "nothing is left to stop behind the last node"
    );
}

pub async fn a_run_that_stops_before_its_first_step_begins_when_it_is_let(store: Arc<dyn Store>) {
    let bench = Bench::new(store, |graph| {
        graph
            .node("one", |_, _| async { word("one") })
            .node("two", |_, _| async { word("two") })
            .edge(START, "one")
            .edge("one", "two")
            .edge("two", END)
    });
    let mut start = bench.start_run();
    start.options.pause.before = NodeSet::All;
    let run = bench.runs.start(start).await.expect("started").run().id;

    let _worker = bench.worker();
    let access = Access::Owner(bench.owner);
    for step in [0, 1] {
        let held = bench.until(run, |row| row.held).await;
        assert_eq!(held.step, step);
        bench.runs.pause(access, run, false).await.expect("goes on");
        bench.until(run, |row| row.step > step).await;
    }

    assert_eq!(bench.completed(run).await, ["one", "two"]);
}

/// At once: on the signal, not on the next look, which comes after this test has lost its patience. What a user may have
/// to wait for at most is in the worker's configuration and tested there.
pub async fn cancelling_drops_the_work_at_once_and_keeps_what_was_committed(store: Arc<dyn Store>) {
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

        graph
            .node("done", async |_, _| word("done"))
            .node("hang", node)
            .edge(START, "done")
            .edge("done", "hang")
            .edge("hang", END)
    });
    let run = bench.start().await;
    let _worker = bench.worker_with(|config| config.cancel_poll = 2 * PATIENCE);

    eventually("the node begins", || began.get(), |n| *n == 1).await;

    let row = bench
        .runs
        .cancel(Access::Owner(bench.owner), run)
        .await
        .expect("cancelled");

    assert!(matches!(row.status, RunStatus::Cancelling | RunStatus::Cancelled));

    bench.until_status(run, RunStatus::Cancelled).await;

    assert_eq!(dropped.get(), 1);
    assert_eq!(bench.words(run, 1).await, ["done"]);
    assert_eq!(
        bench.kinds(run).await,
        ["queued", "running", "cancelling", "cancelled"]
    );

    let again = bench.runs.cancel(Access::System, run).await;
    assert!(matches!(
        again,
        Err(StoreError::WrongStatus {
            status: RunStatus::Cancelled
        })
    ));
}

/// A step that is finished in time is kept.
pub async fn a_node_can_stop_by_itself_when_cancelled(store: Arc<dyn Store>) {
    let began = Count::default();
    let begin = began.clone();
    let bench = Bench::new(store, |graph| {
        let node = move |ctx: crate::Context, _| {
            begin.up();
            async move {
                ctx.cancelled().cancelled().await;
                assert_eq!(ctx.stop_reason(), Some(StopReason::Cancelled));
                word("in time")
            }
        };

        graph
            .node("wait", node)
            .node("never", async |_, _| word("never"))
            .edge(START, "wait")
            .edge("wait", "never")
            .edge("never", END)
    });
    let run = bench.start().await;
    let _worker = bench.worker();

    eventually("the node begins", || began.get(), |n| *n == 1).await;
    bench.runs.cancel(Access::System, run).await.expect("cancelled");

    let row = bench.until_status(run, RunStatus::Cancelled).await;
    assert_eq!((row.status, row.step), (RunStatus::Cancelled, 1));
    assert_eq!(bench.words(run, 1).await, ["in time"]);
}

pub async fn a_missed_cancellation_is_found_by_looking(store: Arc<dyn Store>) {
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
        graph.node("hang", node).edge(START, "hang").edge("hang", END)
    });
    let run = bench.start().await;
    let _worker = bench.worker();

    eventually("the node begins", || began.get(), |n| *n == 1).await;
    // Past the notifier: as if another process had been asked, and its message lost.
    bench
        .store
        .cancel(Access::System, run, chrono::Utc::now())
        .await
        .expect("cancelled");
    bench.until_status(run, RunStatus::Cancelled).await;
}

pub async fn starting_twice_with_one_key_makes_one_run(store: Arc<dyn Store>) {
    let bench = Bench::new(store, |graph| {
        graph
            .node("only", async |_, _| word("only"))
            .edge(START, "only")
            .edge("only", END)
    });

    let start = |fingerprint: &[u8]| crate::StartRun {
        idempotency: Some(Idempotency {
            key: "k".to_owned(),
            fingerprint: fingerprint.to_vec(),
        }),
        ..bench.start_run()
    };
    let first = bench.runs.start(start(b"request")).await.expect("started").run();
    let again = bench.runs.start(start(b"request")).await.expect("the same");

    assert!(matches!(&again, Created::Existing(run) if run.id == first.id));

    let other = bench.runs.start(start(b"another request")).await;
    assert!(matches!(other, Err(StoreError::IdempotencyMismatch)));
}
