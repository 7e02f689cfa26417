//! The rows of identities: who a user is for another issuer.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx};
use uuid::Uuid;

use super::users::{User, select_users};

pub(crate) async fn find_user_by_identity(
    db: &ScopedDb,
    issuer: &str,
    subject: &str,
) -> Result<Option<User>, DbError> {
    let sql = select_users!("JOIN identities i ON i.user_id = u.id WHERE i.issuer = $1 AND i.subject = $2");
    Ok(on!(db, c => sqlx::query_as(sql).bind(issuer).bind(subject).fetch_optional(c).await)?)
}

/// Ties an identity to a user. False when it is somebody's already, of this user or of another.
pub(crate) async fn insert_identity(
    tx: &mut WriteTx,
    issuer: &str,
    subject: &str,
    user: Uuid,
    at: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "INSERT INTO identities (issuer, subject, user_id, created_at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (issuer, subject) DO NOTHING";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(issuer)
        .bind(subject)
        .bind(user)
        .bind(at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// The email that the issuer names without vouching for it.
pub(crate) async fn set_shown_email(
    tx: &mut WriteTx,
    issuer: &str,
    subject: &str,
    email: Option<&str>,
) -> Result<(), DbError> {
    let sql = "UPDATE identities SET email = $3 WHERE issuer = $1 AND subject = $2";
    on_tx!(tx, c => sqlx::query(sql).bind(issuer).bind(subject).bind(email).execute(c).await.map(drop))?;
    Ok(())
}

/// Nobody else's word leads to this user any more.
pub(crate) async fn delete_identities(tx: &mut WriteTx, user: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM identities WHERE user_id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(user).execute(c).await.map(drop))?;
    Ok(())
}
