//! The rows of webhooks; what is to be told (`outbox`), and what was (`deliveries`).

mod deliveries;
mod outbox;

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx, on_write};
use sqlx::FromRow;
use uuid::Uuid;

pub(crate) use self::deliveries::{
    begin_attempt, delete_deliveries_before, end_attempt, find_delivery, insert_delivery, list_deliveries,
    list_due, replay,
};
pub(super) use self::outbox::NOTE_EVENT;
pub(crate) use self::outbox::{delete_outbox, list_outbox, note_last_event};
use super::workflows::read_json;
use crate::domain::webhook::Webhook;

macro_rules! webhook_columns {
    () => {
        "id, owner_id, url, event_types, active, secret_version, previous_until, created_at, updated_at"
    };
}

#[derive(FromRow)]
struct WebhookRow {
    id: Uuid,
    owner_id: Uuid,
    url: String,
    event_types: String,
    active: bool,
    secret_version: i64,
    previous_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<WebhookRow> for Webhook {
    type Error = DbError;

    fn try_from(row: WebhookRow) -> Result<Self, DbError> {
        Ok(Self {
            event_types: read_json(&row.event_types)?,
            id: row.id,
            owner_id: row.owner_id,
            url: row.url,
            active: row.active,
            secret_version: u32::try_from(row.secret_version).unwrap_or_default(),
            previous_until: row.previous_until,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// False when its owner has as many as one may.
pub(crate) async fn insert(tx: &mut WriteTx, webhook: &Webhook, most: i64) -> Result<bool, DbError> {
    let sql = "INSERT INTO webhooks (id, owner_id, url, event_types, active, secret_version, previous_until, created_at, \
               updated_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $8 \
               WHERE (SELECT COUNT(*) FROM webhooks WHERE owner_id = $2) < $9";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(webhook.id)
        .bind(webhook.owner_id)
        .bind(&webhook.url)
        .bind(serde_json::json!(webhook.event_types).to_string())
        .bind(webhook.active)
        .bind(i64::from(webhook.secret_version))
        .bind(webhook.previous_until)
        .bind(webhook.created_at)
        .bind(most)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

pub(crate) async fn find(db: &ScopedDb, id: Uuid, owner: Uuid) -> Result<Option<Webhook>, DbError> {
    let sql = concat!(
        "SELECT ",
        webhook_columns!(),
        " FROM webhooks WHERE id = $1 AND owner_id = $2"
    );
    let row: Option<WebhookRow> =
        on!(db, c => sqlx::query_as(sql).bind(id).bind(owner).fetch_optional(c).await)?;

    row.map(Webhook::try_from).transpose()
}

/// Oldest first.
pub(crate) async fn list(db: &ScopedDb, owner: Uuid) -> Result<Vec<Webhook>, DbError> {
    let sql = concat!(
        "SELECT ",
        webhook_columns!(),
        " FROM webhooks WHERE owner_id = $1 ORDER BY created_at, id"
    );
    let rows: Vec<WebhookRow> = on!(db, c => sqlx::query_as(sql).bind(owner).fetch_all(c).await)?;

    rows.into_iter().map(Webhook::try_from).collect()
}

/// Those of an owner that are on.
pub(crate) async fn list_active(tx: &mut WriteTx, owner: Uuid) -> Result<Vec<Webhook>, DbError> {
    let sql = concat!(
        "SELECT ",
        webhook_columns!(),
        " FROM webhooks WHERE owner_id = $1 AND active"
    );
    let rows: Vec<WebhookRow> = on_tx!(tx, c => sqlx::query_as(sql).bind(owner).fetch_all(c).await)?;

    rows.into_iter().map(Webhook::try_from).collect()
}

/// Address, types and whether it is on. False when this owner has no such webhook.
pub(crate) async fn update(db: &ScopedDb, webhook: &Webhook) -> Result<bool, DbError> {
    let sql = "UPDATE webhooks SET url = $3, event_types = $4, active = $5, updated_at = $6 \
               WHERE id = $1 AND owner_id = $2";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(webhook.id)
        .bind(webhook.owner_id)
        .bind(&webhook.url)
        .bind(serde_json::json!(webhook.event_types).to_string())
        .bind(webhook.active)
        .bind(webhook.updated_at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// The next version of its secret.
pub(crate) async fn rotate(
    db: &ScopedDb,
    (id, owner): (Uuid, Uuid),
    previous_until: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Result<Option<Webhook>, DbError> {
    let sql = concat!(
        "UPDATE webhooks SET secret_version = secret_version + 1, previous_until = $3, updated_at = $4 \
         WHERE id = $1 AND owner_id = $2 RETURNING ",
        webhook_columns!()
    );
    let row: Option<WebhookRow> = on_write!(db, c => sqlx::query_as(sql)
        .bind(id)
        .bind(owner)
        .bind(previous_until)
        .bind(at)
        .fetch_optional(c)
        .await)?;

    row.map(Webhook::try_from).transpose()
}

/// With its deliveries. False when this owner has no such webhook.
pub(crate) async fn delete(db: &ScopedDb, id: Uuid, owner: Uuid) -> Result<bool, DbError> {
    let sql = "DELETE FROM webhooks WHERE id = $1 AND owner_id = $2";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(id)
        .bind(owner)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Everything of an owner.
pub(crate) async fn delete_of_owner(db: &ScopedDb, owner: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM webhooks WHERE owner_id = $1";
    on_write!(db, c => sqlx::query(sql).bind(owner).execute(c).await.map(drop))?;

    Ok(())
}
