//! What the engine asks of its storage: one trait, and the rows that cross it. The store keeps what it is given; ids and
//! times come from outside, and only a holder of the run's fence may change a run that is being worked on.

mod error;
pub(crate) mod pause;
mod rows;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use error::StoreError;
pub use pause::{NodeSet, PausePoints};
pub use rows::{
    Access, Beat, Change, CheckpointInfo, Claim, Claimed, Commit, Committed, Created, Effect, EffectKey,
    Event, Expired, Idempotency, NewEvent, NewFork, NewRun, OpenQuestion, OwnerId, Page, Reopen, Reply,
    Resume, Retention, Run, RunFailure, RunId, RunOptions, RunStatus, SavedCheckpoint, Share, Steered,
};

/// Durable storage of runs. Every method is one transaction. [`crate::conformance`] is the contract as tests.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Writes a queued run and its first events. A known idempotency key of the same owner answers the run it made.
    ///
    /// # Errors
    /// `IdempotencyMismatch` when the key was used with another fingerprint.
    async fn create(&self, run: NewRun) -> Result<Created, StoreError>;

    /// One run.
    ///
    /// # Errors
    /// `NotFound`, also when it is another owner's.
    async fn get(&self, access: Access, run: RunId) -> Result<Run, StoreError>;

    /// An owner's runs, newest first.
    async fn list(&self, access: Access, page: Page) -> Result<Vec<Run>, StoreError>;

    /// Takes up to `claim.limit` due runs of the named graphs, of guests or of others: shares with fewer running runs first,
    /// then the oldest; of each share no more than the worker may hold.
    /// Each gets a higher fence, the worker's name and a lease.
    async fn claim(&self, claim: Claim) -> Result<Vec<Claimed>, StoreError>;

    /// Prolongs the leases of those of `runs` that this worker holds, in one statement, and says which they are. The worker
    /// names the runs that it works on, so that one which it let go of, or was never told that it got, comes to another.
    async fn heartbeat(
        &self,
        worker: &str,
        runs: &[RunId],
        lease_until: DateTime<Utc>,
    ) -> Result<Vec<Beat>, StoreError>;

    /// The runs this worker holds that someone asked to cancel or to pause.
    async fn steered(&self, worker: &str) -> Result<Vec<(RunId, Steered)>, StoreError>;

    /// What a worker needs to go on with a run it has claimed: the newest checkpoint with the chain under it (at least
    /// the input), and the effects and events of the step after it.
    async fn resume(&self, run: RunId) -> Result<Resume, StoreError>;

    /// Writes all parts of the commit or none.
    ///
    /// # Errors
    /// `Fenced` when the run's fence is not the commit's or nobody holds the run; then nothing was changed.
    async fn commit(&self, commit: Commit) -> Result<Committed, StoreError>;

    /// Events with a number above `after`, in order, at most `limit`.
    async fn events(&self, run: RunId, after: u64, limit: u32) -> Result<Vec<Event>, StoreError>;

    /// Ends a run that nobody works on at once; one that is being worked on becomes `cancelling` (again, harmlessly).
    ///
    /// # Errors
    /// `NotFound`; `WrongStatus` when the run has ended.
    async fn cancel(&self, access: Access, run: RunId, at: DateTime<Utc>) -> Result<Committed, StoreError>;

    /// Closes a question (the oldest open one without an id): writes the reply where the asking node will read it, and queues
    /// the run again when no question is left.
    ///
    /// # Errors
    /// `NotFound`; `WrongStatus` when the run does not wait; `NoQuestion` when that one is not open.
    async fn answer(
        &self,
        access: Access,
        run: RunId,
        question: Option<Uuid>,
        reply: Reply,
        at: DateTime<Utc>,
    ) -> Result<Committed, StoreError>;

    /// Open questions whose time is over, at most 100.
    async fn overdue(&self, now: DateTime<Utc>) -> Result<Vec<(RunId, Uuid)>, StoreError>;

    /// Lets nobody take the run up from now on, or again; one that stopped at a pause point goes on from there. Whoever holds
    /// it goes on until [`Store::steered`] tells.
    ///
    /// # Errors
    /// `NotFound`; `WrongStatus` when the run has ended.
    async fn pause(
        &self,
        access: Access,
        run: RunId,
        paused: bool,
        at: DateTime<Utc>,
    ) -> Result<Committed, StoreError>;

    /// Queues a run that failed or was cancelled once more, where it stood. Its journal and its events stay.
    ///
    /// # Errors
    /// `NotFound`; `WrongStatus` when the run did not end badly; `NoCheckpoint` when the step is not its newest one.
    async fn reopen(&self, reopen: Reopen) -> Result<Committed, StoreError>;

    /// The kept checkpoints, newest first, step 0 (the input) last.
    async fn history(&self, access: Access, run: RunId) -> Result<Vec<CheckpointInfo>, StoreError>;

    /// The records from the last full one up to the given step, oldest first.
    ///
    /// # Errors
    /// `NotFound`; `NoCheckpoint` when the step was not reached or its checkpoint is gone.
    async fn chain(&self, access: Access, run: RunId, step: u64) -> Result<Vec<SavedCheckpoint>, StoreError>;

    /// Writes a queued run that starts at another run's checkpoint.
    async fn fork(&self, fork: NewFork) -> Result<Run, StoreError>;

    /// Trims a bounded number of runs that ended before the retention's age: their left-over effects and all
    /// checkpoints but the newest go. What that one is read through stays.
    async fn expire(&self, retention: Retention, now: DateTime<Utc>) -> Result<Expired, StoreError>;
}
