//! One worker's hold on one run: everything the run's tasks share, and the fenced small writes they make.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::context::{Stop, lock};
use crate::error::NodeError;
use crate::notify::Notify;
use crate::store::{
    Change, Commit, Committed, Effect, EffectKey, Event, NewEvent, OwnerId, RunId, Store, StoreError,
};

/// Reads the clock. Injected, so that tests own the time.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// How often the store is asked while the store does not answer, and the first wait; it doubles. Three seconds in all,
/// less than a lease.
const WRITE_ATTEMPTS: u32 = 6;
const WRITE_WAIT: Duration = Duration::from_millis(100);

pub(crate) struct RunScope {
    pub(crate) run: RunId,
    pub(crate) owner: OwnerId,
    pub(crate) fence: i64,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) notify: Arc<dyn Notify>,
    pub(crate) now: Now,
    pub(crate) stop: Stop,
    attempt: AtomicU32,
    effects: Mutex<HashMap<EffectKey, Arc<str>>>,
    /// Whether the step has anything in the journal that its commit should delete.
    journalled: AtomicBool,
    /// Events that an earlier attempt of this step has already written, and how often.
    seen: Mutex<HashMap<(String, String), u32>>,
    shown: Mutex<(String, f64)>,
}

impl RunScope {
    pub(crate) fn new(
        run: &crate::store::Run,
        store: Arc<dyn Store>,
        notify: Arc<dyn Notify>,
        now: Now,
        stop: Stop,
        effects: Vec<Effect>,
        events: Vec<Event>,
    ) -> Self {
        let journalled = AtomicBool::new(!effects.is_empty());
        let mut seen = HashMap::new();
        for event in events {
            *seen.entry((event.kind, event.data)).or_insert(0) += 1;
        }

        Self {
            run: run.id,
            owner: run.owner,
            fence: run.fence,
            store,
            notify,
            now,
            stop,
            attempt: AtomicU32::new(run.attempt),
            effects: Mutex::new(effects.into_iter().map(|e| (e.at, Arc::from(e.value))).collect()),
            journalled,
            seen: Mutex::new(seen),
            shown: Mutex::new((run.phase.clone(), run.progress)),
        }
    }

    /// Failed attempts of the current step.
    pub(crate) fn attempt(&self) -> u32 {
        self.attempt.load(Ordering::Relaxed)
    }

    /// Phase and progress as users see them now.
    pub(crate) fn shown(&self) -> (String, f64) {
        lock(&self.shown).clone()
    }

    pub(crate) fn journalled(&self, at: &EffectKey) -> Option<Arc<str>> {
        lock(&self.effects).get(at).cloned()
    }

    /// The step is committed: what it had journalled and said is history. Answers whether there was a journal.
    pub(crate) fn forget_step(&self) -> bool {
        self.attempt.store(0, Ordering::Relaxed);
        lock(&self.seen).clear();
        lock(&self.effects).clear();
        self.journalled.swap(false, Ordering::Relaxed)
    }

    pub(crate) fn has_journal(&self) -> bool {
        self.journalled.load(Ordering::Relaxed)
    }

    pub(crate) fn commit_now(&self) -> Commit {
        Commit::new(self.run, self.fence, (self.now)())
    }

    pub(crate) async fn journal(&self, effect: Effect) -> Result<(), NodeError> {
        self.journalled.store(true, Ordering::Relaxed);
        let mut commit = self.commit_now();
        commit.effect = Some(effect);
        commit_patiently(&*self.store, commit).await?;
        Ok(())
    }

    pub(crate) async fn emit(&self, event: NewEvent, change: Option<Change>) -> Result<(), NodeError> {
        if let Some(Change::Progress { phase, progress }) = &change {
            *lock(&self.shown) = (phase.clone(), *progress);
        }

        if self.already_said(&event) {
            return Ok(());
        }

        let mut commit = self.commit_now();
        commit.events.push(event);
        commit.change = change;

        let committed = commit_patiently(&*self.store, commit).await?;
        self.notify.committed(self.run, committed.events);

        Ok(())
    }

    fn already_said(&self, event: &NewEvent) -> bool {
        let mut seen = lock(&self.seen);
        if seen.is_empty() {
            return false;
        }

        match seen.get_mut(&(event.kind.clone(), event.data.clone())) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }
}

/// Commits, and tries again while the store does not answer: it may be restarting, and what the step or the effect cost
/// should not be lost for it. A commit that did happen unheard is refused when it comes again, and the run goes on from it
/// with its next claim.
pub(crate) async fn commit_patiently(store: &dyn Store, commit: Commit) -> Result<Committed, StoreError> {
    patiently(commit.run, || store.commit(commit.clone())).await
}

/// Asks the store again while it does not answer. A run that is let go of for one question waits for its lease to end.
pub(crate) async fn patiently<T, F>(run: RunId, ask: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut wait = WRITE_WAIT;
    for _ in 1..WRITE_ATTEMPTS {
        match ask().await {
            Err(StoreError::Unavailable(cause)) => {
                tracing::warn!(%run, error = &*cause, "the store is asked again");
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
            other => return other,
        }
    }

    ask().await
}
