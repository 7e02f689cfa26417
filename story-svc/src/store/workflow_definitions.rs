//! The rows of definitions: each version once, as it was written.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx, on_write};
use sqlx::FromRow;
use uuid::Uuid;

use super::workflows::read_json;
use crate::domain::workflow::StoredDefinition;

#[derive(FromRow)]
struct DefinitionRow {
    name: String,
    version: i64,
    source: String,
    compiled: String,
    created_at: DateTime<Utc>,
}

impl DefinitionRow {
    fn into_definition(self) -> Result<StoredDefinition, DbError> {
        Ok(StoredDefinition {
            compiled: Arc::new(read_json(&self.compiled)?),
            name: self.name,
            version: u32::try_from(self.version).unwrap_or_default(),
            source: self.source,
            created_at: self.created_at,
        })
    }
}

/// Writes the next version of a definition; which one it is given.
pub(crate) async fn insert(tx: &mut WriteTx, owner: Uuid, new: &StoredDefinition) -> Result<(), DbError> {
    let sql = "INSERT INTO workflow_definitions (owner_id, name, version, source, compiled, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(owner)
        .bind(&new.name)
        .bind(i64::from(new.version))
        .bind(&new.source)
        .bind(serde_json::json!(&*new.compiled).to_string())
        .bind(new.created_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// Whether two were given the same version at the same time.
pub(crate) fn is_version_taken(error: &DbError) -> bool {
    error.is_unique(
        "workflow_definitions_pkey",
        &[
            "workflow_definitions.owner_id",
            "workflow_definitions.name",
            "workflow_definitions.version",
        ],
    )
}

/// One version; the newest when none is given.
pub(crate) async fn find(
    db: &ScopedDb,
    owner: Uuid,
    name: &str,
    version: Option<u32>,
) -> Result<Option<StoredDefinition>, DbError> {
    let sql = "SELECT name, version, source, compiled, created_at FROM workflow_definitions \
               WHERE owner_id = $1 AND name = $2 AND ($3 IS NULL OR version = $3) ORDER BY version DESC LIMIT 1";
    let row: Option<DefinitionRow> = on!(db, c => sqlx::query_as(sql)
        .bind(owner)
        .bind(name)
        .bind(version.map(i64::from))
        .fetch_optional(c)
        .await)?;

    row.map(DefinitionRow::into_definition).transpose()
}

/// All versions of one, or the newest of each, newest first.
pub(crate) async fn list(
    db: &ScopedDb,
    owner: Uuid,
    name: Option<&str>,
) -> Result<Vec<StoredDefinition>, DbError> {
    let sql = "SELECT name, version, source, compiled, created_at FROM workflow_definitions d \
               WHERE owner_id = $1 AND (name = $2 OR ($2 IS NULL AND version = (SELECT max(n.version) \
               FROM workflow_definitions n WHERE n.owner_id = d.owner_id AND n.name = d.name))) \
               ORDER BY name, version DESC LIMIT 200";
    let rows: Vec<DefinitionRow> =
        on!(db, c => sqlx::query_as(sql).bind(owner).bind(name).fetch_all(c).await)?;

    rows.into_iter().map(DefinitionRow::into_definition).collect()
}

/// How many names the owner has given.
pub(crate) async fn count(db: &ScopedDb, owner: Uuid) -> Result<i64, DbError> {
    let sql = "SELECT COUNT(DISTINCT name) FROM workflow_definitions WHERE owner_id = $1";
    Ok(on!(db, c => sqlx::query_scalar(sql).bind(owner).fetch_one(c).await)?)
}

/// All versions. False when there is none.
pub(crate) async fn delete(db: &ScopedDb, owner: Uuid, name: &str) -> Result<bool, DbError> {
    let sql = "DELETE FROM workflow_definitions WHERE owner_id = $1 AND name = $2";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(owner)
        .bind(name)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}
