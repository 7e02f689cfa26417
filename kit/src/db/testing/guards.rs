//! Whether row-level security guards every table that has an owner, found from PostgreSQL's own catalog: a table that a
//! migration adds without a policy fails. Each table gets one row of one user; nobody else sees or changes it, whatever a
//! statement says.

use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use super::{config, drop_schema, postgres_url};
use crate::{
    db::{Db, Migrations, Postgres, Scope, postgres::Access},
    on,
};

const OWNER: Uuid = Uuid::from_u128(7);
const STRANGER: Uuid = Uuid::from_u128(8);

/// For a test in each service; without a PostgreSQL it does nothing. `nobodys` are tables whose rows are nobody's.
///
/// # Panics
/// Where a table is open.
pub async fn assert_rows_are_guarded(migrations: &Migrations, nobodys: &[&str]) {
    let Some(url) = postgres_url() else {
        return;
    };
    let schema = format!("test_{}", crate::ids::random_id().simple());
    let db = Db::open(&config(&url), std::path::Path::new("."), &schema)
        .await
        .expect("PostgreSQL opens");
    db.migrate(migrations).await.expect("PostgreSQL migrates");
    let Db::Postgres(postgres) = &db else {
        panic!("a URL of PostgreSQL opens it");
    };

    assert_role_is_bound(postgres).await;
    let tables = list_guarded(postgres, nobodys).await;
    let inserts = fill(postgres, &tables).await;
    for (table, insert) in tables.iter().zip(inserts) {
        assert_owners_alone(&db, postgres, table).await;
        assert_unchanged_by_strangers(postgres, table, insert).await;
    }

    db.close().await;
    drop_schema(&url, &schema).await;
}

/// Statements run as a role that is bound by policies and owns no table.
async fn assert_role_is_bound(postgres: &Postgres) {
    let sql = "SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) \
               FROM pg_roles WHERE rolname = current_user";
    let mut tx = postgres.begin(Scope::System, Access::Read).await.expect("begun");
    let free: bool = sqlx::query_scalar(sql)
        .fetch_one(&mut *tx)
        .await
        .expect("answered");
    assert!(!free, "statements run as a role that policies do not bind");
}

async fn list_guarded(postgres: &Postgres, nobodys: &[&str]) -> Vec<String> {
    let sql = "SELECT relname::text, relrowsecurity AND relforcerowsecurity \
               AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid) \
               FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') \
               AND relname <> '_sqlx_migrations' ORDER BY relname";
    let mut tx = postgres
        .begin(Scope::System, Access::Migrate)
        .await
        .expect("begun");
    let tables: Vec<(String, bool)> = sqlx::query_as(sql).fetch_all(&mut *tx).await.expect("a list");

    for (table, guarded) in &tables {
        let owned = !nobodys.contains(&table.as_str());
        assert_eq!(
            *guarded, owned,
            "row-level security of `{table}`: enabled, forced and with a policy"
        );
    }
    let guarded = tables.into_iter().filter(|(_, guarded)| *guarded);
    guarded.map(|(table, _)| table).collect()
}

/// One row in each, and the statements that wrote them. Every id in it is the owner's, so that the row also belongs to the one
/// of another table that it points at. Whether it makes sense otherwise is not asked: constraints are dropped.
async fn fill(postgres: &Postgres, tables: &[String]) -> Vec<String> {
    let mut tx = postgres
        .begin(Scope::System, Access::Migrate)
        .await
        .expect("begun");
    let constraints = "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint \
                       WHERE connamespace = current_schema()::regnamespace AND contype IN ('f', 'c')";
    let drops: Vec<String> = sqlx::query_scalar(constraints)
        .fetch_all(&mut *tx)
        .await
        .expect("a list");
    for drop in drops {
        execute(&mut tx, drop).await.expect("dropped");
    }

    let mut inserts = Vec::with_capacity(tables.len());
    for table in tables {
        let columns = "SELECT column_name::text, data_type::text FROM information_schema.columns \
                       WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position";
        let columns: Vec<(String, String)> = sqlx::query_as(columns)
            .bind(table)
            .fetch_all(&mut *tx)
            .await
            .expect("columns");
        let names: Vec<_> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let values: Vec<_> = columns.iter().map(|(_, kind)| value_of(kind)).collect();
        let insert = format!(
            "INSERT INTO {table} ({}) VALUES ({})",
            names.join(", "),
            values.join(", ")
        );

        execute(&mut tx, insert.clone()).await.expect("inserted");
        inserts.push(insert);
    }
    tx.commit().await.expect("committed");

    inserts
}

fn value_of(kind: &str) -> String {
    match kind {
        "uuid" => format!("'{OWNER}'"),
        "boolean" => "FALSE".to_owned(),
        "timestamp with time zone" => "now()".to_owned(),
        "bytea" => r"'\x00'".to_owned(),
        "jsonb" => "'{}'".to_owned(),
        "text" => "'x'".to_owned(),
        "bigint" | "integer" | "numeric" | "double precision" => "0".to_owned(),
        kind => panic!("a type that is not known here: {kind}"),
    }
}

async fn assert_owners_alone(db: &Db, postgres: &Postgres, table: &str) {
    let sql = format!("SELECT COUNT(*) FROM {table}");

    for (scope, rows) in [
        (Scope::User(OWNER), 1),
        (Scope::Reader(OWNER), 1),
        (Scope::System, 1),
        (Scope::User(STRANGER), 0),
        (Scope::Reader(STRANGER), 0),
    ] {
        let found: i64 =
            on!(db.scoped(scope), c => sqlx::query_scalar(AssertSqlSafe(sql.clone())).fetch_one(c).await)
                .expect("counted");
        assert_eq!(found, rows, "rows of `{table}` for {scope:?}");
    }

    // Who forgot to say for whom.
    let mut tx = postgres.begin(Scope::System, Access::Write).await.expect("begun");
    execute(&mut tx, "RESET saga.scope; RESET saga.user_id".to_owned())
        .await
        .expect("reset");
    let found: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_one(&mut *tx)
        .await
        .expect("counted");
    assert_eq!(found, 0, "rows of `{table}` for nobody");
}

async fn assert_unchanged_by_strangers(postgres: &Postgres, table: &str, insert: String) {
    let mut tx = postgres
        .begin(Scope::User(STRANGER), Access::Write)
        .await
        .expect("begun");
    let column: String = sqlx::query_scalar(
        "SELECT column_name::text FROM information_schema.columns WHERE table_schema = current_schema() \
         AND table_name = $1 ORDER BY ordinal_position LIMIT 1",
    )
    .bind(table)
    .fetch_one(&mut *tx)
    .await
    .expect("a column");

    for change in [
        format!("UPDATE {table} SET {column} = {column}"),
        format!("DELETE FROM {table}"),
    ] {
        let changed = execute(&mut tx, change.clone())
            .await
            .expect("no rows, and no error");
        assert_eq!(changed, 0, "{change}");
    }

    // 42501 is `insufficient_privilege`: the row would be somebody else's.
    let refused = execute(&mut tx, insert).await.expect_err("somebody else's row");
    let code = refused.as_database_error().and_then(|error| error.code());
    assert_eq!(code.as_deref(), Some("42501"), "{table}: {refused}");
}

async fn execute(connection: &mut PgConnection, sql: String) -> Result<u64, sqlx::Error> {
    let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(done.rows_affected())
}
