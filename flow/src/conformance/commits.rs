//! What a commit writes, and what it refuses.

use std::sync::Arc;

use chrono::Duration;

use super::{Corner, checkpoint, effect, event, wait};
use crate::store::{Access, Change, RunFailure, RunStatus, Store, StoreError};

pub(super) async fn all(store: &impl Fn() -> Arc<dyn Store>) {
    a_commit_writes_all_its_parts(Corner::new(store())).await;
    a_fenced_commit_changes_nothing(Corner::new(store())).await;
    a_fenced_commit_does_not_spoil_the_others(Corner::new(store())).await;
    nobody_commits_to_a_run_that_is_not_held(Corner::new(store())).await;
    events_are_numbered_without_gaps(Corner::new(store())).await;
    an_effect_is_kept_until_its_step_is_committed(Corner::new(store())).await;
    pruning_deletes_only_older_checkpoints(Corner::new(store())).await;
    changes_show_in_the_row(Corner::new(store())).await;
}

async fn a_commit_writes_all_its_parts(mut corner: Corner) {
    let run = corner.claimed("w").await;
    let mut commit = corner.commit(&run);
    commit.checkpoint = Some(checkpoint(1, 0));
    commit.effect = Some(effect(2, "a", "done"));
    commit.events = vec![event("log", Some(2)), event("note", None)];
    commit.change = Some(Change::Progress {
        phase: "writing".to_owned(),
        progress: 12.5,
    });

    let committed = corner.store.commit(commit).await.expect("the holder commits");
    let numbers: Vec<_> = committed
        .events
        .iter()
        .map(|e| (e.number, e.kind.as_str()))
        .collect();

    assert_eq!(numbers, [(1, "log"), (2, "note")]);

    let row = corner.get(run.id).await;
    assert_eq!(
        (row.step, row.phase.as_str(), row.progress, row.last_event),
        (1, "writing", 12.5, 2)
    );

    let resume = corner.store.resume(run.id).await.expect("it can be resumed");
    let steps: Vec<_> = resume.chain.iter().map(|c| (c.step, c.record.clone())).collect();

    assert_eq!(steps, [(0, b"input".to_vec()), (1, vec![1, 0, 255])]);
    assert_eq!(resume.effects, [effect(2, "a", "done")]);
    assert_eq!(resume.events, committed.events[..1]);
    assert_eq!(
        corner.store.events(run.id, 0, 9).await.expect("events"),
        committed.events
    );
}

async fn a_fenced_commit_changes_nothing(mut corner: Corner) {
    let old = corner.claimed("w1").await;
    corner.later(61);

    let new = corner
        .claim("w2", 1)
        .await
        .pop()
        .expect("the lease has ended")
        .run;

    let before = corner.get(old.id).await;
    let mut late = corner.commit(&old);
    late.checkpoint = Some(checkpoint(1, 0));
    late.effect = Some(effect(1, "a", "late"));
    late.events = vec![event("log", Some(1))];
    late.drop_effects = Some(9);
    late.prune_below = Some(9);
    late.change = Some(Change::Complete);
    late.reset = true;

    assert!(matches!(corner.store.commit(late).await, Err(StoreError::Fenced)));
    assert_eq!(corner.get(new.id).await, before);

    let resume = corner.store.resume(new.id).await.expect("it can be resumed");
    assert_eq!(
        (resume.chain.len(), resume.effects.len(), resume.events.len()),
        (1, 0, 0)
    );
}

/// Commits of many runs at once, some a checkpoint and nothing else: each gets its own answer.
async fn a_fenced_commit_does_not_spoil_the_others(mut corner: Corner) {
    let mut commits = Vec::new();
    for n in 0..12 {
        let run = corner.claimed(&format!("w{n}")).await;
        let mut commit = corner.commit(&run);
        commit.events = vec![event("log", None); n % 3];
        commit.checkpoint = (n % 2 == 0 || n % 3 == 0).then(|| checkpoint(1, 0));
        commit.fence += i64::from(n % 4 == 3);
        commits.push(commit);
    }

    let results = commits.into_iter().map(|commit| corner.store.commit(commit));
    let results = futures::future::join_all(results).await;

    for (n, result) in results.into_iter().enumerate() {
        match result {
            Ok(committed) => {
                let numbers: Vec<_> = committed.events.iter().map(|e| e.number).collect();
                assert_eq!(numbers, (1..=n as u64 % 3).collect::<Vec<_>>());
            }
            Err(error) => assert!(
                n % 4 == 3 && matches!(error, StoreError::Fenced),
                "{n}: {error:?}"
            ),
        }
    }
}

/// Not after its end, not while it is parked or paused, even with the last fence.
async fn nobody_commits_to_a_run_that_is_not_held(mut corner: Corner) {
    let (until, attempt) = (corner.now + Duration::seconds(60), 1);

    for change in [
        Change::Complete,
        wait(),
        Change::Retry { attempt, until },
        Change::Release { until },
    ] {
        let run = corner.claimed("w").await;
        corner.change(&run, change).await;
        let mut late = corner.commit(&run);
        late.events = vec![event("log", None)];
        assert!(matches!(corner.store.commit(late).await, Err(StoreError::Fenced)));
    }
}

async fn events_are_numbered_without_gaps(mut corner: Corner) {
    let run = corner.claimed("w").await;
    let writes = (0..20).map(|_| {
        let mut commit = corner.commit(&run);
        commit.events = vec![event("log", Some(1))];
        corner.store.commit(commit)
    });
    for written in futures::future::join_all(writes).await {
        written.expect("the holder commits");
    }

    let all = corner.store.events(run.id, 0, 100).await.expect("events");
    let numbers: Vec<_> = all.iter().map(|e| e.number).collect();

    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
    assert_eq!(
        all[0].data,
        event("", None).data,
        "data comes back as it was written"
    );

    let tail = corner.store.events(run.id, 17, 2).await.expect("events");
    assert_eq!(tail, all[17..19]);
}

async fn an_effect_is_kept_until_its_step_is_committed(mut corner: Corner) {
    let run = corner.claimed("w").await;
    for (step, name, value) in [
        (1, "a", "first"),
        (1, "a", "second"),
        (1, "b", "x"),
        (2, "c", "y"),
    ] {
        let mut commit = corner.commit(&run);
        commit.effect = Some(effect(step, name, value));
        corner.store.commit(commit).await.expect("the holder commits");
    }

    let mut kept = corner.store.resume(run.id).await.expect("resume").effects;
    kept.sort_by(|a, b| a.at.cmp(&b.at));

    assert_eq!(
        kept,
        [effect(1, "a", "second"), effect(1, "b", "x"), effect(2, "c", "y")]
    );

    let mut commit = corner.commit(&run);
    commit.checkpoint = Some(checkpoint(1, 0));
    commit.drop_effects = Some(1);
    corner.store.commit(commit).await.expect("the holder commits");

    let kept = corner.store.resume(run.id).await.expect("resume").effects;
    assert_eq!(kept, [effect(2, "c", "y")]);
}

async fn pruning_deletes_only_older_checkpoints(mut corner: Corner) {
    let run = corner.claimed("w").await;
    for step in 1..=5 {
        let mut commit = corner.commit(&run);
        let mut saved = checkpoint(step, if step < 4 { 0 } else { 4 });
        saved.spilled = (step == 2).then(|| "far away".to_owned());
        commit.checkpoint = Some(saved);
        commit.prune_below = (step == 5).then_some(4);

        let committed = corner.store.commit(commit).await.expect("the holder commits");
        assert_eq!(
            committed.spilled,
            if step == 5 { vec!["far away"] } else { vec![] }
        );
    }

    let steps: Vec<_> = corner
        .store
        .history(Access::System, run.id)
        .await
        .expect("history");
    let steps: Vec<_> = steps.into_iter().map(|info| info.step).collect();

    assert_eq!(steps, [5, 4, 0]);

    let chain = corner
        .store
        .chain(Access::System, run.id, 5)
        .await
        .expect("the newest stays");

    assert_eq!(chain.iter().map(|c| c.step).collect::<Vec<_>>(), [4, 5]);

    let gone = corner.store.chain(Access::System, run.id, 3).await;
    assert!(matches!(gone, Err(StoreError::NoCheckpoint)));
}

async fn changes_show_in_the_row(mut corner: Corner) {
    let run = corner.claimed("w").await;
    corner.change(&run, Change::Complete).await;

    let row = corner.get(run.id).await;
    assert_eq!(
        (row.status, row.progress, row.worker),
        (RunStatus::Completed, 100.0, None)
    );
    assert_eq!(row.ended_at, Some(corner.now));

    let run = corner.claimed("w").await;
    let failure = RunFailure::new("it broke", "IT_BROKE");
    corner.change(&run, Change::Fail(failure)).await;

    let row = corner.get(run.id).await;
    assert_eq!(
        (
            row.status,
            row.error_message.as_deref(),
            row.error_reason.as_deref()
        ),
        (RunStatus::Failed, Some("it broke"), Some("IT_BROKE"))
    );

    let run = corner.claimed("w").await;
    corner.change(&run, wait()).await;

    let row = corner.get(run.id).await;
    assert_eq!(
        (row.status, row.active_since, row.ended_at),
        (RunStatus::WaitingForInput, None, None)
    );
    assert_eq!(row.question, Some("which way?".into()));
}
