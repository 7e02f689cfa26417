//! The SQLite engine: one file, many readers, one writer. Writers queue in this process instead of polling the file
//! lock, so a write waits in order and not by chance.

use std::{future::Future, path::Path, sync::Arc, time::Duration};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Sqlite as Engine, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::time::{Instant, sleep};

use super::DbError;

/// Takes the lock for writing at once, so that no transaction is refused in its middle.
const BEGIN: &str = "BEGIN IMMEDIATE";
/// How long a write waits for a writer of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a process that starts waits for others that start too: one of them makes the file or migrates it.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Between two looks whether they are done. Short: the change of a file's mode takes milliseconds.
const START_PAUSE: Duration = Duration::from_millis(5);

#[derive(Clone, Debug)]
pub struct Sqlite {
    readers: SqlitePool,
    writer: SqlitePool,
    /// Whose database it is.
    pub(super) service: Arc<str>,
}

impl Sqlite {
    pub(super) async fn open(file: &Path, service: &str, max_connections: u32) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            // What is deleted is overwritten: a deleted account's email must not be left in free pages.
            .pragma("secure_delete", "ON")
            .pragma("journal_size_limit", "67108864")
            .log_slow_statements(tracing::log::LevelFilter::Warn, Duration::from_secs(1));

        let pool = SqlitePoolOptions::new()
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // A file does not hang up.
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None);

        // The writer goes first: it makes the file and its journal mode, so that readers find both.
        let writer = pool.clone().max_connections(1);
        let writer = once_free(|| writer.clone().connect_with(options.clone())).await?;

        let readers = pool
            .max_connections(max_connections.max(1))
            .min_connections(0)
            .connect_lazy_with(options);

        Ok(Self {
            readers,
            writer,
            service: service.into(),
        })
    }

    /// Connections for reading, and for lone writes.
    #[must_use]
    pub const fn pool(&self) -> &SqlitePool {
        &self.readers
    }

    /// The single connection that write transactions queue for.
    #[must_use]
    pub const fn writer(&self) -> &SqlitePool {
        &self.writer
    }

    /// A write transaction. When a disk is full SQLite ends one by itself, and sqlx counts it as open for ever after: such a
    /// connection is closed, and another one taken.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Engine>, sqlx::Error> {
        match self.writer.begin_with(BEGIN).await {
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.writer.acquire().await?.close().await?;
                self.writer.begin_with(BEGIN).await
            }
            begun => begun,
        }
    }

    /// Writes a number that is there already over itself. Whoever is writing at this moment finds out by that.
    pub(super) async fn check_writes(&self) -> Result<(), DbError> {
        let Some(mut connection) = self.writer.try_acquire() else {
            sqlx::query("SELECT 1").execute(&self.readers).await?;
            return Ok(());
        };
        let read = sqlx::query_scalar("PRAGMA user_version");
        let number: i64 = read.fetch_one(&mut *connection).await?;

        let write = sqlx::raw_sql(AssertSqlSafe(format!("PRAGMA user_version = {number}")));
        match write.execute(&mut *connection).await {
            Err(error) if !is_busy(&error) => Err(DbError::Unwritable {
                service: self.service.to_string(),
                place: self.writer.connect_options().get_filename().display().to_string(),
                setting: "data_dir",
                source: error,
            }),
            _ => Ok(()),
        }
    }

    /// A write transaction that waits for those of other processes, as long as a start may take.
    pub(super) async fn begin_patiently(&self) -> Result<Transaction<'static, Engine>, sqlx::Error> {
        once_free(|| self.writer.begin_with(BEGIN)).await
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Tries until nobody else holds the file. SQLite's own timeout doesn't do for a start: the change to WAL is refused at
/// once while another process is at it, because each of them reads the file already and none would let go.
async fn once_free<T, F>(attempt: impl Fn() -> F) -> Result<T, sqlx::Error>
where
    F: Future<Output = Result<T, sqlx::Error>>,
{
    let end = Instant::now() + START_TIMEOUT;

    loop {
        match attempt().await {
            Err(error) if is_busy(&error) && Instant::now() < end => sleep(START_PAUSE).await,
            outcome => return outcome,
        }
    }
}

/// True when another connection held the file for longer than this one could wait.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    let code = code.and_then(|code| code.parse::<u32>().ok());

    // The primary code is the lowest byte, 5 is SQLITE_BUSY: https://www.sqlite.org/rescode.html
    code.is_some_and(|code| code & 0xff == 5)
}
