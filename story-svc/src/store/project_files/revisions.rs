//! The rows of revisions, and contents by their digests.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kit::db::{Db, DbError, ScopedDb, WriteTx};
use kit::{on, on_tx};
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

/// A revision without the paths that it changed.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct RevisionRow {
    pub(crate) project_id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) number: i64,
    pub(crate) message: String,
    pub(crate) author_name: String,
    pub(crate) author_email: String,
    /// JSON object: path and digest.
    pub(crate) scaffold: String,
    pub(crate) created_at: DateTime<Utc>,
}

macro_rules! revision_columns {
    () => {
        "project_id, owner_id, number, message, author_name, author_email, scaffold, created_at"
    };
}

pub(crate) async fn insert_revision(tx: &mut WriteTx, new: &RevisionRow) -> Result<(), DbError> {
    let sql = concat!(
        "INSERT INTO project_revisions (",
        revision_columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    );
    on_tx!(tx, c => sqlx::query(sql)
        .bind(new.project_id)
        .bind(new.owner_id)
        .bind(new.number)
        .bind(&new.message)
        .bind(&new.author_name)
        .bind(&new.author_email)
        .bind(&new.scaffold)
        .bind(new.created_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

pub(crate) async fn find_revision(
    db: &ScopedDb,
    project: Uuid,
    number: u32,
) -> Result<Option<RevisionRow>, DbError> {
    let sql = concat!(
        "SELECT ",
        revision_columns!(),
        " FROM project_revisions WHERE project_id = $1 AND number = $2"
    );
    Ok(on!(db, c => sqlx::query_as(sql)
        .bind(project)
        .bind(i64::from(number))
        .fetch_optional(c)
        .await)?)
}

/// What the server owned at a revision: JSON.
pub(crate) async fn find_scaffold(
    tx: &mut WriteTx,
    project: Uuid,
    number: u32,
) -> Result<Option<String>, DbError> {
    let sql = "SELECT scaffold FROM project_revisions WHERE project_id = $1 AND number = $2";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql)
        .bind(project)
        .bind(i64::from(number))
        .fetch_optional(c)
        .await)?)
}

/// Newest first.
pub(crate) async fn list_revisions(
    db: &ScopedDb,
    project: Uuid,
    before: Option<u32>,
    most: i64,
) -> Result<Vec<RevisionRow>, DbError> {
    let sql = concat!(
        "SELECT ",
        revision_columns!(),
        " FROM project_revisions WHERE project_id = $1 AND ($2 IS NULL OR number < $2) ORDER BY number DESC LIMIT $3"
    );
    Ok(on!(db, c => sqlx::query_as(sql)
        .bind(project)
        .bind(before.map(i64::from))
        .bind(most)
        .fetch_all(c)
        .await)?)
}

/// Number of a revision and a path that it changed, from one number to another.
pub(crate) async fn list_paths(
    db: &ScopedDb,
    project: Uuid,
    (first, last): (i64, i64),
) -> Result<Vec<(i64, String)>, DbError> {
    let sql = "SELECT revision, path FROM project_file_versions WHERE project_id = $1 AND revision BETWEEN $2 AND $3 \
               ORDER BY revision, path";
    Ok(on!(db, c => sqlx::query_as(sql)
        .bind(project)
        .bind(first)
        .bind(last)
        .fetch_all(c)
        .await)?)
}

/// Contents of an owner by their digests.
pub(crate) async fn list_contents(
    db: &ScopedDb,
    owner: Uuid,
    digests: &[String],
) -> Result<HashMap<String, String>, DbError> {
    let wanted = match db.db() {
        Db::Sqlite(_) => "SELECT value FROM json_each($2)",
        Db::Postgres(_) => "SELECT value FROM jsonb_array_elements_text(CAST($2 AS JSONB))",
    };
    let sql =
        format!("SELECT digest, content FROM project_contents WHERE owner_id = $1 AND digest IN ({wanted})");
    let rows: Vec<(String, String)> = on!(db, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(owner)
        .bind(serde_json::json!(digests).to_string())
        .fetch_all(c)
        .await)?;

    Ok(rows.into_iter().collect())
}
