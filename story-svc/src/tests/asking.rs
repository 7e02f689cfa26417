//! Requests: what is refused, what is repeated, who sees what, and pages.

use std::time::Duration;

use kit::error::Problem;
use kit::ids::random_id;
use proto::v1::{
    CreateCodeStoryRequest, ListStoriesRequest, ListStoryTitlesRequest, RunStatus, StoryKind, Style,
    TechnicalDepth, Voice,
};
use tonic::Code;

use super::world::{each_world, fields, problem, request, status};

#[tokio::test]
async fn every_field_at_fault_is_named_at_once() {
    each_world(|world| async move {
        let bad = CreateCodeStoryRequest {
            repo_url: "ext::sh -c evil".to_owned(),
            style: 99,
            duration_minutes: Some(7),
            voice: -1,
            focus_areas: vec![
                "fine".to_owned(),
                "  ".to_owned(),
                "a\0b".to_owned(),
                "x".repeat(101),
            ],
            technical_depth: 4,
            idempotency_key: Some("k".repeat(256)),
            worker_share: None,
        };
        let refused = world.guest().create(bad).await.unwrap_err();
        let expected = [
            "style",
            "voice",
            "technical_depth",
            "repo_url",
            "duration_minutes",
            "focus_areas.1",
            "focus_areas.2",
            "focus_areas.3",
            "idempotency_key",
        ];

        assert_eq!(fields(&refused), expected);

        let faults = Problem::from_status(&refused).fields;
        assert_eq!(
            faults[0].expected,
            "one of documentary, tutorial, podcast, fiction, technical"
        );
        assert_eq!(faults[4].expected, "5, 10, 15 or 20 minutes");
    })
    .await;
}

#[tokio::test]
async fn a_repository_that_must_not_be_fetched_is_refused_before_anything_is_stored() {
    each_world(|world| async move {
        let guest = world.guest();
        let urls = [
            "",
            "https://",
            "https://github.com/",
            "http://github.com/a/b",
            "https://evil.example/a/b",
            "https://127.0.0.1/a/b",
            "https://2130706433/a/b",
            "https://[::1]/a/b",
            "https://user:secret@github.com/a/b",
            "ssh://git@github.com/a/b",
            "git@github.com:a/b",
            "--upload-pack=touch",
            "https://github.com/a/b\r\nX: y",
            "https://github.com/a/b\0",
            "file:///etc",
        ];
        for url in urls {
            let refused = guest
                .create(CreateCodeStoryRequest {
                    repo_url: url.to_owned(),
                    ..request()
                })
                .await;
            assert_eq!(fields(&refused.unwrap_err()), ["repo_url"], "{url:?}");
        }

        assert!(
            guest
                .list(ListStoriesRequest::default())
                .await
                .unwrap()
                .stories
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_left_out_gets_the_contracts_defaults() {
    each_world(|world| async move {
        let guest = world.guest();
        let bare = CreateCodeStoryRequest {
            repo_url: request().repo_url,
            ..Default::default()
        };
        let story = guest.create(bare).await.unwrap();

        let asked = story.code().unwrap();
        assert_eq!(
            (asked.style(), asked.voice()),
            (Style::Documentary, Voice::Rachel)
        );
        assert_eq!(
            (asked.duration_minutes, asked.technical_depth()),
            (10, TechnicalDepth::Intermediate)
        );
        assert!(asked.focus_areas.is_empty());
        assert_eq!(story.kind, i32::from(StoryKind::Code));

        let full = CreateCodeStoryRequest {
            focus_areas: vec![" routing ".to_owned(), "tests".to_owned(), "routing".to_owned()],
            technical_depth: TechnicalDepth::Advanced.into(),
            ..request()
        };
        let story = guest.create(full).await.unwrap();

        let asked = story.code().unwrap();
        assert_eq!(asked.technical_depth(), TechnicalDepth::Advanced);
        assert_eq!(asked.focus_areas, ["routing", "tests"]);

        let many = CreateCodeStoryRequest {
            focus_areas: vec!["x".to_owned(); 11],
            ..request()
        };

        assert_eq!(fields(&guest.create(many).await.unwrap_err()), ["focus_areas"]);
    })
    .await;
}

#[tokio::test]
async fn the_same_request_under_one_key_makes_one_story() {
    each_world(|world| async move {
        let user = world.user();
        let keyed = CreateCodeStoryRequest {
            idempotency_key: Some("once".to_owned()),
            ..request()
        };
        let first = user.create(keyed.clone()).await.unwrap();

        assert_eq!(user.create(keyed.clone()).await.unwrap().id, first.id);

        let (a, b) = tokio::join!(user.create(keyed.clone()), user.create(keyed.clone()));
        assert_eq!(
            (a.unwrap().id, b.unwrap().id),
            (first.id.clone(), first.id.clone())
        );
        assert_eq!(
            user.list(ListStoriesRequest::default())
                .await
                .unwrap()
                .stories
                .len(),
            1
        );

        let other = CreateCodeStoryRequest {
            duration_minutes: Some(20),
            ..keyed.clone()
        };
        let refused = user.create(other).await.unwrap_err();

        assert_eq!(
            problem(&refused),
            (Code::AlreadyExists, "IDEMPOTENCY_KEY_REUSED".to_owned())
        );

        let stranger = world.user().create(keyed).await.unwrap();
        assert_ne!(stranger.id, first.id, "keys are an owner's own");

        let restarted = user.restart(&first.id, "again").await.unwrap();
        assert_eq!(
            user.restart(&first.id, "again").await.unwrap().run_id,
            restarted.run_id
        );

        let refused = user.restart(&first.id, "once").await.unwrap_err();
        assert_eq!(problem(&refused).1, "IDEMPOTENCY_KEY_REUSED");
    })
    .await;
}

#[tokio::test]
async fn an_accounts_story_is_its_owners_and_a_guests_is_whoevers_knows_its_id() {
    each_world(|world| async move {
        let (owner, guest, stranger) = (world.user(), world.guest(), world.guest());
        let private = owner.create(request()).await.unwrap();
        let open = guest.create(request()).await.unwrap();

        let hidden = (Code::NotFound, "STORY_NOT_FOUND".to_owned());
        assert_eq!(problem(&stranger.get(&private.id).await.unwrap_err()), hidden);
        assert_eq!(stranger.get(&open.id).await.unwrap().id, open.id);

        for story in [&private, &open] {
            assert_eq!(
                problem(&stranger.restart(&story.id, "").await.unwrap_err()),
                hidden
            );
            assert_eq!(problem(&stranger.cancel(&story.id).await.unwrap_err()), hidden);

            let hidden = (Code::NotFound, "RUN_NOT_FOUND".to_owned());
            assert_eq!(
                problem(&stranger.cancel_run(&story.run_id).await.unwrap_err()),
                hidden
            );
        }

        assert_eq!(stranger.run(&open.run_id).await.unwrap().id, open.run_id);
        assert_eq!(
            stranger.watch(&private.run_id, 0).await.unwrap_err().code(),
            Code::NotFound
        );
        assert_eq!(
            stranger.run(&private.run_id).await.unwrap_err().code(),
            Code::NotFound
        );
        assert!(
            stranger
                .list(ListStoriesRequest::default())
                .await
                .unwrap()
                .stories
                .is_empty()
        );

        for id in ["", "x", "../etc", &random_id().to_string()] {
            assert_eq!(problem(&owner.get(id).await.unwrap_err()), hidden, "{id:?}");
            assert_eq!(owner.run(id).await.unwrap_err().code(), Code::NotFound);
        }
    })
    .await;
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition() {
    each_world(|world| async move {
        let user = world.user();
        let mut made = Vec::new();
        for n in 0..5 {
            // Two of them at the same moment.
            if n != 2 {
                world.clock.advance(Duration::from_millis(1));
            }
            made.push(user.create(request()).await.unwrap().id);
        }

        let mut read = Vec::new();
        let mut token = None;
        loop {
            let page = ListStoriesRequest {
                page_size: Some(2),
                page_token: token,
                ..Default::default()
            };
            let page = user.list(page).await.unwrap();
            read.extend(page.stories.iter().map(|story| story.id.clone()));

            assert!(
                page.stories.iter().all(|story| story.code_result().is_none()),
                "a list has no chapters"
            );

            token = page.next_page_token;
            if token.is_none() {
                break;
            }
        }

        assert_eq!((read.first(), read.last()), (made.last(), made.first()));

        read.sort();
        made.sort();

        assert_eq!(read, made);

        let refused = user
            .list(ListStoriesRequest {
                page_size: Some(101),
                page_token: Some("x".to_owned()),
                ..Default::default()
            })
            .await
            .unwrap_err();

        assert_eq!(fields(&refused), ["page_size", "page_token"]);

        let odd = user
            .list(ListStoriesRequest {
                kind: 9,
                ..Default::default()
            })
            .await
            .unwrap_err();

        assert_eq!(fields(&odd), ["kind"]);
    })
    .await;
}

#[tokio::test]
async fn titles_are_listed_by_the_time_of_the_last_change() {
    each_world(|world| async move {
        let user = world.user();
        let mut made = Vec::new();
        for _ in 0..3 {
            world.clock.advance(Duration::from_millis(1));
            made.push(user.create(request()).await.unwrap().id);
        }

        world.clock.advance(Duration::from_millis(1));
        user.cancel(&made[0]).await.unwrap();
        world.user().create(request()).await.unwrap();

        let asked = ListStoryTitlesRequest {
            kind: StoryKind::Code.into(),
        };
        let titles = user.stories().list_story_titles(user.ask(asked)).await;
        let titles = titles.unwrap().into_inner().titles;
        let listed: Vec<_> = titles.iter().map(|story| story.id.as_str()).collect();

        assert_eq!(listed, [&made[0], &made[2], &made[1]]);
        assert_eq!(titles[0].title, "expressjs/express");
        assert_eq!(titles[0].updated_at, user.get(&made[0]).await.unwrap().updated_at);
    })
    .await;
}

#[tokio::test]
async fn a_list_is_filtered_by_kind_and_status() {
    each_world(|world| async move {
        let user = world.user();
        let (kept, cancelled) = (
            user.create(request()).await.unwrap(),
            user.create(request()).await.unwrap(),
        );
        let cancelled = user.cancel(&cancelled.id).await.unwrap();

        assert_eq!(status(&cancelled), RunStatus::Cancelled);

        let of = async |kind: StoryKind, status: RunStatus| {
            let wish = ListStoriesRequest {
                kind: kind.into(),
                status: status.into(),
                ..Default::default()
            };
            let list = user.list(wish).await.unwrap();
            list.stories.into_iter().map(|story| story.id).collect::<Vec<_>>()
        };

        assert_eq!(of(StoryKind::Code, RunStatus::Queued).await, [kept.id]);
        assert_eq!(
            of(StoryKind::Unspecified, RunStatus::Cancelled).await,
            [cancelled.id]
        );
        assert_eq!(of(StoryKind::Code, RunStatus::Unspecified).await.len(), 2);
        assert!(of(StoryKind::Fiction, RunStatus::Unspecified).await.is_empty());
    })
    .await;
}
