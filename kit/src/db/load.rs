//! Rows of a snapshot into databases that have none, of either engine. On PostgreSQL all services are one transaction: either
//! everything is there, or nothing. Files have one each: whoever loads them puts them in their place when all are whole.

use std::collections::BTreeMap;

use serde_json::{Map, Value, value::RawValue};
use sqlx::{AssertSqlSafe, migrate::Migrator, query::Query, sqlite::SqliteArguments};

use super::{
    Db, DbError, Migrations, Scope, WriteTx, migrations, migrations::failed, postgres::Access,
    snapshot::quote,
};

/// What goes to PostgreSQL in one statement, by its bytes as lines.
const BATCH_BYTES: usize = 2 * 1024 * 1024;
const BATCH_ROWS: usize = 1_000;

/// The databases of all services, while rows go into one after the other.
#[derive(Debug)]
pub struct Loader {
    databases: Vec<(Db, &'static Migrations)>,
    tx: Option<WriteTx>,
    /// Whose rows are loaded.
    current: usize,
    table: Option<Columns>,
    batch: Vec<u8>,
    batched: usize,
}

/// A table that rows go into.
#[derive(Debug)]
struct Columns {
    table: String,
    names: Vec<String>,
    /// What PostgreSQL calls their types, in the same order; SQLite needs none.
    types: Vec<String>,
    insert: String,
}

impl Loader {
    /// # Errors
    /// One of them has rows already, or a schema that is neither new nor of this version.
    pub async fn begin(
        databases: Vec<(Db, &'static Migrations)>,
        versions: &BTreeMap<String, i64>,
    ) -> Result<Self, DbError> {
        for (db, migrations) in &databases {
            let found = db.migration_state(migrations).await?.version;
            let needed = versions.get(db.service()).copied().unwrap_or(0);
            if found != 0 {
                find_rows(db).await?;
                if found != needed {
                    let service = db.service().to_owned();
                    return Err(DbError::OtherVersion {
                        service,
                        found,
                        needed,
                    });
                }
            }
        }

        Ok(Self {
            databases,
            tx: None,
            current: 0,
            table: None,
            batch: Vec::new(),
            batched: 0,
        })
    }

    /// What follows is this service's, whose schema was at this version.
    ///
    /// # Errors
    /// A service that there is none of; a database that does not answer.
    pub async fn enter(&mut self, service: &str, version: i64) -> Result<(), DbError> {
        self.current = self.place_of(service)?;
        let (db, migrations) = &self.databases[self.current];

        let mut tx = match (self.tx.take(), db) {
            (Some(tx), Db::Postgres(_)) => tx,
            (_, Db::Postgres(postgres)) => {
                WriteTx::Postgres(postgres.begin(Scope::System, Access::Migrate).await?)
            }
            (_, Db::Sqlite(sqlite)) => WriteTx::Sqlite(sqlite.begin_patiently().await?),
        };

        if let WriteTx::Postgres(tx) = &mut tx {
            migrations::lock(tx).await?;
            let path = format!("SET LOCAL search_path = {}", quote(service));
            sqlx::raw_sql(AssertSqlSafe(path)).execute(&mut **tx).await?;
        }
        let known = migrations.for_engine(db).iter();
        let up_to: Vec<_> = known.filter(|one| one.version <= version).cloned().collect();
        migrate(&mut tx, Migrator::with_migrations(up_to), service).await?;

        self.tx = Some(tx);
        Ok(())
    }

    /// What follows are rows of this table.
    ///
    /// # Errors
    /// A table or a column that there is none of.
    pub async fn enter_table(&mut self, table: &str, columns: &[String]) -> Result<(), DbError> {
        self.flush().await?;
        let types = match self.tx.as_mut() {
            Some(WriteTx::Postgres(tx)) => types_of(tx, table, columns).await?,
            _ => Vec::new(),
        };
        let names: Vec<_> = columns.iter().map(|name| quote(name)).collect();
        let (names, quoted) = (names.join(", "), quote(table));
        let insert = if types.is_empty() {
            let places: Vec<_> = (1..=columns.len()).map(|place| format!("${place}")).collect();
            format!("INSERT INTO {quoted} ({names}) VALUES ({})", places.join(", "))
        } else {
            format!(
                "INSERT INTO {quoted} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{quoted}, $1::json)"
            )
        };

        self.table = Some(Columns {
            table: table.to_owned(),
            names: columns.to_vec(),
            types,
            insert,
        });
        Ok(())
    }

    /// One row, as a snapshot wrote it.
    ///
    /// # Errors
    /// A line that is no row; a row that the database refuses.
    pub async fn insert(&mut self, line: &[u8]) -> Result<(), DbError> {
        let (Some(table), Some(tx)) = (&self.table, self.tx.as_mut()) else {
            return Err(unreadable("", "it belongs to no table"));
        };
        let row: Vec<Value> =
            serde_json::from_slice(line).map_err(|_| unreadable(&table.table, "it is no array of values"))?;
        if row.len() != table.names.len() {
            return Err(unreadable(&table.table, "it has another number of values"));
        }

        match tx {
            WriteTx::Sqlite(tx) => {
                let query = sqlx::query(AssertSqlSafe(table.insert.clone()));
                let query = row.into_iter().try_fold(query, |query, value| bind(query, value));
                let query = query.map_err(|why| unreadable(&table.table, why))?;
                query.execute(&mut **tx).await?;
            }
            WriteTx::Postgres(_) => {
                self.batch.push(if self.batched == 0 { b'[' } else { b',' });
                let object = object_of(table, row).map_err(|why| unreadable(&table.table, why))?;
                serde_json::to_writer(&mut self.batch, &object)
                    .map_err(|_| unreadable(&table.table, "a value can't be written"))?;
                self.batched += 1;
                if self.batched == BATCH_ROWS || self.batch.len() > BATCH_BYTES {
                    self.flush().await?;
                }
            }
        }

        Ok(())
    }

    /// All rows of the service are there: its schema is brought to the version of this binary.
    ///
    /// # Errors
    /// What a migration meets.
    pub async fn leave(&mut self) -> Result<(), DbError> {
        self.flush().await?;
        self.table = None;
        let (db, migrations) = &self.databases[self.current];
        let Some(mut tx) = self.tx.take() else {
            return Ok(());
        };

        let all = migrations.for_engine(db).iter().cloned().collect();
        migrate(&mut tx, Migrator::with_migrations(all), db.service()).await?;
        match (&mut tx, db) {
            (WriteTx::Postgres(open), Db::Postgres(postgres)) => {
                postgres.grant_rows(open).await?;
                self.tx = Some(tx);
            }
            _ => tx.commit().await?,
        }
        Ok(())
    }

    /// It is there for everybody, and the connections are closed.
    ///
    /// # Errors
    /// The database did not take it.
    pub async fn commit(&mut self) -> Result<(), DbError> {
        if let Some(tx) = self.tx.take() {
            tx.commit().await?;
        }
        for (db, _) in &self.databases {
            db.close().await;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), DbError> {
        let (Some(table), Some(WriteTx::Postgres(tx))) = (&self.table, self.tx.as_mut()) else {
            return Ok(());
        };
        if self.batched == 0 {
            return Ok(());
        }

        let mut rows = std::mem::take(&mut self.batch);
        rows.push(b']');
        self.batched = 0;
        let rows = String::from_utf8(rows).map_err(|_| unreadable(&table.table, "it is no text"))?;
        sqlx::query(AssertSqlSafe(table.insert.clone()))
            .bind(rows)
            .execute(&mut **tx)
            .await?;
        Ok(())
    }

    fn place_of(&self, service: &str) -> Result<usize, DbError> {
        let place = self.databases.iter().position(|(db, _)| db.service() == service);
        place.ok_or_else(|| DbError::Name {
            service: service.to_owned(),
        })
    }
}

/// # Errors
/// `Occupied`.
async fn find_rows(db: &Db) -> Result<(), DbError> {
    let mut tx = match db {
        Db::Postgres(postgres) => WriteTx::Postgres(postgres.begin(Scope::System, Access::Migrate).await?),
        Db::Sqlite(_) => db.system().begin_write().await?,
    };
    let list = match db {
        Db::Postgres(_) => {
            "SELECT relname::text FROM pg_class WHERE relnamespace = CAST(current_schema() AS regnamespace) AND relkind = 'r'"
        }
        Db::Sqlite(_) => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
        }
    };
    let tables: Vec<String> = crate::on_tx!(&mut tx, c => sqlx::query_scalar(list).fetch_all(c).await)?;

    for table in tables.into_iter().filter(|table| table != "_sqlx_migrations") {
        let look = format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM {} LIMIT 1) AS one_row",
            quote(&table)
        );
        let rows: i64 =
            crate::on_tx!(&mut tx, c => sqlx::query_scalar(AssertSqlSafe(look)).fetch_one(c).await)?;
        if rows > 0 {
            let service = db.service().to_owned();
            return Err(DbError::Occupied { service, table });
        }
    }

    tx.rollback().await
}

async fn migrate(tx: &mut WriteTx, mut migrator: Migrator, service: &str) -> Result<(), DbError> {
    let run = match tx {
        WriteTx::Postgres(tx) => {
            migrator.set_locking(false);
            migrator.run(&mut **tx).await
        }
        WriteTx::Sqlite(tx) => migrator.run(&mut **tx).await,
    };
    run.map_err(failed(service))
}

async fn types_of(
    tx: &mut sqlx::PgConnection,
    table: &str,
    columns: &[String],
) -> Result<Vec<String>, DbError> {
    let known: Vec<(String, String)> = sqlx::query_as(
        "SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute \
         WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
    )
    .bind(quote(table))
    .fetch_all(tx)
    .await?;
    let known: BTreeMap<_, _> = known.into_iter().collect();

    let types = columns.iter().map(|column| known.get(column).cloned());
    let types: Option<Vec<_>> = types.collect();
    types.ok_or_else(|| unreadable(table, "the table here has other columns"))
}

type SqliteQuery<'q> = Query<'q, sqlx::Sqlite, SqliteArguments>;

fn bind(query: SqliteQuery<'_>, value: Value) -> Result<SqliteQuery<'_>, &'static str> {
    Ok(match value {
        Value::Null => query.bind(None::<String>),
        Value::Bool(value) => query.bind(value),
        Value::String(text) => query.bind(text),
        Value::Number(number) => match number.as_i64() {
            Some(number) => query.bind(number),
            None => query.bind(number.as_f64()),
        },
        Value::Object(bytes) => query.bind(bytes_of(hex_in(&bytes)?)?),
        Value::Array(_) => return Err("it has a value of no known kind"),
    })
}

/// As `json_populate_recordset` reads it: each value as PostgreSQL writes its type, JSON as JSON.
fn object_of(table: &Columns, row: Vec<Value>) -> Result<BTreeMap<&str, Box<RawValue>>, &'static str> {
    let columns = table.names.iter().zip(&table.types);
    let values = columns.zip(row).map(|((name, kind), value)| {
        let text = match (kind.as_str(), value) {
            ("json" | "jsonb", Value::String(text)) => text,
            ("boolean", Value::Number(number)) => (number.as_i64() != Some(0)).to_string(),
            ("bytea", Value::Object(bytes)) => Value::String(format!("\\x{}", hex_in(&bytes)?)).to_string(),
            (_, Value::Object(bytes)) => Value::String(hex_in(&bytes)?.to_owned()).to_string(),
            (_, value) => value.to_string(),
        };
        let raw = RawValue::from_string(text).map_err(|_| "a text that should be JSON is none")?;
        Ok((name.as_str(), raw))
    });

    values.collect()
}

fn hex_in(bytes: &Map<String, Value>) -> Result<&str, &'static str> {
    let text = bytes.get("x").and_then(Value::as_str);
    let text =
        text.filter(|text| text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit()));
    text.ok_or("bytes in it are none")
}

fn bytes_of(hex: &str) -> Result<Vec<u8>, &'static str> {
    let pairs = (0..hex.len()).step_by(2);
    let bytes = pairs.map(|at| u8::from_str_radix(&hex[at..at + 2], 16));
    bytes
        .collect::<Result<_, _>>()
        .map_err(|_| "bytes in it are none")
}

fn unreadable(table: &str, why: &'static str) -> DbError {
    DbError::Row {
        table: table.to_owned(),
        why,
    }
}
