//! Write transactions. On SQLite they take the write lock at once (`BEGIN IMMEDIATE`), because a transaction that
//! begins as a reader can't become a writer when another one wrote in between.

use sqlx::{Postgres, Sqlite as SqliteEngine, Transaction};

use super::DbError;

/// A transaction that may write, in the scope that it was begun for. Dropping it rolls back.
#[derive(Debug)]
pub enum WriteTx {
    Postgres(Transaction<'static, Postgres>),
    Sqlite(Transaction<'static, SqliteEngine>),
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
