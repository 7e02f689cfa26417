//! Migrations: one set per engine, same numbers and names on both.

use sqlx::migrate::Migrator;

use super::{Db, DbError};

/// A service's migrations, embedded with
/// `Migrations { sqlite: sqlx::migrate!("migrations/sqlite"), postgres: sqlx::migrate!("migrations/postgres") }`.
#[derive(Debug)]
pub struct Migrations {
    pub sqlite: Migrator,
    pub postgres: Migrator,
}

impl Db {
    /// Applies what is missing. Safe when several processes start at once. Fails when an applied migration was
    /// changed or is unknown to this version.
    pub async fn migrate(&self, migrations: &Migrations) -> Result<(), DbError> {
        match self {
            // PostgreSQL migrates under an advisory lock.
            Self::Postgres(pool) => migrations.postgres.run(pool).await.map_err(DbError::Migrate),
            // SQLite has none, so all of it happens in one write transaction.
            Self::Sqlite(sqlite) => {
                let mut tx = sqlite.begin_migration().await?;
                migrations.sqlite.run(&mut *tx).await.map_err(DbError::Migrate)?;
                Ok(tx.commit().await?)
            }
        }
    }
}

/// For a test in each service: panics unless both engines have the same migrations.
pub fn assert_same_migrations(migrations: &Migrations) {
    let list = |migrator: &Migrator| -> Vec<(i64, String)> {
        migrator
            .iter()
            .map(|one| (one.version, one.description.to_string()))
            .collect()
    };

    assert_eq!(
        list(&migrations.sqlite),
        list(&migrations.postgres),
        "SQLite (left) and PostgreSQL (right) differ"
    );
}
