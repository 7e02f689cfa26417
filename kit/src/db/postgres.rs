//! The PostgreSQL engine. Whatever a statement needs of its connection (role, schema, time limits, scope) is set for one
//! transaction, in the one message that begins it: no connection remembers anything, so a pooler may hand it to somebody
//! else between two transactions.

use std::{fmt::Write, sync::Arc};

use sqlx::{AssertSqlSafe, PgPool, Postgres as Engine, Transaction};

use super::{DatabaseConfig, DbError, Scope, open::place};

/// A pool of connections, and what each transaction begins with.
#[derive(Clone, Debug)]
pub struct Postgres {
    pool: PgPool,
    /// Whose database it is; its schema has the same name.
    pub(super) service: Arc<str>,
    /// The role that statements run as; empty for the one that connects.
    pub(super) role: Arc<str>,
    /// `SET LOCAL …;` for every transaction.
    settings: Arc<str>,
    prepared_statements: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
    /// As the role that connects, and for as long as it takes.
    Migrate,
}

impl Postgres {
    /// `service` and the role are checked: letters, digits and underscores.
    pub(super) fn new(pool: PgPool, service: &str, config: &DatabaseConfig) -> Self {
        let mut settings = String::new();
        let mut set = |name: &str, milliseconds: u128| {
            // Writing to a string can not fail.
            let _ = write!(settings, "SET LOCAL {name} = {milliseconds}; ");
        };
        set("statement_timeout", config.statement_timeout_seconds.as_millis());
        set("lock_timeout", config.lock_timeout_seconds.as_millis());
        set(
            "idle_in_transaction_session_timeout",
            config.idle_in_transaction_timeout_seconds.as_millis(),
        );

        if !config.role.is_empty() {
            let _ = write!(settings, "SET LOCAL ROLE \"{}\"; ", config.role);
        }

        Self {
            pool,
            service: service.into(),
            role: config.role.as_str().into(),
            settings: settings.into(),
            prepared_statements: config.prepared_statements,
        }
    }

    /// A server that was told to be read-only, or has become a standby, answers what it is asked; only writes fail.
    pub(super) async fn check_writes(&self) -> Result<(), DbError> {
        let mut tx = self.begin(Scope::System, Access::Write).await?;
        let setting = "SELECT CAST(current_setting('transaction_read_only') AS BOOLEAN)";
        let read_only: bool = sqlx::query_scalar(setting).fetch_one(&mut *tx).await?;

        match read_only {
            false => Ok(()),
            true => Err(DbError::ReadOnly {
                service: self.service.to_string(),
                place: place(&self.pool.connect_options()),
                setting: "database.url",
            }),
        }
    }

    /// Connections without a scope, a schema or a role.
    #[must_use]
    pub const fn pool(&self) -> &PgPool {
        &self.pool
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "waited for at once; detached only when the caller is dropped, which is what it is for"
    )]
    pub(super) async fn begin(
        &self,
        scope: Scope,
        access: Access,
    ) -> Result<Transaction<'static, Engine>, sqlx::Error> {
        // In a task of its own: sqlx forgets a BEGIN that is dropped on its way, and the next user of the connection would
        // find itself in a transaction that nobody ever ends.
        let (pool, begin) = (self.pool.clone(), self.begin_text(scope, access));
        let begun = tokio::spawn(async move { pool.begin_with(AssertSqlSafe(begin)).await });

        begun.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }

    fn begin_text(&self, scope: Scope, access: Access) -> String {
        let (scope, user) = match scope {
            Scope::User(user) => ("user", user.to_string()),
            Scope::Reader(user) => ("reader", user.to_string()),
            Scope::System => ("system", String::new()),
        };
        let mut text = String::with_capacity(self.settings.len() + 200);

        text.push_str(match access {
            Access::Read => "BEGIN READ ONLY; ",
            Access::Write | Access::Migrate => "BEGIN; ",
        });
        // Left by whoever had the connection before, behind a pooler: this process remembers none.
        if !self.prepared_statements {
            text.push_str("DEALLOCATE ALL; ");
        }
        text.push_str(match access {
            Access::Read | Access::Write => &self.settings,
            Access::Migrate => "SET LOCAL statement_timeout = 0; ",
        });
        let _ = write!(
            text,
            "SET LOCAL search_path = \"{}\"; SET LOCAL saga.scope = '{scope}'; SET LOCAL saga.user_id = '{user}'",
            self.service
        );

        text
    }
}
