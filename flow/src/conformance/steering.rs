//! Cancelling and answering.

use std::sync::Arc;

use chrono::Duration;

use super::{Corner, key, wait};
use crate::store::{Access, Change, Effect, RunStatus, Store, StoreError};

pub(super) async fn all(store: &impl Fn() -> Arc<dyn Store>) {
    a_run_that_nobody_holds_is_cancelled_at_once(Corner::new(store())).await;
    a_held_run_is_cancelled_by_its_worker(Corner::new(store())).await;
    a_cancelling_run_without_a_worker_is_claimed_to_be_ended(Corner::new(store())).await;
    an_ended_run_can_not_be_cancelled(Corner::new(store())).await;
    an_answer_reaches_the_journal_and_queues_the_run(Corner::new(store())).await;
    only_a_waiting_run_is_answered_and_only_once(Corner::new(store())).await;
    a_run_being_cancelled_does_not_wait(Corner::new(store())).await;
}

async fn a_run_that_nobody_holds_is_cancelled_at_once(mut corner: Corner) {
    let queued = corner.create(corner.owner).await;
    let committed = corner
        .store
        .cancel(Access::System, queued, corner.now)
        .await
        .expect("cancelled");
    let [event] = &committed.events[..] else {
        panic!("one status event");
    };

    assert!(event.kind == "status" && event.data.contains("cancelled"));

    let row = corner.get(queued).await;
    assert_eq!(
        (row.status, row.ended_at),
        (RunStatus::Cancelled, Some(corner.now))
    );

    let (until, attempt) = (corner.now + Duration::seconds(60), 1);
    for change in [wait(), Change::Retry { attempt, until }] {
        let run = corner.claimed("w").await;
        corner.change(&run, change).await;
        corner
            .store
            .cancel(Access::System, run.id, corner.now)
            .await
            .expect("cancelled");

        let row = corner.get(run.id).await;
        assert_eq!((row.status, row.question), (RunStatus::Cancelled, None));
    }
}

async fn a_held_run_is_cancelled_by_its_worker(mut corner: Corner) {
    let run = corner.claimed("w").await;
    let first = corner
        .store
        .cancel(Access::System, run.id, corner.now)
        .await
        .expect("it will be");

    assert_eq!(first.events.len(), 1);
    assert_eq!(corner.get(run.id).await.status, RunStatus::Cancelling);

    let again = corner
        .store
        .cancel(Access::System, run.id, corner.now)
        .await
        .expect("harmless");

    assert!(again.events.is_empty());

    corner.change(&run, Change::Cancel).await;
    assert_eq!(corner.get(run.id).await.status, RunStatus::Cancelled);
}

/// Whether its worker vanished, or gave it back for a pause.
async fn a_cancelling_run_without_a_worker_is_claimed_to_be_ended(mut corner: Corner) {
    let run = corner.claimed("w1").await;
    corner
        .store
        .cancel(Access::System, run.id, corner.now)
        .await
        .expect("it will be");
    corner.later(61);

    let claimed = corner.claim("w2", 1).await.pop().expect("the lease has ended");
    assert_eq!(
        (claimed.run.status, claimed.began),
        (RunStatus::Cancelling, false)
    );

    let (until, attempt) = (corner.now + Duration::seconds(60), 1);
    corner
        .change(&claimed.run, Change::Retry { attempt, until })
        .await;

    let again = corner
        .claim("w3", 1)
        .await
        .pop()
        .expect("no pause for a cancelled run");

    assert_eq!(again.run.status, RunStatus::Cancelling);
}

async fn an_ended_run_can_not_be_cancelled(mut corner: Corner) {
    let run = corner.claimed("w").await;
    corner.change(&run, Change::Complete).await;
    let refused = corner.store.cancel(Access::System, run.id, corner.now).await;
    let status = RunStatus::Completed;
    assert!(matches!(refused, Err(StoreError::WrongStatus { status: s }) if s == status));
}

async fn an_answer_reaches_the_journal_and_queues_the_run(mut corner: Corner) {
    let run = corner.claimed("w").await;
    corner.change(&run, wait()).await;
    corner.later(3_600 * 24 * 3);

    let answer = serde_json::json!({"way": "left"});
    let committed = corner
        .store
        .answer(Access::Owner(corner.owner), run.id, answer, corner.now)
        .await;

    assert_eq!(committed.expect("answered").events.len(), 1);

    let row = corner.get(run.id).await;
    assert_eq!((row.status, row.question), (RunStatus::Queued, None));

    let claimed = corner.claim("w2", 1).await.pop().expect("it is due");
    assert_eq!(
        (claimed.run.active_since, claimed.began),
        (Some(corner.now), true)
    );
    assert_ne!(claimed.run.started_at, Some(corner.now), "it was started before");

    let effects = corner.store.resume(run.id).await.expect("resume").effects;
    let value = r#"{"way":"left"}"#.to_owned();

    assert_eq!(
        effects,
        [Effect {
            at: key(1, "@ask:0"),
            value
        }]
    );
}

async fn only_a_waiting_run_is_answered_and_only_once(mut corner: Corner) {
    let run = corner.claimed("w").await;
    let early = corner
        .store
        .answer(Access::System, run.id, 1.into(), corner.now)
        .await;

    assert!(matches!(
        early,
        Err(StoreError::WrongStatus {
            status: RunStatus::Running
        })
    ));

    corner.change(&run, wait()).await;

    let at_once = (0..4).map(|n| corner.store.answer(Access::System, run.id, n.into(), corner.now));
    let answered = futures::future::join_all(at_once).await;

    assert_eq!(answered.iter().filter(|result| result.is_ok()).count(), 1);
}

async fn a_run_being_cancelled_does_not_wait(mut corner: Corner) {
    let run = corner.claimed("w").await;
    corner
        .store
        .cancel(Access::System, run.id, corner.now)
        .await
        .expect("it will be");
    corner.change(&run, wait()).await;

    let row = corner.get(run.id).await;
    assert_eq!((row.status, row.question), (RunStatus::Cancelling, None));
    assert_eq!(corner.claim("w2", 1).await.len(), 1, "to be ended");
}
