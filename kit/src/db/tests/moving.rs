//! Rows of a snapshot arrive as they were, in either engine, also where the schema has grown in the meantime.

use std::collections::BTreeMap;

use futures::TryStreamExt;

use super::*;
use crate::db::{Loader, Snapshot};

const SQLITE: &str = "CREATE TABLE owners (id BLOB PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE a_things (owner BLOB NOT NULL REFERENCES owners (id), number INTEGER NOT NULL, part REAL NOT NULL,
        done BOOLEAN NOT NULL, hash BLOB, body TEXT NOT NULL, plain TEXT, made_at TEXT NOT NULL);";
const POSTGRES: &str = "CREATE TABLE owners (id UUID PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE a_things (owner UUID NOT NULL REFERENCES owners (id), number BIGINT NOT NULL, part NUMERIC(5, 2) NOT NULL,
        done BOOLEAN NOT NULL, hash BYTEA, body JSONB NOT NULL, plain TEXT, made_at TIMESTAMPTZ NOT NULL);";
const LATER: &str = "ALTER TABLE owners ADD COLUMN length INTEGER NOT NULL DEFAULT 0; UPDATE owners SET length = length(name)";

fn growing(first: &'static str, versions: usize) -> Migrator {
    let steps = [(1, first), (2, LATER)];
    let steps = steps.into_iter().take(versions).map(|(number, sql)| {
        let name = Cow::Owned(format!("step {number}"));
        Migration::new(number, name, MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(steps.collect())
}

fn with_versions(versions: usize) -> &'static Migrations {
    Box::leak(Box::new(Migrations {
        sqlite: growing(SQLITE, versions),
        postgres: growing(POSTGRES, versions),
    }))
}

#[derive(Debug, PartialEq, sqlx::FromRow)]
struct Thing {
    owner: Uuid,
    number: i64,
    done: bool,
    hash: Option<Vec<u8>>,
    body: Json<serde_json::Value>,
    plain: Option<String>,
    made_at: DateTime<Utc>,
}

fn things(owner: Uuid) -> Vec<Thing> {
    let body = Json(serde_json::json!({ "a": ["ü\n", 1.5, null], "b": { "c": "{\"x\": 1}" } }));
    let thing = |number, plain: Option<&str>, hash: Option<&[u8]>| Thing {
        owner,
        number,
        done: number % 2 == 0,
        hash: hash.map(Into::into),
        body: body.clone(),
        plain: plain.map(Into::into),
        made_at: SystemClock.now(),
    };

    vec![
        thing(i64::MAX, None, None),
        thing(-2, Some("[1, 2]"), Some(&[0, 255, 10])),
        thing(0, Some("back\\slash, \"quotes\"\n\u{1F980}"), Some(&[])),
    ]
}

async fn write(db: &Db, name: &str) -> Vec<Thing> {
    let owner = random_id();
    on_write!(db.system(), c => sqlx::query("INSERT INTO owners (id, name) VALUES ($1, $2)")
        .bind(owner).bind(name).execute(c).await.map(drop))
    .expect("written");
    let things = things(owner);
    for thing in &things {
        on_write!(db.system(), c => sqlx::query("INSERT INTO a_things (owner, number, part, done, hash, body, plain, made_at) \
                VALUES ($1, $2, 12.25, $3, $4, $5, $6, $7)")
            .bind(thing.owner).bind(thing.number).bind(thing.done).bind(&thing.hash).bind(&thing.body).bind(&thing.plain)
            .bind(thing.made_at).execute(c).await.map(drop))
        .expect("written");
    }
    things
}

async fn load(db: &Db, rows: &[(String, Vec<String>, Vec<Vec<u8>>)], versions: usize) -> Result<(), DbError> {
    let known = BTreeMap::from([(db.service().to_owned(), 1)]);
    let mut loader = Loader::begin(vec![(db.clone(), with_versions(versions))], &known).await?;
    loader.enter(db.service(), 1).await?;
    for (table, columns, lines) in rows {
        loader.enter_table(table, columns).await?;
        for line in lines {
            loader.insert(line.trim_ascii_end()).await?;
        }
    }
    loader.leave().await?;
    loader.commit().await
}

#[tokio::test]
async fn rows_of_a_snapshot_arrive_in_either_engine_as_they_were() {
    let dir = tempfile::tempdir().expect("a folder");
    let source = Db::open(&testing::config(""), dir.path(), "old")
        .await
        .expect("opens");
    source.migrate(with_versions(1)).await.expect("tables");
    let mut written = write(&source, "ada").await;

    let databases = [source.clone()];
    let (mut snapshot, ()) = Snapshot::begin(&databases, async { Ok::<_, DbError>(()) })
        .await
        .expect("begins");
    write(&source, "too late").await;
    let database = snapshot.databases_mut().next().expect("one");
    let names: Vec<_> = database.tables().iter().map(|table| table.name.clone()).collect();
    assert_eq!(
        (database.version(), names),
        (1, vec!["owners".to_owned(), "a_things".to_owned()])
    );

    let mut rows = Vec::new();
    for table in database.tables().to_vec() {
        let lines: Vec<_> = database.rows(&table).try_collect().await.expect("read");
        assert_eq!(lines.len() as u64, table.rows);
        rows.push((table.name, table.columns, lines));
    }
    drop(snapshot);
    written.sort_by_key(|thing| thing.number);

    let schema = format!("moved_{}", random_id().simple());
    let urls = [Some(String::new()), testing::postgres_url()];
    for url in urls.into_iter().flatten() {
        let target = tempfile::tempdir().expect("a folder");
        let open = || async {
            Db::open(&testing::config(&url), target.path(), &schema)
                .await
                .expect("opens")
        };
        load(&open().await, &rows, 2).await.expect("loaded");

        let db = open().await;
        assert_eq!(
            db.migration_state(with_versions(2))
                .await
                .expect("looked")
                .version,
            2
        );
        let sql = "SELECT owner, number, done, hash, body, plain, made_at FROM a_things ORDER BY number";
        let read: Vec<Thing> = on!(db.system(), c => sqlx::query_as(sql).fetch_all(c).await).expect("read");
        assert_eq!(read, written);
        // What the later migration does with rows, it did with these.
        let length: i32 =
            on!(db.system(), c => sqlx::query_scalar("SELECT length FROM owners").fetch_one(c).await)
                .expect("read");
        assert_eq!(length, 3);

        let again = load(&db, &rows, 2).await.expect_err("it is not empty");
        assert!(matches!(again, DbError::Occupied { .. }), "{again}");
        db.close().await;
        if !url.is_empty() {
            testing::drop_schema(&url, &schema).await;
        }
    }
}

#[tokio::test]
async fn a_writer_in_the_middle_is_waited_for_and_none_is_kept_waiting_after() {
    let dir = tempfile::tempdir().expect("a folder");
    let db = Db::open(&testing::config(""), dir.path(), "old")
        .await
        .expect("opens");
    db.migrate(with_versions(1)).await.expect("tables");
    let other = Db::open(&testing::config(""), dir.path(), "old")
        .await
        .expect("opens");

    let mut tx = other.system().begin_write().await.expect("a transaction");
    on_tx!(&mut tx, c => sqlx::query("INSERT INTO owners (id, name) VALUES ($1, 'ada')").bind(random_id()).execute(c).await.map(drop))
        .expect("written");
    let databases = [db.clone()];
    let begun = Snapshot::begin(&databases, async { Ok::<_, DbError>(()) });
    let commit = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        tx.commit().await
    };
    let (begun, committed) = tokio::join!(begun, commit);
    committed.expect("committed");
    let (snapshot, ()) = begun.expect("begins");

    assert_eq!(snapshot.databases()[0].tables()[0].rows, 1);
    write(&other, "grace").await;
    assert_eq!(snapshot.databases()[0].tables()[0].rows, 1);
}
