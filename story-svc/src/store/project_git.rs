//! The rows of projects' commits, as git has them, and of the objects that they are made of.

use kit::db::{Db, DbError, ScopedDb, WriteTx};
use kit::{on, on_tx};
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

/// An object of git's.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct GitObjectRow {
    /// SHA-1, in hex.
    pub(crate) id: String,
    /// commit, tree or blob.
    pub(crate) kind: String,
    /// Of its content.
    pub(crate) size: i64,
    pub(crate) deflated: Vec<u8>,
}

/// A commit without its words.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct GitCommitRow {
    pub(crate) id: String,
    pub(crate) tree: String,
    /// With spaces between them.
    pub(crate) parents: String,
    /// None of what was merged into a revision.
    pub(crate) revision: Option<i64>,
}

const NEWEST: &str = "SELECT id, tree, parents, revision FROM project_git_commits \
                      WHERE project_id = $1 AND revision IS NOT NULL ORDER BY revision DESC LIMIT 1";

/// The commit of the newest revision that has one.
pub(crate) async fn find_newest(db: &ScopedDb, project: Uuid) -> Result<Option<GitCommitRow>, DbError> {
    Ok(on!(db, c => sqlx::query_as(NEWEST).bind(project).fetch_optional(c).await)?)
}

/// As [`find_newest`], of a project that is locked.
pub(crate) async fn find_newest_locked(
    tx: &mut WriteTx,
    project: Uuid,
) -> Result<Option<GitCommitRow>, DbError> {
    Ok(on_tx!(tx, c => sqlx::query_as(NEWEST).bind(project).fetch_optional(c).await)?)
}

pub(crate) async fn list_commits(db: &ScopedDb, project: Uuid) -> Result<Vec<GitCommitRow>, DbError> {
    let sql = "SELECT id, tree, parents, revision FROM project_git_commits WHERE project_id = $1";
    Ok(on!(db, c => sqlx::query_as(sql).bind(project).fetch_all(c).await)?)
}

pub(crate) async fn count_commits(tx: &mut WriteTx, project: Uuid) -> Result<i64, DbError> {
    let sql = "SELECT COUNT(*) FROM project_git_commits WHERE project_id = $1";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql).bind(project).fetch_one(c).await)?)
}

/// Those of these that are there.
pub(crate) async fn list_objects(
    db: &ScopedDb,
    project: Uuid,
    ids: &[String],
) -> Result<Vec<GitObjectRow>, DbError> {
    let wanted = match db.db() {
        Db::Sqlite(_) => "SELECT value FROM json_each($2)",
        Db::Postgres(_) => "SELECT value FROM jsonb_array_elements_text(CAST($2 AS JSONB))",
    };
    let sql = format!(
        "SELECT id, kind, size, deflated FROM project_git_objects WHERE project_id = $1 AND id IN ({wanted})"
    );
    Ok(on!(db, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(project)
        .bind(serde_json::json!(ids).to_string())
        .fetch_all(c)
        .await)?)
}

/// Keeps an object, unless it is there.
pub(crate) async fn keep_object(
    tx: &mut WriteTx,
    (project, owner): (Uuid, Uuid),
    object: &GitObjectRow,
) -> Result<(), DbError> {
    let sql = "INSERT INTO project_git_objects (project_id, id, owner_id, kind, size, bytes, deflated) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (project_id, id) DO NOTHING";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(project)
        .bind(&object.id)
        .bind(owner)
        .bind(&object.kind)
        .bind(object.size)
        .bind(i64::try_from(object.deflated.len()).unwrap_or(i64::MAX))
        .bind(&object.deflated)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

pub(crate) async fn insert_commit(
    tx: &mut WriteTx,
    (project, owner): (Uuid, Uuid),
    commit: &GitCommitRow,
) -> Result<(), DbError> {
    let sql = "INSERT INTO project_git_commits (project_id, id, owner_id, tree, parents, revision) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(project)
        .bind(&commit.id)
        .bind(owner)
        .bind(&commit.tree)
        .bind(&commit.parents)
        .bind(commit.revision)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// Bytes of all objects that are kept for an owner.
pub(crate) async fn measure_objects(tx: &mut WriteTx, owner: Uuid) -> Result<i64, DbError> {
    let sql = "SELECT CAST(coalesce(SUM(bytes), 0) AS BIGINT) FROM project_git_objects WHERE owner_id = $1";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql).bind(owner).fetch_one(c).await)?)
}

/// Revision, path and digest of each change from one revision to another, in their order; a deletion has no digest.
pub(crate) async fn list_changes(
    db: &ScopedDb,
    project: Uuid,
    (first, last): (i64, i64),
) -> Result<Vec<(i64, String, Option<String>)>, DbError> {
    let sql = "SELECT revision, path, digest FROM project_file_versions \
               WHERE project_id = $1 AND revision BETWEEN $2 AND $3 ORDER BY revision, version";
    Ok(on!(db, c => sqlx::query_as(sql)
        .bind(project)
        .bind(first)
        .bind(last)
        .fetch_all(c)
        .await)?)
}
