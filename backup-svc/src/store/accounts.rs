//! How much room users have taken.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx};
use uuid::Uuid;

/// Adds to what the user has taken, and returns what that is now. The row is locked until the transaction ends.
pub(crate) async fn add(
    tx: &mut WriteTx,
    user: Uuid,
    bytes: i64,
    now: DateTime<Utc>,
) -> Result<i64, DbError> {
    let sql = "INSERT INTO backup_accounts (user_id, used_bytes, updated_at) VALUES ($1, $2, $3) \
               ON CONFLICT (user_id) DO UPDATE SET used_bytes = backup_accounts.used_bytes + excluded.used_bytes, \
               updated_at = excluded.updated_at RETURNING used_bytes";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql).bind(user).bind(bytes).bind(now).fetch_one(c).await)?)
}

pub(crate) async fn find(db: &ScopedDb, user: Uuid) -> Result<i64, DbError> {
    let sql = "SELECT used_bytes FROM backup_accounts WHERE user_id = $1";
    let used: Option<i64> = on!(db, c => sqlx::query_scalar(sql).bind(user).fetch_optional(c).await)?;
    Ok(used.unwrap_or_default())
}

pub(crate) async fn delete(tx: &mut WriteTx, user: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM backup_accounts WHERE user_id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(user).execute(c).await.map(drop))?;
    Ok(())
}
