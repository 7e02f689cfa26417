//! What a user owns changes hands, or is deleted whole.

use std::sync::Arc;
use std::time::Duration;

use kit::db::Db;
use kit::on;
use proto::v1::{ListStoriesRequest, OwnerRequest, RunStatus};
use tonic::Code;

use super::world::{Person, World, each_world, problem, request, status};

fn of(person: &Person) -> OwnerRequest {
    OwnerRequest {
        user_id: person.actor.user_id.to_string(),
    }
}

async fn count(db: &Db, table: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM {table}");
    on!(db.system(), c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql.clone())).fetch_one(c).await).unwrap()
}

/// Starts the deletion and works until its run has ended; the clock goes on, so that waits end.
async fn delete(world: &Arc<World>, person: &Person) -> String {
    let service = world.service_caller();
    let run = service
        .owners()
        .start_deletion(service.ask(of(person)))
        .await
        .unwrap()
        .into_inner()
        .run_id;

    until_finished(world, person).await;

    run
}

async fn until_finished(world: &Arc<World>, person: &Person) {
    let end = format!("finish {}", person.actor.user_id);
    while !world.elsewhere.asked().contains(&end) {
        go_on(world).await;
    }
}

/// Lets time pass, at twice its pace: fast enough for waits between attempts to end, slow enough for a worker to keep
/// its leases, which it does by the machine's clock.
async fn go_on(world: &Arc<World>) {
    world.clock.advance(Duration::from_millis(20));
    tokio::time::sleep(Duration::from_millis(10)).await;
}

#[tokio::test]
async fn a_guests_stories_become_private_when_they_are_claimed() {
    each_world(|world| async move {
        let (guest, stranger, service) = (world.guest(), world.user(), world.service_caller());
        let story = guest.create(request()).await.unwrap();
        stranger
            .get(&story.id)
            .await
            .expect("a guest's story is open to whoever knows its id");

        let claimed = service
            .owners()
            .claim_stories(service.ask(of(&guest)))
            .await
            .unwrap();

        assert_eq!(claimed.into_inner().stories, 1);
        assert_eq!(
            problem(&stranger.get(&story.id).await.unwrap_err()).0,
            Code::NotFound
        );

        guest.get(&story.id).await.expect("it is the owner's still");

        let again = service
            .owners()
            .claim_stories(service.ask(of(&guest)))
            .await
            .unwrap();

        assert_eq!(again.into_inner().stories, 0);
    })
    .await;
}

#[tokio::test]
async fn everything_that_a_user_owns_is_deleted_and_nothing_of_anybody_else() {
    each_world(|world| async move {
        let (ada, bob) = (world.user(), world.user());
        let _worker = world.worker().await;
        let done = ada.create(request()).await.unwrap();

        assert_eq!(status(&ada.finished(&done).await), RunStatus::Completed);

        let kept = bob.create(request()).await.unwrap();
        bob.finished(&kept).await;
        ada.restart(&done.id, "").await.unwrap();

        for key in [
            format!("stories/{}/x.mp3", done.id),
            format!("runs/{}/0-0", done.run_id),
            format!("stories/{}/x.mp3", kept.id),
        ] {
            world.blobs.put(&key, "x".into(), "audio/mpeg").await.unwrap();
        }

        let before = count(&world.db, "runs").await;
        delete(&world, &ada).await;

        assert!(
            ada.list(ListStoriesRequest::default())
                .await
                .unwrap()
                .stories
                .is_empty()
        );
        assert_eq!(problem(&ada.get(&done.id).await.unwrap_err()).0, Code::NotFound);
        assert_eq!(
            problem(&ada.run(&done.run_id).await.unwrap_err()).0,
            Code::NotFound
        );

        for key in [
            format!("stories/{}/x.mp3", done.id),
            format!("runs/{}/0-0", done.run_id),
        ] {
            assert!(world.blobs.get(&key, None).await.unwrap().is_none(), "{key}");
        }

        assert!(
            world
                .blobs
                .get(&format!("stories/{}/x.mp3", kept.id), None)
                .await
                .unwrap()
                .is_some()
        );

        bob.get(&kept.id).await.unwrap();
        // Both of hers are gone; the one that deleted them stays.
        assert_eq!(count(&world.db, "runs").await, before - 2 + 1);

        for table in ["stories", "story_results", "story_runs"] {
            assert_eq!(count(&world.db, table).await, 1, "{table}");
        }

        let user = ada.actor.user_id;
        assert_eq!(
            world.elsewhere.asked(),
            [
                format!("delete usage of {user}"),
                format!("end what {user} bought"),
                format!("finish {user}"),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_deletion_goes_on_after_a_crash_and_while_other_services_are_away() {
    each_world(|world| async move {
        let ada = world.user();
        ada.create(request()).await.unwrap();

        let service = world.service_caller();
        world.elsewhere.fails(3);
        service
            .owners()
            .start_deletion(service.ask(of(&ada)))
            .await
            .unwrap();

        let first = world.worker().await;

        while !ada
            .list(ListStoriesRequest::default())
            .await
            .unwrap()
            .stories
            .is_empty()
        {
            go_on(&world).await;
        }

        first.crash().await;
        // The lease of the dead worker ends.
        world.clock.advance(Duration::from_secs(11));

        let _second = world.worker().await;
        until_finished(&world, &ada).await;

        assert_eq!(world.elsewhere.asked().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn one_run_works_at_it_however_often_it_is_started_and_nothing_new_is_made() {
    each_world(|world| async move {
        let (ada, service) = (world.user(), world.service_caller());
        let mut runs = Vec::new();
        for _ in 0..3 {
            let started = service
                .owners()
                .start_deletion(service.ask(of(&ada)))
                .await
                .unwrap();
            runs.push(started.into_inner().run_id);
        }

        runs.dedup();
        assert_eq!(runs.len(), 1);

        let refused = ada.create(request()).await.unwrap_err();
        assert_eq!(
            problem(&refused),
            (Code::PermissionDenied, "ACCOUNT_CLOSED".to_owned())
        );

        // Nobody sees the run, its user included.
        assert_eq!(problem(&ada.run(&runs[0]).await.unwrap_err()).0, Code::NotFound);
    })
    .await;
}

#[tokio::test]
async fn only_services_hand_over_and_delete() {
    each_world(|world| async move {
        let ada = world.user();
        for refused in [
            ada.owners().claim_stories(ada.ask(of(&ada))).await.map(drop),
            ada.owners().start_deletion(ada.ask(of(&ada))).await.map(drop),
        ] {
            assert_eq!(problem(&refused.unwrap_err()).0, Code::PermissionDenied);
        }

        let service = world.service_caller();
        let nobody = OwnerRequest {
            user_id: "x".to_owned(),
        };
        let refused = service
            .owners()
            .claim_stories(service.ask(nobody))
            .await
            .unwrap_err();

        assert_eq!(refused.code(), Code::InvalidArgument);
    })
    .await;
}
