//! What becomes of threads whose time is over, and what is left of a thread whose older states are taken away.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use kit::actor::{Actor, Tier};
use kit::error::Chain;
use kit::rpc::RequestId;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Threads;
use super::history::Pasts;
use crate::domain::polling::look_until;
use crate::domain::thread::{KeptFrom, ThreadHead, ThreadRecord, ThreadStatus, ThreadTtl, TtlStrategy};
use crate::error::StoryError;
use crate::store::threads::{self as store, TTL_GRACE};

/// Threads looked at in one go.
const SWEPT_AT_ONCE: i64 = 100;
/// Ten years.
const MINUTES_MAX: f64 = 5_256_000.0;

/// As it was sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawTtl {
    /// `delete` when empty.
    pub(crate) strategy: String,
    pub(crate) minutes: f64,
}

/// # Errors
/// The field at fault.
pub(super) fn read_ttl(raw: &RawTtl, now: DateTime<Utc>) -> Result<ThreadTtl, StoryError> {
    let strategy = match raw.strategy.as_str() {
        "" => TtlStrategy::Delete,
        word => TtlStrategy::parse(word)
            .ok_or_else(|| StoryError::invalid("ttl.strategy", "delete or keep_latest"))?,
    };
    let fits = raw.minutes > 0.0 && raw.minutes <= MINUTES_MAX;
    let time = Duration::try_from_secs_f64((raw.minutes * 60.0).round().max(1.0)).ok();
    let time = time
        .filter(|_| fits)
        .and_then(|time| TimeDelta::from_std(time).ok());
    let time = time.ok_or_else(|| StoryError::invalid("ttl.ttl", "minutes: above 0, at most 5256000"))?;

    Ok(ThreadTtl::Timed {
        strategy,
        seconds: time.num_seconds(),
        expires_at: now + time,
    })
}

/// Looks for threads whose time is over until it is told to stop. Any number of processes may do so at once.
#[derive(Clone)]
pub(crate) struct ThreadSweeper {
    pub(crate) threads: Threads,
    /// Between two looks.
    pub(crate) poll: Duration,
}

impl ThreadSweeper {
    pub(crate) async fn run(self, stop: CancellationToken) {
        look_until(
            stop,
            self.poll,
            "threads that are to go wait for the database",
            || self.sweep(),
        )
        .await;
    }

    async fn sweep(&self) -> Result<(), StoryError> {
        let workflows = &self.threads.workflows;
        let now = workflows.clock.now();
        for (thread, owner) in store::list_to_sweep(&workflows.db.system(), now, SWEPT_AT_ONCE).await? {
            // One that can not go does not keep the others from it.
            if let Err(error) = self.threads.sweep(thread, owner, now).await {
                tracing::warn!(%thread, error = %Chain(&error), "a thread that is to go waits for another look");
            }
        }

        Ok(())
    }
}

impl Threads {
    /// What was to become of a thread by now, unless it works.
    async fn sweep(&self, id: Uuid, owner: Uuid, now: DateTime<Utc>) -> Result<(), StoryError> {
        let (db, until) = (self.workflows.db.user(owner), now + TTL_GRACE);
        if !store::put_off_sweep(&db, (id, owner), now, until).await? {
            return Ok(());
        }
        let Some(record) = store::find(&db, id, owner).await? else {
            return Ok(());
        };
        let Some(ttl) = record.ttl else { return Ok(()) };
        let thread = self.complete(record, true).await?;
        if thread.status == ThreadStatus::Busy {
            return Ok(());
        }

        match ttl {
            ThreadTtl::OneRun => {
                // Who waits for it is told how it ended first.
                let is_awaited = thread.updated_at + TTL_GRACE > now;
                if is_awaited || store::has_untold_runs(&db, id).await? {
                    return Ok(());
                }
                self.delete_swept(id, owner).await
            }
            ThreadTtl::Timed {
                strategy: TtlStrategy::Delete,
                ..
            } => self.delete_swept(id, owner).await,
            ThreadTtl::Timed {
                strategy: TtlStrategy::KeepLatest,
                ..
            } => {
                self.keep_latest(&thread.record).await?;
                Ok(store::end_sweep(&db, (id, owner), until).await?)
            }
        }
    }

    async fn delete_swept(&self, id: Uuid, owner: Uuid) -> Result<(), StoryError> {
        let actor = Actor::user(owner, Tier::Free);
        match self.delete(&actor, &RequestId::random(), &id.to_string()).await {
            // Somebody was quicker.
            Ok(()) | Err(StoryError::ThreadNotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes the states before the newest one away.
    ///
    /// # Errors
    /// [`StoryError::ThreadBusy`] while it works.
    pub(crate) async fn prune(&self, actor: &Actor, id: &str) -> Result<(), StoryError> {
        let thread = self.record(actor.user_id, id).await?;
        self.keep_latest(&thread).await
    }

    /// They are told no more at once; what runs have kept of them goes when the workers look for what is to go.
    async fn keep_latest(&self, thread: &ThreadRecord) -> Result<(), StoryError> {
        let busy = || StoryError::ThreadBusy { id: thread.id };
        if !self.works_in(thread).await?.is_empty() {
            return Err(busy());
        }
        let mut pasts = Pasts::new(self, thread).await?;
        let Some(newest) = pasts.find(None).await? else {
            return Ok(());
        };

        let key = (thread.id, thread.owner_id);
        let (placed, engine) = match thread.head {
            ThreadHead::Nowhere => (None, None),
            ThreadHead::State(id) => (Some(id), None),
            // A run that ended where the thread stands keeps that state by itself.
            ThreadHead::Run(_, None) => (None, None),
            ThreadHead::Run(engine, Some(_)) => (None, Some(engine)),
        };
        let from = KeptFrom {
            at: newest.at,
            step: newest.step,
        };
        let mut tx = self.workflows.db.user(thread.owner_id).begin_write().await?;
        let held = store::lock(&mut tx, key, self.workflows.clock.now()).await?;
        if held.is_none_or(|held| held.fence != thread.fence) {
            return Err(busy());
        }
        store::write_kept_from(&mut tx, key, from).await?;
        store::delete_older_states(&mut tx, key, placed).await?;
        store::expire_past_runs(&mut tx, key, engine).await?;

        Ok(tx.commit().await?)
    }

    /// A state that was taken away is not there any more.
    pub(super) async fn require_kept(
        &self,
        thread: &ThreadRecord,
        checkpoint: Uuid,
    ) -> Result<(), StoryError> {
        if thread.kept_from.is_none() {
            return Ok(());
        }

        let mut pasts = Pasts::new(self, thread).await?;
        let found = pasts.find(Some(checkpoint)).await?;
        found
            .map(drop)
            .ok_or(StoryError::CheckpointNotFound { id: checkpoint })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(strategy: &str, minutes: f64) -> Result<ThreadTtl, StoryError> {
        let strategy = strategy.to_owned();
        read_ttl(&RawTtl { strategy, minutes }, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn minutes_are_kept_to_the_second() {
        let ttl = read("keep_latest", 1.5).unwrap();
        assert_eq!(
            ttl,
            ThreadTtl::Timed {
                strategy: TtlStrategy::KeepLatest,
                seconds: 90,
                expires_at: DateTime::UNIX_EPOCH + TimeDelta::seconds(90),
            }
        );
        assert!(matches!(read("", 0.001), Ok(ThreadTtl::Timed { seconds: 1, .. })));
    }

    #[test]
    fn what_is_no_time_is_named() {
        for (strategy, minutes, field) in [
            ("forget", 1.0, "ttl.strategy"),
            ("delete", 0.0, "ttl.ttl"),
            ("delete", -3.0, "ttl.ttl"),
            ("delete", f64::NAN, "ttl.ttl"),
            ("delete", f64::INFINITY, "ttl.ttl"),
            ("delete", 5_256_001.0, "ttl.ttl"),
        ] {
            match read(strategy, minutes) {
                Err(StoryError::Invalid { fields }) => assert_eq!(fields[0].field, field, "{minutes}"),
                other => panic!("{minutes}: {other:?}"),
            }
        }
    }
}
