//! Cancelling and answering.

use std::sync::Arc;

use chrono::Duration;

use super::{Corner, checkpoint, key, question, wait};
use crate::store::{
    Access, Change, Effect, NodeSet, PausePoints, Reopen, Reply, RunFailure, RunOptions, RunStatus, Steered,
    Store, StoreError,
};

pub(super) async fn all(store: &impl Fn() -> Arc<dyn Store>) {
    a_run_that_nobody_holds_is_cancelled_at_once(Corner::new(store())).await;
    a_held_run_is_cancelled_by_its_worker(Corner::new(store())).await;
    a_cancelling_run_without_a_worker_is_claimed_to_be_ended(Corner::new(store())).await;
    an_ended_run_can_not_be_cancelled(Corner::new(store())).await;
    an_answer_reaches_the_journal_and_queues_the_run(Corner::new(store())).await;
    only_a_waiting_run_is_answered_and_only_once(Corner::new(store())).await;
    a_run_being_cancelled_does_not_wait(Corner::new(store())).await;
    a_run_goes_on_when_all_its_questions_are_closed(Corner::new(store())).await;
    a_question_whose_time_is_over_is_found(Corner::new(store())).await;
    a_paused_run_is_taken_up_by_nobody(Corner::new(store())).await;
    a_run_that_stopped_at_a_pause_point_goes_on_when_it_is_let(Corner::new(store())).await;
    a_run_being_cancelled_does_not_stop_at_a_pause_point(Corner::new(store())).await;
    a_run_that_ended_badly_goes_on_where_it_stood(Corner::new(store())).await;
    runs_of_one_key_run_one_after_another(Corner::new(store())).await;
    a_run_of_higher_priority_is_taken_first(Corner::new(store())).await;
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
        .answer(
            Access::Owner(corner.owner),
            run.id,
            None,
            Reply::Answer(answer),
            corner.now,
        )
        .await;

    let kinds = committed
        .expect("answered")
        .events
        .into_iter()
        .map(|event| event.kind);
    assert_eq!(kinds.collect::<Vec<_>>(), ["answer", "status"]);

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
        .answer(Access::System, run.id, None, Reply::Answer(1.into()), corner.now)
        .await;

    assert!(matches!(
        early,
        Err(StoreError::WrongStatus {
            status: RunStatus::Running
        })
    ));

    corner.change(&run, wait()).await;

    let at_once = (0..4).map(|n| {
        let reply = Reply::Answer(n.into());
        corner
            .store
            .answer(Access::System, run.id, None, reply, corner.now)
    });
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

async fn a_run_goes_on_when_all_its_questions_are_closed(mut corner: Corner) {
    let run = corner.claimed("w").await;
    let (first, second) = (question("@ask:0", None), question("@ask:1", None));
    let questions = vec![first.clone(), second.clone()];
    corner.change(&run, Change::Wait { questions }).await;
    assert_eq!(corner.get(run.id).await.questions.len(), 2);

    let close = async |id, reply| {
        corner
            .store
            .answer(Access::System, run.id, Some(id), reply, corner.now)
            .await
    };
    let closed = close(second.id, Reply::Decline).await.expect("declined");
    assert_eq!(closed.events.len(), 1, "nothing but the answer");

    let row = corner.get(run.id).await;
    assert_eq!((row.status, row.questions.len()), (RunStatus::WaitingForInput, 1));

    let again = close(second.id, Reply::Answer(1.into())).await;
    assert!(matches!(again, Err(StoreError::NoQuestion)));

    close(first.id, Reply::Answer(2.into())).await.expect("answered");
    let row = corner.get(run.id).await;
    assert_eq!((row.status, row.questions.len()), (RunStatus::Queued, 0));

    let claimed = corner.claim("w2", 1).await.pop().expect("it is due");
    let effects = corner.store.resume(claimed.run.id).await.expect("resume").effects;
    assert_eq!(effects.len(), 2);
}

async fn a_question_whose_time_is_over_is_found(mut corner: Corner) {
    let run = corner.claimed("w").await;
    let soon = question("@ask:0", Some(corner.now + Duration::seconds(10)));
    let questions = vec![question("@ask:1", None), soon.clone()];
    corner.change(&run, Change::Wait { questions }).await;

    let overdue = async |corner: &Corner| {
        let found = corner.store.overdue(corner.now).await.expect("an answer");
        found
            .into_iter()
            .filter(|(id, _)| *id == run.id)
            .map(|(_, question)| question)
            .collect::<Vec<_>>()
    };
    assert!(overdue(&corner).await.is_empty());

    corner.later(11);
    assert_eq!(overdue(&corner).await, [soon.id]);

    let closed = corner
        .store
        .answer(Access::System, run.id, Some(soon.id), Reply::Expire, corner.now)
        .await;
    assert!(
        closed.expect("closed").events[0]
            .data
            .contains("\"expired\":true")
    );
    assert!(overdue(&corner).await.is_empty());
}

async fn a_paused_run_is_taken_up_by_nobody(mut corner: Corner) {
    let run = corner.claimed("w").await;
    corner
        .store
        .pause(Access::Owner(corner.owner), run.id, true, corner.now)
        .await
        .expect("paused");
    assert_eq!(
        corner.store.steered("w").await.expect("an answer"),
        [(run.id, Steered::Pause)]
    );

    let until = corner.now;
    corner.change(&run, Change::Release { until }).await;
    assert!(corner.claim("w2", 1).await.is_empty());

    corner
        .store
        .pause(Access::Owner(corner.owner), run.id, false, corner.now)
        .await
        .expect("goes on");
    let run = corner.claim("w2", 1).await.pop().expect("it is due").run;

    corner.change(&run, Change::Complete).await;
    let refused = corner.store.pause(Access::System, run.id, true, corner.now).await;
    assert!(matches!(refused, Err(StoreError::WrongStatus { .. })));
}

/// Everywhere, and no more at the start.
fn points() -> PausePoints {
    PausePoints {
        before: NodeSet::All,
        after: NodeSet::Named(["node".to_owned()].into()),
        past_start: true,
    }
}

async fn a_run_that_stopped_at_a_pause_point_goes_on_when_it_is_let(mut corner: Corner) {
    corner.later(1);
    let mut new = corner.new_run(corner.owner);
    new.options.pause.before = NodeSet::All;
    let id = new.id;
    corner.store.create(new).await.expect("created");
    let run = corner.claim("w", 1).await.pop().expect("it is due").run;
    assert_eq!(run.options.pause.before, NodeSet::All);

    let mut commit = corner.commit(&run);
    commit.checkpoint = Some(checkpoint(1, 1));
    commit.change = Some(Change::Hold { points: points() });
    corner.store.commit(commit).await.expect("a step");

    let held = corner.get(id).await;
    assert_eq!(
        (held.paused, held.held, held.step, held.worker),
        (true, true, 1, None)
    );
    assert_eq!((held.active_since, held.options.pause), (None, points()));
    corner.later(600);
    assert!(corner.claim("w2", 1).await.is_empty(), "nobody lets it go on");

    corner
        .store
        .pause(Access::System, id, false, corner.now)
        .await
        .expect("goes on");
    let claimed = corner.claim("w2", 1).await.pop().expect("it is due");
    assert!(claimed.began && !claimed.run.held && !claimed.run.paused);
    assert_eq!(claimed.run.options.pause, points());

    corner
        .change(&claimed.run, Change::Hold { points: points() })
        .await;
    corner
        .store
        .cancel(Access::System, id, corner.now)
        .await
        .expect("cancelled");
    let over = corner.get(id).await;
    assert_eq!(
        (over.status, over.paused, over.held),
        (RunStatus::Cancelled, false, false)
    );
}

async fn a_run_being_cancelled_does_not_stop_at_a_pause_point(mut corner: Corner) {
    let run = corner.claimed("w").await;
    corner
        .store
        .cancel(Access::System, run.id, corner.now)
        .await
        .expect("it will be");
    corner.change(&run, Change::Hold { points: points() }).await;

    let claimed = corner.claim("w2", 1).await.pop().expect("it is due to be ended");
    assert_eq!(
        (claimed.run.status, claimed.run.held),
        (RunStatus::Cancelling, false)
    );
}

async fn a_run_that_ended_badly_goes_on_where_it_stood(mut corner: Corner) {
    let reopen = |id, checkpoint, at| Reopen {
        access: Access::System,
        run: id,
        checkpoint,
        at,
    };
    let run = corner.claimed("w").await;
    let mut commit = corner.commit(&run);
    commit.checkpoint = Some(checkpoint(1, 1));
    corner.store.commit(commit).await.expect("a step");

    let early = corner.store.reopen(reopen(run.id, None, corner.now)).await;
    assert!(matches!(early, Err(StoreError::WrongStatus { .. })));

    let failure = RunFailure {
        node: Some("n".to_owned()),
        ..RunFailure::new("no", "IT_BROKE")
    };
    corner.change(&run, Change::Fail(failure)).await;
    assert_eq!(corner.get(run.id).await.failed_node.as_deref(), Some("n"));

    let missing = reopen(run.id, Some(checkpoint(7, 7)), corner.now);
    assert!(matches!(
        corner.store.reopen(missing).await,
        Err(StoreError::NoCheckpoint)
    ));

    let mut corrected = checkpoint(1, 1);
    corrected.record = b"corrected".to_vec();
    let reopened = reopen(run.id, Some(corrected.clone()), corner.now);
    corner.store.reopen(reopened).await.expect("it goes on");

    let claimed = corner.claim("w2", 1).await.pop().expect("it is due");
    assert!(claimed.began && claimed.run.error_message.is_none() && claimed.run.error_reason.is_none());
    let chain = corner.store.resume(run.id).await.expect("resume").chain;
    assert_eq!(chain, [corrected]);

    // One that never got anywhere begins with the new input.
    let run = corner.claimed("w3").await;
    corner.change(&run, Change::Cancel).await;
    let mut input = checkpoint(0, 0);
    input.record = b"another input".to_vec();
    let reopened = reopen(run.id, Some(input.clone()), corner.now);
    corner.store.reopen(reopened).await.expect("it goes on");
    let chain = corner
        .store
        .chain(Access::System, run.id, 0)
        .await
        .expect("a chain");
    assert_eq!(chain, [input]);
}

async fn runs_of_one_key_run_one_after_another(mut corner: Corner) {
    let keyed = |corner: &mut Corner, key: &str| {
        corner.later(1);
        let mut new = corner.new_run(corner.owner);
        new.options = RunOptions {
            concurrency_key: Some(key.to_owned()),
            ..RunOptions::default()
        };
        new
    };
    let (first, second, other) = (
        keyed(&mut corner, "k"),
        keyed(&mut corner, "k"),
        keyed(&mut corner, "other"),
    );
    let ids = [first.id, second.id, other.id];
    for new in [first, second, other] {
        corner.store.create(new).await.expect("created");
    }

    let claimed = corner.claim("w", 10).await;
    let taken: Vec<_> = claimed.iter().map(|claimed| claimed.run.id).collect();
    assert_eq!(taken, [ids[0], ids[2]]);
    assert!(corner.claim("w", 10).await.is_empty());

    corner.change(&claimed[0].run, wait()).await;
    assert!(
        corner.claim("w", 10).await.is_empty(),
        "one that waits is not over"
    );

    corner
        .store
        .cancel(Access::System, ids[0], corner.now)
        .await
        .expect("cancelled");
    let next = corner.claim("w", 10).await.pop().expect("its turn");
    assert_eq!(next.run.id, ids[1]);
}

async fn a_run_of_higher_priority_is_taken_first(mut corner: Corner) {
    let mut ids = Vec::new();
    for priority in [0, 5, -5] {
        corner.later(1);
        let mut new = corner.new_run(corner.owner);
        new.options.priority = priority;
        ids.push(new.id);
        corner.store.create(new).await.expect("created");
    }

    let mut taken = Vec::new();
    for _ in 0..3 {
        taken.extend(
            corner
                .claim("w", 1)
                .await
                .into_iter()
                .map(|claimed| claimed.run.id),
        );
    }
    assert_eq!(taken, [ids[1], ids[0], ids[2]]);
}
