//! Runs in memory, for tests of what is built on the engine. It passes the same contract as the real stores, and loses
//! everything with the process.

mod steer;

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::context::{lock, status_data};
use crate::store::{
    Access, Beat, Change, CheckpointInfo, Claim, Claimed, Commit, Committed, Created, Effect, EffectKey,
    Event, Expired, NewEvent, NewFork, NewRun, OwnerId, Page, Reopen, Reply, Resume, Retention, Run, RunId,
    RunOptions, RunStatus, SavedCheckpoint, Share, Steered, Store, StoreError,
};

/// All runs of one test.
#[derive(Debug, Default)]
pub struct MemoryStore {
    runs: Mutex<HashMap<RunId, Row>>,
    failing: AtomicU32,
}

#[derive(Debug, Clone)]
struct Row {
    share: Share,
    run: Run,
    first: SavedCheckpoint,
    trace: Option<String>,
    fingerprint: Option<Vec<u8>>,
    checkpoints: BTreeMap<u64, (SavedCheckpoint, DateTime<Utc>)>,
    events: Vec<(Option<u64>, Event)>,
    effects: BTreeMap<EffectKey, String>,
    trimmed: bool,
}

impl Row {
    fn append(&mut self, events: Vec<NewEvent>, at: DateTime<Utc>) -> Vec<Event> {
        let from = self.events.len();

        for event in events {
            let number = self.events.len() as u64 + 1;
            let numbered = Event {
                number,
                kind: event.kind,
                data: event.data,
                at,
            };
            self.events.push((event.step, numbered));
        }

        self.run.last_event = self.events.len() as u64;
        self.events[from..]
            .iter()
            .map(|(_, event)| event.clone())
            .collect()
    }

    fn say(&mut self, status: RunStatus, at: DateTime<Utc>) -> Committed {
        self.run.status = status;
        self.run.updated_at = at;

        let event = NewEvent {
            kind: "status".to_owned(),
            data: status_data(status, &self.run.phase, self.run.progress).to_string(),
            step: None,
        };

        Committed {
            events: self.append(vec![event], at),
            spilled: Vec::new(),
        }
    }

    fn is_held(&self, now: DateTime<Utc>) -> bool {
        self.run.worker.is_some() && self.run.lease_until > now
    }

    fn prune(&mut self, below: u64) -> Vec<String> {
        let kept = self.checkpoints.split_off(&below);
        let gone = std::mem::replace(&mut self.checkpoints, kept);
        gone.into_values()
            .filter_map(|(saved, _)| saved.spilled)
            .collect()
    }

    fn change(&mut self, change: Change, at: DateTime<Utc>) {
        let cancelling = self.run.status == RunStatus::Cancelling;
        let run = &mut self.run;
        let released = !matches!(change, Change::Progress { .. });
        let mut until = at;

        match change {
            Change::Progress { phase, progress } => (run.phase, run.progress) = (phase, progress),
            Change::Retry { attempt, until: wake } => (run.attempt, until) = (attempt, wake),
            Change::Release { until: wake } => until = wake,
            Change::Wait { questions } => {
                run.active_since = None;
                if !cancelling {
                    run.status = RunStatus::WaitingForInput;
                    run.question = questions.first().map(|open| open.question.clone());
                    run.questions = questions;
                }
            }
            Change::Hold { points } => {
                run.active_since = None;
                run.options.pause = points;
                (run.paused, run.held) = (!cancelling, !cancelling);
            }
            Change::Complete => (run.status, run.progress) = (RunStatus::Completed, 100.0),
            Change::Fail(failure) => {
                run.status = RunStatus::Failed;
                run.error_message = Some(failure.message);
                (run.error_reason, run.failed_node) = (failure.reason, failure.node);
            }
            Change::Cancel => run.status = RunStatus::Cancelled,
        }

        if released {
            run.worker = None;
            run.lease_until = if cancelling { at } else { until };
        }

        run.ended_at = run.status.is_terminal().then_some(at);
    }
}

impl MemoryStore {
    /// The next so many commits and resumptions find the store gone.
    pub fn fail_commits(&self, count: u32) {
        self.failing.store(count, Ordering::SeqCst);
    }

    fn check_is_there(&self) -> Result<(), StoreError> {
        let fails = self
            .failing
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match fails {
            Ok(_) => Err(StoreError::unavailable("the store is gone for a moment")),
            Err(_) => Ok(()),
        }
    }

    fn with<T>(
        &self,
        access: Access,
        run: RunId,
        act: impl FnOnce(&mut Row) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut runs = lock(&self.runs);
        let row = runs.get_mut(&run).filter(|row| access.covers(row.run.owner));
        act(row.ok_or(StoreError::NotFound)?)
    }
}

fn queued(
    id: RunId,
    owner: OwnerId,
    share: Share,
    graph: String,
    at: DateTime<Utc>,
    first: SavedCheckpoint,
) -> Row {
    Row {
        share,
        run: Run {
            id,
            owner,
            graph,
            status: RunStatus::Queued,
            phase: String::new(),
            progress: 0.0,
            step: first.step,
            fence: 0,
            worker: None,
            lease_until: at,
            attempt: 0,
            lost: 0,
            error_message: None,
            error_reason: None,
            failed_node: None,
            paused: false,
            held: false,
            question: None,
            questions: Vec::new(),
            idempotency_key: None,
            created_at: at,
            updated_at: at,
            started_at: None,
            active_since: None,
            ended_at: None,
            forked_from: None,
            last_event: 0,
            options: RunOptions::default(),
        },
        first,
        trace: None,
        fingerprint: None,
        checkpoints: BTreeMap::new(),
        events: Vec::new(),
        effects: BTreeMap::new(),
        trimmed: false,
    }
}

fn full(step: u64, record: Vec<u8>) -> SavedCheckpoint {
    SavedCheckpoint {
        step,
        base: step,
        record,
        spilled: None,
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn create(&self, new: NewRun) -> Result<Created, StoreError> {
        let mut runs = lock(&self.runs);
        if let Some(key) = &new.idempotency {
            let same =
                |row: &&Row| row.run.owner == new.owner && row.run.idempotency_key.as_ref() == Some(&key.key);
            match runs.values().find(same) {
                Some(row) if row.fingerprint.as_ref() != Some(&key.fingerprint) => {
                    return Err(StoreError::IdempotencyMismatch);
                }
                Some(row) => return Ok(Created::Existing(row.run.clone())),
                None => {}
            }
        }

        let mut row = queued(
            new.id,
            new.owner,
            new.share,
            new.graph,
            new.created_at,
            full(new.first_step, new.input),
        );
        row.run.phase = new.phase;
        row.run.forked_from = new.forked_from;
        row.run.options = new.options;
        row.run.lease_until = new.due_at;
        row.trace = new.trace;
        (row.run.idempotency_key, row.fingerprint) = new.idempotency.map(|i| (i.key, i.fingerprint)).unzip();
        row.append(new.events, new.created_at);

        let run = row.run.clone();
        runs.insert(new.id, row);

        Ok(Created::New(run))
    }

    async fn get(&self, access: Access, run: RunId) -> Result<Run, StoreError> {
        self.with(access, run, |row| Ok(row.run.clone()))
    }

    async fn list(&self, access: Access, page: Page) -> Result<Vec<Run>, StoreError> {
        let runs = lock(&self.runs);
        let mut found: Vec<_> = runs
            .values()
            .map(|row| &row.run)
            .filter(|run| access.covers(run.owner))
            .filter(|run| page.status.is_none_or(|status| status == run.status))
            .filter(|run| page.graph.as_ref().is_none_or(|graph| *graph == run.graph))
            .filter(|run| page.before.is_none_or(|before| (run.created_at, run.id) < before))
            .cloned()
            .collect();

        found.sort_by_key(|run| std::cmp::Reverse((run.created_at, run.id)));
        found.truncate(page.limit as usize);

        Ok(found)
    }

    async fn claim(&self, claim: Claim) -> Result<Vec<Claimed>, StoreError> {
        let mut runs = lock(&self.runs);
        let mut busy: HashMap<Uuid, usize> = HashMap::new();
        let mut here: HashMap<Uuid, usize> = HashMap::new();
        for row in runs.values().filter(|row| row.is_held(claim.now)) {
            *busy.entry(row.share.key).or_default() += 1;
            if row.run.worker.as_ref() == Some(&claim.worker) {
                *here.entry(row.share.key).or_default() += 1;
            }
        }

        // Runs of a key wait for those before them.
        let keyed = |run: &Run| {
            let key = run.options.concurrency_key.clone();
            key.map(|key| (run.owner, key, run.created_at, run.id))
        };
        let open: Vec<_> = runs
            .values()
            .filter(|row| !row.run.status.is_terminal())
            .filter_map(|row| keyed(&row.run))
            .collect();
        let behind: Vec<RunId> = open
            .iter()
            .filter(|(owner, key, at, id)| {
                open.iter()
                    .any(|(o, k, a, i)| (o, k) == (owner, key) && (a, i) < (at, id))
            })
            .map(|(.., id)| *id)
            .collect();

        let claimable = [RunStatus::Queued, RunStatus::Running, RunStatus::Cancelling];
        let mut due: Vec<_> = runs
            .values_mut()
            .filter(|row| claimable.contains(&row.run.status) && row.run.lease_until <= claim.now)
            .filter(|row| !row.run.paused && !behind.contains(&row.run.id))
            .filter(|row| claim.graphs.contains(&row.run.graph) && row.share.guest == claim.guests)
            .collect();
        due.sort_by_key(|row| (-row.run.options.priority, row.run.created_at, row.run.id));

        let mut ranked: Vec<_> = due
            .into_iter()
            .filter_map(|row| {
                let (place, held) = (
                    busy.entry(row.share.key).or_default(),
                    here.entry(row.share.key).or_default(),
                );
                *place += 1;
                *held += 1;
                (*held <= claim.most_of_share as usize).then_some((*place, row))
            })
            .collect();

        ranked.sort_by_key(|(place, row)| (*place, row.run.created_at));

        let claimed = ranked.into_iter().take(claim.limit as usize).map(|(_, row)| {
            let run = &mut row.run;
            let began = run.active_since.is_none() && run.status != RunStatus::Cancelling;

            if run.status == RunStatus::Queued {
                run.status = RunStatus::Running;
            }

            run.fence += 1;
            run.lost += u32::from(run.worker.is_some());
            run.worker = Some(claim.worker.clone());
            run.lease_until = claim.lease_until;
            run.updated_at = claim.now;
            run.started_at.get_or_insert(claim.now);
            run.active_since.get_or_insert(claim.now);

            Claimed {
                run: run.clone(),
                input: row.first.record.clone(),
                began,
                trace: row.trace.clone(),
            }
        });

        Ok(claimed.collect())
    }

    async fn heartbeat(
        &self,
        worker: &str,
        named: &[RunId],
        lease_until: DateTime<Utc>,
    ) -> Result<Vec<Beat>, StoreError> {
        let mut runs = lock(&self.runs);
        let held = runs
            .values_mut()
            .map(|row| &mut row.run)
            .filter(|run| run.worker.as_deref() == Some(worker) && named.contains(&run.id));

        let beats = held.map(|run| {
            run.lease_until = lease_until;
            Beat {
                run: run.id,
                fence: run.fence,
                cancelling: run.status == RunStatus::Cancelling,
            }
        });

        Ok(beats.collect())
    }

    async fn steered(&self, worker: &str) -> Result<Vec<(RunId, Steered)>, StoreError> {
        let runs = lock(&self.runs);
        let held = runs
            .values()
            .map(|row| &row.run)
            .filter(|run| run.worker.as_deref() == Some(worker));

        Ok(held
            .filter_map(|run| match (run.status, run.paused) {
                (RunStatus::Cancelling, _) => Some((run.id, Steered::Cancel)),
                (_, true) => Some((run.id, Steered::Pause)),
                _ => None,
            })
            .collect())
    }

    async fn resume(&self, run: RunId) -> Result<Resume, StoreError> {
        self.check_is_there()?;
        let newest = self.with(Access::System, run, |row| Ok(row.run.step))?;
        let chain = self.chain(Access::System, run, newest).await?;

        self.with(Access::System, run, |row| {
            let effects = row.effects.iter().filter(|(at, _)| at.step > newest);
            let events = row.events.iter().filter(|(step, _)| *step == Some(newest + 1));

            Ok(Resume {
                chain,
                effects: effects
                    .map(|(at, value)| Effect {
                        at: at.clone(),
                        value: value.clone(),
                    })
                    .collect(),
                events: events.map(|(_, event)| event.clone()).collect(),
            })
        })
    }

    async fn commit(&self, commit: Commit) -> Result<Committed, StoreError> {
        self.check_is_there()?;
        let mut runs = lock(&self.runs);
        let row = runs.get_mut(&commit.run);
        let row = row.filter(|row| row.run.fence == commit.fence && row.run.worker.is_some());
        let row = row.ok_or(StoreError::Fenced)?;
        let mut committed = Committed::default();

        if let Some(effect) = commit.effect {
            row.effects.insert(effect.at, effect.value);
        }

        if let Some(saved) = commit.checkpoint {
            row.run.step = saved.step;
            row.checkpoints.insert(saved.step, (saved, commit.at));
        }

        committed.events = row.append(commit.events, commit.at);

        if let Some(step) = commit.drop_effects {
            row.effects.retain(|at, _| at.step > step);
        }

        if let Some(below) = commit.prune_below {
            committed.spilled = row.prune(below);
        }

        if commit.reset {
            (row.run.attempt, row.run.lost) = (0, 0);
        }

        if commit.reset || commit.change.is_some() {
            row.run.updated_at = commit.at;
        }

        if let Some(change) = commit.change {
            row.change(change, commit.at);
        }

        Ok(committed)
    }

    async fn events(&self, run: RunId, after: u64, limit: u32) -> Result<Vec<Event>, StoreError> {
        let runs = lock(&self.runs);
        let events = runs
            .get(&run)
            .into_iter()
            .flat_map(|row| &row.events)
            .map(|(_, event)| event);

        Ok(events
            .filter(|event| event.number > after)
            .take(limit as usize)
            .cloned()
            .collect())
    }

    async fn cancel(&self, access: Access, run: RunId, at: DateTime<Utc>) -> Result<Committed, StoreError> {
        self.with(access, run, |row| match row.run.status {
            RunStatus::Cancelling => Ok(Committed::default()),
            RunStatus::Running if row.run.worker.is_some() => Ok(row.say(RunStatus::Cancelling, at)),
            RunStatus::Queued | RunStatus::Running | RunStatus::WaitingForInput => {
                row.run.question = None;
                row.run.questions.clear();
                (row.run.paused, row.run.held) = (false, false);
                row.run.ended_at = Some(at);
                Ok(row.say(RunStatus::Cancelled, at))
            }
            status => Err(StoreError::WrongStatus { status }),
        })
    }

    async fn answer(
        &self,
        access: Access,
        run: RunId,
        question: Option<Uuid>,
        reply: Reply,
        at: DateTime<Utc>,
    ) -> Result<Committed, StoreError> {
        self.with(access, run, |row| row.close_question(question, &reply, at))
    }

    async fn overdue(&self, now: DateTime<Utc>) -> Result<Vec<(RunId, Uuid)>, StoreError> {
        let runs = lock(&self.runs);
        Ok(runs.values().flat_map(|row| row.find_overdue(now)).collect())
    }

    async fn pause(
        &self,
        access: Access,
        run: RunId,
        paused: bool,
        at: DateTime<Utc>,
    ) -> Result<Committed, StoreError> {
        self.with(access, run, |row| row.pause(paused, at))
    }

    async fn reopen(&self, reopen: Reopen) -> Result<Committed, StoreError> {
        let (access, run) = (reopen.access, reopen.run);
        self.with(access, run, |row| row.reopen(reopen))
    }

    async fn history(&self, access: Access, run: RunId) -> Result<Vec<CheckpointInfo>, StoreError> {
        self.with(access, run, |row| {
            let first = (row.first.clone(), row.run.created_at);
            let all = row.checkpoints.values().rev().cloned().chain([first]);
            let infos = all.map(|(saved, created_at)| CheckpointInfo {
                step: saved.step,
                record: saved.record,
                created_at,
            });
            Ok(infos.collect())
        })
    }

    async fn chain(&self, access: Access, run: RunId, step: u64) -> Result<Vec<SavedCheckpoint>, StoreError> {
        self.with(access, run, |row| {
            if row.first.step == step {
                return Ok(vec![row.first.clone()]);
            }

            let base = row.checkpoints.get(&step).ok_or(StoreError::NoCheckpoint)?.0.base;
            let first = (base == row.first.step).then(|| row.first.clone());
            let rest = row
                .checkpoints
                .range(base..=step)
                .map(|(_, (saved, _))| saved.clone());

            Ok(first.into_iter().chain(rest).collect())
        })
    }

    async fn fork(&self, fork: NewFork) -> Result<Run, StoreError> {
        let source = self.get(fork.access, fork.source).await?;
        let share = self.with(fork.access, fork.source, |row| Ok(row.share))?;

        let mut row = queued(
            fork.id,
            source.owner,
            share,
            source.graph,
            fork.at,
            fork.checkpoint,
        );
        row.run.forked_from = Some(source.id);
        row.append(fork.events, fork.at);

        let run = row.run.clone();
        lock(&self.runs).insert(fork.id, row);

        Ok(run)
    }

    async fn expire(&self, retention: Retention, now: DateTime<Utc>) -> Result<Expired, StoreError> {
        let mut expired = Expired::default();
        for row in lock(&self.runs).values_mut() {
            let ttl = row.run.options.ttl_seconds;
            let kept = ttl.map_or(retention.max_age, |ttl| chrono::Duration::seconds(ttl.into()));
            let before = now - kept;
            if row.trimmed || row.run.ended_at.is_none_or(|ended| ended >= before) {
                continue;
            }

            row.trimmed = true;
            row.effects.clear();

            if let Some((newest, _)) = row.checkpoints.values().next_back() {
                let (base, count) = (newest.base, row.checkpoints.len());
                expired.spilled.extend(row.prune(base));
                expired.checkpoints += (count - row.checkpoints.len()) as u64;
            }
        }

        Ok(expired)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::store::Store;

    #[tokio::test]
    async fn the_memory_store_keeps_the_contract() {
        crate::conformance::all(|| Arc::new(super::MemoryStore::default()) as _).await;
    }

    async fn in_memory<F: Future<Output = ()>>(promise: impl Fn(Arc<dyn Store>) -> F) {
        promise(Arc::new(super::MemoryStore::default())).await;
    }

    crate::promise_tests!(in_memory);
}
