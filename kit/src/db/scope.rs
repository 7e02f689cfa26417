//! For whom statements run. On PostgreSQL it is what row-level security goes by (`ALTER TABLE … FORCE ROW LEVEL SECURITY` in
//! the migrations), so that a statement that forgot its owner finds nothing of anybody else.

use sqlx::{Postgres as PgEngine, SqlitePool, Transaction};
use uuid::Uuid;

use super::{Db, DbError, WriteTx, postgres::Access};

/// Whose rows statements may see and change. A row that a scope doesn't have is as good as absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The user's own.
    User(Uuid),
    /// For reading: the user's own, and what guests made, which is readable by whoever knows its id.
    Reader(Uuid),
    /// Everybody's: for workers, sweepers, operators, and for finding out whose a credential is.
    System,
}

/// The database, for one scope. Statements are run through [`crate::on!`] and [`crate::on_write!`], or in the transaction that
/// [`ScopedDb::begin_write`] begins.
#[derive(Clone, Debug)]
pub struct ScopedDb {
    db: Db,
    scope: Scope,
}

/// Where the statement of [`crate::on!`] or [`crate::on_write!`] runs.
#[derive(Debug)]
pub enum Statements<'a> {
    /// A transaction, which is what a scope lasts for.
    Postgres(Transaction<'static, PgEngine>),
    Sqlite(&'a SqlitePool),
}

impl Db {
    /// The rows of one user.
    #[must_use]
    pub fn user(&self, user: Uuid) -> ScopedDb {
        self.scoped(Scope::User(user))
    }

    /// What this user may read.
    #[must_use]
    pub fn reader(&self, user: Uuid) -> ScopedDb {
        self.scoped(Scope::Reader(user))
    }

    /// Everybody's rows.
    #[must_use]
    pub fn system(&self) -> ScopedDb {
        self.scoped(Scope::System)
    }

    #[must_use]
    pub fn scoped(&self, scope: Scope) -> ScopedDb {
        ScopedDb {
            db: self.clone(),
            scope,
        }
    }
}

impl ScopedDb {
    /// The database itself, whatever the scope.
    #[must_use]
    pub const fn db(&self) -> &Db {
        &self.db
    }

    /// A transaction that may write, in this scope.
    ///
    /// # Errors
    /// A database that does not answer.
    pub async fn begin_write(&self) -> Result<WriteTx, DbError> {
        Ok(match &self.db {
            Db::Postgres(postgres) => WriteTx::Postgres(postgres.begin(self.scope, Access::Write).await?),
            Db::Sqlite(sqlite) => WriteTx::Sqlite(sqlite.begin().await?),
        })
    }

    /// For [`crate::on!`].
    ///
    /// # Errors
    /// A database that does not answer.
    pub async fn begin_read(&self) -> Result<Statements<'_>, sqlx::Error> {
        Ok(match &self.db {
            Db::Postgres(postgres) => Statements::Postgres(postgres.begin(self.scope, Access::Read).await?),
            Db::Sqlite(sqlite) => Statements::Sqlite(sqlite.pool()),
        })
    }

    /// For [`crate::on_write!`].
    ///
    /// # Errors
    /// A database that does not answer.
    pub async fn begin_lone_write(&self) -> Result<Statements<'_>, sqlx::Error> {
        Ok(match &self.db {
            Db::Postgres(postgres) => Statements::Postgres(postgres.begin(self.scope, Access::Write).await?),
            Db::Sqlite(sqlite) => Statements::Sqlite(sqlite.writer()),
        })
    }
}
