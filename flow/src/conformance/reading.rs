//! Creating, reading, forking and expiring.

use std::sync::Arc;

use chrono::Duration;
use uuid::Uuid;

use super::{Corner, checkpoint, effect, event};
use crate::store::{
    Access, Change, Created, Idempotency, NewFork, Page, Retention, RunStatus, SavedCheckpoint, Store,
    StoreError,
};

pub(super) async fn all(store: &impl Fn() -> Arc<dyn Store>) {
    a_new_run_is_queued_with_its_events(Corner::new(store())).await;
    another_owners_run_does_not_exist(Corner::new(store())).await;
    an_idempotency_key_makes_one_run(Corner::new(store())).await;
    a_list_has_pages(Corner::new(store())).await;
    a_fork_begins_where_it_was_cut(Corner::new(store())).await;
    expiry_keeps_what_the_newest_checkpoint_needs(Corner::new(store())).await;
}

async fn a_new_run_is_queued_with_its_events(corner: Corner) {
    let mut new = corner.new_run(corner.owner);
    new.events = vec![event("status", None)];

    let id = new.id;
    let Created::New(run) = corner.store.create(new).await.expect("created") else {
        panic!("without a key every run is new");
    };

    assert_eq!(
        (run.id, run.owner, run.status, run.fence),
        (id, corner.owner, RunStatus::Queued, 0)
    );
    assert_eq!(
        (run.phase.as_str(), run.progress, run.step, run.last_event),
        ("before", 0.0, 0, 1)
    );
    assert_eq!(
        (run.created_at, run.updated_at, run.started_at),
        (corner.now, corner.now, None)
    );
    assert_eq!(corner.get(id).await, run);

    let chain = corner
        .store
        .chain(Access::System, id, 0)
        .await
        .expect("the input is a checkpoint");

    assert_eq!(chain[0].record, b"input");
}

async fn another_owners_run_does_not_exist(mut corner: Corner) {
    let id = corner.create(corner.owner).await;
    let (mine, theirs) = (Access::Owner(corner.owner), Access::Owner(Uuid::new_v4()));
    let store = &corner.store;

    assert!(store.get(mine, id).await.is_ok());
    assert!(matches!(store.get(theirs, id).await, Err(StoreError::NotFound)));
    assert!(matches!(
        store.get(mine, Uuid::new_v4()).await,
        Err(StoreError::NotFound)
    ));
    assert!(matches!(
        store.history(theirs, id).await,
        Err(StoreError::NotFound)
    ));
    assert!(matches!(
        store.chain(theirs, id, 0).await,
        Err(StoreError::NotFound)
    ));
    assert!(matches!(
        store.cancel(theirs, id, corner.now).await,
        Err(StoreError::NotFound)
    ));
    assert!(matches!(
        store
            .answer(
                theirs,
                id,
                None,
                crate::store::Reply::Answer(1.into()),
                corner.now
            )
            .await,
        Err(StoreError::NotFound)
    ));
    assert_eq!(corner.get(id).await.status, RunStatus::Queued);
}

async fn an_idempotency_key_makes_one_run(corner: Corner) {
    let request = |fingerprint: &[u8]| {
        let mut new = corner.new_run(corner.owner);
        new.idempotency = Some(Idempotency {
            key: "again".to_owned(),
            fingerprint: fingerprint.to_vec(),
        });
        new
    };
    let at_once = (0..4).map(|_| corner.store.create(request(b"same")));
    let made: Vec<_> = futures::future::join_all(at_once)
        .await
        .into_iter()
        .map(|r| r.expect("an answer"))
        .collect();

    let new = made
        .iter()
        .filter(|created| matches!(created, Created::New(_)))
        .count();

    assert_eq!(new, 1, "one of them is new");

    let ids: std::collections::HashSet<_> = made.into_iter().map(|created| created.run().id).collect();
    assert_eq!(ids.len(), 1);

    let other = corner.store.create(request(b"different")).await;
    assert!(matches!(other, Err(StoreError::IdempotencyMismatch)));

    let mut stranger = request(b"different");
    stranger.owner = Uuid::new_v4();

    assert!(matches!(corner.store.create(stranger).await, Ok(Created::New(_))));
}

async fn a_list_has_pages(mut corner: Corner) {
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.insert(0, corner.create(corner.owner).await);
    }

    corner.create(Uuid::new_v4()).await;
    corner
        .store
        .cancel(Access::System, ids[1], corner.now)
        .await
        .expect("cancelled");

    let access = Access::Owner(corner.owner);
    let list = |page| {
        let store = &corner.store;
        async move { store.list(access, page).await.expect("a list") }
    };

    let first = list(Page {
        limit: 2,
        ..Page::default()
    })
    .await;

    assert_eq!(first.iter().map(|run| run.id).collect::<Vec<_>>(), ids[..2]);

    let before = first.last().map(|run| (run.created_at, run.id));
    let second = list(Page {
        limit: 9,
        before,
        ..Page::default()
    })
    .await;

    assert_eq!(second.iter().map(|run| run.id).collect::<Vec<_>>(), ids[2..]);

    let status = Some(RunStatus::Cancelled);
    let cancelled = list(Page {
        limit: 9,
        status,
        ..Page::default()
    })
    .await;

    assert_eq!(cancelled.iter().map(|run| run.id).collect::<Vec<_>>(), [ids[1]]);

    let graph = Some("no such graph".to_owned());
    assert!(
        list(Page {
            limit: 9,
            graph,
            ..Page::default()
        })
        .await
        .is_empty()
    );
}

/// The fork starts at the checkpoint's step, belongs to the same owner, and leaves its source alone.
async fn a_fork_begins_where_it_was_cut(mut corner: Corner) {
    let source = corner.claimed("w").await;
    let mut commit = corner.commit(&source);
    commit.checkpoint = Some(checkpoint(1, 0));
    corner.store.commit(commit).await.expect("the holder commits");

    let before = corner.get(source.id).await;
    let fork = |access| NewFork {
        id: Uuid::new_v4(),
        access,
        source: source.id,
        checkpoint: SavedCheckpoint {
            step: 1,
            base: 1,
            record: b"forked".to_vec(),
            spilled: None,
        },
        events: vec![event("status", None)],
        at: corner.now,
    };
    let theirs = corner.store.fork(fork(Access::Owner(Uuid::new_v4()))).await;

    assert!(matches!(theirs, Err(StoreError::NotFound)));

    let forked = corner
        .store
        .fork(fork(Access::Owner(corner.owner)))
        .await
        .expect("forked");

    assert_eq!(
        (forked.status, forked.step, forked.last_event),
        (RunStatus::Queued, 1, 1)
    );
    assert_eq!(
        (forked.owner, forked.forked_from),
        (corner.owner, Some(source.id))
    );

    let claimed = corner.claim("w2", 1).await.pop().expect("the fork is due");
    assert_eq!(
        (claimed.run.id, claimed.input.as_slice()),
        (forked.id, &b"forked"[..])
    );

    let mut commit = corner.commit(&claimed.run);
    commit.checkpoint = Some(checkpoint(2, 1));
    corner.store.commit(commit).await.expect("the fork goes on");

    let chain = corner
        .store
        .chain(Access::System, forked.id, 2)
        .await
        .expect("its chain");

    assert_eq!(
        chain.iter().map(|c| c.record.as_slice()).collect::<Vec<_>>(),
        [&b"forked"[..], &[2, 0, 255]]
    );
    assert_eq!(corner.get(source.id).await, before);
}

async fn expiry_keeps_what_the_newest_checkpoint_needs(mut corner: Corner) {
    let run = corner.claimed("w").await;
    for step in 1..=5 {
        let mut commit = corner.commit(&run);
        let mut saved = checkpoint(step, if step < 3 { 0 } else { 3 });
        saved.spilled = (step == 1).then(|| format!("runs/{}/1", run.id));
        commit.checkpoint = Some(saved);
        commit.effect = Some(effect(step, "left over", "x"));
        corner.store.commit(commit).await.expect("the holder commits");
    }

    corner.change(&run, Change::Complete).await;

    let retention = Retention {
        keep_last: 10,
        max_age: Duration::hours(24),
    };
    corner.later(3_600);
    corner.store.expire(retention, corner.now).await.expect("expired");

    let steps = async |corner: &Corner| {
        let history = corner
            .store
            .history(Access::System, run.id)
            .await
            .expect("history");
        history.into_iter().map(|info| info.step).collect::<Vec<_>>()
    };

    assert_eq!(steps(&corner).await, [5, 4, 3, 2, 1, 0], "not yet");

    corner.later(24 * 3_600);

    let expired = corner.store.expire(retention, corner.now).await.expect("expired");
    assert!(expired.spilled.contains(&format!("runs/{}/1", run.id)));
    assert_eq!(steps(&corner).await, [5, 4, 3, 0]);
    assert!(
        corner
            .store
            .resume(run.id)
            .await
            .expect("resume")
            .effects
            .is_empty()
    );

    corner
        .store
        .chain(Access::System, run.id, 5)
        .await
        .expect("the newest can be read");
}
