//! Runs: read, listed, watched, cancelled, answered and forked. A run belongs to its owner; a run of a guest's story may
//! be read by whoever knows its id. What may not be seen does not exist.

mod answer;
mod tail;
mod watch;

use std::sync::Arc;

use flow::{Access, Event, HistoryEntry, Run, RunStatus, Store, StoreError};
use kit::actor::Actor;
use kit::bus::Bus;
use kit::clock::SharedClock;
use kit::db::Db;
use kit::ids::SharedIds;
use kit::page::{Page, PageRequest};
use serde_json::Value;
use uuid::Uuid;

pub(crate) use self::answer::find_faults as find_answer_faults;
use self::tail::Tails;
pub(crate) use self::watch::{Seen, Watch};
use super::attempts::Attempts;
use super::batch::{BATCH_MAX, parse_batch};
use crate::config::StoryConfig;
use crate::error::StoryError;
use crate::store::runs::{self as store, RunsOf};
use crate::store::stories;

/// The rules.
#[derive(Clone)]
pub(crate) struct RunsDomain {
    runs: flow::Runs,
    log: Arc<dyn Store>,
    db: Db,
    attempts: Attempts,
    tails: Tails,
    clock: SharedClock,
    ids: SharedIds,
}

/// What [`RunsDomain`] is made of.
pub(crate) struct RunsDeps {
    pub(crate) runs: flow::Runs,
    /// Where the events are read from.
    pub(crate) log: Arc<dyn Store>,
    pub(crate) db: Db,
    pub(crate) attempts: Attempts,
    pub(crate) bus: Bus,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
}

/// Some of a run's events.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventsBetween {
    /// Above this number.
    pub(crate) after: u64,
    /// Below this number.
    pub(crate) before: Option<u64>,
    pub(crate) size: u32,
    /// The last ones instead of the first.
    pub(crate) backward: bool,
}

impl RunsDomain {
    pub(crate) fn new(deps: RunsDeps, config: &StoryConfig) -> Self {
        let RunsDeps {
            runs,
            log,
            db,
            attempts,
            bus,
            clock,
            ids,
        } = deps;
        let tails = Tails::new(Arc::clone(&log), bus, config.watch_poll());

        Self {
            runs,
            log,
            db,
            attempts,
            tails,
            clock,
            ids,
        }
    }

    pub(crate) async fn get(&self, actor: &Actor, id: &str) -> Result<Run, StoryError> {
        let run = parse_id(id)?;
        match self.runs.get(Access::Owner(actor.user_id), run).await {
            Err(StoreError::NotFound)
                if stories::is_guests_run(&self.db.reader(actor.user_id), run).await? =>
            {
                self.runs
                    .get(Access::System, run)
                    .await
                    .map_err(|error| refused(run, error))
            }
            other => other.map_err(|error| refused(run, error)),
        }
    }

    /// Those of these runs that the actor may see.
    pub(crate) async fn batch(&self, actor: &Actor, ids: &[String]) -> Result<Vec<Run>, StoryError> {
        let [ids] = parse_batch([("ids", ids)], BATCH_MAX)
            .map_err(|fault| StoryError::Invalid { fields: vec![fault] })?;
        stories::visible_runs(&self.db.reader(actor.user_id), actor.user_id, &ids)
            .await
            .map_err(StoryError::Runs)
    }

    /// Newest first: the actor's own, or all attempts at a story that the actor may see.
    pub(crate) async fn list(
        &self,
        actor: &Actor,
        story: Option<&str>,
        status: Option<RunStatus>,
        page: PageRequest,
    ) -> Result<Page<Run>, StoryError> {
        let of = self.runs_of(actor, story).await?;
        let runs = store::page(&self.db.reader(actor.user_id), of, status, page).await;
        runs.map_err(StoryError::Runs)
    }

    /// How many runs that list has.
    pub(crate) async fn count(
        &self,
        actor: &Actor,
        story: Option<&str>,
        status: Option<RunStatus>,
    ) -> Result<u64, StoryError> {
        let of = self.runs_of(actor, story).await?;
        let count = store::count(&self.db.reader(actor.user_id), of, status).await;
        count.map_err(StoryError::Runs)
    }

    async fn runs_of(&self, actor: &Actor, story: Option<&str>) -> Result<RunsOf, StoryError> {
        let Some(id) = story else {
            return Ok(RunsOf::Owner(actor.user_id));
        };
        let not_found = || StoryError::StoryNotFound { id: id.to_owned() };
        let story = Uuid::try_parse(id).map_err(|_| not_found())?;

        match stories::is_visible(&self.db.reader(actor.user_id), story, actor.user_id).await? {
            true => Ok(RunsOf::Story(story)),
            false => Err(not_found()),
        }
    }

    /// What is written down of the run between two numbers: the first events of those, or the last ones.
    pub(crate) async fn events(
        &self,
        actor: &Actor,
        id: &str,
        wanted: EventsBetween,
    ) -> Result<(Run, Vec<Event>), StoryError> {
        let run = self.get(actor, id).await?;
        let end = wanted.before.unwrap_or(u64::MAX).min(run.last_event + 1);
        let left = end.saturating_sub(wanted.after.saturating_add(1));
        let count = left.min(wanted.size.into());

        // Numbers have no gaps, so the last ones are found by counting.
        let after = if wanted.backward {
            end.saturating_sub(count + 1)
        } else {
            wanted.after
        };
        let events = match u32::try_from(count) {
            Ok(0) | Err(_) => Vec::new(),
            Ok(limit) => self
                .log
                .events(run.id, after, limit)
                .await
                .map_err(StoryError::Runs)?,
        };

        Ok((run, events))
    }

    /// Everything after the event `after`, until the run has ended and all of it was given.
    pub(crate) async fn watch(&self, actor: &Actor, id: &str, after: u64) -> Result<Watch, StoryError> {
        let run = self.get(actor, id).await?;
        self.watch_run(run.id, after).await
    }

    /// The same, for whoever was found to be allowed.
    pub(crate) async fn watch_run(&self, run: Uuid, after: u64) -> Result<Watch, StoryError> {
        let live = self.tails.join(run);

        // Read again: what ended before we listened is said nowhere but in the row and in the log.
        let run = self
            .runs
            .get(Access::System, run)
            .await
            .map_err(|error| refused(run, error))?;

        Ok(Watch::new(&run, after, Arc::clone(&self.log), live))
    }

    pub(crate) async fn cancel(&self, actor: &Actor, id: &str) -> Result<Run, StoryError> {
        let run = parse_id(id)?;
        self.runs
            .cancel(Access::Owner(actor.user_id), run)
            .await
            .map_err(|error| match error {
                StoreError::WrongStatus { .. } => StoryError::RunEnded { id: run },
                other => refused(run, other),
            })
    }

    /// `answer` is JSON text; it must fit the schema that the question brings, for the node that asked cannot ask again.
    pub(crate) async fn answer(&self, actor: &Actor, id: &str, answer: &str) -> Result<Run, StoryError> {
        let run = parse_id(id)?;
        let answer: Value =
            serde_json::from_str(answer).map_err(|_| StoryError::invalid("answer", "JSON text"))?;

        let access = Access::Owner(actor.user_id);
        let asked = self.runs.get(access, run).await;
        let asked = asked.map_err(|error| refused(run, error))?;
        if let Some(question) = &asked.question {
            let faults = answer::find_faults(question, &answer);
            if !faults.is_empty() {
                return Err(StoryError::Invalid { fields: faults });
            }
        }

        let answered = self.runs.answer(access, run, answer).await;
        answered.map_err(|error| match error {
            StoreError::WrongStatus { .. } => StoryError::RunNotWaiting { id: run },
            other => refused(run, other),
        })
    }

    /// Newest first.
    pub(crate) async fn checkpoints(&self, actor: &Actor, id: &str) -> Result<Vec<HistoryEntry>, StoryError> {
        let run = parse_id(id)?;
        self.runs
            .history(Access::Owner(actor.user_id), run)
            .await
            .map_err(|error| refused(run, error))
    }

    /// Starts a new run at a checkpoint. The fork of a story's run becomes the story's current run, so the story must not
    /// be in the making.
    pub(crate) async fn fork(&self, actor: &Actor, id: &str, step: u64) -> Result<Run, StoryError> {
        let source = parse_id(id)?;
        let owner = actor.user_id;
        self.runs
            .get(Access::Owner(owner), source)
            .await
            .map_err(|error| refused(source, error))?;

        let Some(story) = self.attempts.thing_of_run(source, owner).await? else {
            return self.fork_run(owner, source, step).await;
        };
        let attempt = self.attempts.current(story, owner).await?;
        let attempt = attempt.ok_or_else(|| StoryError::RunNotFound { id: id.to_owned() })?;
        let current = self.runs.get(Access::System, attempt.run).await;

        if !current
            .map_err(|error| refused(attempt.run, error))?
            .status
            .is_terminal()
        {
            return Err(StoryError::StoryActive { id: story });
        }

        let fork = self.fork_run(owner, source, step).await?;
        if self
            .attempts
            .adopt(attempt, owner, fork.id, self.clock.now())
            .await?
        {
            return Ok(fork);
        }

        self.runs
            .cancel(Access::System, fork.id)
            .await
            .map_err(StoryError::Runs)?;

        Err(StoryError::Contended {
            id: story.to_string(),
        })
    }

    async fn fork_run(&self, owner: Uuid, source: Uuid, step: u64) -> Result<Run, StoryError> {
        let forked = self
            .runs
            .fork(Access::Owner(owner), source, step, self.ids.id())
            .await;
        forked.map_err(|error| match error {
            StoreError::NoCheckpoint => StoryError::CheckpointExpired { id: source, step },
            other => refused(source, other),
        })
    }
}

fn parse_id(id: &str) -> Result<Uuid, StoryError> {
    Uuid::try_parse(id).map_err(|_| StoryError::RunNotFound { id: id.to_owned() })
}

fn refused(run: Uuid, error: StoreError) -> StoryError {
    match error {
        StoreError::NotFound => StoryError::RunNotFound { id: run.to_string() },
        other => StoryError::Runs(other),
    }
}
