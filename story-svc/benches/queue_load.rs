//! Measures runs that do nothing, from being started to being done, over the bus: how many clients start a second, how many
//! a worker then does a second, how long it takes from start to work at a steady rate, and how long a claim takes with few and
//! with many runs queued. Prints one JSON line a figure. RabbitMQ and PostgreSQL where `SAGA_TEST_AMQP_URL` and
//! `SAGA_TEST_POSTGRES_URL` name them, else this process and SQLite.
//! `cargo bench -p story-svc --bench queue_load -- [runs [queued]]`

#![expect(
    clippy::disallowed_methods,
    reason = "a load program reads the real clock and makes real ids"
)]

use std::env;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use flow::store::{Claim, Share, Store};
use flow::{END, Graph, Graphs, Now, Runs, START, StartRun, State, Worker, WorkerConfig, WorkerDeps};
use futures::{StreamExt, stream};
use kit::bus::{Bus, BusConfig};
use kit::db::Db;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use story_svc::store::runs::SqlRuns;
use story_svc::{BusNotify, MIGRATIONS};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Clients that start runs at once.
const CLIENTS: usize = 16;
/// Runs that the worker does at once.
const AT_ONCE: usize = 8;
/// Steady rate of the second part, a second, and its runs.
const RATE: u32 = 50;
const STEADY: usize = 300;
/// Of the third part: the shorter queue, whose runs they are, and the claims of each length.
const FEW: usize = 1_000;
const OWNERS: u128 = 1_000;
const CLAIMS: usize = 50;

/// When the run was started, in milliseconds since 1970 and a fraction.
#[derive(Clone, Serialize, Deserialize)]
struct Started(f64);

impl State for Started {
    type Update = ();

    fn apply(&mut self, (): ()) {}
}

/// What the runs say of themselves.
#[derive(Clone)]
struct Seen {
    waits: Arc<Mutex<Vec<f64>>>,
    count: watch::Sender<usize>,
}

impl Seen {
    fn graph(&self) -> Graph<Started> {
        let seen = self.clone();
        let node = move |_, state: Arc<Started>| {
            seen.waits
                .lock()
                .expect("no panic")
                .push(milliseconds() - state.0);
            seen.count.send_modify(|count| *count += 1);
            async { Ok(()) }
        };

        let graph = Graph::new("noop").node("noop", node);
        graph
            .edge(START, "noop")
            .edge("noop", END)
            .build()
            .expect("a graph")
    }

    async fn reach(&self, count: usize) {
        let mut seen = self.count.subscribe();
        seen.wait_for(|seen| *seen >= count)
            .await
            .expect("the sender lives");
    }
}

fn milliseconds() -> f64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.expect("after 1970").as_secs_f64() * 1e3
}

fn address(variable: &str) -> SecretString {
    SecretString::from(env::var(variable).unwrap_or_default())
}

async fn start(runs: &Runs) {
    let owner = Uuid::new_v4();
    let start = StartRun {
        id: Uuid::new_v4(),
        owner,
        share: Share::of_owner(owner),
        graph: "noop".to_owned(),
        phase: "starting".to_owned(),
        input: Started(milliseconds()),
        idempotency: None,
        due_at: None,
        options: flow::RunOptions::default(),
    };
    runs.start(start).await.expect("started");
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    let index = (sorted.len() - 1) as f64 * share;
    sorted[index.round() as usize]
}

#[expect(clippy::print_stdout, reason = "the figures are what a person wants to see")]
fn print(line: &Value) {
    println!("{line}");
}

#[tokio::main]
async fn main() {
    let numbers: Vec<usize> = env::args().filter_map(|argument| argument.parse().ok()).collect();
    let count = numbers.first().copied().unwrap_or(5_000);
    let queued = numbers.get(1).copied().unwrap_or(10_000);
    let folder = tempfile::tempdir().expect("a folder");
    let url = env::var("SAGA_TEST_POSTGRES_URL").unwrap_or_default();
    let database = kit::db::testing::config(&url);
    let schema = format!("bench_{}", Uuid::new_v4().simple());
    let db = Db::open(&database, folder.path(), &schema)
        .await
        .expect("a database");
    db.migrate(&MIGRATIONS).await.expect("migrated");
    let bus = BusConfig {
        url: address("SAGA_TEST_AMQP_URL"),
        capacity: 1024,
    };
    let bus = Bus::open(&bus).await.expect("a bus");

    let notify = Arc::new(BusNotify::start(&bus).await);
    notify
        .declare_queues(&["noop".to_owned(), "queued".to_owned()])
        .await
        .expect("declared");
    let store = Arc::new(SqlRuns::new(db.clone()));
    let now: Now = Arc::new(chrono::Utc::now);
    let runs = Runs::new(
        Arc::clone(&store) as _,
        Arc::clone(&notify) as _,
        None,
        Arc::clone(&now),
    );
    let seen = Seen {
        waits: Arc::default(),
        count: watch::Sender::new(0),
    };

    let began = Instant::now();
    stream::iter(0..count)
        .for_each_concurrent(CLIENTS, |_| start(&runs))
        .await;
    let started = began.elapsed();

    let deps = WorkerDeps {
        store: Arc::clone(&store) as _,
        notify,
        spill: None,
        now,
        graphs: Graphs::new().with(seen.graph()).expect("one graph"),
    };
    let config = WorkerConfig {
        concurrency: AT_ONCE,
        ..WorkerConfig::new("bench")
    };
    let stop = CancellationToken::new();
    let began = Instant::now();
    let worker = tokio::spawn(Worker::new(deps, config).run(stop.clone(), CancellationToken::new()));
    seen.reach(count).await;
    let done = began.elapsed();

    print(&json!({
        "test": "queue_load.drain", "bus": bus.engine(), "database": db.engine(), "n": count,
        "started_per_s": (count as f64 / started.as_secs_f64()).round(),
        "done_per_s": (count as f64 / done.as_secs_f64()).round(),
    }));

    steady(&runs, &seen, count).await;
    let mut waits = seen.waits.lock().expect("no panic").split_off(count);
    waits.sort_by(f64::total_cmp);
    print(&json!({
        "test": "queue_load.latency", "bus": bus.engine(), "database": db.engine(), "rate": RATE, "n": waits.len(),
        "start_ms": { "p50": quantile(&waits, 0.5), "p95": quantile(&waits, 0.95), "p99": quantile(&waits, 0.99) },
    }));

    stop.cancel();
    worker.await.expect("no panic");

    claims(&runs, &*store, db.engine(), queued).await;
}

/// Claims of as many runs as a worker does at once, with a short queue and with a long one.
async fn claims(runs: &Runs, store: &dyn Store, database: &str, queued: usize) {
    let mut there = 0;
    for length in [FEW, queued] {
        stream::iter(there..length)
            .for_each_concurrent(CLIENTS, |number| queue(runs, number as u128 % OWNERS))
            .await;

        let mut took = Vec::with_capacity(CLAIMS);
        for _ in 0..CLAIMS {
            let now = chrono::Utc::now();
            let claim = Claim {
                worker: "claims".to_owned(),
                graphs: vec!["queued".to_owned()],
                guests: false,
                limit: AT_ONCE as u32,
                most_of_share: u32::MAX,
                now,
                lease_until: now + chrono::Duration::hours(1),
            };
            let began = Instant::now();
            let claimed = store.claim(claim).await.expect("claimed");
            took.push(began.elapsed().as_secs_f64() * 1e3);
            assert_eq!(claimed.len(), AT_ONCE, "there are enough");
        }

        there = length - CLAIMS * AT_ONCE;
        took.sort_by(f64::total_cmp);
        print(&json!({
            "test": "queue_load.claim", "database": database, "queued": length, "n": took.len(), "runs_a_claim": AT_ONCE,
            "claim_ms": { "p50": quantile(&took, 0.5), "p95": quantile(&took, 0.95) },
        }));
    }
}

/// A run that no worker of this program takes.
async fn queue(runs: &Runs, owner: u128) {
    let owner = Uuid::from_u128(owner + 1);
    let start = StartRun {
        id: Uuid::new_v4(),
        owner,
        share: Share::of_owner(owner),
        graph: "queued".to_owned(),
        phase: String::new(),
        input: Started(0.0),
        idempotency: None,
        due_at: None,
        options: flow::RunOptions::default(),
    };
    runs.start(start).await.expect("started");
}

async fn steady(runs: &Runs, seen: &Seen, before: usize) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / RATE);
    for _ in 0..STEADY {
        ticks.tick().await;
        start(runs).await;
    }
    seen.reach(before + STEADY).await;
}
