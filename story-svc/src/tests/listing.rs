//! Lists: filtered, searched, ordered, counted and read from either end; the attempts at a story, and a run's events.

use std::time::Duration;

use proto::v1::{
    CreateCodeStoryRequest, ListRunEventsRequest, ListRunsRequest, ListStoriesRequest, RenameStoryRequest,
    RunStatus, StoryOrder,
};
use tonic::Code;

use super::world::{Person, each_world, fields, request, status};

async fn ids(person: &Person, wish: ListStoriesRequest) -> Vec<String> {
    let list = person.list(wish).await.unwrap();
    list.stories.into_iter().map(|story| story.id).collect()
}

#[tokio::test]
async fn a_list_has_stories_of_several_statuses_and_phases() {
    each_world(|world| async move {
        let user = world.user();
        let (queued, cancelled) = (
            user.create(request()).await.unwrap(),
            user.create(request()).await.unwrap(),
        );
        user.cancel(&cancelled.id).await.unwrap();

        let of = async |statuses: &[RunStatus], phases: &[&str], phases_not: &[&str]| {
            let texts = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
            let wish = ListStoriesRequest {
                statuses: statuses.iter().map(|status| (*status).into()).collect(),
                phases: texts(phases),
                phases_not: texts(phases_not),
                ..Default::default()
            };
            ids(&user, wish).await
        };

        assert_eq!(
            of(&[RunStatus::Queued, RunStatus::Running], &[], &[]).await,
            [queued.id.as_str()]
        );
        assert_eq!(
            of(&[RunStatus::Failed, RunStatus::Cancelled], &[], &[]).await,
            [cancelled.id.as_str()]
        );
        assert_eq!(
            of(&[RunStatus::Queued], &[], &["generating"]).await,
            [queued.id.as_str()]
        );
        assert!(of(&[RunStatus::Queued], &["generating"], &[]).await.is_empty());
        assert_eq!(of(&[], &[], &[]).await.len(), 2);

        let odd = ListStoriesRequest {
            statuses: vec![99],
            ..Default::default()
        };
        assert_eq!(fields(&user.list(odd).await.unwrap_err()), ["statuses"]);
    })
    .await;
}

#[tokio::test]
async fn a_story_is_found_by_words_of_its_title_and_its_repository_in_any_case() {
    each_world(|world| async move {
        let user = world.user();
        let make = async |url: &str| {
            let wish = CreateCodeStoryRequest {
                repo_url: url.to_owned(),
                ..request()
            };
            user.create(wish).await.unwrap().id
        };
        let express = make("https://github.com/expressjs/express").await;
        world.clock.advance(Duration::from_millis(1));
        let tokio = make("https://github.com/tokio-rs/tokio").await;
        let rename = RenameStoryRequest {
            id: tokio.clone(),
            title: "Über 100% of Async_Rust".to_owned(),
        };
        user.stories().rename_story(user.ask(rename)).await.unwrap();

        let find = async |search: &str| {
            let wish = ListStoriesRequest {
                search: search.to_owned(),
                with_total: true,
                ..Default::default()
            };
            let list = user.list(wish).await.unwrap();
            assert_eq!(list.total, Some(list.stories.len() as u64), "{search}");
            list.stories.into_iter().map(|story| story.id).collect::<Vec<_>>()
        };

        for (search, found) in [
            ("EXPRESS", vec![&express]),
            ("  expressjs   express ", vec![&express]),
            ("express tokio", vec![]),
            ("über", vec![&tokio]),
            ("ÜBER rust tokio-rs", vec![&tokio]),
            ("100%", vec![&tokio]),
            ("async_rust", vec![&tokio]),
            ("asyncxrust", vec![]),
            ("%", vec![&tokio]),
            ("\\", vec![]),
            ("'; DROP TABLE stories; --", vec![]),
            (" ", vec![&tokio, &express]),
        ] {
            assert_eq!(
                find(search).await,
                found.into_iter().cloned().collect::<Vec<_>>(),
                "{search:?}"
            );
        }

        let long = ListStoriesRequest {
            search: "x".repeat(201),
            ..Default::default()
        };
        assert_eq!(fields(&user.list(long).await.unwrap_err()), ["search"]);

        let nul = ListStoriesRequest {
            search: "a\0b".to_owned(),
            ..Default::default()
        };
        assert_eq!(fields(&user.list(nul).await.unwrap_err()), ["search"]);

        let stranger = world.user();
        let wish = ListStoriesRequest {
            search: "express".to_owned(),
            ..Default::default()
        };
        assert!(ids(&stranger, wish).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_title_that_an_attempt_gave_a_story_finds_it() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let user = world.user();
        let story = user.create(request()).await.unwrap();
        let made = user.finished(&story).await;
        assert_eq!(status(&made), RunStatus::Completed);

        let wish = ListStoriesRequest {
            search: made.title.to_uppercase(),
            ..Default::default()
        };
        assert_eq!(ids(&user, wish).await, [story.id]);
    })
    .await;
}

#[tokio::test]
async fn every_order_is_read_from_either_end_without_gap_or_repetition() {
    each_world(|world| async move {
        let user = world.user();
        let mut made = Vec::new();
        for _ in 0..5 {
            world.clock.advance(Duration::from_millis(1));
            made.push(user.create(request()).await.unwrap().id);
        }
        world.clock.advance(Duration::from_millis(1));
        user.cancel(&made[1]).await.unwrap();

        let by_change = [0, 2, 3, 4, 1].map(|place: usize| made[place].clone()).to_vec();
        let reversed = |ids: &[String]| ids.iter().rev().cloned().collect::<Vec<_>>();
        for (order, expected) in [
            (StoryOrder::Unspecified, reversed(&made)),
            (StoryOrder::Newest, reversed(&made)),
            (StoryOrder::Oldest, made.clone()),
            (StoryOrder::LastChanged, reversed(&by_change)),
            (StoryOrder::FirstChanged, by_change.clone()),
        ] {
            for backward in [false, true] {
                let (mut read, mut token) = (Vec::new(), None);
                loop {
                    let wish = ListStoriesRequest {
                        page_size: Some(2),
                        page_token: token,
                        order: order.into(),
                        backward,
                        with_total: true,
                        ..Default::default()
                    };
                    let page = user.list(wish).await.unwrap();
                    assert_eq!(page.total, Some(5));

                    let ids: Vec<_> = page.stories.into_iter().map(|story| story.id).collect();
                    if backward {
                        read.splice(0..0, ids);
                    } else {
                        read.extend(ids);
                    }

                    token = page.next_page_token;
                    if token.is_none() {
                        break;
                    }
                }

                assert_eq!(read, expected, "{order:?} {backward}");
            }
        }

        // A place in one order, or in another list, is none in this one.
        let first = ListStoriesRequest {
            page_size: Some(1),
            ..Default::default()
        };
        let token = user.list(first).await.unwrap().next_page_token;
        let elsewhere = ListStoriesRequest {
            page_token: token.clone(),
            order: StoryOrder::Oldest.into(),
            ..Default::default()
        };
        assert_eq!(fields(&user.list(elsewhere).await.unwrap_err()), ["page_token"]);
        let runs = ListRunsRequest {
            page_token: token,
            ..Default::default()
        };
        let refused = user.runs().list_runs(user.ask(runs)).await.unwrap_err();
        assert_eq!(fields(&refused), ["page_token"]);

        let odd = ListStoriesRequest {
            order: 9,
            ..Default::default()
        };
        assert_eq!(fields(&user.list(odd).await.unwrap_err()), ["order"]);
    })
    .await;
}

#[tokio::test]
async fn all_attempts_at_a_story_are_listed_for_whoever_may_see_it() {
    each_world(|world| async move {
        let (owner, stranger) = (world.user(), world.user());
        let story = owner.create(request()).await.unwrap();
        let mut runs = vec![story.run_id.clone()];
        for _ in 0..2 {
            world.clock.advance(Duration::from_millis(1));
            runs.insert(0, owner.restart(&story.id, "").await.unwrap().run_id);
        }
        owner.create(request()).await.unwrap();

        let list = async |person: &Person, wish: ListRunsRequest| {
            let list = person.runs().list_runs(person.ask(wish)).await;
            list.map(tonic::Response::into_inner)
        };
        let of_story = || ListRunsRequest {
            story_id: Some(story.id.clone()),
            page_size: Some(2),
            with_total: true,
            ..Default::default()
        };

        let first = list(&owner, of_story()).await.unwrap();
        let read = |page: &proto::v1::ListRunsResponse| {
            page.runs.iter().map(|run| run.id.clone()).collect::<Vec<_>>()
        };
        assert_eq!((read(&first), first.total), (runs[..2].to_vec(), Some(3)));

        let rest = ListRunsRequest {
            page_token: first.next_page_token,
            ..of_story()
        };
        let rest = list(&owner, rest).await.unwrap();
        assert_eq!(
            (read(&rest), rest.next_page_token.as_ref()),
            (runs[2..].to_vec(), None)
        );

        let last = ListRunsRequest {
            backward: true,
            ..of_story()
        };
        assert_eq!(read(&list(&owner, last).await.unwrap()), runs[1..].to_vec());

        let own = list(
            &owner,
            ListRunsRequest {
                with_total: true,
                ..Default::default()
            },
        )
        .await;
        assert_eq!(own.unwrap().total, Some(4));

        let refused = list(&stranger, of_story()).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
    })
    .await;
}

#[tokio::test]
async fn a_runs_events_are_read_in_pages_from_either_end() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let (owner, stranger) = (world.user(), world.user());
        let story = owner.create(request()).await.unwrap();
        let all = owner.watch_to_end(&story.run_id, 0).await;
        let newest = all.last().unwrap().number;
        assert_eq!(newest, all.len() as u64);

        let read = async |after: u64, before: Option<u64>, size: u32, backward: bool| {
            let wish = ListRunEventsRequest {
                id: story.run_id.clone(),
                page_size: Some(size),
                after,
                before,
                backward,
            };
            let page = owner.runs().list_run_events(owner.ask(wish)).await;
            let page = page.unwrap().into_inner();
            assert_eq!(page.last_event, newest);
            page.events
        };

        assert_eq!(read(0, None, 3, false).await, all[..3]);
        assert_eq!(read(3, None, 2, false).await, all[3..5]);
        assert_eq!(read(0, None, 2, true).await, all[all.len() - 2..]);
        assert_eq!(read(0, Some(5), 2, true).await, all[2..4]);
        assert_eq!(read(2, Some(5), 20, true).await, all[2..4]);
        assert_eq!(read(1, Some(4), 20, false).await, all[1..3]);
        for (after, before) in [
            (newest, None),
            (u64::MAX, None),
            (0, Some(0)),
            (0, Some(1)),
            (7, Some(3)),
        ] {
            for backward in [false, true] {
                assert!(
                    read(after, before, 20, backward).await.is_empty(),
                    "{after} {before:?}"
                );
            }
        }

        let wish = ListRunEventsRequest {
            id: story.run_id.clone(),
            ..Default::default()
        };
        let refused = stranger.runs().list_run_events(stranger.ask(wish)).await;
        assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    })
    .await;
}
