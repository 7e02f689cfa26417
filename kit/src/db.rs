//! The one way to relational data: SQLite by default, PostgreSQL by configuration, the same SQL text on both. Knows
//! connections, transactions, migrations and constraint violations; never a table.

mod config;
mod load;
mod migrations;
mod open;
mod postgres;
mod private;
mod refusal;
mod scope;
mod snapshot;
mod sqlite;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod write;

pub use config::{DatabaseConfig, MigrateAtStart};
pub use load::Loader;
pub use migrations::{MigrationState, Migrations};
pub use postgres::Postgres;
pub use scope::{Scope, ScopedDb, Statements};
pub use snapshot::{DatabaseSnapshot, Snapshot, TableShape};
pub use sqlite::Sqlite;
#[cfg(any(test, feature = "testing"))]
pub use testing::assert_same_migrations;
pub use write::WriteTx;

/// The database of one service, open. Nothing is read or written before somebody has said for whom: see [`Scope`]. Cheap to
/// clone.
#[derive(Clone, Debug)]
pub enum Db {
    Postgres(Postgres),
    Sqlite(Sqlite),
}

/// Reads with the same query on whichever engine is open, in the scope that was given:
/// `on!(&db.user(id), c => sqlx::query("…").fetch_all(c).await)`. On PostgreSQL it can't write.
#[macro_export]
macro_rules! on {
    ($db:expr, $c:ident => $body:expr) => {
        match $db.begin_read().await {
            Ok($crate::db::Statements::Postgres(mut tx)) => {
                let $c = &mut *tx;
                $body
            }
            Ok($crate::db::Statements::Sqlite(pool)) => {
                let $c = pool;
                $body
            }
            Err(error) => Err(error),
        }
    };
}

/// A write of a single statement: `on_write!(&db.user(id), c => sqlx::query("…").execute(c).await)`. Several that belong
/// together go into [`ScopedDb::begin_write`](crate::db::ScopedDb::begin_write).
#[macro_export]
macro_rules! on_write {
    ($db:expr, $c:ident => $body:expr) => {
        match $db.begin_lone_write().await {
            Ok($crate::db::Statements::Postgres(mut tx)) => {
                let written = {
                    let $c = &mut *tx;
                    $body
                };
                match written {
                    Ok(written) => tx.commit().await.map(|()| written),
                    Err(error) => Err(error),
                }
            }
            Ok($crate::db::Statements::Sqlite(pool)) => {
                let $c = pool;
                $body
            }
            Err(error) => Err(error),
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
    #[error("the database of `{service}` could not be opened ({place}, from `{setting}`)")]
    Open {
        service: String,
        /// File path, or host and database without credentials.
        place: String,
        setting: &'static str,
        #[source]
        source: sqlx::Error,
    },
    #[error("the database of `{service}` takes no writes ({place}, from `{setting}`)")]
    ReadOnly {
        service: String,
        place: String,
        setting: &'static str,
    },
    #[error(
        "the database of `{service}` is at version {found} and this saga needs {needed}: run `saga migrate`, or set \
         `database.migrate_at_start` to `on`"
    )]
    Behind {
        service: String,
        found: i64,
        needed: i64,
    },
    #[error(
        "the database of `{service}` is at version {found}, which a newer saga made; this one knows versions up to {known}. \
         Run a saga that is at least as new as the data"
    )]
    Newer { service: String, found: i64, known: i64 },
    #[error(
        "the role `{role}` (from `database.role`) can't be used in the database of `{service}`: {why}. An administrator can \
         run: CREATE ROLE {role} NOLOGIN; GRANT {role} TO the user of `database.url`"
    )]
    Role {
        service: String,
        role: String,
        why: &'static str,
        #[source]
        source: Option<sqlx::Error>,
    },
    #[error(
        "`{url}` is not a database URL; expected postgres://user:password@host:5432/database, or nothing for SQLite"
    )]
    Url { url: String },
    #[error("PostgreSQL {found} is too old; 15 or newer is needed")]
    TooOld { found: String },
    #[error("`{service}` can't name a schema or a role of a database; expected a–z, 0–9 and _")]
    Name { service: String },
    #[error("the folder {path} could not be made")]
    Folder {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("the database of `{service}` could not be brought up to date")]
    Migrate {
        service: String,
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    #[error(
        "the database of `{service}` is not empty: there are rows in its table `{table}`. What is restored goes into databases \
         that nobody has used"
    )]
    Occupied { service: String, table: String },
    #[error(
        "the database of `{service}` is at version {found}, and what is restored was made at version {needed}: it goes into an \
         empty database, or one at its own version"
    )]
    OtherVersion {
        service: String,
        found: i64,
        needed: i64,
    },
    #[error("a row for the table `{table}` can't be read: {why}")]
    Row { table: String, why: &'static str },
    #[error("the database of `{service}` is no file of this machine")]
    NoFile { service: String },
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

/// True when trying the same transaction again can succeed: after a deadlock, a serialisation failure or a busy file, and when
/// the server or the disk is there again.
#[must_use]
pub fn is_transient(err: &sqlx::Error) -> bool {
    match err {
        sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) => true,
        sqlx::Error::Database(err) => {
            // PostgreSQL: class 40 is rollback, 57P0x shutdown, 08 connection, 53 lack of resources (disk, memory,
            // connections); 57014 and 55P03 are time limits, 25006 a server that takes no writes for now. SQLite's primary
            // codes: 5 BUSY, 6 LOCKED, 8 READONLY, 10 IOERR, 13 FULL.
            let code = err.code().unwrap_or_default();
            let sqlite_primary = code.parse::<u32>().map(|code| code & 0xff);
            let postgres = ["40", "57P0", "08", "53", "57014", "55P03", "25006"];

            code.len() == 5 && postgres.iter().any(|class| code.starts_with(class))
                || code.len() < 5 && matches!(sqlite_primary, Ok(5 | 6 | 8 | 10 | 13))
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

    /// The name of the service whose database this is.
    #[must_use]
    pub fn service(&self) -> &str {
        match self {
            Self::Postgres(postgres) => &postgres.service,
            Self::Sqlite(sqlite) => &sqlite.service,
        }
    }

    /// Succeeds while the database answers.
    pub async fn check(&self) -> Result<(), DbError> {
        on!(self.system(), c => sqlx::query("SELECT 1").execute(c).await.map(drop))?;
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
            Self::Postgres(postgres) => postgres.pool().close().await,
            Self::Sqlite(sqlite) => sqlite.close().await,
        }
    }
}

#[cfg(test)]
mod tests;
