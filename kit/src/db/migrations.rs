//! Migrations: one set per engine, same numbers and names on both. What is applied is looked at before anything is changed.

use std::collections::BTreeMap;

use sqlx::{
    AssertSqlSafe, PgConnection,
    migrate::{MigrateError, Migration, Migrator},
};

use super::{Db, DbError, Postgres, Scope, postgres::Access};
use crate::on;

/// A service's migrations, embedded with
/// `Migrations { sqlite: sqlx::migrate!("migrations/sqlite"), postgres: sqlx::migrate!("migrations/postgres") }`.
#[derive(Debug)]
pub struct Migrations {
    pub sqlite: Migrator,
    pub postgres: Migrator,
}

/// Where a database stands, against the migrations of this binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationState {
    /// The newest that is applied; 0 for none.
    pub version: i64,
    /// Number and name of what is not applied yet.
    pub pending: Vec<(i64, String)>,
}

impl Migrations {
    /// The newest one's number; both sets have the same.
    #[must_use]
    pub fn newest(&self) -> i64 {
        let numbers = self.sqlite.iter().map(|one| one.version);
        numbers.max().unwrap_or(0)
    }

    pub(super) fn for_engine(&self, db: &Db) -> &Migrator {
        match db {
            Db::Postgres(_) => &self.postgres,
            Db::Sqlite(_) => &self.sqlite,
        }
    }
}

impl Db {
    /// Looks which migrations are applied, and changes nothing.
    ///
    /// # Errors
    /// `Newer` when one is that this binary doesn't know; `Migrate` when one was changed after it was applied.
    pub async fn migration_state(&self, migrations: &Migrations) -> Result<MigrationState, DbError> {
        let known = migrations.for_engine(self);
        let applied = self.list_applied().await?;
        let newest_known = known.iter().map(|one| one.version).max().unwrap_or(0);

        if let Some(found) = applied.keys().copied().find(|version| *version > newest_known) {
            let found = applied.keys().copied().max().unwrap_or(found);
            return Err(DbError::Newer {
                service: self.service().to_owned(),
                found,
                known: newest_known,
            });
        }

        let changed = known.iter().find(|one| {
            applied
                .get(&one.version)
                .is_some_and(|checksum| *checksum != *one.checksum)
        });
        if let Some(changed) = changed {
            return Err(failed(self.service())(MigrateError::VersionMismatch(
                changed.version,
            )));
        }

        let pending = known.iter().filter(|one| !applied.contains_key(&one.version));
        Ok(MigrationState {
            version: applied.keys().copied().max().unwrap_or(0),
            pending: pending
                .map(|one| (one.version, one.description.to_string()))
                .collect(),
        })
    }

    /// Brings the schema up to date, or where a start may not (`may_migrate`), makes sure that it is.
    ///
    /// # Errors
    /// `Behind`, `Newer`, and what [`Db::migrate`] meets.
    pub async fn prepare(&self, migrations: &Migrations, may_migrate: bool) -> Result<(), DbError> {
        let state = self.migration_state(migrations).await?;

        match state.pending.last() {
            Some((needed, _)) if !may_migrate => Err(DbError::Behind {
                service: self.service().to_owned(),
                found: state.version,
                needed: *needed,
            }),
            _ => self.migrate(migrations).await.map(drop),
        }
    }

    /// Applies what is missing, all of it or nothing, and answers what that was. Safe when several processes start at once.
    ///
    /// # Errors
    /// `Newer`; `Migrate` when an applied migration was changed, or one fails.
    pub async fn migrate(&self, migrations: &Migrations) -> Result<Vec<(i64, String)>, DbError> {
        let state = self.migration_state(migrations).await?;

        match self {
            Self::Postgres(postgres) => {
                if !state.pending.is_empty() || !postgres.is_granted().await? {
                    migrate_postgres(postgres, &migrations.postgres).await?;
                }
            }
            // SQLite has no lock of its own for it, so all of it happens in one write transaction.
            Self::Sqlite(sqlite) => {
                let mut tx = sqlite.begin_patiently().await?;
                let run = migrations.sqlite.run(&mut *tx).await;
                run.map_err(failed(self.service()))?;
                tx.commit().await?;
            }
        }

        Ok(state.pending)
    }

    /// Checksums by version; none where nothing was ever migrated.
    async fn list_applied(&self) -> Result<BTreeMap<i64, Vec<u8>>, DbError> {
        let exists = match self {
            Self::Postgres(_) => "SELECT to_regclass('_sqlx_migrations') IS NOT NULL",
            Self::Sqlite(_) => "SELECT COUNT(*) > 0 FROM sqlite_master WHERE name = '_sqlx_migrations'",
        };
        let list = "SELECT version, checksum FROM _sqlx_migrations ORDER BY version";
        let rows: Vec<(i64, Vec<u8>)> = match self {
            Self::Postgres(postgres) => {
                let mut tx = postgres.begin(Scope::System, Access::Migrate).await?;
                match sqlx::query_scalar(exists).fetch_one(&mut *tx).await? {
                    true => sqlx::query_as(list).fetch_all(&mut *tx).await?,
                    false => Vec::new(),
                }
            }
            Self::Sqlite(_) => {
                let db = self.system();
                match on!(db, c => sqlx::query_scalar(exists).fetch_one(c).await)? {
                    true => on!(db, c => sqlx::query_as(list).fetch_all(c).await)?,
                    false => Vec::new(),
                }
            }
        };

        Ok(rows.into_iter().collect())
    }
}

impl Postgres {
    /// Whether statements of the role reach the tables.
    async fn is_granted(&self) -> Result<bool, sqlx::Error> {
        if self.role.is_empty() {
            return Ok(true);
        }

        let mut tx = self.begin(Scope::System, Access::Migrate).await?;
        sqlx::query_scalar("SELECT has_table_privilege($1, '_sqlx_migrations', 'SELECT')")
            .bind(&*self.role)
            .fetch_one(&mut *tx)
            .await
    }

    /// Rows are the role's to read and write; the tables themselves, and which migrations are applied, are not.
    pub(super) async fn grant_rows(&self, connection: &mut PgConnection) -> Result<(), DbError> {
        let (schema, role) = (&self.service, &self.role);
        if role.is_empty() {
            return Ok(());
        }

        let grants = format!(
            r#"GRANT USAGE ON SCHEMA "{schema}" TO "{role}";
               GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "{schema}" TO "{role}";
               REVOKE INSERT, UPDATE, DELETE ON _sqlx_migrations FROM "{role}""#
        );
        sqlx::raw_sql(AssertSqlSafe(grants)).execute(connection).await?;
        Ok(())
    }
}

/// As the role that connects, in the system's scope: a migration may change everybody's rows, and row-level security binds
/// the owner of a table too. In one transaction with its lock, so that it works behind a pooler.
async fn migrate_postgres(postgres: &Postgres, migrations: &Migrator) -> Result<(), DbError> {
    let mut tx = postgres.begin(Scope::System, Access::Migrate).await?;
    lock(&mut tx).await?;

    let mut migrations = Migrator::with_migrations(migrations.iter().map(Migration::clone).collect());
    migrations.set_locking(false);
    migrations
        .run(&mut *tx)
        .await
        .map_err(failed(&postgres.service))?;

    postgres.grant_rows(&mut tx).await?;
    tx.commit().await?;

    Ok(())
}

/// Until the transaction ends, nobody else migrates.
pub(super) async fn lock(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('saga migrate', 0))")
        .execute(connection)
        .await
        .map(drop)
}

pub(super) fn failed(service: &str) -> impl FnOnce(MigrateError) -> DbError {
    let service = service.to_owned();
    |source| DbError::Migrate { service, source }
}
