//! The storage contract on both engines, and what only SQL can get wrong.

use std::sync::Arc;

use kit::db::testing::{assert_rows_are_guarded, each_engine};
use kit::db::{Migrations, assert_same_migrations};

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
