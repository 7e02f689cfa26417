//! The one way to relational data: SQLite by default, PostgreSQL by configuration, the same SQL text on both. Knows
//! connections, transactions, migrations and constraint violations; never a table.

mod migrations;
mod open;
mod private;
mod refusal;
mod sqlite;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod write;

pub use migrations::Migrations;
pub use sqlite::Sqlite;
#[cfg(any(test, feature = "testing"))]
pub use testing::assert_same_migrations;
pub use write::WriteTx;

use secrecy::SecretString;
use serde::Deserialize;
use sqlx::PgPool;

/// `[database]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `postgres://…`; empty for SQLite in the data directory.
    pub url: SecretString,
    /// Connections per service.
    pub max_connections: u32,
}

/// The database of one service. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Db {
    Postgres(PgPool),
    Sqlite(Sqlite),
}

/// Reads with the same query on whichever engine is open: `on!(&db, c => sqlx::query("…").fetch_all(c).await)`.
/// A write works too, but on SQLite it then competes for the file instead of waiting its turn: use [`crate::on_write!`].
#[macro_export]
macro_rules! on {
    ($db:expr, $c:ident => $body:expr) => {
        match $db {
            $crate::db::Db::Postgres(pool) => {
                let $c = pool;
                $body
            }
            $crate::db::Db::Sqlite(sqlite) => {
                let $c = sqlite.pool();
                $body
            }
        }
    };
}

/// A write of a single statement: `on_write!(&db, c => sqlx::query("…").execute(c).await)`. Several that belong
/// together go into [`Db::begin_write`](crate::db::Db::begin_write).
#[macro_export]
macro_rules! on_write {
    ($db:expr, $c:ident => $body:expr) => {
        match $db {
            $crate::db::Db::Postgres(pool) => {
                let $c = pool;
                $body
            }
            $crate::db::Db::Sqlite(sqlite) => {
                let $c = sqlite.writer();
                $body
            }
        }
    };
}

/// The same inside a write transaction: `on_tx!(&mut tx, c => sqlx::query("…").execute(c).await)`.
#[macro_export]
macro_rules! on_tx {
    ($tx:expr, $c:ident => $body:expr) => {
        match $tx {
            $crate::db::WriteTx::Postgres(tx) => {
                let $c = &mut **tx;
                $body
            }
            $crate::db::WriteTx::Sqlite(tx) => {
                let $c = &mut **tx;
                $body
            }
        }
    };
}

#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("the database of `{service}` could not be opened ({place})")]
    Open {
        service: String,
        /// File path, or host and database without credentials.
        place: String,
        #[source]
        source: sqlx::Error,
    },
    #[error(
        "`{url}` is not a database URL; expected postgres://user:password@host:5432/database, or nothing for SQLite"
    )]
    Url { url: String },
    #[error("PostgreSQL {found} is too old; 15 or newer is needed")]
    TooOld { found: String },
    #[error("`{service}` can't name a database schema; expected a–z, 0–9 and _")]
    Name { service: String },
    #[error("the folder {path} could not be made")]
    Folder {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("the database schema could not be brought up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    #[error("the database did not answer as it should")]
    Query(#[from] sqlx::Error),
}

impl DbError {
    /// See [`is_unique`].
    #[must_use]
    pub fn is_unique(&self, constraint: &str, columns: &[&str]) -> bool {
        matches!(self, Self::Query(err) if is_unique(err, constraint, columns))
    }
}

/// True when `err` says that a row would break this unique constraint, primary key or unique index. PostgreSQL
/// reports its name, SQLite its `table.column`s in the order of the index: give both.
#[must_use]
pub fn is_unique(err: &sqlx::Error, constraint: &str, columns: &[&str]) -> bool {
    let Some(err) = err.as_database_error().filter(|err| err.is_unique_violation()) else {
        return false;
    };

    match err.constraint() {
        Some(name) => name == constraint,
        // An index over an expression is the one case in which SQLite reports a name.
        None => err
            .message()
            .rsplit_once("UNIQUE constraint failed: ")
            .is_some_and(|(_, at)| at == columns.join(", ") || at == format!("index '{constraint}'")),
    }
}

/// True when trying the same transaction again can succeed: a deadlock, a serialisation failure or a busy file.
#[must_use]
pub fn is_transient(err: &sqlx::Error) -> bool {
    match err {
        sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) => true,
        sqlx::Error::Database(err) => {
            // PostgreSQL: class 40 is rollback, 57P0x shutdown, 08 connection. SQLite: primary codes 5 BUSY, 6 LOCKED.
            let code = err.code().unwrap_or_default();
            let sqlite_primary = code.parse::<u32>().map(|code| code & 0xff);
            code.len() == 5 && (code.starts_with("40") || code.starts_with("57P0") || code.starts_with("08"))
                || code.len() < 5 && matches!(sqlite_primary, Ok(5 | 6))
        }
        _ => false,
    }
}

impl Db {
    /// `sqlite` or `postgresql`, for `/readyz` and logs.
    #[must_use]
    pub const fn engine(&self) -> &'static str {
        match self {
            Self::Postgres(_) => "postgresql",
            Self::Sqlite(_) => "sqlite",
        }
    }

    /// Succeeds while the database answers.
    pub async fn check(&self) -> Result<(), DbError> {
        on!(self, c => sqlx::query("SELECT 1").execute(c).await.map(drop))?;
        Ok(())
    }

    /// What was deleted is gone from the files, too: SQLite's log of writes still holds it until it is worked in.
    pub async fn forget_deleted(&self) -> Result<(), DbError> {
        if let Self::Sqlite(sqlite) = self {
            let pragma = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)");
            pragma.execute(sqlite.writer()).await?;
        }
        Ok(())
    }

    /// Waits until running queries are done and closes every connection.
    pub async fn close(&self) {
        match self {
            Self::Postgres(pool) => pool.close().await,
            Self::Sqlite(sqlite) => sqlite.close().await,
        }
    }
}

#[cfg(test)]
mod tests;
