//! Write transactions. On SQLite they take the write lock at once (`BEGIN IMMEDIATE`), because a transaction that
//! begins as a reader can't become a writer when another one wrote in between.

use sqlx::{Postgres, Sqlite as SqliteEngine, Transaction};

use super::{Db, DbError};

/// A transaction that may write. Dropping it rolls back.
#[derive(Debug)]
pub enum WriteTx {
    Postgres(Transaction<'static, Postgres>),
    Sqlite(Transaction<'static, SqliteEngine>),
}

impl Db {
    #[expect(
        clippy::disallowed_methods,
        reason = "waited for at once; detached only when the caller is dropped, which is what it is for"
    )]
    pub async fn begin_write(&self) -> Result<WriteTx, DbError> {
        Ok(match self {
            Self::Postgres(pool) => {
                // In a task of its own: sqlx forgets a BEGIN that is dropped on its way, and the next user of the
                // connection would write into a transaction that nobody ever commits.
                let pool = pool.clone();
                let begun = tokio::spawn(async move { pool.begin().await }).await;
                WriteTx::Postgres(begun.map_err(|_| sqlx::Error::WorkerCrashed)??)
            }
            Self::Sqlite(sqlite) => WriteTx::Sqlite(sqlite.writer().begin_with("BEGIN IMMEDIATE").await?),
        })
    }
}

impl WriteTx {
    pub async fn commit(self) -> Result<(), DbError> {
        match self {
            Self::Postgres(tx) => tx.commit().await?,
            Self::Sqlite(tx) => tx.commit().await?,
        }
        Ok(())
    }

    pub async fn rollback(self) -> Result<(), DbError> {
        match self {
            Self::Postgres(tx) => tx.rollback().await?,
            Self::Sqlite(tx) => tx.rollback().await?,
        }
        Ok(())
    }
}
