//! Links to workflows, and the sign-in sessions that worked with them.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb};
use kit::{on, on_write};
use sqlx::FromRow;
use uuid::Uuid;

use crate::domain::workflow::{WorkflowSession, WorkflowShare};

#[derive(FromRow)]
struct ShareRow {
    id: Uuid,
    workflow_id: Uuid,
    token: String,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
}

impl From<ShareRow> for WorkflowShare {
    fn from(row: ShareRow) -> Self {
        Self {
            id: row.id,
            workflow_id: row.workflow_id,
            token: row.token,
            created_at: row.created_at,
            expires_at: row.expires_at,
        }
    }
}

/// False when the workflow is not this owner's, or has as many links as it may.
pub(crate) async fn insert_share(
    db: &ScopedDb,
    owner: Uuid,
    share: &WorkflowShare,
    most: i64,
) -> Result<bool, DbError> {
    let sql = "INSERT INTO workflow_shares (id, workflow_id, owner_id, token, created_at, expires_at) \
               SELECT $1, id, owner_id, $4, $5, $6 FROM workflows WHERE id = $2 AND owner_id = $3 \
               AND (SELECT COUNT(*) FROM workflow_shares WHERE workflow_id = $2) < $7";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(share.id)
        .bind(share.workflow_id)
        .bind(owner)
        .bind(&share.token)
        .bind(share.created_at)
        .bind(share.expires_at)
        .bind(most)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

pub(crate) async fn list_shares(db: &ScopedDb, id: Uuid, owner: Uuid) -> Result<Vec<WorkflowShare>, DbError> {
    let sql = "SELECT id, workflow_id, token, created_at, expires_at FROM workflow_shares \
               WHERE workflow_id = $1 AND owner_id = $2 ORDER BY created_at, id";
    let rows: Vec<ShareRow> = on!(db, c => sqlx::query_as(sql).bind(id).bind(owner).fetch_all(c).await)?;

    Ok(rows.into_iter().map(WorkflowShare::from).collect())
}

/// By its id or its token. False when there is none.
pub(crate) async fn delete_share(
    db: &ScopedDb,
    (id, owner): (Uuid, Uuid),
    share: Option<Uuid>,
    token: &str,
) -> Result<bool, DbError> {
    let sql =
        "DELETE FROM workflow_shares WHERE workflow_id = $1 AND owner_id = $2 AND (id = $3 OR token = $4)";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(id)
        .bind(owner)
        .bind(share)
        .bind(token)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// All of one workflow.
pub(crate) async fn delete_shares(db: &ScopedDb, id: Uuid, owner: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM workflow_shares WHERE workflow_id = $1 AND owner_id = $2";
    on_write!(db, c => sqlx::query(sql).bind(id).bind(owner).execute(c).await.map(drop))?;

    Ok(())
}

/// The workflow, with its owner, that this token opens now.
pub(crate) async fn find_shared(
    db: &ScopedDb,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Option<(Uuid, Uuid)>, DbError> {
    let sql = "SELECT workflow_id, owner_id FROM workflow_shares WHERE token = $1 \
               AND (expires_at IS NULL OR expires_at > $2)";
    Ok(on!(db, c => sqlx::query_as(sql).bind(token).bind(now).fetch_optional(c).await)?)
}

pub(crate) async fn note_session(
    db: &ScopedDb,
    (id, owner): (Uuid, Uuid),
    session: &str,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO workflow_sessions (workflow_id, session_id, owner_id, first_used_at, last_used_at) \
               VALUES ($1, $2, $3, $4, $4) \
               ON CONFLICT (workflow_id, session_id) DO UPDATE SET last_used_at = excluded.last_used_at";
    on_write!(db, c => sqlx::query(sql)
        .bind(id)
        .bind(session)
        .bind(owner)
        .bind(at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// Last used first.
pub(crate) async fn list_sessions(
    db: &ScopedDb,
    owner: Uuid,
    workflow: Option<Uuid>,
    session: Option<&str>,
    most: i64,
) -> Result<Vec<WorkflowSession>, DbError> {
    let sql = "SELECT session_id, workflow_id, first_used_at, last_used_at FROM workflow_sessions \
               WHERE owner_id = $1 AND ($2 IS NULL OR workflow_id = $2) AND ($3 IS NULL OR session_id = $3) \
               ORDER BY last_used_at DESC, workflow_id LIMIT $4";
    let rows: Vec<(String, Uuid, DateTime<Utc>, DateTime<Utc>)> = on!(db, c => sqlx::query_as(sql)
        .bind(owner)
        .bind(workflow)
        .bind(session)
        .bind(most)
        .fetch_all(c)
        .await)?;
    let sessions =
        rows.into_iter().map(
            |(session_id, workflow_id, first_used_at, last_used_at)| WorkflowSession {
                session_id,
                workflow_id,
                first_used_at,
                last_used_at,
            },
        );

    Ok(sessions.collect())
}
