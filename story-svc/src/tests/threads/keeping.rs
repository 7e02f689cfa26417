//! How long threads and their states are kept.

use std::time::Duration;

use kit::clock::Clock;
use proto::v1::ThreadTtl;

use super::*;

fn minutes(strategy: &str, minutes: f64) -> Option<ThreadTtl> {
    Some(ThreadTtl {
        strategy: strategy.to_owned(),
        minutes,
        expires_at: None,
    })
}

impl Person {
    async fn thread_for(&self, ttl: Option<ThreadTtl>) -> Result<Thread, Status> {
        let request = CreateThreadRequest {
            ttl,
            ..CreateThreadRequest::default()
        };
        let made = self.threads().create_thread(self.ask(request)).await?;
        Ok(made.into_inner())
    }

    async fn prune(&self, thread: &str) -> Result<(), Status> {
        let request = PruneThreadRequest {
            id: thread.to_owned(),
        };
        self.threads().prune_thread(self.ask(request)).await.map(drop)
    }

    async fn state(&self, thread: &str, checkpoint: Option<&str>) -> Result<ThreadState, Status> {
        let request = GetThreadStateRequest {
            thread_id: thread.to_owned(),
            checkpoint_id: checkpoint.map(str::to_owned),
        };
        let state = self.threads().get_thread_state(self.ask(request)).await?;
        Ok(state.into_inner())
    }

    async fn is_there(&self, thread: &str) -> bool {
        let id = thread.to_owned();
        let found = self.threads().get_thread(self.ask(GetThreadRequest { id })).await;
        match found {
            Ok(_) => true,
            Err(status) => {
                assert_eq!(status.code(), Code::NotFound);
                false
            }
        }
    }

    /// Runs `asker` until it asks.
    async fn ask_about(&self, thread: &str, topic: &str) {
        let run = self
            .begin_run(asks(thread, "asker", Some(json!({ "topic": topic }))))
            .await;
        self.listen(&run.unwrap()).await;
    }
}

async fn until<F: Future<Output = bool>>(look: impl Fn() -> F) {
    while !look().await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_thread_goes_when_its_time_is_over_and_it_works_no_more() {
    each_private_world(|world| async move {
        let _worker = world.worker().await;
        let ada = ada(&world).await;
        let made = ada.thread_for(minutes("", 1.5)).await.unwrap();
        let ttl = made.ttl.unwrap();
        let over = world.clock.now() + Duration::from_secs(90);
        assert_eq!((ttl.strategy.as_str(), ttl.minutes), ("delete", 1.5));
        assert_eq!(ttl.expires_at.unwrap().seconds, over.timestamp());
        let busy = ada.thread_for(minutes("delete", 1.0)).await.unwrap().id;
        let run = ada
            .begin_run(asks(&busy, "waiter", Some(json!({}))))
            .await
            .unwrap();
        let (longer, kept) = (ada.thread().await, ada.thread().await);
        let change = UpdateThreadRequest {
            id: longer.clone(),
            metadata: "{}".to_owned(),
            ttl: minutes("delete", 60.0),
        };
        ada.threads().update_thread(ada.ask(change)).await.unwrap();
        ada.ask_about(&made.id, "cats").await;

        world.clock.advance(Duration::from_secs(89));
        let other = ada.thread_for(minutes("delete", 0.001)).await.unwrap().id;
        world.clock.advance(Duration::from_secs(1));
        until(|| async { !ada.is_there(&made.id).await && !ada.is_there(&other).await }).await;
        assert!(ada.is_there(&busy).await, "it works");
        ada.cancel_thread_run(&run, false).await.unwrap();
        ada.listen(&run).await;
        world.clock.advance(Duration::from_secs(120));
        until(|| async { !ada.is_there(&busy).await }).await;

        assert!(ada.is_there(&longer).await);
        world.clock.advance(Duration::from_secs(3_600));
        until(|| async { !ada.is_there(&longer).await }).await;
        assert!(ada.is_there(&kept).await);
        for (ttl, field) in [
            (minutes("delete", 0.0), "ttl.ttl"),
            (minutes("hide", 1.0), "ttl.strategy"),
        ] {
            assert_eq!(fields(&ada.thread_for(ttl).await.unwrap_err()), [field]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_thread_that_was_made_for_one_run_goes_after_it() {
    each_private_world(|world| async move {
        let _worker = world.worker().await;
        let ada = ada(&world).await;
        let begin = |delete_thread| CreateThreadRunRequest {
            thread_id: None,
            delete_thread,
            ..asks("", "asker", Some(json!({ "topic": "cats" })))
        };
        let (gone, kept) = (
            ada.begin_run(begin(true)).await.unwrap(),
            ada.begin_run(begin(false)).await.unwrap(),
        );
        for run in [&gone, &kept] {
            assert_eq!(ada.listen(run).await.last().unwrap().kind, "end");
            assert_eq!(ada.read_thread(&run.thread_id).await.ttl, None);
        }

        world.clock.advance(Duration::from_secs(120));
        until(|| async { !ada.is_there(&gone.thread_id).await }).await;
        assert!(ada.is_there(&kept.thread_id).await);
    })
    .await;
}

#[tokio::test]
async fn of_a_pruned_thread_the_newest_state_is_left_and_goes_on() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let ada = ada(&world).await;
        let thread = ada.thread().await;
        ada.prune(&thread).await.unwrap();
        ada.ask_about(&thread, "cats").await;
        let run = ada.begin_run(answers(&thread, &json!({ "ok": true }))).await;
        ada.listen(&run.unwrap()).await;
        ada.ask_about(&thread, "dogs").await;
        let before = ada.history(&thread).await;
        let oldest = before.last().unwrap().checkpoint_id.clone().unwrap();
        assert!(before.len() > 5, "{}", before.len());

        for _ in 0..2 {
            ada.prune(&thread).await.unwrap();
            let left = ada.history(&thread).await;
            assert_eq!(left.len(), 1);
            assert_eq!(
                (&left[0].values, &left[0].checkpoint_id),
                (&before[0].values, &before[0].checkpoint_id)
            );
            assert_eq!(left[0].parent_checkpoint_id, None);
        }
        let gone = ada.state(&thread, Some(&oldest)).await.unwrap_err();
        assert_eq!(gone.code(), Code::NotFound);
        let forked = CreateThreadRunRequest {
            checkpoint_id: Some(oldest.clone()),
            ..asks(&thread, "asker", None)
        };
        assert_eq!(ada.begin_run(forked).await.unwrap_err().code(), Code::NotFound);
        let changed = UpdateThreadStateRequest {
            thread_id: thread.clone(),
            values: "{}".to_owned(),
            checkpoint_id: Some(oldest),
            as_node: None,
        };
        let changed = ada.threads().update_thread_state(ada.ask(changed)).await;
        assert_eq!(changed.unwrap_err().code(), Code::NotFound);

        let waiting = ada.read_thread(&thread).await;
        assert_eq!(waiting.status(), ThreadStatus::Interrupted);
        let run = ada.begin_run(answers(&thread, &json!({ "ok": false }))).await;
        ada.listen(&run.unwrap()).await;
        let values = parsed(ada.read_thread(&thread).await.values());
        assert_eq!(
            (&values["topic"], &values["review"]["answer"]),
            (&json!("dogs"), &json!({ "ok": false }))
        );
        assert_eq!(ada.history(&thread).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn pruning_takes_states_that_were_put_in_place_and_leaves_a_thread_that_works() {
    each_private_world(|world| async move {
        let _worker = world.worker().await;
        let ada = ada(&world).await;
        let thread = ada.thread_for(minutes("keep_latest", 1.0)).await.unwrap().id;
        ada.ask_about(&thread, "cats").await;
        for draft in ["one", "two"] {
            let change = UpdateThreadStateRequest {
                thread_id: thread.clone(),
                values: json!({ "draft": draft }).to_string(),
                ..UpdateThreadStateRequest::default()
            };
            ada.threads().update_thread_state(ada.ask(change)).await.unwrap();
        }

        world.clock.advance(Duration::from_secs(61));
        until(|| async { ada.history(&thread).await.len() == 1 }).await;
        let left = ada.state(&thread, None).await.unwrap();
        assert_eq!(parsed(&left.values)["draft"], "two");

        let run = ada
            .begin_run(asks(&thread, "waiter", Some(json!({}))))
            .await
            .unwrap();
        assert_eq!(ada.prune(&thread).await.unwrap_err().code(), Code::Aborted);
        ada.cancel_thread_run(&run, false).await.unwrap();
    })
    .await;
}
