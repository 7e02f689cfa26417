//! Measures the engine on SQLite, or on PostgreSQL where `SAGA_TEST_POSTGRES_URL` names one: a chain of ten nodes, each
//! reversing its own tenth of the state's text, with 2 KB and 100 KB of state and 1 and 16 runs at once; on SQLite then bare
//! commits of as many bytes through the same driver, for comparison. Prints one JSON line a case.
//! `cargo bench -p story-svc --bench flow_load -- [seconds a case [bytes [runs at once]]]`

#![expect(
    clippy::disallowed_methods,
    reason = "a load program reads the real clock and makes real ids"
)]

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use flow::store::{Event, RunId, Share, Store};
use flow::{
    END, Graph, Graphs, LocalNotify, Notify, Now, Runs, START, StartRun, State, WakeUps, Worker,
    WorkerConfig, WorkerDeps,
};
use kit::db::{Db, Migrations};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use story_svc::store::runs::SqlRuns;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const NODES: usize = 10;

#[derive(Clone, Serialize, Deserialize)]
struct Parts {
    step: i64,
    parts: BTreeMap<String, String>,
}

impl State for Parts {
    type Update = (i64, String, String);

    fn apply(&mut self, (step, part, text): Self::Update) {
        self.step = step;
        self.parts.insert(part, text);
    }
}

fn graph() -> Graph<Parts> {
    let mut graph = Graph::new("chain");
    for n in 0..NODES {
        let node = move |_, state: Arc<Parts>| {
            let part = format!("p{n}");
            let text = state.parts[&part].chars().rev().collect();
            async move { Ok((n as i64, part, text)) }
        };

        let before = if n == 0 {
            START.to_owned()
        } else {
            format!("n{}", n - 1)
        };
        graph = graph.node(&format!("n{n}"), node).edge(&before, &format!("n{n}"));
    }

    graph.edge("n9", END).build().expect("a chain")
}

/// Ten parts of text from a vocabulary of 4,000 words, which does not compress away to nothing.
fn state(bytes: usize, seed: u64) -> Parts {
    let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };

    let mut text = String::with_capacity(bytes + 16);
    while text.len() < bytes {
        let word = next(4_000);
        let letters = b"etaoinshrdlucmwfygpbvk";
        text.extend(
            (0..3 + word % 8).map(|i| char::from(letters[(word * (7 + i * 13) + word / 8) % letters.len()])),
        );
        text.push(' ');
    }

    let tenth = bytes / NODES;
    let parts = (0..NODES).map(|n| (format!("p{n}"), text[n * tenth..(n + 1) * tenth].to_owned()));

    Parts {
        step: -1,
        parts: parts.collect(),
    }
}

/// Tells a client that its run has ended.
#[derive(Clone)]
struct Ends {
    wakes: LocalNotify,
    waiting: Arc<Mutex<HashMap<RunId, oneshot::Sender<()>>>>,
}

impl Notify for Ends {
    fn committed(&self, run: RunId, events: Vec<Event>) {
        if events.iter().any(|event| event.data.contains("completed"))
            && let Some(client) = self.waiting.lock().expect("no panic").remove(&run)
        {
            let _ = client.send(());
        }
    }

    fn live(&self, _: RunId, _: Value) {}

    fn queued(&self, run: RunId, graph: &str) {
        self.wakes.queued(run, graph);
    }

    fn cancelling(&self, run: RunId) {
        self.wakes.cancelling(run);
    }

    fn wake_ups(&self, graphs: &[String]) -> Box<dyn WakeUps> {
        self.wakes.wake_ups(graphs)
    }
}

/// A database of its own. `schema` is its name on PostgreSQL.
async fn open(folder: &Path, schema: &str) -> Db {
    let url = std::env::var("SAGA_TEST_POSTGRES_URL").unwrap_or_default();
    let config = kit::db::testing::config(&url);
    let db = Db::open(&config, folder, schema).await.expect("a database");
    let migrations = Migrations {
        sqlite: sqlx::migrate!("migrations/sqlite"),
        postgres: sqlx::migrate!("migrations/postgres"),
    };
    db.migrate(&migrations).await.expect("migrated");

    db
}

fn fresh_schema() -> String {
    format!("bench_{}", Uuid::new_v4().simple())
}

fn sqlite(db: &Db) -> Option<&sqlx::SqlitePool> {
    match db {
        Db::Sqlite(sqlite) => Some(sqlite.writer()),
        Db::Postgres(_) => None,
    }
}

/// Size of the file once the log is folded in; of the schema's tables and indexes.
async fn stored(db: &Db, folder: &Path, schema: &str) -> u64 {
    let Some(sqlite) = sqlite(db) else {
        let sizes = "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c \
                     JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'";
        let bytes: i64 =
            kit::on!(db.system(), c => sqlx::query_scalar(sizes).bind(schema).fetch_one(c).await)
                .expect("sizes");
        return bytes.cast_unsigned();
    };

    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(sqlite)
        .await
        .expect("a checkpoint");
    std::fs::metadata(folder.join(format!("{schema}.sqlite")))
        .expect("the file")
        .len()
}

/// Seconds of CPU and bytes written by this process.
fn spent() -> (f64, u64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<u64> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .map(|f| f.parse().unwrap_or(0))
        .collect();
    let ticks = fields.get(11).unwrap_or(&0) + fields.get(12).unwrap_or(&0);
    let io = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    let written = io
        .lines()
        .find_map(|line| line.strip_prefix("wchar: "))
        .and_then(|n| n.parse().ok());

    (ticks as f64 / 100.0, written.unwrap_or(0))
}

async fn case(bytes: usize, at_once: usize, seconds: u64) -> (u64, f64) {
    let (folder, schema) = (tempfile::tempdir().expect("a folder"), fresh_schema());
    let db = open(folder.path(), &schema).await;
    let store: Arc<dyn Store> = Arc::new(SqlRuns::new(db.clone()));
    let ends = Ends {
        wakes: LocalNotify::default(),
        waiting: Arc::default(),
    };
    let now: Now = Arc::new(chrono::Utc::now);
    let runs = Runs::new(Arc::clone(&store), Arc::new(ends.clone()), None, Arc::clone(&now));
    let deps = WorkerDeps {
        store,
        notify: Arc::new(ends.clone()),
        spill: None,
        now,
        graphs: Graphs::new().with(graph()).expect("one graph"),
    };

    let config = WorkerConfig {
        concurrency: at_once,
        ..WorkerConfig::new("load")
    };
    let soft = CancellationToken::new();
    let worker = tokio::spawn(Worker::new(deps, config).run(soft.clone(), CancellationToken::new()));
    let (before, cpu, written) = (stored(&db, folder.path(), &schema).await, spent().0, spent().1);
    let began = Instant::now();
    let end = began + Duration::from_secs(seconds);
    let clients = (0..at_once).map(|client| {
        let (runs, ends) = (runs.clone(), ends.clone());
        tokio::spawn(async move {
            let mut done = 0_u64;
            while Instant::now() < end {
                let id = Uuid::new_v4();
                let (tell, told) = oneshot::channel();
                ends.waiting.lock().expect("no panic").insert(id, tell);

                let start = StartRun {
                    id,
                    owner: Uuid::from_u128(client as u128),
                    share: Share::of_owner(Uuid::from_u128(client as u128)),
                    graph: "chain".to_owned(),
                    phase: String::new(),
                    input: state(bytes, done * 16 + client as u64 + 1),
                    idempotency: None,
                    due_at: None,
                    options: flow::RunOptions::default(),
                };

                runs.start(start).await.expect("started");
                told.await.expect("the run ends");
                done += 1;
            }

            done
        })
    });

    let done: u64 = futures::future::join_all(clients)
        .await
        .into_iter()
        .map(|done| done.expect("no panic"))
        .sum();

    let took = began.elapsed().as_secs_f64();
    let (cpu, written) = (spent().0 - cpu, spent().1 - written);

    soft.cancel();
    worker.await.expect("the worker stops");

    let steps = done * NODES as u64;
    let stored = (stored(&db, folder.path(), &schema).await - before) / steps;
    let rate = steps as f64 / took;
    let line = json!({
        "case": "flow", "database": db.engine(), "state_bytes": bytes, "runs_at_once": at_once, "steps_per_s": rate.round(),
        "cpu_us_per_step": (cpu * 1e6 / steps as f64).round(), "stored_bytes_per_step": stored,
        "written_bytes_per_step": written / steps, "runs": done,
    });
    println(&line);

    (stored, rate)
}

/// One row a commit, one commit after the other, as many bytes as a step has stored.
async fn bare(bytes: u64, seconds: u64, state_bytes: usize, rate: f64) {
    let (folder, schema) = (tempfile::tempdir().expect("a folder"), fresh_schema());
    let db = open(folder.path(), &schema).await;
    let Some(sqlite) = sqlite(&db) else {
        return;
    };
    let mut connection = sqlite.acquire().await.expect("a connection");
    sqlx::query("CREATE TABLE bare (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        .execute(&mut *connection)
        .await
        .expect("a table");

    let body = vec![7_u8; bytes as usize];
    let began = Instant::now();
    let mut commits = 0_u64;
    while began.elapsed() < Duration::from_secs(seconds) {
        let insert = sqlx::query("BEGIN IMMEDIATE; INSERT INTO bare (body) VALUES ($1); COMMIT").bind(&body);
        insert.execute(&mut *connection).await.expect("committed");
        commits += 1;
    }

    let bare = commits as f64 / began.elapsed().as_secs_f64();
    println(&json!({
        "case": "bare commits", "state_bytes": state_bytes, "bytes_per_commit": bytes,
        "commits_per_s": bare.round(), "times_flow": (bare / rate * 100.0).round() / 100.0,
    }));
}

#[expect(clippy::print_stdout, reason = "the output is the measurement")]
fn println(line: &Value) {
    println!("{line}");
}

#[tokio::main]
async fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let seconds = numbers.first().copied().unwrap_or(5);
    let wanted = |place: usize, value: usize| numbers.get(place).is_none_or(|&only| only == value as u64);

    for bytes in [2_048, 102_400].into_iter().filter(|bytes| wanted(1, *bytes)) {
        for at_once in [1, 16].into_iter().filter(|at_once| wanted(2, *at_once)) {
            let (stored, rate) = case(bytes, at_once, seconds).await;
            if at_once == 1 {
                bare(stored, seconds.min(2), bytes, rate).await;
            }
        }
    }
}
