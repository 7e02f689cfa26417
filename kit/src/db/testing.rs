//! Runs one test body on every engine, so that a store is never tested on the easy one only.

mod guards;
mod tables;

use std::{env, panic::AssertUnwindSafe, panic::resume_unwind};

use futures::FutureExt;
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, Connection, PgConnection, migrate::Migrator};

pub use self::guards::assert_rows_are_guarded;
use self::tables::read_tables;
use super::{DatabaseConfig, Db, MigrateAtStart, Migrations};
use crate::config::Seconds;

/// Names the PostgreSQL server to test against. Without it only SQLite is tested, and in CI that is a failure.
pub const POSTGRES_URL: &str = "SAGA_TEST_POSTGRES_URL";

/// What a test opens: `url` as in `[database]`, everything else as by default.
#[must_use]
pub fn config(url: &str) -> DatabaseConfig {
    DatabaseConfig {
        url: SecretString::from(url),
        max_connections: 8,
        migrate_at_start: MigrateAtStart::On,
        role: "saga_app".to_owned(),
        prepared_statements: true,
        statement_timeout_seconds: Seconds::new(30),
        lock_timeout_seconds: Seconds::new(10),
        idle_in_transaction_timeout_seconds: Seconds::new(60),
    }
}

/// Runs `test` on a fresh, migrated SQLite file and, when `SAGA_TEST_POSTGRES_URL` is set, on a fresh schema of that
/// server, which is dropped afterwards.
///
/// # Panics
/// When the test does, when a database can't be made, and when `CI=true` and no PostgreSQL is given.
pub async fn each_engine<F, Fut>(migrations: &Migrations, test: F)
where
    F: Fn(Db) -> Fut,
    Fut: Future<Output = ()>,
{
    let folder = tempfile::tempdir().expect("a folder for the test's database");
    let db = Db::open(&config(""), folder.path(), "test")
        .await
        .expect("SQLite opens");
    db.migrate(migrations).await.expect("SQLite migrates");
    test(db.clone()).await;
    db.close().await;

    if let Some(url) = postgres_url() {
        on_postgres(&url, migrations, test).await;
    }
}

/// For a test in each service: both engines' migrations have the same numbers and names, and lead to the same tables with
/// the same columns, so that one SQL text serves both. Read from the SQL: no PostgreSQL is needed.
///
/// # Panics
/// Where they differ.
pub fn assert_same_migrations(migrations: &Migrations) {
    let list = |migrator: &Migrator| -> Vec<(i64, String)> {
        migrator
            .iter()
            .map(|one| (one.version, one.description.to_string()))
            .collect()
    };

    assert_eq!(
        list(&migrations.sqlite),
        list(&migrations.postgres),
        "SQLite (left) and PostgreSQL (right) differ"
    );

    let columns = |migrator: &Migrator| read_tables(migrator.iter().map(|one| one.sql.as_str()));
    let (sqlite, postgres) = (columns(&migrations.sqlite), columns(&migrations.postgres));

    assert_eq!(
        sqlite, postgres,
        "the columns of SQLite (left) and PostgreSQL (right) differ"
    );
}

/// The PostgreSQL to test against, if there is one.
///
/// # Panics
/// When `CI=true` and none is given.
#[must_use]
pub fn postgres_url() -> Option<String> {
    let url = env::var(POSTGRES_URL).ok().filter(|url| !url.is_empty());
    let ci = env::var("CI").is_ok_and(|ci| ci == "true" || ci == "1");
    assert!(
        url.is_some() || !ci,
        "{POSTGRES_URL} is not set, and in CI every engine is tested"
    );
    url
}

async fn on_postgres<F, Fut>(url: &str, migrations: &Migrations, test: F)
where
    F: Fn(Db) -> Fut,
    Fut: Future<Output = ()>,
{
    let schema = format!("test_{}", crate::ids::random_id().simple());
    let db = Db::open(&config(url), std::path::Path::new("."), &schema)
        .await
        .expect("PostgreSQL opens");
    let body = async {
        db.migrate(migrations).await.expect("PostgreSQL migrates");
        test(db.clone()).await;
    };
    let outcome = AssertUnwindSafe(body).catch_unwind().await;

    db.close().await;
    drop_schema(url, &schema).await;

    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

pub(super) async fn drop_schema(url: &str, schema: &str) {
    let mut connection = PgConnection::connect(url).await.expect("PostgreSQL answers");
    let drop = format!(r#"DROP SCHEMA IF EXISTS "{schema}" CASCADE"#);
    sqlx::query(AssertSqlSafe(drop))
        .execute(&mut connection)
        .await
        .expect("the schema is dropped");
}
