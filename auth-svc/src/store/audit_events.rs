//! The rows of the audit log. They are added and read; the database itself refuses to change or delete them.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(Clone, Debug, FromRow)]
pub(crate) struct AuditEvent {
    pub(crate) id: Uuid,
    pub(crate) at: DateTime<Utc>,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) actor: String,
    pub(crate) action: String,
    pub(crate) target: String,
    pub(crate) address: String,
    pub(crate) user_agent: String,
    pub(crate) request_id: String,
}

pub(crate) async fn insert_event(tx: &mut WriteTx, event: &AuditEvent) -> Result<(), DbError> {
    let sql = "INSERT INTO audit_events (id, at, user_id, actor, action, target, address, user_agent, request_id) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(event.id)
        .bind(event.at)
        .bind(event.user_id)
        .bind(&event.actor)
        .bind(&event.action)
        .bind(&event.target)
        .bind(&event.address)
        .bind(&event.user_agent)
        .bind(&event.request_id)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// A user's own, newest first, those before `before`.
pub(crate) async fn list_events(
    db: &ScopedDb,
    user: Uuid,
    before: (DateTime<Utc>, Uuid),
    rows: i64,
) -> Result<Vec<AuditEvent>, DbError> {
    let sql = "SELECT id, at, user_id, actor, action, target, address, user_agent, request_id FROM audit_events \
               WHERE user_id = $1 AND (at, id) < ($2, $3) ORDER BY at DESC, id DESC LIMIT $4";
    Ok(on!(db, c => sqlx::query_as(sql)
        .bind(user)
        .bind(before.0)
        .bind(before.1)
        .bind(rows)
        .fetch_all(c)
        .await)?)
}

/// Everybody's, oldest first, those after `after`.
pub(crate) async fn export_events(
    db: &ScopedDb,
    after: (DateTime<Utc>, Uuid),
    rows: i64,
) -> Result<Vec<AuditEvent>, DbError> {
    let sql = "SELECT id, at, user_id, actor, action, target, address, user_agent, request_id FROM audit_events \
               WHERE (at, id) > ($1, $2) ORDER BY at, id LIMIT $3";
    Ok(on!(db, c => sqlx::query_as(sql)
        .bind(after.0)
        .bind(after.1)
        .bind(rows)
        .fetch_all(c)
        .await)?)
}

/// Where a deleted account's events came from is forgotten; that they happened is not.
pub(crate) async fn anonymize_events(tx: &mut WriteTx, user: Uuid) -> Result<(), DbError> {
    let sql = "UPDATE audit_events SET address = '', user_agent = '' \
               WHERE user_id = $1 AND (address <> '' OR user_agent <> '')";
    on_tx!(tx, c => sqlx::query(sql).bind(user).execute(c).await.map(drop))?;
    Ok(())
}
