//! The runs that a worker holds right now.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::FutureExt;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{RunSpan, WorkerConfig};
use crate::context::{Stop, StopReason};
use crate::engine::{self, Env, Held, Outcome};
use crate::registry::Graphs;
use crate::store::{Access, Change, Claim, Claimed, Commit, Reply, RunId, Steered};

/// The strings on one run.
struct Hand {
    fence: i64,
    guest: bool,
    /// Others may wait for its end.
    keyed: bool,
    stop: Stop,
    lost: CancellationToken,
    drain: CancellationToken,
}

pub(super) struct WorkerPool {
    env: Arc<Env>,
    graphs: Graphs,
    span: RunSpan,
    config: WorkerConfig,
    hands: HashMap<RunId, Hand>,
    tasks: JoinSet<(RunId, i64, Outcome)>,
    /// Every run is handed back after its step, also one whose claim was under way when this was cancelled.
    drain: CancellationToken,
    /// There may be something to claim.
    hungry: bool,
    looked: Instant,
    /// When runs that we have paused go on.
    wake_ups: BinaryHeap<Reverse<Instant>>,
    last_beat: Instant,
}

impl WorkerPool {
    pub(super) fn new(
        env: Arc<Env>,
        (graphs, span): (Graphs, RunSpan),
        config: WorkerConfig,
        drain: CancellationToken,
    ) -> Self {
        Self {
            env,
            graphs,
            span,
            config,
            hands: HashMap::new(),
            tasks: JoinSet::new(),
            drain,
            hungry: true,
            looked: Instant::now(),
            wake_ups: BinaryHeap::new(),
            last_beat: Instant::now(),
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.tasks.is_empty()
    }

    pub(super) fn look_for_work(&mut self) {
        self.hungry = true;
    }

    pub(super) fn next_look(&self) -> Instant {
        let poll = self.looked + self.config.poll;
        self.wake_ups.peek().map_or(poll, |Reverse(at)| poll.min(*at))
    }

    fn free(&self) -> usize {
        self.config.concurrency.saturating_sub(self.hands.len())
    }

    /// With fewer runs than this no share can be used up.
    fn smallest_share(&self) -> usize {
        let guests = self.config.slots_of_guests.min(self.config.slots_of_guest_share);
        self.config.slots_of_share.min(guests)
    }

    pub(super) fn has_room(&self) -> bool {
        self.free() > 0
    }

    /// Fills the free places. False when there are some and the store does not answer.
    pub(super) async fn claim(&mut self) -> bool {
        let free = self.free();
        if !self.hungry || free == 0 {
            return true;
        }

        self.looked = Instant::now();

        while self.wake_ups.peek().is_some_and(|Reverse(at)| *at <= self.looked) {
            self.wake_ups.pop();
        }

        let regular = self.claim_of(false, free, self.config.slots_of_share).await;
        let held = self.hands.values().filter(|hand| hand.guest).count();
        let for_guests = self.config.slots_of_guests.saturating_sub(held);
        let left = for_guests.min(free.saturating_sub(regular.unwrap_or(free)));
        let guests = match left {
            0 => Some(0),
            _ => self.claim_of(true, left, self.config.slots_of_guest_share).await,
        };

        // Whoever got all that it asked for may find more.
        self.hungry = regular == Some(free) || (left > 0 && guests == Some(left));

        regular.is_some() && guests.is_some()
    }

    /// Starts up to `limit` runs of guests or of others, and says how many it were; `None` when the store does not answer.
    async fn claim_of(&mut self, guests: bool, limit: usize, most_of_share: usize) -> Option<usize> {
        let now = (self.env.now)();
        let claim = Claim {
            worker: self.config.name.clone(),
            graphs: self.graphs.names(),
            guests,
            limit: u32::try_from(limit).unwrap_or(u32::MAX),
            most_of_share: u32::try_from(most_of_share).unwrap_or(u32::MAX),
            now,
            lease_until: now + self.config.lease,
        };

        match self.env.store.claim(claim).await {
            Ok(claimed) => {
                let count = claimed.len();
                claimed
                    .into_iter()
                    .for_each(|claimed| self.start(claimed, guests));

                Some(count)
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "no work can be claimed; trying again"
                );

                None
            }
        }
    }

    fn start(&mut self, claimed: Claimed, guest: bool) {
        let (run, fence) = (claimed.run.id, claimed.run.fence);
        let Some(graph) = self.graphs.get(&claimed.run.graph) else {
            // The store answers only graphs that we asked for.
            return;
        };

        let span = (self.span)(&claimed);
        let hand = Hand {
            fence,
            guest,
            keyed: claimed.run.options.concurrency_key.is_some(),
            stop: Stop::default(),
            lost: CancellationToken::new(),
            drain: self.drain.child_token(),
        };

        let held = Held {
            claimed,
            stop: hand.stop.clone(),
            lost: hand.lost.clone(),
            drain: hand.drain.clone(),
        };

        // The same run under an older fence was ours and lapsed.
        if let Some(older) = self.hands.insert(run, hand) {
            older.lost.cancel();
        }

        let work = AssertUnwindSafe(graph.drive(Arc::clone(&self.env), held)).catch_unwind();
        let work = async move {
            // Panics of nodes are caught further in; this would be the engine's own.
            let outcome = work.await.unwrap_or_else(|_| {
                tracing::error!(%run, "the engine panicked; the run waits for its lease to end");
                Outcome::Lost
            });
            (run, fence, outcome)
        };
        self.tasks.spawn(work.instrument(span));
    }

    /// Waits until one run is out of our hands. Cancel-safe.
    pub(super) async fn one_ends(&mut self) {
        let Some(joined) = self.tasks.join_next().await else {
            return;
        };
        // Panics are caught and nobody aborts these tasks one by one.
        let Ok((run, fence, outcome)) = joined else {
            return;
        };
        let held = self.hands.len();
        if self.hands.get(&run).is_some_and(|hand| hand.fence == fence)
            && let Some(hand) = self.hands.remove(&run)
        {
            // What found no room in its share, or had to wait behind it, may be claimed now.
            self.hungry |= hand.keyed || held >= self.smallest_share();
        }

        self.note(outcome);
    }

    fn note(&mut self, outcome: Outcome) {
        if let Outcome::Paused(until) = outcome {
            let wait = (until - (self.env.now)()).to_std().unwrap_or_default();
            if let Some(at) = Instant::now().checked_add(wait) {
                self.wake_ups.push(Reverse(at));
            }
        }
    }

    pub(super) fn cancel(&mut self, run: RunId) {
        if let Some(hand) = self.hands.get(&run) {
            hand.stop.stop(StopReason::Cancelled);
        }
    }

    pub(super) async fn poll_steered(&mut self) {
        if self.hands.is_empty() {
            return;
        }
        match self.env.store.steered(&self.config.name).await {
            Ok(runs) => runs.into_iter().for_each(|(run, steered)| match steered {
                Steered::Cancel => self.cancel(run),
                Steered::Pause => self.pause(run),
            }),
            Err(error) => tracing::debug!(%error, "cancellations can not be read"),
        }
    }

    fn pause(&mut self, run: RunId) {
        if let Some(hand) = self.hands.get(&run) {
            hand.drain.cancel();
        }
    }

    /// Closes questions that nobody answered in time. Another worker may be quicker, and so may a person.
    pub(super) async fn close_overdue(&mut self) {
        let now = (self.env.now)();
        let overdue = match self.env.store.overdue(now).await {
            Ok(overdue) => overdue,
            Err(error) => {
                tracing::debug!(%error, "questions whose time is over can not be read");
                return;
            }
        };

        for (run, question) in overdue {
            let store = &self.env.store;
            let closed = store
                .answer(Access::System, run, Some(question), Reply::Expire, now)
                .await;

            match closed {
                Ok(committed) => {
                    self.env.notify.committed(run, committed.events);
                    self.hungry = true;
                }
                Err(error) => tracing::debug!(%run, %error, "a question was closed by somebody else"),
            }
        }
    }

    /// Prolongs the leases. Without an answer until they have ended, everything is let go: others may have it.
    pub(super) async fn beat(&mut self) {
        if self.hands.is_empty() {
            self.last_beat = Instant::now();
            return;
        }

        let sent = Instant::now();
        let until: DateTime<Utc> = (self.env.now)() + self.config.lease;
        let runs: Vec<_> = self.hands.keys().copied().collect();

        match self.env.store.heartbeat(&self.config.name, &runs, until).await {
            Ok(beats) => {
                self.last_beat = sent;

                let held: HashMap<_, _> = beats.iter().map(|beat| (beat.run, beat.fence)).collect();
                for (run, hand) in &self.hands {
                    if held.get(run) != Some(&hand.fence) {
                        hand.lost.cancel();
                    }
                }

                for beat in beats.iter().filter(|beat| beat.cancelling) {
                    self.cancel(beat.run);
                }
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "leases could not be prolonged"
                );
                if self.last_beat.elapsed() > self.config.lease {
                    self.hands.values().for_each(|hand| hand.lost.cancel());
                }
            }
        }
    }

    /// Drops what still runs and hands it back as it was last committed.
    pub(super) async fn hand_back(mut self) {
        self.tasks.shutdown().await;
        for (run, hand) in &self.hands {
            let mut commit = Commit::new(*run, hand.fence, (self.env.now)());
            commit.change = Some(Change::Release { until: commit.at });
            if let Err(error) = self.env.store.commit(commit).await {
                tracing::debug!(%run, %error, "a run was not handed back");
            }
        }
    }

    pub(super) async fn expire(&mut self) {
        match self
            .env
            .store
            .expire(self.config.retention, (self.env.now)())
            .await
        {
            Ok(expired) => engine::delete_spilled(self.env.spill.as_deref(), &expired.spilled).await,
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "old history was not deleted"
            ),
        }
    }
}
