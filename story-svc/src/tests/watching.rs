//! Watching runs: replay, then live, without gap or repetition, until the end.

use proto::v1::RunEvent;

use super::agents::Fault;
use super::world::{data, each_world, request};

fn numbers(events: &[RunEvent]) -> Vec<u64> {
    events.iter().map(|event| event.number).collect()
}

#[tokio::test]
async fn whoever_joins_late_sees_the_same_as_whoever_was_there() {
    each_world(|world| async move {
        let guest = world.guest();
        let story = guest.create(request()).await.unwrap();
        let watching = {
            let (guest, run) = (guest.clone(), story.run_id.clone());
            tokio::spawn(async move { guest.watch_to_end(&run, 0).await })
        };
        let _worker = world.worker().await;
        let live = watching.await.unwrap();
        let late = guest.watch_to_end(&story.run_id, 0).await;

        assert_eq!(live, late);
        assert!(live.iter().all(|event| event.run_id == story.run_id));
        assert!(live.iter().all(|event| event.graph == "code_story"));
        assert!(numbers(&live).into_iter().eq(1..=live.len() as u64));

        let run = guest.run(&story.run_id).await.unwrap();
        assert_eq!(run.last_event, live.len() as u64);
    })
    .await;
}

#[tokio::test]
async fn a_client_goes_on_after_the_last_number_it_saw() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let guest = world.guest();
        let story = guest.create(request()).await.unwrap();
        let all = guest.watch_to_end(&story.run_id, 0).await;
        let rest = guest.watch_to_end(&story.run_id, 5).await;

        assert_eq!(rest, all[5..]);

        let end = all.len() as u64;
        assert!(guest.watch_to_end(&story.run_id, end).await.is_empty());
        assert!(
            guest
                .watch_to_end(&story.run_id, u64::from(u32::MAX))
                .await
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn many_watch_one_run_and_all_see_everything() {
    each_world(|world| async move {
        let guest = world.guest();
        world
            .agents
            .script("codestory.architect/outline", [Some(Fault::Hang)]);

        let story = guest.create(request()).await.unwrap();
        let mut watching = Vec::new();
        for after in 0..40 {
            let (guest, run) = (guest.clone(), story.run_id.clone());
            watching.push(tokio::spawn(async move {
                (after, guest.watch_to_end(&run, after % 4).await)
            }));
        }

        let worker = world.worker().await;
        world.agents.hangs(1).await;
        worker.crash().await;
        world.clock.advance(std::time::Duration::from_secs(11));

        let _worker = world.worker().await;

        for watcher in watching {
            let (after, seen) = watcher.await.unwrap();
            let last = seen.last().unwrap();
            assert_eq!(last.kind, "complete");
            assert!(
                numbers(&seen).into_iter().eq(after % 4 + 1..=last.number),
                "{:?}",
                numbers(&seen)
            );
        }
    })
    .await;
}

#[tokio::test]
async fn live_text_is_seen_but_neither_numbered_nor_kept() {
    each_world(|world| async move {
        let guest = world.guest();
        let story = guest.create(request()).await.unwrap();
        let mut stream = guest.watch(&story.run_id, 0).await.unwrap();
        // The first event says that the watch has begun.
        stream.message().await.unwrap().unwrap();

        let _worker = world.worker().await;
        let mut deltas = Vec::new();
        while let Some(event) = stream.message().await.unwrap() {
            if event.number == 0 {
                deltas.push(event);
            }
        }

        assert!(!deltas.is_empty());
        assert!(
            deltas
                .iter()
                .all(|delta| delta.kind == "delta" && data(delta)["text"] == "words")
        );

        let mut late = guest.watch(&story.run_id, 0).await.unwrap();
        while let Some(event) = late.message().await.unwrap() {
            assert_ne!(event.number, 0);
        }
    })
    .await;
}

#[tokio::test]
async fn events_of_a_worker_that_no_bus_reaches_are_found_in_the_log() {
    each_world(|world| async move {
        let guest = world.guest();
        let story = guest.create(request()).await.unwrap();
        let watching = {
            let (guest, run) = (guest.clone(), story.run_id.clone());
            tokio::spawn(async move { guest.watch_to_end(&run, 0).await })
        };
        let _worker = world.worker_on_another_bus().await;
        let seen = watching.await.unwrap();

        assert_eq!(seen.last().unwrap().kind, "complete");
        assert_eq!(seen, guest.watch_to_end(&story.run_id, 0).await);
    })
    .await;
}
