//! What both engines promise.

#![expect(clippy::disallowed_methods, reason = "a test ends with its tasks")]

mod moving;
mod pooler;

use std::{borrow::Cow, sync::Barrier, time::Duration};

use chrono::{DateTime, Utc};
use sqlx::{
    ConnectOptions, Connection, SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
    types::Json,
};
use uuid::Uuid;

use super::{testing::each_engine, *};
use crate::{
    clock::{Clock, SystemClock},
    ids::random_id,
};

fn migrator(sql: &'static str) -> Migrator {
    let one = Migration::new(
        1,
        Cow::Borrowed("notes"),
        MigrationType::Simple,
        sql.into_sql_str(),
        false,
    );
    Migrator::with_migrations(vec![one])
}

fn migrations() -> Migrations {
    Migrations {
        sqlite: migrator(
            "CREATE TABLE notes (id BLOB PRIMARY KEY, owner TEXT NOT NULL, slug TEXT NOT NULL, done BOOLEAN NOT NULL, body TEXT NOT NULL, made_at TEXT NOT NULL, parent BLOB REFERENCES notes (id));
             CREATE UNIQUE INDEX notes_slug_key ON notes (owner, slug);",
        ),
        postgres: migrator(
            "CREATE TABLE notes (id UUID PRIMARY KEY, owner TEXT NOT NULL, slug TEXT NOT NULL, done BOOLEAN NOT NULL, body JSONB NOT NULL, made_at TIMESTAMPTZ NOT NULL, parent UUID REFERENCES notes (id));
             CREATE UNIQUE INDEX notes_slug_key ON notes (owner, slug);",
        ),
    }
}

#[derive(Debug, PartialEq, sqlx::FromRow)]
struct Note {
    id: Uuid,
    owner: String,
    done: bool,
    body: Json<serde_json::Value>,
    made_at: DateTime<Utc>,
}

const INSERT: &str =
    "INSERT INTO notes (id, owner, slug, done, body, made_at) VALUES ($1, $2, $3, $4, $5, $6)";

async fn insert(tx: &mut WriteTx, note: &Note, slug: &str) -> Result<(), DbError> {
    on_tx!(tx, c => sqlx::query(INSERT)
        .bind(note.id).bind(&note.owner).bind(slug).bind(note.done).bind(&note.body).bind(note.made_at)
        .execute(c).await.map(drop))?;
    Ok(())
}

fn note() -> Note {
    let body = Json(serde_json::json!({"text": "naïve", "n": [1, 2]}));
    Note {
        id: random_id(),
        owner: "ada".into(),
        done: true,
        body,
        made_at: SystemClock.now(),
    }
}

async fn count(db: &Db) -> i64 {
    on!(db.system(), c => sqlx::query_scalar("SELECT COUNT(*) FROM notes").fetch_one(c).await)
        .expect("counted")
}

#[test]
fn both_engines_have_the_same_migrations() {
    assert_same_migrations(&migrations());
}

#[tokio::test]
async fn native_types_read_back_equal_on_every_engine() {
    each_engine(&migrations(), |db| async move {
        let written = note();
        let mut tx = db.system().begin_write().await.expect("a transaction");
        insert(&mut tx, &written, "a").await.expect("inserted");
        tx.commit().await.expect("committed");

        let read: Note = on!(db.system(), c => sqlx::query_as("SELECT id, owner, done, body, made_at FROM notes WHERE id = $1 AND owner = $2")
            .bind(written.id).bind("ada").fetch_one(c).await)
        .expect("read");
        assert_eq!(read, written);

        db.check().await.expect("answers");
    })
    .await;
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    each_engine(&migrations(), |db| async move {
        let mut tx = db.system().begin_write().await.expect("a transaction");
        insert(&mut tx, &note(), "a").await.expect("inserted");
        drop(tx);
        let mut tx = db.system().begin_write().await.expect("a transaction");
        insert(&mut tx, &note(), "b").await.expect("inserted");
        tx.rollback().await.expect("rolled back");
        assert_eq!(count(&db).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_begin_that_is_dropped_on_its_way_leaves_no_transaction_open() {
    each_engine(&migrations(), |db| async move {
        // Dropped at ever later moments, so that some are dropped while BEGIN is under way.
        for written in 1..=150 {
            let moment = std::time::Duration::from_micros(10 * written);
            let _ = tokio::time::timeout(moment, db.system().begin_write()).await;
            let note = note();
            on_write!(db.system(), c => sqlx::query(INSERT)
                .bind(note.id).bind(&note.owner).bind(note.id.to_string()).bind(note.done).bind(&note.body)
                .bind(note.made_at).execute(c).await.map(drop))
            .expect("written");

            let seen = futures::future::join_all((0..16).map(|_| count(&db))).await;
            assert!(
                seen.iter().all(|count| count.unsigned_abs() == written),
                "{seen:?} after {written} writes"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_broken_unique_constraint_is_told_from_every_other() {
    each_engine(&migrations(), |db| async move {
        let first = note();
        let mut tx = db.system().begin_write().await.expect("a transaction");
        insert(&mut tx, &first, "a").await.expect("inserted");
        tx.commit().await.expect("committed");

        let mut tx = db.system().begin_write().await.expect("a transaction");
        let err = insert(&mut tx, &note(), "a")
            .await
            .expect_err("the slug is taken");

        drop(tx);
        assert!(
            err.is_unique("notes_slug_key", &["notes.owner", "notes.slug"]),
            "{err:?}"
        );
        assert!(!err.is_unique("notes_pkey", &["notes.id"]));

        let mut tx = db.system().begin_write().await.expect("a transaction");
        let err = insert(&mut tx, &first, "b").await.expect_err("the id is taken");

        drop(tx);
        assert!(err.is_unique("notes_pkey", &["notes.id"]), "{err:?}");
        assert!(!err.is_unique("notes_slug_key", &["notes.owner", "notes.slug"]));
    })
    .await;
}

#[tokio::test]
async fn foreign_keys_are_enforced() {
    each_engine(&migrations(), |db| async move {
        insert_one(&db, "a").await;
        let err = on_write!(db.system(), c => sqlx::query("UPDATE notes SET parent = $1").bind(random_id()).execute(c).await.map(drop))
            .expect_err("no such parent");
        assert!(
            err.as_database_error()
                .is_some_and(|err| err.is_foreign_key_violation()),
            "{err:?}"
        );
        assert!(!is_transient(&err));
    })
    .await;
}

async fn insert_one(db: &Db, slug: &str) {
    let mut tx = db.system().begin_write().await.expect("a transaction");
    insert(&mut tx, &note(), slug).await.expect("inserted");
    tx.commit().await.expect("committed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_and_readers_at_once_all_succeed() {
    each_engine(&migrations(), |db| async move {
        let jobs = (0..40).map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                insert_one(&db, &format!("note-{n}")).await;
                count(&db).await
            })
        });
        for job in futures::future::join_all(jobs).await {
            assert!(job.expect("no panic") >= 1);
        }

        assert_eq!(count(&db).await, 40);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn lone_writes_wait_their_turn_behind_a_long_transaction() {
    each_engine(&migrations(), |db| async move {
        let mut tx = db.system().begin_write().await.expect("a transaction");
        insert(&mut tx, &note(), "first").await.expect("inserted");

        let jobs: Vec<_> = (0..20)
            .map(|n| {
                let db = db.clone();
                tokio::spawn(async move {
                    let one = note();
                    on_write!(db.system(), c => sqlx::query(INSERT)
                        .bind(one.id).bind(&one.owner).bind(format!("lone-{n}")).bind(one.done).bind(&one.body).bind(one.made_at)
                        .execute(c).await.map(drop))
                })
            })
            .collect();

        tx.commit().await.expect("committed");

        for job in jobs {
            job.await.expect("no panic").expect("written");
        }

        assert_eq!(count(&db).await, 21);
    })
    .await;
}

#[tokio::test]
async fn opening_again_finds_what_was_written() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = testing::config("");
    for expected in [0, 1] {
        let db = Db::open(&config, dir.path(), "story").await.expect("opens");
        db.migrate(&migrations())
            .await
            .expect("migrates, and a second time does nothing");
        assert_eq!(count(&db).await, expected);
        insert_one(&db, &format!("note-{expected}")).await;
        db.close().await;
    }

    assert!(dir.path().join("story.sqlite").is_file());
}

/// What several processes of one platform do when they start together.
async fn started_together(config: &DatabaseConfig, data_dir: &std::path::Path, service: &str) {
    let starts = (0..6).map(|_| async {
        let db = Db::open(config, data_dir, service).await.expect("opens");
        db.migrate(&migrations()).await.expect("migrates");
        db
    });

    for db in futures::future::join_all(starts).await {
        assert_eq!(count(&db).await, 0);
        db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_start_together_all_find_a_migrated_database() {
    let dir = tempfile::tempdir().expect("a folder");
    let sqlite = testing::config("");
    started_together(&sqlite, dir.path(), "story").await;

    if let Some(url) = testing::postgres_url() {
        let schema = format!("together_{}", random_id().simple());
        let postgres = testing::config(&url);
        started_together(&postgres, dir.path(), &schema).await;
        testing::drop_schema(&url, &schema).await;
    }
}

#[tokio::test]
async fn a_new_file_that_another_process_is_making_is_waited_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = testing::config("");
    // Where the other process is: it made the file, writes to it, and has not changed its mode yet.
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(dir.path().join("story.sqlite"))
        .create_if_missing(true);
    let mut other = options.connect().await.expect("opens");
    sqlx::raw_sql("BEGIN IMMEDIATE; CREATE TABLE made (at TEXT)")
        .execute(&mut other)
        .await
        .expect("writes");

    let done = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        sqlx::raw_sql("COMMIT")
            .execute(&mut other)
            .await
            .expect("written");
        other.close().await.expect("closed");
    };
    let (db, ()) = tokio::join!(Db::open(&config, dir.path(), "story"), done);

    let db = db.expect("opens when the other one is done");
    db.migrate(&migrations()).await.expect("migrates");
    assert_eq!(count(&db).await, 0);
}

/// Each start on a thread and a runtime of its own, as far apart as processes are: SQLite locks between connections.
#[test]
fn many_that_start_together_on_a_new_folder_all_find_a_migrated_database_every_time() {
    const ROUNDS: usize = 15;
    const STARTS: usize = 12;

    for _ in 0..ROUNDS {
        let dir = tempfile::tempdir().expect("a folder");
        let together = Barrier::new(STARTS);

        std::thread::scope(|threads| {
            for _ in 0..STARTS {
                threads.spawn(|| {
                    let runtime = tokio::runtime::Builder::new_current_thread()
                        .enable_all()
                        .build()
                        .expect("a runtime");
                    let config = testing::config("");

                    together.wait();

                    runtime.block_on(async {
                        let db = Db::open(&config, dir.path(), "story").await.expect("opens");
                        db.migrate(&migrations()).await.expect("migrates");
                        assert_eq!(count(&db).await, 0);
                        db.close().await;
                    });
                });
            }
        });
    }
}

#[tokio::test]
async fn services_share_a_server_but_not_their_tables() {
    let Some(url) = testing::postgres_url() else {
        return;
    };
    let config = testing::config(&url);
    let dir = tempfile::tempdir().expect("a folder");
    let schemas = [0, 1].map(|_| format!("apart_{}", random_id().simple()));
    let mut open = Vec::new();
    for schema in &schemas {
        let db = Db::open(&config, dir.path(), schema).await.expect("opens");
        db.migrate(&migrations()).await.expect("migrates");
        open.push(db);
    }

    insert_one(&open[0], "a").await;
    assert_eq!((count(&open[0]).await, count(&open[1]).await), (1, 0));

    for (db, schema) in open.into_iter().zip(&schemas) {
        db.close().await;
        testing::drop_schema(&url, schema).await;
    }
}

#[tokio::test]
async fn the_sqlite_file_is_durable_and_concurrent() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = testing::config("");
    let db = Db::open(&config, dir.path(), "story").await.expect("opens");
    let Db::Sqlite(sqlite) = &db else {
        panic!("SQLite is the default")
    };

    for pool in [sqlite.pool(), sqlite.writer()] {
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
            .fetch_one(pool)
            .await
            .expect("answers");

        let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
            .fetch_one(pool)
            .await
            .expect("answers");

        let busy: i64 = sqlx::query_scalar("PRAGMA busy_timeout")
            .fetch_one(pool)
            .await
            .expect("answers");

        let keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys")
            .fetch_one(pool)
            .await
            .expect("answers");

        assert_eq!((mode.as_str(), synchronous, busy, keys), ("wal", 1, 5_000, 1));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_their_owners_alone_whatever_they_were() {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt};

    let dir = tempfile::tempdir().expect("a folder");
    let config = testing::config("");
    let files = ["notes.sqlite", "notes.sqlite-wal", "notes.sqlite-shm"].map(|name| dir.path().join(name));
    let assert_private = || {
        for file in &files {
            let rights = std::fs::metadata(file).expect("a file").permissions();
            assert_eq!(rights.mode() & 0o777, 0o600, "{}", file.display());
        }
    };

    let db = Db::open(&config, dir.path(), "notes").await.expect("a database");
    db.migrate(&migrations()).await.expect("tables");
    insert_one(&db, "a").await;
    assert_private();

    for file in &files {
        std::fs::set_permissions(file, Permissions::from_mode(0o644)).expect("rights");
    }
    let again = Db::open(&config, dir.path(), "notes").await.expect("a database");
    insert_one(&again, "b").await;
    assert_private();
}

#[tokio::test]
async fn a_url_of_another_database_is_refused_without_its_password() {
    let dir = tempfile::tempdir().expect("a folder");

    for url in [
        "mysql://root:hunter2@db/saga",
        "hunter2@db",
        "postgres://u:hunter2@[broken/saga",
    ] {
        let config = testing::config(url);
        let err = Db::open(&config, dir.path(), "story").await.expect_err("refused");
        assert!(matches!(err, DbError::Url { .. }), "{err:?}");
        assert!(!format!("{err} {err:?}").contains("hunter2"), "{err}");
    }
}

#[tokio::test]
async fn a_service_name_that_is_no_schema_name_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = testing::config("");

    for service in ["", "Story", "../story", "a\"b", "a-b"] {
        let opened = Db::open(&config, dir.path(), service).await;
        assert!(matches!(opened, Err(DbError::Name { .. })), "{service:?}");
    }
}

#[tokio::test]
async fn an_absent_postgresql_says_where_it_was_looked_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = testing::config("postgres://u:hunter2@127.0.0.1:1/saga");
    let err = Db::open(&config, dir.path(), "story")
        .await
        .expect_err("nobody listens");

    assert_eq!(
        err.to_string(),
        "the database of `story` could not be opened (127.0.0.1:1/saga, from `database.url`)"
    );
}
