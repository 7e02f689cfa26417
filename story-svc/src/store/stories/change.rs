//! What an owner does with a story that is there: names it, shares it, deletes it.

use chrono::{DateTime, Utc};
use flow::RunId;
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx, on_write};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::store::ids;

/// Gives the story its owner's name; `search` is what a search finds it by. False when this owner has no such story.
pub(crate) async fn rename(
    db: &ScopedDb,
    story: Uuid,
    owner: Uuid,
    title: &str,
    search: &str,
    at: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql =
        "UPDATE stories SET custom_title = $1, search = $2, updated_at = $3 WHERE id = $4 AND owner_id = $5";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(title)
        .bind(search)
        .bind(at)
        .bind(story)
        .bind(owner)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Shares the story under this token, unless it is shared already. False when this owner has no such story.
pub(crate) async fn share(
    db: &ScopedDb,
    story: Uuid,
    owner: Uuid,
    token: &str,
    at: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE stories SET share_token = COALESCE(share_token, $1), shared_at = COALESCE(shared_at, $2) \
               WHERE id = $3 AND owner_id = $4";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(token)
        .bind(at)
        .bind(story)
        .bind(owner)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Shares it no more. False when this owner has no such story.
pub(crate) async fn unshare(db: &ScopedDb, story: Uuid, owner: Uuid) -> Result<bool, DbError> {
    let sql = "UPDATE stories SET share_token = NULL, shared_at = NULL WHERE id = $1 AND owner_id = $2";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(story)
        .bind(owner)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Whose these stories are; what is no story is left out.
pub(crate) async fn find_owners(db: &ScopedDb, stories: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>, DbError> {
    let sql = format!(
        "SELECT s.id, s.owner_id FROM stories s WHERE s.id IN (SELECT i.id FROM {} i)",
        ids::rows(db.db(), "$1")
    );

    Ok(on!(db, c => sqlx::query_as(AssertSqlSafe(sql)).bind(ids::list(stories)).fetch_all(c).await)?)
}

/// Keeps others from changing the story until this transaction ends. False when this owner has no such story.
pub(crate) async fn lock(tx: &mut WriteTx, story: Uuid, owner: Uuid) -> Result<bool, DbError> {
    let sql = "UPDATE stories SET updated_at = updated_at WHERE id = $1 AND owner_id = $2";
    let found = on_tx!(tx, c => sqlx::query(sql)
        .bind(story)
        .bind(owner)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(found > 0)
}

/// Deletes the story with what its attempts made, and those of its runs that have ended. Answers all runs that it had.
pub(crate) async fn delete(tx: &mut WriteTx, story: Uuid) -> Result<Vec<RunId>, DbError> {
    let sql = "SELECT run_id FROM story_runs WHERE story_id = $1";
    let runs: Vec<RunId> = on_tx!(tx, c => sqlx::query_scalar(sql).bind(story).fetch_all(c).await)?;

    let sql = "DELETE FROM runs WHERE ended_at IS NOT NULL AND id IN (SELECT run_id FROM story_runs WHERE story_id = $1)";
    on_tx!(tx, c => sqlx::query(sql).bind(story).execute(c).await.map(drop))?;

    let sql = "DELETE FROM stories WHERE id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(story).execute(c).await.map(drop))?;

    Ok(runs)
}
