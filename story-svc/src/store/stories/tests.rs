//! The rows of stories, on every engine.

use flow::store::Store;
use kit::clock::{Clock, ManualClock};
use kit::db::assert_same_migrations;
use kit::db::testing::each_engine;
use kit::ids::{Ids, SequentialIds};
use kit::sources::SourcePolicy;

use super::*;
use crate::MIGRATIONS;
use crate::domain::code_request::{CodeRequest, RawCodeRequest};
use crate::store::runs::SqlRuns;

struct Shelf {
    db: Db,
    store: StoryStore,
    ids: SequentialIds,
    at: DateTime<Utc>,
    owner: Uuid,
}

impl Shelf {
    fn new(db: Db) -> Self {
        let ids = SequentialIds::default();
        let owner = ids.id();

        Self {
            store: StoryStore::new(db.clone()),
            db,
            at: ManualClock::default().now(),
            owner,
            ids,
        }
    }

    fn story(&self) -> NewStory {
        let policy = SourcePolicy {
            allow_hosts: vec!["github.com".to_owned()],
            allow_private: false,
            allow_local: false,
        };

        let raw = RawCodeRequest {
            repo_url: "https://github.com/a/b".to_owned(),
            ..Default::default()
        };

        NewStory {
            id: self.ids.id(),
            owner_id: self.owner,
            guest_owned: false,
            kind: StoryKind::Code,
            title: "a/b".to_owned(),
            request: CodeRequest::parse(raw, &policy).unwrap(),
            created_at: self.at,
        }
    }

    fn run(&self) -> NewRun {
        NewRun {
            id: self.ids.id(),
            owner: self.owner,
            graph: "code_story".to_owned(),
            phase: String::new(),
            input: Vec::new(),
            idempotency: None,
            created_at: self.at,
            due_at: self.at,
            events: Vec::new(),
        }
    }

    async fn shown(&self, story: Uuid) -> Story {
        self.store.visible(story, self.owner).await.unwrap().unwrap()
    }

    async fn end_run(&self, run: Uuid, status: &str) {
        let sql = "UPDATE runs SET status = $1 WHERE id = $2";
        on!(&self.db, c => sqlx::query(sql).bind(status).bind(run).execute(c).await.map(drop)).unwrap();
    }
}

fn made(title: &str) -> Artefacts {
    Artefacts {
        title: title.to_owned(),
        audio_key: "audio.mp3".to_owned(),
        audio_chunk_keys: vec!["1.mp3".to_owned()],
        cover_key: "cover.svg".to_owned(),
        transcript_key: "transcript.md".to_owned(),
        captions_key: "captions.vtt".to_owned(),
        chapters: Vec::new(),
        duration_seconds: 300.25,
        offline: true,
    }
}

#[test]
fn both_engines_have_the_same_migrations() {
    assert_same_migrations(&MIGRATIONS);
}

#[tokio::test]
async fn a_result_is_shown_when_its_run_has_completed_and_its_first_version_stays() {
    each_engine(&MIGRATIONS, |db| async move {
        let shelf = Shelf::new(db);
        let (story, run) = (shelf.story(), shelf.run());

        assert_eq!(
            shelf.store.create(&story, &run, None).await.unwrap(),
            Written::New
        );

        shelf
            .store
            .publish(story.id, run.id, &made("first"), shelf.at)
            .await
            .unwrap();
        shelf
            .store
            .publish(story.id, run.id, &made("second"), shelf.at)
            .await
            .unwrap();

        let early = shelf.shown(story.id).await;
        assert_eq!((early.title.as_str(), early.artefacts), ("a/b", None));

        shelf.end_run(run.id, "failed").await;
        assert_eq!(shelf.shown(story.id).await.artefacts, None);

        shelf.end_run(run.id, "completed").await;

        let done = shelf.shown(story.id).await;
        assert_eq!(
            (done.title.as_str(), done.artefacts),
            ("first", Some(made("first")))
        );
        assert_eq!(
            (done.id, done.run.id, done.created_at),
            (story.id, run.id, shelf.at)
        );
    })
    .await;
}

#[tokio::test]
async fn a_story_whose_run_can_not_be_written_is_not_written_either() {
    each_engine(&MIGRATIONS, |db| async move {
        let shelf = Shelf::new(db.clone());
        let (story, run) = (shelf.story(), shelf.run());
        shelf.store.create(&story, &run, None).await.unwrap();

        // The same run again: its key is taken.
        let other = shelf.story();
        shelf.store.create(&other, &run, None).await.unwrap_err();

        assert!(
            shelf
                .store
                .visible(other.id, shelf.owner)
                .await
                .unwrap()
                .is_none()
        );
        assert!(SqlRuns::new(db).get(flow::Access::System, run.id).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_run_replaces_only_the_one_it_was_made_for() {
    each_engine(&MIGRATIONS, |db| async move {
        let shelf = Shelf::new(db);
        let (story, first) = (shelf.story(), shelf.run());
        shelf.store.create(&story, &first, None).await.unwrap();

        let attempt = shelf.store.attempt(story.id, shelf.owner).await.unwrap().unwrap();
        assert_eq!((attempt.run_id, &attempt.request), (first.id, &story.request));

        let (second, third) = (shelf.run(), shelf.run());
        assert_eq!(
            shelf.store.restart(&attempt, &second, None).await.unwrap(),
            Written::New
        );
        assert_eq!(
            shelf.store.restart(&attempt, &third, None).await.unwrap(),
            Written::Moved
        );
        assert!(!shelf.store.adopt(&attempt, third.id, shelf.at).await.unwrap());
        assert_eq!(shelf.shown(story.id).await.run.id, second.id);

        for run in [first.id, second.id] {
            assert_eq!(
                shelf.store.story_of_run(run, shelf.owner).await.unwrap(),
                Some(story.id)
            );
        }

        assert_eq!(
            shelf.store.story_of_run(third.id, shelf.owner).await.unwrap(),
            None
        );
        assert_eq!(
            shelf.store.story_of_run(first.id, shelf.ids.id()).await.unwrap(),
            None
        );
        assert!(
            shelf
                .store
                .attempt(story.id, shelf.ids.id())
                .await
                .unwrap()
                .is_none()
        );
    })
    .await;
}
