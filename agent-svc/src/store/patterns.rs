//! The rows of patterns: projects of somebody's that went well, each with the vector of what it is about.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx, on_write};
use sqlx::FromRow;
use uuid::Uuid;

/// One pattern.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub(crate) struct PatternRow {
    pub(crate) id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) project_type: String,
    pub(crate) model: String,
    /// Numbers of 32 bits, little-endian.
    pub(crate) embedding: Vec<u8>,
    /// JSON object.
    pub(crate) metadata: String,
    /// 0 to 1.
    pub(crate) success_score: f64,
    pub(crate) created_at: DateTime<Utc>,
}

/// Writes it, or anew when it is there.
pub(crate) async fn put(tx: &mut WriteTx, row: &PatternRow) -> Result<(), DbError> {
    let sql = "INSERT INTO pattern_embeddings (id, owner_id, project_type, model, embedding, metadata, success_score, \
               created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET \
               project_type = excluded.project_type, model = excluded.model, embedding = excluded.embedding, \
               metadata = excluded.metadata, success_score = excluded.success_score, created_at = excluded.created_at";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(row.id)
        .bind(row.owner_id)
        .bind(&row.project_type)
        .bind(&row.model)
        .bind(&row.embedding)
        .bind(&row.metadata)
        .bind(row.success_score)
        .bind(row.created_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// Deletes an owner's oldest beyond so many.
pub(crate) async fn trim(tx: &mut WriteTx, owner: Uuid, most: i64) -> Result<(), DbError> {
    let sql = "DELETE FROM pattern_embeddings WHERE owner_id = $1 AND id NOT IN \
               (SELECT id FROM pattern_embeddings WHERE owner_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2)";
    on_tx!(tx, c => sqlx::query(sql).bind(owner).bind(most).execute(c).await.map(drop))?;

    Ok(())
}

/// Those of an owner whose vectors this model made; of one type, unless that is empty.
pub(crate) async fn list(
    db: &ScopedDb,
    owner: Uuid,
    model: &str,
    project_type: &str,
) -> Result<Vec<PatternRow>, DbError> {
    let sql = "SELECT id, owner_id, project_type, model, embedding, metadata, \
               CAST(success_score AS DOUBLE PRECISION) AS success_score, created_at FROM pattern_embeddings \
               WHERE owner_id = $1 AND model = $2 AND ($3 = '' OR project_type = $3)";
    Ok(on!(db, c => sqlx::query_as(sql)
        .bind(owner)
        .bind(model)
        .bind(project_type)
        .fetch_all(c)
        .await)?)
}

/// Everything of an owner.
pub(crate) async fn delete_of_owner(db: &ScopedDb, owner: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM pattern_embeddings WHERE owner_id = $1";
    on_write!(db, c => sqlx::query(sql).bind(owner).execute(c).await.map(drop))?;

    Ok(())
}
