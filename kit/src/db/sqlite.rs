//! The SQLite engine: one file, many readers, one writer. Writers queue in this process instead of polling the file
//! lock, so a write waits in order and not by chance.

use std::{path::Path, time::Duration};

use sqlx::{
    ConnectOptions, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

/// How long a write waits for a writer of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Clone, Debug)]
pub struct Sqlite {
    readers: SqlitePool,
    writer: SqlitePool,
}

impl Sqlite {
    pub(super) async fn open(file: &Path, max_connections: u32) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .pragma("journal_size_limit", "67108864")
            .log_slow_statements(tracing::log::LevelFilter::Warn, Duration::from_secs(1));

        let pool = SqlitePoolOptions::new()
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // A file does not hang up.
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None);

        // The writer goes first: it makes the file and its journal mode, so that readers find both.
        let writer = pool
            .clone()
            .max_connections(1)
            .connect_with(options.clone())
            .await?;

        let readers = pool
            .max_connections(max_connections.max(1))
            .min_connections(0)
            .connect_lazy_with(options);

        Ok(Self { readers, writer })
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

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
