//! Who may work on what.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::Duration;
use uuid::Uuid;

use super::{Corner, checkpoint, wait};
use crate::store::{Change, Claim, RunFailure, RunStatus, Share, Store, StoreError};

pub(super) async fn all(store: &impl Fn() -> Arc<dyn Store>) {
    a_claim_takes_the_run_and_its_lease(Corner::new(store())).await;
    a_held_run_is_not_claimed_before_its_lease_ends(Corner::new(store())).await;
    a_lapsed_lease_counts_as_lost_and_a_released_one_does_not(Corner::new(store())).await;
    a_run_is_not_claimed_before_it_is_due(Corner::new(store())).await;
    only_the_named_graphs_are_claimed(Corner::new(store())).await;
    owners_with_fewer_running_runs_come_first(Corner::new(store())).await;
    no_share_holds_more_of_a_worker_than_it_may(Corner::new(store())).await;
    guests_are_claimed_apart_and_share_by_their_key(Corner::new(store())).await;
    many_workers_never_share_a_run(Corner::new(store())).await;
    a_heartbeat_prolongs_what_is_held_and_names_it(Corner::new(store())).await;
    a_paused_run_comes_back_at_its_time_with_its_attempt(Corner::new(store())).await;
    ended_and_waiting_runs_are_not_claimed(Corner::new(store())).await;
}

/// A queued run becomes running, with a fence, a worker and a lease; its times are set.
async fn a_claim_takes_the_run_and_its_lease(mut corner: Corner) {
    let id = corner.create(corner.owner).await;
    let claimed = corner.claim("w1", 1).await.pop().expect("a due run is claimed");

    assert_eq!((claimed.run.id, claimed.run.fence, claimed.began), (id, 1, true));
    assert_eq!(claimed.run.status, RunStatus::Running);
    assert_eq!(claimed.run.worker.as_deref(), Some("w1"));
    assert_eq!(claimed.run.lease_until, corner.now + Duration::seconds(60));
    assert_eq!(claimed.run.started_at, Some(corner.now));
    assert_eq!(claimed.run.active_since, Some(corner.now));
    assert_eq!(claimed.input, b"input");
    assert_eq!(claimed.trace.as_deref(), Some("trace"));
    assert_eq!(corner.get(id).await, claimed.run);
}

/// Another worker gets it with a higher fence once the lease has ended; the first one can not write any more.
async fn a_held_run_is_not_claimed_before_its_lease_ends(mut corner: Corner) {
    let run = corner.claimed("w1").await;
    corner.later(59);

    assert!(corner.claim("w2", 1).await.is_empty());

    corner.later(1);

    let second = corner.claim("w2", 1).await.pop().expect("the lease has ended");
    assert_eq!(
        (second.run.id, second.run.fence, second.began),
        (run.id, 2, false)
    );

    let mut late = corner.commit(&run);
    late.checkpoint = Some(checkpoint(1, 0));

    assert!(matches!(corner.store.commit(late).await, Err(StoreError::Fenced)));
}

/// A worker that vanishes is counted until someone commits; a run that was handed back is free at once.
async fn a_lapsed_lease_counts_as_lost_and_a_released_one_does_not(mut corner: Corner) {
    let run = corner.claimed("w1").await;
    corner.later(61);

    let second = corner
        .claim("w2", 1)
        .await
        .pop()
        .expect("the lease has ended")
        .run;

    assert_eq!(second.lost, 1);

    let until = corner.now;
    corner.change(&second, Change::Release { until }).await;

    let third = corner
        .claim("w3", 1)
        .await
        .pop()
        .expect("a released run is free")
        .run;

    assert_eq!((third.id, third.lost, third.fence), (run.id, 1, 3));

    let mut commit = corner.commit(&third);
    commit.reset = true;
    corner.store.commit(commit).await.expect("the holder commits");

    assert_eq!(corner.get(run.id).await.lost, 0);
}

async fn a_run_is_not_claimed_before_it_is_due(mut corner: Corner) {
    let mut new = corner.new_run(corner.owner);
    new.due_at = corner.now + Duration::seconds(10);
    corner.store.create(new).await.expect("created");
    corner.later(9);
    assert!(corner.claim("w", 1).await.is_empty());
    corner.later(1);
    assert_eq!(corner.claim("w", 1).await.len(), 1);
}

async fn only_the_named_graphs_are_claimed(mut corner: Corner) {
    corner.create(corner.owner).await;
    let mine = std::mem::replace(&mut corner.graph, format!("other-{}", Uuid::new_v4()));
    assert!(corner.claim("w", 9).await.is_empty());
    corner.graph = mine;
    assert_eq!(corner.claim("w", 9).await.len(), 1);
}

/// The first owner's long queue does not keep the second owner's only run waiting.
async fn owners_with_fewer_running_runs_come_first(mut corner: Corner) {
    let (greedy, modest) = (Uuid::new_v4(), Uuid::new_v4());
    let mut first = Vec::new();
    for _ in 0..4 {
        first.push(corner.create(greedy).await);
    }

    let only = corner.create(modest).await;
    let ids: HashSet<_> = corner.claim("w", 2).await.into_iter().map(|c| c.run.id).collect();

    assert_eq!(ids, HashSet::from([first[0], only]));

    let third = corner.create(modest).await;
    let ids: Vec<_> = corner.claim("w", 1).await.into_iter().map(|c| c.run.id).collect();

    assert_eq!(
        ids,
        [first[1]],
        "both have one running, so the oldest is next, not {third}"
    );
}

/// Others find room beside the longest queue, and another worker has room of its own.
async fn no_share_holds_more_of_a_worker_than_it_may(mut corner: Corner) {
    let (greedy, modest) = (Uuid::new_v4(), Uuid::new_v4());
    for _ in 0..6 {
        corner.create(greedy).await;
    }
    let cap = |claim: &mut Claim| claim.most_of_share = 3;

    assert_eq!(corner.claim_with("w1", 2, cap).await.len(), 2);
    assert_eq!(corner.claim_with("w1", 2, cap).await.len(), 1);
    assert_eq!(corner.claim_with("w1", 2, cap).await.len(), 0);
    assert_eq!(corner.claim_with("w2", 2, cap).await.len(), 2);

    let only = corner.create(modest).await;
    let ids: Vec<_> = corner
        .claim_with("w1", 2, cap)
        .await
        .into_iter()
        .map(|c| c.run.id)
        .collect();

    assert_eq!(ids, [only]);
}

/// Guests with owners of their own are one share when their key is one; whoever is no guest never meets them.
async fn guests_are_claimed_apart_and_share_by_their_key(mut corner: Corner) {
    let network = Uuid::new_v4();
    let mut guests = Vec::new();
    for key in [network, network, network, Uuid::new_v4()] {
        let mut new = corner.new_run(Uuid::new_v4());
        new.share = Share { key, guest: true };
        new.created_at = corner.later(1);
        guests.push(new.id);
        corner.store.create(new).await.expect("created");
    }
    let regular = corner.create(corner.owner).await;

    let ids: Vec<_> = corner.claim("w", 9).await.into_iter().map(|c| c.run.id).collect();
    assert_eq!(ids, [regular]);

    let claimed = corner.claim_with("w", 9, |claim| {
        claim.guests = true;
        claim.most_of_share = 2;
    });
    let ids: HashSet<_> = claimed.await.into_iter().map(|c| c.run.id).collect();

    assert_eq!(ids, HashSet::from([guests[0], guests[1], guests[3]]));
}

async fn many_workers_never_share_a_run(mut corner: Corner) {
    for _ in 0..20 {
        corner.create(corner.owner).await;
    }

    let mut seen = HashSet::new();
    for _ in 0..6 {
        let names: Vec<_> = (0..8).map(|n| format!("w{n}")).collect();
        let claims = names.iter().map(|name| corner.claim(name, 2));
        for claimed in futures::future::join_all(claims).await.into_iter().flatten() {
            assert!(seen.insert(claimed.run.id), "a run was claimed twice");
        }
    }

    assert_eq!(seen.len(), 20, "every due run is claimed in the end");
}

/// One beat for all runs that a worker works on; what has ended is not named in the answer, and what the worker does not
/// work on keeps the end of its lease.
async fn a_heartbeat_prolongs_what_is_held_and_names_it(mut corner: Corner) {
    let worker = format!("w-{}", Uuid::new_v4());
    let (kept, cancelled, ended, dropped) = (
        corner.claimed(&worker).await,
        corner.claimed(&worker).await,
        corner.claimed(&worker).await,
        corner.claimed(&worker).await,
    );
    corner.change(&ended, Change::Complete).await;
    corner
        .store
        .cancel(crate::Access::System, cancelled.id, corner.now)
        .await
        .expect("it can be cancelled");

    let until = corner.now + Duration::seconds(600);
    let mut beats = corner
        .store
        .heartbeat(&worker, &[kept.id, cancelled.id, ended.id], until)
        .await
        .expect("the beat is heard");
    beats.sort_by_key(|beat| beat.cancelling);

    let named: Vec<_> = beats
        .iter()
        .map(|beat| (beat.run, beat.fence, beat.cancelling))
        .collect();

    assert_eq!(named, [(kept.id, 1, false), (cancelled.id, 1, true)]);
    assert_eq!(corner.get(kept.id).await.lease_until, until);
    assert_eq!(corner.get(dropped.id).await.lease_until, dropped.lease_until);
    assert_eq!(
        corner.store.steered(&worker).await.expect("an answer"),
        [(cancelled.id, crate::store::Steered::Cancel)]
    );
}

async fn a_paused_run_comes_back_at_its_time_with_its_attempt(mut corner: Corner) {
    let run = corner.claimed("w1").await;
    let until = corner.now + Duration::seconds(60);
    corner.change(&run, Change::Retry { attempt: 2, until }).await;

    let paused = corner.get(run.id).await;
    assert_eq!(
        (paused.status, paused.worker, paused.attempt),
        (RunStatus::Running, None, 2)
    );

    corner.later(59);
    assert!(corner.claim("w2", 1).await.is_empty());

    corner.later(1);

    let again = corner.claim("w2", 1).await.pop().expect("the pause is over");
    assert_eq!((again.run.attempt, again.run.lost, again.began), (2, 0, false));
}

async fn ended_and_waiting_runs_are_not_claimed(mut corner: Corner) {
    for change in [
        Change::Complete,
        Change::Fail(RunFailure::new("no", "IT_BROKE")),
        Change::Cancel,
        wait(),
    ] {
        let run = corner.claimed("w").await;
        corner.change(&run, change).await;
    }
    corner.later(1_000);
    assert!(corner.claim("w", 9).await.is_empty());
}
