//! The rows of several SQLite databases as they were at one moment, while others go on writing. A row is a line of JSON, which
//! means the same to either engine: an array with a value for each column, bytes as `{"x": "<hexadecimal>"}`.

use std::fmt::Write;

use futures::{Stream, StreamExt, TryStreamExt};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row, Sqlite as Engine, Transaction, TypeInfo, ValueRef, sqlite::SqliteRow};

use super::{Db, DbError};

/// Databases that stand still for their reader.
#[derive(Debug)]
pub struct Snapshot(Vec<DatabaseSnapshot>);

/// One of them.
#[derive(Debug)]
pub struct DatabaseSnapshot {
    service: String,
    version: i64,
    tables: Vec<TableShape>,
    tx: Transaction<'static, Engine>,
}

/// A table, and what one of its rows consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableShape {
    pub name: String,
    pub columns: Vec<String>,
    pub rows: u64,
}

impl Snapshot {
    /// Holds every writer back while it begins, so that all of them stand at the same moment, and for as long as `meanwhile`
    /// takes, for what must be of that moment too.
    ///
    /// # Errors
    /// `NoFile` for PostgreSQL; a writer that does not let go; what `meanwhile` meets.
    pub async fn begin<T, E>(
        databases: &[Db],
        meanwhile: impl Future<Output = Result<T, E>>,
    ) -> Result<(Self, T), E>
    where
        E: From<DbError>,
    {
        let mut held = Vec::with_capacity(databases.len());
        for db in databases {
            let sqlite = sqlite_of(db)?;
            let lock = sqlite.begin_patiently().await;
            held.push(lock.map_err(DbError::from)?);
        }

        let mut snapshots = Vec::with_capacity(databases.len());
        for db in databases {
            snapshots.push(DatabaseSnapshot::begin(db).await?);
        }
        let value = meanwhile.await?;

        for lock in held {
            lock.rollback().await.map_err(DbError::from)?;
        }
        Ok((Self(snapshots), value))
    }

    #[must_use]
    pub fn databases(&self) -> &[DatabaseSnapshot] {
        &self.0
    }

    /// For reading their rows.
    pub fn databases_mut(&mut self) -> impl Iterator<Item = &mut DatabaseSnapshot> {
        self.0.iter_mut()
    }
}

impl DatabaseSnapshot {
    async fn begin(db: &Db) -> Result<Self, DbError> {
        let mut tx = sqlite_of(db)?.pool().begin().await?;
        // SQLite's transaction begins with its first look.
        let is_migrated = "SELECT COUNT(*) > 0 FROM sqlite_master WHERE name = '_sqlx_migrations'";
        let version: Option<i64> = match sqlx::query_scalar(is_migrated).fetch_one(&mut *tx).await? {
            true => {
                let newest = sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations");
                newest.fetch_one(&mut *tx).await?
            }
            false => None,
        };
        let tables = list_tables(&mut tx).await?;

        Ok(Self {
            service: db.service().to_owned(),
            version: version.unwrap_or(0),
            tables,
            tx,
        })
    }

    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The newest migration that is applied.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// Those that others refer to come first.
    #[must_use]
    pub fn tables(&self) -> &[TableShape] {
        &self.tables
    }

    /// A line for each row.
    pub fn rows<'a>(
        &'a mut self,
        table: &TableShape,
    ) -> impl Stream<Item = Result<Vec<u8>, DbError>> + Send + use<'a> {
        let names: Vec<_> = table.columns.iter().map(|name| quote(name)).collect();
        let sql = format!("SELECT {} FROM {}", names.join(", "), quote(&table.name));
        let name = table.name.clone();

        sqlx::query(AssertSqlSafe(sql))
            .fetch(&mut *self.tx)
            .map_err(DbError::from)
            .map(move |row| row.and_then(|row| line_of(&name, &row)))
    }
}

fn sqlite_of(db: &Db) -> Result<&super::Sqlite, DbError> {
    match db {
        Db::Sqlite(sqlite) => Ok(sqlite),
        Db::Postgres(_) => Err(DbError::NoFile {
            service: db.service().to_owned(),
        }),
    }
}

/// A name of the schema, for a statement.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

async fn list_tables(tx: &mut Transaction<'static, Engine>) -> Result<Vec<TableShape>, DbError> {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' \
         AND name <> '_sqlx_migrations' ORDER BY name",
    )
    .fetch_all(&mut **tx)
    .await?;

    let mut waiting = Vec::with_capacity(names.len());
    for name in names {
        let columns = sqlx::query_scalar("SELECT name FROM pragma_table_info($1) ORDER BY cid")
            .bind(&name)
            .fetch_all(&mut **tx)
            .await?;
        let referred: Vec<String> =
            sqlx::query_scalar(r#"SELECT DISTINCT "table" FROM pragma_foreign_key_list($1)"#)
                .bind(&name)
                .fetch_all(&mut **tx)
                .await?;
        let count = format!("SELECT COUNT(*) FROM {}", quote(&name));
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(count))
            .fetch_one(&mut **tx)
            .await?;

        let rows = rows.unsigned_abs();
        waiting.push((TableShape { name, columns, rows }, referred));
    }

    Ok(sort_by_references(waiting))
}

/// Every table behind those that it refers to.
fn sort_by_references(mut waiting: Vec<(TableShape, Vec<String>)>) -> Vec<TableShape> {
    let mut sorted: Vec<TableShape> = Vec::with_capacity(waiting.len());

    while !waiting.is_empty() {
        let is_free = |(table, referred): &(TableShape, Vec<String>)| {
            let is_there = |name: &String| sorted.iter().any(|done| done.name == *name);
            referred.iter().all(|name| *name == table.name || is_there(name))
        };
        // Tables that refer to one another in a circle have no order; then any is as good.
        let next = waiting.iter().position(is_free).unwrap_or(0);
        sorted.push(waiting.remove(next).0);
    }

    sorted
}

fn line_of(table: &str, row: &SqliteRow) -> Result<Vec<u8>, DbError> {
    let values = (0..row.len()).map(|place| value_of(table, row, place));
    let values: Value = values.collect::<Result<Vec<_>, _>>()?.into();
    let mut line = values.to_string().into_bytes();
    line.push(b'\n');

    Ok(line)
}

/// By what is stored and not by what its column was declared as, which SQLite takes for a hint.
fn value_of(table: &str, row: &SqliteRow, place: usize) -> Result<Value, DbError> {
    let raw = row.try_get_raw(place)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }

    let kind = raw.type_info().name().to_owned();
    Ok(match kind.as_str() {
        "INTEGER" => json!(row.try_get_unchecked::<i64, _>(place)?),
        "REAL" => json!(row.try_get_unchecked::<f64, _>(place)?),
        "TEXT" => json!(row.try_get_unchecked::<String, _>(place)?),
        "BLOB" => json!({ "x": hex_of(row.try_get_unchecked::<&[u8], _>(place)?) }),
        _ => {
            return Err(DbError::Row {
                table: table.to_owned(),
                why: "it has a value of no known kind",
            });
        }
    })
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string can not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_comes_after_those_that_it_refers_to() {
        let table = |name: &str, referred: &[&str]| {
            let shape = TableShape {
                name: name.to_owned(),
                columns: Vec::new(),
                rows: 0,
            };
            (shape, referred.iter().map(|name| (*name).to_owned()).collect())
        };
        let sorted = sort_by_references(vec![
            table("a", &["c"]),
            table("b", &["b", "a"]),
            table("c", &[]),
            table("d", &["e"]),
            table("e", &["d"]),
        ]);

        let names: Vec<_> = sorted.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["c", "a", "b", "d", "e"]);
    }
}
