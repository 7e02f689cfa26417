//! Whoever was named for it is told how a run of a thread ended: once that is so, again until it is taken. Several processes may do so at
//! once; the attempts of one that dies are made again by another when their time is over.

use std::time::Duration;

use chrono::{SecondsFormat, TimeDelta};
use futures::StreamExt;
use kit::error::Chain;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::Threads;
use crate::domain::polling::look_until;
use crate::domain::thread::{
    ThreadHead, ThreadRecord, ThreadRun, ThreadRunRecord, ThreadRunStatus, shown_values,
};
use crate::error::StoryError;
use crate::store::threads::{self as store, DueWebhook};

/// Told at the same time by one process.
const AT_ONCE: usize = 16;
/// An attempt that has not ended by then is made again.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Seconds before the second attempt, the third, and so on.
const WAITS: [i64; 5] = [5, 60, 300, 1_800, 7_200];

/// Tells until it is told to stop.
#[derive(Clone)]
pub(crate) struct RunWebhooks {
    pub(crate) threads: Threads,
    /// Between two looks.
    pub(crate) poll: Duration,
}

impl RunWebhooks {
    pub(crate) async fn run(self, stop: CancellationToken) {
        look_until(stop, self.poll, "webhooks of runs wait for the database", || {
            self.tell_ended()
        })
        .await;
    }

    async fn tell_ended(&self) -> Result<(), StoryError> {
        let workflows = &self.threads.workflows;
        let now = workflows.clock.now();
        let due = store::list_due_webhooks(&workflows.db.system(), now, AT_ONCE as i64).await?;

        let telling = futures::stream::iter(due).for_each_concurrent(AT_ONCE, |due| async move {
            // One that can not be told does not keep the others from it.
            if let Err(error) = self.tell(&due).await {
                tracing::warn!(run = %due.id, error = %Chain(&error), "the end of a run waits to be told");
            }
        });
        telling.await;
        Ok(())
    }

    /// One attempt, where no other process makes it.
    async fn tell(&self, due: &DueWebhook) -> Result<(), StoryError> {
        let workflows = &self.threads.workflows;
        let (db, now) = (workflows.db.system(), workflows.clock.now());
        if !store::begin_webhook(&db, due.id, due.round, now + LEASE).await? {
            return Ok(());
        }
        let thread = crate::store::threads::find(&db, due.thread_id, due.owner_id).await?;
        let Some(thread) = thread else { return Ok(()) };
        let record = store::find_run(&db, (due.thread_id, due.owner_id), due.id).await?;
        let Some(record) = record.filter(|record| !record.undone) else {
            return Ok(());
        };

        let payload = self.payload(&thread, record).await?;
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("webhook-id", due.id.to_string()),
            ("webhook-timestamp", now.timestamp().to_string()),
        ];
        let answered = self
            .threads
            .outgoing
            .post(&due.url, &headers, payload.to_string())
            .await;
        let may_pass = match &answered {
            Ok((200..300 | 410, _)) => false,
            Ok(_) => true,
            Err(error) => error.may_pass(),
        };

        let round = usize::try_from(due.round).unwrap_or(usize::MAX);
        let wait = WAITS.get(round).filter(|_| may_pass);
        let next = wait.map(|seconds| workflows.clock.now() + TimeDelta::seconds(*seconds));
        Ok(store::end_webhook(&db, due.id, due.round + 1, next).await?)
    }

    /// The run as its clients know it, with the values that it came to.
    async fn payload(&self, thread: &ThreadRecord, record: ThreadRunRecord) -> Result<Value, StoryError> {
        let now = self.threads.workflows.clock.now();
        let values = self.end_values(thread, &record).await?;
        let ThreadRun {
            record,
            status,
            error,
            updated_at,
        } = self.threads.tell_run(record).await?;
        let write = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, false);

        let mut told = json!({
            "run_id": record.id,
            "thread_id": record.thread_id,
            "assistant_id": record.assistant_id,
            "metadata": record.metadata,
            "kwargs": record.kwargs,
            "multitask_strategy": record.strategy.as_str(),
            "status": status.as_str(),
            "created_at": write(record.created_at),
            "updated_at": write(updated_at),
            "run_started_at": write(record.created_at.max(record.due_at)),
            "run_ended_at": write(updated_at),
            "webhook_sent_at": write(now),
            "values": values,
        });
        if let (ThreadRunStatus::Error, Some(why)) = (status, error) {
            told["error"] = json!({ "error": "RunFailed", "message": why });
        }

        Ok(told)
    }

    /// Where it came to: where the next stretch of its engine's run began, or where that stands. Null where that is not kept any more.
    async fn end_values(&self, thread: &ThreadRecord, record: &ThreadRunRecord) -> Result<Value, StoryError> {
        let runs = self.threads.runs_of(thread).await?;
        let point = match record.part.run {
            None => self.threads.point_of(thread, &runs, record.base).await,
            Some(engine) => {
                let later = runs
                    .iter()
                    .filter(|run| run.part.run == Some(engine) && run.place > record.place);
                let next = later.min_by_key(|run| run.place).map(|run| run.part.first_step);
                self.threads
                    .point_of(thread, &runs, ThreadHead::Run(engine, next))
                    .await
            }
        };

        match point {
            Ok(point) => Ok(point.map_or(Value::Null, |point| Value::Object(shown_values(&point.state)))),
            Err(StoryError::CheckpointNotFound { .. }) => Ok(Value::Null),
            Err(error) => Err(error),
        }
    }
}
