//! What only a store in memory can show, and what users read when a run took too long.

#![expect(clippy::disallowed_methods, reason = "a test ends with its tasks")]

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::memory::MemoryStore;
use crate::store::Access;
use crate::{Context, END, Graphs, LocalNotify, Runs, START, StartRun, Worker, WorkerConfig, WorkerDeps};

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Tally(u32);

impl State for Tally {
    type Update = u32;

    fn apply(&mut self, paid: u32) {
        self.0 += paid;
    }
}

/// Neither the effect, nor its journal, nor the step is done twice.
#[tokio::test(start_paused = true)]
async fn a_store_that_restarts_costs_patience_and_no_work() {
    let (store, paid) = (Arc::new(MemoryStore::default()), Arc::new(AtomicU32::new(0)));
    let (gone, pay) = (Arc::clone(&store), Arc::clone(&paid));
    let node = move |ctx: Context, _| {
        let (gone, pay) = (Arc::clone(&gone), Arc::clone(&pay));
        async move {
            gone.fail_commits(3);
            let price = ctx
                .once("pay", || async { Ok(pay.fetch_add(1, Ordering::SeqCst) + 1) })
                .await?;
            gone.fail_commits(2);
            Ok(price)
        }
    };

    let graph = Graph::<Tally>::new("g")
        .node("pay", node)
        .edge(START, "pay")
        .edge("pay", END)
        .build()
        .unwrap();

    let (deps, runs) = deps_with(&store, graph);
    let run = runs.start(start_tally()).await.unwrap().run().id;
    let token = CancellationToken::new();
    let worker = tokio::spawn(Worker::new(deps, WorkerConfig::new("w")).run(token.clone(), token));

    while !runs.get(Access::System, run).await.unwrap().status.is_terminal() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    worker.abort();

    let end = runs.checkpoint(Access::System, run, 1).await.unwrap();
    assert_eq!((end.state.as_str(), paid.load(Ordering::SeqCst)), ("1", 1));
    assert_eq!(runs.get(Access::System, run).await.unwrap().fence, 1);
}

/// The clock stands still, so the lease never ends: whoever lets go of the run for one unanswered question leaves it for ever.
#[tokio::test(start_paused = true)]
async fn a_run_is_kept_while_the_store_does_not_say_where_it_stands() {
    let store = Arc::new(MemoryStore::default());
    let graph = Graph::<Tally>::new("g")
        .node("pay", |_: Context, _| async { Ok(1) })
        .edge(START, "pay")
        .edge("pay", END)
        .build()
        .unwrap();
    let (deps, runs) = deps_with(&store, graph);
    let run = runs.start(start_tally()).await.unwrap().run().id;

    let claim = crate::store::Claim {
        worker: "gone".to_owned(),
        graphs: vec!["g".to_owned()],
        guests: false,
        limit: 1,
        most_of_share: 1,
        now: DateTime::UNIX_EPOCH,
        lease_until: DateTime::UNIX_EPOCH,
    };
    assert_eq!(store.claim(claim).await.unwrap().len(), 1);
    store.fail_commits(2);
    let token = CancellationToken::new();
    let worker = tokio::spawn(Worker::new(deps, WorkerConfig::new("w")).run(token.clone(), token));
    while !runs.get(Access::System, run).await.unwrap().status.is_terminal() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    worker.abort();

    let ended = runs.get(Access::System, run).await.unwrap();
    assert_eq!((ended.status, ended.fence), (RunStatus::Completed, 2));
}

fn deps_with(store: &Arc<MemoryStore>, graph: Graph<Tally>) -> (WorkerDeps, Runs) {
    let epoch = DateTime::UNIX_EPOCH;
    let deps = WorkerDeps {
        store: Arc::clone(store) as _,
        notify: Arc::new(LocalNotify::default()),
        spill: None,
        now: Arc::new(move || epoch),
        graphs: Graphs::new().with(graph).unwrap(),
    };
    let runs = Runs::new(deps.store.clone(), deps.notify.clone(), None, deps.now.clone());

    (deps, runs)
}

fn start_tally() -> StartRun<Tally> {
    StartRun {
        id: crate::RunId::from_u128(1),
        owner: crate::OwnerId::from_u128(2),
        share: crate::store::Share::of_owner(crate::OwnerId::from_u128(2)),
        graph: "g".to_owned(),
        phase: String::new(),
        input: Tally(0),
        idempotency: None,
        due_at: None,
        options: crate::RunOptions::default(),
    }
}

#[test]
fn a_limit_is_told_in_words() {
    let told = [55 * 60, 60, 30].map(|seconds| too_slow_message(Duration::from_secs(seconds)));
    assert_eq!(
        told,
        [
            "It took longer than 55 minutes and was stopped.",
            "It took longer than a minute and was stopped.",
            "It took longer than 30 seconds and was stopped.",
        ]
    );
}
