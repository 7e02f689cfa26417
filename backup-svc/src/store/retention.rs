//! The rows of what accounts want to be kept, and of what they were told of.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub(crate) struct RetentionRow {
    pub(crate) keep_last: i64,
    pub(crate) keep_daily: i64,
    pub(crate) keep_weekly: i64,
    pub(crate) keep_monthly: i64,
    pub(crate) keep_within_days: i64,
    pub(crate) alert_after_days: i64,
}

/// A device of somebody, and the moment at which its last backup came.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub(crate) struct DeviceRow {
    pub(crate) device: String,
    pub(crate) last_at: DateTime<Utc>,
}

const FIND: &str = "SELECT keep_last, keep_daily, keep_weekly, keep_monthly, keep_within_days, alert_after_days \
                    FROM backup_retention WHERE user_id = $1";

pub(crate) async fn find(db: &ScopedDb, user: Uuid) -> Result<Option<RetentionRow>, DbError> {
    Ok(on!(db, c => sqlx::query_as(FIND).bind(user).fetch_optional(c).await)?)
}

pub(crate) async fn find_in(tx: &mut WriteTx, user: Uuid) -> Result<Option<RetentionRow>, DbError> {
    Ok(on_tx!(tx, c => sqlx::query_as(FIND).bind(user).fetch_optional(c).await)?)
}

pub(crate) async fn replace(
    tx: &mut WriteTx,
    user: Uuid,
    row: &RetentionRow,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO backup_retention (user_id, keep_last, keep_daily, keep_weekly, keep_monthly, \
               keep_within_days, alert_after_days, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
               ON CONFLICT (user_id) DO UPDATE SET keep_last = excluded.keep_last, keep_daily = excluded.keep_daily, \
               keep_weekly = excluded.keep_weekly, keep_monthly = excluded.keep_monthly, \
               keep_within_days = excluded.keep_within_days, alert_after_days = excluded.alert_after_days, \
               updated_at = excluded.updated_at";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(user)
        .bind(row.keep_last)
        .bind(row.keep_daily)
        .bind(row.keep_weekly)
        .bind(row.keep_monthly)
        .bind(row.keep_within_days)
        .bind(row.alert_after_days)
        .bind(now)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// Whoever has rules of any kind, in the order of their ids, after `after`.
pub(crate) async fn list_users(db: &ScopedDb, after: Uuid, most: i64) -> Result<Vec<Uuid>, DbError> {
    let sql = "SELECT user_id FROM backup_retention WHERE user_id > $1 AND keep_last + keep_daily + keep_weekly + \
               keep_monthly + keep_within_days + alert_after_days > 0 ORDER BY user_id LIMIT $2";
    Ok(on!(db, c => sqlx::query_scalar(sql).bind(after).bind(most).fetch_all(c).await)?)
}

/// The last heard of first. Snapshots of a repository of restic are its backups.
pub(crate) async fn list_devices(db: &ScopedDb, user: Uuid, most: i64) -> Result<Vec<DeviceRow>, DbError> {
    let sql = "SELECT device, MAX(created_at) AS last_at FROM (\
               SELECT device, created_at FROM backup_metadata WHERE user_id = $1 UNION ALL \
               SELECT 'restic:' || repository, created_at FROM restic_objects WHERE user_id = $1 AND kind = 'snapshots'\
               ) made GROUP BY device ORDER BY last_at DESC, device LIMIT $2";
    Ok(on!(db, c => sqlx::query_as(sql).bind(user).bind(most).fetch_all(c).await)?)
}

/// What was told, and of which last backup.
pub(crate) async fn list_told(db: &ScopedDb, user: Uuid) -> Result<Vec<DeviceRow>, DbError> {
    let sql = "SELECT device, last_at FROM backup_overdue WHERE user_id = $1";
    Ok(on!(db, c => sqlx::query_as(sql).bind(user).fetch_all(c).await)?)
}

pub(crate) async fn note_told(tx: &mut WriteTx, user: Uuid, told: &DeviceRow) -> Result<(), DbError> {
    let sql = "INSERT INTO backup_overdue (user_id, device, last_at) VALUES ($1, $2, $3) \
               ON CONFLICT (user_id, device) DO UPDATE SET last_at = excluded.last_at";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(user)
        .bind(&told.device)
        .bind(told.last_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

pub(crate) async fn delete_all(tx: &mut WriteTx, user: Uuid) -> Result<(), DbError> {
    for sql in [
        "DELETE FROM backup_retention WHERE user_id = $1",
        "DELETE FROM backup_overdue WHERE user_id = $1",
    ] {
        on_tx!(tx, c => sqlx::query(sql).bind(user).execute(c).await.map(drop))?;
    }

    Ok(())
}
