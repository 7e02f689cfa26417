//! The rows of stories, on every engine.

use kit::clock::{Clock, ManualClock};
use kit::db::testing::each_engine;
use kit::db::{Db, assert_same_migrations};
use kit::ids::{Ids, SequentialIds};
use kit::page::PageRequest;

use super::*;
use crate::MIGRATIONS;
use crate::domain::story::{
    CodeContent, CodeResult, StoryContent, StoryFilter, StoryList, StoryOrder, StoryResult,
};
use crate::store::attempts;
use crate::store::runs::insert_run;
use crate::tests::rows::{new_run, new_story};

struct Shelf {
    db: Db,
    ids: SequentialIds,
    at: DateTime<Utc>,
    owner: Uuid,
}

impl Shelf {
    fn new(db: Db) -> Self {
        let ids = SequentialIds::default();
        let owner = ids.id();

        Self {
            db,
            at: ManualClock::default().now(),
            owner,
            ids,
        }
    }

    /// A story whose first run is queued: their ids.
    async fn story_in_the_making(&self) -> (Uuid, Uuid) {
        let story = new_story(self.ids.id(), self.owner, self.at);
        let run = new_run(self.ids.id(), self.owner, self.at);

        let mut tx = self.db.user(self.owner).begin_write().await.unwrap();
        insert_run(&mut tx, &run).await.unwrap();
        insert(&mut tx, &story, run.id).await.unwrap();
        attempts::link(&mut tx, attempts::STORIES, story.id, run.id, self.at)
            .await
            .unwrap();
        tx.commit().await.unwrap();

        (story.id, run.id)
    }

    async fn shown(&self, story: Uuid) -> Story {
        find_visible(&self.db.reader(self.owner), story, self.owner)
            .await
            .unwrap()
            .unwrap()
    }

    async fn end_run(&self, run: Uuid, status: &str) {
        let sql = "UPDATE runs SET status = $1 WHERE id = $2";
        on_write!(self.db.system(), c => sqlx::query(sql).bind(status).bind(run).execute(c).await.map(drop))
            .unwrap();
    }
}

fn made(title: &str) -> MadeStory {
    MadeStory {
        title: title.to_owned(),
        offline: true,
        result: StoryResult::Code(CodeResult {
            audio_key: "audio.mp3".to_owned(),
            audio_chunk_keys: vec!["1.mp3".to_owned()],
            cover_key: "cover.svg".to_owned(),
            transcript_key: "transcript.md".to_owned(),
            captions_key: "captions.vtt".to_owned(),
            duration_seconds: 300.25,
        }),
        content: Some(StoryContent::Code(CodeContent { chapters: Vec::new() })),
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
        let (story, run) = shelf.story_in_the_making().await;
        for title in ["first", "second"] {
            publish(&shelf.db.system(), story, run, &made(title), shelf.at)
                .await
                .unwrap();
        }

        let early = shelf.shown(story).await;
        assert_eq!((early.title.as_str(), early.made.clone()), ("a/b", None));

        shelf.end_run(run, "failed").await;
        assert_eq!(shelf.shown(story).await.made, None);

        shelf.end_run(run, "completed").await;

        let done = shelf.shown(story).await;
        assert_eq!(
            (done.title.as_str(), done.made.clone()),
            ("first", Some(made("first")))
        );
        assert_eq!((done.id, done.run.id, done.created_at), (story, run, shelf.at));

        let wanted = StoryList {
            owner: shelf.owner,
            filter: &StoryFilter::default(),
            order: StoryOrder::Newest,
            page: PageRequest::parse(0, "", "").unwrap(),
        };
        let db = shelf.db.user(shelf.owner);
        let listed = list(&db, wanted).await.unwrap().items.remove(0);
        let headlines = list_headlines(&db, wanted).await.unwrap().items;
        assert_eq!(headlines, std::slice::from_ref(&listed.headline));
        assert!(headlines[0].offline);

        let listed = listed.made.unwrap();
        assert_eq!((listed.result, listed.content), (made("first").result, None));
    })
    .await;
}
