//! Schedules as their owners see them: made, changed, deleted, previewed. When they are due, `ticker` begins their workflows.

mod ticker;
mod timetable;

use chrono::{DateTime, Utc};
use kit::actor::Actor;
use kit::clock::SharedClock;
use kit::db::Db;
use kit::error::Faults;
use kit::ids::SharedIds;
use uuid::Uuid;

pub(crate) use self::ticker::ScheduleTicker;
use self::timetable::Timetable;
use super::schedule::{MissedRuns, ScheduledThreadRun, WorkflowSchedule};
use super::threads::Threads;
use super::workflows::RawWorkflow;
use crate::error::StoryError;
use crate::store::{owners, schedules as store};

/// Schedules of one owner.
const MOST: i64 = 100;
/// Bytes of a schedule's config, and of its input.
const JSON_MAX: usize = 64 * 1024;
/// Times that a schedule is shown with.
const SHOWN: usize = 5;
const PREVIEW_DEFAULT: u32 = 10;
const PREVIEW_MAX: u32 = 100;

/// The rules.
#[derive(Clone)]
pub(crate) struct Schedules {
    pub(crate) db: Db,
    /// Knows workflows, too.
    pub(crate) threads: Threads,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
}

/// What an owner says of a schedule; absent leaves it as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct ScheduleChange {
    pub(crate) name: Option<String>,
    pub(crate) cron: Option<String>,
    pub(crate) time_zone: Option<String>,
    pub(crate) config: Option<String>,
    pub(crate) user_input: Option<String>,
    pub(crate) missed_runs: Option<MissedRuns>,
    pub(crate) enabled: Option<bool>,
    pub(crate) thread_run: Option<ScheduledThreadRun>,
    /// Given without a time, it never ends.
    pub(crate) ends_at: Option<Option<DateTime<Utc>>>,
}

impl Schedules {
    pub(crate) async fn create(
        &self,
        actor: &Actor,
        workflow_type: String,
        wanted: ScheduleChange,
    ) -> Result<WorkflowSchedule, StoryError> {
        let now = self.clock.now();
        let schedule = WorkflowSchedule {
            id: self.ids.id(),
            owner_id: actor.user_id,
            name: wanted.name.unwrap_or_default(),
            cron: wanted.cron.unwrap_or_default(),
            time_zone: wanted.time_zone.unwrap_or_default(),
            workflow_type,
            config: wanted.config.unwrap_or_default(),
            user_input: wanted.user_input.unwrap_or_default(),
            missed_runs: wanted.missed_runs.unwrap_or(MissedRuns::Skip),
            enabled: wanted.enabled.unwrap_or(true),
            thread_run: wanted.thread_run,
            ends_at: wanted.ends_at.flatten(),
            actor: lasting(actor),
            next_at: None,
            last_at: None,
            last_workflow_id: None,
            last_error: None,
            fence: 0,
            created_at: now,
            updated_at: now,
        };
        let schedule = self.check(schedule).await?;

        let mut tx = self.db.user(actor.user_id).begin_write().await?;
        if owners::is_closed(&mut tx, actor.user_id).await? {
            return Err(StoryError::OwnerClosed);
        }
        if !store::insert(&mut tx, &schedule, MOST).await? {
            return Err(StoryError::TooManySchedules { most: MOST });
        }
        tx.commit().await?;

        Ok(schedule)
    }

    /// With its fields in order and the time it is due next.
    async fn check(&self, mut schedule: WorkflowSchedule) -> Result<WorkflowSchedule, StoryError> {
        let now = self.clock.now();
        let mut faults = Faults::default();
        let timetable = Timetable::parse(&schedule.cron, &schedule.time_zone, now, &mut faults);
        let mut fits = true;
        for (field, text) in [("config", &schedule.config), ("user_input", &schedule.user_input)] {
            if text.len() > JSON_MAX {
                fits = false;
                faults.add(field, "at most 64 KiB");
            }
        }

        if fits {
            match self.check_begun(&schedule).await {
                Ok(()) => {}
                Err(StoryError::Invalid { fields }) => faults.0.extend(fields),
                Err(error) => return Err(error),
            }
        }
        if !faults.is_empty() {
            return Err(StoryError::Invalid { fields: faults.0 });
        }

        schedule.name = schedule.name.trim().to_owned();
        schedule.cron = schedule.cron.trim().to_owned();
        schedule.time_zone = match schedule.time_zone.trim() {
            "" => "UTC".to_owned(),
            zone => zone.to_owned(),
        };
        let next = timetable.and_then(|timetable| timetable.next_after(now));
        schedule.next_at = next.filter(|next| schedule.enabled && is_before_end(&schedule, *next));

        Ok(schedule)
    }

    /// Whether what it begins could begin now.
    async fn check_begun(&self, schedule: &WorkflowSchedule) -> Result<(), StoryError> {
        match &schedule.thread_run {
            Some(run) => self.threads.draft_scheduled(schedule, run).await.map(drop),
            None => {
                let (owner, raw) = (schedule.owner_id, raw_workflow(schedule));
                let workflows = &self.threads.workflows;
                workflows
                    .draft_executed(owner, raw, &schedule.user_input)
                    .await
                    .map(drop)
            }
        }
    }

    pub(crate) async fn get(&self, actor: &Actor, id: &str) -> Result<WorkflowSchedule, StoryError> {
        let not_found = || StoryError::ScheduleNotFound { id: id.to_owned() };
        let known = Uuid::try_parse(id).map_err(|_| not_found())?;
        let found = store::find(&self.db.user(actor.user_id), known, actor.user_id).await?;

        found.ok_or_else(not_found)
    }

    /// Oldest first.
    pub(crate) async fn list(&self, actor: &Actor) -> Result<Vec<WorkflowSchedule>, StoryError> {
        Ok(store::list(&self.db.user(actor.user_id), actor.user_id).await?)
    }

    pub(crate) async fn update(
        &self,
        actor: &Actor,
        id: &str,
        change: ScheduleChange,
    ) -> Result<WorkflowSchedule, StoryError> {
        let known = self.get(actor, id).await?;
        let fence = known.fence;
        let changed = WorkflowSchedule {
            name: change.name.unwrap_or(known.name),
            cron: change.cron.unwrap_or(known.cron),
            time_zone: change.time_zone.unwrap_or(known.time_zone),
            config: change.config.unwrap_or(known.config),
            user_input: change.user_input.unwrap_or(known.user_input),
            missed_runs: change.missed_runs.unwrap_or(known.missed_runs),
            enabled: change.enabled.unwrap_or(known.enabled),
            thread_run: change_thread_run(known.thread_run, change.thread_run)?,
            ends_at: change.ends_at.unwrap_or(known.ends_at),
            actor: lasting(actor),
            fence: fence + 1,
            updated_at: self.clock.now(),
            ..known
        };

        let changed = self.check(changed).await?;
        match store::update(&self.db.user(actor.user_id), &changed, fence).await? {
            true => Ok(changed),
            // It was due, changed or deleted meanwhile.
            false => {
                self.get(actor, id).await?;
                Err(StoryError::ScheduleChanged { id: id.to_owned() })
            }
        }
    }

    pub(crate) async fn delete(&self, actor: &Actor, id: &str) -> Result<(), StoryError> {
        let schedule = self.get(actor, id).await?;
        match store::delete(&self.db.user(actor.user_id), schedule.id, actor.user_id).await? {
            true => Ok(()),
            false => Err(StoryError::ScheduleNotFound { id: id.to_owned() }),
        }
    }

    /// The next times of a line.
    pub(crate) fn preview(
        &self,
        cron: &str,
        time_zone: &str,
        count: Option<u32>,
    ) -> Result<Vec<DateTime<Utc>>, StoryError> {
        let now = self.clock.now();
        let count = count.unwrap_or(PREVIEW_DEFAULT);
        let mut faults = Faults::default();
        if !(1..=PREVIEW_MAX).contains(&count) {
            faults.add("count", format!("1 to {PREVIEW_MAX}"));
        }

        let timetable = Timetable::parse(cron, time_zone, now, &mut faults);
        match timetable {
            Some(timetable) if faults.is_empty() => Ok(timetable.list_next(now, count as usize)),
            _ => Err(StoryError::Invalid { fields: faults.0 }),
        }
    }
}

/// Which thread and which assistant stays as it is.
fn change_thread_run(
    known: Option<ScheduledThreadRun>,
    change: Option<ScheduledThreadRun>,
) -> Result<Option<ScheduledThreadRun>, StoryError> {
    match (known, change) {
        (known, None) => Ok(known),
        (Some(known), Some(change)) => Ok(Some(ScheduledThreadRun {
            thread_id: known.thread_id,
            assistant_id: known.assistant_id,
            ..change
        })),
        (None, Some(_)) => {
            let expected = "none: this schedule begins workflows";
            Err(StoryError::invalid("thread_run", expected))
        }
    }
}

fn is_before_end(schedule: &WorkflowSchedule, at: DateTime<Utc>) -> bool {
    schedule.ends_at.is_none_or(|end| at < end)
}

/// When a schedule is due next.
pub(crate) fn list_next(schedule: &WorkflowSchedule) -> Vec<DateTime<Utc>> {
    let Some(next) = schedule.next_at else {
        return Vec::new();
    };
    let mut faults = Faults::default();
    let timetable = Timetable::parse(&schedule.cron, &schedule.time_zone, next, &mut faults);
    let later = timetable
        .map(|timetable| timetable.list_next(next, SHOWN - 1))
        .unwrap_or_default();

    let all = std::iter::once(next).chain(later);
    all.filter(|at| is_before_end(schedule, *at)).collect()
}

/// Who it is beyond the session that it asks in.
fn lasting(actor: &Actor) -> Actor {
    Actor {
        session_id: None,
        auth_time: None,
        ..actor.clone()
    }
}

fn raw_workflow(schedule: &WorkflowSchedule) -> RawWorkflow {
    RawWorkflow {
        workflow_type: schedule.workflow_type.clone(),
        config: schedule.config.clone(),
        name: Some(schedule.name.clone()),
        ..RawWorkflow::default()
    }
}
