//! The rows of assistants that people made: which version is run, and each version once, as it was put.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx, on_write};
use sqlx::FromRow;
use uuid::Uuid;

use super::workflows::read_json;
use crate::domain::assistant::{AssistantRecord, AssistantSettings};

#[derive(FromRow)]
struct AssistantRow {
    id: Uuid,
    owner_id: Uuid,
    version: i64,
    graph: String,
    name: String,
    description: Option<String>,
    config: String,
    context: String,
    metadata: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<AssistantRow> for AssistantRecord {
    type Error = DbError;

    fn try_from(row: AssistantRow) -> Result<Self, DbError> {
        Ok(Self {
            id: row.id,
            owner_id: row.owner_id,
            version: u32::try_from(row.version).unwrap_or_default(),
            graph: row.graph,
            name: row.name,
            description: row.description,
            settings: AssistantSettings {
                config: read_json(&row.config)?,
                context: read_json(&row.context)?,
                metadata: read_json(&row.metadata)?,
            },
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// False when this owner has one of this id.
pub(crate) async fn insert(tx: &mut WriteTx, new: &AssistantRecord) -> Result<bool, DbError> {
    let sql = "INSERT INTO assistants (id, owner_id, version, created_at, updated_at) VALUES ($1, $2, $3, $4, $4) \
               ON CONFLICT (owner_id, id) DO NOTHING";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(new.id)
        .bind(new.owner_id)
        .bind(i64::from(new.version))
        .bind(new.created_at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// How many the owner has.
pub(crate) async fn count(tx: &mut WriteTx, owner: Uuid) -> Result<i64, DbError> {
    let sql = "SELECT COUNT(*) FROM assistants WHERE owner_id = $1";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql).bind(owner).fetch_one(c).await)?)
}

pub(crate) async fn insert_version(tx: &mut WriteTx, new: &AssistantRecord) -> Result<(), DbError> {
    let sql = "INSERT INTO assistant_versions (assistant_id, owner_id, version, graph, name, description, config, context, \
               metadata, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let json = |fields: &serde_json::Map<_, _>| serde_json::Value::Object(fields.clone()).to_string();
    on_tx!(tx, c => sqlx::query(sql)
        .bind(new.id)
        .bind(new.owner_id)
        .bind(i64::from(new.version))
        .bind(&new.graph)
        .bind(&new.name)
        .bind(&new.description)
        .bind(json(&new.settings.config))
        .bind(json(&new.settings.context))
        .bind(json(&new.settings.metadata))
        .bind(new.updated_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// Each at the version that is run, oldest first.
pub(crate) async fn list(db: &ScopedDb, owner: Uuid) -> Result<Vec<AssistantRecord>, DbError> {
    let sql = "SELECT a.id, a.owner_id, v.version, v.graph, v.name, v.description, v.config, v.context, v.metadata, \
               a.created_at, a.updated_at FROM assistants a \
               JOIN assistant_versions v ON v.owner_id = a.owner_id AND v.assistant_id = a.id AND v.version = a.version \
               WHERE a.owner_id = $1 ORDER BY a.created_at, a.id";
    let rows: Vec<AssistantRow> = on!(db, c => sqlx::query_as(sql).bind(owner).fetch_all(c).await)?;

    rows.into_iter().map(AssistantRecord::try_from).collect()
}

/// The versions of one, newest first.
pub(crate) async fn list_versions(
    db: &ScopedDb,
    owner: Uuid,
    id: Uuid,
) -> Result<Vec<AssistantRecord>, DbError> {
    let sql = "SELECT a.id, a.owner_id, v.version, v.graph, v.name, v.description, v.config, v.context, v.metadata, \
               v.created_at, v.created_at AS updated_at FROM assistants a \
               JOIN assistant_versions v ON v.owner_id = a.owner_id AND v.assistant_id = a.id \
               WHERE a.owner_id = $1 AND a.id = $2 ORDER BY v.version DESC";
    let rows: Vec<AssistantRow> = on!(db, c => sqlx::query_as(sql).bind(owner).bind(id).fetch_all(c).await)?;

    rows.into_iter().map(AssistantRecord::try_from).collect()
}

/// Which version is run from now on, where it was `known`. False when it is not that one any more, or gone.
pub(crate) async fn write_version(
    tx: &mut WriteTx,
    (owner, id): (Uuid, Uuid),
    known: u32,
    version: u32,
    at: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE assistants SET version = $4, updated_at = $5 WHERE id = $1 AND owner_id = $2 AND version = $3";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(id)
        .bind(owner)
        .bind(i64::from(known))
        .bind(i64::from(version))
        .bind(at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// With its versions. False when this owner has no such one.
pub(crate) async fn delete(tx: &mut WriteTx, owner: Uuid, id: Uuid) -> Result<bool, DbError> {
    let sql = "DELETE FROM assistants WHERE id = $1 AND owner_id = $2";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(id)
        .bind(owner)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Everything of an owner.
pub(crate) async fn delete_of_owner(db: &ScopedDb, owner: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM assistants WHERE owner_id = $1";
    on_write!(db, c => sqlx::query(sql).bind(owner).execute(c).await.map(drop))?;

    Ok(())
}
