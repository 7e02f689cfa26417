//! The storage contract as tests: each function is one promise of [`Store`], to be run against every engine. They make
//! their own owners and graphs, so that they may share a database; they panic where a store breaks the promise.

#![expect(
    clippy::disallowed_methods,
    reason = "a contract makes its own ids and reads the real clock, so that several can share a database"
)]

mod claims;
mod commits;
pub mod promises;
mod reading;
mod steering;

use std::sync::Arc;

use chrono::{DateTime, Duration, SubsecRound, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::store::{
    Access, Change, Claim, Claimed, Commit, Effect, EffectKey, NewEvent, NewRun, OpenQuestion, Run, RunId,
    RunOptions, SavedCheckpoint, Share, Store,
};

/// Runs every contract on a store of its own.
///
/// # Panics
/// Where the store breaks one.
pub async fn all(store: impl Fn() -> Arc<dyn Store>) {
    claims::all(&store).await;
    commits::all(&store).await;
    reading::all(&store).await;
    steering::all(&store).await;
}

/// A time that every database can keep exactly.
fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// One contract's corner of the store: a graph and an owner of its own, and a clock that it moves itself.
struct Corner {
    store: Arc<dyn Store>,
    graph: String,
    owner: Uuid,
    now: DateTime<Utc>,
}

impl Corner {
    fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            graph: format!("graph-{}", Uuid::new_v4()),
            owner: Uuid::new_v4(),
            now: now(),
        }
    }

    fn later(&mut self, seconds: i64) -> DateTime<Utc> {
        self.now += Duration::seconds(seconds);
        self.now
    }

    fn new_run(&self, owner: Uuid) -> NewRun {
        NewRun {
            id: Uuid::new_v4(),
            owner,
            share: Share::of_owner(owner),
            graph: self.graph.clone(),
            phase: "before".to_owned(),
            input: b"input".to_vec(),
            first_step: 0,
            forked_from: None,
            options: RunOptions::default(),
            idempotency: None,
            created_at: self.now,
            due_at: self.now,
            trace: Some("trace".to_owned()),
            events: Vec::new(),
        }
    }

    /// A queued run, created a second after the one before.
    async fn create(&mut self, owner: Uuid) -> RunId {
        self.later(1);
        let new = self.new_run(owner);
        self.store
            .create(new)
            .await
            .expect("a run can be created")
            .run()
            .id
    }

    async fn claim(&self, worker: &str, limit: u32) -> Vec<Claimed> {
        self.claim_with(worker, limit, |_| {}).await
    }

    async fn claim_with(&self, worker: &str, limit: u32, change: impl FnOnce(&mut Claim)) -> Vec<Claimed> {
        let mut claim = Claim {
            worker: worker.to_owned(),
            graphs: vec![self.graph.clone()],
            guests: false,
            limit,
            most_of_share: u32::MAX,
            now: self.now,
            lease_until: self.now + Duration::seconds(60),
        };
        change(&mut claim);

        self.store.claim(claim).await.expect("claiming answers")
    }

    /// A run in the hands of `worker`.
    async fn claimed(&mut self, worker: &str) -> Run {
        let id = self.create(self.owner).await;
        let mut claimed = self.claim(worker, 1).await;
        let run = claimed.pop().expect("a due run is claimed").run;
        assert_eq!(run.id, id);
        run
    }

    fn commit(&self, run: &Run) -> Commit {
        Commit::new(run.id, run.fence, self.now)
    }

    async fn change(&self, run: &Run, change: Change) {
        let mut commit = self.commit(run);
        commit.change = Some(change);
        self.store
            .commit(commit)
            .await
            .expect("the holder may change its run");
    }

    async fn get(&self, run: RunId) -> Run {
        self.store.get(Access::System, run).await.expect("the run exists")
    }
}

fn event(kind: &str, step: Option<u64>) -> NewEvent {
    NewEvent {
        kind: kind.to_owned(),
        data: r#"{"b": 1, "a": "ü"}"#.to_owned(),
        step,
    }
}

fn checkpoint(step: u64, base: u64) -> SavedCheckpoint {
    SavedCheckpoint {
        step,
        base,
        record: vec![step as u8, 0, 255],
        spilled: None,
    }
}

fn key(step: u64, key: &str) -> EffectKey {
    EffectKey {
        step,
        node: "node".to_owned(),
        item: -1,
        key: key.to_owned(),
    }
}

fn effect(step: u64, name: &str, value: &str) -> Effect {
    Effect {
        at: key(step, name),
        value: Value::from(value).to_string(),
    }
}

/// A question of a node of the first step.
fn question(name: &str, expires_at: Option<DateTime<Utc>>) -> OpenQuestion {
    let at = key(1, name);
    OpenQuestion {
        id: OpenQuestion::id_of(Uuid::nil(), &at),
        at,
        question: Value::from("which way?"),
        asked_at: now(),
        expires_at,
    }
}

fn wait() -> Change {
    Change::Wait {
        questions: vec![question("@ask:0", None)],
    }
}
