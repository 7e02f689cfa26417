//! Several stories or runs at once, and where a list goes on.

use kit::ids::random_id;
use proto::v1::{BatchGetStoriesRequest, ListRunsRequest, ListStoriesRequest};

use super::world::{each_world, fields, request};

fn sorted<T>(all: &[T], id: impl Fn(&T) -> &String) -> Vec<String> {
    let mut ids: Vec<_> = all.iter().map(|one| id(one).clone()).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn a_batch_of_stories_holds_what_the_actor_may_see_each_once_by_story_or_by_run() {
    each_world(|world| async move {
        let (owner, guest, stranger) = (world.user(), world.guest(), world.user());
        let first = owner.create(request()).await.unwrap();
        let second = owner.create(request()).await.unwrap();
        let again = owner.restart(&second.id, "").await.unwrap();
        let open = guest.create(request()).await.unwrap();
        let private = stranger.create(request()).await.unwrap();

        let asked = BatchGetStoriesRequest {
            ids: [
                &first.id,
                &first.id,
                &open.id,
                &private.id,
                "x",
                "",
                &random_id().to_string(),
            ]
            .map(ToString::to_string)
            .to_vec(),
            run_ids: [&first.run_id, &second.run_id, &again.run_id, &private.run_id, "y"]
                .map(ToString::to_string)
                .to_vec(),
            with_chapters: false,
        };
        let batch = owner.batch(asked).await.unwrap();

        assert_eq!(
            sorted(&batch.stories, |story| &story.id),
            sorted(&[&first, &second, &open], |story| &story.id)
        );

        let shown = batch.stories.iter().find(|story| story.id == second.id).unwrap();
        assert_eq!(shown.run_id, again.run_id, "the story's current run");
        assert!(shown.code_result().is_none() && shown.page_token.is_none());

        let expected = [
            (first.run_id.clone(), first.id.clone()),
            (second.run_id.clone(), second.id.clone()),
            (again.run_id.clone(), second.id.clone()),
        ];

        assert_eq!(batch.story_ids_by_run, expected.into());

        let nothing = owner.batch(BatchGetStoriesRequest::default()).await.unwrap();
        assert!(nothing.stories.is_empty() && nothing.story_ids_by_run.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_batch_of_stories_has_their_chapters_when_asked() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let guest = world.guest();
        let story = guest.create(request()).await.unwrap();
        let done = guest.finished(&story).await;

        let made = done.code_result().unwrap();
        let whole = made.chapters.as_deref().unwrap();

        assert!(whole.len() > 10, "{whole}");

        for with_chapters in [true, false] {
            let asked = BatchGetStoriesRequest {
                ids: vec![story.id.clone()],
                with_chapters,
                ..Default::default()
            };
            let found = guest.batch(asked).await.unwrap().stories;
            let shown = found[0].code_result().unwrap();

            assert_eq!(shown.chapters.as_deref(), with_chapters.then_some(whole));
            assert_eq!(shown.audio_chunk_keys, made.audio_chunk_keys);
            assert_eq!(found[0].title, done.title);
        }
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_is_too_large_is_refused_by_the_name_of_its_list() {
    each_world(|world| async move {
        let guest = world.guest();
        let some = |n: usize| vec![random_id().to_string(); n];
        let ask = async |ids: usize, run_ids: usize, with_chapters: bool| {
            let asked = BatchGetStoriesRequest {
                ids: some(ids),
                run_ids: some(run_ids),
                with_chapters,
            };
            guest.batch(asked).await
        };

        assert!(ask(60, 40, false).await.is_ok());
        assert!(ask(20, 0, true).await.is_ok());
        assert_eq!(fields(&ask(61, 40, false).await.unwrap_err()), ["ids"]);
        assert_eq!(fields(&ask(0, 101, false).await.unwrap_err()), ["run_ids"]);
        assert_eq!(fields(&ask(21, 0, true).await.unwrap_err()), ["ids"]);
        assert_eq!(fields(&ask(10, 11, true).await.unwrap_err()), ["run_ids"]);
        assert!(guest.batch_runs(some(100)).await.is_ok());
        assert_eq!(fields(&guest.batch_runs(some(101)).await.unwrap_err()), ["ids"]);
    })
    .await;
}

#[tokio::test]
async fn a_batch_of_runs_holds_ones_own_and_those_of_guests_stories() {
    each_world(|world| async move {
        let (owner, guest, stranger) = (world.user(), world.guest(), world.user());
        let own = owner.create(request()).await.unwrap().run_id;
        let open = guest.create(request()).await.unwrap().run_id;
        let private = stranger.create(request()).await.unwrap().run_id;
        let asked = [&own, &own, &open, &private, "x", "", &random_id().to_string()];
        let runs = owner
            .batch_runs(asked.map(ToString::to_string).to_vec())
            .await
            .unwrap();

        assert_eq!(
            sorted(&runs, |run| &run.id),
            sorted(&[own.clone(), open], |id| id)
        );

        let own_run = runs.into_iter().find(|run| run.id == own).unwrap();
        assert_eq!(own_run, owner.run(&own).await.unwrap(), "the same as one by one");
    })
    .await;
}

#[tokio::test]
async fn a_list_goes_on_after_any_of_its_rows() {
    each_world(|world| async move {
        let user = world.user();
        for _ in 0..4 {
            user.create(request()).await.unwrap();
        }

        let all = user.list(ListStoriesRequest::default()).await.unwrap().stories;
        for place in 0..all.len() {
            let rest = ListStoriesRequest {
                page_token: all[place].page_token.clone(),
                ..Default::default()
            };
            assert_eq!(user.list(rest).await.unwrap().stories, all[place + 1..]);
        }

        let runs = async |page_token: Option<String>| {
            let asked = ListRunsRequest {
                page_token,
                ..Default::default()
            };

            user.runs()
                .list_runs(user.ask(asked))
                .await
                .unwrap()
                .into_inner()
                .runs
        };
        let all = runs(None).await;

        assert_eq!(all.len(), 4);

        for place in 0..all.len() {
            assert_eq!(runs(all[place].page_token.clone()).await, all[place + 1..]);
        }
    })
    .await;
}
