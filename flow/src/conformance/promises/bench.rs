//! A store, workers with short leases, and a graph of its own for each promise.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::context::lock;
use crate::graph::GraphBuilder;
use crate::store::{Access, Event, Run, RunId, RunStatus, Share, Store};
use crate::{
    Cause, CheckpointView, Graph, Graphs, LocalNotify, NodeError, Now, Runs, Spill, StartRun, State, Worker,
    WorkerConfig, WorkerDeps,
};

/// No promise takes longer, even on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Words in the order in which they were folded in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Trail {
    pub(super) words: Vec<String>,
    #[serde(default)]
    pub(super) items: Vec<u32>,
}

impl State for Trail {
    type Update = String;

    fn apply(&mut self, word: String) {
        assert_ne!(word, "bomb", "a state that can not take an update");
        self.words.push(word);
    }
}

/// What a node of these graphs returns.
pub(super) type Word = Result<String, NodeError>;

pub(super) fn word(word: &str) -> Word {
    Ok(word.to_owned())
}

/// Counts what happened, shared with nodes.
#[derive(Debug, Clone, Default)]
pub(super) struct Count(Arc<AtomicU32>);

impl Count {
    /// Adds one and answers how many it is.
    pub(super) fn up(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(super) fn down(&self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }

    pub(super) fn get(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Counts when it is dropped.
pub(super) struct OnDrop(pub(super) Count);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.up();
    }
}

/// Large states in memory.
#[derive(Debug, Default)]
pub(super) struct MemorySpill(pub(super) Mutex<HashMap<String, Vec<u8>>>);

#[async_trait]
impl Spill for MemorySpill {
    async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), Cause> {
        lock(&self.0).insert(key.to_owned(), body);
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, Cause> {
        lock(&self.0)
            .get(key)
            .cloned()
            .ok_or_else(|| "nothing is there".into())
    }

    async fn delete(&self, key: &str) -> Result<(), Cause> {
        lock(&self.0).remove(key);
        Ok(())
    }
}

pub(super) struct Bench {
    pub(super) store: Arc<dyn Store>,
    pub(super) notify: LocalNotify,
    pub(super) spill: Arc<MemorySpill>,
    pub(super) runs: Runs,
    pub(super) owner: Uuid,
    pub(super) graph: String,
    now: Now,
    graphs: Graphs,
}

impl Bench {
    /// `define` makes the graph from its beginning.
    pub(super) fn new(
        store: Arc<dyn Store>,
        define: impl FnOnce(GraphBuilder<Trail>) -> GraphBuilder<Trail>,
    ) -> Self {
        let graph = format!("graph-{}", Uuid::new_v4());
        let built = define(Graph::new(&graph)).build().expect("the graph is whole");
        let now: Now = Arc::new(Utc::now);
        let notify = LocalNotify::default();
        let spill = Arc::new(MemorySpill::default());
        let runs = Runs::new(
            Arc::clone(&store),
            Arc::new(notify.clone()),
            Some(Arc::clone(&spill) as _),
            Arc::clone(&now),
        );

        Self {
            graphs: Graphs::new().with(built).expect("one graph"),
            store,
            notify,
            spill,
            runs,
            owner: Uuid::new_v4(),
            graph,
            now,
        }
    }

    pub(super) fn start_run(&self) -> StartRun<Trail> {
        StartRun {
            id: Uuid::new_v4(),
            owner: self.owner,
            share: Share::of_owner(self.owner),
            graph: self.graph.clone(),
            phase: "starting".to_owned(),
            input: Trail::default(),
            idempotency: None,
            due_at: None,
            options: crate::RunOptions::default(),
        }
    }

    pub(super) async fn start(&self) -> RunId {
        self.start_with(Trail::default()).await
    }

    pub(super) async fn start_with(&self, input: Trail) -> RunId {
        let start = StartRun {
            input,
            ..self.start_run()
        };
        self.runs.start(start).await.expect("started").run().id
    }

    pub(super) fn worker(&self) -> Hands {
        self.worker_with(|_| {})
    }

    pub(super) fn worker_with(&self, adjust: impl FnOnce(&mut WorkerConfig)) -> Hands {
        let mut config = WorkerConfig {
            lease: Duration::from_millis(800),
            beat: Duration::from_millis(100),
            poll: Duration::from_millis(50),
            cancel_poll: Duration::from_millis(100),
            shutdown_grace: PATIENCE,
            ..WorkerConfig::new(format!("worker-{}", Uuid::new_v4()))
        };

        adjust(&mut config);

        let deps = WorkerDeps {
            store: Arc::clone(&self.store),
            notify: Arc::new(self.notify.clone()),
            spill: Some(Arc::clone(&self.spill) as _),
            now: Arc::clone(&self.now),
            graphs: self.graphs.clone(),
        };

        let soft = CancellationToken::new();
        let task = tokio::spawn(Worker::new(deps, config).run(soft.clone(), CancellationToken::new()));

        Hands { task, soft }
    }

    pub(super) async fn get(&self, run: RunId) -> Run {
        self.store.get(Access::System, run).await.expect("the run exists")
    }

    /// Waits until the run is as described.
    pub(super) async fn until(&self, run: RunId, done: impl Fn(&Run) -> bool) -> Run {
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                let row = self.get(run).await;
                if done(&row) {
                    return row;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });

        match found.await {
            Ok(row) => row,
            Err(_) => panic!("the run stays {:?}", self.get(run).await),
        }
    }

    pub(super) async fn until_status(&self, run: RunId, status: RunStatus) -> Run {
        self.until(run, |row| row.status == status || row.status.is_terminal())
            .await
    }

    /// The completed run's words.
    pub(super) async fn completed(&self, run: RunId) -> Vec<String> {
        let row = self.until_status(run, RunStatus::Completed).await;
        assert_eq!(row.status, RunStatus::Completed, "{row:?}");
        self.words(run, row.step).await
    }

    pub(super) async fn failed(&self, run: RunId) -> String {
        let row = self.until_status(run, RunStatus::Failed).await;
        assert_eq!(row.status, RunStatus::Failed, "{row:?}");
        row.error_message.expect("a failed run says why")
    }

    pub(super) async fn words(&self, run: RunId, step: u64) -> Vec<String> {
        let CheckpointView { state, .. } = self
            .runs
            .checkpoint(Access::System, run, step)
            .await
            .expect("the checkpoint is kept");
        serde_json::from_str::<Trail>(&state).expect("a trail").words
    }

    pub(super) async fn events(&self, run: RunId) -> Vec<Event> {
        self.runs
            .events(Access::System, run, 0, 10_000)
            .await
            .expect("events")
    }

    /// Kinds of the run's events, with the status for those of kind `status`.
    pub(super) async fn kinds(&self, run: RunId) -> Vec<String> {
        let events = self.events(run).await;
        let kinds = events.into_iter().map(|event| {
            let data: Value = serde_json::from_str(&event.data).expect("JSON");
            let status = data
                .get("status")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned();

            if event.kind == "status" {
                status
            } else {
                event.kind
            }
        });

        kinds.collect()
    }
}

/// Waits until `done`.
pub(super) async fn eventually<T: Debug>(what: &str, mut look: impl FnMut() -> T, done: impl Fn(&T) -> bool) {
    let found = tokio::time::timeout(PATIENCE, async {
        while !done(&look()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(found.await.is_ok(), "{what}: {:?}", look());
}

/// A running worker. Dropping it kills it.
pub(super) struct Hands {
    task: JoinHandle<()>,
    soft: CancellationToken,
}

impl Hands {
    /// As a crash: nothing is handed back.
    pub(super) async fn kill(mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }

    /// Stops taking work.
    pub(super) fn stop(&self) {
        self.soft.cancel();
    }

    /// The worker has stopped by itself.
    pub(super) async fn stopped(mut self) {
        let ended = tokio::time::timeout(PATIENCE, &mut self.task).await;
        ended.expect("the worker stops").expect("without a panic");
    }
}

impl Drop for Hands {
    fn drop(&mut self) {
        self.task.abort();
    }
}
