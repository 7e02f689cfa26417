//! The rows of what other services must still be told about an account.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx, on_write};
use sqlx::FromRow;
use uuid::Uuid;

use super::UnknownWord;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskKind {
    /// What a guest made is an account's from now on.
    Claim,
    /// What an account owns is deleted.
    Delete,
}

impl TaskKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Delete => "delete",
        }
    }
}

impl TryFrom<String> for TaskKind {
    type Error = UnknownWord;

    fn try_from(text: String) -> Result<Self, UnknownWord> {
        let found = [Self::Claim, Self::Delete]
            .into_iter()
            .find(|kind| kind.as_str() == text);
        found.ok_or(UnknownWord(text, "kind of a task"))
    }
}

#[derive(Clone, Debug, FromRow)]
pub(crate) struct AccountTask {
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    #[sqlx(try_from = "String")]
    pub(crate) kind: TaskKind,
    pub(crate) attempts: i32,
}

/// Written once for each user and kind.
pub(crate) async fn insert_task(
    tx: &mut WriteTx,
    id: Uuid,
    user: Uuid,
    kind: TaskKind,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO account_tasks (id, user_id, kind, created_at, due_at) VALUES ($1, $2, $3, $4, $4) \
               ON CONFLICT (user_id, kind) DO NOTHING";
    on_tx!(tx, c => sqlx::query(sql).bind(id).bind(user).bind(kind.as_str()).bind(at).execute(c).await.map(drop))?;
    Ok(())
}

/// Those that are due, the oldest first.
pub(crate) async fn list_due_tasks(db: &ScopedDb, now: DateTime<Utc>) -> Result<Vec<AccountTask>, DbError> {
    let sql = "SELECT id, user_id, kind, attempts FROM account_tasks WHERE due_at <= $1 \
               ORDER BY due_at, id LIMIT 100";
    Ok(on!(db, c => sqlx::query_as(sql).bind(now).fetch_all(c).await)?)
}

pub(crate) async fn delay_task(db: &ScopedDb, id: Uuid, due_at: DateTime<Utc>) -> Result<(), DbError> {
    let sql = "UPDATE account_tasks SET due_at = $2, attempts = attempts + 1 WHERE id = $1";
    on_write!(db, c => sqlx::query(sql).bind(id).bind(due_at).execute(c).await.map(drop))?;
    Ok(())
}

/// Nothing is left to tell about a user who is gone.
pub(crate) async fn delete_tasks(tx: &mut WriteTx, user: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM account_tasks WHERE user_id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(user).execute(c).await.map(drop))?;
    Ok(())
}

pub(crate) async fn delete_task(db: &ScopedDb, id: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM account_tasks WHERE id = $1";
    on_write!(db, c => sqlx::query(sql).bind(id).execute(c).await.map(drop))?;
    Ok(())
}
