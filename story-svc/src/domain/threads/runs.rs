//! The runs of a thread: told, listed, stopped and taken from the list.

use flow::{Run, RunStatus};
use kit::actor::Actor;

use super::advance::is_still;
use super::begin::{stop_runs, undo};
use super::{PAGE_MAX, Threads, parse_uuid};
use crate::domain::thread::{ThreadRecord, ThreadRun, ThreadRunRecord, ThreadRunStatus};
use crate::error::StoryError;
use crate::store::threads::{self as store, DELETED};

impl Threads {
    /// With where it stands.
    pub(super) async fn tell_run(&self, record: ThreadRunRecord) -> Result<ThreadRun, StoryError> {
        let (mut status, mut error, mut updated_at) = match (record.outcome, record.part.run) {
            (Some(outcome), _) => (outcome, record.error.clone(), record.updated_at),
            (None, None) => (ThreadRunStatus::Pending, None, record.updated_at),
            (None, Some(_)) => (ThreadRunStatus::Running, None, record.updated_at),
        };
        if let (None, Some(engine), None) = (record.outcome, record.part.run, &record.reply) {
            let run = self.engine_run(engine).await?;
            status = status_of(&run);
            error = run.error_message.filter(|_| status == ThreadRunStatus::Error);
            updated_at = updated_at.max(run.updated_at);
        }

        Ok(ThreadRun {
            record,
            status,
            error,
            updated_at,
        })
    }

    pub(crate) async fn get_run(
        &self,
        actor: &Actor,
        thread: &str,
        id: &str,
    ) -> Result<ThreadRun, StoryError> {
        let thread = self.record(actor.user_id, thread).await?;
        let record = self.run_record(&thread, id).await?;
        self.tell_run(record).await
    }

    pub(super) async fn run_record(
        &self,
        thread: &ThreadRecord,
        id: &str,
    ) -> Result<ThreadRunRecord, StoryError> {
        let wanted = parse_uuid("run_id", id)?;
        let (db, key) = (
            self.workflows.db.user(thread.owner_id),
            (thread.id, thread.owner_id),
        );
        let found = store::find_run(&db, key, wanted).await?.filter(|run| !run.gone);
        found.ok_or_else(|| StoryError::ThreadRunNotFound { id: id.to_owned() })
    }

    /// Newest first.
    pub(crate) async fn list_thread_runs(
        &self,
        actor: &Actor,
        thread: &str,
        (limit, offset): (Option<u32>, u32),
        status: Option<ThreadRunStatus>,
    ) -> Result<Vec<ThreadRun>, StoryError> {
        let limit = limit.unwrap_or(10);
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(StoryError::invalid("limit", "1 to 1000"));
        }

        let thread = self.record(actor.user_id, thread).await?;
        let (mut told, mut passed) = (Vec::new(), 0);
        for run in self.runs_of(&thread).await?.into_iter().filter(|run| !run.gone) {
            let run = self.tell_run(run).await?;
            if status.is_some_and(|wanted| wanted != run.status) {
                continue;
            }
            passed += 1;
            if passed > offset {
                told.push(run);
            }
            if told.len() >= limit as usize {
                break;
            }
        }

        Ok(told)
    }

    /// Stops one that works or is to begin.
    pub(crate) async fn cancel_run(
        &self,
        actor: &Actor,
        thread: &str,
        id: &str,
        rollback: bool,
    ) -> Result<(), StoryError> {
        let thread = self.record(actor.user_id, thread).await?;
        let run = match self.run_record(&thread, id).await {
            Err(StoryError::ThreadRunNotFound { .. }) => return Err(StoryError::NoRunToCancel),
            other => other?,
        };
        let works = match (run.outcome, run.part.run) {
            (Some(_), _) => false,
            (None, None) => true,
            (None, Some(engine)) => run.reply.is_some() || !is_still(&self.engine_run(engine).await?),
        };
        if !works {
            return Err(StoryError::NoRunToCancel);
        }

        let now = self.workflows.clock.now();
        let mut tx = self.workflows.db.user(thread.owner_id).begin_write().await?;
        let held = store::lock(&mut tx, (thread.id, thread.owner_id), now).await?;
        let held = held.ok_or(StoryError::NoRunToCancel)?;
        match (rollback, run.part.run) {
            (true, _) => drop(undo(&mut tx, &held, std::slice::from_ref(&run), now).await?),
            (false, None) => {
                let outcome = ThreadRunStatus::Interrupted.as_str();
                store::write_outcome(&mut tx, run.id, outcome, None, now).await?;
            }
            (false, Some(_)) => {}
        }
        let stopped = stop_runs(&mut tx, run.part.run, now).await?;
        tx.commit().await?;
        self.tell_stopped(stopped);

        self.advance(thread.id, thread.owner_id, None).await
    }

    /// Takes an ended one from the list. What it did stays.
    pub(crate) async fn delete_run(&self, actor: &Actor, thread: &str, id: &str) -> Result<(), StoryError> {
        let thread = self.record(actor.user_id, thread).await?;
        let run = self.run_record(&thread, id).await?;
        let told = self.tell_run(run).await?;
        if !told.status.is_over() {
            return Err(StoryError::ThreadRunActive { id: told.record.id });
        }

        let mut tx = self.workflows.db.user(thread.owner_id).begin_write().await?;
        store::write_outcome(&mut tx, told.record.id, DELETED, None, self.workflows.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}

/// One that waits or was to stop has stopped, and well: what goes on is another run.
fn status_of(run: &Run) -> ThreadRunStatus {
    match run.status {
        RunStatus::Queued | RunStatus::Running if run.held => ThreadRunStatus::Success,
        RunStatus::Queued | RunStatus::Running | RunStatus::Cancelling => ThreadRunStatus::Running,
        RunStatus::WaitingForInput | RunStatus::Completed => ThreadRunStatus::Success,
        RunStatus::Failed => ThreadRunStatus::Error,
        RunStatus::Cancelled => ThreadRunStatus::Interrupted,
    }
}
