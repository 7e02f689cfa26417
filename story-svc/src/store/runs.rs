//! SQL storage of [`flow`]'s runs, on both engines. What it promises is `flow::conformance`; here is only how.

mod batch;
mod claim;
mod commit;
mod create;
mod expire;
mod read;
mod rows;
mod steer;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use flow::store::{
    Access, Beat, CheckpointInfo, Claim, Claimed, Commit, Committed, Created, Event, Expired, NewFork,
    NewRun, Page, Reopen, Reply, Resume, Retention, Run, RunId, SavedCheckpoint, Steered, Store, StoreError,
};
use kit::db::{Db, ScopedDb};
use uuid::Uuid;

use batch::Batcher;
pub use create::insert_run;
pub(crate) use create::{find_keyed, is_key_taken};
pub(crate) use read::{RunsOf, count, cursor, page, visible};
pub(crate) use steer::{stop_run, write_pause_points};

/// Runs in the service's database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SqlRuns {
    db: Db,
    writes: Writes,
}

/// How the frequent writes reach the database.
#[derive(Debug, Clone)]
enum Writes {
    /// SQLite: one after the other anyway, so in groups.
    Grouped(Batcher),
    /// PostgreSQL: each in a transaction of its own.
    Direct(ScopedDb),
}

impl SqlRuns {
    /// Needs a Tokio runtime: on SQLite it starts the task that commits in groups.
    #[must_use]
    pub fn new(db: Db) -> Self {
        let writes = match &db {
            Db::Sqlite(sqlite) => Writes::Grouped(Batcher::start(sqlite.writer().clone())),
            Db::Postgres(_) => Writes::Direct(db.system()),
        };
        Self { db, writes }
    }

    /// Whose rows an access is to.
    fn scoped(&self, access: Access) -> ScopedDb {
        match access {
            Access::Owner(owner) => self.db.user(owner),
            Access::System => self.db.system(),
        }
    }
}

#[async_trait]
impl Store for SqlRuns {
    async fn create(&self, run: NewRun) -> Result<Created, StoreError> {
        create::create(&self.db.user(run.owner), &self.writes, run).await
    }

    async fn get(&self, access: Access, run: RunId) -> Result<Run, StoreError> {
        read::get(&self.scoped(access), access, run).await
    }

    async fn list(&self, access: Access, page: Page) -> Result<Vec<Run>, StoreError> {
        read::list(&self.scoped(access), access, page).await
    }

    async fn claim(&self, claim: Claim) -> Result<Vec<Claimed>, StoreError> {
        claim::claim(&self.writes, claim).await
    }

    async fn heartbeat(
        &self,
        worker: &str,
        runs: &[RunId],
        lease_until: DateTime<Utc>,
    ) -> Result<Vec<Beat>, StoreError> {
        claim::heartbeat(&self.db.system(), worker, runs, lease_until).await
    }

    async fn steered(&self, worker: &str) -> Result<Vec<(RunId, Steered)>, StoreError> {
        claim::steered(&self.db.system(), worker).await
    }

    async fn resume(&self, run: RunId) -> Result<Resume, StoreError> {
        read::resume(&self.db.system(), run).await
    }

    async fn commit(&self, commit: Commit) -> Result<Committed, StoreError> {
        match &self.writes {
            Writes::Grouped(batcher) => batcher.commit(commit).await,
            Writes::Direct(db) => commit::in_transaction(db, commit).await,
        }
    }

    async fn events(&self, run: RunId, after: u64, limit: u32) -> Result<Vec<Event>, StoreError> {
        // Whoever reads them has been given the run before.
        read::events(&self.db.system(), run, after, limit).await
    }

    async fn cancel(&self, access: Access, run: RunId, at: DateTime<Utc>) -> Result<Committed, StoreError> {
        steer::cancel(&self.scoped(access), access, run, at).await
    }

    async fn answer(
        &self,
        access: Access,
        run: RunId,
        question: Option<Uuid>,
        reply: Reply,
        at: DateTime<Utc>,
    ) -> Result<Committed, StoreError> {
        steer::answer(&self.scoped(access), access, run, question, &reply, at).await
    }

    async fn overdue(&self, now: DateTime<Utc>) -> Result<Vec<(RunId, Uuid)>, StoreError> {
        steer::overdue(&self.db.system(), now).await
    }

    async fn pause(
        &self,
        access: Access,
        run: RunId,
        paused: bool,
        at: DateTime<Utc>,
    ) -> Result<Committed, StoreError> {
        steer::pause(&self.scoped(access), access, run, paused, at).await
    }

    async fn reopen(&self, reopen: Reopen) -> Result<Committed, StoreError> {
        steer::reopen(&self.scoped(reopen.access), reopen).await
    }

    async fn history(&self, access: Access, run: RunId) -> Result<Vec<CheckpointInfo>, StoreError> {
        read::history(&self.scoped(access), access, run).await
    }

    async fn chain(&self, access: Access, run: RunId, step: u64) -> Result<Vec<SavedCheckpoint>, StoreError> {
        read::chain(&self.scoped(access), access, run, step).await
    }

    async fn fork(&self, fork: NewFork) -> Result<Run, StoreError> {
        create::fork(&self.scoped(fork.access), fork).await
    }

    async fn expire(&self, retention: Retention, now: DateTime<Utc>) -> Result<Expired, StoreError> {
        expire::expire(&self.db.system(), retention, now).await
    }
}

#[cfg(test)]
mod tests;
