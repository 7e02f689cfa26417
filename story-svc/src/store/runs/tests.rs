//! The storage contract on both engines, and what only SQL can get wrong.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use flow::store::{Access, Claim, NewRun, RunOptions, RunStatus, Share};
use kit::db::testing::{assert_rows_are_guarded, each_engine};
use kit::db::{Db, Migrations, assert_same_migrations};
use kit::ids::random_id;
use kit::{on, on_tx};

use super::SqlRuns;

fn migrations() -> Migrations {
    Migrations {
        sqlite: sqlx::migrate!("migrations/sqlite"),
        postgres: sqlx::migrate!("migrations/postgres"),
    }
}

#[test]
fn both_engines_have_the_same_migrations() {
    assert_same_migrations(&migrations());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_keep_the_contract_of_runs() {
    each_engine(&migrations(), |db| async move {
        let store: Arc<dyn flow::Store> = Arc::new(SqlRuns::new(db));
        flow::conformance::all(|| Arc::clone(&store)).await;
    })
    .await;
}

async fn on_each_engine<F: Future<Output = ()>>(promise: impl Fn(Arc<dyn flow::Store>) -> F) {
    each_engine(&migrations(), |db| promise(Arc::new(SqlRuns::new(db)))).await;
}

flow::promise_tests!(on_each_engine);

#[tokio::test]
async fn on_postgresql_a_statement_reaches_the_rows_of_its_scope_alone() {
    assert_rows_are_guarded(&migrations(), &[]).await;
}

/// A worker lets a run sleep for a day while somebody cancels it: whoever comes second sees what the first has done.
#[tokio::test]
async fn a_run_that_its_worker_lets_go_of_while_it_is_cancelled_ends() {
    each_engine(&migrations(), |db| async move {
        let store: Arc<dyn flow::Store> = Arc::new(SqlRuns::new(db.clone()));
        let now = DateTime::from_timestamp(1_767_268_800, 0).unwrap();
        let run = store.create(queued(now)).await.unwrap().run().id;
        let claim = Claim {
            worker: "w".to_owned(),
            graphs: vec!["sleeper".to_owned()],
            guests: false,
            limit: 1,
            most_of_share: 1,
            now,
            lease_until: now + chrono::Duration::seconds(5),
        };
        assert_eq!(store.claim(claim).await.unwrap().len(), 1);

        let sleep = "UPDATE runs SET worker = NULL, lease_until = $2 WHERE id = $1";
        let mut tx = db.system().begin_write().await.unwrap();
        on_tx!(&mut tx, c => sqlx::query(sleep).bind(run).bind(now + chrono::Duration::days(1))
            .execute(c).await.map(drop))
        .unwrap();
        let let_go = async {
            until_a_cancellation_waits(&db).await;
            tx.commit().await.unwrap();
        };
        let (cancelled, ()) = tokio::join!(store.cancel(Access::System, run, now), let_go);
        cancelled.unwrap();

        let ended = store.get(Access::System, run).await.unwrap();
        assert_eq!(ended.status, RunStatus::Cancelled);
    })
    .await;
}

fn queued(now: DateTime<Utc>) -> NewRun {
    NewRun {
        id: random_id(),
        owner: random_id(),
        share: Share {
            key: random_id(),
            guest: false,
        },
        graph: "sleeper".to_owned(),
        phase: String::new(),
        input: b"input".to_vec(),
        first_step: 0,
        forked_from: None,
        options: RunOptions::default(),
        idempotency: None,
        created_at: now,
        due_at: now,
        trace: None,
        events: Vec::new(),
    }
}

/// On SQLite a writer waits outside of the database, in its order.
async fn until_a_cancellation_waits(db: &Db) {
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'";
    while let Db::Postgres(_) = db {
        let count: i64 = on!(&db.system(), c => sqlx::query_scalar(waiting).fetch_one(c).await).unwrap();
        if count > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
