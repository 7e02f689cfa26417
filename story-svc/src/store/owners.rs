//! Everything of one owner at once: handed over, closed, counted, deleted.

use chrono::{DateTime, Utc};
use kit::db::{Db, DbError, WriteTx};
use kit::{on, on_tx, on_write};
use uuid::Uuid;

use super::{assistants, bibles, items, projects, schedules, threads, webhooks, workflows};

/// Stories and runs deleted in one go.
const BATCH: i64 = 50;

#[derive(Clone)]
pub(crate) struct OwnerStore {
    db: Db,
}

impl OwnerStore {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// A guest's stories become the account's alone; how many.
    pub(crate) async fn claim(&self, owner: Uuid) -> Result<u64, DbError> {
        let sql = "UPDATE stories SET guest_owned = FALSE WHERE owner_id = $1 AND guest_owned";
        let done = on_write!(self.db.user(owner), c => sqlx::query(sql)
            .bind(owner)
            .execute(c)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(done)
    }

    pub(crate) async fn close(&self, owner: Uuid, at: DateTime<Utc>) -> Result<(), DbError> {
        let sql = "INSERT INTO closed_owners (owner_id, closed_at) VALUES ($1, $2) \
                   ON CONFLICT (owner_id) DO NOTHING";
        on_write!(self.db.user(owner), c => sqlx::query(sql).bind(owner).bind(at).execute(c).await.map(drop))?;
        Ok(())
    }

    /// Runs that have not ended.
    pub(crate) async fn active_runs(&self, owner: Uuid) -> Result<Vec<Uuid>, DbError> {
        let sql = "SELECT id FROM runs WHERE owner = $1 AND ended_at IS NULL";
        Ok(on!(self.db.user(owner), c => sqlx::query_scalar(sql).bind(owner).fetch_all(c).await)?)
    }

    /// Some of the owner's stories.
    pub(crate) async fn stories(&self, owner: Uuid) -> Result<Vec<Uuid>, DbError> {
        let sql = "SELECT id FROM stories WHERE owner_id = $1 LIMIT $2";
        Ok(on!(self.db.user(owner), c => sqlx::query_scalar(sql).bind(owner).bind(BATCH).fetch_all(c).await)?)
    }

    /// Some of the owner's runs.
    pub(crate) async fn runs(&self, owner: Uuid) -> Result<Vec<Uuid>, DbError> {
        let sql = "SELECT id FROM runs WHERE owner = $1 LIMIT $2";
        Ok(on!(self.db.user(owner), c => sqlx::query_scalar(sql).bind(owner).bind(BATCH).fetch_all(c).await)?)
    }

    /// The story with its results and remembered requests; its runs are rows of their own.
    pub(crate) async fn delete_story(&self, owner: Uuid, story: Uuid) -> Result<(), DbError> {
        let sql = "DELETE FROM stories WHERE owner_id = $1 AND id = $2";
        on_write!(self.db.user(owner), c => sqlx::query(sql).bind(owner).bind(story).execute(c).await.map(drop))?;
        Ok(())
    }

    /// Workflows, threads, assistants, definitions, schedules, webhooks, items, projects and series of books; runs are rows of their own.
    pub(crate) async fn delete_workflows(&self, owner: Uuid) -> Result<(), DbError> {
        let db = self.db.user(owner);
        assistants::delete_of_owner(&db, owner).await?;
        bibles::delete_of_owner(&db, owner).await?;
        items::delete_of_owner(&db, owner).await?;
        projects::delete_of_owner(&db, owner).await?;
        schedules::delete_of_owner(&db, owner).await?;
        webhooks::delete_of_owner(&db, owner).await?;
        threads::delete_of_owner(&db, owner).await?;
        workflows::delete_of_owner(&db, owner).await
    }

    /// The run with its checkpoints, events and journal.
    pub(crate) async fn delete_run(&self, owner: Uuid, run: Uuid) -> Result<(), DbError> {
        let sql = "DELETE FROM runs WHERE owner = $1 AND id = $2";
        on_write!(self.db.user(owner), c => sqlx::query(sql).bind(owner).bind(run).execute(c).await.map(drop))?;
        Ok(())
    }
}

/// Whether nothing may be made in this owner's name any more.
pub(crate) async fn is_closed(tx: &mut WriteTx, owner: Uuid) -> Result<bool, DbError> {
    let sql = "SELECT COUNT(*) FROM closed_owners WHERE owner_id = $1";
    let found: i64 = on_tx!(tx, c => sqlx::query_scalar(sql).bind(owner).fetch_one(c).await)?;
    Ok(found > 0)
}
