//! Begins the workflows of schedules that are due. Any number of processes may do so at once: what a schedule is due for is written
//! in one transaction with its next time, under its fence.

use std::time::Duration;

use chrono::{DateTime, Utc};
use kit::clock::SharedClock;
use kit::db::Db;
use kit::error::{Chain, Faults};
use kit::rpc::RequestId;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::timetable::{Tick, Timetable};
use super::{is_before_end, raw_workflow};
use crate::domain::polling::look_until;
use crate::domain::schedule::WorkflowSchedule;
use crate::domain::threads::{DraftedRun, Threads};
use crate::domain::workflows::ExecutedWorkflow;
use crate::error::StoryError;
use crate::store::{owners, schedules as store};

/// Schedules looked at in one go.
const DUE_AT_ONCE: i64 = 100;

/// Looks for schedules that are due until it is told to stop.
#[derive(Clone)]
pub(crate) struct ScheduleTicker {
    pub(crate) db: Db,
    /// Knows workflows, too.
    pub(crate) threads: Threads,
    pub(crate) clock: SharedClock,
    /// Between two looks.
    pub(crate) poll: Duration,
}

/// What one time of a schedule begins.
enum BegunWork {
    Workflow(Box<ExecutedWorkflow>),
    ThreadRun(Box<DraftedRun>),
}

impl BegunWork {
    /// The workflow, or the thread, which is one from its first run on.
    fn id(&self) -> Uuid {
        match self {
            Self::Workflow(workflow) => workflow.id(),
            Self::ThreadRun(drafted) => drafted.thread_id(),
        }
    }
}

impl ScheduleTicker {
    pub(crate) async fn run(self, stop: CancellationToken) {
        look_until(stop, self.poll, "schedules wait for the database", || {
            self.begin_due()
        })
        .await;
    }

    async fn begin_due(&self) -> Result<(), StoryError> {
        let now = self.clock.now();
        for schedule in store::list_due(&self.db.system(), now, DUE_AT_ONCE).await? {
            let id = schedule.id;
            // One that can not be begun does not keep the others from beginning.
            if let Err(error) = self.begin(schedule, now).await {
                tracing::warn!(schedule = %id, error = %Chain(&error), "a schedule waits for another look");
            }
        }

        Ok(())
    }

    async fn begin(&self, schedule: WorkflowSchedule, now: DateTime<Utc>) -> Result<(), StoryError> {
        let due = schedule.next_at.unwrap_or(now);
        let mut faults = Faults::default();
        let timetable = Timetable::parse(&schedule.cron, &schedule.time_zone, now, &mut faults);
        let tick = match timetable {
            Some(timetable) => timetable.tick(due, now, schedule.missed_runs),
            // Its line is never due again.
            None => Tick {
                fires: Vec::new(),
                next_at: None,
            },
        };

        let tick = Tick {
            fires: tick
                .fires
                .into_iter()
                .filter(|at| is_before_end(&schedule, *at))
                .collect(),
            next_at: tick.next_at.filter(|at| is_before_end(&schedule, *at)),
        };

        let request_id = RequestId::random();
        let mut begun = Vec::with_capacity(tick.fires.len());
        let mut last_error = None;
        for _ in &tick.fires {
            match self.prepare(&schedule, &request_id).await {
                Ok(one) => begun.push(one),
                Err(
                    error @ (StoryError::Invalid { .. }
                    | StoryError::ThreadNotFound { .. }
                    | StoryError::AssistantNotFound { .. }),
                ) => last_error = Some(error.to_string()),
                Err(error) => return Err(error),
            }
        }

        match self.write(schedule.clone(), &tick, begun, last_error).await {
            // Nothing of it was written: this time is skipped.
            Err(error @ (StoryError::ThreadBusy { .. } | StoryError::ThreadNotFound { .. })) => {
                self.write(schedule, &tick, Vec::new(), Some(error.to_string()))
                    .await
            }
            written => written,
        }
    }

    async fn prepare(
        &self,
        schedule: &WorkflowSchedule,
        request_id: &RequestId,
    ) -> Result<BegunWork, StoryError> {
        if let Some(run) = &schedule.thread_run {
            let drafted = self.threads.draft_scheduled(schedule, run).await?;
            return Ok(BegunWork::ThreadRun(Box::new(drafted)));
        }

        let workflows = &self.threads.workflows;
        let draft = workflows
            .draft_executed(schedule.owner_id, raw_workflow(schedule), &schedule.user_input)
            .await?;
        let workflow = workflows
            .prepare_executed(&schedule.actor, request_id, draft)
            .await?;
        Ok(BegunWork::Workflow(Box::new(workflow)))
    }

    /// All of it, or nothing when another process was quicker.
    async fn write(
        &self,
        mut schedule: WorkflowSchedule,
        tick: &Tick,
        begun: Vec<BegunWork>,
        last_error: Option<String>,
    ) -> Result<(), StoryError> {
        let fence = schedule.fence;
        schedule.next_at = tick.next_at;
        schedule.fence = fence + 1;
        if let Some(last) = tick.fires.last() {
            schedule.last_at = Some(*last);
            schedule.last_workflow_id = begun.last().map(BegunWork::id);
            schedule.last_error = last_error;
        }

        let mut tx = self.db.system().begin_write().await?;
        if !store::note_tick(&mut tx, &schedule, fence).await? {
            return Ok(());
        }
        // Of an account that is being deleted nothing begins.
        let closed = owners::is_closed(&mut tx, schedule.owner_id).await?;
        let mut stopped = Vec::new();
        for one in begun.iter().filter(|_| !closed) {
            stopped.push(match one {
                BegunWork::Workflow(workflow) => {
                    self.threads.workflows.write_executed(&mut tx, workflow).await?;
                    Vec::new()
                }
                BegunWork::ThreadRun(drafted) => self.threads.write_drafted(&mut tx, drafted).await?,
            });
        }
        tx.commit().await?;

        for (one, stopped) in begun.iter().zip(stopped) {
            match one {
                BegunWork::Workflow(workflow) => self.threads.workflows.announce_executed(workflow),
                BegunWork::ThreadRun(drafted) => self.threads.announce_drafted(drafted, stopped).await?,
            }
        }
        Ok(())
    }
}
