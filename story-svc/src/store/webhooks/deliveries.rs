//! Deliveries: their attempts, taken by one process at a time, and their log.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::page::{Cursor, Page, PageRequest};
use kit::{on, on_tx, on_write};
use sqlx::FromRow;
use uuid::Uuid;

use super::WebhookRow;
use crate::domain::webhook::{
    AttemptOutcome, DeliveryState, DueDelivery, NewDelivery, Webhook, WebhookDelivery,
};

/// Deliveries looked at to find some that are due.
const LOOKED_AT: i64 = 256;

/// One whose id is there already is left as it is.
pub(crate) async fn insert_delivery(tx: &mut WriteTx, new: &NewDelivery) -> Result<(), DbError> {
    let sql = "INSERT INTO webhook_deliveries (id, webhook_id, owner_id, event_type, payload, state, attempts, round, fence, \
               next_attempt_at, created_at) VALUES ($1, $2, $3, $4, $5, 'pending', 0, 0, 0, $6, $6) \
               ON CONFLICT (id) DO NOTHING";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(new.id)
        .bind(new.webhook_id)
        .bind(new.owner_id)
        .bind(new.event_type)
        .bind(&new.payload)
        .bind(new.at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

#[derive(FromRow)]
struct DueRow {
    delivery_id: Uuid,
    payload: String,
    fence: i64,
    round: i64,
    #[sqlx(flatten)]
    webhook: WebhookRow,
}

/// Deliveries whose time has come, at most `most_of_owner` of each owner, the longest due first.
pub(crate) async fn list_due(
    db: &ScopedDb,
    now: DateTime<Utc>,
    most_of_owner: i64,
) -> Result<Vec<DueDelivery>, DbError> {
    let sql = "SELECT d.id AS delivery_id, d.payload, d.fence, d.round, w.id, w.owner_id, w.url, w.event_types, w.active, \
               w.secret_version, w.previous_until, w.created_at, w.updated_at FROM \
               (SELECT p.id, ROW_NUMBER() OVER (PARTITION BY p.owner_id ORDER BY p.next_attempt_at) AS place \
               FROM webhook_deliveries p JOIN webhooks o ON o.id = p.webhook_id AND o.active \
               WHERE p.state = 'pending' AND p.next_attempt_at <= $1) due \
               JOIN webhook_deliveries d ON d.id = due.id JOIN webhooks w ON w.id = d.webhook_id \
               WHERE due.place <= $2 ORDER BY d.next_attempt_at, d.id LIMIT $3";
    let rows: Vec<DueRow> = on!(db, c => sqlx::query_as(sql)
        .bind(now)
        .bind(most_of_owner)
        .bind(LOOKED_AT)
        .fetch_all(c)
        .await)?;

    let due = rows.into_iter().map(|row| {
        Ok(DueDelivery {
            id: row.delivery_id,
            webhook: Webhook::try_from(row.webhook)?,
            payload: row.payload,
            fence: row.fence,
            round: u32::try_from(row.round).unwrap_or_default(),
        })
    });
    due.collect()
}

/// Makes the attempt this process's until `lease_until`. False when another was quicker.
pub(crate) async fn begin_attempt(
    db: &ScopedDb,
    due: &DueDelivery,
    at: DateTime<Utc>,
    lease_until: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE webhook_deliveries SET fence = fence + 1, attempts = attempts + 1, round = round + 1, \
               last_attempt_at = $3, next_attempt_at = $4 WHERE id = $1 AND fence = $2 AND state = 'pending'";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(due.id)
        .bind(due.fence)
        .bind(at)
        .bind(lease_until)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Writes how the attempt ended, unless another has begun since; `turn_off` turns the webhook off.
pub(crate) async fn end_attempt(
    db: &ScopedDb,
    due: &DueDelivery,
    outcome: &AttemptOutcome,
    turn_off: bool,
) -> Result<(), DbError> {
    let delivered = outcome.state == DeliveryState::Delivered;
    let mut tx = db.begin_write().await?;
    let sql = "UPDATE webhook_deliveries SET state = $3, next_attempt_at = $4, response_status = $5, response_head = $6, \
               error = $7, delivered_at = $8 WHERE id = $1 AND fence = $2";
    on_tx!(&mut tx, c => sqlx::query(sql)
        .bind(due.id)
        .bind(due.fence + 1)
        .bind(outcome.state.as_str())
        .bind(outcome.next_attempt_at)
        .bind(outcome.response_status.map(i64::from))
        .bind(&outcome.response_head)
        .bind(&outcome.error)
        .bind(delivered.then_some(outcome.at))
        .execute(c)
        .await
        .map(drop))?;

    if turn_off {
        // Not when its owner has named another address meanwhile.
        let sql = "UPDATE webhooks SET active = FALSE, updated_at = $3 WHERE id = $1 AND url = $2";
        on_tx!(&mut tx, c => sqlx::query(sql)
            .bind(due.webhook.id)
            .bind(&due.webhook.url)
            .bind(outcome.at)
            .execute(c)
            .await
            .map(drop))?;
    }
    tx.commit().await
}

/// To be sent now, whatever became of it before.
pub(crate) async fn replay(db: &ScopedDb, webhook: Uuid, id: Uuid, at: DateTime<Utc>) -> Result<(), DbError> {
    let sql = "UPDATE webhook_deliveries SET state = 'pending', round = 0, fence = fence + 1, next_attempt_at = $3 \
               WHERE id = $2 AND webhook_id = $1";
    on_write!(db, c => sqlx::query(sql).bind(webhook).bind(id).bind(at).execute(c).await.map(drop))?;

    Ok(())
}

#[derive(FromRow)]
struct DeliveryRow {
    id: Uuid,
    webhook_id: Uuid,
    event_type: String,
    payload: Option<String>,
    state: String,
    attempts: i64,
    next_attempt_at: Option<DateTime<Utc>>,
    last_attempt_at: Option<DateTime<Utc>>,
    delivered_at: Option<DateTime<Utc>>,
    response_status: Option<i64>,
    response_head: Option<String>,
    error: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<DeliveryRow> for WebhookDelivery {
    fn from(row: DeliveryRow) -> Self {
        Self {
            state: DeliveryState::parse(&row.state),
            attempts: u32::try_from(row.attempts).unwrap_or_default(),
            response_status: row.response_status.and_then(|status| u16::try_from(status).ok()),
            id: row.id,
            webhook_id: row.webhook_id,
            event_type: row.event_type,
            payload: row.payload,
            next_attempt_at: row.next_attempt_at,
            last_attempt_at: row.last_attempt_at,
            delivered_at: row.delivered_at,
            response_head: row.response_head,
            error: row.error,
            created_at: row.created_at,
        }
    }
}

/// Newest first, without what was sent and answered.
pub(crate) async fn list_deliveries(
    db: &ScopedDb,
    webhook: Uuid,
    page: PageRequest,
) -> Result<Page<WebhookDelivery>, DbError> {
    let sql = "SELECT id, webhook_id, event_type, CAST(NULL AS TEXT) AS payload, state, attempts, next_attempt_at, \
               last_attempt_at, delivered_at, response_status, CAST(NULL AS TEXT) AS response_head, error, created_at \
               FROM webhook_deliveries WHERE webhook_id = $1 AND (created_at, id) < ($2, $3) \
               ORDER BY created_at DESC, id DESC LIMIT $4";
    let start = page.start(true);
    let rows: Vec<DeliveryRow> = on!(db, c => sqlx::query_as(sql)
        .bind(webhook)
        .bind(start.at)
        .bind(start.id)
        .bind(page.rows())
        .fetch_all(c)
        .await)?;
    let deliveries = rows.into_iter().map(WebhookDelivery::from).collect();

    Ok(page.page(deliveries, |delivery| Cursor {
        at: delivery.created_at,
        id: delivery.id,
    }))
}

pub(crate) async fn find_delivery(
    db: &ScopedDb,
    webhook: Uuid,
    id: Uuid,
) -> Result<Option<WebhookDelivery>, DbError> {
    let sql = "SELECT id, webhook_id, event_type, payload, state, attempts, next_attempt_at, last_attempt_at, \
               delivered_at, response_status, response_head, error, created_at \
               FROM webhook_deliveries WHERE webhook_id = $1 AND id = $2";
    let row: Option<DeliveryRow> =
        on!(db, c => sqlx::query_as(sql).bind(webhook).bind(id).fetch_optional(c).await)?;

    Ok(row.map(WebhookDelivery::from))
}

/// Shortens the log, also by what waits for a webhook that was turned off that long ago.
pub(crate) async fn delete_deliveries_before(db: &ScopedDb, before: DateTime<Utc>) -> Result<(), DbError> {
    let sql = "DELETE FROM webhook_deliveries WHERE created_at < $1";
    on_write!(db, c => sqlx::query(sql).bind(before).execute(c).await.map(drop))?;

    Ok(())
}
